//! The homeserver's side: rooms are made once, everything arrives in order, and
//! what a room shows follows the conversation.

use jiff::SignedDuration;
use loket::domain::contact::{Address, AddressKind, ChannelKind};
use loket::domain::ids::AccountId;
use loket::domain::room_event::RoomContent;
use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;

use super::support::TestApp;

/// The homeserver cannot be reached.
fn unreachable() -> MatrixError {
    MatrixError::Retry {
        after: None,
        detail: "connection refused".into(),
    }
}

/// The homeserver says no.
fn forbidden() -> MatrixError {
    MatrixError::Refused {
        code: "M_FORBIDDEN".into(),
        status: 403,
    }
}

/// What a homeserver says of an event that is too large.
fn too_large() -> MatrixError {
    MatrixError::Refused {
        code: "M_TOO_LARGE".into(),
        status: 413,
    }
}

#[tokio::test]
async fn a_room_whose_making_was_not_answered_is_adopted() {
    let app = TestApp::start().await;
    app.homeserver.lose_next_answer(Ask::CreateRoom);
    app.contact("budi").says("satu").await;
    app.contact("budi").says("dua").await;
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
    assert_eq!(app.room().membership("@ayu:localhost"), "invite");
}

#[tokio::test]
async fn a_room_is_adopted_though_somebody_cannot_be_invited() {
    let app = TestApp::start().await;
    app.homeserver.bar("@dewi:localhost");
    app.homeserver.lose_next_answer(Ask::CreateRoom);
    app.contact("budi").says("satu").await;
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: satu"]);
}

#[tokio::test]
async fn a_room_that_is_made_at_last_ends_the_alarm() {
    let app = TestApp::start().await;
    app.homeserver.fail_next(Ask::CreateRoom, forbidden());
    app.contact("budi").says("satu").await;
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: satu"]);
    let over = "Loket: ✓ The homeserver takes again what Loket asks of it.";
    assert_eq!(app.alerts().len(), 2);
    assert_eq!(app.alerts().last().map(String::as_str), Some(over));
}

#[tokio::test]
async fn nothing_after_the_making_of_a_room_makes_a_second_one() {
    for ask in [
        Ask::EnsureUser,
        Ask::Join,
        Ask::AddChild,
        Ask::IsEncrypted,
        Ask::Invite,
    ] {
        for loses in [false, true] {
            let app = TestApp::start().await;
            if loses {
                app.homeserver.lose_next_answer(ask);
            } else {
                app.homeserver.fail_next(ask, unreachable());
            }
            app.contact("budi").says("satu").await;
            app.advance(60).await;
            assert_eq!(app.room().lines(), ["Budi: satu"], "{ask:?}");
            assert_eq!(app.lobby().lines().len(), 1, "{ask:?}");
        }
    }
}

#[tokio::test]
async fn a_line_in_a_room_that_is_still_being_made_is_taken() {
    let app = TestApp::start().await;
    app.homeserver.lose_next_answer(Ask::AddChild);
    app.contact("budi").says("satu").await;
    app.agent("ayu").types("halo Budi").await;
    app.advance(60).await;
    assert_eq!(app.channel.texts(), ["halo Budi"]);
    assert_eq!(app.room().lines(), ["ayu: halo Budi", "Budi: satu"]);
}

#[tokio::test]
async fn an_alias_of_somebody_else_is_passed_by() {
    let app = TestApp::start().await;
    app.webhook(vec![app.contact("budi").line("satu")]).await;
    let conversation = conversation_of(&app, app.contact("budi").address()).await;
    app.homeserver.occupy(&format!("loket_{conversation}_1"));
    app.settle().await;
    app.advance(60).await;
    let room = app.room();
    assert_eq!(room.recipe.alias, format!("loket_{conversation}_2"));
    assert_eq!(room.lines(), ["Budi: satu"]);
}

/// The id of a customer's conversation.
async fn conversation_of(app: &TestApp, phone: String) -> String {
    let address = Address {
        kind: AddressKind::Phone,
        value: phone.into(),
    };
    let read = app.works().store.read(move |tx| {
        Box::pin(async move {
            let channel = ChannelKind::Whatsapp;
            let identity = tx
                .find_identity_by_address(channel, &address)
                .await?
                .unwrap();
            let account = AccountId::from("wa");
            Ok(tx.find_conversation(&identity, &account).await?.unwrap())
        })
    });
    read.await.unwrap().to_string()
}

#[tokio::test]
async fn a_send_that_was_not_answered_is_the_same_event() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.homeserver.lose_next_answer(Ask::Send);
    app.contact("budi").says("dua").await;
    app.contact("budi").says("tiga").await;
    app.advance(60).await;
    assert_eq!(
        app.room().lines(),
        ["Budi: satu", "Budi: dua", "Budi: tiga"]
    );
}

#[tokio::test]
async fn a_send_that_the_homeserver_has_forgotten_is_found_in_the_room() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.homeserver.lose_next_answer(Ask::Send);
    app.contact("budi").says("dua").await;
    app.homeserver.go_down(unreachable());
    app.advance(31 * 60).await;
    app.homeserver.forget_transactions();
    app.homeserver.come_back();
    app.advance(300).await;
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
}

#[tokio::test]
async fn an_hour_without_homeserver_loses_nothing_and_keeps_the_order() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.agent("ayu").types("sebentar").await;
    app.homeserver.go_down(unreachable());
    for text in ["dua", "tiga", "empat"] {
        app.advance(1_200).await;
        app.contact("budi").says(text).await;
    }
    app.contact("cici").says("halo").await;
    assert_eq!(
        app.channel.texts(),
        ["sebentar"],
        "the other way is not held up"
    );
    app.homeserver.come_back();
    app.advance(300).await;
    assert_eq!(
        app.room_of("Budi").lines(),
        [
            "Budi: satu",
            "ayu: sebentar",
            "Budi: dua",
            "Budi: tiga",
            "Budi: empat"
        ]
    );
    assert_eq!(app.room_of("Cici").lines(), ["Cici: halo"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_line_shows_the_time_at_which_the_customer_wrote_it() {
    let app = TestApp::start().await;
    app.homeserver.go_down(unreachable());
    app.contact("budi").says("satu").await;
    let written = app.works().clock.now();
    app.advance(3_600).await;
    app.homeserver.come_back();
    app.advance(300).await;
    assert_eq!(app.room().find("satu").unwrap().at, Some(written));
}

#[tokio::test]
async fn what_the_homeserver_can_never_take_is_put_aside_with_an_alarm() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.homeserver.fail_next(Ask::Send, too_large());
    app.contact("budi").says("dua").await;
    app.contact("budi").says("tiga").await;
    app.advance(60).await;
    let lines = app.room().lines();
    let [satu, told, tiga] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!((satu.as_str(), tiga.as_str()), ("Budi: satu", "Budi: tiga"));
    assert!(told.contains("A message is missing here"), "{told}");
    assert_eq!(app.dead().await, 1);
    let alerts = app.alerts();
    assert_eq!(alerts.len(), 1);
    let alarm = alerts.first().unwrap();
    assert!(
        alarm.contains("the homeserver refused: M_TOO_LARGE (413). The log says more"),
        "{alarm}"
    );
    // The homeserver was given a larger limit.
    let told = app.room().event(told.trim_start_matches("Loket: "));
    app.agent("ayu").answers(&told, "!retry").await;
    assert_eq!(app.room().lines().last().unwrap(), "Budi: dua");
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn what_tells_of_a_missing_line_and_is_refused_too_tells_of_itself_nowhere() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    // The line, and both that tell of it: one here, one in the alerts room.
    for _ in 0..3 {
        app.homeserver.fail_next(Ask::Send, too_large());
    }
    app.contact("budi").says("dua").await;
    app.contact("budi").says("tiga").await;
    app.advance(60).await;
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: tiga"]);
    // The alarm of the notice is told: the line's own was refused.
    assert_eq!((app.dead().await, app.alerts().len()), (3, 1));
}

#[tokio::test]
async fn a_ghost_that_was_removed_from_its_room_comes_back() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.homeserver.fail_next(Ask::Send, forbidden());
    app.contact("budi").says("dua").await;
    assert_eq!(app.room().lines(), ["Budi: satu", "Budi: dua"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_customers_new_name_is_shown_everywhere() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.advance(60).await;
    app.contact("budi")
        .known_as("Budi Santoso")
        .says("dua")
        .await;
    app.advance(60).await;
    let room = app.room();
    assert_eq!(room.lines(), ["Budi Santoso: satu", "Budi Santoso: dua"]);
    assert_eq!(room.name(), "🙋 Budi Santoso · WhatsApp");
}

#[tokio::test]
async fn name_topic_and_state_follow_the_conversation() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    let phone = app.contact("budi").address();
    assert_eq!(app.room().topic(), format!("WhatsApp +{phone} · #1"));
    app.advance(60).await;
    app.agent("ayu").types("!takeover").await;
    assert_eq!(app.room().name(), "👤 Budi · WhatsApp");
    assert_eq!(app.room().topic(), format!("WhatsApp +{phone} · #1 · Ayu"));
    app.advance(60).await;
    app.agent("ayu").types("!solve").await;
    assert_eq!(app.room().name(), "✅ Budi · WhatsApp");
    assert_eq!(app.room().state().status, "solved");
}

#[tokio::test]
async fn quick_changes_of_a_room_are_shown_together() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.advance(60).await;
    let before = app.room().faces.len();
    app.agent("ayu").types("!takeover").await;
    app.agent("ayu").types("!solve").await;
    app.contact("budi").says("satu lagi").await;
    app.agent("sari").types("!takeover").await;
    assert_eq!(app.room().faces.len(), before + 1);
    app.advance(5).await;
    assert_eq!(app.room().faces.len(), before + 2);
    assert_eq!(app.room().owner(), "sari");
    assert_eq!(app.room().state().case, Some(2));
    app.advance(60).await;
    assert_eq!(
        app.room().faces.len(),
        before + 2,
        "what is so is not written again"
    );
}

#[tokio::test]
async fn a_face_that_could_not_be_shown_converges() {
    let app = TestApp::start().await;
    app.contact("budi").says("satu").await;
    app.homeserver.fail_next(Ask::ShowFace, unreachable());
    app.agent("ayu").types("!takeover").await;
    assert_eq!(app.room().owner(), "queue");
    app.advance(60).await;
    assert_eq!(app.room().owner(), "ayu");
}

#[tokio::test]
async fn encryption_is_one_alarm_and_a_line_that_cannot_be_read_is_answered() {
    let app = TestApp::start().await;
    for name in ["budi", "cici"] {
        app.contact(name).says("halo").await;
    }
    for name in ["Budi", "Cici"] {
        let id = app.room_of(name).id.clone();
        app.agent("dewi")
            .within(&id)
            .does(RoomContent::EncryptionOn)
            .await;
    }
    let alarm = "Loket: ⚠ Portals come up encrypted, and Loket cannot read what agents write \
        there. In the homeserver's configuration, set encryption_enabled_by_default_for_room_type \
        to off, then restart it.";
    assert_eq!(app.alerts(), [alarm]);
    let id = app.room_of("Budi").id.clone();
    app.agent("ayu")
        .within(&id)
        .does(RoomContent::Encrypted)
        .await;
    let told = "Loket: ⚠ Not sent: this room is encrypted and Loket cannot read it. \
        Ask your operator to run: loket doctor";
    assert_eq!(app.room_of("Budi").last(), told);
}

#[tokio::test]
async fn receipts_and_typing_reach_the_customer_from_the_owner_only() {
    let app = TestApp::start().await;
    app.contact("budi").says("halo").await;
    let line = app.room().event("halo");
    app.agent("ayu").reads(&line).await;
    app.agent("ayu").is_typing().await;
    assert!(app.channel.gestures().is_empty(), "nobody owns it");
    app.agent("ayu").types("!takeover").await;
    app.agent("sari").reads(&line).await;
    app.agent("sari").is_typing().await;
    assert!(app.channel.gestures().is_empty(), "she is not the owner");
    app.agent("ayu").reads(&line).await;
    app.agent("ayu").is_typing().await;
    assert_eq!(app.channel.gestures().len(), 2);
    app.agent("ayu").types("!mode note").await;
    app.agent("ayu").is_typing().await;
    assert_eq!(app.channel.gestures().len(), 2, "not in note mode");
}

#[tokio::test]
async fn the_whole_house_waits_for_a_homeserver_that_comes_late() {
    let app = TestApp::start().await;
    app.homeserver.go_down(unreachable());
    app.contact("budi").says("halo").await;
    app.clock.advance(SignedDuration::from_mins(10));
    app.homeserver.come_back();
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo"]);
    assert_eq!(app.lobby().lines().len(), 1);
}
