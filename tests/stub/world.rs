//! All that a homeserver holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::event::Event;
use super::fault::Faults;
use super::owner::Counts;
use super::push::Queue;
use super::setting::Setting;

/// A user.
#[derive(Debug, Default)]
pub(super) struct User {
    /// Its devices.
    pub(super) devices: HashSet<String>,
    /// Its profile's fields.
    pub(super) profile: BTreeMap<String, Value>,
}

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    /// Its version.
    pub(super) version: String,
    /// Who created it.
    pub(super) creator: String,
    /// Its state: positions of events by type and key.
    pub(super) state: BTreeMap<(String, String), usize>,
    /// Positions of its events, in order.
    pub(super) timeline: Vec<usize>,
    /// Memberships by user.
    pub(super) members: BTreeMap<String, String>,
    /// How many users of the application service are in it.
    pub(super) ours: usize,
    /// Reactions that stand: sender, target, key.
    pub(super) reactions: HashSet<(String, String, String)>,
    /// Who types.
    pub(super) typing: Vec<String>,
}

/// By what a repeated send is known after a crash: room, user, device,
/// transaction id.
pub(super) type DeviceKey = (String, String, String, String);

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    /// How it is set up.
    pub(super) setting: Setting,
    /// Users by id.
    pub(super) users: HashMap<String, User>,
    /// Rooms by id.
    pub(super) rooms: BTreeMap<String, Room>,
    /// The rooms that users have joined.
    pub(super) joined: HashMap<String, BTreeSet<String>>,
    /// Rooms by alias.
    pub(super) aliases: HashMap<String, String>,
    /// All events, in the order in which they came.
    pub(super) log: Vec<Event>,
    /// Positions of events by id.
    pub(super) places: HashMap<String, usize>,
    /// Answers by path, for requests that are repeated. A crash forgets them.
    pub(super) answered: HashMap<String, Value>,
    /// Events by the device that sent them, which a crash does not forget.
    pub(super) by_device: HashMap<DeviceKey, String>,
    /// Files by media id.
    pub(super) media: HashMap<String, Option<axum::body::Bytes>>,
    /// Filters by user and id.
    pub(super) filters: Vec<Value>,
    /// What goes to the application service.
    pub(super) queue: Queue,
    /// What is to go wrong.
    pub(super) faults: Faults,
    /// What was counted.
    pub(super) counts: Counts,
    /// Whether the application service is told nothing: what is written now has
    /// always been there.
    pub(super) is_silent: bool,
    /// Makes ids that were not there before.
    serial: u64,
}

impl World {
    /// An empty one; the application service's sender exists.
    pub(super) fn new(setting: Setting) -> Self {
        let sender = setting.user(&setting.sender);
        Self {
            setting,
            users: HashMap::from([(sender, User::default())]),
            rooms: BTreeMap::new(),
            joined: HashMap::new(),
            aliases: HashMap::new(),
            log: Vec::new(),
            places: HashMap::new(),
            answered: HashMap::new(),
            by_device: HashMap::new(),
            media: HashMap::new(),
            filters: Vec::new(),
            queue: Queue::default(),
            faults: Faults::default(),
            counts: Counts::default(),
            is_silent: false,
            serial: 0,
        }
    }

    /// An opaque text that was not there before.
    pub(super) fn fresh(&mut self) -> String {
        self.serial += 1;
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.serial.to_be_bytes()))
    }

    /// The id of a new room of this version: since 12 it has no server's name.
    pub(super) fn room_id(&mut self, version: &str) -> String {
        let name = self.fresh();
        if version == "12" {
            format!("!{name}")
        } else {
            let short: String = name.chars().take(18).collect();
            format!("!{short}:{}", self.setting.domain)
        }
    }

    /// A room.
    ///
    /// # Errors
    /// It does not exist.
    pub(super) fn room(&self, id: &str) -> Result<&Room, Refusal> {
        self.rooms
            .get(id)
            .ok_or_else(|| Refusal::forbidden(&format!("unknown room {id}")))
    }

    /// The event at a position of the log.
    pub(super) fn at(&self, position: usize) -> Option<&Event> {
        self.log.get(position)
    }

    /// An event of a room.
    pub(super) fn find_event(&self, room: &str, id: &str) -> Option<&Event> {
        let event = self.at(*self.places.get(id)?)?;
        (event.room == room).then_some(event)
    }

    /// The state event of a room.
    pub(super) fn state(&self, room: &str, kind: &str, key: &str) -> Option<&Event> {
        let room = self.rooms.get(room)?;
        let position = room.state.get(&(kind.to_owned(), key.to_owned()))?;
        self.at(*position)
    }

    /// Appends an event that is allowed, and tells the application service.
    pub(super) fn append(&mut self, event: Event) -> String {
        let position = self.log.len();
        let id = event.id.clone();
        self.places.insert(id.clone(), position);
        let interests = self.place(&event, position);
        let ghosts = format!("@{}", self.setting.prefix);
        let is_line = event.kind == "m.room.message" && event.sender.starts_with(&ghosts);
        self.log.push(event);
        if interests && !self.is_silent {
            self.queue.push_event(position);
        }
        self.counts.events += 1;
        self.counts.lines += u64::from(is_line);
        id
    }

    /// Puts an event into its room; whether it interests the application service.
    fn place(&mut self, event: &Event, position: usize) -> bool {
        let setting = &self.setting;
        let mut interests = setting.is_ours(&event.sender);
        let Some(room) = self.rooms.get_mut(&event.room) else {
            return interests;
        };
        interests |= room.ours > 0;
        room.timeline.push(position);
        let Some(key) = &event.state_key else {
            return interests;
        };
        room.state
            .insert((event.kind.clone(), key.clone()), position);
        if event.kind == "m.room.member" {
            let membership = event.content.get("membership").and_then(Value::as_str);
            let membership = membership.unwrap_or("leave").to_owned();
            let joins = membership == "join";
            let joined = self.joined.entry(key.clone()).or_default();
            let changes = if joins {
                joined.insert(event.room.clone())
            } else {
                joined.remove(&event.room)
            };
            room.members.insert(key.clone(), membership);
            if setting.is_ours(key) {
                interests = true;
                match (changes, joins) {
                    (true, true) => room.ours += 1,
                    (true, false) => room.ours -= 1,
                    (false, _) => {}
                }
            }
        }
        interests
    }
}
