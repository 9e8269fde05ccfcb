//! Lines packed into parts, each within the limit.
//!
//! A part ends at a paragraph if that leaves it at least half full, else at a
//! line, else (a line longer than a part) at a word, else between two graphemes.
//! Marks and fences are closed at its end and opened again after it.

use super::cells::{Cell, marked, width};
use super::flow::{Line, lines};
use super::read::FENCE;
use crate::domain::rich::Rich;

/// The width of a fence before and one after.
const FENCES: usize = 6;

/// The parts of a text, none of them blank, each at most `limit` UTF-16 units.
pub fn write(text: &Rich, limit: usize) -> Vec<String> {
    let mut packer = Packer {
        limit,
        parts: Vec::new(),
        held: Vec::new(),
    };
    for line in &lines(text) {
        packer.line(line);
    }
    packer.flush(packer.held.len());
    packer.parts
}

/// A line, or a piece of one, with its marks.
struct Piece {
    /// Whether a blank line stands before it.
    apart: bool,
    /// The number of the code block that it belongs to.
    code: Option<usize>,
    /// The text.
    text: String,
    /// Its width.
    width: usize,
}

impl Piece {
    /// The piece of `line` that `cells` are.
    fn new(line: &Line<'_>, cells: &[Cell<'_>], first: bool) -> Self {
        let lead = if first { &line.lead } else { &line.rest_lead };
        let text = if line.code.is_some() {
            let code = cells.iter().map(|cell| cell.text);
            std::iter::once(lead.as_str()).chain(code).collect()
        } else {
            format!("{lead}{}", marked(cells))
        };
        Self {
            apart: first && line.apart,
            code: line.code,
            width: width(&text),
            text,
        }
    }

    /// How much it adds to a part after `before`.
    fn cost(&self, before: Option<&Self>) -> usize {
        let gap = match before {
            None => 0,
            Some(_) if self.apart => 2,
            Some(_) => 1,
        };
        let opens = self.code.is_some() && before.and_then(|before| before.code) != self.code;
        gap + self.width + if opens { FENCES } else { 0 }
    }
}

/// Packs pieces.
struct Packer {
    /// The widest a part may be.
    limit: usize,
    /// What is finished.
    parts: Vec<String>,
    /// The pieces of the part that is being filled.
    held: Vec<Piece>,
}

impl Packer {
    /// Adds a line.
    fn line(&mut self, line: &Line<'_>) {
        let mut cells = line.cells.as_slice();
        let mut first = true;
        loop {
            let piece = Piece::new(line, cells, first);
            if piece.cost(self.held.last()) <= self.room() {
                self.held.push(piece);
                return;
            }
            if piece.cost(None) <= self.limit {
                self.break_before(piece);
                return;
            }
            // Longer than any part: fill this one, if that is worth it.
            if self.room() < self.limit / 2 {
                self.flush(self.held.len());
            }
            let room = self
                .room()
                .saturating_sub(piece.cost(self.held.last()) - piece.width);
            let taken = fitting(line, cells, first, room);
            let (head, tail) = cells.split_at_checked(taken).unwrap_or((cells, &[]));
            self.held.push(Piece::new(line, trimmed_end(head), first));
            self.flush(self.held.len());
            cells = trimmed_start(tail);
            first = false;
            if cells.is_empty() {
                return;
            }
        }
    }

    /// What is left of the part.
    fn room(&self) -> usize {
        self.limit.saturating_sub(cost(&self.held))
    }

    /// Ends the part, at a paragraph if that is not too early, and begins the
    /// next with what came after it and `piece`.
    fn break_before(&mut self, piece: Piece) {
        let paragraph = (1..self.held.len()).rev().find(|&at| {
            let (done, kept) = self.held.split_at(at);
            let next = cost(kept) + piece.cost(kept.last());
            kept.first().is_some_and(|first| first.apart)
                && cost(done) >= self.limit / 2
                && next <= self.limit
        });
        let at = if piece.apart { None } else { paragraph };
        self.flush(at.unwrap_or(self.held.len()));
        self.held.push(piece);
    }

    /// Makes a part of the first `count` pieces.
    fn flush(&mut self, count: usize) {
        let kept = self.held.split_off(count.min(self.held.len()));
        let pieces = std::mem::replace(&mut self.held, kept);
        if pieces.iter().all(|piece| piece.text.trim().is_empty()) {
            return;
        }
        let part = joined(&pieces);
        let part = part.trim_matches('\n').trim_end();
        if !part.trim().is_empty() {
            self.parts.push(part.to_owned());
        }
    }
}

/// The width of pieces in one part.
fn cost(pieces: &[Piece]) -> usize {
    let before = std::iter::once(None).chain(pieces.iter().map(Some));
    pieces
        .iter()
        .zip(before)
        .map(|(piece, before)| piece.cost(before))
        .sum()
}

/// The pieces as one text.
fn joined(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut open: Option<usize> = None;
    for (n, piece) in pieces.iter().enumerate() {
        if open.is_some() && open != piece.code {
            out.push_str(FENCE);
        }
        if n > 0 {
            out.push_str(if piece.apart { "\n\n" } else { "\n" });
        }
        if piece.code.is_some() && open != piece.code {
            out.push_str(FENCE);
        }
        open = piece.code;
        out.push_str(&piece.text);
    }
    if open.is_some() {
        out.push_str(FENCE);
    }
    out
}

/// How many of `cells` make a piece of at most `room`; at least one.
fn fitting(line: &Line<'_>, cells: &[Cell<'_>], first: bool, room: usize) -> usize {
    let mut sum = 0;
    let mut count = cells
        .iter()
        .take_while(|cell| {
            sum += width(cell.text);
            sum <= room
        })
        .count();
    loop {
        count = at_word(cells, count).max(1);
        let head = cells.get(..count).unwrap_or(cells);
        let over = Piece::new(line, trimmed_end(head), first)
            .width
            .saturating_sub(room);
        if over == 0 || count == 1 {
            return count;
        }
        // Marks and lead take their share: leave out as much text.
        let mut left_out = 0;
        let dropped = head.iter().rev().take_while(|cell| {
            let more = left_out < over;
            left_out += width(cell.text);
            more
        });
        count -= dropped.count();
    }
}

/// The end of the last whole word within `count` cells, if it is not too early.
fn at_word(cells: &[Cell<'_>], count: usize) -> usize {
    if cells.get(count).is_none_or(Cell::is_space) {
        return count;
    }
    let head = cells.get(..count).unwrap_or(cells);
    let space = head.iter().rposition(Cell::is_space);
    space.filter(|space| *space >= count / 2).unwrap_or(count)
}

/// `cells` without white space at the end.
fn trimmed_end<'c, 'a>(cells: &'c [Cell<'a>]) -> &'c [Cell<'a>] {
    let spaces = cells
        .iter()
        .rev()
        .take_while(|cell| cell.is_space())
        .count();
    cells.get(..cells.len() - spaces).unwrap_or(cells)
}

/// `cells` without white space at the start.
fn trimmed_start<'c, 'a>(cells: &'c [Cell<'a>]) -> &'c [Cell<'a>] {
    let spaces = cells.iter().take_while(|cell| cell.is_space()).count();
    cells.get(spaces..).unwrap_or_default()
}
