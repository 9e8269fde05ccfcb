//! What the owner of a homeserver asks and does in the same process.

use serde_json::{Map, Value, json};

use super::Stub;
use super::answer::Refusal;
use super::event::Event;
use super::fault::Fault;
use super::world::World;
use super::write::Draft;

/// A room, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomView {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its alias; empty if it has none.
    pub(crate) alias: String,
    /// Who is in it.
    pub(crate) joined: Vec<String>,
}

/// What was counted since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests.
    pub(crate) requests: u64,
    /// Events written, state included.
    pub(crate) events: u64,
    /// Messages of the application service's users other than the desk.
    pub(crate) lines: u64,
    /// Sends that were recognised as repeated.
    pub(crate) repeats: u64,
    /// Receipts.
    pub(crate) receipts: u64,
    /// Transactions tried.
    pub(crate) transactions: u64,
    /// Transactions not acknowledged.
    pub(crate) failed_transactions: u64,
}

/// How a homeserver ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By a signal that lets it finish: it loses what it had queued all the same.
    Orderly,
    /// By a kill: it also forgets which requests it has answered.
    Kill,
}

impl Stub {
    /// Its rooms, by id.
    pub(crate) fn rooms(&self) -> Vec<RoomView> {
        let world = self.hub.world();
        world.rooms.keys().map(|id| view(&world, id)).collect()
    }

    /// The room behind an alias.
    pub(crate) fn find_room(&self, alias: &str) -> Option<RoomView> {
        let world = self.hub.world();
        world.aliases.get(alias).map(|id| view(&world, id))
    }

    /// A room's events, oldest first, as clients see them.
    pub(crate) fn timeline(&self, room: &str) -> Vec<Value> {
        let world = self.hub.world();
        let places = world.rooms.get(room).map(|room| room.timeline.as_slice());
        let places = places.unwrap_or_default().iter();
        places
            .filter_map(|place| world.at(*place).map(Event::shown))
            .collect()
    }

    /// The content of a state event.
    pub(crate) fn state(&self, room: &str, kind: &str, key: &str) -> Option<Value> {
        let world = self.hub.world();
        world
            .state(room, kind, key)
            .map(|event| event.content.clone())
    }

    /// A user joins a room: invited, or let in by its join rules.
    ///
    /// # Errors
    /// 403, 404.
    pub(crate) fn join(&self, user: &str, room: &str) -> Result<(), Refusal> {
        self.act(|world| world.join(user, room).map(drop))
    }

    /// A user leaves a room.
    ///
    /// # Errors
    /// 403: it is not there.
    pub(crate) fn leave(&self, user: &str, room: &str) -> Result<(), Refusal> {
        self.act(|world| world.leave(user, room).map(drop))
    }

    /// A user writes an event; its id.
    ///
    /// # Errors
    /// 403: not in the room, too little power.
    pub(crate) fn write(
        &self,
        user: &str,
        room: &str,
        kind: &str,
        content: Value,
    ) -> Result<String, Refusal> {
        self.act(|world| world.say(user, room, kind, content, None, None))
    }

    /// A user writes a line; its event id.
    ///
    /// # Errors
    /// As [`Stub::write`].
    pub(crate) fn say(&self, user: &str, room: &str, text: &str) -> Result<String, Refusal> {
        let content = json!({ "msgtype": "m.text", "body": text, "m.mentions": {} });
        self.write(user, room, "m.room.message", content)
    }

    /// A user takes an event back; the redaction's id.
    ///
    /// # Errors
    /// As [`Stub::write`].
    pub(crate) fn redact(&self, user: &str, room: &str, target: &str) -> Result<String, Refusal> {
        self.act(|world| world.take_back(user, room, target, Map::new(), None, None))
    }

    /// A user has read an event.
    ///
    /// # Errors
    /// 403: not in the room.
    pub(crate) fn read(&self, user: &str, room: &str, event: &str) -> Result<(), Refusal> {
        self.act(|world| world.receipt(user, room, "m.read", event).map(drop))
    }

    /// A user begins or stops to type.
    ///
    /// # Errors
    /// 403: not in the room.
    pub(crate) fn types(&self, user: &str, room: &str, typing: bool) -> Result<(), Refusal> {
        self.act(|world| world.set_typing(room, user, typing))
    }

    /// Nobody listens any more, connections break off, nothing is pushed.
    pub(crate) fn go_down(&self) {
        self.hub.set_up(false);
        self.up.send_replace(false);
    }

    /// Listens again, at the same address.
    pub(crate) fn come_up(&self) {
        self.hub.set_up(true);
        self.up.send_replace(true);
    }

    /// Ends while it is down or up, and begins anew: events that were queued for the
    /// application service are lost, though clients were told they were taken. How
    /// many. [`Stub::go_down`] and [`Stub::come_up`] make the time between.
    pub(crate) fn restart(&self, end: End) -> usize {
        let mut world = self.hub.world();
        let lost = world.queue.restart();
        for room in world.rooms.values_mut() {
            room.typing.clear();
        }
        if end == End::Kill {
            world.answered.clear();
        }
        lost
    }

    /// Forgets everything that it has not told the application service, also what it
    /// would tell again after a restart; how many events.
    pub(crate) fn forget_untold(&self) -> usize {
        self.hub.world().queue.forget()
    }

    /// Lets requests fail.
    pub(crate) fn fail(&self, fault: Fault) {
        self.hub.world().faults.add(fault);
    }

    /// Ends all failing.
    pub(crate) fn heal(&self) {
        self.hub.world().faults.clear();
    }

    /// Names the application service's address, once it is known.
    pub(crate) fn set_url(&self, url: &str) {
        self.hub.world().setting.url = Some(url.to_owned());
    }

    /// What was counted.
    pub(crate) fn counts(&self) -> Counts {
        self.hub.world().counts
    }

    /// How many events the application service was not told yet.
    pub(crate) fn untold(&self) -> usize {
        self.hub.world().queue.depth()
    }

    /// Whether everything was told, that which comes late included.
    pub(crate) fn is_quiet(&self) -> bool {
        self.hub.world().queue.is_empty()
    }

    /// Makes a room as if it had always been there: it is told to nobody.
    pub(crate) fn plant_room(&self, id: &str, creator: &str, others: &[&str]) {
        let mut world = self.hub.world();
        let version = world.setting.room_version.clone();
        world.is_silent = true;
        world.open(id, creator, &version);
        let levels = json!({ "users": {}, "events_default": 0, "state_default": 50 });
        world.write(Draft::state(id, creator, "m.room.create", "", json!({})));
        for user in std::iter::once(&creator).chain(others) {
            let content = json!({ "membership": "join" });
            world.write(Draft::state(id, user, "m.room.member", user, content));
        }
        world.write(Draft::state(id, creator, "m.room.power_levels", "", levels));
        world.is_silent = false;
    }

    /// Makes a user with devices as if it had always been there.
    pub(crate) fn plant_user(&self, user: &str, devices: &[&str]) {
        let mut world = self.hub.world();
        let found = world.users.entry(user.to_owned()).or_default();
        let devices = devices.iter().map(|device| (*device).to_owned());
        found.devices.extend(devices);
    }

    /// Does something that others wait for.
    fn act<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = act(&mut self.hub.world());
        self.hub.news.notify_waiters();
        done
    }
}

/// A room, as its owner sees it.
fn view(world: &World, id: &str) -> RoomView {
    let text = |kind: &str, key: &str| {
        let event = world.state(id, kind, "");
        let text = event.and_then(|event| event.content.get(key)?.as_str());
        text.unwrap_or_default().to_owned()
    };
    let members = world.rooms.get(id).map(|room| &room.members);
    let joined = members.into_iter().flatten();
    RoomView {
        id: id.to_owned(),
        name: text("m.room.name", "name"),
        alias: text("m.room.canonical_alias", "alias"),
        joined: joined
            .filter(|(_, membership)| *membership == "join")
            .map(|(user, _)| user.clone())
            .collect(),
    }
}
