//! What is so on every engine: compiled once for each, which `super` names.

mod contacts;
mod conversations;
mod inbox;
mod known;
mod lanes;
mod messages;
mod opening;
mod outbox;
mod pace;
mod writer;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::ENGINE;
use crate::domain::contact::{Address, AddressKind, ChannelKind, Sender};
use crate::domain::ids::{
    AccountId, ContactId, ConversationId, EventId, IdentityId, MessageId, RowId,
};
use crate::domain::message::LineState;
use crate::domain::redact::Private;
use crate::domain::rich::{Block, Inline, Rich};
use crate::store::testing::TestDatabase;
use crate::store::{
    BodyRow, Direction, FreshIds, InboxState, Lane, LaneKind, Lease, MessageRow, NewInbox,
    NewOutbox, Options, Source, Store, StoreError, Tx,
};

/// A store on a database of its own, which goes when this does.
pub(super) struct Desk {
    /// The open store.
    pub(super) store: Store,
    /// The database.
    pub(super) database: TestDatabase,
}

impl Desk {
    /// A new, empty one.
    pub(super) async fn new() -> Self {
        let database = TestDatabase::new(ENGINE).await;
        let store = Store::open(database.url(), Options::default())
            .await
            .unwrap();
        Self { store, database }
    }

    /// Writes, and fails the test if that fails.
    pub(super) async fn write<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        self.store.write(work).await.unwrap()
    }

    /// Reads, and fails the test if that fails.
    pub(super) async fn read<T, F>(&self, work: F) -> T
    where
        T: Send,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send,
    {
        self.store.read(work).await.unwrap()
    }

    /// Claims lanes of a kind at `now`, for 30 seconds.
    pub(super) async fn claim(
        &self,
        kind: LaneKind,
        owner: &'static str,
        now: Timestamp,
    ) -> Vec<Lease> {
        self.write(move |tx| {
            Box::pin(async move { tx.claim(kind, 10, now, owner, after(now, 30)).await })
        })
        .await
    }

    /// Claims the only lane of a kind that is due.
    pub(super) async fn claim_one(
        &self,
        kind: LaneKind,
        owner: &'static str,
        now: Timestamp,
    ) -> Lease {
        let leases = self.claim(kind, owner, now).await;
        let [lease] = leases.as_slice() else {
            panic!("{leases:?}");
        };
        lease.clone()
    }

    /// A customer's conversation on the account `wa`.
    pub(super) async fn conversation(&self) -> ConversationId {
        self.write(|tx| {
            Box::pin(async move {
                let sender = sender("ID.1", Some("6281"), Some("Budi"));
                let who = tx
                    .resolve(ChannelKind::Whatsapp, &sender, at(1), fresh("1"))
                    .await?;
                let id = ConversationId::from("cnv_1");
                let account = AccountId::from("wa");
                let ensured = tx
                    .ensure_conversation(&who.identity, &account, id, at(1))
                    .await?;
                Ok(ensured.id)
            })
        })
        .await
    }
}

/// The second `seconds` of the test's day.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

/// Some seconds later.
pub(super) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time + jiff::SignedDuration::from_secs(seconds)
}

/// The lane of the conversation `stream`.
pub(super) fn lane(kind: LaneKind, stream: &str) -> Lane {
    Lane::of(kind, &ConversationId::from(stream))
}

/// A row for the lane of the conversation `stream`, received at `at`.
pub(super) fn row(id: &str, stream: &str, received_at: Timestamp) -> NewInbox {
    NewInbox {
        id: RowId::from(id),
        lane: lane(LaneKind::In, stream),
        dedupe_key: format!("key of {id}"),
        source: Source::Webhook,
        account: AccountId::from("wa"),
        payload: format!("{{\"id\":\"{id}\"}}"),
        body: None,
        received_at,
        state: InboxState::Pending,
        position: None,
    }
}

/// A row for the channel's lane of `cnv_1`.
pub(super) fn send(id: &str, due: Timestamp, message: Option<&str>) -> NewOutbox {
    NewOutbox {
        id: RowId::from(id),
        lane: lane(LaneKind::Channel, "cnv_1"),
        payload: "{}".to_owned(),
        due,
        message: message.map(MessageId::from),
    }
}

/// A customer named by a BSUID, and perhaps a phone number and a name.
pub(super) fn sender(bsuid: &str, phone: Option<&str>, name: Option<&str>) -> Sender {
    let address = |kind, value: &str| Address {
        kind,
        value: Private::from(value),
    };
    let mut addresses = Vec::new();
    if !bsuid.is_empty() {
        addresses.push(address(AddressKind::Bsuid, bsuid));
    }
    addresses.extend(phone.map(|phone| address(AddressKind::Phone, phone)));
    Sender {
        addresses,
        name: name.map(Private::from),
        username: None,
    }
}

/// Ids for an unknown customer.
pub(super) fn fresh(n: &str) -> FreshIds {
    FreshIds {
        contact: ContactId::from(format!("con_{n}")),
        identity: IdentityId::from(format!("idn_{n}")),
    }
}

/// A text of one paragraph.
pub(super) fn text(text: &str) -> Rich {
    Rich {
        blocks: vec![Block::Paragraph(vec![Inline::Text(text.to_owned())])],
    }
}

/// An agent's line in a conversation, queued.
pub(super) fn line(id: &str, conversation: &ConversationId) -> MessageRow {
    MessageRow {
        id: MessageId::from(id),
        conversation: conversation.clone(),
        seq: 0,
        direction: Direction::Out,
        author: "@ayu:example.org".to_owned(),
        state: Some(LineState::Queued),
        text: text("halo"),
        kind: "text".to_owned(),
        event: Some(EventId::from(format!("$of_{id}"))),
        reply_to: None,
        hold: None,
        hold_until: None,
        due_at: Some(at(5)),
        took_from: None,
        received_at: at(0),
        created_at: at(0),
        case: None,
    }
}
