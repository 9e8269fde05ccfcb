//! Customers who write again.

use super::*;

/// The day after the one on which everything happens.
const NEXT_DAY: i64 = 24 * 60 * 60 + 1;

/// Where a line of a sender on `account` goes at once.
async fn find(
    desk: &Desk,
    sender: Sender,
    account: &'static str,
    now: Timestamp,
) -> Option<ConversationId> {
    desk.read(move |tx| {
        Box::pin(async move {
            let account = AccountId::from(account);
            tx.find_known(ChannelKind::Whatsapp, &sender, &account, now)
                .await
        })
    })
    .await
}

/// Notes what is new of a sender.
async fn note(desk: &Desk, sender: Sender, now: Timestamp) {
    desk.write(move |tx| {
        Box::pin(async move {
            tx.resolve(ChannelKind::Whatsapp, &sender, now, fresh("2"))
                .await
        })
    })
    .await;
}

/// The customer of [`Desk::conversation`] as they are known.
fn budi() -> Sender {
    sender("ID.1", Some("6281"), Some("Budi"))
}

#[tokio::test]
async fn a_customer_of_whom_nothing_is_new_is_found_at_once() {
    let desk = Desk::new().await;
    assert_eq!(find(&desk, budi(), "wa", at(1)).await, None);
    let conversation = desk.conversation().await;
    let told = [
        budi(),
        sender("ID.1", Some("6281"), None),
        sender("ID.1", None, Some("Budi")),
        sender("", Some("6281"), None),
    ];
    for told in told {
        let found = find(&desk, told.clone(), "wa", at(2)).await;
        assert_eq!(found.as_ref(), Some(&conversation), "{told:?}");
    }
    assert_eq!(find(&desk, budi(), "wa2", at(2)).await, None);
    assert_eq!(find(&desk, sender("", None, None), "wa", at(2)).await, None);
}

#[tokio::test]
async fn a_customer_of_whom_anything_is_new_is_not_found_until_that_is_noted() {
    let news = [
        sender("ID.1", Some("6281"), Some("Budi S.")),
        Sender {
            username: Some(Private::from("budi.s")),
            ..budi()
        },
        sender("ID.1", Some("6282"), Some("Budi")),
        sender("ID.2", Some("6281"), Some("Budi")),
    ];
    for told in news {
        let desk = Desk::new().await;
        let conversation = desk.conversation().await;
        assert_eq!(find(&desk, told.clone(), "wa", at(2)).await, None);
        note(&desk, told.clone(), at(2)).await;
        assert_eq!(find(&desk, told, "wa", at(3)).await, Some(conversation));
    }
}

#[tokio::test]
async fn an_address_that_is_history_is_not_found_at_once() {
    let desk = Desk::new().await;
    desk.conversation().await;
    note(&desk, sender("ID.2", Some("6281"), None), at(2)).await;
    let old = sender("ID.1", None, None);
    assert_eq!(find(&desk, old, "wa", at(3)).await, None);
}

#[tokio::test]
async fn addresses_of_two_customers_are_not_found_at_once() {
    let desk = Desk::new().await;
    desk.conversation().await;
    note(&desk, sender("ID.9", None, None), at(2)).await;
    for told in ["ID.1", "ID.9"] {
        let other = if told == "ID.1" { "6289" } else { "6281" };
        let told = sender(told, Some(other), None);
        assert_eq!(find(&desk, told, "wa", at(3)).await, None);
    }
}

#[tokio::test]
async fn a_customer_is_seen_again_after_a_day() {
    let desk = Desk::new().await;
    let conversation = desk.conversation().await;
    assert_eq!(find(&desk, budi(), "wa", at(NEXT_DAY)).await, None);
    note(&desk, budi(), at(NEXT_DAY)).await;
    let found = find(&desk, budi(), "wa", at(NEXT_DAY + 1)).await;
    assert_eq!(found, Some(conversation));
}
