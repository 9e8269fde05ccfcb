//! A portal's events: the one door ([`leak::classify`]) says what each is; here
//! it becomes an input of the conversation, a command, or nothing.
//!
//! In: rows of the lane `in` that came from the homeserver. Runs inside the
//! transaction of [`super::ingest`].

use jiff::Timestamp;

use crate::command::{self, Outcome, Query, Room};
use crate::domain::conversation::{Conversation, Input, Mark, Outward, Policy, Say, Target};
use crate::domain::ids::{ConversationId, EventId, MessageId, ProviderId, RoomId, RowId, UserId};
use crate::domain::leak::{self, Colleague, Context, Known, Role, Verdict};
use crate::domain::message::{Hold, LineState};
use crate::domain::rich::Rich;
use crate::domain::room_event::{EventKind, RoomContent, RoomEvent};
use crate::domain::saying::Saying;
use crate::domain::team;
use crate::saying;
use crate::store::{EventRow, StoreError, Tx};

use super::effects::Carrier;
use super::task::Task;
use super::{Works, alarm, directory, give_up, ingest, replay, trace};

/// What the decisions about one event have in common.
struct Scene<'a> {
    /// The workers' things.
    work: &'a Works,
    /// The inbox row.
    row: &'a RowId,
    /// The conversation as the event found it.
    conversation: Conversation,
    /// The team's rules.
    policy: Policy,
    /// Everybody of the team, and the desk.
    colleagues: Vec<Colleague>,
    /// What the sender may do; `None` for strangers and our own users.
    role: Option<team::Role>,
    /// The event's id.
    event: EventId,
    /// Its room, which is not the portal's for a button of the lobby.
    room: RoomId,
    /// Whether it is a reaction.
    pressed: bool,
    /// Who sent it.
    agent: UserId,
    /// What it points at, if we know it.
    known: Option<Known>,
    /// What it answers or was pressed on, known or not.
    answers: Option<EventId>,
    /// When we received it.
    received_at: Timestamp,
    /// The time.
    now: Timestamp,
}

/// Decides an event of a portal.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn event(
    tx: &mut Tx,
    work: &Works,
    row: &RowId,
    id: &ConversationId,
    event: RoomEvent,
    received_at: Timestamp,
) -> Result<(), StoreError> {
    let now = work.clock.now();
    let conversation = tx.lock_conversation(id).await?;
    let account = &conversation.account;
    let (Some(team), Some(policy)) = (
        work.directory.team_of(account),
        work.directory.policy(account),
    ) else {
        return Err(give_up::not_configured());
    };
    let ours = work.homeserver.is_ours(&event.sender);
    let scene = Scene {
        work,
        row,
        policy,
        colleagues: directory::colleagues(team, &work.homeserver.desk()),
        role: team.role_of(&event.sender).filter(|_| !ours),
        conversation,
        event: event.id.clone(),
        room: event.room.clone(),
        pressed: matches!(event.content, RoomContent::Reaction { .. }),
        agent: event.sender.clone(),
        known: known(tx, &event).await?,
        answers: answers(&event.content).cloned(),
        received_at,
        now,
    };
    match event.content {
        RoomContent::EncryptionOn => return scene.encryption_on(tx).await,
        RoomContent::Member {
            user, membership, ..
        } => return scene.member(tx, user, &membership).await,
        RoomContent::Line(_)
        | RoomContent::Reaction { .. }
        | RoomContent::Redaction { .. }
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => {}
    }
    let verdict = leak::classify(&event, &scene.context());
    tracing::debug!(event = %event.id, verdict = ?verdict, "room event classified");
    scene.record(tx, &event, &verdict).await?;
    scene.act(tx, verdict).await
}

/// What an event answers or was pressed on.
fn answers(content: &RoomContent) -> Option<&EventId> {
    match content {
        RoomContent::Line(line) => line.reply_to.as_ref(),
        RoomContent::Reaction { target, .. } => Some(target),
        RoomContent::Redaction { .. }
        | RoomContent::Member { .. }
        | RoomContent::EncryptionOn
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => None,
    }
}

/// Looks up what an event points at.
async fn known(tx: &mut Tx, event: &RoomEvent) -> Result<Option<Known>, StoreError> {
    let target = match &event.content {
        RoomContent::Line(line) => line.replaces.as_ref().or(line.reply_to.as_ref()),
        RoomContent::Reaction { target, .. } | RoomContent::Redaction { target } => Some(target),
        RoomContent::Member { .. }
        | RoomContent::EncryptionOn
        | RoomContent::Encrypted
        | RoomContent::Other { .. } => None,
    };
    let Some(target) = target else {
        return Ok(None);
    };
    let Some(found) = tx.find_event(target).await? else {
        return Ok(None);
    };
    let message = match (&found.message, found.kind) {
        (Some(message), EventKind::Agent | EventKind::Notice) => tx.find_message(message).await?,
        _ => None,
    };
    let line = message.and_then(|message| {
        Some(Target {
            event: message.event?,
            writer: UserId::from(message.author),
            state: message.state?,
            message: message.id,
        })
    });
    Ok(Some(Known {
        event: found.id,
        kind: found.kind,
        line,
    }))
}

impl Scene<'_> {
    /// What the leak rules need to know.
    fn context(&self) -> Context<'_> {
        let sender = if self.work.homeserver.is_ours(&self.agent) {
            Role::Ours
        } else if self.role.is_some() {
            Role::Agent
        } else {
            Role::Stranger
        };
        Context {
            sender,
            prefix: self.work.directory.prefix(),
            commands: command::registry::names(),
            colleagues: &self.colleagues,
            conversation: &self.conversation,
            policy: &self.policy,
            target: self.known.as_ref(),
            now: self.now,
        }
    }

    /// The portal came up encrypted, or somebody switched it on: an alarm that names
    /// the setting.
    async fn encryption_on(&self, tx: &mut Tx) -> Result<(), StoreError> {
        tx.set_portal_encrypted(&self.conversation.id, true).await?;
        alarm::encryption(tx, true, self.now).await
    }

    /// Somebody came or went: an owner who has left sees nothing any more.
    async fn member(&self, tx: &mut Tx, user: UserId, membership: &str) -> Result<(), StoreError> {
        match membership {
            "leave" | "ban" => self.apply(tx, Input::OwnerGone { agent: user }).await,
            _ => Ok(()),
        }
    }

    /// Remembers what the event is, for later replies, edits and redactions.
    async fn record(
        &self,
        tx: &mut Tx,
        event: &RoomEvent,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        let kind = match verdict {
            Verdict::Command { .. } => EventKind::Command,
            Verdict::Note { .. } => EventKind::Note,
            // Who takes an edit back takes the line back.
            Verdict::Ask { .. } | Verdict::Send { .. } | Verdict::Edit { .. } => EventKind::Agent,
            Verdict::Refuse(_) => EventKind::Other,
            Verdict::Ignore
            | Verdict::Redact { .. }
            | Verdict::Decide { .. }
            | Verdict::React { .. } => return Ok(()),
        };
        let message = match verdict {
            Verdict::Edit { target, .. } => Some(target.message.clone()),
            _ => None,
        };
        tx.insert_event(&EventRow {
            id: event.id.clone(),
            room: event.room.clone(),
            conversation: Some(self.conversation.id.clone()),
            kind,
            message,
            loket_id: event.loket_id.clone().unwrap_or_default(),
            sender: event.sender.clone(),
            at: event.at,
        })
        .await?;
        Ok(())
    }

    /// Does what the verdict says.
    async fn act(&self, tx: &mut Tx, verdict: Verdict) -> Result<(), StoreError> {
        let agent = self.agent.clone();
        match verdict {
            Verdict::Ignore => Ok(()),
            Verdict::Command { rich, .. } => {
                self.command(tx, &rich).await?;
                self.unpress(tx).await
            }
            Verdict::Note { text } => {
                let event = self.event.clone();
                self.apply(tx, Input::NoteWritten { event, agent, text })
                    .await
            }
            Verdict::Ask { .. } | Verdict::Send { .. } | Verdict::Refuse(_) => {
                self.line(tx, verdict).await
            }
            Verdict::Edit { target, text } => {
                let event = self.event.clone();
                let input = Input::LineEdited {
                    target,
                    agent,
                    text,
                    event,
                };
                self.apply(tx, input).await
            }
            Verdict::Redact { target } => self.redact(tx, target).await,
            Verdict::Decide { message, decision } => {
                let input = Input::Decided {
                    message,
                    agent,
                    decision,
                };
                self.apply(tx, input).await?;
                self.unpress(tx).await
            }
            Verdict::React { target, .. } => {
                let say = Say::notice(saying!("reactions-not-sent")).in_reply_to(target);
                self.say(tx, say).await
            }
        }
    }

    /// Runs a command.
    #[tracing::instrument(name = "command.run", skip_all, fields(conversation.id = %self.conversation.id))]
    async fn command(&self, tx: &mut Tx, command: &Rich) -> Result<(), StoreError> {
        let Some(role) = self.role else {
            return Ok(());
        };
        let prefix = self.work.directory.prefix();
        let ran = command::run(
            command,
            &command::Context {
                agent: &self.agent,
                role,
                room: Room::Portal,
                event: &self.event,
                reply: self.known.as_ref(),
                conversation: Some(&self.conversation),
                prefix,
            },
        );
        tracing::info!(command.ok = ran.is_ok(), "command run");
        match ran {
            Ok(Outcome::Apply(input)) => self.apply_command(tx, input).await,
            Ok(Outcome::Outward(text)) => {
                let verdict = leak::explicit(&self.agent, text, &self.context());
                self.line(tx, verdict).await
            }
            Ok(Outcome::Query(Query::Queue)) => self.reply(tx, saying!("command-not-here")).await,
            Ok(Outcome::Query(Query::PutAside)) => self.revive(tx).await,
            Ok(Outcome::Query(Query::Trace { case })) => self.trace(tx, case).await,
            Ok(Outcome::Answer(answer)) => self.reply(tx, answer).await,
            Err(error) => self.reply(tx, error.saying(prefix)).await,
        }
    }

    /// Works again what was put aside and the command answers.
    async fn revive(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let revived = match &self.answers {
            Some(target) => replay::revive(tx, target, self.now).await?,
            None => None,
        };
        let (Some(mark), Some(target)) = (revived, self.answers.clone()) else {
            return self.reply(tx, saying!("resend-needs-reply")).await;
        };
        let base = RowId::from(format!("{}.revived", self.row));
        self.carry(tx, &base, Task::Unmark { target, mark }).await?;
        let (target, mark) = (self.event.clone(), Mark::Done);
        self.task(tx, Task::Mark { target, mark }).await
    }

    /// Tells what happened: to a case's conversation, to the line that the command
    /// answers, or to this conversation.
    async fn trace(&self, tx: &mut Tx, case: Option<i64>) -> Result<(), StoreError> {
        let id = self.conversation.id.clone();
        let about = match (case, &self.answers) {
            (Some(case), _) => trace::About::Case(case),
            (None, Some(event)) => trace::About::Line(id, event.clone()),
            (None, None) => trace::About::Conversation(id),
        };
        let told = trace::trace(tx, self.work, &self.agent, about).await?;
        self.reply(tx, told).await
    }

    /// A line for the customer, as the rules have it.
    async fn line(&self, tx: &mut Tx, verdict: Verdict) -> Result<(), StoreError> {
        match verdict {
            Verdict::Ask { hold, text } => self.outward(tx, text, Some(hold)).await,
            Verdict::Send { text } => self.outward(tx, text, None).await,
            Verdict::Refuse(reason) => self.reply(tx, reason).await,
            Verdict::Ignore
            | Verdict::Command { .. }
            | Verdict::Note { .. }
            | Verdict::Edit { .. }
            | Verdict::Redact { .. }
            | Verdict::Decide { .. }
            | Verdict::React { .. } => Ok(()),
        }
    }

    /// Takes a line back. Who took back an edit of it sees the line still standing in
    /// the room, so they are told.
    async fn redact(&self, tx: &mut Tx, target: Target) -> Result<(), StoreError> {
        let open = matches!(target.state, LineState::Held | LineState::Queued);
        let edit = self
            .known
            .as_ref()
            .filter(|known| known.event != target.event);
        let told = edit.filter(|_| open).map(|_| target.event.clone());
        let agent = self.agent.clone();
        self.apply(tx, Input::LineRedacted { target, agent })
            .await?;
        match told {
            Some(line) => {
                let says = saying!("edit-taken-back");
                self.say(tx, Say::notice(says).in_reply_to(line)).await
            }
            None => Ok(()),
        }
    }

    /// Takes a reaction back that was acted on, so that it can be pressed again.
    async fn unpress(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if !self.pressed {
            return Ok(());
        }
        let task = Task::Unpress {
            room: self.room.clone(),
            target: self.event.clone(),
        };
        let base = RowId::from(format!("{}.button", self.row));
        self.carry(tx, &base, task).await
    }

    /// Applies a command's input and says ✅ when nothing needs saying; a button that
    /// goes back says as much.
    async fn apply_command(&self, tx: &mut Tx, input: Input) -> Result<(), StoreError> {
        let quiet = !self.pressed && !matches!(input, Input::NoteWritten { .. });
        let applied = ingest::apply(
            tx,
            self.work,
            self.row,
            &self.conversation.id,
            input,
            self.now,
        )
        .await?;
        match applied {
            Ok(()) if quiet => {
                let task = Task::Mark {
                    target: self.event.clone(),
                    mark: Mark::Done,
                };
                self.task(tx, task).await
            }
            Ok(()) => Ok(()),
            Err(refusal) => self.reply(tx, refusal.0).await,
        }
    }

    /// A line for the customer, sent or held.
    async fn outward(&self, tx: &mut Tx, text: Rich, hold: Option<Hold>) -> Result<(), StoreError> {
        let reply_to = self.answered(tx).await?;
        let outward = Outward {
            message: MessageId::of_row(self.row),
            event: self.event.clone(),
            agent: self.agent.clone(),
            text,
            reply_to,
            received_at: self.received_at,
            hold,
        };
        self.apply(tx, Input::AgentReplied(outward)).await
    }

    /// The provider's message that the event answers, if it answers a public one.
    async fn answered(&self, tx: &mut Tx) -> Result<Option<ProviderId>, StoreError> {
        let Some(known) = self.known.as_ref().filter(|known| known.kind.is_public()) else {
            return Ok(None);
        };
        let Some(found) = tx.find_event(&known.event).await? else {
            return Ok(None);
        };
        let Some(message) = found.message else {
            return Ok(None);
        };
        let parts = tx.list_parts(&message).await?;
        Ok(parts.into_iter().next().and_then(|part| part.provider))
    }

    /// Applies an input; a refusal is shown.
    async fn apply(&self, tx: &mut Tx, input: Input) -> Result<(), StoreError> {
        let applied = ingest::apply(
            tx,
            self.work,
            self.row,
            &self.conversation.id,
            input,
            self.now,
        )
        .await?;
        match applied {
            Ok(()) => Ok(()),
            Err(refusal) => self.reply(tx, refusal.0).await,
        }
    }

    /// Says something in reply to the event, or to what a button was pressed on,
    /// where it happened.
    async fn reply(&self, tx: &mut Tx, text: Saying) -> Result<(), StoreError> {
        let pressed_on = self.known.as_ref().filter(|_| self.pressed);
        let target = pressed_on.map_or(&self.event, |known| &known.event);
        let say = Say::notice(text).in_reply_to(target.clone());
        if tx.find_by_room(&self.room).await?.is_some() {
            return self.say(tx, say).await;
        }
        let room = self.room.clone();
        self.task(tx, Task::Answer { room, say }).await
    }

    /// Says something in the room.
    async fn say(&self, tx: &mut Tx, say: Say) -> Result<(), StoreError> {
        self.task(tx, Task::Say(say)).await
    }

    /// Puts one task of this event into the room's lane. The row's own effects are
    /// numbered; this one stands after them.
    async fn task(&self, tx: &mut Tx, task: Task) -> Result<(), StoreError> {
        let base = RowId::from(format!("{}.answer", self.row));
        self.carry(tx, &base, task).await
    }

    /// Puts one task into the room's lane, named after `base`.
    async fn carry(&self, tx: &mut Tx, base: &RowId, task: Task) -> Result<(), StoreError> {
        let mut conversation = tx.lock_conversation(&self.conversation.id).await?;
        Carrier::new(base, &mut conversation, self.now)
            .room(tx, task)
            .await
    }
}
