//! A homeserver in memory, for tests: it keeps what it is told, refuses what a real
//! one refuses, and fails when asked to.
//!
//! What it keeps is looked at through [`FakeRoom`]. Agents speak through
//! [`FakeHomeserver::says`], whose event the test gives to the intake.

mod history;
mod homeserver;
mod room;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

pub use self::room::{FakeContent, FakeEvent, FakeRoom};
use super::MatrixError;
use super::names::Names;
use crate::domain::ids::{EventId, RoomId, UserId};
use crate::domain::rich::Rich;
use crate::domain::room::{Outgoing, Recipe, RoomKind};
use crate::domain::room_event::{Line, RoomContent, RoomEvent};

/// What may be asked of a homeserver, for planned failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// `ensure_desk` and `ensure_ghost`.
    EnsureUser,
    /// `create_room`.
    CreateRoom,
    /// `find_room`.
    FindRoom,
    /// `join`.
    Join,
    /// `invite`.
    Invite,
    /// `members`.
    Members,
    /// `send`.
    Send,
    /// `find_event`.
    FindEvent,
    /// `show_face`.
    ShowFace,
    /// `add_child`.
    AddChild,
    /// `set_powers`.
    SetPowers,
    /// `read`.
    Read,
    /// `is_encrypted`.
    IsEncrypted,
    /// `ping`.
    Ping,
    /// `nudge`.
    Nudge,
    /// `news`.
    News,
    /// `history`.
    History,
}

/// A planned failure.
#[derive(Debug, Clone)]
enum Plan {
    /// Nothing is done.
    Fail(MatrixError),
    /// It is done, but the answer is lost.
    Lose,
}

/// A request that has left and not arrived yet.
#[derive(Debug)]
enum Late {
    /// `create_room`.
    CreateRoom(Recipe),
    /// `send`.
    Send(Outgoing),
}

/// A homeserver in memory.
#[derive(Debug)]
pub struct FakeHomeserver {
    /// Our names.
    names: Names,
    /// Everything it knows.
    state: Mutex<State>,
    /// Told when it is found to be away.
    away: Notify,
    /// Told when a request failed.
    doubt: Notify,
}

/// Everything a [`FakeHomeserver`] knows.
#[derive(Debug, Default)]
struct State {
    /// Display names of registered users.
    users: BTreeMap<UserId, String>,
    /// The rooms, in the order of their creation.
    rooms: Vec<FakeRoom>,
    /// Rooms by full alias.
    aliases: BTreeMap<String, RoomId>,
    /// Recent sends by room and transaction id.
    transactions: BTreeMap<(RoomId, String), EventId>,
    /// The failure of every request, while it lasts.
    down: Option<MatrixError>,
    /// Planned failures.
    plans: BTreeMap<Ask, VecDeque<Plan>>,
    /// Requests counted.
    asked: BTreeMap<Ask, usize>,
    /// Kinds of requests whose next one is late.
    delays: BTreeSet<Ask>,
    /// Requests that are late.
    late: Vec<Late>,
    /// Who cannot be invited.
    barred: BTreeSet<UserId>,
    /// How many events there are.
    events: usize,
    /// How far our clock is ahead of its own.
    skew: Option<SignedDuration>,
}

impl FakeHomeserver {
    /// An empty homeserver `localhost` with the desk `@loket:localhost`.
    pub fn new() -> Arc<Self> {
        let names = Names {
            domain: "localhost".into(),
            desk: "loket".into(),
            ghost_prefix: "loket_".into(),
        };
        Arc::new(Self {
            names,
            state: Mutex::default(),
            away: Notify::new(),
            doubt: Notify::new(),
        })
    }

    /// Our clock is ahead of its own by this much from now on.
    pub fn our_clock_is_ahead(&self, ahead: SignedDuration) {
        self.lock().skew = Some(ahead);
    }

    /// Every request fails with `error` from now on.
    pub fn go_down(&self, error: MatrixError) {
        self.lock().down = Some(error);
    }

    /// Requests succeed again.
    pub fn come_back(&self) {
        self.lock().down = None;
    }

    /// The next request of a kind fails with `error`, nothing done; more of them
    /// queue up.
    pub fn fail_next(&self, ask: Ask, error: MatrixError) {
        self.plan(ask, Plan::Fail(error));
    }

    /// The next request of a kind is carried out, but its answer is lost.
    pub fn lose_next_answer(&self, ask: Ask) {
        self.plan(ask, Plan::Lose);
    }

    /// Is found to be away, once.
    pub fn interrupt(&self) {
        self.away.notify_one();
        self.doubt.notify_one();
    }

    /// When an event of somebody else was written.
    pub fn date(&self, event: &EventId, at: Timestamp) {
        let mut state = self.lock();
        let events = state.rooms.iter_mut().flat_map(|room| &mut room.events);
        for found in events.filter(|found| found.id == *event) {
            found.at = Some(at);
        }
    }

    /// The next request of this kind (`CreateRoom` or `Send`) leaves and arrives only
    /// when it [lands](Self::land); whoever asked waits for ever.
    pub fn delay_next(&self, ask: Ask) {
        self.lock().delays.insert(ask);
    }

    /// Whether a request is under way that has not landed yet.
    pub fn is_late(&self) -> bool {
        !self.lock().late.is_empty()
    }

    /// Every late request arrives now; nobody waits for the answers.
    pub fn land(&self) {
        let late = std::mem::take(&mut self.lock().late);
        for request in late {
            // What a homeserver refuses now has no effect, as in life.
            match request {
                Late::CreateRoom(recipe) => drop(self.create_now(&recipe)),
                Late::Send(outgoing) => drop(self.send_now(&outgoing)),
            }
        }
    }

    /// Refuses every invitation of a user.
    pub fn bar(&self, user: &str) {
        self.lock().barred.insert(user.into());
    }

    /// Whether this request is late: then it waits to land.
    fn delays(&self, ask: Ask, late: impl FnOnce() -> Late) -> bool {
        let mut state = self.lock();
        if !state.delays.remove(&ask) {
            return false;
        }
        state.late.push(late());
        true
    }

    /// Forgets transaction ids, as homeservers do after half an hour.
    pub fn forget_transactions(&self) {
        self.lock().transactions.clear();
    }

    /// How often something was asked, failures included.
    pub fn asked(&self, ask: Ask) -> usize {
        self.lock().asked.get(&ask).copied().unwrap_or_default()
    }

    /// The display name of a registered user.
    pub fn name_of(&self, user: &UserId) -> Option<String> {
        self.lock().users.get(user).cloned()
    }

    /// All rooms, in the order of their creation.
    pub fn rooms(&self) -> Vec<FakeRoom> {
        self.lock().rooms.clone()
    }

    /// A room by its id.
    pub fn room(&self, id: &RoomId) -> Option<FakeRoom> {
        self.lock()
            .rooms
            .iter()
            .find(|room| room.id == *id)
            .cloned()
    }

    /// A room by our id of it.
    pub fn room_called(&self, loket_id: &str) -> Option<FakeRoom> {
        let state = self.lock();
        let room = state
            .rooms
            .iter()
            .find(|room| room.recipe.loket_id == loket_id);
        room.cloned()
    }

    /// Portals, in the order of their creation.
    pub fn portals(&self) -> Vec<FakeRoom> {
        let mut rooms = self.rooms();
        rooms.retain(|room| matches!(room.recipe.kind, RoomKind::Portal(_)));
        rooms
    }

    /// A member of a room (it joins if it is not there) says something plain.
    pub fn says(&self, user: &str, room: &RoomId, body: &str) -> RoomEvent {
        self.sends(
            user,
            room,
            RoomContent::Line(Line {
                msgtype: "m.text".into(),
                body: body.into(),
                text: Rich::from_plain(body),
                mentions: Vec::new(),
                reply_to: None,
                thread: None,
                replaces: None,
            }),
        )
    }

    /// A member of a room (it joins if it is not there) writes any event, at the
    /// beginning of time: set `at` where it matters.
    pub fn sends(&self, user: &str, room: &RoomId, content: RoomContent) -> RoomEvent {
        let user = UserId::from(user);
        let mut state = self.lock();
        let id = state.new_event();
        if let Ok(room) = state.room(room) {
            room.members.insert(user.clone(), "join".into());
            room.events.push(FakeEvent {
                id: id.clone(),
                author: user.clone(),
                at: None,
                loket_id: None,
                content: FakeContent::Theirs(content.clone()),
                redacted: false,
            });
        }
        RoomEvent {
            id,
            room: room.clone(),
            sender: user,
            at: Timestamp::UNIX_EPOCH,
            loket_id: None,
            content,
        }
    }

    /// Switches encryption on, as a homeserver's default would.
    pub fn encrypt(&self, room: &RoomId) {
        if let Ok(room) = self.lock().room(room) {
            room.encrypted = true;
        }
    }

    /// Takes an alias for a room that is not ours: half made, or a stranger's.
    pub fn occupy(&self, alias: &str) {
        let full = self.names.alias(alias);
        let recipe = Recipe {
            loket_id: String::new(),
            alias: alias.into(),
            kind: RoomKind::Alerts,
            name: String::new(),
            topic: String::new(),
            invite: Vec::new(),
            powers: BTreeMap::new(),
            allow: None,
        };
        let mut state = self.lock();
        let id = state.add_room(recipe, self.names.desk());
        state.aliases.insert(full, id);
    }

    /// A room that a person made, with the desk invited.
    pub fn open_direct(&self, user: &str) -> RoomId {
        let recipe = Recipe {
            loket_id: String::new(),
            alias: String::new(),
            kind: RoomKind::Lobby,
            name: String::new(),
            topic: String::new(),
            invite: vec![self.names.desk()],
            powers: BTreeMap::new(),
            allow: None,
        };
        self.lock().add_room(recipe, user.into())
    }

    /// Plans a failure.
    fn plan(&self, ask: Ask, plan: Plan) {
        self.lock().plans.entry(ask).or_default().push_back(plan);
    }

    /// Everything it knows.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a request, or fails as planned.
    fn serve<T>(
        &self,
        ask: Ask,
        work: impl FnOnce(&mut State) -> Result<T, MatrixError>,
    ) -> Result<T, MatrixError> {
        let mut state = self.lock();
        *state.asked.entry(ask).or_default() += 1;
        if let Some(error) = &state.down {
            return Err(error.clone());
        }
        match state.plans.get_mut(&ask).and_then(VecDeque::pop_front) {
            None => work(&mut state),
            Some(Plan::Fail(error)) => Err(error),
            Some(Plan::Lose) => {
                work(&mut state)?;
                Err(MatrixError::Retry {
                    after: None,
                    detail: "the answer was lost".into(),
                })
            }
        }
    }
}

impl State {
    /// A room, to be changed.
    fn room(&mut self, id: &RoomId) -> Result<&mut FakeRoom, MatrixError> {
        let room = self.rooms.iter_mut().find(|room| room.id == *id);
        room.ok_or_else(|| refused("M_NOT_FOUND", 404))
    }

    /// Adds a room with its creator in it.
    fn add_room(&mut self, recipe: Recipe, creator: UserId) -> RoomId {
        let id = RoomId::from(format!("!{}", self.rooms.len() + 1));
        self.rooms.push(FakeRoom::new(id.clone(), recipe, creator));
        id
    }

    /// The id of a new event.
    fn new_event(&mut self) -> EventId {
        self.events += 1;
        format!("${}", self.events).into()
    }
}

/// A refusal.
fn refused(code: &str, status: u16) -> MatrixError {
    MatrixError::Refused {
        code: code.into(),
        status,
    }
}

#[cfg(test)]
mod tests;
