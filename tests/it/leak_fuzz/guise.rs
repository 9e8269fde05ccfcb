//! The ways in which phones, keyboards and people write what is internal.

use super::dice::Dice;
use super::words;

/// What is written after a command.
const ARGUMENTS: &[&str] = &[
    "",
    "",
    " force",
    " —force",
    " –force sudah janji",
    " --force",
    " Sari tolong",
    " 2h",
    "\nkedua\n\nketiga",
    " note: rahasia",
    "!",
];

/// Words that are no command and no shortcut.
const UNKNOWN: &[&str] = &[
    "takover", "slove", "foo", "kirim", "x", "usr/bin", "harga2", "été",
];

/// What cannot be seen at the start of a line.
const UNSEEN: &[&str] = &[
    " ",
    "   ",
    "\t",
    "\n",
    "\n\n",
    "\u{a0}",
    "\u{3000}",
    "\u{2003}",
    "\u{202f}",
    "\u{feff}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{200e}",
    "\u{200f}",
    "\u{202a}",
    "\u{202b}",
    "\u{202d}",
    "\u{202e}",
    "\u{2060}",
    "\u{2063}",
    "\u{2066}",
    "\u{2068}",
    "\u{61c}",
    "\u{ad}",
    "\u{34f}",
    "\u{180e}",
    "\u{fe0f}",
    "\u{115f}",
    "\u{3164}",
    "\u{2800}",
    "\u{e0020}",
    "\u{206a}",
    "\u{fffa}",
];

/// What people and editors put before the lines of a list.
const BULLETS: &[&str] = &[
    "- ",
    "* ",
    "+ ",
    "• ",
    "•",
    "– ",
    "▪ ",
    "1. ",
    "2) ",
    "10. ",
    "a. ",
    "(3) ",
    "- 1. ",
    "- [ ] ",
    "1️⃣ ",
    "\u{200b}- ",
    "  - ",
    "１． ",
];

/// Gaps that are allowed after `!` and before `:`.
const GAPS: &[&str] = &[
    "", "", "", "", " ", "  ", "\u{a0}", "\u{200b}", "\u{2009}", "\u{3000}",
];

/// Nothing in half of the cases, else up to three things that cannot be seen.
pub(crate) fn unseen(dice: &mut Dice) -> String {
    if dice.chance(50) {
        return String::new();
    }
    (0..=dice.below(3)).map(|_| *dice.pick(UNSEEN)).collect()
}

/// The beginning of a list's line in a body without formatting.
pub(crate) fn bullet(dice: &mut Dice) -> &'static str {
    let bullet: &&'static str = dice.pick(BULLETS);
    bullet
}

/// The full-width form of an ASCII sign.
pub(crate) fn wide(sign: char) -> char {
    char::from_u32(u32::from(sign) + 0xFEE0).expect("ASCII has full-width forms")
}

/// `signs`, each in its full-width form in one of five cases.
pub(crate) fn signs(dice: &mut Dice, signs: &str) -> String {
    signs
        .chars()
        .map(|sign| if dice.chance(20) { wide(sign) } else { sign })
        .collect()
}

/// `word` in one of the cases that keyboards make.
pub(crate) fn cased(dice: &mut Dice, word: &str) -> String {
    match dice.below(5) {
        0 => word.to_uppercase(),
        1 => {
            let mut letters = word.chars();
            let first = letters
                .next()
                .map(|letter| letter.to_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        }
        2 => word
            .chars()
            .map(|letter| {
                if dice.chance(50) {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect(),
        _ => word.to_owned(),
    }
}

/// A command that exists, or in one of four cases does not: its word as it is
/// called, and how it is written after the prefix.
fn word(dice: &mut Dice, commands: &[&str]) -> (String, String) {
    let word = if dice.chance(25) {
        dice.pick(UNKNOWN)
    } else {
        dice.pick(commands)
    };
    let written = cased(dice, word);
    (word.to_string(), written)
}

/// A command: its word, and the text.
pub(crate) fn command(dice: &mut Dice, prefix: &str, commands: &[&str]) -> (String, String) {
    let (word, written) = word(dice, commands);
    let sign = signs(dice, prefix);
    let gap = *dice.pick(GAPS);
    let arguments = *dice.pick(ARGUMENTS);
    (word, format!("{sign}{gap}{written}{arguments}"))
}

/// A command that exists, without arguments: how it is written in a later line.
pub(crate) fn known_command(dice: &mut Dice, prefix: &str, commands: &[&str]) -> String {
    let called = *dice.pick(commands);
    let written = cased(dice, called);
    if dice.chance(20) {
        let slashes = if dice.chance(80) { "/" } else { "//" };
        return format!("{}{written}", signs(dice, slashes));
    }
    let sign = signs(dice, prefix);
    format!("{sign}{}{written}", dice.pick(GAPS))
}

/// A slash command: its word, and the text.
pub(crate) fn slash(dice: &mut Dice, commands: &[&str]) -> (String, String) {
    let (word, written) = word(dice, commands);
    let slashes = if dice.chance(70) { "/" } else { "//" };
    let sign = signs(dice, slashes);
    let arguments = *dice.pick(ARGUMENTS);
    (word, format!("{sign}{written}{arguments}"))
}

/// A note's prefix.
pub(crate) fn note_prefix(dice: &mut Dice) -> String {
    if dice.chance(35) {
        let mut prefix = signs(dice, ";;");
        if dice.chance(8) {
            prefix.insert(prefix.chars().next().map_or(0, char::len_utf8), '\u{200b}');
        }
        return prefix;
    }
    let called = *dice.pick(&["note", "private", "catatan"]);
    let written = cased(dice, called);
    let gap = *dice.pick(GAPS);
    format!("{written}{gap}{}", signs(dice, ":"))
}

/// A note: the text with its prefix.
pub(crate) fn note(dice: &mut Dice) -> String {
    let prefix = note_prefix(dice);
    let gap = if dice.chance(70) { " " } else { "" };
    format!("{prefix}{gap}{}", words::sentence(dice))
}
