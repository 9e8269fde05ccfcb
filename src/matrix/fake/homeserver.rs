//! The trait, carried out in memory.

use std::future::pending;

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Ask, FakeContent, FakeEvent, FakeHomeserver, Late, State, refused};
use crate::domain::contact::ChannelKind;
use crate::domain::ids::{EventId, IdentityId, RoomId, UserId};
use crate::domain::room::{Face, Ghost, Outgoing, OutgoingContent, Recipe};
use crate::domain::room_event::RoomContent;
use crate::matrix::{Homeserver, MatrixError, News, Page};

#[async_trait]
impl Homeserver for FakeHomeserver {
    fn desk(&self) -> UserId {
        self.names.desk()
    }

    fn ghost(&self, channel: ChannelKind, identity: &IdentityId) -> UserId {
        self.names.ghost(channel, identity)
    }

    fn skew(&self) -> Option<SignedDuration> {
        self.lock().skew
    }

    fn is_ours(&self, user: &UserId) -> bool {
        self.names.is_ours(user)
    }

    fn reserved(&self, name: &str) -> String {
        self.names.reserved(name)
    }

    fn alias(&self, localpart: &str) -> String {
        self.names.alias(localpart)
    }

    async fn ensure_desk(&self) -> Result<(), MatrixError> {
        self.serve(Ask::EnsureUser, |state| {
            state.users.insert(self.names.desk(), "Loket".into());
            Ok(())
        })
    }

    async fn ensure_ghost(&self, ghost: &Ghost) -> Result<(), MatrixError> {
        self.serve(Ask::EnsureUser, |state| {
            if !self.names.is_ours(&ghost.user) {
                return Err(refused("M_EXCLUSIVE", 403));
            }
            state.users.insert(ghost.user.clone(), ghost.name.clone());
            Ok(())
        })
    }

    async fn ensure_photo(&self, ghost: &UserId) -> Result<String, MatrixError> {
        self.serve(Ask::EnsureUser, |_state| {
            Ok(format!("mxc://localhost/{}", ghost.localpart()))
        })
    }

    async fn create_room(&self, recipe: &Recipe) -> Result<RoomId, MatrixError> {
        if self.delays(Ask::CreateRoom, || Late::CreateRoom(recipe.clone())) {
            pending::<()>().await;
        }
        self.create_now(recipe)
    }

    async fn find_room(&self, alias: &str, loket_id: &str) -> Result<Option<RoomId>, MatrixError> {
        self.serve(Ask::FindRoom, |state| {
            let Some(id) = state.aliases.get(alias).cloned() else {
                return Ok(None);
            };
            let ours = state.room(&id)?.recipe.loket_id == loket_id;
            Ok(ours.then_some(id))
        })
    }

    async fn join(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        self.serve(Ask::Join, |state| {
            self.registered(state, user)?;
            let allow = state.room(room)?.recipe.allow.clone();
            let may = allow
                .and_then(|space| state.room(&space).ok())
                .is_some_and(|space| space.membership(user.as_str()) == "join");
            let room = state.room(room)?;
            if !may && !matches!(room.membership(user.as_str()), "invite" | "join") {
                return Err(refused("M_FORBIDDEN", 403));
            }
            room.members.insert(user.clone(), "join".into());
            Ok(())
        })
    }

    async fn invite(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        self.serve(Ask::Invite, |state| {
            if state.barred.contains(user) {
                return Err(refused("M_FORBIDDEN", 403));
            }
            let room = state.room(room)?;
            if room.membership(user.as_str()) != "join" {
                room.members.insert(user.clone(), "invite".into());
            }
            Ok(())
        })
    }

    async fn members(&self, room: &RoomId) -> Result<Vec<UserId>, MatrixError> {
        self.serve(Ask::Members, |state| {
            let members = &state.room(room)?.members;
            Ok(members
                .iter()
                .filter(|(_, membership)| matches!(membership.as_str(), "join" | "invite"))
                .map(|(user, _)| user.clone())
                .collect())
        })
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError> {
        if self.delays(Ask::Send, || Late::Send(outgoing.clone())) {
            pending::<()>().await;
        }
        self.send_now(outgoing)
    }

    async fn find_event(
        &self,
        room: &RoomId,
        loket_id: &str,
        limit: u32,
    ) -> Result<Option<EventId>, MatrixError> {
        self.serve(Ask::FindEvent, |state| {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let mut newest = state.room(room)?.events.iter().rev().take(limit);
            let found = newest.find(|event| event.loket_id.as_deref() == Some(loket_id));
            Ok(found.map(|event| event.id.clone()))
        })
    }

    async fn show_face(
        &self,
        room: &RoomId,
        shown: Option<&Face>,
        wanted: &Face,
    ) -> Result<(), MatrixError> {
        self.serve(Ask::ShowFace, |state| {
            let room = state.room(room)?;
            if shown != Some(wanted) && room.faces.last() != Some(wanted) {
                room.faces.push(wanted.clone());
            }
            Ok(())
        })
    }

    async fn add_child(&self, space: &RoomId, child: &RoomId) -> Result<(), MatrixError> {
        self.serve(Ask::AddChild, |state| {
            let children = &mut state.room(space)?.children;
            if !children.contains(child) {
                children.push(child.clone());
            }
            Ok(())
        })
    }

    async fn set_powers(&self, room: &RoomId, powers: &[(UserId, i64)]) -> Result<(), MatrixError> {
        self.serve(Ask::SetPowers, |state| {
            let room = state.room(room)?;
            room.powers.extend(powers.iter().cloned());
            Ok(())
        })
    }

    async fn read(&self, user: &UserId, room: &RoomId, event: &EventId) -> Result<(), MatrixError> {
        self.serve(Ask::Read, |state| {
            self.registered(state, user)?;
            let receipts = &mut state.room(room)?.receipts;
            receipts.insert(user.clone(), event.clone());
            Ok(())
        })
    }

    async fn is_encrypted(&self, room: &RoomId) -> Result<bool, MatrixError> {
        self.serve(Ask::IsEncrypted, |state| {
            let room = state.room(room)?;
            let switched_on = room.events.iter().any(|event| {
                matches!(
                    event.content,
                    FakeContent::Theirs(RoomContent::EncryptionOn)
                )
            });
            Ok(room.encrypted || switched_on)
        })
    }

    async fn ping(&self) -> Result<SignedDuration, MatrixError> {
        self.serve(Ask::Ping, |_| Ok(SignedDuration::from_millis(1)))
    }

    async fn nudge(&self, room: &RoomId) -> Result<(), MatrixError> {
        self.serve(Ask::Nudge, |state| {
            state.room(room)?.nudges += 1;
            Ok(())
        })
    }

    async fn news(&self, since: Option<&str>) -> Result<News, MatrixError> {
        self.serve(Ask::News, |state| state.news(since, &self.names.desk()))
    }

    async fn history(&self, room: &RoomId, from: &str, to: &str) -> Result<Page, MatrixError> {
        self.serve(Ask::History, |state| state.history(room, from, to))
    }

    async fn interrupted(&self) {
        self.away.notified().await;
    }

    async fn doubted(&self) {
        self.doubt.notified().await;
    }
}

impl FakeHomeserver {
    /// Creates a room.
    pub(super) fn create_now(&self, recipe: &Recipe) -> Result<RoomId, MatrixError> {
        self.serve(Ask::CreateRoom, |state| {
            let alias = self.names.alias(&recipe.alias);
            if state.aliases.contains_key(&alias) {
                return Err(refused("M_ROOM_IN_USE", 400));
            }
            let id = state.add_room(recipe.clone(), self.names.desk());
            state.aliases.insert(alias, id.clone());
            Ok(id)
        })
    }

    /// Writes an event.
    pub(super) fn send_now(&self, outgoing: &Outgoing) -> Result<EventId, MatrixError> {
        self.serve(Ask::Send, |state| {
            self.registered(state, &outgoing.author)?;
            let key = (outgoing.room.clone(), outgoing.loket_id.clone());
            if let Some(before) = state.transactions.get(&key) {
                return Ok(before.clone());
            }
            let room = state.room(&outgoing.room)?;
            if room.membership(outgoing.author.as_str()) != "join" {
                return Err(refused("M_FORBIDDEN", 403));
            }
            if let OutgoingContent::Reaction { target, .. } = &outgoing.content {
                let known = room.events.iter().any(|event| event.id == *target);
                known
                    .then_some(())
                    .ok_or_else(|| refused("M_UNKNOWN", 400))?;
            }
            if let OutgoingContent::Redaction { target } = &outgoing.content {
                let event = room.events.iter_mut().find(|event| event.id == *target);
                event.ok_or_else(|| refused("M_NOT_FOUND", 404))?.redacted = true;
            }
            let id = state.new_event();
            state.room(&outgoing.room)?.events.push(FakeEvent {
                id: id.clone(),
                author: outgoing.author.clone(),
                at: outgoing.at,
                loket_id: Some(outgoing.loket_id.clone()),
                content: FakeContent::Ours(outgoing.content.clone()),
                redacted: false,
            });
            state.transactions.insert(key, id.clone());
            Ok(id)
        })
    }

    /// Refuses users of ours that were never registered; the desk always is.
    fn registered(&self, state: &State, user: &UserId) -> Result<(), MatrixError> {
        let known = state.users.contains_key(user) || *user == self.names.desk();
        if known {
            return Ok(());
        }
        Err(refused("M_FORBIDDEN", 403))
    }
}
