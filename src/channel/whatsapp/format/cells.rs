//! A line as cells (a grapheme and its style), and the cells as text with marks.

use unicode_segmentation::UnicodeSegmentation;

/// A grapheme wider than this is cut into its characters: it is not writing.
const WIDEST_GRAPHEME: usize = 256;

/// What is around a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style(u8);

impl Style {
    /// Nothing.
    pub(super) const PLAIN: Self = Self(0);
    /// `*`
    pub(super) const BOLD: Self = Self(1);
    /// `_`
    pub(super) const ITALIC: Self = Self(2);
    /// `~`
    pub(super) const STRIKE: Self = Self(4);
    /// `` ` ``
    pub(super) const CODE: Self = Self(8);
    /// All, in the order in which they open.
    const ALL: [(Self, char); 4] = [
        (Self::BOLD, '*'),
        (Self::ITALIC, '_'),
        (Self::STRIKE, '~'),
        (Self::CODE, '`'),
    ];

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This without `other`.
    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `other` is part of this.
    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A grapheme with its style.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    /// The grapheme.
    pub(super) text: &'a str,
    /// What is around it.
    pub(super) style: Style,
}

impl Cell<'_> {
    /// Whether it is white space.
    pub(super) fn is_space(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }
}

/// The length of a text in UTF-16 units.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Adds `text` to `cells`.
pub(super) fn push<'a>(cells: &mut Vec<Cell<'a>>, text: &'a str, style: Style) {
    for grapheme in text.graphemes(true) {
        if width(grapheme) <= WIDEST_GRAPHEME {
            cells.push(Cell {
                text: grapheme,
                style,
            });
            continue;
        }
        let chars = grapheme.split("").filter(|char| !char.is_empty());
        cells.extend(chars.map(|text| Cell { text, style }));
    }
}

/// The cells as text, with the marks that WhatsApp would show as formatting;
/// where it would show a mark as a sign, the mark is left out.
pub(super) fn marked(cells: &[Cell<'_>]) -> String {
    let styles = effective(cells);
    let mut out = String::new();
    let mut open: Vec<(Style, char)> = Vec::new();
    for (cell, style) in cells.iter().zip(styles) {
        let keep = open.iter().take_while(|(mark, _)| style.has(*mark)).count();
        close(&mut out, &mut open, keep);
        for (mark, sign) in Style::ALL {
            if style.has(mark) && !open.contains(&(mark, sign)) {
                out.push(sign);
                open.push((mark, sign));
            }
        }
        out.push_str(cell.text);
    }
    close(&mut out, &mut open, 0);
    out
}

/// Closes all but `keep` of the open marks, the last opened first.
fn close(out: &mut String, open: &mut Vec<(Style, char)>, keep: usize) {
    while open.len() > keep {
        out.extend(open.pop().map(|(_, sign)| sign));
    }
}

/// The styles of the cells without those that WhatsApp would not show. Taking
/// one away can spoil its neighbor, so it goes on until nothing changes.
fn effective(cells: &[Cell<'_>]) -> Vec<Style> {
    /// Beyond this a text is not worth its formatting.
    const ROUNDS: usize = 8;
    let mut styles: Vec<Style> = cells
        .iter()
        .map(|cell| {
            if cell.style.has(Style::CODE) {
                Style::CODE
            } else {
                cell.style
            }
        })
        .collect();
    for _ in 0..ROUNDS {
        let before = styles.clone();
        for (mark, sign) in Style::ALL {
            settle(cells, &mut styles, mark, sign);
        }
        if styles == before {
            return styles;
        }
    }
    vec![Style::PLAIN; cells.len()]
}

/// Goes over the spans of one mark and takes it from where it has no effect.
fn settle(cells: &[Cell<'_>], styles: &mut [Style], mark: Style, sign: char) {
    let mut start = 0;
    while start < styles.len() {
        let here = styles.get(start).copied().unwrap_or_default();
        let end = styles
            .iter()
            .skip(start)
            .position(|style| style.has(mark) != here.has(mark))
            .map_or(styles.len(), |length| start + length);
        if here.has(mark) {
            let (first, last) = trimmed(cells, start, end);
            let shown = first < last && shows(cells, styles, (first, last), sign);
            for (at, style) in styles.iter_mut().enumerate().take(end).skip(start) {
                if !shown || !(first..last).contains(&at) {
                    *style = style.without(mark);
                }
            }
        }
        start = end;
    }
}

/// The span without the white space at its ends.
fn trimmed(cells: &[Cell<'_>], start: usize, end: usize) -> (usize, usize) {
    let span = cells.get(start..end).unwrap_or_default();
    let first = span.iter().take_while(|cell| cell.is_space()).count();
    let last = span.iter().rev().take_while(|cell| cell.is_space()).count();
    (start + first, end.saturating_sub(last))
}

/// Whether WhatsApp would take the signs around a span for marks.
fn shows(cells: &[Cell<'_>], styles: &[Style], (first, last): (usize, usize), sign: char) -> bool {
    let inside = cells.get(first..last).unwrap_or_default();
    if inside.iter().any(|cell| cell.text.contains(sign)) {
        return false;
    }
    if sign == '`' {
        return true;
    }
    // A neighbor with a mark of its own stands behind that mark.
    let bare = |outer: usize, inner: usize| {
        let style = |at: usize| styles.get(at).copied().unwrap_or_default();
        style(outer).without(style(inner)) == Style::PLAIN
    };
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let touches_before = first.checked_sub(1).is_some_and(|before| {
        let end = cells.get(before).and_then(|cell| cell.text.chars().last());
        word(end) && bare(before, first)
    });
    let touches_after = cells
        .get(last)
        .is_some_and(|after| word(after.text.chars().next()) && bare(last, last.saturating_sub(1)));
    !touches_before && !touches_after
}
