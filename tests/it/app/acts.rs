//! What customers do to messages: react, change, delete.

use loket::domain::contact::{Address, AddressKind};
use loket::domain::content::Content;
use loket::domain::ids::ProviderId;
use loket::domain::inbound::Event;
use loket::domain::rich::Rich;
use loket::matrix::fake::FakeEvent;
use loket::saying;

use super::support::TestApp;

/// No reactions.
const NONE: [&str; 0] = [];

/// A reaction to a message, or the end of one.
fn reacted(target: &ProviderId, emoji: Option<&str>) -> Event {
    Event::Reacted {
        target: target.clone(),
        emoji: emoji.map(str::to_owned),
    }
}

/// What a message says now.
fn edited(target: &ProviderId, text: &str) -> Event {
    Event::Edited {
        target: target.clone(),
        content: Content::Text(Rich::from_plain(text)),
    }
}

/// The end of a message.
fn revoked(target: &ProviderId) -> Event {
    let target = target.clone();
    Event::Revoked { target }
}

/// An application in which Budi has written «halo» and Ayu has answered «ya».
async fn open() -> (TestApp, ProviderId) {
    let app = TestApp::start().await;
    let line = app.contact("budi").says("halo").await;
    app.agent("ayu").types("ya").await;
    app.advance(5).await;
    (app, line)
}

#[tokio::test]
async fn a_reaction_stands_at_the_agents_line_and_is_replaced_and_taken_back() {
    let (app, _line) = open().await;
    let (budi, answer) = (app.contact("budi"), ProviderId::from("wamid.fake.1"));
    let event = app.room().event("ya");
    budi.does(reacted(&answer, Some("👍"))).await;
    assert_eq!(app.room().reactions(&event), ["👍"]);
    budi.does(reacted(&answer, Some("❤️"))).await;
    assert_eq!(app.room().reactions(&event), ["❤️"]);
    budi.does(reacted(&answer, None)).await;
    assert_eq!(app.room().reactions(&event), NONE);
    budi.does(reacted(&answer, None)).await;
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: ya"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn a_reaction_stands_at_the_customers_own_line_too() {
    let (app, line) = open().await;
    app.contact("budi").does(reacted(&line, Some("🙏"))).await;
    let event = app.room().event("halo");
    assert_eq!(app.room().reactions(&event), ["🙏"]);
}

#[tokio::test]
async fn an_edit_replaces_the_line_as_often_as_it_comes() {
    let (app, line) = open().await;
    let budi = app.contact("budi");
    budi.does(edited(&line, "halo kak")).await;
    assert_eq!(app.room().lines(), ["Budi: halo kak", "ayu: ya"]);
    budi.does(edited(&line, "halo kakak")).await;
    assert_eq!(app.room().lines(), ["Budi: halo kakak", "ayu: ya"]);
}

#[tokio::test]
async fn a_deleted_line_is_gone_from_the_room() {
    let (app, line) = open().await;
    app.contact("budi").does(revoked(&line)).await;
    assert_eq!(app.room().lines(), ["ayu: ya"]);
    // And again: Meta repeats itself.
    app.contact("budi").does(revoked(&line)).await;
    assert_eq!(app.room().lines(), ["ayu: ya"]);
}

#[tokio::test]
async fn a_deleted_line_takes_its_edits_along_and_no_late_edit_brings_it_back() {
    let (app, line) = open().await;
    let budi = app.contact("budi");
    budi.does(edited(&line, "pin saya 1234")).await;
    budi.does(edited(&line, "pin saya 9999")).await;
    budi.does(revoked(&line)).await;
    budi.does(edited(&line, "pin saya 0000")).await;
    budi.does(reacted(&line, Some("👍"))).await;
    let room = app.room();
    let left = room.events.iter().filter(|event| !event.redacted);
    let texts: Vec<String> = left.filter_map(FakeEvent::text).collect();
    assert!(!texts.iter().any(|text| text.contains("pin")), "{texts:?}");
    assert_eq!(room.lines(), ["ayu: ya"]);
    assert_eq!(app.dead().await, 0);
}

#[tokio::test]
async fn an_edit_keeps_where_the_line_came_from() {
    let app = TestApp::start().await;
    let budi = app.contact("budi");
    let mut line = budi.line("halo");
    let id = line.id.clone().unwrap();
    if let Event::Said(said) = &mut line.event {
        said.along.forwarded = true;
    }
    app.webhook(vec![line]).await;
    app.settle().await;
    budi.does(edited(&id, "halo kak")).await;
    assert_eq!(app.room().lines(), ["Budi: ↪ Forwarded\n\nhalo kak"]);
}

#[tokio::test]
async fn a_reaction_of_signs_nobody_sees_is_none() {
    let (app, line) = open().await;
    let budi = app.contact("budi");
    budi.does(reacted(&line, Some("\u{0}"))).await;
    budi.does(reacted(&line, Some("👍\u{0}"))).await;
    let event = app.room().event("halo");
    assert_eq!(app.room().reactions(&event), ["👍"]);
}

#[tokio::test]
async fn an_act_of_a_stranger_makes_no_room() {
    let app = TestApp::start().await;
    let nobody = ProviderId::from("wamid.other");
    app.contact("cici").does(reacted(&nobody, Some("👍"))).await;
    app.advance(600).await;
    assert_eq!(app.homeserver.portals().len(), 0);
}

#[tokio::test]
async fn nobody_changes_or_deletes_what_somebody_else_wrote() {
    let (app, line) = open().await;
    let cici = app.contact("cici");
    cici.says("permisi").await;
    cici.does(edited(&line, "halo dari Cici")).await;
    cici.does(revoked(&line)).await;
    let ours = ProviderId::from("wamid.fake.1");
    app.contact("budi").does(edited(&ours, "tidak")).await;
    app.contact("budi").does(revoked(&ours)).await;
    app.advance(600).await;
    assert_eq!(app.room_of("Budi").lines(), ["Budi: halo", "ayu: ya"]);
    assert_eq!(
        app.room_of("Cici").lines(),
        [
            "Cici: permisi",
            "Loket: ✏ The customer changed a message that is not known here. It now says: halo dari Cici",
            "Loket: 🗑 The customer deleted a message that is not known here.",
        ]
    );
}

#[tokio::test]
async fn an_act_that_is_faster_than_its_message_waits_for_it() {
    let (app, _line) = open().await;
    let budi = app.contact("budi");
    let late = budi.line("salah ketik");
    let id = late.id.clone().unwrap();
    budi.does(edited(&id, "benar")).await;
    budi.does(reacted(&id, Some("😅"))).await;
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: ya"]);
    app.webhook(vec![late]).await;
    app.settle().await;
    assert_eq!(app.room().lines(), ["Budi: halo", "ayu: ya", "Budi: benar"]);
    let event = app.room().event("benar");
    assert_eq!(app.room().reactions(&event), ["😅"]);
    app.advance(600).await;
    assert_eq!(app.room().lines().len(), 3);
}

#[tokio::test]
async fn an_act_on_nothing_is_told_after_ten_minutes() {
    let (app, _line) = open().await;
    let (budi, nobody) = (app.contact("budi"), ProviderId::from("wamid.other"));
    budi.does(reacted(&nobody, Some("👍"))).await;
    budi.does(reacted(&nobody, None)).await;
    app.advance(599).await;
    assert_eq!(app.room().lines().len(), 2);
    app.advance(1).await;
    let lines = app.room().lines();
    assert_eq!(
        lines.get(2..).unwrap_or_default(),
        [
            "Loket: The customer reacted with 👍 to a message that is not known here.",
            "Loket: The customer took back a reaction to a message that is not known here.",
        ]
    );
}

#[tokio::test]
async fn what_is_done_to_messages_rings_nobody_and_opens_no_case() {
    let (app, line) = open().await;
    app.agent("ayu").types("!solve").await;
    let budi = app.contact("budi");
    budi.does(reacted(&line, Some("👍"))).await;
    budi.does(edited(&line, "halo lagi")).await;
    budi.does(revoked(&line)).await;
    assert_eq!(app.room().state().status, "solved");
    assert_eq!(app.lobby().lines().len(), 1);
}

/// A phone number.
fn phone(number: &str) -> Address {
    Address {
        kind: AddressKind::Phone,
        value: number.into(),
    }
}

#[tokio::test]
async fn a_customer_with_a_new_number_stays_in_their_room() {
    let (app, _line) = open().await;
    let budi = app.contact("budi");
    let to = vec![phone("62899")];
    let moves = budi.act(Event::Moved { to });
    let mut next = budi.line("ini nomor baru saya");
    next.sender.as_mut().unwrap().addresses = vec![phone("62899")];
    // Both in one body: the second counts on the first.
    app.webhook(vec![moves, next]).await;
    app.settle().await;
    assert_eq!(
        app.room().lines(),
        [
            "Budi: halo",
            "ayu: ya",
            "Loket: 📱 The customer has a new phone number: +62899. Messages go there from now \
             on; it is the same conversation.",
            "Budi: ini nomor baru saya",
        ]
    );
    app.agent("ayu").types("baik").await;
    app.advance(5).await;
    assert_eq!(app.channel.sent().last().unwrap().to, [phone("62899")]);
}

#[tokio::test]
async fn a_move_that_is_told_again_later_moves_nobody_back() {
    let (app, _line) = open().await;
    let budi = app.contact("budi");
    let first = budi.act(Event::Moved {
        to: vec![phone("62899")],
    });
    let mut second = budi.act(Event::Moved {
        to: vec![phone("62900")],
    });
    second.sender.as_mut().unwrap().addresses = vec![phone("62899")];
    app.webhook(vec![first.clone()]).await;
    app.webhook(vec![second]).await;
    app.webhook(vec![first]).await;
    app.settle().await;
    app.agent("ayu").types("baik").await;
    app.advance(5).await;
    assert_eq!(app.channel.sent().last().unwrap().to, [phone("62900")]);
}

#[tokio::test]
async fn news_of_a_stranger_make_no_room() {
    let app = TestApp::start().await;
    let cici = app.contact("cici");
    let to = vec![phone("62899")];
    cici.does(Event::Moved { to }).await;
    cici.does(Event::Told(saying!("customer-opted-out"))).await;
    assert_eq!(app.homeserver.portals().len(), 0);
}

#[tokio::test]
async fn a_number_that_is_somebody_elses_is_not_taken_from_them() {
    let (app, _line) = open().await;
    let (budi, cici) = (app.contact("budi"), app.contact("cici"));
    cici.says("permisi").await;
    let to = vec![phone(&cici.address())];
    budi.does(Event::Moved { to }).await;
    cici.says("masih saya").await;
    let lines = app.room_of("Cici").lines();
    assert_eq!(lines, ["Cici: permisi", "Cici: masih saya"]);
    let told = app.room_of("Budi").last();
    assert!(told.contains("belongs to another conversation"), "{told}");
    let alerts = app.alerts();
    assert!(alerts.iter().any(|line| line.contains("two")), "{alerts:?}");
}
