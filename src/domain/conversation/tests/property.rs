//! What holds whatever happens, in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Agents of the team.
const AGENTS: [&str; 3] = ["ayu", "budi", "citra"];

/// Something that happens, in small numbers that the world gives a meaning.
#[derive(Debug, Clone)]
enum Happens {
    Time(i64),
    Customer(bool),
    Line(usize, Option<Hold>),
    Edit(usize, bool),
    Redact(usize),
    Decide(usize, usize, bool),
    Expire(usize),
    Age(usize),
    Start,
    Phone(bool),
    TakeOver(usize, bool),
    Solve(usize),
    Undo(usize),
    Resend(usize, usize),
    OwnedBy(Owner),
}

fn happens() -> impl Strategy<Value = Happens> {
    let who = 0..AGENTS.len();
    let line = 0..8_usize;
    let hold = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Hold::Foreign)),
        1 => Just(Some(Hold::Doubt)),
        1 => Just(Some(Hold::Window)),
    ];
    prop_oneof![
        4 => prop_oneof![0..20_i64, 600..700_i64, 80_000..90_000_i64].prop_map(Happens::Time),
        3 => any::<bool>().prop_map(Happens::Customer),
        6 => (who.clone(), hold).prop_map(|(who, hold)| Happens::Line(who, hold)),
        2 => (line.clone(), any::<bool>()).prop_map(|(n, out)| Happens::Edit(n, out)),
        2 => line.clone().prop_map(Happens::Redact),
        3 => (line.clone(), who.clone(), any::<bool>()).prop_map(|(n, who, yes)| Happens::Decide(n, who, yes)),
        1 => line.clone().prop_map(Happens::Expire),
        1 => line.clone().prop_map(Happens::Age),
        2 => Just(Happens::Start),
        2 => any::<bool>().prop_map(Happens::Phone),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, force)| Happens::TakeOver(who, force)),
        1 => who.clone().prop_map(Happens::Solve),
        1 => who.clone().prop_map(Happens::Undo),
        1 => (line, who).prop_map(|(n, who)| Happens::Resend(n, who)),
        1 => prop_oneof![Just(Owner::Assistant), Just(Owner::Phone)].prop_map(Happens::OwnedBy),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let foreign = prop_oneof![
        Just(ForeignReply::Ask),
        Just(ForeignReply::Allow),
        Just(ForeignReply::Refuse)
    ];
    (foreign, any::<bool>(), any::<bool>()).prop_map(|(foreign_reply, undo, window)| Policy {
        foreign_reply,
        undo_window: SignedDuration::from_secs(if undo { 5 } else { 0 }),
        takeover_undo_window: SignedDuration::from_secs(if undo { 10 } else { 0 }),
        window: window.then(|| SignedDuration::from_hours(24)),
        ..policy()
    })
}

/// The conversation and an independent account of its lines.
struct World {
    desk: Desk,
    /// Writers and states of all lines there ever were.
    lines: Vec<(usize, LineState)>,
    /// The channel's lane: messages in the order in which they went into it.
    lane: Vec<MessageId>,
    cancelled: BTreeSet<MessageId>,
}

impl World {
    fn new(policy: Policy) -> Self {
        let mut desk = Desk::new();
        desk.policy = policy;
        Self {
            desk,
            lines: Vec::new(),
            lane: Vec::new(),
            cancelled: BTreeSet::new(),
        }
    }

    fn message(n: usize) -> MessageId {
        MessageId::from(format!("msg_{n}"))
    }

    fn state(&mut self, message: &MessageId, state: LineState) {
        for n in 0..self.lines.len() {
            if Self::message(n) == *message {
                self.lines[n].1 = state;
            }
        }
    }

    fn target(&self, n: usize) -> Option<Target> {
        let (writer, state) = *self.lines.get(n)?;
        Some(target(AGENTS[writer], Self::message(n).as_str(), state))
    }

    /// The input that something is; `None` if it means nothing now.
    fn input(&mut self, happens: Happens) -> Option<Input> {
        let now = self.desk.now;
        let agent = |who: usize| user(AGENTS[who]);
        Some(match happens {
            Happens::Time(seconds) => {
                self.desk.pass(seconds);
                return None;
            }
            Happens::OwnedBy(owner) => {
                self.desk.state.owner = owner;
                return None;
            }
            Happens::Start => {
                self.start();
                return None;
            }
            Happens::Customer(thanks) => Input::CustomerSaid {
                message: "msg_c".into(),
                text: Some(if thanks { "makasih" } else { "halo" }.to_owned()),
                at: now,
            },
            Happens::Line(who, hold) => {
                let message = Self::message(self.lines.len());
                self.lines.push((who, LineState::Cancelled));
                Input::AgentReplied(Outward {
                    event: event_of(message.as_str()),
                    message,
                    agent: agent(who),
                    text: text("baik"),
                    reply_to: None,
                    received_at: now,
                    hold,
                })
            }
            Happens::Edit(n, outward) => {
                let target = self.target(n)?;
                Input::LineEdited {
                    agent: target.writer.clone(),
                    target,
                    text: outward.then(|| text("baik kak")),
                    event: "$edit".into(),
                }
            }
            Happens::Redact(n) => {
                let target = self.target(n)?;
                Input::LineRedacted {
                    agent: target.writer.clone(),
                    target,
                }
            }
            Happens::Decide(n, who, yes) => Input::Decided {
                message: Self::message(n),
                agent: agent(who),
                decision: if yes { Decision::Send } else { Decision::Drop },
            },
            Happens::Expire(n) => Input::HoldExpired {
                message: Self::message(n),
            },
            Happens::Age(n) => Input::HoldForAge {
                message: Self::message(n),
            },
            Happens::Phone(writes) if writes => Input::PhoneSaid {
                message: "msg_p".into(),
                at: now,
            },
            Happens::Phone(_) => Input::PhoneQuiet,
            Happens::TakeOver(who, force) => Input::TakeOver {
                agent: agent(who),
                force,
            },
            Happens::Solve(who) => Input::Solve {
                agent: agent(who),
                reason: None,
            },
            Happens::Undo(who) => Input::Undo { agent: agent(who) },
            Happens::Resend(n, who) => Input::Resend {
                target: self.target(n)?,
                agent: agent(who),
            },
        })
    }

    /// The channel's lane starts its first line, which nothing may be due before.
    fn start(&mut self) {
        if self.lane.is_empty() {
            return;
        }
        let message = self.lane.remove(0);
        self.desk.starts(message.as_str());
        self.state(&message, LineState::Failed);
    }

    /// Applies an input and checks what must hold for every one.
    fn step(&mut self, input: Input) {
        let before = self.desk.state.clone();
        let Ok(effects) = self.desk.apply(input) else {
            assert_eq!(self.desk.state, before, "a refusal changes nothing");
            return;
        };
        let outward = effects.iter().any(|effect| self.carry_out(effect));
        self.check_epoch(&before, outward);
        self.check_lane();
        self.check_cases(&effects, &before);
    }

    /// Keeps account of an effect; whether it is a human's outward line.
    fn carry_out(&mut self, effect: &Effect) -> bool {
        match effect {
            Effect::Queue { line, .. } => self.enters(&line.message),
            Effect::Release { message, .. } => self.enters(message),
            Effect::Resend { message, .. } => {
                assert!(!self.cancelled.contains(message));
                return true;
            }
            Effect::Hold { line, .. } => {
                assert!(!self.cancelled.contains(&line.message));
                self.lane.retain(|other| *other != line.message);
                self.state(&line.message.clone(), LineState::Held);
                return false;
            }
            Effect::Cancel { message } => {
                assert!(self.cancelled.insert(message.clone()), "cancelled twice");
                self.lane.retain(|other| other != message);
                self.state(message, LineState::Cancelled);
                return false;
            }
            Effect::Amend { message, .. } => {
                assert!(!self.cancelled.contains(message));
                return false;
            }
            Effect::ShowCustomer { .. }
            | Effect::ShowPhone { .. }
            | Effect::Say(_)
            | Effect::Mark { .. }
            | Effect::Unmark { .. }
            | Effect::KeepNote(_)
            | Effect::OpenCase
            | Effect::CloseCase { .. }
            | Effect::CallHumans
            | Effect::Claimed { .. }
            | Effect::Invite { .. }
            | Effect::Timer { .. }
            | Effect::Project => return false,
        }
        true
    }

    /// A line enters the channel's lane: not cancelled before, and not in it.
    fn enters(&mut self, message: &MessageId) {
        assert!(!self.cancelled.contains(message), "cancelled before");
        assert!(!self.lane.contains(message), "in the lane already");
        self.lane.push(message.clone());
        self.state(message, LineState::Queued);
    }

    fn check_epoch(&self, before: &Conversation, outward: bool) {
        let after = &self.desk.state;
        let moves = outward || after.owner != before.owner || after.status != before.status;
        assert_eq!(
            after.handover_epoch,
            before.handover_epoch + i64::from(moves)
        );
    }

    /// The lane and the state's queued lines are the same, and due in lane order.
    fn check_lane(&self) {
        let due: Vec<Timestamp> = self
            .lane
            .iter()
            .map(|message| self.desk.due(message.as_str()).expect("queued"))
            .collect();
        assert!(due.is_sorted(), "a later line overtakes");
        let queued = |line: &&OpenLine| matches!(line.state, OpenState::Queued { .. });
        let lines = &self.desk.state.lines;
        assert_eq!(lines.iter().filter(queued).count(), due.len());
    }

    /// A case is opened only where none is, and closed only where one is.
    fn check_cases(&self, effects: &[Effect], before: &Conversation) {
        let after = self.desk.state.status;
        if effects.contains(&Effect::OpenCase) {
            assert_eq!(before.status, Status::Solved);
            assert_ne!(after, Status::Solved);
        }
        let closed = effects
            .iter()
            .any(|effect| matches!(effect, Effect::CloseCase { .. }));
        assert_eq!(
            closed,
            before.status != Status::Solved && after == Status::Solved
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_rules_hold_whatever_happens(
        policy in any_policy(),
        story in proptest::collection::vec(happens(), 1..60),
    ) {
        let mut world = World::new(policy);
        for happens in story {
            if let Some(input) = world.input(happens) {
                world.step(input);
            }
        }
    }
}
