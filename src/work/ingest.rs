//! The lane `in`: what came from outside is decided here, one row at a time, each
//! in one transaction: fence, decide, store the new state and the effects, done.
//!
//! In: inbox rows. Out: the conversation's new state, messages, outbox rows. No
//! network call.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::crash::Spot;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::content::Content;
use crate::domain::conversation::{ACCEPTANCE, Input, Mark, Refusal, Say, Timer};
use crate::domain::ids::{AccountId, ConversationId, MessageId, RowId};
use crate::domain::inbound::{Along, Event, Said, Update};
use crate::domain::message::LineState;
use crate::domain::room_event::RoomEvent;
use crate::domain::saying::Saying;
use crate::queue::{Handler, LEASE, Step};
use crate::saying;
use crate::store::{
    Direction, InboxRow, InboxState, Lane, LaneKind, Lease, MessageRow, NewInbox, PartRow,
    PartState, Source, StoreError, Tx,
};

use super::acts::{self, Act};
use super::effects::Carrier;
use super::status::Report;
use super::task::{Order, Task, decode};
use super::{Works, agent, desk, give_up, reconcile};

/// The kind of a customer's message that is text and carries something along.
const TEXT_WITH_MORE: &str = "annotated";

/// Who wrote what was written on the business's phone app.
const PHONE: &str = "phone";

/// What is wrong with a row whose account is gone.
pub const NOT_CONFIGURED: &str = "a conversation of an account that is not configured";

/// The worker of the lane `in`.
#[derive(Debug, Clone)]
pub struct Ingest(pub Works);

#[async_trait]
impl Handler for Ingest {
    #[tracing::instrument(name = "inbox.ingest", skip_all, fields(lane = %lease.lane, conversation.id = lease.lane.conversation().map(tracing::field::display)))]
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        let work = self.0.clone();
        let held = lease.clone();
        let decided = self
            .0
            .store
            .at(Spot::Decide)
            .write(move |tx| Box::pin(async move { decide_next(tx, &work, &held).await }))
            .await;
        match decided {
            Ok(step) => Ok(step),
            Err(error) => give_up::after(&self.0, lease, error).await,
        }
    }
}

/// Takes the lane's first row and decides it.
async fn decide_next(tx: &mut Tx, work: &Works, lease: &Lease) -> Result<Step, StoreError> {
    let now = work.clock.now();
    tx.fence(lease, now + LEASE).await?;
    let Some(row) = tx.inbox_head(&lease.lane, now).await? else {
        tx.release(lease).await?;
        return Ok(Step::Idle);
    };
    let done = match lease.lane.conversation() {
        Some(id) => decide(tx, work, &row, &id, now).await?,
        None => desk::decide(tx, work, &row, now).await?,
    };
    if done {
        tx.inbox_done(&row.id).await?;
    }
    tx.release_if_idle(lease, now).await.map(Step::released)
}

/// Decides a row of a conversation; whether it is done (it may wait instead).
async fn decide(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    id: &ConversationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match row.source {
        Source::Webhook => return webhook(tx, work, row, id, now).await,
        Source::Matrix => {
            let event: RoomEvent = decode(&row.payload)?;
            if reconcile::waits(tx, row, &event.room, now).await? {
                return Ok(false);
            }
            agent::event(tx, work, &row.id, id, event, row.received_at).await?;
        }
        Source::Timer | Source::Internal => match decode(&row.payload)? {
            Order::Timer(Timer::HoldExpired { message }) => {
                let input = Input::HoldExpired { message };
                apply(tx, work, &row.id, id, input, now).await.map(|_| ())?;
            }
            Order::Timer(Timer::StillWaiting { message }) => {
                still_waiting(tx, &row.id, id, &message, now).await?;
            }
            Order::Timer(Timer::PhoneQuiet) => {
                let input = Input::PhoneQuiet;
                apply(tx, work, &row.id, id, input, now).await.map(|_| ())?;
            }
            Order::HoldForAge { message } => {
                let input = Input::HoldForAge { message };
                apply(tx, work, &row.id, id, input, now).await.map(|_| ())?;
            }
        },
    }
    Ok(true)
}

/// Decides an update of a channel; whether it is done.
async fn webhook(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    id: &ConversationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let update: Update = decode(&row.payload)?;
    match update.event {
        Event::Said(ref said) => {
            let message = MessageId::of_row(&row.id);
            let at = said_at(row, &update);
            keep_message(tx, row, id, &update, said, Direction::In).await?;
            let text = match &said.content {
                Content::Text(text) => Some(text.plain()),
                _ => None,
            };
            let input = Input::CustomerSaid { message, text, at };
            apply(tx, work, &row.id, id, input, now).await.map(|_| ())?;
        }
        Event::Echoed(ref said) => {
            if !is_our_own(tx, &update).await? {
                let message = MessageId::of_row(&row.id);
                let at = said_at(row, &update);
                keep_message(tx, row, id, &update, said, Direction::Out).await?;
                let input = Input::PhoneSaid { message, at };
                apply(tx, work, &row.id, id, input, now).await.map(|_| ())?;
            }
        }
        Event::Reacted { target, emoji } => {
            let act = Act::Reacted { emoji };
            return acts::take(tx, row, id, &target, act, now).await;
        }
        Event::Edited { target, content } => {
            let act = Act::Edited { content };
            return acts::take(tx, row, id, &target, act, now).await;
        }
        Event::Revoked { target } => {
            return acts::take(tx, row, id, &target, Act::Revoked, now).await;
        }
        Event::Moved { to } => {
            let saying = moved(tx, id, &to).await?;
            tell(tx, &row.id, id, saying, now).await?;
            // The topic names the address.
            tx.want_portal(id, now).await?;
        }
        Event::Told(saying) => tell(tx, &row.id, id, saying, now).await?,
        Event::Status(change) => {
            let report = Report {
                work,
                row: &row.id,
                change: &change,
                now,
            };
            report.take(tx, id).await?;
        }
        Event::Account(_) | Event::Kept => {}
    }
    Ok(true)
}

/// What is said of a customer's new addresses: their number, if that is new; or that
/// they are somebody else's, and nothing has changed.
async fn moved(tx: &mut Tx, id: &ConversationId, to: &[Address]) -> Result<Saying, StoreError> {
    let identity = tx.lock_conversation(id).await?.identity;
    let identity = tx.get_identity(&identity).await?;
    if !to
        .iter()
        .all(|address| identity.addresses.contains(address))
    {
        return Ok(saying!("customer-move-refused"));
    }
    let phone = to.iter().find(|one| one.kind == AddressKind::Phone);
    Ok(match phone {
        Some(phone) => saying!("customer-new-number", phone = phone.value.reveal()),
        None => saying!("customer-new-id"),
    })
}

/// Tells the agents something about the customer, in the conversation's room.
async fn tell(
    tx: &mut Tx,
    row: &RowId,
    id: &ConversationId,
    saying: Saying,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut conversation = tx.lock_conversation(id).await?;
    Carrier::new(row, &mut conversation, now)
        .room(tx, Task::Say(Say::notice(saying)))
        .await
}

/// When a customer's line was said: by the provider's clock, but never after it
/// came. A time in the future would keep the channel's window open until then.
fn said_at(row: &InboxRow, update: &Update) -> Timestamp {
    update
        .timestamp
        .map_or(row.received_at, |at| at.min(row.received_at))
}

/// Whether an echo is of a message that was sent from here.
async fn is_our_own(tx: &mut Tx, update: &Update) -> Result<bool, StoreError> {
    let Some(provider) = &update.id else {
        return Ok(false);
    };
    Ok(tx.find_part_by_provider(provider).await?.is_some())
}

/// Stores a message of the customer, or of the phone app to them, and what it holds
/// beyond its text.
async fn keep_message(
    tx: &mut Tx,
    row: &InboxRow,
    id: &ConversationId,
    update: &Update,
    said: &Said,
    direction: Direction,
) -> Result<(), StoreError> {
    let message = &MessageId::of_row(&row.id);
    let (author, state, part_state) = match direction {
        Direction::In => ("", None, PartState::Read),
        Direction::Out => (PHONE, Some(LineState::Accepted), PartState::Accepted),
    };
    let is_text = matches!(said.content, Content::Text(_));
    let is_bare = is_text && said.along == Along::default();
    let kind = if is_text && !is_bare {
        TEXT_WITH_MORE
    } else {
        said.content.kind()
    };
    if !is_bare {
        tx.save_content(message, said).await?;
    }
    tx.insert_message(&MessageRow {
        id: message.clone(),
        conversation: id.clone(),
        seq: 0,
        direction,
        author: author.to_owned(),
        state,
        text: said.content.text(),
        kind: kind.to_owned(),
        event: None,
        reply_to: said.reply_to.clone(),
        hold: None,
        hold_until: None,
        due_at: None,
        took_from: None,
        received_at: row.received_at,
        created_at: said_at(row, update),
        case: None,
    })
    .await?;
    if let Some(provider) = &update.id {
        tx.insert_part(&PartRow {
            message: message.clone(),
            n: 0,
            body: String::new(),
            provider: Some(provider.clone()),
            event: None,
            state: part_state,
            error: None,
        })
        .await?;
        acts::known(tx, id, provider, row.received_at).await?;
    }
    Ok(())
}

/// Puts ⏳ on a line that should have been accepted by now.
async fn still_waiting(
    tx: &mut Tx,
    row: &RowId,
    id: &ConversationId,
    message: &MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(found) = tx.find_message(message).await? else {
        return Ok(());
    };
    // The line may have been edited since, and its time begun anew.
    let over = found.due_at.is_some_and(|due| due + ACCEPTANCE <= now);
    let waits = match found.state {
        Some(LineState::Queued | LineState::Started) => over,
        // Once it is announced, its marks say more than ⏳.
        Some(LineState::Unknown) => over && tx.has_pending_send(message).await?,
        _ => false,
    };
    let Some(target) = found.event.filter(|_| waits) else {
        return Ok(());
    };
    let mut conversation = tx.lock_conversation(id).await?;
    let task = Task::Mark {
        target,
        mark: Mark::Waiting,
    };
    Carrier::new(row, &mut conversation, now)
        .room(tx, task)
        .await
}

/// Applies an input and carries out its effects. A refusal changes nothing and is
/// returned for the caller to show.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn apply(
    tx: &mut Tx,
    work: &Works,
    row: &RowId,
    id: &ConversationId,
    input: Input,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let mut conversation = tx.lock_conversation(id).await?;
    let Some(policy) = work.directory.policy(&conversation.account) else {
        return Err(give_up::not_configured());
    };
    match conversation.apply(input, now, &policy) {
        Ok(effects) => {
            let mut carrier = Carrier::new(row, &mut conversation, now);
            carrier.carry(tx, effects).await?;
            tx.save_conversation(&conversation).await?;
            Ok(Ok(()))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// An inbox row of our own for a conversation.
///
/// # Errors
/// [`StoreError::Corrupt`], which cannot happen.
pub fn order(
    id: RowId,
    conversation: &ConversationId,
    order: &Order,
    now: Timestamp,
) -> Result<NewInbox, StoreError> {
    Ok(NewInbox {
        dedupe_key: format!("order:{id}"),
        id,
        lane: Lane::of(LaneKind::In, conversation),
        source: Source::Internal,
        account: AccountId::from(""),
        payload: order.encode()?,
        body: None,
        received_at: now,
        state: InboxState::Pending,
        position: None,
    })
}
