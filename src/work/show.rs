//! What a row of the lane `matrix` asks for, done: one event a row. Every event
//! carries its row's id, and its transaction id is made of it, so that a repeated
//! send is the same event.

mod customer;
mod lobby;
mod said;

use jiff::{SignedDuration, Timestamp};

use crate::domain::conversation::{Mark, Say};
use crate::domain::ids::{ConversationId, EventId, MessageId, RoomId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room::{Outgoing, OutgoingContent, Style};
use crate::domain::room_event::EventKind;
use crate::domain::team::Language;
use crate::matrix::MatrixError;
use crate::saying;
use crate::store::{Lane, OutboxRow, StoreError};
use crate::text;

use super::portal;
use super::task::{Task, corrupt, decode};
use super::{Works, rooms};

/// How old an uncertain send may be before the room is searched for it: the
/// homeserver remembers transaction ids for at least this long.
const MEMORY: SignedDuration = SignedDuration::from_mins(30);

/// How far back the room is searched for an uncertain send.
const SEARCH: u32 = 500;

/// Why a row could not be shown.
#[derive(Debug)]
pub enum Trouble {
    /// Ours.
    Store(StoreError),
    /// The homeserver's.
    Matrix(MatrixError),
    /// Something that must exist first does not yet.
    NotYet(&'static str),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MatrixError> for Trouble {
    fn from(error: MatrixError) -> Self {
        Self::Matrix(error)
    }
}

/// An event that was written, to be remembered with the row's end.
#[derive(Debug, Clone)]
pub struct Written {
    /// The event.
    pub event: EventId,
    /// The room.
    pub room: RoomId,
    /// What it is.
    pub kind: EventKind,
    /// The message it shows.
    pub message: Option<MessageId>,
    /// Who wrote it.
    pub author: UserId,
    /// What else is to be remembered.
    pub extra: Extra,
}

/// What is to be remembered besides the event.
#[derive(Debug, Clone)]
pub enum Extra {
    /// Nothing.
    None,
    /// The mark that the event is.
    Marked(EventId, Mark),
    /// The mark that is gone.
    Unmarked(EventId, Mark),
    /// What the customer's reaction is at.
    Reacted(EventId),
    /// What the customer's reaction was at.
    Unreacted(EventId),
}

/// One row, being shown.
#[derive(Debug)]
pub struct Show<'a> {
    /// The workers' things.
    work: &'a Works,
    /// The row.
    row: &'a OutboxRow,
    /// When it was taken.
    taken: Timestamp,
}

impl<'a> Show<'a> {
    /// Shows `row`, which was taken at `taken`.
    pub fn new(work: &'a Works, row: &'a OutboxRow, taken: Timestamp) -> Self {
        Self { work, row, taken }
    }

    /// Does what the row asks for; what was written, if anything was.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub async fn run(&self, lane: &Lane) -> Result<Option<Written>, Trouble> {
        let task: Task = decode(&self.row.payload)?;
        match lane.conversation() {
            Some(conversation) => self.show_in_portal(&conversation, task).await,
            None => self.show_elsewhere(task).await,
        }
    }

    /// Does what a row of a conversation asks for.
    async fn show_in_portal(
        &self,
        conversation: &ConversationId,
        task: Task,
    ) -> Result<Option<Written>, Trouble> {
        let door = portal::open(self.work, conversation).await?;
        match task {
            Task::Customer { message, ring } => self.customer(&door, message, ring).await.map(Some),
            Task::Phone { message } => self.phone(&door, message).await.map(Some),
            Task::Reaction { message, emoji } => self.reaction(&door, &message, emoji).await,
            Task::NoReaction { message } => self.no_reaction(&door, &message).await,
            Task::Edit { message, said } => self.edit(&door, message, said).await,
            Task::Revoke { message } => self.revoke(&door, &message).await,
            Task::Say(say) => self.say(&door.room, door.language, say).await.map(Some),
            Task::Mark { target, mark } => self.mark(&door.room, target, mark).await,
            Task::Unmark { target, mark } => self.unmark(&door.room, target, mark).await,
            Task::CallHumans { case } => self.call_humans(&door, case).await.map(Some),
            Task::Claimed { case, agent } => self.claimed(&door, case, &agent).await,
            Task::Unclaimed { case } => self.unclaimed(&door, case).await,
            Task::Unpress { room, target } => {
                let content = OutgoingContent::Redaction { target };
                self.write(&room, content, EventKind::Mark, None)
                    .await
                    .map(Some)
            }
            Task::Answer { room, say } => self.say(&room, door.language, say).await.map(Some),
            Task::Invite { agent } => {
                self.invite(&agent, &door.room).await?;
                Ok(None)
            }
            Task::Join { .. } | Task::Queue { .. } | Task::Alert(_) | Task::Send { .. } => {
                Err(misplaced())
            }
        }
    }

    /// Does what a row of the desk asks for.
    async fn show_elsewhere(&self, task: Task) -> Result<Option<Written>, Trouble> {
        let language = self.work.directory.language();
        match task {
            Task::Join { room, agent } => {
                let desk = self.work.homeserver.desk();
                self.work.homeserver.join(&desk, &room).await?;
                rooms::remember_direct(self.work, &agent, &room).await?;
                let say = Say::notice(saying!(
                    "welcome-direct",
                    prefix = self.work.directory.prefix()
                ));
                self.say(&room, language, say).await.map(Some)
            }
            Task::Answer { room, say } => self.say(&room, language, say).await.map(Some),
            Task::Queue {
                room,
                reply_to,
                agent,
            } => {
                let text = rooms::waiting_list(self.work, &agent, language).await?;
                self.write(&room, notice(text, Some(reply_to)), EventKind::Notice, None)
                    .await
                    .map(Some)
            }
            Task::Alert(saying) => {
                let room = rooms::alerts(self.work).await?;
                let text = Rich::from_plain(&text::say(language, &saying));
                self.write(&room, notice(text, None), EventKind::Notice, None)
                    .await
                    .map(Some)
            }
            Task::Customer { .. }
            | Task::Phone { .. }
            | Task::Reaction { .. }
            | Task::NoReaction { .. }
            | Task::Edit { .. }
            | Task::Revoke { .. }
            | Task::Say(_)
            | Task::Mark { .. }
            | Task::Unmark { .. }
            | Task::CallHumans { .. }
            | Task::Claimed { .. }
            | Task::Unclaimed { .. }
            | Task::Unpress { .. }
            | Task::Invite { .. }
            | Task::Send { .. } => Err(misplaced()),
        }
    }

    /// Says something as the desk.
    async fn say(&self, room: &RoomId, language: Language, say: Say) -> Result<Written, Trouble> {
        let style = if say.ring.is_empty() {
            Style::Notice
        } else {
            Style::Text
        };
        let content = OutgoingContent::Text {
            text: Rich::from_plain(&text::say(language, &say.text)),
            style,
            ring: say.ring,
            reply_to: say.reply_to,
            replaces: None,
        };
        self.write(room, content, EventKind::Notice, say.about)
            .await
    }

    /// Puts a mark on an event.
    async fn mark(
        &self,
        room: &RoomId,
        target: EventId,
        mark: Mark,
    ) -> Result<Option<Written>, Trouble> {
        if self.find_mark(&target, mark).await?.is_some() {
            return Ok(None);
        }
        let content = OutgoingContent::Reaction {
            target: target.clone(),
            key: mark.key().to_owned(),
        };
        let written = self.write(room, content, EventKind::Mark, None).await;
        if let Err(Trouble::Matrix(MatrixError::Refused { code, .. })) = &written
            && code == "M_DUPLICATE_ANNOTATION"
        {
            return Ok(None);
        }
        let mut written = written?;
        written.extra = Extra::Marked(target, mark);
        Ok(Some(written))
    }

    /// The desk's reaction that is a mark on an event.
    async fn find_mark(&self, target: &EventId, mark: Mark) -> Result<Option<EventId>, StoreError> {
        let target = target.clone();
        self.work
            .store
            .read(move |tx| Box::pin(async move { tx.find_mark(&target, mark).await }))
            .await
    }

    /// Takes a mark away, if it is there.
    async fn unmark(
        &self,
        room: &RoomId,
        target: EventId,
        mark: Mark,
    ) -> Result<Option<Written>, Trouble> {
        let found = self.find_mark(&target, mark).await?;
        let Some(event) = found else {
            return Ok(None);
        };
        let content = OutgoingContent::Redaction { target: event };
        let mut written = self.write(room, content, EventKind::Mark, None).await?;
        written.extra = Extra::Unmarked(target, mark);
        Ok(Some(written))
    }

    /// Writes an event as the desk.
    async fn write(
        &self,
        room: &RoomId,
        content: OutgoingContent,
        kind: EventKind,
        message: Option<MessageId>,
    ) -> Result<Written, Trouble> {
        let outgoing = Outgoing {
            author: self.work.homeserver.desk(),
            room: room.clone(),
            loket_id: self.row.id.to_string(),
            at: None,
            content,
        };
        let event = self.send(&outgoing).await?;
        Ok(Written {
            event,
            room: outgoing.room,
            kind,
            message,
            author: outgoing.author,
            extra: Extra::None,
        })
    }

    /// Sends an event. One that the homeserver is known to have is not sent again; an
    /// uncertain send older than the homeserver's memory is looked for in the room
    /// before it is repeated. So is the first one of a process that was halted for that
    /// long since it took the row: another may have sent it.
    async fn send(&self, outgoing: &Outgoing) -> Result<EventId, Trouble> {
        let now = self.work.clock.now();
        if let Some(event) = self.row.event.as_ref()
            && outgoing.loket_id == self.row.id.as_str()
        {
            return Ok(event.clone());
        }
        let begun = self.row.begun_at.unwrap_or(self.taken);
        if now.duration_since(begun) > MEMORY {
            let found = self
                .work
                .homeserver
                .find_event(&outgoing.room, &outgoing.loket_id, SEARCH)
                .await?;
            if let Some(event) = found {
                return Ok(event);
            }
        }
        Ok(self.work.homeserver.send(outgoing).await?)
    }
}

/// A quiet notice.
fn notice(text: Rich, reply_to: Option<EventId>) -> OutgoingContent {
    OutgoingContent::Text {
        text,
        style: Style::Notice,
        ring: Vec::new(),
        reply_to,
        replaces: None,
    }
}

/// A task stands in a lane that does not do it: our own fault.
fn misplaced() -> Trouble {
    Trouble::Store(corrupt("a task in a lane that does not do it"))
}
