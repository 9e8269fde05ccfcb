//! What a [`FakeHomeserver`](super::FakeHomeserver) keeps of a room.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::ids::{EventId, RoomId, UserId};
use crate::domain::room::{Face, OutgoingContent, Recipe};
use crate::domain::room_event::RoomContent;

/// A room.
#[derive(Debug, Clone)]
pub struct FakeRoom {
    /// Its id.
    pub id: RoomId,
    /// What it was made of.
    pub recipe: Recipe,
    /// Everybody's membership.
    pub members: BTreeMap<UserId, String>,
    /// Power levels of users besides the desk.
    pub powers: BTreeMap<UserId, i64>,
    /// Its events, in order; edits, reactions and redactions are events too.
    pub events: Vec<FakeEvent>,
    /// Every face it was given, in order; the last is shown.
    pub faces: Vec<Face>,
    /// A space's rooms, in order.
    pub children: Vec<RoomId>,
    /// The last event that each user has read.
    pub receipts: BTreeMap<UserId, EventId>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// How often it was nudged.
    pub nudges: usize,
}

/// An event.
#[derive(Debug, Clone)]
pub struct FakeEvent {
    /// Its id.
    pub id: EventId,
    /// Who wrote it.
    pub author: UserId,
    /// The time shown, if it was given.
    pub at: Option<Timestamp>,
    /// `org.loket.id`.
    pub loket_id: Option<String>,
    /// What it says.
    pub content: FakeContent,
    /// Whether it was taken back.
    pub redacted: bool,
}

/// What a [`FakeEvent`] says.
#[derive(Debug, Clone)]
pub enum FakeContent {
    /// Written by the daemon.
    Ours(OutgoingContent),
    /// Written by somebody else.
    Theirs(RoomContent),
}

impl FakeRoom {
    /// A new room with its creator in it.
    pub(super) fn new(id: RoomId, recipe: Recipe, creator: UserId) -> Self {
        let mut members = BTreeMap::from([(creator, "join".to_owned())]);
        for user in &recipe.invite {
            members
                .entry(user.clone())
                .or_insert_with(|| "invite".into());
        }
        Self {
            id,
            members,
            powers: recipe.powers.clone(),
            recipe,
            events: Vec::new(),
            faces: Vec::new(),
            children: Vec::new(),
            receipts: BTreeMap::new(),
            encrypted: false,
            nudges: 0,
        }
    }

    /// The room's name as shown now.
    pub fn name(&self) -> &str {
        self.faces
            .last()
            .map_or(&self.recipe.name, |face| &face.name)
    }

    /// A user's membership; empty if they were never there.
    pub fn membership(&self, user: &str) -> &str {
        self.members
            .get(&UserId::from(user))
            .map_or("", String::as_str)
    }

    /// Every line as a client shows it, in order: `<localpart>: <text>`, edits
    /// applied, what was taken back left out.
    pub fn lines(&self) -> Vec<String> {
        self.events
            .iter()
            .filter(|event| !event.redacted)
            .filter_map(|event| {
                let text = event.text().filter(|_| event.replaces().is_none())?;
                let text = self.newest_edit(&event.id).unwrap_or(text);
                Some(format!("{}: {text}", event.author.localpart()))
            })
            .collect()
    }

    /// The reactions on an event, in order, without those taken back.
    pub fn reactions(&self, target: &EventId) -> Vec<String> {
        let reactions = self.events.iter().filter(|event| !event.redacted);
        reactions
            .filter_map(|event| match &event.content {
                FakeContent::Ours(OutgoingContent::Reaction { target: on, key })
                | FakeContent::Theirs(RoomContent::Reaction { target: on, key }) => {
                    (on == target).then(|| key.clone())
                }
                _ => None,
            })
            .collect()
    }

    /// The last event that says `text`, in its newest form.
    pub fn find(&self, text: &str) -> Option<&FakeEvent> {
        let shows = |event: &&FakeEvent| {
            let shown = self.newest_edit(&event.id).or_else(|| event.text());
            !event.redacted && event.replaces().is_none() && shown.as_deref() == Some(text)
        };
        self.events.iter().rev().find(shows)
    }

    /// The text of the last edit of an event.
    fn newest_edit(&self, target: &EventId) -> Option<String> {
        let mut newest = self.events.iter().rev();
        newest
            .find(|event| event.replaces() == Some(target) && !event.redacted)?
            .text()
    }
}

impl FakeEvent {
    /// The plain text of a message.
    pub fn text(&self) -> Option<String> {
        match &self.content {
            FakeContent::Ours(OutgoingContent::Text { text, .. }) => Some(text.plain()),
            FakeContent::Ours(OutgoingContent::Location { text, .. }) => Some(text.clone()),
            FakeContent::Theirs(RoomContent::Line(line)) => Some(line.body.clone()),
            FakeContent::Ours(_) | FakeContent::Theirs(_) => None,
        }
    }

    /// The event that an edit replaces.
    pub fn replaces(&self) -> Option<&EventId> {
        match &self.content {
            FakeContent::Ours(OutgoingContent::Text { replaces, .. }) => replaces.as_ref(),
            FakeContent::Theirs(RoomContent::Line(line)) => line.replaces.as_ref(),
            FakeContent::Ours(_) | FakeContent::Theirs(_) => None,
        }
    }

    /// Who it rings.
    pub fn rings(&self) -> Vec<UserId> {
        match &self.content {
            FakeContent::Ours(
                OutgoingContent::Text { ring, .. } | OutgoingContent::Location { ring, .. },
            ) => ring.clone(),
            FakeContent::Ours(_) | FakeContent::Theirs(_) => Vec::new(),
        }
    }
}
