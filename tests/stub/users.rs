//! Users: registering, devices, profiles, media.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::answer::{Asked, Refusal};
use super::world::{User, World};

/// The most letters of a display name.
const LONGEST_NAME: usize = 256;

/// The most letters of an avatar's address.
const LONGEST_ADDRESS: usize = 1_000;

impl World {
    /// `POST /register` of the application service.
    pub(super) fn register(&mut self, body: &Map<String, Value>) -> Asked {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        if text("type") != Some("m.login.application_service") {
            return Err(Refusal::forbidden("Registration has been disabled"));
        }
        let name =
            text("username").ok_or_else(|| Refusal::bad("M_MISSING_PARAM", "Missing username"))?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| plain(byte) || b"._=-/+".contains(&byte))
        {
            return Err(Refusal::bad("M_INVALID_USERNAME", "Invalid username"));
        }
        if !self.setting.reserves(name) {
            let text = "Invalid user localpart for this application service.";
            return Err(Refusal::bad("M_EXCLUSIVE", text));
        }
        let silent = body.get("inhibit_login").and_then(Value::as_bool) == Some(true);
        if self.setting.devices && !silent {
            let text = "This application service can log nobody in.";
            return Err(Refusal::bad("M_APPSERVICE_LOGIN_UNSUPPORTED", text));
        }
        let id = self.setting.user(name);
        if self.users.contains_key(&id) {
            return Err(Refusal::bad("M_USER_IN_USE", "User ID already taken."));
        }
        self.users.insert(id.clone(), User::default());
        Ok(json!({ "user_id": id, "home_server": self.setting.domain }))
    }

    /// `PUT /devices/{device}`.
    pub(super) fn put_device(&mut self, user: &str, device: &str) -> Asked {
        let makes = self.setting.devices;
        let devices = self.devices(user)?;
        if !devices.contains(device) && !makes {
            return Err(Refusal::missing("No device found"));
        }
        devices.insert(device.to_owned());
        Ok(json!({}))
    }

    /// A user's devices.
    fn devices(&mut self, user: &str) -> Result<&mut HashSet<String>, Refusal> {
        let found = self.users.get_mut(user);
        found
            .map(|user| &mut user.devices)
            .ok_or_else(|| Refusal::missing("Unknown user"))
    }

    /// `GET /profile/{user}`.
    pub(super) fn profile(&self, user: &str) -> Asked {
        let found = self.users.get(user);
        let user = found.ok_or_else(|| Refusal::missing("Profile was not found"))?;
        Ok(json!(user.profile))
    }

    /// `GET /profile/{user}/{field}`.
    pub(super) fn profile_field(&self, user: &str, field: &str) -> Asked {
        let profile = self.profile(user)?;
        let value = profile.get(field);
        let value = value.ok_or_else(|| Refusal::missing("Profile field was not found"))?;
        Ok(json!({ field: value }))
    }

    /// `PUT /profile/{user}/{field}`.
    pub(super) fn put_profile(
        &mut self,
        asker: &str,
        user: &str,
        field: &str,
        body: &Map<String, Value>,
    ) -> Asked {
        if asker != user {
            return Err(Refusal::forbidden("Cannot set another user's profile"));
        }
        let value = body
            .get(field)
            .ok_or_else(|| Refusal::bad("M_MISSING_PARAM", "Missing key in the request"))?;
        let most = match field {
            "displayname" => LONGEST_NAME,
            _ => LONGEST_ADDRESS,
        };
        let fits = |text: &str| text.chars().count() <= most;
        if matches!(field, "displayname" | "avatar_url") && !value.as_str().is_some_and(fits) {
            return Err(Refusal::bad("M_INVALID_PARAM", "Not a text of this length"));
        }
        let Some(found) = self.users.get_mut(user) else {
            return Err(Refusal::missing("Unknown user"));
        };
        let before = found.profile.insert(field.to_owned(), value.clone());
        if before.as_ref() != Some(value) {
            self.show_profile(user);
        }
        Ok(json!({}))
    }

    /// Writes a user's new profile into their rooms, as homeservers do.
    fn show_profile(&mut self, user: &str) {
        for room in self.joined.get(user).cloned().unwrap_or_default() {
            self.set_membership(&room, user, user, "join");
        }
    }

    /// Takes a file; its address.
    pub(super) fn upload(&mut self, body: axum::body::Bytes) -> Value {
        let id = self.fresh();
        self.media.insert(id.clone(), Some(body));
        json!({ "content_uri": self.media_uri(&id) })
    }

    /// `POST /media/v1/create`: an address for a file that comes later.
    pub(super) fn promise_media(&mut self) -> Value {
        let id = self.fresh();
        self.media.insert(id.clone(), None);
        json!({ "content_uri": self.media_uri(&id) })
    }

    /// `PUT /media/v3/upload/{server}/{id}`: the file that was promised.
    pub(super) fn keep_promise(&mut self, id: &str, body: axum::body::Bytes) -> Asked {
        match self.media.get_mut(id) {
            None => Err(Refusal::missing("Unknown media ID")),
            Some(Some(_)) => Err(Refusal::new(
                409,
                "M_CANNOT_OVERWRITE_MEDIA",
                "Media ID already has content",
            )),
            Some(place) => {
                *place = Some(body);
                Ok(json!({}))
            }
        }
    }

    /// A file's address.
    fn media_uri(&self, id: &str) -> String {
        format!("mxc://{}/{id}", self.setting.domain)
    }
}
