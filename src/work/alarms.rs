//! Every alarm that the alerts room can hear, in one place. `docs/operations.md` says
//! of each what it means and what to do; a test compares.

/// When an alarm is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// When trouble begins, and when it is over.
    Once,
    /// Each time it happens.
    EachTime,
    /// Once a day while it goes on: nobody sees its end.
    Daily,
    /// Each time, but five times an hour at most.
    FiveAnHour,
}

/// An alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// What it is called in the table `alarm`, in logs and in the document; what
    /// follows a `:` there tells several of a kind apart.
    pub key: &'static str,
    /// When it is told.
    pub told: Told,
    /// The text of its beginning.
    pub says: &'static str,
    /// The text of its end.
    pub over: Option<&'static str>,
}

/// One that is told when it begins and when it is over.
const fn lasting(key: &'static str, says: &'static str, over: &'static str) -> Alarm {
    Alarm {
        key,
        told: Told::Once,
        says,
        over: Some(over),
    }
}

/// One whose end is not told.
const fn passing(key: &'static str, told: Told, says: &'static str) -> Alarm {
    Alarm {
        key,
        told,
        says,
        over: None,
    }
}

/// All of them, in the order of the document.
pub const ALL: &[Alarm] = &[
    // The text is the channel's own: `down-token` and its neighbors.
    lasting("channel-down", "down-token", "alarm-channel-up"),
    lasting(
        "homeserver-away",
        "alarm-homeserver-away",
        "alarm-homeserver-back",
    ),
    lasting(
        "homeserver-refuses",
        "alarm-homeserver-refuses",
        "alarm-homeserver-takes",
    ),
    lasting("encrypted-rooms", "alarm-encrypted", "alarm-encrypted-over"),
    lasting("disk", "alarm-disk", "alarm-disk-over"),
    lasting("lane-stuck", "alarm-lane-stuck", "alarm-lane-stuck-over"),
    lasting("clock", "alarm-clock", "alarm-clock-over"),
    passing("database-away", Told::EachTime, "alarm-database-away"),
    passing("dead", Told::FiveAnHour, "alarm-dead"),
    passing("unrouted", Told::Daily, "alarm-unrouted"),
    passing("unparsed", Told::Daily, "alarm-unparsed"),
    passing("parked", Told::Daily, "alarm-parked"),
    passing("invite", Told::Daily, "alarm-invite"),
    passing("account", Told::EachTime, "alarm-account"),
    passing("address-conflict", Told::Once, "alarm-address-conflict"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The operator's document.
    const DOCUMENT: &str = include_str!("../../docs/operations.md");

    /// The English catalog.
    const CATALOG: &str = include_str!("../text/en.ftl");

    #[test]
    fn the_document_tells_of_every_alarm_in_order_and_of_no_other() {
        let told: Vec<&str> = DOCUMENT
            .lines()
            .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
            .collect();
        let known: Vec<&str> = ALL.iter().map(|alarm| alarm.key).collect();
        assert_eq!(told, known);
    }

    #[test]
    fn every_text_of_an_alarm_belongs_to_one_of_them() {
        let texts: BTreeSet<&str> = CATALOG
            .lines()
            .filter(|line| line.starts_with("alarm-"))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect();
        let known: BTreeSet<&str> = ALL
            .iter()
            .flat_map(|alarm| [Some(alarm.says), alarm.over])
            .flatten()
            .filter(|key| key.starts_with("alarm-"))
            .collect();
        assert_eq!(texts, known);
    }
}
