//! What WhatsApp can do.

use jiff::SignedDuration;

use crate::channel::Capabilities;

/// How long after a customer's last message free text is accepted.
///
/// 24 hours; Meta counts from the customer's message.
/// Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages>
/// (read 2026-11-21).
pub const SERVICE_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The longest text message, in characters.
///
/// Meta does not say what a character is. Loket counts UTF-16 units, the largest
/// of the usual counts, so that a text is within the limit by each of them.
pub const LONGEST_TEXT: usize = 4096;

/// The table's entry.
pub const CAPABILITIES: Capabilities = Capabilities {
    window: Some(SERVICE_WINDOW),
    // Customers can edit and revoke; the Cloud API cannot.
    edits: false,
    unsends: false,
    undo_window: true,
};
