//! Everything at once, by chance: customers and agents write, the homeserver goes
//! and comes, answers are lost, the channel refuses or says nothing, the process
//! dies at any moment. Whatever happens, no line is lost, doubled or overtaken.

use loket::matrix::MatrixError;
use loket::matrix::fake::Ask;

use super::support::TestApp;
use super::support::outcome::{refused, unknown};

/// How many different courses are tried.
const COURSES: u64 = 12;

/// How many things happen in a course.
const STEPS: usize = 40;

/// What may get lost on the way back from the homeserver.
const ASKS: [Ask; 6] = [
    Ask::CreateRoom,
    Ask::Send,
    Ask::Join,
    Ask::Invite,
    Ask::AddChild,
    Ask::EnsureUser,
];

/// Numbers that look like chance; the same for the same seed.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's constants for linear congruential generators.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// What was written in a course.
#[derive(Debug, Default)]
struct Written {
    /// The customer's lines.
    inward: Vec<String>,
    /// The agent's lines.
    outward: Vec<String>,
}

/// One thing happens.
async fn step(app: &mut TestApp, chance: &mut Chance, written: &mut Written) {
    match chance.below(10) {
        0..=2 => {
            let text = format!("masuk {}", written.inward.len());
            let line = app.contact("budi").line(&text);
            for _ in 0..=chance.below(2) {
                app.webhook(vec![line.clone()]).await;
            }
            written.inward.push(text);
        }
        3..=4 if portal_is_listed(app) => {
            let text = format!("keluar {}", written.outward.len());
            let line = app.agent("ayu").line(&text);
            for _ in 0..=chance.below(2) {
                app.transaction(vec![line.clone()], Vec::new()).await;
            }
            written.outward.push(text);
            match chance.below(6) {
                0 => app.channel.will(refused()),
                1 => app.channel.will(unknown()),
                _ => app
                    .channel
                    .will(Ok(format!("wamid.{}", written.outward.len()).into())),
            }
        }
        5 => app.homeserver.go_down(MatrixError::Retry {
            after: None,
            detail: "connection refused".into(),
        }),
        6 => app.homeserver.come_back(),
        7 => {
            let ask = ASKS.get(chance.below(ASKS.len())).unwrap();
            app.homeserver.lose_next_answer(*ask);
        }
        8 => {
            app.homeserver.come_back();
            app.dies_after(chance.below(60)).await;
        }
        _ => app.advance(i64::try_from(chance.below(20)).unwrap()).await,
    }
}

/// Whether agents can find the portal: it stands in the account's space.
fn portal_is_listed(app: &TestApp) -> bool {
    let space = app.homeserver.room_called("space:wa").unwrap();
    let portals = app.homeserver.portals();
    portals
        .iter()
        .any(|portal| space.children.contains(&portal.id))
}

#[tokio::test]
async fn whatever_happens_no_line_is_lost_doubled_or_overtaken() {
    for seed in 0..COURSES {
        let mut app = TestApp::start().await;
        let (mut chance, mut written) = (Chance(seed), Written::default());
        for _ in 0..STEPS {
            step(&mut app, &mut chance, &mut written).await;
        }
        app.homeserver.come_back();
        for _ in 0..60 {
            app.advance(20).await;
        }
        check(&app, &written, seed).await;
    }
}

/// What holds at the end of every course.
async fn check(app: &TestApp, written: &Written, seed: u64) {
    assert_eq!(app.dead().await, 0, "seed {seed}");
    if written.inward.is_empty() {
        return;
    }
    let lines = app.room().lines();
    let said = |who: &str| -> Vec<String> {
        let theirs = lines.iter().filter_map(|line| line.strip_prefix(who));
        theirs.map(str::to_owned).collect()
    };
    assert_eq!(said("Budi: "), written.inward, "seed {seed}");
    assert_eq!(app.lobby().lines().len(), 1, "seed {seed}");
    let texts = app.channel.texts();
    let mut expected = written.outward.clone();
    expected.retain(|text| texts.contains(text));
    assert_eq!(texts, expected, "seed {seed}: in order, each once");
    // Of a line that was never sent the agent has been told that it may have been.
    let maybe = "⚠ May not have been sent: WhatsApp did not answer. 🔁 sends it again.";
    let told = said("Loket: ").iter().filter(|line| *line == maybe).count();
    assert!(
        texts.len() + told >= written.outward.len(),
        "seed {seed}: {lines:#?} {texts:?}"
    );
}
