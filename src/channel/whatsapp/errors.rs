//! Failures in words, and what each allows.
//!
//! # Sayings
//! Why a message was not sent, each a clause after "Not sent:". All have `code`.
//!
//! | key | arguments | when |
//! |---|---|---|
//! | `refused-window` | `code` | the customer last wrote more than 24 hours ago |
//! | `refused-undeliverable` | `code` | the number cannot get it |
//! | `refused-address` | – | we know no address of the customer |
//! | `refused-opted-out` | `code` | the customer stopped such messages |
//! | `refused-limit` | `code` | Meta limits this account for now |
//! | `refused-marketing` | `code` | Meta does not deliver marketing now |
//! | `refused-identity` | `code` | the customer's identity key has changed |
//! | `refused-test-list` | `code` | a test number, and the customer is not on its list |
//! | `refused-template` | `code`, `detail` | something else about the template |
//! | `refused-template-…` | `code` | why the template was refused |
//! | `refused-ourselves`, `-not-allowed`, `-kind`, `-companion`, `-number-needed`, `-payments`, `-as-it-is`, `-call`, `-group`, `-block`, `-form` | `code`, some `detail` | as they are called |
//! | `refused-file` | `code`, `detail` | something about the file |
//! | `refused-account` | `code`, `detail` | the account may not send |
//! | `refused-busy` | `code` | a passing fault, reported after acceptance |
//! | `refused-invalid` | `code`, `detail` | anything else; Meta's words |
//! | `refused-unexplained` | – | failed, and no reason was given |
//!
//! Why nothing can be sent, alarms with `account` and `code`: `down-token`,
//! `down-permission`, `down-registration`, `down-policy`, `down-payment`,
//! `down-display-name`, `down-country`.
//!
//! News of the account, made in `inbound`: `account-fault` (`code`, `detail`),
//! `account-quality` (`event`, `limit`), `account-deleted`, `account-restricted`
//! (`detail`), `account-violation` (`detail`), `account-disabled` (`detail`),
//! `account-disconnected` (`detail`), `account-reconnected`, `account-event`
//! (`event`), `account-template` (`template`, `event`, `reason`). `detail` and
//! `limit` may be empty.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::delivery::{RetryCause, SendError};
use crate::domain::ids::AccountId;
use crate::domain::saying::Saying;
use crate::meta::client::CallError;
use crate::meta::errors::{Cause, Class, GraphError, Scope};
use crate::saying;

/// Why a message was not sent, in words; `None` if nothing was said.
pub fn reason(error: Option<&GraphError>) -> Saying {
    let Some(error) = error else {
        return saying!("refused-unexplained");
    };
    let code = error.code;
    let detail = error.text();
    match error.class() {
        Class::NeedsTemplate => saying!("refused-window", code = code),
        Class::Backoff { .. } | Class::Paced(_) => saying!("refused-busy", code = code),
        Class::Down(_) => saying!("refused-account", code = code, detail = detail),
        Class::Later if code == 131_049 => saying!("refused-marketing", code = code),
        Class::Later => saying!("refused-limit", code = code),
        Class::Final | Class::Unlisted => last(code, detail),
    }
}

/// The words of what ends the matter. Meta's own, which are English, stand only where
/// they name what is wrong with one value.
fn last(code: i64, detail: &str) -> Saying {
    match code {
        131_021 => saying!("refused-ourselves", code = code),
        131_026 => saying!("refused-undeliverable", code = code),
        131_041 | 131_055 => saying!("refused-not-allowed", code = code, detail = detail),
        131_050 => saying!("refused-opted-out", code = code),
        130_472 | 131_063 => saying!("refused-marketing", code = code),
        137_000 => saying!("refused-identity", code = code),
        131_030 => saying!("refused-test-list", code = code),
        131_051 => saying!("refused-kind", code = code),
        131_052 | 131_053 => saying!("refused-file", code = code, detail = detail),
        131_060 => saying!("refused-companion", code = code),
        131_062 => saying!("refused-number-needed", code = code),
        132_000..=132_999 | 134_100..=134_102 => template(code, detail),
        134_011 => saying!("refused-payments", code = code),
        135_000 => saying!("refused-as-it-is", code = code),
        138_000..=138_999 => saying!("refused-call", code = code, detail = detail),
        131_200..=131_299 => saying!("refused-group", code = code, detail = detail),
        139_100..=139_103 => saying!("refused-block", code = code, detail = detail),
        _ => saying!("refused-invalid", code = code, detail = detail),
    }
}

/// Why a template was refused.
fn template(code: i64, detail: &str) -> Saying {
    match code {
        132_000 | 132_008 | 132_012 => {
            saying!("refused-template-blanks", code = code, detail = detail)
        }
        132_001 => saying!("refused-template-missing", code = code),
        132_005 => saying!("refused-template-long", code = code),
        132_007 => saying!("refused-template-policy", code = code),
        132_015 => saying!("refused-template-paused", code = code),
        132_016 => saying!("refused-template-disabled", code = code),
        132_068 | 132_069 => saying!("refused-form", code = code),
        134_100 => saying!("refused-template-marketing", code = code),
        134_101 | 134_102 => saying!("refused-template-new", code = code),
        _ => saying!("refused-template", code = code, detail = detail),
    }
}

/// What a call without success allows.
pub(super) fn outcome(account: &AccountId, error: CallError) -> SendError {
    match error {
        CallError::NotSent { detail } => SendError::Retry {
            after: None,
            cause: RetryCause::Fault { detail },
        },
        CallError::Unknown { detail } => SendError::Unknown { detail },
        CallError::Graph {
            status,
            error,
            retry_after,
        } => stated(account, status, &error, retry_after),
    }
}

/// What an error that the API stated allows.
fn stated(
    account: &AccountId,
    status: u16,
    error: &GraphError,
    retry_after: Option<Duration>,
) -> SendError {
    let code = error.code;
    let asked = retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
    match error.class() {
        Class::Backoff { least_secs } => {
            let least = (least_secs > 0).then(|| SignedDuration::from_secs(least_secs.into()));
            SendError::Retry {
                after: asked.max(least),
                cause: RetryCause::Fault {
                    detail: format!("error {code} of the Graph API"),
                },
            }
        }
        Class::Paced(scope) => SendError::Retry {
            after: asked,
            cause: match scope {
                Scope::Pair => RetryCause::Paced,
                Scope::Number | Scope::App | Scope::Business => RetryCause::AccountPaced,
            },
        },
        // The others can still be written to.
        Class::Down(cause @ Cause::Country) => SendError::Retry {
            after: asked,
            cause: RetryCause::Barred {
                alarm: alarm(account, cause, code),
            },
        },
        Class::Down(cause) => SendError::Retry {
            after: asked,
            cause: RetryCause::Down {
                alarm: alarm(account, cause, code),
            },
        },
        // A server's fault with a code that nobody has listed says nothing certain.
        Class::Unlisted if status >= 500 => SendError::Unknown {
            detail: format!("HTTP {status} with unlisted error {code}"),
        },
        Class::Later | Class::NeedsTemplate | Class::Final | Class::Unlisted => {
            SendError::Refused {
                reason: reason(Some(error)),
                code: Some(code),
            }
        }
    }
}

/// Why nothing can be sent, in words.
fn alarm(account: &AccountId, cause: Cause, code: i64) -> Saying {
    let account = account.as_str();
    match cause {
        Cause::Token => saying!("down-token", account = account, code = code),
        Cause::Permission => saying!("down-permission", account = account, code = code),
        Cause::Registration => saying!("down-registration", account = account, code = code),
        Cause::Policy => saying!("down-policy", account = account, code = code),
        Cause::Payment => saying!("down-payment", account = account, code = code),
        Cause::DisplayName => saying!("down-display-name", account = account, code = code),
        Cause::Country => saying!("down-country", account = account, code = code),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// The outcome of an answer of HTTP 400 with `code`.
    fn answered(code: i64) -> SendError {
        let error = GraphError::from_item(&json!({
            "code": code,
            "message": "general",
            "error_data": {"details": "particular"},
        }));
        outcome(
            &AccountId::from("wa"),
            CallError::Graph {
                status: 400,
                error: Box::new(error.unwrap()),
                retry_after: None,
            },
        )
    }

    #[rstest]
    #[case(131_047, saying!("refused-window", code = 131_047))]
    #[case(131_026, saying!("refused-undeliverable", code = 131_026))]
    #[case(131_050, saying!("refused-opted-out", code = 131_050))]
    #[case(131_048, saying!("refused-limit", code = 131_048))]
    #[case(131_064, saying!("refused-limit", code = 131_064))]
    #[case(133_016, saying!("refused-limit", code = 133_016))]
    #[case(131_049, saying!("refused-marketing", code = 131_049))]
    #[case(130_472, saying!("refused-marketing", code = 130_472))]
    #[case(137_000, saying!("refused-identity", code = 137_000))]
    #[case(131_030, saying!("refused-test-list", code = 131_030))]
    #[case(131_053, saying!("refused-file", code = 131_053, detail = "particular"))]
    #[case(131_021, saying!("refused-ourselves", code = 131_021))]
    #[case(131_041, saying!("refused-not-allowed", code = 131_041, detail = "particular"))]
    #[case(131_051, saying!("refused-kind", code = 131_051))]
    #[case(131_060, saying!("refused-companion", code = 131_060))]
    #[case(131_062, saying!("refused-number-needed", code = 131_062))]
    #[case(132_000, saying!("refused-template-blanks", code = 132_000, detail = "particular"))]
    #[case(132_001, saying!("refused-template-missing", code = 132_001))]
    #[case(132_005, saying!("refused-template-long", code = 132_005))]
    #[case(132_007, saying!("refused-template-policy", code = 132_007))]
    #[case(132_012, saying!("refused-template-blanks", code = 132_012, detail = "particular"))]
    #[case(132_015, saying!("refused-template-paused", code = 132_015))]
    #[case(132_016, saying!("refused-template-disabled", code = 132_016))]
    #[case(132_068, saying!("refused-form", code = 132_068))]
    #[case(134_011, saying!("refused-payments", code = 134_011))]
    #[case(134_100, saying!("refused-template-marketing", code = 134_100))]
    #[case(134_102, saying!("refused-template-new", code = 134_102))]
    #[case(135_000, saying!("refused-as-it-is", code = 135_000))]
    #[case(138_006, saying!("refused-call", code = 138_006, detail = "particular"))]
    #[case(131_215, saying!("refused-group", code = 131_215, detail = "particular"))]
    #[case(139_101, saying!("refused-block", code = 139_101, detail = "particular"))]
    #[case(100, saying!("refused-invalid", code = 100, detail = "particular"))]
    #[case(999_999, saying!("refused-invalid", code = 999_999, detail = "particular"))]
    fn what_ends_the_matter_is_refused_in_words(#[case] code: i64, #[case] reason: Saying) {
        let refused = SendError::Refused {
            reason,
            code: Some(code),
        };
        assert_eq!(answered(code), refused);
    }

    #[rstest]
    #[case(190, saying!("down-token", account = "wa", code = 190))]
    #[case(10, saying!("down-permission", account = "wa", code = 10))]
    #[case(133_010, saying!("down-registration", account = "wa", code = 133_010))]
    #[case(368, saying!("down-policy", account = "wa", code = 368))]
    #[case(131_042, saying!("down-payment", account = "wa", code = 131_042))]
    #[case(131_037, saying!("down-display-name", account = "wa", code = 131_037))]
    fn a_closed_channel_keeps_the_line_and_alarms(#[case] code: i64, #[case] alarm: Saying) {
        let cause = RetryCause::Down { alarm };
        assert_eq!(answered(code), SendError::Retry { after: None, cause });
    }

    #[test]
    fn a_country_that_is_barred_closes_the_channel_for_nobody_else() {
        let alarm = saying!("down-country", account = "wa", code = 130_497);
        let cause = RetryCause::Barred { alarm };
        assert_eq!(answered(130_497), SendError::Retry { after: None, cause });
    }

    #[test]
    fn a_passing_fault_is_tried_again() {
        let fault = |code: i64| RetryCause::Fault {
            detail: format!("error {code} of the Graph API"),
        };
        assert_eq!(
            answered(131_016),
            SendError::Retry {
                after: None,
                cause: fault(131_016)
            }
        );
        assert_eq!(
            answered(131_057),
            SendError::Retry {
                after: Some(SignedDuration::from_mins(5)),
                cause: fault(131_057)
            }
        );
    }

    #[test]
    fn a_server_fault_with_an_unlisted_code_is_unknown() {
        let error = GraphError::from_item(&json!({"code": 999_999})).unwrap();
        let detail = "HTTP 500 with unlisted error 999999".to_owned();
        assert_eq!(
            stated(&AccountId::from("wa"), 500, &error, None),
            SendError::Unknown { detail }
        );
    }

    #[test]
    fn a_failed_status_has_its_reason_in_words() {
        let payment = GraphError::from_item(&json!({"code": 131_042, "title": "Payment issue"}));
        assert_eq!(
            reason(payment.as_ref()),
            saying!("refused-account", code = 131_042, detail = "Payment issue")
        );
        let busy = GraphError::from_item(&json!({"code": 130_429}));
        assert_eq!(
            reason(busy.as_ref()),
            saying!("refused-busy", code = 130_429)
        );
        assert_eq!(reason(None), saying!("refused-unexplained"));
    }
}
