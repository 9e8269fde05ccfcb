//! Rows that cannot be worked because of a fault of our own.

use loket::domain::ids::{AccountId, ConversationId, MessageId, RowId};
use loket::queue::LEASE;
use loket::store::{InboxState, Lane, LaneKind, NewInbox, NewOutbox, Source, StoreError};
use loket::work::give_up;

use super::support::TestApp;

/// The only conversation there is.
async fn conversation(app: &TestApp) -> ConversationId {
    let room = app.room().id.clone();
    let read = app
        .works()
        .store
        .read(move |tx| Box::pin(async move { tx.find_by_room(&room).await }));
    read.await.unwrap().unwrap()
}

/// Puts a row into the conversation's lane `in` that nobody can read.
async fn spoils(app: &TestApp, source: Source) {
    let id = conversation(app).await;
    let at = app.works().clock.now();
    let row = NewInbox {
        id: RowId::from("row_spoilt"),
        lane: Lane::of(LaneKind::In, &id),
        dedupe_key: "spoilt".into(),
        source,
        account: AccountId::from("wa"),
        payload: "not JSON".into(),
        body: None,
        received_at: at,
        state: InboxState::Pending,
        position: None,
    };
    let write = app
        .works()
        .store
        .write(move |tx| Box::pin(async move { tx.insert_inbox(vec![row]).await }));
    write.await.unwrap();
    app.settle().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_worked_is_put_aside_and_the_lane_goes_on() {
    let app = TestApp::start().await;
    let budi = app.contact("budi");
    budi.says("halo").await;
    spoils(&app, Source::Webhook).await;
    budi.says("masih di sana?").await;
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    for _ in 0..12 {
        app.advance(300).await;
    }
    assert_eq!(app.dead().await, 1);
    assert_eq!(
        app.room().lines(),
        [
            "Budi: halo",
            "Loket: ⚠ Something that came in could not be worked and was put aside \
             (row_spoilt). Your operator has been told; !retry in reply tries it again.",
            "Budi: masih di sana?",
        ]
    );
    assert_eq!(
        app.alerts(),
        [
            "Loket: ⚠ Something could not be done and was put aside (row_spoilt): a payload, \
          line 1 column 2. The log says more; it is kept for 30 days."
        ]
    );
}

#[tokio::test]
async fn a_send_that_cannot_be_worked_is_put_aside_and_said_at_the_line() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    app.channel
        .will_wait(Some(jiff::SignedDuration::from_mins(1)));
    let line = app.agent("ayu").types("satu").await;
    app.advance(5).await;
    let id = conversation(&app).await;
    let wanted = line.clone();
    let now = app.works().clock.now();
    let write = app.works().store.write(move |tx| {
        Box::pin(async move {
            let message = tx.find_message_by_event(&wanted).await?.unwrap().id;
            tx.cancel_of_message(&message).await?;
            let row = NewOutbox {
                id: RowId::from("row_spoilt"),
                lane: Lane::of(LaneKind::Channel, &id),
                payload: "not JSON".into(),
                due: now,
                message: Some(MessageId::clone(&message)),
            };
            tx.insert_outbox(vec![row], now).await
        })
    });
    write.await.unwrap();
    app.agent("ayu").types("dua").await;
    for _ in 0..13 {
        app.advance(300).await;
    }
    assert_eq!(app.dead().await, 1);
    let room = app.room();
    assert_eq!(room.reactions(&line), ["⚠️", "🔁"]);
    let said = "⚠ Not sent: Loket could not work on this line and put it aside; \
        your operator has been told. 🔁 sends it again.";
    assert_eq!(room.rings(said), ["ayu"]);
    app.agent("ayu").reacts(&line, "🔁").await;
    assert!(app.channel.texts().contains(&"satu".to_owned()));
}

#[tokio::test]
async fn a_row_whose_account_is_gone_waits_and_counts_no_tries() {
    let app = TestApp::start().await;
    let budi = app.contact("budi");
    budi.says("halo").await;
    app.webhook(vec![budi.line("dua")]).await;
    let work = app.works();
    for _ in 0..20 {
        let now = work.clock.now();
        let claim = work.store.write(move |tx| {
            Box::pin(async move { tx.claim(LaneKind::In, 9, now, "test", now + LEASE).await })
        });
        let leases = claim.await.unwrap();
        assert_eq!(leases.len(), 1);
        for lease in leases {
            give_up::after(work, &lease, give_up::not_configured())
                .await
                .unwrap();
        }
        app.clock.advance(jiff::SignedDuration::from_secs(60));
    }
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "Budi: dua"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn what_is_no_fault_of_the_row_is_left_to_the_runner() {
    let app = TestApp::start().await;
    let budi = app.contact("budi");
    budi.says("halo").await;
    app.webhook(vec![budi.line("dua")]).await;
    let work = app.works();
    let now = work.clock.now();
    let claim = work.store.write(move |tx| {
        Box::pin(async move { tx.claim(LaneKind::In, 9, now, "test", now + LEASE).await })
    });
    let leases = claim.await.unwrap();
    let error = give_up::after(work, &leases[0], StoreError::Closed).await;
    assert!(matches!(error, Err(StoreError::Closed)), "{error:?}");
}
