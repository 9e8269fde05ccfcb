//! Who a sender is.

use super::*;
use crate::domain::contact::Identity;
use crate::store::Resolved;

/// Resolves a sender, with fresh ids named `n`.
async fn resolve(desk: &Desk, sender: Sender, n: &'static str) -> Resolved {
    desk.write(move |tx| {
        Box::pin(async move {
            tx.resolve(ChannelKind::Whatsapp, &sender, at(1), fresh(n))
                .await
        })
    })
    .await
}

/// An identity.
async fn identity(desk: &Desk, id: &'static str) -> Identity {
    desk.read(move |tx| Box::pin(async move { tx.get_identity(&IdentityId::from(id)).await }))
        .await
}

/// The addresses in force, in the clear.
fn addresses(identity: &Identity) -> Vec<(AddressKind, &str)> {
    identity
        .addresses
        .iter()
        .map(|address| (address.kind, address.value.reveal()))
        .collect()
}

/// A known identity, unchanged.
fn known(id: &str) -> Resolved {
    Resolved {
        identity: IdentityId::from(id),
        created: false,
        renamed: false,
        conflict: None,
    }
}

#[tokio::test]
async fn an_unknown_sender_becomes_a_new_identity_and_stays_it() {
    let desk = Desk::new().await;
    let budi = || sender("ID.1", Some("6281"), Some("Budi"));
    let created = resolve(&desk, budi(), "1").await;
    assert_eq!(
        created,
        Resolved {
            created: true,
            ..known("idn_1")
        }
    );
    assert_eq!(resolve(&desk, budi(), "2").await, known("idn_1"));
    let identity = identity(&desk, "idn_1").await;
    assert_eq!(identity.name, Some(Private::from("Budi")));
    assert_eq!(
        addresses(&identity),
        [(AddressKind::Bsuid, "ID.1"), (AddressKind::Phone, "6281")]
    );
}

#[tokio::test]
async fn a_sender_with_a_bsuid_and_a_user_name_only_is_known_by_the_bsuid() {
    let desk = Desk::new().await;
    let mut hidden = sender("ID.1", None, None);
    hidden.username = Some(Private::from("budi.s"));
    resolve(&desk, hidden.clone(), "1").await;
    assert_eq!(resolve(&desk, hidden, "2").await, known("idn_1"));
    let identity = identity(&desk, "idn_1").await;
    assert_eq!(identity.title(), "@budi.s");
    assert_eq!(identity.phone(), None);
}

#[tokio::test]
async fn a_phone_number_told_later_becomes_the_identitys() {
    let desk = Desk::new().await;
    resolve(&desk, sender("ID.1", None, None), "1").await;
    resolve(&desk, sender("ID.1", Some("6281"), None), "2").await;
    assert_eq!(
        resolve(&desk, sender("", Some("6281"), None), "3").await,
        known("idn_1")
    );
}

#[tokio::test]
async fn a_new_bsuid_of_a_known_phone_number_replaces_the_old_one() {
    let desk = Desk::new().await;
    resolve(&desk, sender("ID.1", Some("6281"), None), "1").await;
    assert_eq!(
        resolve(&desk, sender("ID.2", Some("6281"), None), "2").await,
        known("idn_1")
    );
    let current = identity(&desk, "idn_1").await;
    assert_eq!(
        addresses(&current),
        [(AddressKind::Bsuid, "ID.2"), (AddressKind::Phone, "6281")]
    );
    // The old one is history, and still leads here.
    assert_eq!(
        resolve(&desk, sender("ID.1", None, None), "3").await,
        known("idn_1")
    );
}

#[tokio::test]
async fn the_phone_number_wins_over_the_bsuid_and_nothing_is_merged() {
    let desk = Desk::new().await;
    resolve(&desk, sender("ID.1", None, None), "1").await;
    resolve(&desk, sender("", Some("6282"), None), "2").await;
    let both = resolve(&desk, sender("ID.1", Some("6282"), None), "3").await;
    assert_eq!(
        both,
        Resolved {
            conflict: Some(IdentityId::from("idn_1")),
            ..known("idn_2")
        }
    );
    assert_eq!(
        addresses(&identity(&desk, "idn_1").await),
        [(AddressKind::Bsuid, "ID.1")]
    );
    assert_eq!(
        addresses(&identity(&desk, "idn_2").await),
        [(AddressKind::Phone, "6282")]
    );
}

#[tokio::test]
async fn the_newest_name_is_kept_and_a_missing_one_changes_nothing() {
    let desk = Desk::new().await;
    resolve(&desk, sender("ID.1", None, Some("Budi")), "1").await;
    let silent = resolve(&desk, sender("ID.1", None, None), "2").await;
    assert!(!silent.renamed);
    let renamed = resolve(&desk, sender("ID.1", None, Some("Budi S.")), "2").await;
    assert!(renamed.renamed);
    assert_eq!(identity(&desk, "idn_1").await.title(), "Budi S.");
}

#[tokio::test]
async fn a_sender_without_an_address_is_an_error() {
    let desk = Desk::new().await;
    let nobody = desk
        .store
        .write(|tx| {
            Box::pin(async move {
                tx.resolve(
                    ChannelKind::Whatsapp,
                    &sender("", None, None),
                    at(0),
                    fresh("1"),
                )
                .await
            })
        })
        .await;
    assert!(
        matches!(nobody, Err(StoreError::Missing { what: "address" })),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn the_ghosts_shown_name_is_none_until_it_is_set() {
    let desk = Desk::new().await;
    resolve(&desk, sender("ID.1", None, Some("Budi")), "1").await;
    let shown = desk
        .write(|tx| {
            Box::pin(async move {
                let id = IdentityId::from("idn_1");
                let before = tx.shown_name(&id).await?;
                tx.set_shown_name(&id, "Budi (WhatsApp)").await?;
                Ok([before, tx.shown_name(&id).await?])
            })
        })
        .await;
    assert_eq!(shown, [None, Some("Budi (WhatsApp)".to_owned())]);
}
