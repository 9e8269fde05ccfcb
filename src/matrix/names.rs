//! Who and what is ours on the homeserver, by name alone.

use super::MatrixError;
use crate::domain::contact::ChannelKind;
use crate::domain::ids::{IdentityId, UserId};

/// The names that the registration reserves for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The homeserver's domain.
    pub domain: String,
    /// The desk's localpart (`loket`).
    pub desk: String,
    /// What our other users' localparts begin with (`loket_`).
    pub ghost_prefix: String,
}

impl Names {
    /// The desk's user.
    pub fn desk(&self) -> UserId {
        self.user(&self.desk)
    }

    /// A customer's ghost.
    pub fn ghost(&self, channel: ChannelKind, identity: &IdentityId) -> UserId {
        let id = identity.as_str();
        let id = id.strip_prefix("idn_").unwrap_or(id);
        self.user(&format!("{}{}_{id}", self.ghost_prefix, channel.short()))
    }

    /// The user in no room, whose requests watch over the homeserver.
    pub fn watch(&self) -> UserId {
        self.user(&format!("{}watch", self.ghost_prefix))
    }

    /// Whether a user is the desk or one of our ghosts.
    pub fn is_ours(&self, user: &UserId) -> bool {
        let local = user.localpart();
        user.server() == self.domain
            && (local == self.desk || local.starts_with(&self.ghost_prefix))
    }

    /// The full alias of an alias's localpart.
    pub fn alias(&self, localpart: &str) -> String {
        format!("#{localpart}:{}", self.domain)
    }

    /// An alias's localpart that the registration reserves for us.
    pub fn reserved(&self, name: &str) -> String {
        format!("{}{name}", self.ghost_prefix)
    }

    /// The user of a localpart.
    fn user(&self, localpart: &str) -> UserId {
        format!("@{localpart}:{}", self.domain).into()
    }
}

/// Reads an id as ruma knows it.
///
/// # Errors
/// `Refused` with `M_INVALID_PARAM`, as a homeserver would say.
pub(super) fn id<T: for<'a> TryFrom<&'a str>>(text: &str) -> Result<T, MatrixError> {
    T::try_from(text).map_err(|_unreadable| MatrixError::Refused {
        code: "M_INVALID_PARAM".into(),
        status: 400,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            domain: "example.org".into(),
            desk: "loket".into(),
            ghost_prefix: "loket_".into(),
        }
    }

    #[test]
    fn a_ghost_is_named_after_our_own_id() {
        assert_eq!(
            names().ghost(ChannelKind::Whatsapp, &"idn_019a".into()),
            UserId::from("@loket_wa_019a:example.org")
        );
        assert_eq!(names().alias("loket_x"), "#loket_x:example.org");
    }

    #[test]
    fn only_our_users_of_our_server_are_ours() {
        let ours = |user: &str| names().is_ours(&user.into());
        assert!(ours("@loket:example.org") && ours("@loket_wa_1:example.org"));
        for user in [
            "@loket:example.com",
            "@loket_wa_1:example.org:8448",
            "@loketx:example.org",
            "@Loket:example.org",
            "@ayu:example.org",
            "loket",
        ] {
            assert!(!ours(user), "{user}");
        }
    }
}
