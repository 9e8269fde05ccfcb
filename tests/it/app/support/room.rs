//! A room as a client shows it.

use std::ops::Deref;
use std::sync::Arc;

use loket::domain::ids::{EventId, UserId};
use loket::domain::room::{ConversationState, RoomKind};
use loket::matrix::fake::{FakeHomeserver, FakeRoom};

/// A room as a client shows it at one moment.
#[derive(Debug)]
pub(crate) struct Room {
    /// The homeserver's room.
    room: FakeRoom,
    /// For names.
    homeserver: Arc<FakeHomeserver>,
}

impl Deref for Room {
    type Target = FakeRoom;

    fn deref(&self) -> &FakeRoom {
        &self.room
    }
}

impl Room {
    /// A view of `room`.
    pub(super) fn new(homeserver: &Arc<FakeHomeserver>, room: FakeRoom) -> Self {
        Self {
            room,
            homeserver: homeserver.clone(),
        }
    }

    /// What `org.loket.conversation` says.
    pub(crate) fn state(&self) -> ConversationState {
        match (self.room.faces.last(), &self.room.recipe.kind) {
            (Some(face), _) => face.state.clone(),
            (None, RoomKind::Portal(portal)) => portal.state.clone(),
            (None, kind) => panic!("{kind:?} is no portal"),
        }
    }

    /// The topic shown now.
    pub(crate) fn topic(&self) -> String {
        let face = self.room.faces.last();
        face.map_or_else(|| self.room.recipe.topic.clone(), |face| face.topic.clone())
    }

    /// Who has the conversation: an agent's name before the colon, or `queue`.
    pub(crate) fn owner(&self) -> String {
        let owner = self.state().owner;
        let agent = UserId::from(owner.as_str()).localpart().to_owned();
        if owner.starts_with('@') { agent } else { owner }
    }

    /// Every line, in order, as `<who>: <text>`, edits applied, what was taken back
    /// left out.
    pub(crate) fn lines(&self) -> Vec<String> {
        let named = |line: String| {
            let (who, text) = line.split_once(": ").unwrap();
            let user = UserId::from(format!("@{who}:localhost"));
            let name = self.homeserver.name_of(&user);
            format!("{}: {text}", name.as_deref().unwrap_or(who))
        };
        self.room.lines().into_iter().map(named).collect()
    }

    /// The last line.
    pub(crate) fn last(&self) -> String {
        self.lines().pop().unwrap_or_default()
    }

    /// The event of the last line that says `text`.
    pub(crate) fn event(&self, text: &str) -> EventId {
        let found = self.room.find(text);
        found
            .unwrap_or_else(|| panic!("nothing says «{text}»"))
            .id
            .clone()
    }

    /// Who the last line that says `text` rings, by the names before the colon.
    pub(crate) fn rings(&self, text: &str) -> Vec<String> {
        let found = self.room.find(text);
        let rung = found
            .unwrap_or_else(|| panic!("nothing says «{text}»"))
            .rings();
        rung.iter()
            .map(|user| user.localpart().to_owned())
            .collect()
    }

    /// The last event that one of our users has read, by the name shown.
    pub(crate) fn read_by(&self, name: &str) -> Option<EventId> {
        let mut readers = self.room.receipts.iter();
        let reader =
            readers.find(|(user, _)| self.homeserver.name_of(user).as_deref() == Some(name));
        reader.map(|(_, event)| event.clone())
    }
}
