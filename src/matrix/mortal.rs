//! A homeserver before whose requests, and after whose answers, the process may die.
//! For tests.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Homeserver, MatrixError, News, Page, SharedHomeserver};
use crate::crash::{Crash, Spot};
use crate::domain::contact::ChannelKind;
use crate::domain::ids::{EventId, IdentityId, RoomId, UserId};
use crate::domain::room::{Face, Ghost, Outgoing, Recipe};

/// A homeserver that is asked between two points.
#[derive(Debug)]
pub struct Mortal {
    /// Who answers.
    inner: SharedHomeserver,
    /// Where the process dies.
    crash: Crash,
}

impl Mortal {
    /// Asks `inner`, and dies as `crash` says.
    pub fn new(inner: SharedHomeserver, crash: Crash) -> Self {
        Self { inner, crash }
    }
}

#[async_trait]
impl Homeserver for Mortal {
    fn desk(&self) -> UserId {
        self.inner.desk()
    }

    fn ghost(&self, channel: ChannelKind, identity: &IdentityId) -> UserId {
        self.inner.ghost(channel, identity)
    }

    fn skew(&self) -> Option<SignedDuration> {
        self.inner.skew()
    }

    fn is_ours(&self, user: &UserId) -> bool {
        self.inner.is_ours(user)
    }

    fn alias(&self, localpart: &str) -> String {
        self.inner.alias(localpart)
    }

    fn reserved(&self, name: &str) -> String {
        self.inner.reserved(name)
    }

    async fn ensure_desk(&self) -> Result<(), MatrixError> {
        let request = self.inner.ensure_desk();
        self.crash.around(Spot::EnsureDesk, request).await
    }

    async fn ensure_ghost(&self, ghost: &Ghost) -> Result<(), MatrixError> {
        let request = self.inner.ensure_ghost(ghost);
        self.crash.around(Spot::EnsureGhost, request).await
    }

    async fn ensure_photo(&self, ghost: &UserId) -> Result<String, MatrixError> {
        let request = self.inner.ensure_photo(ghost);
        self.crash.around(Spot::EnsurePhoto, request).await
    }

    async fn create_room(&self, recipe: &Recipe) -> Result<RoomId, MatrixError> {
        let request = self.inner.create_room(recipe);
        self.crash.around(Spot::CreateRoom, request).await
    }

    async fn find_room(&self, alias: &str, loket_id: &str) -> Result<Option<RoomId>, MatrixError> {
        let request = self.inner.find_room(alias, loket_id);
        self.crash.around(Spot::FindRoom, request).await
    }

    async fn join(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        let request = self.inner.join(user, room);
        self.crash.around(Spot::Join, request).await
    }

    async fn invite(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        let request = self.inner.invite(user, room);
        self.crash.around(Spot::Invite, request).await
    }

    async fn members(&self, room: &RoomId) -> Result<Vec<UserId>, MatrixError> {
        let request = self.inner.members(room);
        self.crash.around(Spot::Members, request).await
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError> {
        let request = self.inner.send(outgoing);
        self.crash.around(Spot::Send, request).await
    }

    async fn find_event(
        &self,
        room: &RoomId,
        loket_id: &str,
        limit: u32,
    ) -> Result<Option<EventId>, MatrixError> {
        let request = self.inner.find_event(room, loket_id, limit);
        self.crash.around(Spot::FindEvent, request).await
    }

    async fn show_face(
        &self,
        room: &RoomId,
        shown: Option<&Face>,
        wanted: &Face,
    ) -> Result<(), MatrixError> {
        let request = self.inner.show_face(room, shown, wanted);
        self.crash.around(Spot::ShowFace, request).await
    }

    async fn add_child(&self, space: &RoomId, child: &RoomId) -> Result<(), MatrixError> {
        let request = self.inner.add_child(space, child);
        self.crash.around(Spot::AddChild, request).await
    }

    async fn set_powers(&self, room: &RoomId, powers: &[(UserId, i64)]) -> Result<(), MatrixError> {
        let request = self.inner.set_powers(room, powers);
        self.crash.around(Spot::SetPowers, request).await
    }

    async fn read(&self, user: &UserId, room: &RoomId, event: &EventId) -> Result<(), MatrixError> {
        let request = self.inner.read(user, room, event);
        self.crash.around(Spot::Read, request).await
    }

    async fn is_encrypted(&self, room: &RoomId) -> Result<bool, MatrixError> {
        let request = self.inner.is_encrypted(room);
        self.crash.around(Spot::IsEncrypted, request).await
    }

    async fn ping(&self) -> Result<SignedDuration, MatrixError> {
        let request = self.inner.ping();
        self.crash.around(Spot::Ping, request).await
    }

    async fn nudge(&self, room: &RoomId) -> Result<(), MatrixError> {
        let request = self.inner.nudge(room);
        self.crash.around(Spot::Nudge, request).await
    }

    async fn news(&self, since: Option<&str>) -> Result<News, MatrixError> {
        let request = self.inner.news(since);
        self.crash.around(Spot::News, request).await
    }

    async fn history(&self, room: &RoomId, from: &str, to: &str) -> Result<Page, MatrixError> {
        let request = self.inner.history(room, from, to);
        self.crash.around(Spot::History, request).await
    }

    async fn interrupted(&self) {
        self.inner.interrupted().await;
    }

    async fn doubted(&self) {
        self.inner.doubted().await;
    }
}
