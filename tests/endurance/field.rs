//! The field: a homeserver, Meta, the daemon's process, customers and agents. What
//! everybody writes is remembered for the judge.

use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::chance::Chance;
use super::daemon::{AGENTS, Daemon};
use super::judge::{Customer, Evidence, Inward, Outward, Room};
use super::meta::{Meta, Turn, deliver, webhook};
use super::pause;
use super::stub::{Setting, Stub};

/// How long the daemon may take to become ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long nothing may move in the end while something still waits: longer than a
/// send of unknown outcome waits for its status, and than the homeserver's longest
/// wait after a failure.
const STANDSTILL: Duration = Duration::from_mins(1);

/// How long everything that waits may take in the end.
const DRAIN: Duration = Duration::from_mins(5);

/// What no customer may read; in every note.
const SECRET: &str = "rahasia";

/// A customer, and the way to the daemon.
#[derive(Debug)]
pub(crate) struct Person {
    /// Everything about them.
    pub(crate) customer: Customer,
    /// Their number.
    phone: String,
    /// Who answers them.
    agent: &'static str,
    /// Where their webhooks go in.
    turns: mpsc::UnboundedSender<Turn>,
    /// Their room, once it is known.
    room: Option<String>,
}

/// The field.
#[derive(Debug)]
pub(crate) struct Field {
    /// The homeserver.
    pub(crate) stub: Stub,
    /// Meta.
    pub(crate) meta: Meta,
    /// The daemon.
    pub(crate) daemon: Daemon,
    /// The customers.
    pub(crate) people: Vec<Person>,
    /// Their webhooks' ways.
    ways: JoinSet<()>,
    /// Numbers for ids of messages.
    serial: usize,
    /// Meta's folder.
    _folder: tempfile::TempDir,
}

impl Field {
    /// Everything but the daemon runs; nobody has written yet.
    pub(crate) async fn new(database: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stub = Stub::start(Setting {
            backoff: Duration::from_millis(100),
            ..Setting::default()
        })
        .unwrap();
        let meta = Meta::start(folder.path()).await;
        let daemon = Daemon::new(&stub.url(), &meta.url, database);
        stub.set_url(&daemon.appservice);
        meta.account(&daemon.public).await;
        Self {
            stub,
            meta,
            daemon,
            people: Vec::new(),
            ways: JoinSet::new(),
            serial: 0,
            _folder: folder,
        }
    }

    /// Waits until the daemon is ready; how long that took.
    pub(crate) async fn ready(&self) -> Duration {
        let begun = std::time::Instant::now();
        while !self.daemon.is_ready().await {
            assert!(begun.elapsed() < PATIENCE, "{}", self.daemon.log());
            pause(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// A new customer, whose first line comes by Meta itself.
    pub(crate) async fn newcomer(&mut self) -> usize {
        let n = self.people.len();
        let handle = format!("c{n:03}");
        let phone = format!("62812{n:07}");
        let name = format!("Pelanggan {n:03}");
        let body = json!({ "phone": format!("+{phone}"), "name": name });
        self.meta
            .control("PUT", &format!("customers/{handle}"), Some(body))
            .await;
        let (turns, taken) = mpsc::unbounded_channel();
        let url = format!("{}/webhooks/wa", self.daemon.public);
        self.ways.spawn(deliver(url, taken));
        let first = format!("{handle} halo");
        let line = json!({ "to": super::daemon::NUMBER, "text": first });
        self.meta
            .control("POST", &format!("customers/{handle}/messages"), Some(line))
            .await;
        self.people.push(Person {
            customer: Customer {
                name,
                inward: vec![Inward {
                    text: first,
                    turn: None,
                    body: 0,
                }],
                ..Customer::default()
            },
            phone,
            agent: AGENTS[n % AGENTS.len()],
            turns,
            room: None,
        });
        n
    }

    /// A customer writes: one turn of webhooks, each with some lines, some of them
    /// delivered twice.
    pub(crate) fn writes(&mut self, who: usize, chance: &mut Chance) {
        let number = self.people[who].customer.inward.len();
        let mut turn = Turn::new();
        for _ in 0..=chance.below(2) {
            let mut lines = Vec::new();
            let body = self.serial;
            for _ in 0..=chance.below(3) {
                self.serial += 1;
                let text = format!("c{who:03} masuk {}", self.serial);
                lines.push((format!("wamid.in.{}", self.serial), text));
            }
            let person = &mut self.people[who];
            let written = lines.iter().map(|(_, text)| Inward {
                text: text.clone(),
                turn: Some(number),
                body,
            });
            person.customer.inward.extend(written);
            let body = webhook(&person.customer.name, &person.phone, &lines);
            if chance.once_in(3) {
                turn.push(body.clone());
            }
            turn.push(body);
        }
        self.people[who].turns.send(turn).unwrap();
    }

    /// The agent of a customer writes to them, if there is a room; whether there is.
    pub(crate) fn answers(&mut self, who: usize) -> bool {
        let Some(room) = self.room(who) else {
            return false;
        };
        self.serial += 1;
        let text = format!("c{who:03} keluar {}", self.serial);
        let person = &mut self.people[who];
        let Ok(event) = self.stub.say(person.agent, &room, &text) else {
            return false;
        };
        person.customer.outward.push(Outward { text, event });
        true
    }

    /// The agent of a customer writes something that is not for them.
    pub(crate) fn notes(&mut self, who: usize, chance: &mut Chance) {
        let Some(room) = self.room(who) else { return };
        self.serial += 1;
        let (agent, n) = (self.people[who].agent, self.serial);
        let text = match chance.below(5) {
            0 => format!(";; {SECRET} {n}"),
            1 => format!("!note {SECRET} {n}"),
            2 => "!takeover".to_owned(),
            3 => format!("!rahasi {SECRET} {n}"),
            _ => "!solve".to_owned(),
        };
        // Not in the room yet: nothing is written.
        drop(self.stub.say(agent, &room, &text));
    }

    /// A customer takes another name, which begins like the one before.
    pub(crate) fn renames(&mut self, who: usize) {
        self.serial += 1;
        let person = &mut self.people[who];
        let text = format!("c{who:03} masuk {}", self.serial);
        let name = format!("{} {}", person.customer.name, self.serial);
        let line = (format!("wamid.in.{}", self.serial), text.clone());
        let turn = vec![webhook(&name, &person.phone, &[line])];
        let number = person.customer.inward.len();
        person.customer.inward.push(Inward {
            text,
            turn: Some(number),
            body: self.serial,
        });
        person.turns.send(turn).unwrap();
    }

    /// The agent of a customer reads everything and types.
    pub(crate) fn reads_and_types(&mut self, who: usize) {
        let Some(room) = self.room(who) else { return };
        let agent = self.people[who].agent;
        if let Some(event) = self.stub.timeline(&room).last() {
            let event = event["event_id"].as_str().unwrap_or_default();
            drop(self.stub.read(agent, &room, event));
        }
        drop(self.stub.types(agent, &room, true));
    }

    /// A customer's room, once their agent is in it.
    fn room(&mut self, who: usize) -> Option<String> {
        let person = &mut self.people[who];
        if person.room.is_none() {
            let rooms = self.stub.rooms().into_iter();
            let mut theirs = rooms.filter(|room| {
                room.name.contains(person.customer.name.as_str())
                    && room.joined.iter().any(|user| user == person.agent)
            });
            person.room = theirs.next().map(|room| room.id);
        }
        person.room.clone()
    }

    /// Lets everything arrive that is on its way; what is not there then is lost.
    pub(crate) async fn drain(&mut self) {
        self.stub.heal();
        self.stub.come_up();
        self.meta.control("DELETE", "faults", None).await;
        self.ready().await;
        let begun = std::time::Instant::now();
        let (mut moved, mut seen) = (begun, 0);
        while !self.is_still().await {
            let events = self.stub.counts().events;
            if events != seen {
                (moved, seen) = (std::time::Instant::now(), events);
            }
            if moved.elapsed() > STANDSTILL || begun.elapsed() > DRAIN {
                return;
            }
            pause(Duration::from_millis(500)).await;
        }
    }

    /// Whether nothing is on its way any more.
    async fn is_still(&mut self) -> bool {
        let told = self.stub.is_quiet();
        let depth = self.daemon.metric("loket_lane_depth").await;
        if !told || depth != Some(0.0) {
            return false;
        }
        let evidence = self.evidence().await;
        super::judge::judge(&evidence)
            .iter()
            .all(|breach| !breach.starts_with("lost") && !breach.contains("has no room"))
    }

    /// What there is to be judged.
    pub(crate) async fn evidence(&self) -> Evidence {
        let mut customers = Vec::new();
        for (n, person) in self.people.iter().enumerate() {
            let mut customer = person.customer.clone();
            customer.received = self.meta.received(&format!("c{n:03}")).await;
            customers.push(customer);
        }
        let rooms = self.stub.rooms().into_iter().map(|room| Room {
            name: room.name,
            events: self.stub.timeline(&room.id),
        });
        let dead = self.daemon.metric("loket_dead_rows").await;
        Evidence {
            customers,
            rooms: rooms.collect(),
            dead: dead.map_or(u64::MAX, |dead| u64::from(dead > 0.0)),
            secrets: vec![SECRET.to_owned()],
        }
    }
}
