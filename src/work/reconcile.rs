//! The lane `recover`: what the homeserver has and did not deliver is taken in.
//!
//! A homeserver that is restarted forgets what it had queued for us. Any sign of that
//! raises the generation ([`raise`]): from then on what it delivers waits, until one
//! question to it ("what is new since …?") has shown in which rooms something is
//! missing. Those rooms' events wait until the gap is read, the rest goes on. The
//! same question is asked again and again without a sign, since not every restart
//! shows one.
//!
//! In: the lane `recover`, its stream `desk` for the question and a room for each gap.
//! Out: inbox rows.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::crash::Spot;
use crate::domain::ids::RoomId;
use crate::matrix::{MatrixError, News, Page};
use crate::queue::{Handler, SHORT_LEASE, Step};
use crate::shutdown::Shutdown;
use crate::store::{
    GapRow, Generation, InboxRow, InboxState, Lane, LaneKind, Lease, StoreError, Tx,
};

use super::{Works, arrive};

/// How long between two questions when nothing shows that something is missing.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How much longer than it took to answer the homeserver is left alone.
const REST: i32 = 50;

/// How long until a question is asked again that was not answered.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The same where there is no hurry, or a person must act.
const LATER: SignedDuration = SignedDuration::from_secs(30);

/// How long a row waits at a time.
const WAIT: SignedDuration = SignedDuration::from_millis(250);

/// How long a row waits in all: an answer that never comes stops nobody.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// How long until the next sign is looked for.
const PAUSE: Duration = Duration::from_secs(1);

/// How much earlier than others a gap is read that somebody waits for.
const HURRY: SignedDuration = SignedDuration::from_mins(10);

/// The worker of the lane `recover`.
#[derive(Debug, Clone)]
pub struct Recover(pub Works);

#[async_trait]
impl Handler for Recover {
    #[tracing::instrument(name = "matrix.recover", skip_all, fields(lane = %lease.lane))]
    async fn step(&self, lease: &Lease) -> Result<Step, StoreError> {
        match lease.lane.room() {
            Some(room) => self.read(lease, &room).await,
            None => self.look(lease).await,
        }
    }
}

/// Raises the generation until the stop, whenever the homeserver was found away. While
/// the database takes nothing it is tried again: both may be away at once, and the
/// database be back before the homeserver delivers.
pub async fn watch(work: Works, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = work.homeserver.interrupted() => {}
        }
        loop {
            let raised = raise(&work, "it was away").await;
            tokio::select! {
                () = shutdown.wait() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            if raised {
                break;
            }
        }
    }
}

/// The homeserver may have lost what it had not delivered: from now on what it
/// delivers waits until that has been asked for. `false` if that could not be noted.
pub async fn raise(work: &Works, sign: &'static str) -> bool {
    let now = work.clock.now();
    let raised = work
        .store
        .at(Spot::RecoverRaise)
        .write(move |tx| Box::pin(async move { tx.raise_generation(now).await }))
        .await;
    match raised {
        Ok(()) => {
            tracing::info!(reason = sign, "the homeserver is asked what is missing");
            true
        }
        Err(error) => {
            tracing::error!(%error, "an outage could not be noted");
            false
        }
    }
}

/// Whether a row with an event of `room` waits, because something that happened
/// before it may be missing. A gap that is waited for is read first.
///
/// # Errors
/// The database's: the transaction must be given up.
pub async fn waits(
    tx: &mut Tx,
    row: &InboxRow,
    room: &RoomId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !tx.must_wait(room, row.position).await? {
        return Ok(false);
    }
    let gap = tx.find_gap(room).await?;
    let since = gap.as_ref().map_or(row.received_at, |gap| gap.found_at);
    if now.duration_since(since) > PATIENCE {
        tracing::warn!(row = %row.id, "what may be missing before this row did not come");
        return Ok(false);
    }
    if gap.is_some() {
        let lane = Lane::of_room(LaneKind::Recover, room);
        tx.wake(&lane, now - HURRY);
    }
    tx.inbox_postpone(&row.id, now + WAIT).await?;
    Ok(true)
}

/// What an answer has shown.
struct Found {
    /// The rooms in which something is missing, the one with the newest event first.
    rooms: Vec<RoomId>,
    /// The stretch of the lanes into which it goes.
    place: i64,
}

/// How long until the homeserver is asked again.
fn again(known: &Generation) -> SignedDuration {
    if known.raised > known.recovered {
        AGAIN
    } else {
        LATER
    }
}

impl Recover {
    /// Asks once what is new, and notes the rooms in which something is missing.
    async fn look(&self, lease: &Lease) -> Result<Step, StoreError> {
        let begun = self.0.clock.now();
        let held = lease.clone();
        let (known, place) = self
            .0
            .store
            .at(Spot::RecoverLook)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&held, begun + SHORT_LEASE).await?;
                    // Before the question: what comes after its answer stands behind.
                    Ok((tx.generation().await?, tx.draw_stretch().await?))
                })
            })
            .await?;
        match self.0.homeserver.news(known.token.as_deref()).await {
            Ok(news) => {
                let rooms = self.with_gaps(&news).await?;
                let found = Found { rooms, place };
                self.note(lease, known, news, found, begun).await
            }
            Err(MatrixError::Retry { after, .. }) => {
                let wait = after.map_or(again(&known), |after| after.max(again(&known)));
                self.release(lease, Some(wait)).await
            }
            Err(MatrixError::Refused { code, status }) => {
                self.refused(lease, known, &code, status).await
            }
        }
    }

    /// The rooms in which something is missing, the one with the newest event first.
    async fn with_gaps(&self, news: &News) -> Result<Vec<RoomId>, StoreError> {
        let mut rooms = Vec::new();
        for room in &news.rooms {
            let theirs = room.events.iter();
            let theirs = theirs.filter(|event| !self.0.homeserver.is_ours(&event.sender));
            let keys: Vec<String> = theirs.map(|event| arrive::key(&event.id)).collect();
            let has_gap = !room.is_complete || self.is_wrong(keys).await?;
            if has_gap {
                rooms.push(room.room.clone());
            }
        }
        Ok(rooms)
    }

    /// Whether of the events with these keys, oldest first, one is missing or waits in
    /// the wrong place.
    async fn is_wrong(&self, keys: Vec<String>) -> Result<bool, StoreError> {
        if keys.is_empty() {
            return Ok(false);
        }
        let read = self.0.store.read(|tx| Box::pin(is_wrong(tx, keys)));
        read.await
    }

    /// Commits what an answer has shown.
    async fn note(
        &self,
        lease: &Lease,
        known: Generation,
        news: News,
        found: Found,
        begun: Timestamp,
    ) -> Result<Step, StoreError> {
        let now = self.0.clock.now();
        let rest = now.duration_since(begun).saturating_mul(REST);
        tracing::debug!(
            rooms = found.rooms.len(),
            "rooms are read in which something may be missing"
        );
        let lease = lease.clone();
        self.0
            .store
            .at(Spot::RecoverNote)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + SHORT_LEASE).await?;
                    let from = known.token.unwrap_or_default();
                    for (n, room) in (0..).zip(found.rooms.iter().rev()) {
                        // The last one of them is due first.
                        let due = now - SignedDuration::from_millis(n);
                        let gap = GapRow {
                            room: room.clone(),
                            from: from.clone(),
                            to: news.next.clone(),
                            position: found.place,
                            found_at: now,
                        };
                        tx.open_gap(&gap, due).await?;
                    }
                    tx.set_recovered(&news.next, known.raised).await?;
                    tx.release_projection(&lease, Some(now + rest.max(EVERY)))
                        .await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }

    /// The homeserver says no. If it does not know the place any more, what happened
    /// since then cannot be asked for: the next question begins now.
    async fn refused(
        &self,
        lease: &Lease,
        known: Generation,
        code: &str,
        status: u16,
    ) -> Result<Step, StoreError> {
        if status != 400 || known.token.is_none() {
            tracing::warn!(code, status, "the homeserver does not say what is new");
            return self.release(lease, Some(again(&known))).await;
        }
        tracing::error!(
            code,
            "what the homeserver did not deliver before now is lost"
        );
        let (lease, now) = (lease.clone(), self.0.clock.now());
        self.0
            .store
            .at(Spot::RecoverForget)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + SHORT_LEASE).await?;
                    tx.set_recovered("", known.recovered).await?;
                    Ok(Step::More)
                })
            })
            .await
    }

    /// Reads a page of a room's gap.
    async fn read(&self, lease: &Lease, room: &RoomId) -> Result<Step, StoreError> {
        let now = self.0.clock.now();
        let (held, wanted) = (lease.clone(), room.clone());
        let gap = self
            .0
            .store
            .at(Spot::RecoverOpen)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&held, now + SHORT_LEASE).await?;
                    tx.find_gap(&wanted).await
                })
            })
            .await?;
        let Some(gap) = gap else {
            return self.release(lease, None).await;
        };
        match self.0.homeserver.history(room, &gap.from, &gap.to).await {
            Ok(page) => self.take(lease, gap, page).await,
            Err(MatrixError::Retry { after, detail }) => {
                tracing::warn!(detail, "a room's history could not be read yet");
                let wait = after.map_or(AGAIN, |after| after.max(AGAIN));
                self.release(lease, Some(wait)).await
            }
            Err(MatrixError::Refused { code, status: 401 }) => {
                tracing::warn!(code, "a room's history could not be read yet");
                self.release(lease, Some(LATER)).await
            }
            Err(MatrixError::Refused { code, status }) => {
                // We were put out of the room, or it is gone: the others go on.
                tracing::warn!(code, status, "a room's history cannot be read");
                let events = Vec::new();
                self.take(lease, gap, Page { events, next: None }).await
            }
        }
    }

    /// Takes a page in.
    async fn take(&self, lease: &Lease, gap: GapRow, page: Page) -> Result<Step, StoreError> {
        let now = self.0.clock.now();
        let (work, lease) = (self.0.clone(), lease.clone());
        let (step, missing) = self
            .0
            .store
            .at(Spot::RecoverPage)
            .write(move |tx| {
                Box::pin(async move {
                    tx.fence(&lease, now + SHORT_LEASE).await?;
                    let taken = arrive::recover(tx, &work, page.events, gap.position).await?;
                    let closed = match page.next {
                        None => tx.close_gap(&gap.room, &gap.to).await?,
                        Some(_) => false,
                    };
                    if closed {
                        tx.release_projection(&lease, None).await?;
                        return Ok((Step::Idle, taken.missing));
                    }
                    // It may have become longer meanwhile: the rest begins where it ended.
                    let from = page.next.as_ref().unwrap_or(&gap.to);
                    tx.advance_gap(&gap.room, from, taken.position).await?;
                    Ok((Step::More, taken.missing))
                })
            })
            .await?;
        if missing > 0 {
            tracing::info!(
                events = missing,
                "events were taken in that were not delivered"
            );
            let missing = u64::try_from(missing).unwrap_or(u64::MAX);
            metrics::counter!("loket_recovered_total").increment(missing);
        }
        Ok(step)
    }

    /// Gives the lane back; it is due after `wait`, or when it is woken.
    async fn release(
        &self,
        lease: &Lease,
        wait: Option<SignedDuration>,
    ) -> Result<Step, StoreError> {
        let next = wait.map(|wait| self.0.clock.now() + wait);
        let lease = lease.clone();
        self.0
            .store
            .at(Spot::RecoverLeave)
            .write(move |tx| {
                Box::pin(async move {
                    tx.release_projection(&lease, next).await?;
                    Ok(Step::Idle)
                })
            })
            .await
    }
}

/// Whether of the events with these keys, oldest first, one is missing or waits in the
/// wrong place.
async fn is_wrong(tx: &mut Tx, keys: Vec<String>) -> Result<bool, StoreError> {
    let mut last = i64::MIN;
    for key in keys {
        let Some(row) = tx.find_inbox_by_key(&key).await? else {
            return Ok(true);
        };
        if row.state != InboxState::Pending {
            continue;
        }
        if row.position < last {
            return Ok(true);
        }
        last = row.position;
    }
    Ok(false)
}
