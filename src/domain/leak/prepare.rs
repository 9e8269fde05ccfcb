//! What the rules look at: text without invisible characters, with look-alike
//! signs folded, in lower case.

use super::super::rich::Rich;

/// A text as the rules see it, and the way back to the text as it was written.
pub(super) struct Sketch {
    /// The folded text: lines end in `\n`, all other white space is a space.
    pub(super) text: String,
    /// For each character of `text` the position of the one it was made of.
    origins: Vec<usize>,
}

impl Sketch {
    /// The sketch of `text`.
    pub(super) fn of(text: &str) -> Self {
        let mut sketch = Self {
            text: String::with_capacity(text.len()),
            origins: Vec::with_capacity(text.len()),
        };
        for (position, c) in text.chars().enumerate() {
            if is_invisible(c) {
                continue;
            }
            for folded in folded(c).to_lowercase() {
                sketch.text.push(folded);
                sketch.origins.push(position);
            }
        }
        sketch
    }

    /// How many characters of the original stand before the `n`th of the sketch;
    /// `None` if the sketch has no `n`th.
    pub(super) fn original(&self, n: usize) -> Option<usize> {
        self.origins.get(n).copied()
    }
}

/// A word as the rules and the command table compare it: without invisible
/// characters and outer white space, look-alike signs folded, in lower case.
pub fn fold(word: &str) -> String {
    Sketch::of(word).text.trim().to_owned()
}

/// The text without invisible characters and white space around it.
pub fn trimmed(text: Rich) -> Rich {
    text.trimmed(
        |c| c.is_whitespace() || is_invisible(c),
        |c| c.is_whitespace() || (is_invisible(c) && !completes_a_sign(c)),
    )
}

/// Whether a reader sees nothing of `c`, though it is not white space: joiners,
/// direction marks, variation selectors, fillers, tags, control characters.
///
/// Unicode's `Default_Ignorable_Code_Point`, plus control characters, the blank
/// Braille pattern and the object replacement signs.
pub(super) fn is_invisible(c: char) -> bool {
    let listed = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}');
    listed || (c.is_control() && !c.is_whitespace())
}

/// Whether an invisible character may belong to the visible one before it: the
/// selectors that make a sign an emoji or choose its form, and a flag's tags.
fn completes_a_sign(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

/// `c` as the rules read it: full-width and small forms and what phones put in the
/// place of a sign become that sign.
fn folded(c: char) -> char {
    match c {
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{FF01}'..='\u{FF5E}' => u32::from(c)
            .checked_sub(0xFEE0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        '\u{FE57}' | '\u{FE15}' | '\u{1C3}' => '!',
        '\u{FE54}' | '\u{FE14}' | '\u{37E}' => ';',
        '\u{FE55}' | '\u{FE13}' | '\u{2236}' | '\u{A789}' => ':',
        '\u{FE6B}' => '@',
        '\u{2044}' | '\u{2215}' | '\u{29F8}' => '/',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alike_signs_are_folded() {
        for (text, expected) in [
            ("！ＳＯＬＶＥ", "!solve"),
            ("／ok", "/ok"),
            ("；；x", ";;x"),
            ("Note\u{3000}：", "note :"),
            ("＠ayu", "@ayu"),
            ("a—b", "a-b"),
            ("\u{200B}!\u{200D}so\u{AD}lve\u{FEFF}", "!solve"),
            ("a\u{2028}b\rc", "a\nb\nc"),
        ] {
            assert_eq!(Sketch::of(text).text, expected);
        }
    }

    #[test]
    fn a_sketch_knows_where_its_characters_stood() {
        let sketch = Sketch::of("\u{200B};\u{200B}; İa");
        assert_eq!(sketch.text, ";; i\u{307}a");
        let origins: Vec<_> = (0..7).map(|n| sketch.original(n)).collect();
        let expected = [Some(1), Some(3), Some(4), Some(5), Some(5), Some(6), None];
        assert_eq!(origins, expected);
    }

    #[test]
    fn the_edges_are_trimmed_and_emoji_stay_whole() {
        for (text, expected) in [
            ("\u{2067} halo \u{2069}\u{200B}", "halo"),
            ("\u{FE0F}\u{3164}ok❤\u{FE0F} ", "ok❤\u{FE0F}"),
            ("👨\u{200D}👩", "👨\u{200D}👩"),
            ("\u{FEFF}\u{2800}", ""),
        ] {
            assert_eq!(trimmed(Rich::from_plain(text)).plain(), expected);
        }
    }
}
