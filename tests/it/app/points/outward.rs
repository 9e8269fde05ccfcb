//! Lines for the customer: sent once, or announced.

use loket::crash::{Point, Spot};
use loket::domain::message::LineState;
use loket::domain::room_event::Signal;

use super::super::support::TestApp;
use super::super::support::outcome::{delivered, read};
use super::course::{Act, Death, Story};

/// What the agent reads when it is not certain.
const MAYBE_SENT: &str =
    "Loket: ⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again.";

/// What a death leaves of the line's only attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// The customer has it and we know.
    Certain,
    /// The customer has it, nobody knows.
    Unheard,
    /// The customer does not have it, nobody knows.
    Unsent,
}

/// What must be left by a death: only between the commit of the attempt and the commit
/// of its outcome does nobody know.
fn left(death: Option<Death>) -> Left {
    let Some(Death { point, pass: 1 }) = death else {
        return Left::Certain;
    };
    let unsent = [
        Point::after(Spot::Attempt),
        Point::before(Spot::ChannelSend),
    ];
    let unheard = [
        Point::after(Spot::ChannelSend),
        Point::before(Spot::Outcome),
    ];
    if unsent.contains(&point) {
        Left::Unsent
    } else if unheard.contains(&point) {
        Left::Unheard
    } else {
        Left::Certain
    }
}

/// Ayu answers a customer; a colleague's line is held until nobody confirmed it.
pub(super) const ANSWERED: Story = Story {
    before: |_app| (),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("halo")]),
        Act::Settle,
        Act::Transaction(|app| (vec![app.agent("ayu").line("satu")], vec![])),
        Act::Settle,
        Act::Pass(5),
        Act::Pass(20),
        Act::Transaction(|app| (vec![app.agent("sari").line("boleh saya?")], vec![])),
        Act::Settle,
        Act::Pass(600),
    ],
    check: |app, death| Box::pin(answered(app, death)),
};

/// What must be there after [`ANSWERED`].
async fn answered(app: &TestApp, death: Option<Death>) {
    let room = app.room();
    let (line, held) = (room.event("satu"), room.event("boleh saya?"));
    let undecided = "Loket: ⚠ Not sent: nobody confirmed this line within 10 minutes. \
        Write it again if it should go.";
    let mut lines = vec!["Budi: halo", "ayu: satu"];
    if left(death) == Left::Certain {
        assert_eq!(room.reactions(&line), Vec::<String>::new(), "{death:?}");
    } else {
        lines.push(MAYBE_SENT);
        assert_eq!(room.reactions(&line), ["⚠️", "🔁"], "{death:?}");
    }
    lines.extend(["sari: boleh saya?"]);
    let said = room.lines();
    let (last, before) = said.split_last().unwrap();
    assert_eq!(last, undecided, "{death:?}");
    assert_eq!(before.iter().filter(|line| *line == undecided).count(), 0);
    let before: Vec<&str> = before
        .iter()
        .map(String::as_str)
        .filter(|line| !line.starts_with("Loket: ⏸"))
        .collect();
    assert_eq!(before, lines, "{death:?}");
    assert!(
        !room.reactions(&held).contains(&"⏸".to_owned()),
        "{death:?}"
    );
    assert_eq!(room.owner(), "ayu", "{death:?}");
    reached(app, death).await;
    let claimed = ["Loket: ✓ Ayu 14:00 · Budi · #1"];
    assert_eq!(app.lobby().lines(), claimed, "{death:?}");
    assert_eq!(app.alerts(), Vec::<String>::new(), "{death:?}");
}

/// What the customer received, and what we know of it.
async fn reached(app: &TestApp, death: Option<Death>) {
    let texts: &[&str] = match left(death) {
        Left::Unsent => &[],
        Left::Certain | Left::Unheard => &["satu"],
    };
    assert_eq!(app.channel.texts(), texts, "{death:?}");
    if left(death) == Left::Certain {
        assert_eq!(app.state_of(0).await, LineState::Accepted, "{death:?}");
    }
}

/// Ayu answers; the provider reports that the customer has received and read it, and
/// Ayu reads what the customer wrote.
pub(super) const TOLD: Story = Story {
    before: |_app| (),
    acts: &[
        Act::Webhook(|app| vec![app.contact("budi").line("halo")]),
        Act::Settle,
        Act::Transaction(|app| (vec![app.agent("ayu").line("satu")], vec![])),
        Act::Settle,
        Act::Pass(5),
        Act::Webhook(|app| {
            let sent = app.channel.sent();
            let reports = sent.first().map(|sent| {
                let attempt = Some(sent.attempt.clone());
                vec![
                    app.status("wamid.fake.1", attempt.clone(), read()),
                    app.status("wamid.fake.1", attempt, delivered()),
                ]
            });
            reports.unwrap_or_default()
        }),
        Act::Settle,
        Act::Transaction(|app| {
            let seen = Signal::Read {
                room: app.room().id.clone(),
                user: "@ayu:localhost".into(),
                event: app.room().event("halo"),
            };
            (vec![], vec![seen])
        }),
        Act::Settle,
    ],
    check: |app, death| Box::pin(told(app, death)),
};

/// What must be there after [`TOLD`]: what nobody knew, the reports tell.
async fn told(app: &TestApp, death: Option<Death>) {
    let room = app.room();
    let line = room.event("satu");
    if left(death) == Left::Unsent {
        assert_eq!(room.lines(), ["Budi: halo", "ayu: satu", MAYBE_SENT]);
        assert_eq!(room.reactions(&line), ["⚠️", "🔁"], "{death:?}");
        assert_eq!(app.channel.texts(), Vec::<String>::new(), "{death:?}");
        return;
    }
    assert_eq!(room.lines(), ["Budi: halo", "ayu: satu"], "{death:?}");
    assert_eq!(room.reactions(&line), Vec::<String>::new(), "{death:?}");
    assert_eq!(app.channel.texts(), ["satu"], "{death:?}");
    assert_eq!(app.state_of(0).await, LineState::Read, "{death:?}");
}
