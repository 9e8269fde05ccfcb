//! Section `homeserver`: the Matrix server Loket belongs to.

use url::Url;

use super::reader::Section;
use super::values;

/// The Matrix homeserver.
#[derive(Debug, Clone)]
pub struct Homeserver {
    /// Where its client API is.
    pub address: Url,
    /// The server part of its users' ids.
    pub domain: String,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>) -> Option<Homeserver> {
    let section = top.section("homeserver")?;
    let address = section.value("address", values::http_url);
    let domain = section.value("domain", values::server_name);
    section.finish();
    Some(Homeserver {
        address: address?,
        domain: domain?,
    })
}
