//! What the homeserver did not deliver: found, and sent once and in order.

use loket::crash::{Point, Spot};
use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;

use super::super::support::TestApp;
use super::course::{Act, Death, Story};

/// What an agent wrote, in order. Only the last of it is delivered.
const WRITTEN: [&str; 3] = ["satu", "dua", "tiga"];

/// The homeserver first forgets how far we had read, then loses two lines of Ayu's and
/// delivers the third.
pub(super) const RECOVERED: Story = Story {
    before: |_app| (),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("halo")]),
        Act::Settle,
        Act::World(|app| {
            let unknown = MatrixError::Refused {
                code: "M_UNKNOWN".into(),
                status: 400,
            };
            app.homeserver.fail_next(Ask::News, unknown);
        }),
        Act::Outage,
        Act::Settle,
        Act::Pass(60),
        Act::World(|app| {
            for lost in ["satu", "dua"] {
                app.agent("ayu").line(lost);
            }
        }),
        Act::Outage,
        Act::Transaction(|app| (vec![app.agent("ayu").line("tiga")], vec![])),
        Act::Settle,
        Act::Pass(5),
        Act::Pass(20),
    ],
    check: |app, death| Box::pin(async move { recovered(app, death) }),
};

/// What must be there after [`RECOVERED`].
fn recovered(app: &TestApp, death: Option<Death>) {
    let uncertain = [
        Point::after(Spot::Attempt),
        Point::before(Spot::ChannelSend),
        Point::after(Spot::ChannelSend),
        Point::before(Spot::Outcome),
    ];
    let (sent, lines) = (app.channel.texts(), app.room().lines());
    let announced = lines
        .iter()
        .filter(|line| line.starts_with("Loket: ⚠ May not have been sent"))
        .count();
    let missing = WRITTEN.len() - sent.len();
    let expected: Vec<&str> = WRITTEN
        .into_iter()
        .filter(|text| sent.iter().any(|sent| sent == text))
        .collect();
    assert_eq!(sent, expected, "{death:?}");
    if death.is_some_and(|death| uncertain.contains(&death.point)) {
        assert!(missing <= announced && announced <= 1, "{death:?}");
    } else {
        assert_eq!((missing, announced), (0, 0), "{death:?}");
    }
    for text in WRITTEN {
        let shown = lines.iter().filter(|line| **line == format!("ayu: {text}"));
        assert_eq!(shown.count(), 1, "{text} {death:?}");
    }
}
