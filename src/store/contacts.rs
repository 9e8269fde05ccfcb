//! Contacts, identities and addresses: who it is that a channel names.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::tx::Tx;
use super::value::{statements, values};
use crate::domain::contact::{Address, AddressKind, ChannelKind, Identity, Sender};
use crate::domain::ids::{ContactId, IdentityId};
use crate::domain::redact::Private;

statements! {
    /// Whose an address is.
    FIND_ADDRESS = "
        SELECT identity_id FROM address WHERE channel = $1 AND kind = $2 AND value = $3";
    /// Makes an address somebody's, or sees it again if it is theirs.
    SEE_ADDRESS = "
        INSERT INTO address (channel, kind, value, identity_id, first_seen_at, last_seen_at,
            current)
        VALUES ($1, $2, $3, $4, $5, $5, $6)
        ON CONFLICT (channel, kind, value) DO UPDATE SET
            last_seen_at = excluded.last_seen_at, current = excluded.current
        WHERE address.identity_id = excluded.identity_id";
    /// Other addresses of the kind are history.
    RETIRE_ADDRESSES = "
        UPDATE address SET current = $4
        WHERE identity_id = $1 AND kind = $2 AND value <> $3 AND current <> $4";
    /// Makes a contact.
    INSERT_CONTACT = "INSERT INTO contact (id, name, created_at) VALUES ($1, $2, $3)";
    /// Makes an identity.
    INSERT_IDENTITY = "
        INSERT INTO identity (id, contact_id, channel, name, username, shown_name, created_at)
        VALUES ($1, $2, $3, $4, $5, '', $6)";
    /// An identity by its id.
    FIND_IDENTITY = "
        SELECT id, channel, name, username, shown_name FROM identity WHERE id = $1";
    /// The addresses of an identity that are in force.
    FIND_ADDRESSES = "
        SELECT kind, value FROM address
        WHERE identity_id = $1 AND current = $2";
    /// Keeps the newest name.
    RENAME = "
        UPDATE identity SET name = $2, username = $3
        WHERE id = $1 AND (name <> $2 OR username <> $3)";
    /// Keeps the name that the ghost's profile shows.
    SET_SHOWN_NAME = "UPDATE identity SET shown_name = $2 WHERE id = $1";
}

/// Ids for a customer who is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshIds {
    /// The contact's.
    pub contact: ContactId,
    /// The identity's.
    pub identity: IdentityId,
}

/// Who a sender is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The identity.
    pub identity: IdentityId,
    /// Whether it is new.
    pub created: bool,
    /// Whether its name or user name changed.
    pub renamed: bool,
    /// Another identity that one of the sender's other addresses belongs to: not
    /// merged, to be told in the alerts room.
    pub conflict: Option<IdentityId>,
}

impl Tx {
    /// Who `sender` is. The first of its addresses that is known decides, but a known
    /// phone number wins over all others. Unknown: a new contact and identity with
    /// the ids `fresh`. Addresses that are new become the identity's, and the newest
    /// name is kept.
    ///
    /// [`StoreError::Missing`] if the sender has no address.
    pub async fn resolve(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
        now: Timestamp,
        fresh: FreshIds,
    ) -> Result<Resolved, StoreError> {
        let mut found = self.look_up(channel, sender).await?;
        if found.len() < sender.addresses.len() {
            // Another process may be writing the same addresses just now, under another
            // identity: the second of the two looks again.
            self.lock_addresses(channel, sender).await?;
            found = self.look_up(channel, sender).await?;
        }
        let phone = found
            .iter()
            .find(|(kind, _)| *kind == AddressKind::Phone)
            .map(|(_, identity)| identity.clone());
        let known = phone.or_else(|| found.first().map(|(_, identity)| identity.clone()));
        let created = known.is_none();
        let identity = match known {
            Some(identity) => identity,
            None => self.create_identity(channel, sender, now, fresh).await?,
        };
        let conflict = found
            .into_iter()
            .map(|(_, other)| other)
            .find(|other| *other != identity);
        for address in &sender.addresses {
            self.see_address(channel, address, &identity, now).await?;
        }
        let renamed = !created && self.rename(&identity, sender).await?;
        Ok(Resolved {
            identity,
            created,
            renamed,
            conflict,
        })
    }

    /// Who `sender` is, if that is known; nothing is written.
    pub async fn find_identity(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
    ) -> Result<Option<IdentityId>, StoreError> {
        let found = self.look_up(channel, sender).await?;
        let phone = found.iter().find(|(kind, _)| *kind == AddressKind::Phone);
        Ok(phone
            .or(found.first())
            .map(|(_, identity)| identity.clone()))
    }

    /// An identity, which was reached at the addresses of `from`, is reached at those of
    /// `to` from now on. Another identity that one of them belongs to: then nothing
    /// changes.
    pub async fn move_identity(
        &mut self,
        channel: ChannelKind,
        identity: &IdentityId,
        from: &Sender,
        to: &[Address],
        now: Timestamp,
    ) -> Result<Option<IdentityId>, StoreError> {
        let all = Sender {
            addresses: from.addresses.iter().chain(to).cloned().collect(),
            name: None,
            username: None,
        };
        self.lock_addresses(channel, &all).await?;
        let found = self.look_up(channel, &all).await?;
        let others = found.into_iter().map(|(_, other)| other);
        if let Some(other) = others.into_iter().find(|other| other != identity) {
            return Ok(Some(other));
        }
        for address in to {
            self.see_address(channel, address, identity, now).await?;
        }
        Ok(None)
    }

    /// The identity that an address belongs to.
    pub async fn find_identity_by_address(
        &mut self,
        channel: ChannelKind,
        address: &Address,
    ) -> Result<Option<IdentityId>, StoreError> {
        let values = values![channel.name(), address.kind.name(), &address.value];
        let row = self.row(FIND_ADDRESS, values).await?;
        row.map(|row| row.id("identity_id")).transpose()
    }

    /// An identity with its addresses in force.
    pub async fn get_identity(&mut self, id: &IdentityId) -> Result<Identity, StoreError> {
        let row = self.row(FIND_IDENTITY, values![id]).await?;
        let row = row.ok_or(StoreError::Missing { what: "identity" })?;
        let mut addresses = Vec::new();
        for row in self.rows(FIND_ADDRESSES, values![id, true]).await? {
            addresses.push(Address {
                kind: row.word("kind")?,
                value: Private::from(row.text("value")?),
            });
        }
        addresses.sort();
        Ok(Identity {
            id: row.id("id")?,
            channel: row.word("channel")?,
            name: row.id_or_none("name")?,
            username: row.id_or_none("username")?,
            addresses,
        })
    }

    /// The name that the ghost's profile shows; `None` = the ghost is not made yet.
    pub async fn shown_name(&mut self, id: &IdentityId) -> Result<Option<String>, StoreError> {
        let row = self.row(FIND_IDENTITY, values![id]).await?;
        row.ok_or(StoreError::Missing { what: "identity" })?
            .id_or_none("shown_name")
    }

    /// The ghost is made, and its profile shows `name`.
    pub async fn set_shown_name(&mut self, id: &IdentityId, name: &str) -> Result<(), StoreError> {
        self.execute(SET_SHOWN_NAME, values![id, name]).await?;
        Ok(())
    }

    /// Keeps others from making an identity of one of a sender's addresses until the
    /// commit.
    async fn lock_addresses(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
    ) -> Result<(), StoreError> {
        let mut names: Vec<String> = sender
            .addresses
            .iter()
            .map(|address| {
                let (channel, kind) = (channel.name(), address.kind.name());
                format!("address:{channel}:{kind}:{}", address.value.reveal())
            })
            .collect();
        names.sort();
        for name in names {
            self.lock_name(&name).await?;
        }
        Ok(())
    }

    /// The identities that a sender's addresses belong to, in the order of looking
    /// up.
    async fn look_up(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
    ) -> Result<Vec<(AddressKind, IdentityId)>, StoreError> {
        let mut addresses: Vec<&Address> = sender.addresses.iter().collect();
        addresses.sort_by_key(|address| address.kind);
        let mut found = Vec::new();
        for address in addresses {
            if let Some(identity) = self.find_identity_by_address(channel, address).await? {
                found.push((address.kind, identity));
            }
        }
        Ok(found)
    }

    /// Makes an identity whose first address is reserved before anything else: where
    /// several write at once, the one who came first has it.
    async fn create_identity(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
        now: Timestamp,
        fresh: FreshIds,
    ) -> Result<IdentityId, StoreError> {
        let address = sender
            .addresses
            .iter()
            .min_by_key(|address| address.kind)
            .ok_or(StoreError::Missing { what: "address" })?;
        if !self
            .see_address(channel, address, &fresh.identity, now)
            .await?
        {
            return self
                .find_identity_by_address(channel, address)
                .await?
                .ok_or(StoreError::Stale);
        }
        let name = revealed(sender.name.as_ref());
        self.execute(INSERT_CONTACT, values![&fresh.contact, name, now])
            .await?;
        let values = values![
            &fresh.identity,
            &fresh.contact,
            channel.name(),
            name,
            revealed(sender.username.as_ref()),
            now,
        ];
        self.execute(INSERT_IDENTITY, values).await?;
        Ok(fresh.identity)
    }

    /// The address was seen now, as `identity`'s; whether it is theirs.
    async fn see_address(
        &mut self,
        channel: ChannelKind,
        address: &Address,
        identity: &IdentityId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let kind = address.kind.name();
        let values = values![channel.name(), kind, &address.value, identity, now, true];
        if !self.touch(SEE_ADDRESS, values).await? {
            return Ok(false);
        }
        let values = values![identity, kind, &address.value, false];
        self.execute(RETIRE_ADDRESSES, values).await?;
        Ok(true)
    }

    /// Keeps the names that the sender tells; whether one is new.
    async fn rename(&mut self, id: &IdentityId, sender: &Sender) -> Result<bool, StoreError> {
        if sender.name.is_none() && sender.username.is_none() {
            return Ok(false);
        }
        let known = self.row(FIND_IDENTITY, values![id]).await?;
        let known = known.ok_or(StoreError::Missing { what: "identity" })?;
        let newest = |told: Option<&Private>, known: String| {
            told.map_or(known, |told| told.reveal().to_owned())
        };
        let name = newest(sender.name.as_ref(), known.text("name")?);
        let username = newest(sender.username.as_ref(), known.text("username")?);
        self.touch(RENAME, values![id, name, username]).await
    }
}

/// A text that may be missing, as it is stored.
fn revealed(text: Option<&Private>) -> &str {
    text.map_or("", Private::reveal)
}
