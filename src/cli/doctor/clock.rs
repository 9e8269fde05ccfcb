//! Our clock against others'.

use jiff::Timestamp;

use super::ask::Answer;
use super::finding::Tell;
use crate::clock::{Clock as _, SystemClock};

/// From here on it should be looked at.
const ODD: i64 = 5;

/// From here on what we tell customers and agents is wrong, and Meta's times are.
const WRONG: i64 = 60;

/// Compares the clock of `whose` answer with ours.
pub(super) fn compare(answer: &Answer, whose: &str, tell: &Tell) {
    let Some(theirs) = answer.date else {
        return tell.warn("clock", format!("{whose} does not say what time it is"));
    };
    let difference = difference(SystemClock.now(), theirs);
    let advice = "Run a time service (chrony, systemd-timesyncd) on both machines";
    let words = format!("ours and {whose}'s are {difference} s apart");
    if difference >= WRONG {
        tell.fail("clock", format!("{words}. {advice}"));
    } else if difference >= ODD {
        tell.warn("clock", format!("{words}. {advice}"));
    } else {
        tell.ok("clock", words);
    }
}

/// How many whole seconds lie between two clocks.
fn difference(ours: Timestamp, theirs: Timestamp) -> i64 {
    ours.duration_since(theirs).as_secs().abs()
}
