//! Reading rooms: state, events, history, aliases.

use serde_json::{Value, json};

use super::answer::{Asked, Refusal};
use super::ask::Ask;
use super::event::{Event, Filter};
use super::world::World;

/// How many events a page has where none are asked for.
const PAGE: usize = 10;

impl World {
    /// `GET /rooms/{room}/state/{type}/{key}`.
    pub(super) fn get_state(
        &self,
        asker: &str,
        room: &str,
        kind: &str,
        key: &str,
        ask: &Ask,
    ) -> Asked {
        self.check_joined(room, asker)?;
        let found = self.state(room, kind, key);
        let event = found.ok_or_else(|| Refusal::missing("Event not found."))?;
        match ask.param("format") {
            Some("event") => Ok(event.shown()),
            None | Some("content") => Ok(event.content.clone()),
            Some(_) => Err(Refusal::bad("M_INVALID_PARAM", "Unknown format")),
        }
    }

    /// `GET /rooms/{room}/state`.
    pub(super) fn whole_state(&self, asker: &str, room: &str) -> Asked {
        self.check_joined(room, asker)?;
        let places = self.room(room)?.state.values();
        let events = places.filter_map(|place| Some(self.at(*place)?.shown()));
        Ok(events.collect())
    }

    /// `GET /rooms/{room}/event/{event}`.
    pub(super) fn get_event(&self, asker: &str, room: &str, id: &str) -> Asked {
        self.check_joined(room, asker)?;
        let event = self.find_event(room, id);
        let event = event.ok_or_else(|| Refusal::missing("Event not found."))?;
        Ok(event.shown())
    }

    /// `GET /directory/room/{alias}`.
    pub(super) fn get_alias(&self, alias: &str) -> Asked {
        if !alias.starts_with('#') || !alias.contains(':') {
            return Err(Refusal::bad("M_INVALID_PARAM", "Room alias invalid"));
        }
        let room = self.aliases.get(alias);
        let room = room.ok_or_else(|| Refusal::missing("Room alias not found."))?;
        Ok(json!({ "room_id": room, "servers": [self.setting.domain] }))
    }

    /// `GET /rooms/{room}/messages`.
    ///
    /// A token is a place between two events of the whole log: `t7` stands before
    /// the event at position 7.
    pub(super) fn messages(&self, asker: &str, room: &str, ask: &Ask) -> Asked {
        self.check_joined(room, asker)?;
        let filter = match ask.param("filter") {
            None => Filter::default(),
            Some(text) => match serde_json::from_str(text) {
                Ok(filter) => Filter::read(&filter),
                Err(_) => return Err(Refusal::bad("M_NOT_JSON", "Filter is not JSON")),
            },
        };
        let limit = ask.number("limit")?.unwrap_or(PAGE);
        let to = place(ask.param("to"))?;
        let (mut chunk, start, end) = match ask.param("dir") {
            Some("b") => {
                let start = place(ask.param("from"))?.unwrap_or(self.log.len());
                self.back(room, &filter, start, to.unwrap_or(0), limit)?
            }
            Some("f") => {
                let start = place(ask.param("from"))?.unwrap_or(0);
                self.forth(room, &filter, start, to.unwrap_or(self.log.len()), limit)?
            }
            _ => return Err(Refusal::bad("M_INVALID_PARAM", "Unknown direction")),
        };
        let chunk: Vec<Value> = chunk.drain(..).map(Event::shown).collect();
        let mut answer = json!({ "chunk": chunk, "start": token(start) });
        if let Some(end) = end {
            answer["end"] = token(end).into();
        }
        Ok(answer)
    }

    /// Events before `start`, newest first, not before `to`; where it goes on.
    fn back(
        &self,
        room: &str,
        filter: &Filter,
        start: usize,
        to: usize,
        limit: usize,
    ) -> Result<Page<'_>, Refusal> {
        let timeline = &self.room(room)?.timeline;
        let first = timeline.partition_point(|place| *place < to);
        let last = timeline.partition_point(|place| *place < start);
        let places = timeline.get(first..last).unwrap_or_default();
        let mut chunk = Vec::new();
        for place in places.iter().rev() {
            let Some(event) = self.at(*place).filter(|event| filter.takes(event)) else {
                continue;
            };
            if chunk.len() == limit {
                // The token stands before the oldest event that was shown.
                let oldest: &Event = chunk.last().copied().unwrap_or(event);
                let end = self.places.get(&oldest.id).copied().unwrap_or(start);
                return Ok((chunk, start, Some(end)));
            }
            chunk.push(event);
        }
        Ok((chunk, start, None))
    }

    /// Events from `start`, oldest first, before `to`; where it goes on.
    fn forth(
        &self,
        room: &str,
        filter: &Filter,
        start: usize,
        to: usize,
        limit: usize,
    ) -> Result<Page<'_>, Refusal> {
        let timeline = &self.room(room)?.timeline;
        let first = timeline.partition_point(|place| *place < start);
        let last = timeline.partition_point(|place| *place < to);
        let places = timeline.get(first..last).unwrap_or_default();
        let mut chunk = Vec::new();
        for place in places {
            let Some(event) = self.at(*place).filter(|event| filter.takes(event)) else {
                continue;
            };
            if chunk.len() == limit {
                return Ok((chunk, start, Some(*place)));
            }
            chunk.push(event);
        }
        Ok((chunk, start, None))
    }
}

/// A page of a room's history: its events, its start, and where it goes on.
type Page<'a> = (Vec<&'a Event>, usize, Option<usize>);

/// A place in the log, as a token.
pub(super) fn token(place: usize) -> String {
    format!("t{place}")
}

/// The place that a token names; those of `/sync` name the same places.
pub(super) fn place(token: Option<&str>) -> Result<Option<usize>, Refusal> {
    let Some(token) = token else {
        return Ok(None);
    };
    token
        .strip_prefix(['t', 's'])
        .and_then(|place| place.parse().ok())
        .map(Some)
        .ok_or_else(|| Refusal::bad("M_INVALID_PARAM", "Invalid stream token"))
}
