//! How a homeserver is set up.

use std::time::Duration;

/// A homeserver with the registration of one application service.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// The port to listen on; 0 = any.
    pub(crate) port: u16,
    /// The server's name.
    pub(crate) domain: String,
    /// The version of new rooms.
    pub(crate) room_version: String,
    /// The registration's `id`.
    pub(crate) id: String,
    /// The registration's `url`: where transactions go. `None` = nowhere.
    pub(crate) url: Option<String>,
    /// The registration's `as_token`.
    pub(crate) as_token: String,
    /// The registration's `hs_token`.
    pub(crate) hs_token: String,
    /// The registration's `sender_localpart`.
    pub(crate) sender: String,
    /// A localpart of the exclusive namespace.
    pub(crate) desk: String,
    /// What the other localparts of the exclusive namespace begin with.
    pub(crate) prefix: String,
    /// `receive_ephemeral`.
    pub(crate) ephemeral: bool,
    /// `io.element.msc4190`: devices can be made, registering logs nobody in.
    pub(crate) devices: bool,
    /// Whether users who are not the application service's accept invitations at
    /// once.
    pub(crate) auto_accept: bool,
    /// The first wait after a failed transaction; it doubles up to 256 times this.
    /// Synapse's is two seconds.
    pub(crate) backoff: Duration,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            port: 0,
            domain: "localhost".to_owned(),
            room_version: "12".to_owned(),
            id: "loket".to_owned(),
            url: None,
            as_token: "as_0123456789abcdef".to_owned(),
            hs_token: "hs_0123456789abcdef".to_owned(),
            sender: "_unused_sender".to_owned(),
            desk: "loket".to_owned(),
            prefix: "loket_".to_owned(),
            ephemeral: true,
            devices: true,
            auto_accept: true,
            backoff: Duration::from_secs(2),
        }
    }
}

impl Setting {
    /// Whether a user belongs to the application service.
    pub(super) fn is_ours(&self, user: &str) -> bool {
        let Some((local, domain)) = user.strip_prefix('@').and_then(|user| user.split_once(':'))
        else {
            return false;
        };
        domain == self.domain && self.reserves(local)
    }

    /// Whether a localpart belongs to the application service.
    pub(super) fn reserves(&self, local: &str) -> bool {
        local == self.desk || local == self.sender || local.starts_with(&self.prefix)
    }

    /// The user of a localpart.
    pub(super) fn user(&self, local: &str) -> String {
        format!("@{local}:{}", self.domain)
    }
}
