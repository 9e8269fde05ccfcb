//! Carries out what a conversation decided, inside the transaction that stores the
//! decision. Everything is named after the inbox row that brought it about, so that
//! a replay brings about nothing new.

use jiff::Timestamp;

use crate::domain::conversation::{
    ACCEPTANCE, Before, Conversation, Effect, Mark, NewLine, Say, Timer,
};
use crate::domain::ids::{ConversationId, MessageId, RowId};
use crate::domain::message::{Hold, LineState};
use crate::domain::room_event::EventKind;
use crate::domain::saying::Saying;
use crate::saying;
use crate::store::{
    Direction, Lane, LaneKind, MessageRow, NewOutbox, NoteRow, PartRow, PartState, StoreError,
    TimerRow, Tx,
};

use super::task::{Order, Task};

/// What the effects of one inbox row have in common.
#[derive(Debug)]
pub struct Carrier<'a> {
    /// The inbox row.
    row: &'a RowId,
    /// The conversation after the decision.
    conversation: &'a mut Conversation,
    /// The time.
    now: Timestamp,
    /// How many outbox rows there are so far.
    made: usize,
}

impl<'a> Carrier<'a> {
    /// A carrier for the effects of `row` on `conversation`.
    pub fn new(row: &'a RowId, conversation: &'a mut Conversation, now: Timestamp) -> Self {
        Self {
            row,
            conversation,
            now,
            made: 0,
        }
    }

    /// Carries out `effects`, in order.
    ///
    /// # Errors
    /// The database's: the transaction must be given up.
    pub async fn carry(&mut self, tx: &mut Tx, effects: Vec<Effect>) -> Result<(), StoreError> {
        for effect in effects {
            self.carry_one(tx, effect).await?;
        }
        Ok(())
    }

    /// Carries out one effect.
    async fn carry_one(&mut self, tx: &mut Tx, effect: Effect) -> Result<(), StoreError> {
        match effect {
            Effect::ShowCustomer { message, ring } => {
                self.room(tx, Task::Customer { message, ring }).await
            }
            Effect::ShowPhone { message } => self.room(tx, Task::Phone { message }).await,
            Effect::Say(say) => self.room(tx, Task::Say(say)).await,
            Effect::Mark { target, mark } => self.room(tx, Task::Mark { target, mark }).await,
            Effect::Unmark { target, mark } => self.room(tx, Task::Unmark { target, mark }).await,
            Effect::CallHumans => self.call_humans(tx).await,
            Effect::Claimed { agent } => match self.conversation.case {
                Some(case) => self.room(tx, Task::Claimed { case, agent }).await,
                None => Ok(()),
            },
            Effect::Invite { agent } => self.room(tx, Task::Invite { agent }).await,
            Effect::Queue { line, due } => {
                let message = line.message.clone();
                self.insert_line(tx, line, Place::Queued(due)).await?;
                self.send(tx, message, due).await
            }
            Effect::Hold { line, hold, until } => self.hold(tx, line, hold, until).await,
            Effect::Release { message, due } => {
                let took_from = self.took_from(&message);
                tx.set_took_from(&message, took_from.as_ref()).await?;
                tx.queue_message(&message, due).await?;
                self.send(tx, message, due).await
            }
            Effect::Amend { message, text, due } => self.amend(tx, &message, &text, due).await,
            Effect::Cancel { message } => self.cancel(tx, &message).await,
            Effect::Resend { message, agent: _ } => self.resend(tx, message).await,
            Effect::KeepNote(note) => {
                tx.save_note(&NoteRow {
                    id: self.row.to_string(),
                    conversation: self.conversation.id.clone(),
                    event: note.event,
                    agent: note.agent,
                    text: note.text,
                    created_at: self.now,
                })
                .await
            }
            Effect::OpenCase => {
                let number = tx.open_case(&self.conversation.id, self.now).await?;
                self.conversation.case = Some(number);
                Ok(())
            }
            Effect::CloseCase { by, reason } => {
                if let Some(case) = self.conversation.case {
                    let reason = reason.unwrap_or_default();
                    tx.close_case(case, by.as_ref(), &reason, self.now).await?;
                }
                Ok(())
            }
            Effect::Timer { at, timer } => set_timer(tx, self.conversation, at, timer).await,
            Effect::Project => tx.want_portal(&self.conversation.id, self.now).await,
        }
    }

    /// Puts a task into the conversation's `matrix` lane.
    ///
    /// # Errors
    /// The database's.
    pub async fn room(&mut self, tx: &mut Tx, task: Task) -> Result<(), StoreError> {
        let id = self.next_id();
        self.outbox(tx, LaneKind::Matrix, id, None, &task, self.now)
            .await
    }

    /// Rings in the lobby, once per case: the row is named after the case. When it
    /// comes back to the queue, the line there is open again.
    async fn call_humans(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let Some(case) = self.conversation.case else {
            return Ok(());
        };
        if tx.find_outbox(&claim_id(case)).await?.is_some() {
            return self.room(tx, Task::Unclaimed { case }).await;
        }
        let task = Task::CallHumans { case };
        self.outbox(tx, LaneKind::Matrix, claim_id(case), None, &task, self.now)
            .await
    }

    /// Puts a message into the conversation's `channel` lane.
    ///
    /// # Errors
    /// The database's.
    pub async fn send(
        &mut self,
        tx: &mut Tx,
        message: MessageId,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let task = Task::Send {
            message: message.clone(),
        };
        let id = self.next_id();
        self.outbox(tx, LaneKind::Channel, id, Some(message), &task, due)
            .await
    }

    /// Holds a line: a new one is stored, a queued one leaves its lane.
    async fn hold(
        &mut self,
        tx: &mut Tx,
        line: NewLine,
        hold: Hold,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        if tx.find_message(&line.message).await?.is_some() {
            tx.cancel_of_message(&line.message).await?;
            forget_waiting(tx, &line.message).await?;
            let took_from = self.took_from(&line.message);
            tx.set_took_from(&line.message, took_from.as_ref()).await?;
            return tx.hold_message(&line.message, hold, until).await;
        }
        self.insert_line(tx, line, Place::Held(hold, until)).await
    }

    /// Changes the text of an open line.
    async fn amend(
        &mut self,
        tx: &mut Tx,
        message: &MessageId,
        text: &crate::domain::rich::Rich,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        if has_begun(tx, message).await? {
            return self.answer(tx, message, saying!("edit-too-late")).await;
        }
        tx.set_message_text(message, text).await?;
        tx.delete_parts(message).await?;
        if tx.postpone_message(message, due).await? {
            if forget_waiting(tx, message).await? {
                self.unmark_waiting(tx, message).await?;
            }
            tx.queue_message(message, due).await?;
            let timer = Timer::StillWaiting {
                message: message.clone(),
            };
            set_timer(tx, self.conversation, due + ACCEPTANCE, timer).await?;
        }
        Ok(())
    }

    /// Takes an open line back.
    async fn cancel(&mut self, tx: &mut Tx, message: &MessageId) -> Result<(), StoreError> {
        if has_begun(tx, message).await? {
            return self.answer(tx, message, saying!("redacted-too-late")).await;
        }
        tx.cancel_of_message(message).await?;
        forget_waiting(tx, message).await?;
        tx.set_message_state(message, LineState::Cancelled).await
    }

    /// Takes ⏳ from a line.
    async fn unmark_waiting(&mut self, tx: &mut Tx, message: &MessageId) -> Result<(), StoreError> {
        let Some(target) = tx.get_message(message).await?.event else {
            return Ok(());
        };
        let mark = Mark::Waiting;
        self.room(tx, Task::Unmark { target, mark }).await
    }

    /// Says something in reply to a line.
    async fn answer(
        &mut self,
        tx: &mut Tx,
        message: &MessageId,
        text: Saying,
    ) -> Result<(), StoreError> {
        let Some(event) = tx.get_message(message).await?.event else {
            return Ok(());
        };
        let say = Say::notice(text).in_reply_to(event);
        self.room(tx, Task::Say(say)).await
    }

    /// Sends a line again: the parts that did not go, or all if all did. If the
    /// customer may have something of it, it can no longer be changed or taken back.
    async fn resend(&mut self, tx: &mut Tx, message: MessageId) -> Result<(), StoreError> {
        let parts = tx.list_parts(&message).await?;
        if parts.iter().all(|part| part.state.went()) {
            tx.reset_parts(&message).await?;
        } else {
            tx.reset_failed_parts(&message).await?;
        }
        tx.queue_message(&message, self.now).await?;
        let certain = |part: &PartRow| matches!(part.state, PartState::Pending | PartState::Failed);
        if !parts.iter().all(certain) {
            tx.set_message_state(&message, LineState::Started).await?;
        }
        self.send(tx, message, self.now).await
    }

    /// Stores a line of an agent.
    async fn insert_line(
        &mut self,
        tx: &mut Tx,
        line: NewLine,
        place: Place,
    ) -> Result<(), StoreError> {
        let took_from = self.took_from(&line.message);
        let (state, hold, hold_until, due_at) = match place {
            Place::Queued(due) => (LineState::Queued, None, None, Some(due)),
            Place::Held(hold, until) => (LineState::Held, Some(hold), until, None),
        };
        let row = MessageRow {
            id: line.message,
            conversation: self.conversation.id.clone(),
            seq: 0,
            direction: Direction::Out,
            author: line.writer.to_string(),
            state: Some(state),
            text: line.text,
            kind: "text".to_owned(),
            event: Some(line.event.clone()),
            reply_to: line.reply_to,
            hold,
            hold_until,
            due_at,
            took_from,
            received_at: line.received_at,
            created_at: self.now,
            case: self.conversation.case,
        };
        tx.insert_message(&row).await?;
        tx.set_event_kind(&line.event, EventKind::Agent, Some(&row.id))
            .await?;
        Ok(())
    }

    /// What an open line found when it took the conversation.
    fn took_from(&self, message: &MessageId) -> Option<Before> {
        let lines = &self.conversation.lines;
        let open = lines.iter().find(|open| open.message == *message);
        open.and_then(|open| open.took_from.clone())
    }

    /// Puts a task into a lane of the conversation.
    async fn outbox(
        &mut self,
        tx: &mut Tx,
        kind: LaneKind,
        id: RowId,
        message: Option<MessageId>,
        task: &Task,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let row = NewOutbox {
            id,
            lane: Lane::of(kind, &self.conversation.id),
            payload: task.encode()?,
            due,
            message,
        };
        tx.insert_outbox(vec![row], self.now).await.map(|_new| ())
    }

    /// The id of the next thing that the row brings about.
    fn next_id(&mut self) -> RowId {
        self.made += 1;
        self.row.child(self.made)
    }
}

/// Where a new line stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In its lane, not before the time.
    Queued(Timestamp),
    /// Held, until the time if there is one.
    Held(Hold, Option<Timestamp>),
}

/// The name of a case's line in the lobby: its row, and its `org.loket.id`.
pub fn claim_id(case: i64) -> RowId {
    RowId::from(format!("claim_{case}"))
}

/// Wakes a conversation later.
async fn set_timer(
    tx: &mut Tx,
    conversation: &Conversation,
    at: Timestamp,
    timer: Timer,
) -> Result<(), StoreError> {
    let row = TimerRow {
        id: timer_id(&conversation.id, &timer, at),
        due_at: at,
        lane: Lane::of(LaneKind::In, &conversation.id),
        payload: Order::Timer(timer).encode()?,
    };
    tx.insert_timer(&row).await
}

/// A timer's id: one for each time it is set to.
fn timer_id(conversation: &ConversationId, timer: &Timer, at: Timestamp) -> String {
    let (kind, about) = match timer {
        Timer::HoldExpired { message } => ("hold", message.as_str()),
        Timer::StillWaiting { message } => ("waiting", message.as_str()),
        Timer::PhoneQuiet => ("phone", conversation.as_str()),
    };
    format!("{kind}:{about}:{}", at.as_millisecond())
}

/// Whether something of an open line went already, or may have: then it can no
/// longer be changed or taken back, whatever its state says.
async fn has_begun(tx: &mut Tx, message: &MessageId) -> Result<bool, StoreError> {
    let parts = tx.list_parts(message).await?;
    Ok(parts.iter().any(|part| part.state != PartState::Pending))
}

/// The line needs no ⏳ any more; whether it may carry one already.
///
/// # Errors
/// The database's.
pub async fn forget_waiting(tx: &mut Tx, message: &MessageId) -> Result<bool, StoreError> {
    let Some(row) = tx.find_message(message).await? else {
        return Ok(false);
    };
    let Some(due) = row.due_at else {
        return Ok(false);
    };
    let timer = Timer::StillWaiting {
        message: message.clone(),
    };
    let waits = tx
        .delete_timer(&timer_id(&row.conversation, &timer, due + ACCEPTANCE))
        .await?;
    Ok(!waits)
}
