//! Messages by hand, one of every type; the samples of others are read in
//! `tests/it/explain.rs`.

use serde_json::json;

use super::super::parse;
use super::*;
use crate::domain::inbound::{Event, Said, Update};
use crate::domain::rich::Rich;

/// The update of a message with these keys beside the common ones.
fn update(mut message: Value) -> Update {
    message["from"] = "62812".into();
    message["id"] = "wamid.1".into();
    message["timestamp"] = "1795000000".into();
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "WABA", "changes": [{"field": "messages", "value": {
            "metadata": {"phone_number_id": "PNID"}, "messages": [message],
        }}]}],
    });
    let mut updates = parse(body.to_string().as_bytes()).unwrap().updates;
    assert_eq!(updates.len(), 1);
    updates.remove(0)
}

/// What a message with these keys says.
fn said(message: Value) -> Said {
    match update(message).event {
        Event::Said(said) => said,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_has_its_id_type_digest_name_and_caption() {
    let said = said(json!({"type": "document", "document": {
        "id": "M1", "mime_type": "application/pdf", "sha256": "q83v", "filename": "struk.pdf",
        "caption": "ini *struknya*",
    }}));
    let Content::File(file) = said.content else {
        panic!("no file")
    };
    assert_eq!(file.kind, FileKind::Document);
    assert_eq!(file.id.as_deref(), Some("M1"));
    assert_eq!(file.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(file.sha256.as_deref(), Some("q83v"));
    assert_eq!(file.name.as_deref(), Some("struk.pdf"));
    assert_eq!(file.caption.unwrap().plain(), "ini struknya");
    assert!(!file.is_animated);
}

#[test]
fn a_recording_for_this_conversation_is_a_voice_note() {
    let kinds = [
        (
            json!({"type": "audio", "audio": {"id": "1", "voice": true}}),
            FileKind::Voice,
        ),
        (
            json!({"type": "audio", "audio": {"id": "1", "voice": false}}),
            FileKind::Audio,
        ),
        (
            json!({"type": "audio", "audio": {"id": "1"}}),
            FileKind::Audio,
        ),
        (
            json!({"type": "voice", "voice": {"id": "1"}}),
            FileKind::Voice,
        ),
        (
            json!({"type": "image", "image": {"id": "1"}}),
            FileKind::Image,
        ),
        (
            json!({"type": "video", "video": {"id": "1"}}),
            FileKind::Video,
        ),
        (
            json!({"type": "sticker", "sticker": {"id": "1", "animated": true}}),
            FileKind::Sticker,
        ),
    ];
    for (message, kind) in kinds {
        let Content::File(file) = said(message.clone()).content else {
            panic!("{message}")
        };
        assert_eq!(file.kind, kind, "{message}");
        assert_eq!(file.is_animated, kind == FileKind::Sticker, "{message}");
    }
}

#[test]
fn a_place_is_on_the_globe_or_kept() {
    let place = json!({"latitude": -6.175_394, "longitude": 106.827_183, "name": "Monas"});
    let wanted = Location {
        latitude: "-6.175394".into(),
        longitude: "106.827183".into(),
        name: Some("Monas".into()),
        address: None,
        url: None,
    };
    let said_place = said(json!({"type": "location", "location": place}));
    assert!(said_place.content == Content::Location(wanted));
    for odd in [
        json!({"latitude": 91, "longitude": 0}),
        json!({"latitude": 0, "longitude": "east"}),
        json!({"latitude": 0}),
        json!({"latitude": "NaN", "longitude": 0}),
    ] {
        let said = said(json!({"type": "location", "location": odd}));
        assert_eq!(said.content.kind(), "location");
        assert!(matches!(said.content, Content::Other { .. }), "{odd}");
    }
}

#[test]
fn an_entry_of_an_address_book_may_be_nameless_or_the_customers_own() {
    let said = said(json!({"type": "contacts", "contacts": [
        {"name": {"formatted_name": "Budi"}, "phones": [{"phone": "+62 1", "wa_id": "621"}, {"type": "HOME"}],
         "emails": [{"email": "b@example.org"}], "org": {"company": "Toko"}},
        {"origin": "contact_request", "phones": [{"phone": "+62 2"}]},
    ]}));
    let Content::Contacts(cards) = said.content else {
        panic!("no cards")
    };
    assert_eq!(cards.len(), 2);
    assert_eq!(cards[0].name.as_deref(), Some("Budi"));
    assert_eq!(cards[0].phones, ["+62 1"]);
    assert_eq!(cards[0].emails, ["b@example.org"]);
    assert_eq!(cards[0].company.as_deref(), Some("Toko"));
    assert!(!cards[0].is_own);
    assert_eq!(cards[1].name, None);
    assert!(cards[1].is_own);
}

#[test]
fn choices_have_title_description_and_our_id() {
    let wanted = |title: &str, description: Option<&str>, id: &str| {
        Content::Choice(Choice {
            title: title.to_owned(),
            description: description.map(str::to_owned),
            id: Some(id.to_owned()),
        })
    };
    let row = json!({"type": "list_reply", "list_reply": {"id": "1", "title": "Big", "description": "XL"}});
    let row = said(json!({"type": "interactive", "interactive": row}));
    assert!(row.content == wanted("Big", Some("XL"), "1"));
    let button = json!({"type": "button_reply", "button_reply": {"id": "no", "title": "No"}});
    let button = said(json!({"type": "interactive", "interactive": button}));
    assert!(button.content == wanted("No", None, "no"));
    let quick = said(json!({"type": "button", "button": {"payload": "P", "text": "Stop"}}));
    assert!(quick.content == wanted("Stop", None, "P"));
}

#[test]
fn the_answers_of_a_form_are_read_and_what_is_no_json_is_kept() {
    let form = |json: &str| {
        let reply = json!({"name": "flow", "body": "Sent", "response_json": json});
        said(
            json!({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}),
        )
    };
    let filled = form(r#"{"nama":"Budi","flow_token":"T","ukuran":["S","M"],"jumlah":2}"#);
    let Content::Form(answers) = filled.content else {
        panic!("no form")
    };
    let answers: Vec<_> = answers
        .iter()
        .map(|answer| (answer.field.as_str(), answer.value.as_str()))
        .collect();
    assert_eq!(
        answers,
        [("jumlah", "2"), ("nama", "Budi"), ("ukuran", "S, M")]
    );
    for odd in ["{", "3", r#"{"flow_token":"T"}"#] {
        assert_eq!(form(odd).content.text().plain(), "Sent", "{odd}");
    }
}

#[test]
fn an_order_takes_numbers_in_any_notation() {
    let said = said(
        json!({"type": "order", "order": {"catalog_id": "C", "text": "cepat ya",
        "product_items": [
            {"product_retailer_id": "kopi", "quantity": 2, "item_price": 25000, "currency": "IDR"},
            {"product_retailer_id": "teh", "quantity": "1", "item_price": "12.5", "currency": "IDR"},
        ]}}),
    );
    let Content::Order(order) = said.content else {
        panic!("no order")
    };
    assert_eq!(order.text.as_deref(), Some("cepat ya"));
    let items: Vec<_> = order
        .items
        .iter()
        .map(|item| {
            [
                &*item.product,
                &*item.quantity,
                &*item.price,
                &*item.currency,
            ]
        })
        .collect();
    assert_eq!(
        items,
        [["kopi", "2", "25000", "IDR"], ["teh", "1", "12.5", "IDR"]]
    );
}

#[test]
fn what_a_message_carries_along_is_read() {
    let bare = said(json!({"type": "text", "text": {"body": "halo"}}));
    assert!(bare.along == Along::default());
    let said = said(json!({
        "type": "text", "text": {"body": "halo"},
        "context": {"frequently_forwarded": true, "forwarded": false,
            "referred_product": {"catalog_id": "C", "product_retailer_id": "kopi"}},
        "referral": {"source_type": "ad", "source_url": "https://fb.me/x", "headline": "Promo",
            "body": "Beli 2", "ctwa_clid": "A"},
    }));
    assert!(said.along.forwarded);
    assert_eq!(said.along.product.as_deref(), Some("kopi"));
    let referral = said.along.referral.unwrap();
    assert_eq!(referral.kind, "ad");
    assert_eq!(referral.headline.as_deref(), Some("Promo"));
    assert_eq!(referral.text.as_deref(), Some("Beli 2"));
    assert_eq!(referral.url.as_deref(), Some("https://fb.me/x"));
}

#[test]
fn reactions_edits_and_deletions_act_on_their_target() {
    let target = ProviderId::from("wamid.0");
    let reacted = |emoji: Option<&str>| Event::Reacted {
        target: target.clone(),
        emoji: emoji.map(str::to_owned),
    };
    let reaction = |part: Value| update(json!({"type": "reaction", "reaction": part})).event;
    let thumb = json!({"message_id": "wamid.0", "emoji": "👍"});
    assert!(reaction(thumb) == reacted(Some("👍")));
    let emptied = json!({"message_id": "wamid.0", "emoji": ""});
    assert!(reaction(emptied) == reacted(None));
    assert!(reaction(json!({"message_id": "wamid.0"})) == reacted(None));
    let edit = update(json!({"type": "edit", "edit": {
        "original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "*baru*"}},
    }}));
    let Event::Edited {
        target: of,
        content,
    } = edit.event
    else {
        panic!("no edit")
    };
    assert_eq!(
        (of, content.text().plain()),
        (target.clone(), "baru".into())
    );
    let revoke = json!({"type": "revoke", "revoke": {"original_message_id": "wamid.0"}});
    assert!(update(revoke).event == Event::Revoked { target });
}

#[test]
fn an_act_on_nothing_is_shown_by_its_kind() {
    for kind in ["reaction", "edit", "revoke"] {
        let said = said(json!({"type": kind, kind: {}}));
        assert!(matches!(said.content, Content::Other { .. }), "{kind}");
        assert_eq!(said.content.text(), Rich::default(), "{kind}");
    }
}
