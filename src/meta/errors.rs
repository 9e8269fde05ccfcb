//! The Graph API's errors: their shape and what each code allows.
//!
//! The same codes come in the answer to a request, in `statuses[].errors`, in
//! `messages[].errors` and in `value.errors`.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
//! (read 2026-11-21).

use serde_json::Value;

use super::wire;

/// The most characters of a text of Meta's that are carried on into rooms.
const LONGEST_TEXT: usize = 500;

/// An error as the Graph API states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// The code: decides what to do.
    pub code: i64,
    /// The second code, where there is one.
    pub subcode: Option<i64>,
    /// What it says in general.
    pub message: String,
    /// What it says about this case.
    pub details: Option<String>,
    /// Whether it says of itself that it will pass.
    pub transient: bool,
    /// Meta's name of the case, for its support.
    pub trace: Option<String>,
}

impl GraphError {
    /// Reads an answer's body; `None` if it holds no error with a code.
    pub fn from_answer(body: &Value) -> Option<Self> {
        Self::from_item(wire::at(body, "error")?)
    }

    /// Reads one element of a webhook's `errors`.
    pub fn from_item(item: &Value) -> Option<Self> {
        let message = ["message", "title", "error_user_title"]
            .iter()
            .find_map(|key| line(item, key))
            .unwrap_or_default();
        Some(Self {
            code: wire::integer(item, "code")?,
            subcode: wire::integer(item, "error_subcode"),
            message,
            // A string in some answers, an object in most.
            details: line(item, "error_data.details").or_else(|| line(item, "error_data")),
            transient: wire::flag(item, "is_transient").unwrap_or(false),
            trace: line(item, "fbtrace_id"),
        })
    }

    /// What it allows. A fault that says it will pass is tried again, unless its
    /// code asks for something more particular.
    pub fn class(&self) -> Class {
        match Class::of(self.code) {
            class @ (Class::Backoff { .. } | Class::Paced(_) | Class::Down(_)) => class,
            _ if self.transient => Class::Backoff { least_secs: 0 },
            class => class,
        }
    }

    /// The most particular text it has.
    pub fn text(&self) -> &str {
        self.details.as_deref().unwrap_or(&self.message)
    }
}

/// The text at `path` on one line, of bearable length: it stands in the middle of our
/// own words.
fn line(item: &Value, path: &str) -> Option<String> {
    let text = wire::filled(item, path)?;
    let plain = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        // What turns the direction of the words after it.
        .filter(|c| !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
    Some(plain.take(LONGEST_TEXT).collect())
}

/// What an error allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Not accepted; to be tried again later.
    Backoff {
        /// The least time to wait in seconds; 0 = as usual.
        least_secs: u32,
    },
    /// Not accepted: too fast.
    Paced(Scope),
    /// Not accepted; a human may try again in hours or days.
    Later,
    /// Not accepted, nor will anything be until somebody acts.
    Down(Cause),
    /// Not accepted: only a template is, now.
    NeedsTemplate,
    /// Not accepted, and this message never will be.
    Final,
    /// A code that the table does not have.
    Unlisted,
}

/// For whom we are too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The app.
    App,
    /// The business account with all its numbers.
    Business,
    /// Our number.
    Number,
    /// Our number towards this one customer.
    Pair,
}

/// Why nothing can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The access token is invalid or has run out.
    Token,
    /// The token or the app lacks a permission.
    Permission,
    /// The number is not registered, or is gone.
    Registration,
    /// The account is locked or blocked for breaking a rule.
    Policy,
    /// Something about paying.
    Payment,
    /// The number's display name is not approved.
    DisplayName,
    /// The business may not write to this country.
    Country,
}

impl Class {
    /// The table.
    pub fn of(code: i64) -> Self {
        match code {
            1 | 2 | 131_000 | 131_016 | 133_004 => Self::Backoff { least_secs: 0 },
            // Maintenance of the account: minutes.
            131_057 => Self::Backoff { least_secs: 300 },
            4 | 613 => Self::Paced(Scope::App),
            80_007 => Self::Paced(Scope::Business),
            130_429 => Self::Paced(Scope::Number),
            131_056 => Self::Paced(Scope::Pair),
            131_048 | 131_049 | 131_064 | 133_016 => Self::Later,
            131_047 => Self::NeedsTemplate,
            _ => Cause::of(code).map_or_else(|| Self::last(code), Self::Down),
        }
    }

    /// The codes that end the matter.
    fn last(code: i64) -> Self {
        match code {
            100
            | 131_008..=131_009
            | 131_020..=131_021
            | 131_026
            | 131_030
            | 131_041
            | 131_050..=131_053
            | 131_055
            | 131_060
            | 131_062..=131_063
            | 130_472
            | 132_000..=132_001
            | 132_005
            | 132_007..=132_008
            | 132_012
            | 132_015..=132_016
            | 132_068..=132_069
            | 134_011
            | 134_100..=134_102
            | 135_000
            | 137_000
            // Calls, groups, user names, blocking.
            | 138_000..=138_999
            | 131_200..=131_299
            | 147_001..=147_005
            | 139_100..=139_103 => Self::Final,
            _ => Self::Unlisted,
        }
    }
}

impl Cause {
    /// The cause behind `code`, if it closes the whole channel.
    fn of(code: i64) -> Option<Self> {
        Some(match code {
            0 | 190 => Self::Token,
            3 | 10 | 200..=299 | 131_005 => Self::Permission,
            33 | 131_045 | 133_010 => Self::Registration,
            368 | 131_031 => Self::Policy,
            131_042 | 131_044 => Self::Payment,
            131_037 => Self::DisplayName,
            130_497 => Self::Country,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(&[1, 2, 131_000, 131_016, 133_004], Class::Backoff { least_secs: 0 })]
    #[case(&[131_057], Class::Backoff { least_secs: 300 })]
    #[case(&[4, 613], Class::Paced(Scope::App))]
    #[case(&[80_007], Class::Paced(Scope::Business))]
    #[case(&[130_429], Class::Paced(Scope::Number))]
    #[case(&[131_056], Class::Paced(Scope::Pair))]
    #[case(&[131_048, 131_049, 131_064, 133_016], Class::Later)]
    #[case(&[0, 190], Class::Down(Cause::Token))]
    #[case(&[3, 10, 200, 245, 299, 131_005], Class::Down(Cause::Permission))]
    #[case(&[131_045, 133_010, 33], Class::Down(Cause::Registration))]
    #[case(&[368, 131_031], Class::Down(Cause::Policy))]
    #[case(&[131_042, 131_044], Class::Down(Cause::Payment))]
    #[case(&[131_037], Class::Down(Cause::DisplayName))]
    #[case(&[130_497], Class::Down(Cause::Country))]
    #[case(&[131_047], Class::NeedsTemplate)]
    #[case(
        &[
            100, 131_008, 131_009, 131_020, 131_021, 131_026, 131_030, 131_041, 131_050, 131_051,
            131_052, 131_053, 131_055, 131_060, 131_062, 131_063, 130_472, 132_000, 132_001,
            132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_068, 132_069, 134_011,
            134_100, 134_101, 134_102, 135_000, 137_000, 138_000, 138_006, 131_215, 147_001,
            147_005, 139_100, 139_103,
        ],
        Class::Final
    )]
    #[case(&[5, 199, 300, 131_001, 999_999, -1], Class::Unlisted)]
    fn every_code_has_its_class(#[case] codes: &[i64], #[case] class: Class) {
        for code in codes {
            assert_eq!(Class::of(*code), class, "{code}");
        }
    }

    #[test]
    fn a_text_is_one_line_of_bearable_length() {
        let item = json!({"code": 1, "message": format!("a\n\u{202e}b\0{}", "c".repeat(9_999))});
        let error = GraphError::from_item(&item).unwrap();
        assert_eq!(error.text(), format!("a b {}", "c".repeat(496)));
    }

    #[test]
    fn an_answer_is_read_whole() {
        let body = json!({"error": {
            "message": "(#131056) (Business Account, Consumer Account) pair rate limit hit",
            "type": "OAuthException",
            "code": 131_056,
            "error_subcode": 2_494_055,
            "is_transient": false,
            "error_data": {"messaging_product": "whatsapp", "details": "Too many messages."},
            "fbtrace_id": "Az8or2yhqkZfEZ",
        }});
        assert_eq!(
            GraphError::from_answer(&body),
            Some(GraphError {
                code: 131_056,
                subcode: Some(2_494_055),
                message: "(#131056) (Business Account, Consumer Account) pair rate limit hit"
                    .to_owned(),
                details: Some("Too many messages.".to_owned()),
                transient: false,
                trace: Some("Az8or2yhqkZfEZ".to_owned()),
            })
        );
    }

    #[test]
    fn error_data_and_code_may_be_strings() {
        let error = GraphError::from_item(&json!({"code": "100", "error_data": "No such thing"}));
        let error = error.unwrap();
        assert_eq!((error.code, error.text()), (100, "No such thing"));
    }

    #[test]
    fn an_error_without_a_code_is_none() {
        assert_eq!(
            GraphError::from_answer(&json!({"error": {"message": "?"}})),
            None
        );
        assert_eq!(
            GraphError::from_answer(&json!({"error": "bad gateway"})),
            None
        );
        assert_eq!(GraphError::from_answer(&json!([])), None);
    }

    #[rstest]
    #[case(999_999, Class::Backoff { least_secs: 0 })]
    #[case(100, Class::Backoff { least_secs: 0 })]
    #[case(131_057, Class::Backoff { least_secs: 300 })]
    #[case(130_429, Class::Paced(Scope::Number))]
    #[case(190, Class::Down(Cause::Token))]
    fn a_passing_fault_is_tried_again(#[case] code: i64, #[case] class: Class) {
        let error = GraphError::from_item(&json!({"code": code, "is_transient": true}));
        assert_eq!(error.unwrap().class(), class);
    }
}
