//! `!trace`: what happened to a line or a conversation, with times, rows, attempts,
//! outcomes and event ids. Nothing of what anybody wrote.
//!
//! In: what is asked about, and by whom. Out: an answer for the room it was asked in.
//! Whoever asks must be a supervisor of the conversation's own team.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::conversation::{Conversation, Owner};
use crate::domain::ids::{ConversationId, EventId, MessageId, RowId, UserId};
use crate::domain::saying::Saying;
use crate::domain::team::{Language, Role};
use crate::saying;
use crate::store::{
    AttemptRow, Direction, InboxState, Lane, LaneKind, MessageRow, OutboxState, StoreError,
    TraceRow, Tx,
};
use crate::text;

use super::Works;

/// How many of a conversation's newest messages are told of.
const MESSAGES: i64 = 5;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A conversation.
    Conversation(ConversationId),
    /// A line of a conversation, by its event.
    Line(ConversationId, EventId),
    /// The conversation of a case.
    Case(i64),
}

/// An answer being written.
struct Trace {
    /// The lines so far, in the team's language. Not one saying within the other: an
    /// answer of many lines would be too deep to be read again.
    lines: Vec<String>,
    /// The team's language.
    language: Language,
    /// The team's zone.
    zone: TimeZone,
}

/// What happened, for `agent`.
///
/// # Errors
/// The database's.
pub async fn trace(
    tx: &mut Tx,
    work: &Works,
    agent: &UserId,
    about: About,
) -> Result<Saying, StoreError> {
    let (id, event) = match about {
        About::Conversation(id) => (id, None),
        About::Line(id, event) => (id, Some(event)),
        About::Case(number) => match tx.find_case(number).await? {
            Some(case) => (case.conversation, None),
            None => return Ok(saying!("trace-unknown")),
        },
    };
    let conversation = tx.lock_conversation(&id).await?;
    let team = work.directory.team_of(&conversation.account);
    let Some(team) = team.filter(|team| team.role_of(agent) >= Some(Role::Supervisor)) else {
        // Whether there is such a case is not for other teams to know.
        return Ok(saying!("trace-unknown"));
    };
    let mut trace = Trace {
        lines: Vec::new(),
        language: team.language,
        zone: team.time_zone.clone(),
    };
    match event {
        Some(event) => trace.line(tx, &id, &event).await?,
        None => trace.conversation(tx, &conversation).await?,
    }
    Ok(trace.told())
}

impl Trace {
    /// A time, to the millisecond.
    fn time(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned(self.zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    /// Adds a line.
    fn add(&mut self, says: &Saying) {
        self.lines
            .push(text::say(self.language, says).trim_end().to_owned());
    }

    /// The whole answer.
    fn told(self) -> Saying {
        if self.lines.is_empty() {
            return saying!("trace-unknown");
        }
        saying!("trace-told", lines = self.lines.join("\n"))
    }

    /// Tells of a conversation.
    async fn conversation(
        &mut self,
        tx: &mut Tx,
        conversation: &Conversation,
    ) -> Result<(), StoreError> {
        let id = &conversation.id;
        self.add(&saying!(
            "trace-conversation",
            id = id.as_str(),
            account = conversation.account.as_str(),
            owner = owner(&conversation.owner),
            case = conversation.case.unwrap_or_default(),
            epoch = conversation.handover_epoch
        ));
        if let Some(portal) = tx.find_portal(id).await? {
            let room = portal
                .room
                .map_or_else(|| "-".to_owned(), |room| room.to_string());
            self.add(&saying!(
                "trace-room",
                room = room,
                attempt = portal.attempt,
                shown = portal.shown_rev,
                wanted = portal.wanted_rev
            ));
        }
        for kind in [LaneKind::In, LaneKind::Matrix, LaneKind::Channel] {
            let lane = Lane::of(kind, id);
            let waiting = tx.waiting_in(&lane).await?;
            if let Some(oldest) = waiting.oldest {
                self.add(&saying!(
                    "trace-waiting",
                    lane = kind.name(),
                    rows = waiting.rows,
                    since = self.time(oldest)
                ));
            }
        }
        self.dead(tx, id).await?;
        for message in tx.newest_messages(id, MESSAGES).await? {
            self.message(tx, &message).await?;
        }
        Ok(())
    }

    /// Tells of dead rows that came in.
    async fn dead(&mut self, tx: &mut Tx, id: &ConversationId) -> Result<(), StoreError> {
        let lane = Lane::of(LaneKind::In, id);
        let dead = tx.list_kept(InboxState::Dead, None, 1_000).await?;
        for row in dead.iter().filter(|row| row.lane == lane) {
            self.add(&saying!(
                "trace-row",
                time = self.time(row.received_at),
                row = row.id.as_str(),
                lane = lane.kind.name(),
                state = "dead",
                tries = row.tries,
                error = row.error.as_str()
            ));
        }
        Ok(())
    }

    /// Tells of a line by its event.
    async fn line(
        &mut self,
        tx: &mut Tx,
        id: &ConversationId,
        event: &EventId,
    ) -> Result<(), StoreError> {
        if let Some(known) = tx.find_event(event).await?
            && known.conversation.as_ref() == Some(id)
        {
            if let Some(message) = known.message {
                return self.message(tx, &message).await;
            }
            self.event(&known.id, known.kind, &known.loket_id, known.at);
            let row = RowId::from(known.loket_id);
            if let Some(row) = tx.trace_outbox(&row).await? {
                self.row(&row);
            }
            return Ok(());
        }
        let key = format!("matrix:{event}");
        let own = Lane::of(LaneKind::In, id);
        let row = tx.find_inbox_by_key(&key).await?;
        if let Some(row) = row.filter(|row| row.lane == own) {
            self.inbox(&row);
        }
        Ok(())
    }

    /// Tells of a message.
    async fn message(&mut self, tx: &mut Tx, id: &MessageId) -> Result<(), StoreError> {
        let message = tx.get_message(id).await?;
        self.add(&saying!(
            "trace-message",
            time = self.time(message.received_at),
            id = id.as_str(),
            direction = direction(&message),
            state = message
                .state
                .map_or_else(|| "-".to_owned(), |state| format!("{state:?}"))
        ));
        let row = id.as_str().trim_start_matches("msg_");
        if let Some(row) = tx.find_inbox(&RowId::from(format!("row_{row}"))).await? {
            self.inbox(&row);
        }
        for row in tx.trace_message(id).await? {
            self.row(&row);
        }
        for part in tx.list_parts(id).await? {
            let provider = part
                .provider
                .map_or_else(|| "-".to_owned(), |id| id.to_string());
            self.add(&saying!(
                "trace-part",
                n = part.n,
                state = format!("{:?}", part.state),
                provider = provider
            ));
        }
        for attempt in tx.list_attempts(id).await? {
            self.attempt(&attempt);
        }
        for event in tx.events_of_message(id).await? {
            self.event(&event.id, event.kind, &event.loket_id, event.at);
            let row = RowId::from(event.loket_id);
            if let Some(row) = tx.trace_outbox(&row).await? {
                self.row(&row);
            }
        }
        Ok(())
    }

    /// Tells of an attempt.
    fn attempt(&mut self, attempt: &AttemptRow) {
        let ended = attempt
            .ended_at
            .map_or_else(|| "-".to_owned(), |at| self.time(at));
        self.add(&saying!(
            "trace-attempt",
            time = self.time(attempt.started_at),
            id = attempt.id.as_str(),
            n = attempt.n,
            outcome = format!("{:?}", attempt.outcome),
            detail = attempt.detail.as_str(),
            ended = ended
        ));
    }

    /// Tells of an event.
    fn event(&mut self, id: &EventId, kind: impl std::fmt::Debug, row: &str, at: Timestamp) {
        self.add(&saying!(
            "trace-event",
            time = self.time(at),
            event = id.as_str(),
            kind = format!("{kind:?}"),
            row = row
        ));
    }

    /// Tells of a row of the inbox.
    fn inbox(&mut self, row: &crate::store::InboxRow) {
        self.add(&saying!(
            "trace-row",
            time = self.time(row.received_at),
            row = row.id.as_str(),
            lane = row.lane.kind.name(),
            state = format!("{:?}", row.state),
            tries = row.tries,
            error = row.error.as_str()
        ));
    }

    /// Tells of a row of the outbox.
    fn row(&mut self, row: &TraceRow) {
        let state = match row.state {
            OutboxState::Pending => format!("Pending, due {}", self.time(row.due_at)),
            OutboxState::Done | OutboxState::Dead | OutboxState::Cancelled => {
                format!("{:?}", row.state)
            }
        };
        self.add(&saying!(
            "trace-row",
            time = self.time(row.created_at),
            row = row.id.as_str(),
            lane = row.lane.kind.name(),
            state = state,
            tries = row.tries,
            error = row.error.as_str()
        ));
    }
}

/// Who wrote a message.
fn direction(message: &MessageRow) -> Saying {
    match message.direction {
        Direction::In => saying!("trace-from-customer"),
        Direction::Out => saying!("trace-from-agent", agent = message.author.as_str()),
    }
}

/// Who owns a conversation.
fn owner(owner: &Owner) -> String {
    format!("{owner:?}")
}
