//! The homeserver forgets, refuses, or does not answer; the configuration changes.

use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;

use super::super::support::TestApp;
use super::course::{Act, Death, Story};

/// An answer is lost and the homeserver away for longer than it remembers sends; an
/// agent writes while the account is in no team.
pub(super) const FORGETFUL: Story = Story {
    before: |_app| (),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("satu")]),
        Act::Settle,
        Act::World(|app| app.homeserver.lose_next_answer(Ask::Send)),
        Act::Webhook(|app| vec![app.contact("budi").line("dua")]),
        Act::Settle,
        Act::World(|app| {
            app.homeserver.go_down(MatrixError::Retry {
                after: None,
                detail: "connection refused".into(),
            });
        }),
        Act::Pass(31 * 60),
        Act::World(|app| {
            app.homeserver.forget_transactions();
            app.homeserver.come_back();
        }),
        Act::Pass(60),
        Act::Configured(TestApp::forgets_account),
        Act::Transaction(|app| (vec![app.agent("ayu").line("tiga")], vec![])),
        Act::Settle,
        Act::Configured(TestApp::remembers_account),
        Act::Pass(60),
        Act::Pass(5),
    ],
    check: |app, death| Box::pin(async move { forgetful(app, death) }),
};

/// What must be there after [`FORGETFUL`].
fn forgetful(app: &TestApp, death: Option<Death>) {
    let lines = app.room().lines();
    let said: Vec<&str> = lines.iter().map(String::as_str).take(3).collect();
    assert_eq!(said, ["Budi: satu", "Budi: dua", "ayu: tiga"], "{death:?}");
    assert_eq!(app.lobby().lines().len(), 1, "{death:?}");
    assert_eq!(app.alerts(), Vec::<String>::new(), "{death:?}");
    // Whether it went is the matter of `outward.rs`: here only that it did not twice.
    let announced = lines.len() == 4;
    let texts = app.channel.texts();
    assert!(announced || texts == ["tiga"], "{death:?} {lines:#?}");
    assert!(texts.len() <= 1, "{death:?}");
}

/// The homeserver refuses everything for a while, and one agent's invitations for ever.
pub(super) const REFUSED: Story = Story {
    before: |app| app.homeserver.bar("@dewi:localhost"),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("satu")]),
        Act::Settle,
        Act::World(|app| {
            app.homeserver.go_down(MatrixError::Refused {
                code: "M_FORBIDDEN".into(),
                status: 403,
            });
        }),
        Act::Webhook(|app| vec![app.contact("budi").line("dua")]),
        Act::Webhook(|app| vec![app.contact("cici").line("halo")]),
        Act::Settle,
        Act::Pass(5),
        Act::World(|app| app.homeserver.come_back()),
        Act::Look,
        Act::Care,
        Act::Pass(300),
        Act::Restart,
    ],
    check: |app, death| Box::pin(async move { refused(app, death) }),
};

/// What must be there after [`REFUSED`].
fn refused(app: &TestApp, death: Option<Death>) {
    let lines = |name| app.room_of(name).lines();
    assert_eq!(lines("Budi"), ["Budi: satu", "Budi: dua"], "{death:?}");
    assert_eq!(lines("Cici"), ["Cici: halo"], "{death:?}");
    assert_eq!(app.lobby().lines().len(), 2, "{death:?}");
    let mut alerts = app.alerts();
    alerts.sort();
    assert_eq!(
        alerts,
        [
            "Loket: ⚠ @dewi:localhost could not be invited into a room (M_FORBIDDEN). \
             Is the user id in the configuration right?",
            "Loket: ⚠ The homeserver refuses what Loket asks of it (M_FORBIDDEN). Is the \
             registration loaded, and are its tokens those of config.yaml? Everything \
             waits and is tried again.",
            "Loket: ✓ The homeserver takes again what Loket asks of it.",
        ],
        "{death:?}"
    );
}
