//! Reading what is written: lines, and how they begin.

use loket::domain::leak::Colleague;
use loket::domain::rich::{Block, Inline, Rich};

/// Where a line of formatted text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a paragraph.
    Paragraph,
    /// In a list, or as code or a link.
    Apart,
    /// In a quotation.
    Quote,
}

/// How a line begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lead {
    /// Like prose.
    Plain,
    /// `!!`; what is left of the line with one `!`.
    Literal(String),
    /// `!word`, and whether that command exists.
    Command(bool),
    /// `/word` or `//word`, and whether that command exists.
    Slash(bool),
    /// A note's prefix.
    Note,
    /// The `@name` of a colleague.
    Called,
    /// The specification does not say.
    Unclear,
}

/// Whether `letter` cannot be seen and is no space (Unicode's default ignorable
/// characters, controls, and two that are drawn as nothing).
fn is_unseen(letter: char) -> bool {
    matches!(u32::from(letter),
        0x00..=0x08 | 0x0E..=0x1F | 0x7F..=0x84 | 0x86..=0x9F
        | 0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164
        | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF)
}

/// `line` as the rules read it: nothing unseen, signs folded, no outer space.
pub(crate) fn squeeze(line: &str) -> String {
    let fold = |letter: char| match u32::from(letter) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(letter),
        _ => letter,
    };
    let seen: String = line
        .chars()
        .filter(|letter| !is_unseen(*letter))
        .map(fold)
        .collect();
    seen.trim().to_owned()
}

/// `text` cut at everything that shows as a line break.
fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ])
}

/// The lines of a plain body that can be seen, squeezed, without quoted ones.
pub(crate) fn body_lines(body: &str) -> Vec<String> {
    cut(body)
        .map(squeeze)
        .filter(|line| !line.is_empty() && !line.starts_with('>'))
        .collect()
}

/// The lines of `text` that can be seen, as they are shown, and where they stand.
pub(crate) fn rich_lines(text: &Rich) -> Vec<(Place, String)> {
    let mut lines = Vec::new();
    blocks(&text.blocks, Place::Paragraph, &mut lines);
    lines.retain(|(_, line)| !squeeze(line).is_empty());
    lines
}

/// The lines of `text` that a customer may see: without quotations.
pub(crate) fn shown(text: &Rich) -> Vec<String> {
    let lines = rich_lines(text).into_iter();
    lines
        .filter(|(place, _)| *place != Place::Quote)
        .map(|(_, line)| tidy(&line))
        .collect()
}

/// `line` without outer space and what cannot be seen there; signs of emoji stay.
fn tidy(line: &str) -> String {
    let is_outer = |letter: char| {
        let of_emoji = matches!(letter, '\u{200d}' | '\u{fe0f}');
        letter.is_whitespace() || (is_unseen(letter) && !of_emoji)
    };
    let start = line.trim_start_matches(|letter| is_outer(letter) || is_unseen(letter));
    start.trim_end_matches(is_outer).to_owned()
}

/// Whether `text` holds no quotation and no mention.
pub(crate) fn is_clean(text: &Rich) -> bool {
    fn inline(piece: &Inline) -> bool {
        match piece {
            Inline::Text(_) | Inline::Code(_) | Inline::Break => true,
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                inner.iter().all(inline)
            }
            Inline::Link { text, .. } => text.iter().all(inline),
            Inline::Pill { .. } => false,
        }
    }
    fn block(piece: &Block) -> bool {
        match piece {
            Block::Paragraph(pieces) => pieces.iter().all(inline),
            Block::Quote(_) => false,
            Block::List { items, .. } => items.iter().flatten().all(block),
            Block::Code(_) => true,
        }
    }
    text.blocks.iter().all(block)
}

/// Adds the lines of `blocks`.
fn blocks(blocks_: &[Block], place: Place, lines: &mut Vec<(Place, String)>) {
    let apart = if place == Place::Quote {
        place
    } else {
        Place::Apart
    };
    for block in blocks_ {
        match block {
            Block::Paragraph(pieces) => {
                let mut line = (place, String::new());
                for piece in pieces {
                    inline(piece, &mut line, lines, place);
                }
                lines.push(line);
            }
            Block::Quote(inner) => blocks(inner, Place::Quote, lines),
            Block::List { items, .. } => {
                for item in items {
                    blocks(item, apart, lines);
                }
            }
            Block::Code(code) => {
                lines.extend(cut(code).map(|line| (apart, line.to_owned())));
            }
        }
    }
}

/// Adds a piece to the open line; a break closes it.
fn inline(
    piece: &Inline,
    open: &mut (Place, String),
    lines: &mut Vec<(Place, String)>,
    place: Place,
) {
    let apart = if place == Place::Quote {
        place
    } else {
        Place::Apart
    };
    let mut add = |text: &str, place: Place, open: &mut (Place, String)| {
        for (index, part) in cut(text).enumerate() {
            if index > 0 {
                lines.push(std::mem::replace(open, (place, String::new())));
            }
            if squeeze(&open.1).is_empty() {
                open.0 = place;
            }
            open.1.push_str(part);
        }
    };
    match piece {
        Inline::Text(text) => add(text, place, open),
        Inline::Code(text) => add(text, apart, open),
        Inline::Pill { name, .. } => add(name, place, open),
        Inline::Break => add("\n", place, open),
        Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
            for piece in inner {
                inline(piece, open, lines, place);
            }
        }
        Inline::Link { text, .. } => {
            for piece in text {
                inline(piece, open, lines, apart);
            }
        }
    }
}

/// The mentions in `text`.
pub(crate) fn pills(text: &Rich) -> Vec<String> {
    fn inline(piece: &Inline, found: &mut Vec<String>) {
        match piece {
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                for piece in inner {
                    inline(piece, found);
                }
            }
            Inline::Link { text, .. } => text.iter().for_each(|piece| inline(piece, found)),
            Inline::Pill { user, .. } => found.push(user.as_str().to_owned()),
        }
    }
    fn block(piece: &Block, found: &mut Vec<String>) {
        match piece {
            Block::Paragraph(pieces) => pieces.iter().for_each(|piece| inline(piece, found)),
            Block::Quote(_) | Block::Code(_) => {}
            Block::List { items, .. } => {
                items.iter().flatten().for_each(|piece| block(piece, found));
            }
        }
    }
    let mut found = Vec::new();
    text.blocks
        .iter()
        .for_each(|piece| block(piece, &mut found));
    found
}

/// How a squeezed line begins.
pub(crate) fn lead(line: &str, prefix: &str, commands: &[&str], team: &[Colleague]) -> Lead {
    if let Some(rest) = line.strip_prefix(prefix) {
        if let Some(literal) = rest.strip_prefix(prefix) {
            return Lead::Literal(format!("{prefix}{literal}"));
        }
        return word(rest.trim_start(), commands).map_or(Lead::Unclear, Lead::Command);
    }
    if let Some(rest) = line.strip_prefix('/') {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let known = word(rest, commands).filter(|_| !rest.starts_with(char::is_whitespace));
        return known.map_or(Lead::Unclear, Lead::Slash);
    }
    if is_note(line) {
        return Lead::Note;
    }
    match line.to_lowercase().strip_prefix('@') {
        Some(rest) if team.iter().any(|one| calls(rest, one)) => Lead::Called,
        Some(_) | None => Lead::Plain,
    }
}

/// Whether `line` begins with a note's prefix.
pub(crate) fn is_note(line: &str) -> bool {
    let line = squeeze(line).to_lowercase();
    let is_word = |name: &&str| {
        let rest = line.strip_prefix(*name).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(':'))
    };
    line.starts_with(";;") || ["note", "private", "catatan"].iter().any(is_word)
}

/// Whether the command called in `rest` exists; `None` if no word is there.
fn word(rest: &str, commands: &[&str]) -> Option<bool> {
    let word = rest
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let starts_word = word.chars().next().is_some_and(char::is_alphanumeric);
    starts_word.then(|| commands.contains(&word.as_str()))
}

/// Whether `rest`, what follows an `@` in lower case, begins with a name of `one`.
fn calls(rest: &str, one: &Colleague) -> bool {
    let user = one.user.as_str().trim_start_matches('@');
    let names = one.names.iter().map(String::as_str).chain([user]);
    names.map(|name| squeeze(name).to_lowercase()).any(|name| {
        let after = rest.strip_prefix(name.as_str());
        !name.is_empty() && after.is_some_and(|after| !goes_on(after))
    })
}

/// Whether a handle goes on with `after`: `@ayu.shop` is not Ayu.
fn goes_on(after: &str) -> bool {
    let mut next = after.chars();
    match next.next() {
        Some('.') => next.next().is_some_and(char::is_alphanumeric),
        Some(sign) => sign.is_alphanumeric() || sign == '_',
        None => false,
    }
}

/// What follows the marks of a list at the start of a squeezed line; `None` if there
/// are none.
pub(crate) fn item(line: &str) -> Option<&str> {
    let bullets = ['-', '*', '+', '•', '–', '▪'];
    let rest = if let Some(rest) = line.strip_prefix(bullets) {
        rest.strip_prefix(" [ ]").unwrap_or(rest)
    } else {
        let opened = line.strip_prefix('(').unwrap_or(line);
        let (count, rest) = opened.split_once(['.', ')', '\u{20e3}'])?;
        let is_number = !count.is_empty() && count.chars().all(|digit| digit.is_ascii_digit());
        let is_letter = count.chars().count() == 1 && count.chars().all(char::is_alphabetic);
        (is_number || is_letter).then_some(rest)?
    };
    let rest = rest.trim_start();
    Some(item(rest).unwrap_or(rest))
}
