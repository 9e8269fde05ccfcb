//! Where an event happens: teams, owners, windows, policies.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use loket::domain::conversation::{
    Conversation, Echo, ForeignReply, Owner, PlainLine, Policy, Status,
};
use loket::domain::ids::{AccountId, ConversationId, IdentityId, UserId};
use loket::domain::leak::{Colleague, Role};

use super::dice::Dice;

/// The commands of a small desk.
const FEW: &[&str] = &[
    "takeover", "take", "ambil", "solve", "done", "selesai", "note", "catatan", "send", "mode",
    "undo", "resend", "retry", "queue", "help", "bantuan",
];
/// The commands of a desk with everything.
const MANY: &[&str] = &[
    "takeover",
    "take",
    "ambil",
    "assign",
    "tugaskan",
    "unassign",
    "assign-ai",
    "keai",
    "ai",
    "solve",
    "done",
    "selesai",
    "reopen",
    "buka",
    "snooze",
    "tunda",
    "unsnooze",
    "unread",
    "belumbaca",
    "read",
    "priority",
    "mute",
    "block",
    "blokir",
    "spam",
    "label",
    "tag",
    "note",
    "catatan",
    "contact-note",
    "notes",
    "rename",
    "set",
    "case",
    "s",
    "as",
    "send",
    "mode",
    "undo",
    "resend",
    "retry",
    "template",
    "schedule",
    "remind",
    "summary",
    "ringkas",
    "dm",
    "queue",
    "mine",
    "help",
    "bantuan",
    "lang",
];

/// What all cases share.
pub(crate) struct World {
    /// Teams, each with the desk as its last member.
    teams: Vec<Vec<Colleague>>,
    /// The customer's user.
    pub(crate) customer: UserId,
}

/// Where an event happens.
pub(crate) struct Scene<'a> {
    /// Who wrote it.
    pub(crate) sender: UserId,
    /// As what.
    pub(crate) role: Role,
    /// The team.
    pub(crate) colleagues: &'a [Colleague],
    /// What starts a command.
    pub(crate) prefix: &'static str,
    /// The commands.
    pub(crate) commands: &'static [&'static str],
    /// The conversation.
    pub(crate) conversation: Conversation,
    /// The team's rules.
    pub(crate) policy: Policy,
    /// The time.
    pub(crate) now: Timestamp,
}

/// A member of a team.
fn member(user: &str, names: &[&str]) -> Colleague {
    Colleague {
        user: UserId::from(user),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

impl World {
    /// The world in which all cases happen.
    pub(crate) fn new() -> Self {
        let desk = member("@loket:desk.example", &["loket", "Loket"]);
        let teams = vec![
            vec![
                member("@ayu:desk.example", &["ayu", "Ayu Lestari"]),
                member("@sari:desk.example", &["sari", "Sari"]),
                member(
                    "@budi.santoso:desk.example",
                    &["budi.santoso", "Budi Santoso"],
                ),
                desk.clone(),
            ],
            vec![
                member("@agus:desk.example", &["agus", ""]),
                member("@zoe:other.example", &["zoe", "Zoë Müller (CS)"]),
                member("@li.lei:desk.example", &["li.lei", "李雷"]),
                member("@cs_1:desk.example", &["cs_1", "  "]),
                desk.clone(),
            ],
            vec![member("@nia:desk.example", &["nia"]), desk],
        ];
        Self {
            teams,
            customer: UserId::from("@loket_wa_0192f:desk.example"),
        }
    }

    /// A scene.
    pub(crate) fn scene(&self, dice: &mut Dice) -> Scene<'_> {
        let team = dice.pick(&self.teams);
        let agents: Vec<&Colleague> = team
            .iter()
            .filter(|member| member.user.localpart() != "loket")
            .collect();
        let me = dice.pick(&agents).user.clone();
        let other = agents
            .iter()
            .map(|agent| &agent.user)
            .find(|user| **user != me);
        let other = other
            .cloned()
            .unwrap_or_else(|| UserId::from("@gone:desk.example"));
        let role = dice.weigh(&[(88, Role::Agent), (6, Role::Stranger), (6, Role::Ours)]);
        let sender = match role {
            Role::Agent => me.clone(),
            Role::Stranger => UserId::from("@mallory:evil.example"),
            Role::Ours => {
                UserId::from(*dice.pick(&["@loket:desk.example", "@loket_ai_1:desk.example"]))
            }
        };
        let now = Timestamp::constant(1_795_000_000, 0);
        let conversation = conversation(dice, &sender, &other, now);
        Scene {
            sender,
            role,
            colleagues: team,
            prefix: dice.weigh(&[(92, "!"), (8, "#")]),
            commands: dice.weigh(&[(50, FEW), (50, MANY)]),
            conversation,
            policy: policy(dice),
            now,
        }
    }
}

/// A conversation in some state.
fn conversation(dice: &mut Dice, sender: &UserId, other: &UserId, now: Timestamp) -> Conversation {
    let mut conversation = Conversation::new(
        ConversationId::from("cnv_1"),
        IdentityId::from("idn_1"),
        AccountId::from("wa"),
    );
    conversation.owner = match dice.weigh(&[(46, 0), (18, 1), (15, 2), (9, 3), (5, 4), (7, 5)]) {
        0 => Owner::Agent(sender.clone()),
        1 => Owner::Queue,
        2 => Owner::Agent(other.clone()),
        3 => Owner::Assistant,
        4 => Owner::Script,
        _ => Owner::Phone,
    };
    conversation.status = match dice.below(10) {
        0..=6 => Status::Open,
        7 => Status::Snoozed(
            dice.chance(50)
                .then_some(now + SignedDuration::from_hours(2)),
        ),
        _ => Status::Solved,
    };
    conversation.case = dice.chance(90).then_some(1042);
    conversation.window_expires_at = match dice.weigh(&[(80, 0), (12, 1), (8, 2)]) {
        0 => Some(now + SignedDuration::from_mins(1 + minutes(dice))),
        1 => Some(now - SignedDuration::from_mins(1 + minutes(dice))),
        _ => None,
    };
    let mut note_mode = BTreeSet::new();
    if dice.chance(6) {
        note_mode.insert(sender.clone());
    }
    if dice.chance(10) {
        note_mode.insert(other.clone());
    }
    conversation.note_mode = note_mode;
    conversation
}

/// Up to a day, in minutes.
fn minutes(dice: &mut Dice) -> i64 {
    i64::try_from(dice.below(24 * 60)).expect("a day is short")
}

/// Rules of a team.
fn policy(dice: &mut Dice) -> Policy {
    Policy {
        undo_window: SignedDuration::from_secs(5),
        takeover_undo_window: SignedDuration::from_secs(10),
        foreign_reply: dice.weigh(&[
            (50, ForeignReply::Ask),
            (25, ForeignReply::Allow),
            (25, ForeignReply::Refuse),
        ]),
        plain_line_while_assistant: dice.weigh(&[
            (50, PlainLine::Takeover),
            (25, PlainLine::Refuse),
            (25, PlainLine::Note),
        ]),
        window: dice.chance(85).then_some(SignedDuration::from_hours(24)),
        echo: Echo::Takeover,
    }
}
