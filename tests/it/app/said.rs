//! What customers say beyond text, as agents read it.

use loket::domain::content::{Answer, Card, Choice, Content, Location, Referral};
use loket::domain::inbound::{Along, Event};
use loket::domain::rich::Rich;
use loket::domain::room::OutgoingContent;
use loket::matrix::fake::FakeContent;

use super::support::TestApp;

/// What is shown of a content with what it carries along.
async fn shown(content: Content, along: Along) -> String {
    let app = TestApp::start().await;
    let mut update = app.contact("budi").content(content);
    if let Event::Said(said) = &mut update.event {
        said.along = along;
    }
    app.webhook(vec![update]).await;
    app.settle().await;
    app.room().last()
}

#[tokio::test]
async fn a_place_is_a_place_in_the_room_too() {
    let app = TestApp::start().await;
    let update = app.contact("budi").content(Content::Location(Location {
        latitude: "-6.1754".into(),
        longitude: "106.8272".into(),
        name: Some("Monas".into()),
        address: Some("Jakarta".into()),
        url: None,
    }));
    app.webhook(vec![update]).await;
    app.settle().await;
    let text = "📍 -6.1754, 106.8272\nMonas\nJakarta";
    let room = app.room();
    let content = &room.find(text).unwrap().content;
    let FakeContent::Ours(OutgoingContent::Location { uri, .. }) = content else {
        panic!("{content:?}")
    };
    assert_eq!(uri, "geo:-6.1754,106.8272");
}

#[tokio::test]
async fn entries_of_an_address_book_are_lines() {
    let card = |name: Option<&str>, phone: &str, is_own| Card {
        name: name.map(str::to_owned),
        phones: vec![phone.into()],
        emails: Vec::new(),
        company: None,
        is_own,
    };
    let cards = vec![card(Some("Ani"), "+62 1", false), card(None, "+62 2", true)];
    assert_eq!(
        shown(Content::Contacts(cards), Along::default()).await,
        "Budi: 👤 Ani\n+62 1\n☑ The customer's own number:\n👤 ?\n+62 2"
    );
}

#[tokio::test]
async fn a_choice_is_told_from_a_text() {
    let choice = Choice {
        title: "Besok".into(),
        description: Some("09.00".into()),
        id: Some("tomorrow".into()),
    };
    assert_eq!(
        shown(Content::Choice(choice), Along::default()).await,
        "Budi: 🔘 Besok\n09.00"
    );
}

#[tokio::test]
async fn a_form_is_read_field_by_field() {
    let answers = [("nama", "Budi"), ("jumlah", "2")].map(|(field, value)| Answer {
        field: field.into(),
        value: value.into(),
    });
    assert_eq!(
        shown(Content::Form(answers.into()), Along::default()).await,
        "Budi: 📋 The customer filled in a form:\nnama: Budi\njumlah: 2"
    );
}

#[tokio::test]
async fn what_brought_the_customer_and_what_they_ask_about_stands_above_the_text() {
    let along = Along {
        forwarded: true,
        product: Some("kopi".into()),
        referral: Some(Referral {
            kind: "ad".into(),
            headline: Some("Promo".into()),
            text: Some("Beli 2".into()),
            url: Some("https://fb.me/x".into()),
        }),
    };
    let shown = shown(Content::Text(Rich::from_plain("halo")), along).await;
    for line in [
        "📣 Came through an advertisement",
        "Promo",
        "Beli 2",
        "https://fb.me/x",
        "🛍 About the product «kopi»",
        "↪ Forwarded",
        "halo",
    ] {
        assert!(shown.contains(line), "{line} in {shown}");
    }
    assert!(shown.ends_with("halo"), "{shown}");
}

#[tokio::test]
async fn what_cannot_be_passed_on_says_what_to_do() {
    let content = Content::Other {
        kind: "unsupported".into(),
        text: None,
        target: None,
    };
    assert_eq!(
        shown(content, Along::default()).await,
        "Budi: 📎 The customer sent something that WhatsApp does not pass on to businesses. \
         Ask them to send it in another way."
    );
}
