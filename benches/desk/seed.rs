//! A database that has grown: conversations with their rooms, written by the store's
//! own functions.

use anyhow::Result;
use loket::clock::{Clock, SystemClock};
use loket::domain::contact::{Address, AddressKind, ChannelKind, Sender};
use loket::domain::ids::{AccountId, ContactId, ConversationId, IdentityId, RoomId};
use loket::store::{FreshIds, Options, Store, StoreError, Tx};

use super::crowd::Customer;

/// How many conversations share a commit.
const CHUNK: usize = 1_000;

/// A conversation that was written.
#[derive(Debug, Clone)]
pub(crate) struct Seeded {
    /// Its room.
    pub(crate) room: String,
    /// The customer's ghost.
    pub(crate) ghost: String,
}

/// Writes a conversation with a room for every customer.
///
/// # Errors
/// The database's.
pub(crate) async fn fill(url: &str, customers: &[Customer]) -> Result<Vec<Seeded>> {
    let store = Store::open(url, Options::default()).await?;
    let mut all = Vec::with_capacity(customers.len());
    for chunk in customers.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        let written = store
            .write(move |tx| {
                Box::pin(async move {
                    let mut written = Vec::with_capacity(chunk.len());
                    for customer in chunk {
                        written.push(one(tx, customer).await?);
                    }
                    Ok(written)
                })
            })
            .await?;
        all.extend(written);
    }
    store.close().await;
    Ok(all)
}

/// Writes one conversation.
async fn one(tx: &mut Tx, customer: Customer) -> Result<Seeded, StoreError> {
    let clock = SystemClock;
    let now = clock.now();
    let sender = Sender {
        addresses: vec![Address {
            kind: AddressKind::Phone,
            value: customer.phone().into(),
        }],
        name: Some(customer.name().into()),
        username: None,
    };
    let fresh = FreshIds {
        contact: ContactId::new(clock.uuid()),
        identity: IdentityId::new(clock.uuid()),
    };
    let resolved = tx
        .resolve(ChannelKind::Whatsapp, &sender, now, fresh)
        .await?;
    let account = AccountId::from(format!("a{}", customer.account));
    let id = ConversationId::new(clock.uuid());
    let ensured = tx
        .ensure_conversation(&resolved.identity, &account, id, now)
        .await?;
    let room = format!("!seed{:08}:localhost", customer.n);
    tx.ensure_portal(&ensured.id).await?;
    let known = RoomId::from(room.as_str());
    tx.set_portal_room(&ensured.id, &known).await?;
    tx.set_portal_ready(&ensured.id, &known).await?;
    tx.set_shown_name(&resolved.identity, &customer.name())
        .await?;
    let identity = resolved.identity.as_str();
    let local = identity.strip_prefix("idn_").unwrap_or(identity);
    Ok(Seeded {
        room,
        ghost: format!("@loket_wa_{local}:localhost"),
    })
}
