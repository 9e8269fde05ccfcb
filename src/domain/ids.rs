//! Names of things. Ours are time-ordered and prefixed (`cnv_…`); those of
//! Matrix and of providers are carried as they came.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Defines a text id; with a prefix also how a new one is made.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        id!($(#[$doc])* $name);

        impl $name {
            /// The id made of `uuid`, which must be time-ordered (version 7).
            pub fn new(uuid: Uuid) -> Self {
                Self(format!(concat!($prefix, "_{}"), uuid.simple()))
            }
        }
    };
}

id!(
    /// A contact: a person.
    ContactId, "con"
);
id!(
    /// An identity: one customer on one channel.
    IdentityId, "idn"
);
id!(
    /// A conversation: one identity on one account.
    ConversationId, "cnv"
);
id!(
    /// A message, of a customer or to one.
    MessageId, "msg"
);
id!(
    /// An attempt to send one part of a message; travels to the provider.
    AttemptId, "att"
);
id!(
    /// A row of the inbox or outbox. Effects of an inbox row are named after it:
    /// [`RowId::child`].
    RowId, "row"
);
id!(
    /// A whole webhook body that is kept.
    BodyId, "bod"
);
id!(
    /// An account of ours on a channel, as named in the configuration (`wa`).
    AccountId
);
id!(
    /// A team, as named in the configuration (`main`).
    TeamId
);
id!(
    /// The provider's id of a message (on WhatsApp a `wamid`).
    ProviderId
);
id!(
    /// A Matrix event id (`$…`).
    EventId
);
id!(
    /// A Matrix room id (`!…`).
    RoomId
);
id!(
    /// A Matrix user id (`@ayu:example.org`).
    UserId
);

impl RowId {
    /// The id of the `n`th thing that this row brings about: the same at every
    /// replay, so that nothing is brought about twice.
    #[must_use]
    pub fn child(&self, n: usize) -> Self {
        Self(format!("{}.{n}", self.0))
    }
}

impl MessageId {
    /// The message that the inbox row `row` brings: the same at every replay.
    pub fn of_row(row: &RowId) -> Self {
        Self(format!("msg_{}", row.0.trim_start_matches("row_")))
    }
}

impl UserId {
    /// The part before the colon, without `@`; the whole text if it has no colon.
    pub fn localpart(&self) -> &str {
        let name = self.0.strip_prefix('@').unwrap_or(&self.0);
        name.split_once(':').map_or(name, |(local, _)| local)
    }

    /// What people call the user as long as nobody told another name: the localpart
    /// with a capital (`Ayu`).
    pub fn title(&self) -> String {
        let mut letters = self.localpart().chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }

    /// The server's name; empty if the id has none.
    pub fn server(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, server)| server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_of_a_row_have_the_same_ids_at_every_replay() {
        let row = RowId::new(Uuid::nil());
        assert_eq!(
            row.child(2).as_str(),
            "row_00000000000000000000000000000000.2"
        );
        assert_eq!(
            MessageId::of_row(&row).as_str(),
            "msg_00000000000000000000000000000000"
        );
    }

    #[test]
    fn a_user_id_falls_into_localpart_and_server() {
        let user = UserId::from("@ayu:example.org:8448");
        assert_eq!(
            (user.localpart(), user.server()),
            ("ayu", "example.org:8448")
        );
    }
}
