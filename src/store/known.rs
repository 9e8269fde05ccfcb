//! Customers who write again: nearly every line is of one. One look-up says where it
//! goes if the channel tells nothing new of them.

use jiff::{SignedDuration, Timestamp};

use super::error::StoreError;
use super::tx::Tx;
use super::value::{Row, statements, values};
use crate::domain::contact::{Address, ChannelKind, Sender};
use crate::domain::ids::{AccountId, ConversationId};
use crate::domain::redact::Private;

statements! {
    /// What is known of the customer with an address, if they have a conversation on an
    /// account: a row for each of their addresses in force.
    KNOWN = "
        SELECT c.id AS conversation_id, i.name AS name, i.username AS username,
            a.kind AS kind, a.value AS value, a.last_seen_at AS last_seen_at
        FROM address told
            JOIN identity i ON i.id = told.identity_id
            JOIN conversation c ON c.identity_id = told.identity_id AND c.account = $4
            JOIN address a ON a.identity_id = told.identity_id AND a.current = $5
        WHERE told.channel = $1 AND told.kind = $2 AND told.value = $3";
}

/// How exactly is known when an address was seen last.
const SEEN_AGAIN: SignedDuration = SignedDuration::from_hours(24);

impl Tx {
    /// The conversation on `account` of a sender of whom nothing is new; `None` if
    /// there is anything to note ([`Tx::resolve`], [`Tx::ensure_conversation`]), be it
    /// that the sender was not seen for a day.
    pub async fn find_known(
        &mut self,
        channel: ChannelKind,
        sender: &Sender,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError> {
        let Some(address) = sender.addresses.first() else {
            return Ok(None);
        };
        let kind = address.kind.name();
        let values = values![channel.name(), kind, &address.value, account, true];
        let rows = self.rows(KNOWN, values).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if tells(sender.name.as_ref(), &first.text("name")?)
            || tells(sender.username.as_ref(), &first.text("username")?)
        {
            return Ok(None);
        }
        for address in &sender.addresses {
            if !is_in_force(address, &rows, now)? {
                return Ok(None);
            }
        }
        first.id("conversation_id").map(Some)
    }
}

/// Whether a name that is told, if it is, differs from the known one.
fn tells(told: Option<&Private>, known: &str) -> bool {
    told.is_some_and(|told| told.reveal() != known)
}

/// Whether an address is the only one of its kind in force, and was seen lately.
fn is_in_force(address: &Address, rows: &[Row], now: Timestamp) -> Result<bool, StoreError> {
    let mut is_known = false;
    for row in rows {
        if row.text("kind")? != address.kind.name() {
            continue;
        }
        let seen_again = row.time("last_seen_at")? + SEEN_AGAIN;
        if row.text("value")? != address.value.reveal() || seen_again <= now {
            return Ok(false);
        }
        is_known = true;
    }
    Ok(is_known)
}
