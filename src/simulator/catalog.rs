//! What Meta says with each error code: title, HTTP status, usual details.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
//! (as collected on 2026-11-21).

/// An error code as Meta's table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number a program decides on.
    pub(super) code: u32,
    /// The HTTP status a Graph answer with this code has.
    pub(super) http: u16,
    /// The short text, part of `message`.
    pub(super) title: &'static str,
    /// The usual `error_data.details`.
    pub(super) details: &'static str,
}

/// One line of the table.
const fn entry(code: u32, http: u16, title: &'static str, details: &'static str) -> Entry {
    Entry {
        code,
        http,
        title,
        details,
    }
}

/// The table.
const ENTRIES: [Entry; 47] = [
    entry(
        0,
        401,
        "AuthException",
        "The app user could not be authenticated.",
    ),
    entry(
        1,
        400,
        "API Unknown",
        "Invalid request or possible server error.",
    ),
    entry(2, 503, "API Service", "Service temporarily unavailable."),
    entry(3, 500, "API Method", "Capability or permissions issue."),
    entry(
        4,
        429,
        "API Too Many Calls",
        "The app has reached its call rate limit.",
    ),
    entry(
        10,
        403,
        "Permission Denied",
        "Permission is not granted or was removed.",
    ),
    entry(
        33,
        400,
        "Parameter value is not valid",
        "The business phone number was deleted.",
    ),
    entry(
        100,
        400,
        "Invalid parameter",
        "The request has an invalid parameter.",
    ),
    entry(
        190,
        401,
        "Access token has expired",
        "The access token has expired.",
    ),
    entry(
        200,
        403,
        "API Permission",
        "Permission is not granted or was removed.",
    ),
    entry(
        368,
        403,
        "Temporarily blocked for policies violations",
        "The account is restricted.",
    ),
    entry(
        613,
        429,
        "Calls to this API have exceeded the rate limit",
        "Too many calls.",
    ),
    entry(
        80007,
        429,
        "Rate limit issues",
        "The account has reached its rate limit.",
    ),
    entry(
        130_429,
        429,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number \
         in a short period of time",
    ),
    entry(
        130_472,
        400,
        "User's number is part of an experiment",
        "Message was not sent as part of an experiment.",
    ),
    entry(
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
        "The account may not message this country.",
    ),
    entry(
        131_000,
        500,
        "Something went wrong",
        "Message failed to send: unknown error.",
    ),
    entry(
        131_005,
        403,
        "Access denied",
        "Permission is not granted or was removed.",
    ),
    entry(
        131_008,
        400,
        "Required parameter is missing",
        "A required parameter is missing.",
    ),
    entry(
        131_009,
        400,
        "Parameter value is not valid",
        "A parameter value is not valid.",
    ),
    entry(
        131_016,
        500,
        "Service unavailable",
        "A service is temporarily unavailable.",
    ),
    entry(
        131_021,
        400,
        "Recipient cannot be sender",
        "Sender and recipient are the same.",
    ),
    entry(
        131_026,
        400,
        "Message undeliverable",
        "Unable to deliver the message.",
    ),
    entry(
        131_030,
        400,
        "Recipient phone number not in allowed list",
        "Not in the allowed list.",
    ),
    entry(
        131_031,
        403,
        "Account has been locked",
        "The account is restricted or disabled.",
    ),
    entry(
        131_037,
        400,
        "Display name approval needed",
        "The display name is not approved.",
    ),
    entry(
        131_042,
        400,
        "Business eligibility payment issue",
        "There is a payment problem.",
    ),
    entry(
        131_045,
        500,
        "Incorrect certificate",
        "The number is not registered properly.",
    ),
    entry(
        131_047,
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last \
         replied to this number.",
    ),
    entry(
        131_048,
        429,
        "Spam rate limit hit",
        "The number has been flagged as spam.",
    ),
    entry(
        131_049,
        400,
        "Message not delivered to maintain healthy ecosystem engagement",
        "The message was not delivered.",
    ),
    entry(
        131_050,
        400,
        "User has stopped marketing messages",
        "The customer opted out.",
    ),
    entry(
        131_051,
        400,
        "Unsupported message type",
        "Message type is not supported.",
    ),
    entry(
        131_052,
        400,
        "Media download error",
        "The media could not be downloaded.",
    ),
    entry(
        131_053,
        400,
        "Media upload error",
        "The media could not be uploaded.",
    ),
    entry(
        131_055,
        400,
        "Method not allowed",
        "The method is not allowed.",
    ),
    entry(
        131_056,
        429,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number \
         to the same phone number in a short period of time",
    ),
    entry(
        131_057,
        500,
        "Account in maintenance mode",
        "The account is in maintenance mode.",
    ),
    entry(
        131_060,
        400,
        "Message unavailable",
        "This message is currently unavailable.",
    ),
    entry(
        131_062,
        400,
        "Recipient id not supported",
        "This message needs a phone number.",
    ),
    entry(
        132_000,
        400,
        "Template param count mismatch",
        "The number of parameters differs.",
    ),
    entry(
        132_001,
        404,
        "Template does not exist",
        "The template does not exist.",
    ),
    entry(
        132_015,
        400,
        "Template is paused",
        "The template is paused.",
    ),
    entry(
        133_004,
        503,
        "Server temporarily unavailable",
        "The server is unavailable.",
    ),
    entry(
        133_010,
        400,
        "Phone number not registered",
        "The number is not registered.",
    ),
    entry(
        133_016,
        429,
        "Register rate limit exceeded",
        "Too many registrations.",
    ),
    entry(
        137_000,
        400,
        "Identity key mismatch",
        "The identity key hash does not match.",
    ),
];

/// What is said with a code that the table does not have.
const OTHER: Entry = entry(
    0,
    400,
    "Unknown error",
    "The request could not be processed.",
);

/// Looks up a code; an unknown one keeps its number.
pub(super) fn find(code: u32) -> Entry {
    ENTRIES
        .iter()
        .find(|entry| entry.code == code)
        .copied()
        .unwrap_or(Entry { code, ..OTHER })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_ordered_and_without_doubles() {
        assert!(ENTRIES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn an_unknown_code_keeps_its_number() {
        let entry = find(138_000);
        assert_eq!((entry.code, entry.http), (138_000, 400));
    }
}
