//! The intake: everything from outside is stored here before it is acknowledged,
//! in the lane of the conversation it belongs to. Events of rooms find their lanes in
//! [`super::arrive`].
//!
//! In: parsed webhooks and transactions. Out: inbox rows. Called by channels'
//! webhooks and the transaction endpoint.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::crash::Spot;
use crate::domain::contact::ChannelKind;
use crate::domain::ids::{
    AccountId, BodyId, ContactId, ConversationId, EventId, IdentityId, RowId,
};
use crate::domain::inbound::{Event, StatusChange, Update};
use crate::domain::room_event::RoomEvent;
use crate::intake::{Intake, Routed, Transaction, Unavailable, Webhook};
use crate::saying;
use crate::store::{
    BodyRow, FreshIds, InboxRow, InboxState, Lane, LaneKind, NewInbox, Source, StoreError, Tx,
};

use super::task::encode;
use super::{Works, alarm, arrive, gauges, reconcile};

/// The longest key that is kept as it is, in bytes: PostgreSQL's indexes end at 2,700.
const LONGEST_KEY: usize = 2_000;

#[async_trait]
impl Intake for Works {
    #[tracing::instrument(name = "inbox.accept", skip_all, fields(account.id = %webhook.account, updates = webhook.updates.len()))]
    async fn accept_webhook(&self, webhook: Webhook) -> Result<(), Unavailable> {
        let Some(channel) = self.directory.channel(&webhook.account) else {
            return Err(Unavailable);
        };
        let kind = channel.kind();
        let rows = count(kind, &webhook);
        let work = self.clone();
        let stored = self.store.at(Spot::AcceptWebhook).first().write(move |tx| {
            Box::pin(async move { store_webhook(tx, &work, kind, webhook).await })
        });
        within(WEBHOOK_LIMIT, stored).await?;
        tracing::info!(updates = rows, "webhook stored");
        Ok(())
    }

    #[tracing::instrument(name = "inbox.accept_transaction", skip_all, fields(transaction = %transaction.id, events = transaction.events.len()))]
    async fn accept_transaction(&self, transaction: Transaction) -> Result<(), Unavailable> {
        for signal in &transaction.signals {
            self.live.signal(signal.clone());
        }
        let echoes = self
            .echoes_that_matter(&transaction.events)
            .await
            .map_err(|error| unavailable(&error))?;
        let events: Vec<RoomEvent> = transaction
            .events
            .into_iter()
            .filter(|event| arrive::matters(self, event))
            .collect();
        if events.is_empty() && transaction.parked.is_empty() && echoes.is_empty() {
            return Ok(());
        }
        let (work, parked, at) = (self.clone(), transaction.parked, transaction.received_at);
        let stored = self
            .store
            .at(Spot::AcceptTransaction)
            .first()
            .write(move |tx| {
                Box::pin(async move {
                    for (row, event) in echoes {
                        tx.confirm_send(&row, &event).await?;
                    }
                    arrive::store(tx, &work, events, parked, at)
                        .await
                        .map(|_new| ())
                })
            });
        within(TRANSACTION_LIMIT, stored).await
    }

    async fn homeserver_interrupted(&self, sign: &'static str) {
        reconcile::raise(self, sign).await;
    }
}

impl Works {
    /// Of our own events those whose sends nobody knows the outcome of. Nearly always
    /// there are none, and nothing is written for our own events.
    async fn echoes_that_matter(
        &self,
        events: &[RoomEvent],
    ) -> Result<Vec<(RowId, EventId)>, StoreError> {
        let echoes: Vec<_> = arrive::echoes(self, events).collect();
        if echoes.is_empty() {
            return Ok(echoes);
        }
        let before = self.clock.now() - arrive::ANSWERED;
        let read = self
            .store
            .read(move |tx| Box::pin(uncertain(tx, echoes, before)));
        read.await
    }
}

/// Of these echoes those of rows that were begun before a time and of which nobody
/// knows what came of it.
async fn uncertain(
    tx: &mut Tx,
    echoes: Vec<(RowId, EventId)>,
    before: Timestamp,
) -> Result<Vec<(RowId, EventId)>, StoreError> {
    let mut found = Vec::new();
    for echo in echoes {
        if tx.is_uncertain(&echo.0, before).await? {
            found.push(echo);
        }
    }
    Ok(found)
}

/// How long storing a webhook may take: providers that wait for longer give up, and an
/// answer that says no is better than none.
const WEBHOOK_LIMIT: Duration = Duration::from_secs(5);

/// The same for a transaction: homeservers wait for a minute.
const TRANSACTION_LIMIT: Duration = Duration::from_secs(20);

/// Waits until something is stored, but not for ever. What is stored later all the
/// same is known when it is sent again.
async fn within(
    limit: Duration,
    stored: impl Future<Output = Result<(), StoreError>>,
) -> Result<(), Unavailable> {
    match tokio::time::timeout(limit, stored).await {
        Ok(stored) => stored.map_err(|error| unavailable(&error)),
        Err(_elapsed) => {
            tracing::error!("the database does not answer: the sender must try again");
            Err(Unavailable)
        }
    }
}

/// Says that the database could not take it, once, here.
fn unavailable(error: &StoreError) -> Unavailable {
    tracing::error!(%error, "the database did not take what came: the sender must try again");
    Unavailable
}

/// Counts what came, for the metrics; returns how many updates there are.
fn count(channel: ChannelKind, webhook: &Webhook) -> usize {
    for routed in &webhook.updates {
        let kind = gauges::kind_label(&routed.update.kind);
        metrics::counter!("loket_inbound_total", "channel" => channel.name(), "kind" => kind)
            .increment(1);
    }
    webhook.updates.len()
}

/// Stores a webhook's updates in the order in which the channel gives them.
async fn store_webhook(
    tx: &mut Tx,
    work: &Works,
    channel: ChannelKind,
    webhook: Webhook,
) -> Result<(), StoreError> {
    let at = webhook.received_at;
    let body = keep_body(tx, &webhook).await?;
    if let Some(what) = &webhook.unparsed {
        say_unparsed(tx, &webhook.account, what, at).await?;
    }
    for routed in webhook.updates {
        store_update(tx, work, channel, routed, body.as_ref(), at).await?;
    }
    Ok(())
}

/// Keeps the whole body while something in it is unparsed or unrouted.
async fn keep_body(tx: &mut Tx, webhook: &Webhook) -> Result<Option<BodyId>, StoreError> {
    let unparsed = webhook.unparsed.is_some()
        || webhook
            .updates
            .iter()
            .any(|routed| routed.update.unparsed.is_some());
    let unrouted = webhook
        .updates
        .iter()
        .any(|routed| routed.account.is_none());
    let reason = match (unparsed, unrouted) {
        (true, _) => "unparsed",
        (false, true) => "unrouted",
        (false, false) => return Ok(None),
    };
    // The same body again is the same row.
    let hash = hex::encode(Sha256::digest(&webhook.body));
    let id = BodyId::from(format!("bod_{hash}"));
    if tx.find_body(&id).await?.is_none() {
        tx.insert_body(&BodyRow {
            id: id.clone(),
            account: webhook.account.clone(),
            received_at: webhook.received_at,
            reason: reason.to_owned(),
            body: webhook.body.to_vec(),
        })
        .await?;
    }
    Ok(Some(id))
}

/// Something was not understood: that is said, since it is not kept for ever.
async fn say_unparsed(
    tx: &mut Tx,
    account: &AccountId,
    what: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let says = saying!("alarm-unparsed", account = account.as_str(), what = what);
    alarm::daily(tx, &format!("unparsed_{account}"), says, at).await
}

/// Stores one update in the lane it belongs to.
async fn store_update(
    tx: &mut Tx,
    work: &Works,
    channel: ChannelKind,
    routed: Routed,
    body: Option<&BodyId>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Routed { account, update } = routed;
    let Some(account) = account else {
        let key = format!("unrouted_{}_{}", channel.name(), update.account);
        let says = saying!("alarm-unrouted", account = update.account.clone());
        alarm::daily(tx, &key, says, at).await?;
        return insert(tx, work, channel, None, &update, body, Place::Unrouted, at).await;
    };
    let place = place_of(tx, work, channel, &account, &update, at).await?;
    if let (Place::Kept, Some(what)) = (&place, &update.unparsed) {
        say_unparsed(tx, &account, what, at).await?;
    }
    insert(tx, work, channel, Some(&account), &update, body, place, at).await
}

/// Where an update goes.
enum Place {
    /// Into a conversation's lane.
    Conversation(ConversationId),
    /// Into the desk's lane; also a status whose message nobody knows yet.
    Desk,
    /// For no account of ours.
    Unrouted,
    /// Kept, nothing to do.
    Kept,
}

/// Finds where an update goes, reserving identity and conversation if they are new.
async fn place_of(
    tx: &mut Tx,
    work: &Works,
    channel: ChannelKind,
    account: &AccountId,
    update: &Update,
    at: Timestamp,
) -> Result<Place, StoreError> {
    match &update.event {
        Event::Said(_) | Event::Reacted { .. } | Event::Edited { .. } | Event::Revoked { .. } => {
            let Some(sender) = &update.sender else {
                return Ok(Place::Kept);
            };
            if let Some(known) = tx.find_known(channel, sender, account, at).await? {
                return Ok(Place::Conversation(known));
            }
            let fresh = FreshIds {
                contact: ContactId::new(work.clock.uuid()),
                identity: IdentityId::new(work.clock.uuid()),
            };
            let resolved = tx.resolve(channel, sender, at, fresh).await?;
            if let Some(other) = &resolved.conflict {
                let key = format!("address-conflict:{}:{other}", resolved.identity);
                alarm::raise(tx, &key, saying!("alarm-address-conflict"), at).await?;
            }
            let new = ConversationId::new(work.clock.uuid());
            let ensured = tx
                .ensure_conversation(&resolved.identity, account, new, at)
                .await?;
            if resolved.renamed {
                tx.want_portal(&ensured.id, at).await?;
            }
            Ok(Place::Conversation(ensured.id))
        }
        // Whom the phone writes to may be nobody's customer.
        Event::Echoed(_) | Event::Moved { .. } | Event::Told(_) => {
            known_place(tx, channel, account, update, at).await
        }
        Event::Status(change) => status_place(tx, change).await,
        Event::Account(_) => Ok(Place::Desk),
        Event::Kept => Ok(Place::Kept),
    }
}

/// Finds the conversation of a customer who is known; for others there is nothing to
/// tell. New addresses count from here on: what comes next may come from them.
async fn known_place(
    tx: &mut Tx,
    channel: ChannelKind,
    account: &AccountId,
    update: &Update,
    at: Timestamp,
) -> Result<Place, StoreError> {
    let Some(sender) = &update.sender else {
        return Ok(Place::Kept);
    };
    let Some(identity) = tx.find_identity(channel, sender).await? else {
        return Ok(Place::Kept);
    };
    if let Event::Moved { to } = &update.event {
        let key = key_of(channel, update);
        if tx.find_inbox_by_key(&key).await?.is_some() {
            // Told again, perhaps after they have moved on.
            return Ok(Place::Kept);
        }
        let other = tx.move_identity(channel, &identity, sender, to, at).await?;
        if let Some(other) = other {
            let key = format!("address-conflict:{identity}:{other}");
            alarm::raise(tx, &key, saying!("alarm-address-conflict"), at).await?;
        }
    }
    let conversation = tx.find_conversation(&identity, account).await?;
    Ok(conversation.map_or(Place::Kept, Place::Conversation))
}

/// Finds a status's conversation: by our attempt, then by the provider's id.
async fn status_place(tx: &mut Tx, change: &StatusChange) -> Result<Place, StoreError> {
    if let Some(attempt) = &change.attempt
        && let Some(attempt) = tx.find_attempt(attempt).await?
    {
        return Ok(Place::Conversation(attempt.conversation));
    }
    let Some(part) = tx.find_part_by_provider(&change.target).await? else {
        return Ok(Place::Desk);
    };
    let message = tx.get_message(&part.message).await?;
    Ok(Place::Conversation(message.conversation))
}

/// Takes in an update of a body that was read again; whether it is in a lane now and
/// was not before.
///
/// # Errors
/// The database's.
pub async fn update_again(
    tx: &mut Tx,
    work: &Works,
    body: &BodyRow,
    routed: &Routed,
) -> Result<bool, StoreError> {
    let Some(channel) = work.directory.channel(&body.account) else {
        return Ok(false);
    };
    let channel = channel.kind();
    let key = key_of(channel, &routed.update);
    if let Some(row) = tx.find_inbox_by_key(&key).await? {
        return match row.state {
            InboxState::Unparsed | InboxState::Unrouted => {
                place_again(tx, work, &row, routed).await
            }
            InboxState::Pending | InboxState::Done | InboxState::Dead | InboxState::Waiting => {
                Ok(false)
            }
        };
    }
    let Some(account) = &routed.account else {
        return Ok(false);
    };
    let (update, at) = (&routed.update, body.received_at);
    let place = place_of(tx, work, channel, account, update, at).await?;
    let worked = matches!(place, Place::Conversation(_) | Place::Desk);
    insert(tx, work, channel, Some(account), update, None, place, at).await?;
    Ok(worked)
}

/// Puts a kept row into the lane it belongs to; whether there is one.
///
/// # Errors
/// [`StoreError::Stale`] if the row is not kept any more; else the database's.
pub async fn place_again(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    routed: &Routed,
) -> Result<bool, StoreError> {
    let Routed { account, update } = routed;
    let Some(account) = account else {
        return Ok(false);
    };
    let Some(channel) = work.directory.channel(account) else {
        return Ok(false);
    };
    let now = work.clock.now();
    let place = place_of(tx, work, channel.kind(), account, update, row.received_at).await?;
    let lane = match place {
        Place::Conversation(id) => Lane::of(LaneKind::In, &id),
        Place::Desk => Lane::desk(LaneKind::In),
        Place::Unrouted => return Ok(false),
        Place::Kept => {
            tx.settle_inbox(&row.id).await?;
            return Ok(false);
        }
    };
    tx.route_inbox(&row.id, account).await?;
    tx.replay_inbox(&row.id, &lane, &encode(update)?, now)
        .await?;
    Ok(true)
}

/// Puts events that were parked and are understood by now into the lanes they belong
/// to; how many had not come by another way in the meantime. If `is_all`, the row holds
/// nothing more and is done.
///
/// # Errors
/// [`StoreError::Stale`] if the row is not kept any more; else the database's.
pub async fn events_again(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    mut events: Vec<RoomEvent>,
    is_all: bool,
) -> Result<usize, StoreError> {
    events.retain(|event| arrive::matters(work, event));
    let placed = arrive::store(tx, work, events, Vec::new(), row.received_at).await?;
    if is_all {
        tx.settle_inbox(&row.id).await?;
    }
    Ok(placed)
}

/// The key under which an update is stored, the same for every delivery of it.
fn key_of(channel: ChannelKind, update: &Update) -> String {
    bounded(format!(
        "{}:{}:{}",
        channel.name(),
        update.account,
        update.dedupe_key
    ))
}

/// Writes the inbox row.
#[expect(
    clippy::too_many_arguments,
    reason = "a row has this many independent columns"
)]
async fn insert(
    tx: &mut Tx,
    work: &Works,
    channel: ChannelKind,
    account: Option<&AccountId>,
    update: &Update,
    body: Option<&BodyId>,
    place: Place,
    at: Timestamp,
) -> Result<(), StoreError> {
    let desk = Lane::desk(LaneKind::In);
    let (lane, state) = match place {
        Place::Conversation(id) => (Lane::of(LaneKind::In, &id), InboxState::Pending),
        Place::Desk => (desk, InboxState::Pending),
        Place::Unrouted => (desk, InboxState::Unrouted),
        Place::Kept if update.unparsed.is_some() => (desk, InboxState::Unparsed),
        Place::Kept => (desk, InboxState::Done),
    };
    let row = NewInbox {
        id: RowId::new(work.clock.uuid()),
        lane,
        dedupe_key: key_of(channel, update),
        source: Source::Webhook,
        account: account.cloned().unwrap_or_else(|| AccountId::from("")),
        payload: encode(update)?,
        body: body.cloned(),
        received_at: at,
        state,
        position: None,
    };
    tx.insert_inbox(vec![row]).await.map(|_new| ())
}

/// A key that an index can hold, and that is still the same for the same thing.
fn bounded(key: String) -> String {
    if key.len() <= LONGEST_KEY {
        return key;
    }
    format!("long:{}", hex::encode(Sha256::digest(key)))
}
