//! An agent, or anybody else with a Matrix client.

use loket::domain::ids::{EventId, RoomId, UserId};
use loket::domain::rich::Rich;
use loket::domain::room_event::{Line, RoomContent, RoomEvent, Signal};

use super::TestApp;

/// Somebody with a Matrix client. They act in the only portal there is, unless told
/// otherwise.
#[derive(Debug)]
pub(crate) struct Agent<'a> {
    /// The application.
    app: &'a TestApp,
    /// Their user id.
    user: UserId,
    /// Where they act, if not in the only portal.
    room: Option<RoomId>,
}

impl<'a> Agent<'a> {
    /// `@name:localhost`.
    pub(super) fn new(app: &'a TestApp, name: &str) -> Self {
        Self {
            app,
            user: format!("@{name}:localhost").into(),
            room: None,
        }
    }

    /// The same in another room.
    pub(crate) fn within(mut self, room: &RoomId) -> Self {
        self.room = Some(room.clone());
        self
    }

    /// Where they act.
    fn place(&self) -> RoomId {
        let only = || self.app.room().id.clone();
        self.room.clone().unwrap_or_else(only)
    }

    /// Writes a line; taken in.
    pub(crate) async fn types(&self, text: &str) -> EventId {
        self.does(RoomContent::Line(line(text))).await
    }

    /// Answers an event.
    pub(crate) async fn answers(&self, target: &EventId, text: &str) -> EventId {
        let reply_to = Some(target.clone());
        let line = Line {
            reply_to,
            ..line(text)
        };
        self.does(RoomContent::Line(line)).await
    }

    /// Changes a line.
    pub(crate) async fn edits(&self, target: &EventId, text: &str) -> EventId {
        let replaces = Some(target.clone());
        let line = Line {
            replaces,
            ..line(text)
        };
        self.does(RoomContent::Line(line)).await
    }

    /// Takes an event back.
    pub(crate) async fn redacts(&self, target: &EventId) -> EventId {
        let target = target.clone();
        self.does(RoomContent::Redaction { target }).await
    }

    /// Reacts to an event.
    pub(crate) async fn reacts(&self, target: &EventId, key: &str) -> EventId {
        let (target, key) = (target.clone(), key.to_owned());
        self.does(RoomContent::Reaction { target, key }).await
    }

    /// Does anything that is an event.
    pub(crate) async fn does(&self, content: RoomContent) -> EventId {
        let event = self.event(content);
        let id = event.id.clone();
        self.app.transaction(vec![event], Vec::new()).await;
        self.app.settle().await;
        id
    }

    /// An event that the homeserver has and tells nobody yet.
    pub(crate) fn event(&self, content: RoomContent) -> RoomEvent {
        let homeserver = &self.app.homeserver;
        let mut event = homeserver.sends(self.user.as_str(), &self.place(), content);
        event.at = self.app.works().clock.now();
        homeserver.date(&event.id, event.at);
        event
    }

    /// A line that the homeserver has and tells nobody yet.
    pub(crate) fn line(&self, text: &str) -> RoomEvent {
        self.event(RoomContent::Line(line(text)))
    }

    /// Has read up to an event.
    pub(crate) async fn reads(&self, event: &EventId) {
        self.signals(Signal::Read {
            room: self.place(),
            user: self.user.clone(),
            event: event.clone(),
        })
        .await;
    }

    /// Is typing.
    pub(crate) async fn is_typing(&self) {
        self.signals(Signal::Typing {
            room: self.place(),
            users: vec![self.user.clone()],
        })
        .await;
    }

    /// Does something that is not stored.
    async fn signals(&self, signal: Signal) {
        self.app.transaction(Vec::new(), vec![signal]).await;
        self.app.settle().await;
    }
}

/// A plain line.
fn line(text: &str) -> Line {
    Line {
        msgtype: "m.text".into(),
        body: text.into(),
        text: Rich::from_plain(text),
        mentions: Vec::new(),
        reply_to: None,
        thread: None,
        replaces: None,
    }
}
