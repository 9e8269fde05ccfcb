//! What stands before a line's first word without being part of it: marks of lists
//! and of formatting.
//!
//! Everything here works on a [`Sketch`](super::prepare::Sketch)'s text.

/// `text` as it is, then without its first mark, without the second, and so on: a
/// mark may be a command's prefix elsewhere.
pub(super) fn bared(text: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(text), |text| without_mark(text))
}

/// The text behind one mark; `None` if it starts with none.
fn without_mark(text: &str) -> Option<&str> {
    text.strip_prefix(is_mark)
        .or_else(|| {
            ["[ ]", "[]", "[x]"]
                .iter()
                .find_map(|box_| text.strip_prefix(box_))
        })
        .or_else(|| without_number(text))
}

/// The text behind `1.`, `2)`, `(a)` and the like; `None` if there is no such thing.
fn without_number(text: &str) -> Option<&str> {
    let opened = text.strip_prefix(['(', '[']).unwrap_or(text);
    let digits = opened.trim_start_matches(char::is_numeric);
    let counted = if digits.len() < opened.len() {
        digits
    } else {
        opened.strip_prefix(char::is_alphabetic)?
    };
    counted.strip_prefix(['.', ')', ']', '、', '\u{20E3}'])
}

/// Whether `c` is a mark by itself: white space, a bullet, a circled number, or
/// what Markdown and channels mark formatting, headings and quotations with.
fn is_mark(c: char) -> bool {
    c.is_whitespace()
        || "-+*_~`#>|".contains(c)
        || "•◦‣⁃∙·・●○◉◎▪▫■□◆◇►▶▸▹▻➢➤➜➔→⇒»›☐☑☒✓✔".contains(c)
        || matches!(c, '\u{2460}'..='\u{24FF}' | '\u{2776}'..='\u{2793}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_lists_and_of_formatting_are_taken_off() {
        for text in [
            "x",
            "- x",
            "* x",
            "+ x",
            "• x",
            "▪x",
            "1. x",
            "12) x",
            "(a) x",
            "[1] x",
            "- [ ] x",
            "[x] x",
            "1. - x",
            "1.2. x",
            "①x",
            "1\u{20E3} x",
            "# x",
            "**x",
            "~~_`x",
            "> - x",
        ] {
            assert_eq!(bared(text).last(), Some("x"), "{text:?}");
        }
    }

    #[test]
    fn words_and_other_signs_are_no_marks() {
        for text in ["ps: x", "nb. x", "(!) x", "\"x", "«x", "...x", "1 x", "5/6"] {
            assert_eq!(bared(text).count(), 1, "{text:?}");
        }
    }
}
