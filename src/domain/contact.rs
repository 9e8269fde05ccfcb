//! Contacts, identities and addresses.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::ids::IdentityId;
use super::redact::Private;

/// The most characters of a customer's own name that are shown.
pub const LONGEST_TITLE: usize = 80;

/// A network that customers write on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// WhatsApp Business, Cloud API.
    Whatsapp,
}

impl ChannelKind {
    /// The name in configuration, tables, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
        }
    }

    /// The name that people read.
    pub fn title(self) -> &'static str {
        match self {
            Self::Whatsapp => "WhatsApp",
        }
    }

    /// The short name in ghosts' user ids.
    pub fn short(self) -> &'static str {
        match self {
            Self::Whatsapp => "wa",
        }
    }
}

/// What an address is. The order is the order of looking up: the first that is
/// known decides who wrote (but see design 2: phone wins on a conflict).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// WhatsApp's business-scoped user id (`ID.1349…`).
    Bsuid,
    /// A phone number in international form, digits only.
    Phone,
}

impl AddressKind {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bsuid => "bsuid",
            Self::Phone => "phone",
        }
    }
}

/// One way a channel names a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// What it is.
    pub kind: AddressKind,
    /// Its value, normalized (a phone number: digits only).
    pub value: Private,
}

/// Who wrote, as the channel tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// At least one address, in the order of looking up.
    pub addresses: Vec<Address>,
    /// The name the customer gave themselves.
    pub name: Option<Private>,
    /// The customer's user name on the channel.
    pub username: Option<Private>,
}

/// One customer on one channel, as far as rooms and sends need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Our id.
    pub id: IdentityId,
    /// The channel.
    pub channel: ChannelKind,
    /// The newest name the channel told.
    pub name: Option<Private>,
    /// The newest user name the channel told.
    pub username: Option<Private>,
    /// The addresses in force, in the order of looking up.
    pub addresses: Vec<Address>,
}

impl Identity {
    /// What agents call this customer: name, else phone number, else user name,
    /// else a short form of our own id. On one line, at most [`LONGEST_TITLE`]
    /// characters, whatever the customer chose.
    pub fn title(&self) -> String {
        filled(self.name.as_ref())
            .or_else(|| self.phone().map(|phone| format!("+{}", phone.reveal())))
            .or_else(|| self.handle())
            .unwrap_or_else(|| {
                let tail: Vec<char> = self.id.as_str().chars().rev().take(4).collect();
                let tail: String = tail.into_iter().rev().collect();
                format!("Customer {}", tail.to_uppercase())
            })
    }

    /// The user name with an `@`, presentable as a title is.
    pub fn handle(&self) -> Option<String> {
        filled(self.username.as_ref()).map(|name| format!("@{name}"))
    }

    /// The phone number, if known: digits only.
    pub fn phone(&self) -> Option<&Private> {
        self.addresses
            .iter()
            .find(|address| address.kind == AddressKind::Phone)
            .map(|address| &address.value)
    }
}

/// A name as it may stand in sentences, unless nothing of it is left.
fn filled(name: Option<&Private>) -> Option<String> {
    let name = presentable(name?.reveal());
    (!name.is_empty()).then_some(name)
}

/// A name as it may stand in a room's name and in sentences: one line without
/// anything invisible that changes how the words around it read, cut where a
/// reader sees the end of a letter.
fn presentable(name: &str) -> String {
    let visible: String = name
        .chars()
        .filter(|c| c.is_whitespace() || !(c.is_control() || turns_direction(*c)))
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ");
    let blank = |c: char| c == ' ' || has_no_width(c);
    cut(line.trim_matches(blank))
        .trim_end_matches(blank)
        .to_owned()
}

/// As much of `line` as a title may have. A single letter with more marks than
/// that is cut inside.
fn cut(line: &str) -> String {
    let mut kept = 0;
    let fits = |letter: &&str| {
        kept += letter.chars().count();
        kept <= LONGEST_TITLE
    };
    let whole: String = line.graphemes(true).take_while(fits).collect();
    if whole.is_empty() {
        return line.chars().take(LONGEST_TITLE).collect();
    }
    whole
}

/// Whether a character changes the direction in which others are read.
///
/// Source: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>
/// (read 2026-11-21).
fn turns_direction(c: char) -> bool {
    matches!(
        c,
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// Whether a character shows nothing by itself. Inside a name such ones join
/// letters and emoji; at its edges they only hide that it is empty or another's.
fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{2064}'
            | '\u{206A}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}'
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The title of a customer with this name and a phone number.
    fn title(name: &str) -> String {
        let phone = Address {
            kind: AddressKind::Phone,
            value: "62812".into(),
        };
        Identity {
            id: "idn_1".into(),
            channel: ChannelKind::Whatsapp,
            name: Some(name.into()),
            username: None,
            addresses: vec![phone],
        }
        .title()
    }

    #[rstest]
    #[case::plain("Budi Santoso", "Budi Santoso")]
    #[case::line_feeds("Budi\r\n\u{2028}Santoso", "Budi Santoso")]
    #[case::white_space("  Budi \t\u{3000}  S. ", "Budi S.")]
    #[case::control("Bu\0di\u{1b}[31m\u{7f}", "Budi[31m")]
    #[case::direction("\u{202e}iduB\u{2066} \u{200f}x\u{61c}", "iduB x")]
    #[case::edges("\u{200b}\u{feff} Budi \u{2060}\u{200d}", "Budi")]
    #[case::joined_emoji("👩\u{200d}🚀 Ayu", "👩\u{200d}🚀 Ayu")]
    #[case::only_invisible("\u{200b} \u{3164}\u{202e}", "+62812")]
    #[case::empty("", "+62812")]
    fn a_title_is_one_visible_line(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(title(name), expected);
    }

    #[test]
    fn a_user_name_is_as_presentable_as_a_name() {
        let identity = |username: &str| Identity {
            id: "idn_1".into(),
            channel: ChannelKind::Whatsapp,
            name: None,
            username: Some(username.into()),
            addresses: Vec::new(),
        };
        let handle = |username: &str| identity(username).handle();
        assert_eq!(handle("budi\n\u{202e}.s\0"), Some("@budi .s".to_owned()));
        assert_eq!(
            handle(&"b".repeat(9_999)),
            Some(format!("@{}", "b".repeat(80)))
        );
        assert_eq!(handle("\u{200b}"), None);
    }

    #[test]
    fn a_long_title_is_cut_between_letters() {
        assert_eq!(title(&"a".repeat(81)), "a".repeat(80));
        // Three characters that are one letter would end at the 81st.
        let family = "👩\u{200d}🚀";
        assert_eq!(
            title(&format!("{}{family}", "a".repeat(78))),
            "a".repeat(78)
        );
        assert_eq!(
            title(&format!("{}{family}", "a".repeat(77))),
            format!("{}{family}", "a".repeat(77))
        );
        assert_eq!(
            title(&format!("e{}", "\u{301}".repeat(200))),
            format!("e{}", "\u{301}".repeat(79))
        );
    }
}
