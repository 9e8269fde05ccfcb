//! `GET /sync`: what happened in a user's rooms since a token.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::event::{Event, Filter};
use super::history::{place, token};
use super::world::World;

/// How many events of a room are shown where no limit is asked for.
const PAGE: usize = 10;

/// The longest that a client may wait.
const LONGEST: usize = 60_000;

/// A question of `/sync`, read.
#[derive(Debug)]
pub(super) struct Question {
    /// Who asks.
    user: String,
    /// From where; `None` = everything.
    since: Option<usize>,
    /// Which rooms.
    rooms: Filter,
    /// Which events of the timelines.
    timeline: Filter,
    /// Whether the whole state is asked for.
    full_state: bool,
    /// How long to wait for something.
    pub(super) wait: Duration,
}

impl World {
    /// Reads a question.
    ///
    /// # Errors
    /// A token, filter or number that cannot be.
    pub(super) fn sync_question(&self, user: &str, ask: &Ask) -> Result<Question, Refusal> {
        let filter = self.named_filter(ask.param("filter"))?;
        let part = |keys: &[&str]| {
            let found = keys.iter().try_fold(&filter, |value, key| value.get(*key));
            Filter::read(found.unwrap_or(&Value::Null))
        };
        let millis = ask.number("timeout")?.unwrap_or(0).min(LONGEST);
        let since = place(ask.param("since"))?;
        if since.is_some_and(|since| since > self.log.len()) {
            return Err(Refusal::bad("M_INVALID_PARAM", "Invalid stream token"));
        }
        Ok(Question {
            user: user.to_owned(),
            since,
            rooms: part(&["room"]),
            timeline: part(&["room", "timeline"]),
            full_state: ask.param("full_state") == Some("true"),
            wait: Duration::from_millis(u64::try_from(millis).unwrap_or(0)),
        })
    }

    /// A filter, given in the query or stored before.
    fn named_filter(&self, text: Option<&str>) -> Result<Value, Refusal> {
        match text {
            None => Ok(Value::Null),
            Some(text) if text.starts_with('{') => serde_json::from_str(text)
                .map_err(|_unreadable| Refusal::bad("M_NOT_JSON", "Filter is not JSON")),
            Some(id) => {
                let index: Option<usize> = id.parse().ok();
                let found = index.and_then(|index| self.filters.get(index));
                found
                    .cloned()
                    .ok_or_else(|| Refusal::missing("No such filter"))
            }
        }
    }

    /// `POST /user/{user}/filter`.
    pub(super) fn store_filter(&mut self, ask: &Ask) -> Asked {
        self.filters.push(Value::Object(ask.object()?));
        Ok(json!({ "filter_id": (self.filters.len() - 1).to_string() }))
    }

    /// Answers a question; whether there is anything to tell.
    pub(super) fn sync(&self, question: &Question) -> (Value, bool) {
        let mut join = serde_json::Map::new();
        let mut leave = serde_json::Map::new();
        let mut invite = serde_json::Map::new();
        for (room, places) in self.changed(question) {
            match self.membership(room, &question.user) {
                Some("join") => {
                    if let Some(news) = self.news(question, room, &places) {
                        join.insert(room.to_owned(), news);
                    }
                }
                Some("leave" | "ban") if question.since.is_some() => {
                    if let Some(news) = self.news(question, room, &places) {
                        leave.insert(room.to_owned(), news);
                    }
                }
                Some("invite") => {
                    let event = self.state(room, "m.room.member", &question.user);
                    let events: Vec<Value> = event.map(Event::shown).into_iter().collect();
                    let state = json!({ "invite_state": { "events": events } });
                    invite.insert(room.to_owned(), state);
                }
                _ => {}
            }
        }
        let something = !(join.is_empty() && leave.is_empty() && invite.is_empty());
        let answer = json!({
            "next_batch": format!("s{}", self.log.len()),
            "rooms": { "join": join, "invite": invite, "leave": leave },
        });
        (answer, something)
    }

    /// The user's rooms with something new, and its places.
    fn changed(&self, question: &Question) -> BTreeMap<&str, Vec<usize>> {
        let mut changed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if let Some(since) = question.since {
            let news = self.log.iter().enumerate().skip(since);
            for (place, event) in news {
                if question.rooms.takes_room(&event.room) {
                    changed.entry(&event.room).or_default().push(place);
                }
            }
            return changed;
        }
        for (id, room) in &self.rooms {
            if room.members.contains_key(&question.user) && question.rooms.takes_room(id) {
                changed.insert(id, room.timeline.clone());
            }
        }
        changed
    }

    /// What is new in a room; `None` if the filter lets nothing through.
    fn news(&self, question: &Question, room: &str, places: &[usize]) -> Option<Value> {
        let limit = question.timeline.limit.unwrap_or(PAGE);
        let wanted: Vec<usize> = places
            .iter()
            .copied()
            .filter(|place| {
                self.at(*place)
                    .is_some_and(|event| question.timeline.takes(event))
            })
            .collect();
        let limited = wanted.len() > limit;
        let shown = wanted
            .get(wanted.len().saturating_sub(limit)..)
            .unwrap_or_default();
        let first = shown.first().copied().unwrap_or(self.log.len());
        let events: Vec<Value> = shown
            .iter()
            .filter_map(|place| self.in_timeline(*place))
            .collect();
        let from_start = question.since.is_none() || question.full_state;
        if events.is_empty() && !from_start {
            return None;
        }
        let before = if limited || from_start {
            first
        } else {
            places.first().copied()?
        };
        let state = self.state_before(room, question, first, from_start || limited);
        Some(json!({
            "timeline": { "events": events, "limited": limited, "prev_batch": token(before) },
            "state": { "events": state },
        }))
    }

    /// State that a client could not know from the timeline alone.
    fn state_before(
        &self,
        room: &str,
        question: &Question,
        first: usize,
        is_due: bool,
    ) -> Vec<Value> {
        let Some(room) = self.rooms.get(room).filter(|_| is_due) else {
            return Vec::new();
        };
        let since = match question.since {
            Some(since) if !question.full_state => since,
            _ => 0,
        };
        let places = room.state.values();
        places
            .filter(|place| **place >= since && **place < first)
            .filter_map(|place| self.in_timeline(*place))
            .collect()
    }

    /// An event as it stands in `/sync`, where the room is known already.
    fn in_timeline(&self, place: usize) -> Option<Value> {
        let mut shown = self.at(place)?.shown();
        shown.as_object_mut()?.remove("room_id");
        Some(shown)
    }
}
