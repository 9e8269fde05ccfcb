//! Section `appservice`: Loket's side of the homeserver's application service.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{Found, Section};
use super::values;

/// What to do about a token that is missing.
const HOW: &str = "run `loket setup`, which makes one, or write at least 16 random characters";

/// Loket as an application service.
#[derive(Debug, Clone)]
pub struct Appservice {
    /// Where Loket listens for the homeserver, for health and metrics.
    pub listen: SocketAddr,
    /// How the homeserver reaches that.
    pub address: Url,
    /// The registration's name.
    pub id: String,
    /// Proves Loket to the homeserver.
    pub as_token: SecretString,
    /// Proves the homeserver to Loket.
    pub hs_token: SecretString,
    /// The bot.
    pub desk: Desk,
    /// How ghosts' user names and our room aliases begin.
    pub ghost_prefix: String,
}

/// The bot that speaks for Loket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// Its user name.
    pub localpart: String,
    /// Its display name.
    pub display_name: String,
}

impl Appservice {
    /// Whether a user of our homeserver with this name is ours: the desk or a
    /// ghost.
    pub fn owns_localpart(&self, localpart: &str) -> bool {
        localpart == self.desk.localpart || localpart.starts_with(&self.ghost_prefix)
    }
}

/// Reads the section; with where `listen` was written, for a later check.
pub(super) fn read(top: &Section<'_>) -> Option<(Appservice, Found<SocketAddr>)> {
    let section = top.section("appservice")?;
    let listen = section.found("listen", values::listen);
    let address = section.value("address", values::http_url);
    let id = section.value("id", values::own_id);
    let as_token = token(&section, "as_token", "as_token_file");
    let hs_token = token(&section, "hs_token", "hs_token_file");
    let ghost_prefix = section.value("ghost_prefix", values::localpart);
    let desk = read_desk(&section, ghost_prefix.as_deref());
    if let (Some(ours), Some(theirs)) = (&as_token, &hs_token)
        && ours.value.expose_secret() == theirs.value.expose_secret()
    {
        section.fault("hs_token", "is the same as as_token: they must differ");
    }
    section.finish();
    let listen = listen?;
    let appservice = Appservice {
        listen: listen.value,
        address: address?,
        id: id?,
        as_token: as_token?.value,
        hs_token: hs_token?.value,
        desk: desk?,
        ghost_prefix: ghost_prefix?,
    };
    Some((appservice, listen))
}

/// Reads a token, which must not be guessable.
fn token(
    section: &Section<'_>,
    key: &'static str,
    key_file: &'static str,
) -> Option<Found<SecretString>> {
    let token = section.secret(key, key_file, HOW)?;
    if token.value.expose_secret().len() < 16 {
        section.fault(key, format!("is too short: {HOW}"));
        return None;
    }
    Some(token)
}

/// Reads the subsection `desk`.
fn read_desk(section: &Section<'_>, ghost_prefix: Option<&str>) -> Option<Desk> {
    let desk = section.section("desk")?;
    let localpart = desk.value("localpart", |text| {
        let localpart = values::localpart(text)?;
        match ghost_prefix {
            Some(prefix) if localpart.starts_with(prefix) => Err(format!(
                "\"{text}\" begins with ghost_prefix: the desk would be taken for a customer"
            )),
            _ => Ok(localpart),
        }
    });
    let display_name = desk.value("display_name", values::shown_name);
    desk.finish();
    Some(Desk {
        localpart: localpart?,
        display_name: display_name?,
    })
}
