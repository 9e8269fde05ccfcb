//! A case: an event in a scene, made with an intent.

use loket::domain::ids::{EventId, RoomId, UserId};
use loket::domain::leak::{Context, Known};
use loket::domain::message::LineState;
use loket::domain::rich::Rich;
use loket::domain::room_event::{EventKind, Line, RoomContent, RoomEvent};

use super::content::{self, Content, Intent, Language};
use super::dice::Dice;
use super::scene::{Scene, World};
use super::target::known;

/// How a message relates to another event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// Not at all.
    Alone,
    /// It answers one.
    Reply,
    /// It stands in a thread, with or without a reply in it.
    Thread,
    /// It replaces one.
    Edit,
    /// It reacts to one.
    Reaction,
    /// It takes one back.
    Redaction,
}

/// An event in a scene.
pub(crate) struct Case<'a> {
    /// What it was made to be.
    pub(crate) intent: Intent,
    /// How it relates to the event that `target` may know.
    pub(crate) relation: Relation,
    /// The event.
    pub(crate) event: RoomEvent,
    /// Where it happens.
    pub(crate) scene: Scene<'a>,
    /// What is known of the event it points at.
    pub(crate) target: Option<Known>,
    /// What must not be part of any text that leaves.
    pub(crate) secrets: Vec<String>,
    /// The command's word, if it is one.
    pub(crate) word: Option<String>,
}

/// Keys of reactions that customers may see.
const PLEASANT: &[&str] = &[
    "👍", "👍🏽", "❤️", "❤", "😂", "🙏", "🙏🏻", "😮", "🎉", "👌", "♥️", "😊", "👏", "✔️", "☑️", "✨",
];

/// Keys of reactions that are the desk's own in all spellings, or internal text.
const KEYS: &[&str] = &[
    "✋",
    "✋🏽",
    "🤖",
    "✅",
    "✅\u{fe0f}",
    "❌",
    "❌\u{fe0e}",
    "💤",
    "📝",
    "🔁",
    "⏸",
    "⏸️",
    "👀",
    "⏳",
    "⏳\u{fe0f}",
    "⚠",
    "⚠️",
    "1️⃣",
    "2️⃣",
    "3️⃣",
    "1⃣",
    "2⃣",
    "3⃣",
    "!solve",
    "note: rewel",
    ";;",
    "/solve",
    "！takeover",
    "",
];

/// Types that never leave.
const TYPES: &[&str] = &[
    "m.sticker",
    "m.poll.start",
    "org.matrix.msc3381.poll.start",
    "m.call.invite",
    "m.beacon_info",
    "m.room.name",
    "m.room.topic",
    "m.room.pinned_events",
    "org.example.thing",
    "",
];

/// The `index`th case of the run with `seed`.
pub(crate) fn case(world: &World, seed: u64, index: u64) -> Case<'_> {
    let dice = &mut Dice::new(seed, index);
    let scene = world.scene(dice);
    let intent = dice.weigh(&[
        (36, Intent::Prose),
        (2, Intent::Handle),
        (11, Intent::Command),
        (4, Intent::Slash),
        (3, Intent::Literal),
        (9, Intent::Note),
        (7, Intent::Later),
        (6, Intent::Called),
        (4, Intent::Quoting),
        (2, Intent::QuotedCommand),
        (3, Intent::TwoFaces),
        (12, Intent::Reaction),
        (4, Intent::Redaction),
        (2, Intent::Silent),
    ]);
    let here = Language {
        prefix: scene.prefix,
        commands: scene.commands,
        colleagues: scene.colleagues,
        customer: &world.customer,
    };
    let content = content::content(dice, intent, here);
    build(dice, scene, content, &world.customer)
}

/// The case of `content` in `scene`.
fn build<'a>(dice: &mut Dice, scene: Scene<'a>, content: Content, customer: &UserId) -> Case<'a> {
    let relation = match content.intent {
        Intent::Reaction => Relation::Reaction,
        Intent::Redaction => Relation::Redaction,
        Intent::Silent => Relation::Alone,
        // Mentioned without a pill: in a reply it might be the client's doing.
        Intent::Called if content.secrets.is_empty() && !content.mentions.is_empty() => {
            Relation::Alone
        }
        _ => dice.weigh(&[
            (62, Relation::Alone),
            (16, Relation::Reply),
            (8, Relation::Thread),
            (14, Relation::Edit),
        ]),
    };
    let mut case = Case {
        intent: content.intent,
        relation,
        event: RoomEvent {
            id: EventId::from("$now"),
            room: RoomId::from("!portal:desk.example"),
            sender: scene.sender.clone(),
            at: scene.now,
            loket_id: dice.chance(1).then(|| "evt_1".to_owned()),
            content: RoomContent::Encrypted,
        },
        target: None,
        secrets: content.secrets.clone(),
        word: content.word.clone(),
        scene,
    };
    if relation != Relation::Alone && dice.chance(90) {
        case.target = Some(known(dice, relation, &mut case.scene, customer));
    }
    case.event.content = match content.intent {
        Intent::Reaction => RoomContent::Reaction {
            target: EventId::from("$target"),
            key: key(dice, case.target.as_ref()).to_owned(),
        },
        Intent::Redaction => RoomContent::Redaction {
            target: EventId::from("$target"),
        },
        Intent::Silent => silent(dice, &case.event.sender),
        _ => RoomContent::Line(line(dice, content, relation)),
    };
    if relation == Relation::Reply && dice.chance(50) {
        mention_answered(&mut case, customer);
    }
    case
}

/// Mentions the writer of the event that is answered, as some clients do.
fn mention_answered(case: &mut Case<'_>, customer: &UserId) {
    let Some(known) = &case.target else {
        return;
    };
    let writer = match (known.kind, &known.line) {
        (EventKind::Customer, _) => customer.clone(),
        (_, Some(line)) if line.writer != case.event.sender => line.writer.clone(),
        _ => return,
    };
    if let RoomContent::Line(line) = &mut case.event.content {
        line.mentions.push(writer);
    }
}

/// The message of `content`.
fn line(dice: &mut Dice, content: Content, relation: Relation) -> Line {
    let msgtype = dice.weigh(&[
        (86, "m.text"),
        (4, "m.notice"),
        (3, "m.emote"),
        (1, "m.image"),
        (1, "m.file"),
        (1, "m.video"),
        (1, "m.audio"),
        (1, "m.key.verification.request"),
        (1, "m.location"),
        (1, "org.example.thing"),
    ]);
    let target = || Some(EventId::from("$target"));
    let root = || Some(EventId::from("$root"));
    let in_edit = relation == Relation::Edit && dice.chance(8);
    let mut line = Line {
        msgtype: if dice.below(200) == 0 { "" } else { msgtype }.to_owned(),
        body: content.written.body,
        text: content.written.text,
        mentions: content.mentions,
        reply_to: (relation == Relation::Reply).then(target).flatten(),
        thread: (relation == Relation::Thread || in_edit)
            .then(root)
            .flatten(),
        replaces: (relation == Relation::Edit).then(target).flatten(),
    };
    if relation == Relation::Thread && dice.chance(60) {
        line.reply_to = target();
    }
    let is_file = ["m.image", "m.file", "m.video", "m.audio"].contains(&msgtype);
    if is_file && content.intent == Intent::Prose && dice.chance(40) {
        "IMG_2041.jpg".clone_into(&mut line.body);
        line.text = Rich::default();
    }
    line
}

/// What is pressed, mostly what makes sense there.
fn key(dice: &mut Dice, target: Option<&Known>) -> &'static str {
    let line = target.and_then(|known| known.line.as_ref());
    let keys: &[&'static str] = match line.map(|line| line.state) {
        Some(LineState::Held) if dice.chance(60) => &["✅", "❌"],
        _ if dice.chance(50) => PLEASANT,
        _ => KEYS,
    };
    let key: &&'static str = dice.pick(keys);
    key
}

/// Something that is not a message.
fn silent(dice: &mut Dice, sender: &UserId) -> RoomContent {
    match dice.below(5) {
        0 => RoomContent::Encrypted,
        1 => RoomContent::EncryptionOn,
        2 => RoomContent::Member {
            user: sender.clone(),
            membership: (*dice.pick(&["join", "leave", "invite", "knock", "ban"])).to_owned(),
            name: dice.chance(50).then(|| "!takeover".to_owned()),
        },
        _ => RoomContent::Other {
            kind: (*dice.pick(TYPES)).to_owned(),
        },
    }
}

impl Case<'_> {
    /// What the rules are told besides the event.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            sender: self.scene.role,
            prefix: self.scene.prefix,
            commands: self.scene.commands,
            colleagues: self.scene.colleagues,
            conversation: &self.scene.conversation,
            policy: &self.scene.policy,
            target: self.target.as_ref(),
            now: self.scene.now,
        }
    }
}
