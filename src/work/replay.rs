//! Rows that were put aside are worked again: `loket replay` and `!retry`.
//!
//! In: which rows. Out: how many went back to their lanes, and how many had to stay.
//! What was not understood is read again by this version; what was for nobody is
//! routed by the configuration as it is now. A line that a customer may have already
//! is never sent again by this: only a person can ask for that (🔁).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::conversation::Mark;
use crate::domain::ids::{BodyId, EventId, RowId};
use crate::domain::inbound::Update;
use crate::domain::message::LineState;
use crate::domain::room_event::RoomEvent;
use crate::intake::{Reread, Routed};
use crate::store::{
    AttemptOutcome, BodyRow, InboxRow, InboxState, LaneKind, OutboxRow, PartState, Source,
    StoreError, Tx,
};

use super::task::decode;
use super::{Works, accept, arrive, give_up, outcome};

/// How many rows go in one transaction.
const CHUNK: i64 = 100;

/// How many whole bodies go in one transaction; they may be large.
const BODIES: i64 = 10;

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What was not understood.
    Unparsed,
    /// Webhooks for none of our accounts.
    Unrouted,
    /// What failed for good.
    Dead,
}

impl Which {
    /// All of them, in the order in which they are replayed.
    pub const ALL: [Self; 3] = [Self::Unparsed, Self::Unrouted, Self::Dead];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unparsed => "unparsed",
            Self::Unrouted => "unrouted",
            Self::Dead => "dead",
        }
    }
}

impl FromStr for Which {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|which| which.name() == name).ok_or(())
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Which rows.
    pub which: Which,
    /// How many are in their lanes again.
    pub replayed: usize,
    /// How many stay as they are.
    pub left: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { replayed, left, .. } = self;
        let why = match self.which {
            Which::Unparsed => "still not understood",
            Which::Unrouted => "still for no account of the configuration",
            Which::Dead => "the customer may have the line already: 🔁 in its room sends it again",
        };
        write!(f, "{}: {replayed} replayed, {left} left", self.which.name())?;
        if *left > 0 {
            write!(f, " ({why})")?;
        }
        Ok(())
    }
}

/// Rows of a chunk.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Back in their lanes.
    replayed: usize,
    /// As they were.
    left: usize,
}

impl Tally {
    /// Counts a row.
    fn count(&mut self, replayed: bool) {
        if replayed {
            self.replayed += 1;
        } else {
            self.left += 1;
        }
    }

    /// Counts as many.
    fn add(&mut self, more: Self) {
        self.replayed += more.replayed;
        self.left += more.left;
    }
}

/// Replays all rows of a kind.
///
/// # Errors
/// The database's; what was replayed until then stays replayed.
pub async fn replay(work: &Works, reread: &dyn Reread, which: Which) -> Result<Report, StoreError> {
    let tally = match which {
        Which::Unparsed => {
            let mut tally = bodies(work, reread).await?;
            tally.add(kept(work, reread, InboxState::Unparsed).await?);
            tally
        }
        Which::Unrouted => kept(work, reread, InboxState::Unrouted).await?,
        Which::Dead => {
            let mut tally = kept(work, reread, InboxState::Dead).await?;
            tally.add(dead_outbox(work).await?);
            tally
        }
    };
    tracing::info!(
        which = which.name(),
        replayed = tally.replayed,
        left = tally.left,
        "rows replayed"
    );
    Ok(Report {
        which,
        replayed: tally.replayed,
        left: tally.left,
    })
}

/// Replays rows of the inbox that are kept in `state`.
async fn kept(work: &Works, reread: &dyn Reread, state: InboxState) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut after: Option<RowId> = None;
    loop {
        let from = after.clone();
        let rows = work
            .store
            .read(move |tx| Box::pin(async move { tx.list_kept(state, from, CHUNK).await }))
            .await?;
        let Some(last) = rows.last() else {
            return Ok(tally);
        };
        after = Some(last.id.clone());
        for row in rows {
            let todo = todo(&row, reread);
            let worker = work.clone();
            let replayed = work
                .store
                .write(move |tx| Box::pin(async move { carry_out(tx, &worker, &row, todo).await }))
                .await;
            match replayed {
                Ok(more) => tally.add(more),
                // Somebody else was faster.
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What is to be done with a kept row.
#[derive(Clone)]
enum Todo {
    /// It stays as it is.
    Leave,
    /// It goes back into its lane as it is.
    Again,
    /// It goes where this belongs.
    Update(Box<Routed>),
    /// It holds these events, which go where they belong; and whether it holds no more.
    Events(Vec<RoomEvent>, bool),
}

/// What is to be done with a kept row, as this version reads it.
fn todo(row: &InboxRow, reread: &dyn Reread) -> Todo {
    match (row.state, row.source) {
        (InboxState::Dead, _) => Todo::Again,
        (InboxState::Unrouted, Source::Webhook) => {
            let Ok(update) = decode::<Update>(&row.payload) else {
                return Todo::Leave;
            };
            match reread.account_of(&update.account) {
                Some(account) => Todo::Update(Box::new(Routed {
                    account: Some(account),
                    update,
                })),
                None => Todo::Leave,
            }
        }
        (InboxState::Unparsed, Source::Matrix) => {
            let (events, is_all) = reread.parked(&row.payload, row.received_at);
            if events.is_empty() {
                return Todo::Leave;
            }
            Todo::Events(events, is_all)
        }
        // Pieces of webhooks are read again with their whole bodies.
        _ => Todo::Leave,
    }
}

/// Does it; what came of the row.
async fn carry_out(
    tx: &mut Tx,
    work: &Works,
    row: &InboxRow,
    todo: Todo,
) -> Result<Tally, StoreError> {
    let replayed = match todo {
        Todo::Leave => false,
        Todo::Again => {
            let now = work.clock.now();
            tx.replay_inbox(&row.id, &row.lane, &row.payload, now)
                .await?;
            true
        }
        Todo::Update(routed) => accept::place_again(tx, work, row, &routed).await?,
        Todo::Events(events, is_all) => {
            let replayed = accept::events_again(tx, work, row, events, is_all).await?;
            let left = usize::from(!is_all);
            return Ok(Tally { replayed, left });
        }
    };
    let mut tally = Tally::default();
    tally.count(replayed);
    Ok(tally)
}

/// Reads kept bodies again, from the oldest.
async fn bodies(work: &Works, reread: &dyn Reread) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut after = BodyId::from("");
    loop {
        let from = after.clone();
        let rows = work
            .store
            .read(move |tx| Box::pin(async move { tx.list_unparsed_bodies(&from, BODIES).await }))
            .await?;
        let Some(last) = rows.last() else {
            return Ok(tally);
        };
        after = last.id.clone();
        for body in rows {
            tally.add(body_again(work, reread, body).await?);
        }
    }
}

/// Takes in what a body holds that was not taken in before, some pieces at a time; a
/// body with nothing left in it is forgotten.
async fn body_again(work: &Works, reread: &dyn Reread, body: BodyRow) -> Result<Tally, StoreError> {
    let body = Arc::new(body);
    let mut tally = Tally::default();
    let (mut is_whole, mut is_settled) = (true, true);
    let mut first = Some(0);
    while let Some(from) = first {
        let pieces = reread.webhook(&body.account, &body.body, from);
        is_whole &= pieces.is_whole;
        first = pieces.next;
        is_settled &= pieces.updates.iter().all(is_taken);
        let (worker, body) = (work.clone(), Arc::clone(&body));
        let read = work.store.write(move |tx| {
            Box::pin(async move { pieces_again(tx, &worker, &body, pieces.updates).await })
        });
        tally.add(read.await?);
    }
    if !is_whole {
        tally.left += 1;
    }
    if is_whole && is_settled {
        let write = work
            .store
            .write(move |tx| Box::pin(async move { tx.settle_body(&body.id).await }));
        write.await?;
    }
    Ok(tally)
}

/// Whether nothing of a piece waits for another version or configuration.
fn is_taken(routed: &Routed) -> bool {
    routed.update.unparsed.is_none() && routed.account.is_some()
}

/// Takes in pieces of a body that were not taken in before.
async fn pieces_again(
    tx: &mut Tx,
    work: &Works,
    body: &BodyRow,
    updates: Vec<Routed>,
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    for routed in updates {
        if routed.update.unparsed.is_some() {
            tally.left += 1;
        } else if accept::update_again(tx, work, body, &routed).await? {
            tally.replayed += 1;
        }
    }
    Ok(tally)
}

/// Replays dead rows of the outbox.
async fn dead_outbox(work: &Works) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut after: Option<RowId> = None;
    loop {
        let from = after.clone();
        let rows = work
            .store
            .read(move |tx| Box::pin(async move { tx.list_dead_outbox(from, CHUNK).await }))
            .await?;
        let Some(last) = rows.last() else {
            return Ok(tally);
        };
        after = Some(last.id.clone());
        let now = work.clock.now();
        let counted = work
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let mut counted = Tally::default();
                    for row in rows {
                        counted.count(outbox_again(tx, &row, now).await?);
                    }
                    Ok(counted)
                })
            })
            .await?;
        tally.add(counted);
    }
}

/// Puts a dead row of the outbox back; `false` if the customer may have the line.
async fn outbox_again(tx: &mut Tx, row: &OutboxRow, now: Timestamp) -> Result<bool, StoreError> {
    if row.lane.kind == LaneKind::Channel && !ready_to_send(tx, row, now).await? {
        return Ok(false);
    }
    tx.replay_outbox(&row.id, now).await
}

/// Makes the line of a dead row ready to be sent, if certainly nothing of what is
/// missing was accepted. It keeps its age: one that is too old is held, not sent.
async fn ready_to_send(tx: &mut Tx, row: &OutboxRow, now: Timestamp) -> Result<bool, StoreError> {
    let Some(id) = &row.message else {
        return Ok(true);
    };
    let Some(found) = tx.find_message(id).await? else {
        return Ok(false);
    };
    // Somebody may press 🔁 at this moment.
    tx.lock_stream(&found.conversation).await?;
    let message = tx.get_message(id).await?;
    let parts = tx.list_parts(id).await?;
    let doubtful = |state: PartState| matches!(state, PartState::Started | PartState::Unknown);
    let attempts = tx.list_attempts(id).await?;
    let open = attempts.iter().any(|attempt| {
        let went = parts
            .iter()
            .any(|part| part.n == attempt.n && part.state.went());
        let unknown = matches!(
            attempt.outcome,
            AttemptOutcome::Started | AttemptOutcome::Unknown
        );
        unknown && !went
    });
    // Somebody pressed 🔁 in the meantime: that is on its way already.
    let again = tx.has_pending_send(id).await?;
    if open || again || parts.iter().any(|part| doubtful(part.state)) {
        return Ok(false);
    }
    if message.state != Some(LineState::Failed) {
        return Ok(true);
    }
    tx.reset_failed_parts(id).await?;
    let due = message.due_at.unwrap_or(message.received_at);
    tx.queue_message(id, due).await?;
    if parts.iter().any(|part| part.state.went()) {
        tx.set_message_state(id, LineState::Started).await?;
    }
    let base = RowId::from(format!("{}.replayed_{}", row.id, now.as_millisecond()));
    outcome::cleared(tx, &base, &message, now).await?;
    Ok(true)
}

/// `!retry` in reply to `event`: an agent's line that was put aside, or what the desk
/// said of something that was. The mark to be taken from it, if there was such a row.
///
/// # Errors
/// The database's.
pub async fn revive(
    tx: &mut Tx,
    event: &EventId,
    now: Timestamp,
) -> Result<Option<Mark>, StoreError> {
    if let Some(row) = tx.find_inbox_by_key(&arrive::key(event)).await? {
        return Ok(inbox_revived(tx, row, now).await?.then_some(Mark::Failed));
    }
    let told = tx.find_event(event).await?;
    let Some(id) = told.and_then(|told| give_up::told_by(&told.loket_id)) else {
        return Ok(None);
    };
    let revived = match tx.find_inbox(&id).await? {
        Some(row) => inbox_revived(tx, row, now).await?,
        None => unshown_revived(tx, &id, now).await?,
    };
    Ok(revived.then_some(Mark::Failed))
}

/// Puts back a dead row that shows something; `false` if it is none. What goes to a
/// customer is sent again by 🔁.
async fn unshown_revived(tx: &mut Tx, id: &RowId, now: Timestamp) -> Result<bool, StoreError> {
    let row = tx.find_outbox(id).await?;
    match row.filter(|row| row.lane.kind == LaneKind::Matrix) {
        Some(row) => tx.replay_outbox(&row.id, now).await,
        None => Ok(false),
    }
}

/// Puts a dead row of the inbox back; `false` if it is not dead.
async fn inbox_revived(tx: &mut Tx, row: InboxRow, now: Timestamp) -> Result<bool, StoreError> {
    if row.state != InboxState::Dead {
        return Ok(false);
    }
    tx.replay_inbox(&row.id, &row.lane, &row.payload, now)
        .await?;
    Ok(true)
}
