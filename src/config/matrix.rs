//! Section `matrix`: how Loket's rooms are made and spoken to.

use super::reader::Section;
use super::values;

/// Rooms and commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Version of new rooms; `None` leaves it to the homeserver.
    pub room_version: Option<String>,
    /// What commands begin with.
    pub command_prefix: String,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>) -> Option<Matrix> {
    let section = top.section("matrix")?;
    let room_version = section.value("room_version", room_version);
    let command_prefix = section.value("command_prefix", command_prefix);
    let encrypted = section.value("encrypt_portals", values::flag);
    if encrypted == Some(true) {
        let problem = "encrypted conversation rooms do not exist yet: write false";
        section.fault("encrypt_portals", problem);
    }
    section.finish();
    Some(Matrix {
        room_version: room_version?,
        command_prefix: command_prefix?,
    })
}

/// A room version's name, or nothing.
fn room_version(text: &str) -> Result<Option<String>, String> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() <= 32 && text.bytes().all(fine) {
        return Ok(Some(text.to_owned()));
    }
    Err(format!(
        "\"{text}\" is not a room version: write, for example, \"11\""
    ))
}

/// A sign that no ordinary line begins with, and no note.
fn command_prefix(text: &str) -> Result<String, String> {
    let fine = |byte: u8| byte.is_ascii_punctuation() && !matches!(byte, b'/' | b';' | b'@' | b'#');
    if (1..=2).contains(&text.len()) && text.bytes().all(fine) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" cannot begin commands: write one or two signs such as !, but not / ; @ #"
    ))
}
