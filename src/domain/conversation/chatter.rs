//! Closing chatter: what customers say when all is done, in English and
//! Indonesian. It opens no new case.
//!
//! To add a word, put it into one of the lists. A line is chatter when nothing in it
//! is outside the lists and at least one thing closes.

use unicode_segmentation::UnicodeSegmentation;

/// Words that close.
const CLOSING: &[&str] = &[
    // English
    "alright",
    "awesome",
    "bye",
    "cheers",
    "cool",
    "good",
    "goodbye",
    "great",
    "nice",
    "noted",
    "ok",
    "okay",
    "okey",
    "okie",
    "perfect",
    "thank",
    "thanks",
    "thankyou",
    "thanx",
    "thx",
    "tks",
    "tq",
    "ty",
    "tysm",
    "understood",
    "welcome",
    "wonderful",
    "k",
    "kk",
    // Indonesian
    "baik",
    "baiklah",
    "beres",
    "jos",
    "makasi",
    "makasih",
    "mantap",
    "mantul",
    "mksh",
    "mksih",
    "nuhun",
    "oke",
    "okeh",
    "okelah",
    "okedeh",
    "siap",
    "sip",
    "sippo",
    "suwun",
    "terimakasih",
    "thengkyu",
    "trimakasih",
    "trims",
    "trmksh",
];

/// Pairs of words that close together.
const CLOSING_PAIRS: &[(&str, &str)] = &[
    ("got", "it"),
    ("all", "good"),
    ("sama", "sama"),
    ("terima", "kasih"),
    ("terima", "kasi"),
    ("trima", "kasih"),
    ("matur", "nuwun"),
];

/// Words that go along with them and mean nothing by themselves here.
const FILLING: &[&str] = &[
    // English
    "a",
    "again",
    "all",
    "for",
    "guys",
    "help",
    "helping",
    "info",
    "lot",
    "many",
    "much",
    "quick",
    "reply",
    "response",
    "sir",
    "so",
    "team",
    "that",
    "the",
    "then",
    "very",
    "you",
    "your",
    "u",
    // Indonesian
    "admin",
    "atas",
    "bang",
    "banget",
    "bantuannya",
    "banyak",
    "bro",
    "bu",
    "deh",
    "dong",
    "gan",
    "infonya",
    "informasinya",
    "ka",
    "kak",
    "kakak",
    "kk",
    "lah",
    "mas",
    "mba",
    "mbak",
    "min",
    "nih",
    "pak",
    "responnya",
    "respon",
    "sekali",
    "sis",
    "sudah",
    "udah",
    "dibantu",
    "ya",
    "yaa",
    "yah",
    "yak",
];

/// Pictures that close, without skin tones.
const PICTURES: &str = "🙏👍👌😊☺🙂😁😄😃😀😇🤗❤🧡💛💚💙💜🖤🤍💕💖💯✅✔🤝👏🙌🥰😍🫡🫶✨🎉😘🌹💐";

/// The most words that chatter has.
const MOST: usize = 8;

/// Whether a line is closing chatter. Anything that asks is not.
pub(super) fn is_closing(text: &str) -> bool {
    if text.contains(['?', '？']) {
        return false;
    }
    let pictures = text.chars().filter(|c| PICTURES.contains(*c)).count();
    let strange = text.chars().any(|c| !is_known(c));
    let words: Vec<String> = text.unicode_words().map(plain).collect();
    if strange || words.len() > MOST {
        return false;
    }
    match closes(&words) {
        Some(closing) => closing || pictures > 0,
        None => false,
    }
}

/// Whether one of the words closes; `None` if one of them is outside the lists.
fn closes(words: &[String]) -> Option<bool> {
    let mut closing = false;
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        rest = match tail {
            [second, tail @ ..] if is_pair(first, second) => {
                closing = true;
                tail
            }
            _ if is_in(CLOSING, first) => {
                closing = true;
                tail
            }
            _ if is_in(FILLING, first) => tail,
            _ => return None,
        };
    }
    Some(closing)
}

/// Whether a word is in a list, however long its letters are drawn.
fn is_in(list: &[&str], word: &str) -> bool {
    list.iter().any(|known| plain(known) == word)
}

/// Whether two words close together.
fn is_pair(first: &str, second: &str) -> bool {
    CLOSING_PAIRS
        .iter()
        .any(|(one, two)| plain(one) == first && plain(two) == second)
}

/// A word in lower case, drawn-out letters ("makasihhh") made short.
fn plain(word: &str) -> String {
    let mut letters: Vec<char> = word.to_lowercase().chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}

/// Whether a character is of the kind that chatter is made of.
fn is_known(c: char) -> bool {
    c.is_alphanumeric()
        || c.is_whitespace()
        || c.is_ascii_punctuation()
        || PICTURES.contains(c)
        || is_joiner(c)
}

/// Whether a character only changes the look of the picture before it: joiners,
/// variation selectors, skin tones.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\u{200D}' | '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_in_both_languages_close() {
        for text in [
            "oke makasih kak",
            "thanks",
            "🙏",
            "👍",
            "👍🏽",
            "❤️",
            "Terima kasih banyak ya kak 🙏🙏",
            "OK, thank you so much!",
            "Makasihhh",
            "okeee siap min",
            "got it, thanks",
            "ya 🙏",
            "sama-sama kak",
        ] {
            assert!(is_closing(text), "{text}");
        }
    }

    #[test]
    fn what_may_want_an_answer_does_not_close() {
        for text in [
            "",
            "ya",
            "ok?",
            "thanks, but the parcel is broken",
            "makasih kak, kapan dikirim",
            "halo kak",
            "good morning",
            "😡",
            "thanks 😡",
            "ok 2 pcs",
            "terima paket rusak",
            "kasih diskon dong",
        ] {
            assert!(!is_closing(text), "{text}");
        }
    }
}
