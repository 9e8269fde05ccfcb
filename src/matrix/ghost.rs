//! The desk's and the ghosts' users: registering, devices, names, membership,
//! receipts.

use std::sync::atomic::Ordering;

use ruma::api::client::account::register;
use ruma::api::client::device::update_device;
use ruma::api::client::media::create_content;
use ruma::api::client::membership::{get_member_events, invite_user, join_room_by_id};
use ruma::api::client::profile::set_profile_field;
use ruma::api::client::receipt::create_receipt;
use ruma::events::room::member::MembershipState;
use ruma::profile::ProfileFieldValue;
use serde::Deserialize;

use super::MatrixError;
use super::client::Client;
use super::names::id;
use super::photo;
use super::wire::{Call, DEVICE, Share};
use crate::domain::ids::{EventId, RoomId, UserId};

/// The most letters of a display name; Synapse refuses more than 256.
const NAME_LENGTH: usize = 250;

/// A member as far as we read it.
#[derive(Deserialize)]
struct Member {
    /// Who.
    state_key: String,
    /// How.
    content: Membership,
}

/// A member event's content as far as we read it.
#[derive(Deserialize)]
struct Membership {
    /// `join`, `invite`, …
    membership: String,
}

impl Membership {
    /// Whether the user is in the room or may come at once.
    fn counts(&self) -> bool {
        self.membership == "join" || self.membership == "invite"
    }
}

impl Client {
    /// Registers a user of ours and its device if need be, and sets its name. What
    /// was done once is remembered.
    pub(super) async fn ensure_user(&self, user: &UserId, name: &str) -> Result<(), MatrixError> {
        let name: String = name.chars().take(NAME_LENGTH).collect();
        let known = self.known.get(user);
        if known.as_ref() == Some(&name) {
            return Ok(());
        }
        if known.is_none() {
            self.register(user).await?;
            self.make_device(user).await?;
        }
        let call = Call::new("set_name", Share::Rooms, user);
        let value = ProfileFieldValue::DisplayName(name.clone());
        let request = set_profile_field::v3::Request::new(id(user.as_str())?, value);
        self.wire.ask(call, request).await?;
        self.known.insert(user.clone(), name);
        Ok(())
    }

    /// Registers a user; fine if it exists.
    async fn register(&self, user: &UserId) -> Result<(), MatrixError> {
        let mut request = register::v3::Request::new();
        request.username = Some(user.localpart().to_owned());
        request.login_type = Some(register::LoginType::ApplicationService);
        // Servers without logins of application services refuse anything else.
        request.inhibit_login = true;
        let call = Call {
            user: None,
            ..Call::new("register", Share::Rooms, user)
        };
        match self.wire.ask(call, request).await {
            Err(MatrixError::Refused { code, .. }) if code == "M_USER_IN_USE" => Ok(()),
            other => other.map(|_registered| ()),
        }
    }

    /// Makes a user's device; fine if it exists. A homeserver that makes no devices
    /// costs us only the recognition of repeated sends after its own crash.
    async fn make_device(&self, user: &UserId) -> Result<(), MatrixError> {
        if !self.has_devices.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut request = update_device::v3::Request::new(DEVICE.into());
        request.display_name = Some("Loket".into());
        let call = Call::new("make_device", Share::Rooms, user);
        match self.wire.ask(call, request).await {
            Err(MatrixError::Refused { code, status: 404 }) => {
                self.has_devices.store(false, Ordering::Relaxed);
                tracing::warn!(
                    code,
                    "the homeserver makes no devices for us: is io.element.msc4190 in the registration?",
                );
                Ok(())
            }
            other => other.map(|_made| ()),
        }
    }

    /// Gives a user of ours a photo; its `mxc:` address.
    pub(super) async fn give_photo(&self, user: &UserId) -> Result<String, MatrixError> {
        if let Some(photo) = self.photos.get(user) {
            return Ok(photo);
        }
        let file = photo::draw(user.as_str()).map_err(|error| MatrixError::Retry {
            after: None,
            detail: error.to_string(),
        })?;
        let mut request = create_content::v3::Request::new(file);
        request.filename = Some("photo.png".into());
        request.content_type = Some("image/png".into());
        let call = Call::new("upload", Share::Rooms, user);
        let uploaded = self.wire.ask(call, request).await?;
        let call = Call::new("set_photo", Share::Rooms, user);
        let value = ProfileFieldValue::AvatarUrl(uploaded.content_uri.clone());
        let request = set_profile_field::v3::Request::new(id(user.as_str())?, value);
        self.wire.ask(call, request).await?;
        let photo = uploaded.content_uri.to_string();
        self.photos.insert(user.clone(), photo.clone());
        Ok(photo)
    }

    /// Joins a room as a user.
    pub(super) async fn join_room(&self, user: &UserId, room: &RoomId) -> Result<(), MatrixError> {
        let call = Call::new("join", Share::Rooms, user);
        let request = join_room_by_id::v3::Request::new(id(room.as_str())?);
        self.wire.ask(call, request).await.map(|_joined| ())
    }

    /// Invites a user as the desk. Homeservers refuse to invite who is there.
    pub(super) async fn invite_user(
        &self,
        user: &UserId,
        room: &RoomId,
    ) -> Result<(), MatrixError> {
        let who = invite_user::v3::InviteUserId::new(id(user.as_str())?);
        let request = invite_user::v3::Request::new(id(room.as_str())?, who.into());
        let call = self.as_desk("invite", Share::Rooms);
        let Err(error) = self.wire.ask(call, request).await else {
            return Ok(());
        };
        if matches!(error, MatrixError::Refused { status: 403, .. }) {
            let state = self.state(room, "m.room.member", user.as_str()).await?;
            let membership = state.and_then(|state| serde_json::from_value(state).ok());
            if membership.is_some_and(|membership: Membership| membership.counts()) {
                return Ok(());
            }
        }
        Err(error)
    }

    /// Everybody who is in a room or invited.
    pub(super) async fn members_of(&self, room: &RoomId) -> Result<Vec<UserId>, MatrixError> {
        let mut request = get_member_events::v3::Request::new(id(room.as_str())?);
        request.not_membership = Some(MembershipState::Leave);
        let call = self.as_desk("members", Share::Others);
        let answer = self.wire.ask(call, request).await?;
        let members = answer.chunk.into_iter();
        Ok(members
            .filter_map(|event| event.deserialize_as_unchecked::<Member>().ok())
            .filter(|member| member.content.counts())
            .map(|member| member.state_key.into())
            .collect())
    }

    /// Marks an event as read by a user.
    pub(super) async fn mark_read(
        &self,
        user: &UserId,
        room: &RoomId,
        event: &EventId,
    ) -> Result<(), MatrixError> {
        let request = create_receipt::v3::Request::new(
            id(room.as_str())?,
            create_receipt::v3::ReceiptType::Read,
            id(event.as_str())?,
        );
        let call = Call::new("read", Share::Others, user);
        self.wire.ask(call, request).await.map(|_read| ())
    }
}
