//! Section `accounts`: our numbers and profiles on the channels.
//!
//! An account's common part is its id and kind; the rest belongs to the
//! channel. A new channel is a variant of [`Kind`] with a struct of its own.

use jiff::SignedDuration;
use secrecy::SecretString;
use url::Url;

use super::error::Errors;
use super::reader::{Found, Section};
use super::tree::Node;
use super::values;
use crate::domain::contact::ChannelKind;
use crate::domain::conversation::Echo;
use crate::domain::ids::AccountId;

/// Where Meta's Graph API is.
pub const GRAPH_URL: &str = "https://graph.facebook.com";

/// The Graph API's version that this Loket was written for.
pub const GRAPH_VERSION: &str = "v26.0";

/// What an answer from the phone app does by default.
const ECHO: &str = "pause 30m";

/// Longest pause after an answer from the phone app.
const PAUSE_LIMIT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One of our accounts.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id: in the webhook's address, in tables and texts.
    pub id: AccountId,
    /// Its channel, with what that needs.
    pub kind: Kind,
}

/// What each channel needs of an account.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A number of the WhatsApp Business Cloud API.
    Whatsapp(Whatsapp),
}

impl Kind {
    /// The channel.
    pub const fn channel(&self) -> ChannelKind {
        match self {
            Self::Whatsapp(_) => ChannelKind::Whatsapp,
        }
    }
}

/// A number of the WhatsApp Business Cloud API.
#[derive(Debug, Clone)]
pub struct Whatsapp {
    /// The number's id; webhooks are routed by it.
    pub phone_number_id: String,
    /// The WhatsApp Business Account's id.
    pub business_account_id: String,
    /// Allows us to send.
    pub access_token: SecretString,
    /// Signs webhooks.
    pub app_secret: SecretString,
    /// Meta repeats it when a webhook's address is entered.
    pub verify_token: SecretString,
    /// Where the Graph API is.
    pub graph_url: Url,
    /// The Graph API's version, such as `v26.0`.
    pub graph_version: String,
    /// What an answer from the phone app does.
    pub echo: Echo,
}

/// What was read of the accounts, also of those with mistakes.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Accounts without mistakes.
    pub(super) accounts: Vec<Account>,
    /// Every account's id.
    pub(super) ids: Vec<Found<AccountId>>,
    /// Every WhatsApp number's id.
    pub(super) phone_number_ids: Vec<Found<String>>,
}

/// Reads the section.
pub(super) fn read(top: &Section<'_>, errors: &Errors) -> Read {
    let mut read = Read::default();
    let items = top.list("accounts").unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        let path = match item.get("id").and_then(Node::as_text) {
            Some(id) => format!("accounts.{id}"),
            None => format!("accounts[{index}]"),
        };
        if let Some(section) = Section::open(path, item, errors) {
            let account = read_account(&section, &mut read);
            read.accounts.extend(account);
        }
    }
    read
}

/// Reads one account.
fn read_account(section: &Section<'_>, read: &mut Read) -> Option<Account> {
    let id = section.found("id", |text| values::own_id(text).map(AccountId::from));
    read.ids.extend(id.clone());
    // Without its kind nobody knows which keys it may have.
    let ChannelKind::Whatsapp = section.value("kind", kind)?;
    let whatsapp = read_whatsapp(section, read);
    section.finish();
    Some(Account {
        id: id?.value,
        kind: Kind::Whatsapp(whatsapp?),
    })
}

/// A channel's name.
fn kind(text: &str) -> Result<ChannelKind, String> {
    if matches!(text, "instagram" | "webchat") {
        return Err(format!(
            "this version does not have the channel {text} yet: remove the account, or put # before its lines"
        ));
    }
    let channels = [ChannelKind::Whatsapp];
    values::choice(text, &channels.map(|channel| (channel.name(), channel)))
}

/// Reads the keys of a WhatsApp account.
fn read_whatsapp(section: &Section<'_>, read: &mut Read) -> Option<Whatsapp> {
    let phone_number_id = section.found("phone_number_id", values::digits);
    read.phone_number_ids.extend(phone_number_id.clone());
    let business_account_id = section.value("business_account_id", values::digits);
    let dashboard = "copy it from Meta's dashboard";
    let access_token = section.secret("access_token", "access_token_file", dashboard);
    let app_secret = section.secret("app_secret", "app_secret_file", dashboard);
    let random = "write any random letters and digits, the same as in Meta's dashboard";
    let verify_token = section.secret("verify_token", "verify_token_file", random);
    let graph_url = section.value_or("graph_url", GRAPH_URL, values::secure_url);
    let graph_version = section.value_or("graph_version", GRAPH_VERSION, graph_version);
    let echo = section.value_or("echo", ECHO, echo);
    Some(Whatsapp {
        phone_number_id: phone_number_id?.value,
        business_account_id: business_account_id?,
        access_token: access_token?.value,
        app_secret: app_secret?.value,
        verify_token: verify_token?.value,
        graph_url: graph_url?,
        graph_version: graph_version?,
        echo: echo?,
    })
}

/// A version such as `v26.0`.
fn graph_version(text: &str) -> Result<String, String> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('v').and_then(|rest| rest.split_once('.')) {
        Some((major, minor)) if number(major) && number(minor) => Ok(text.to_owned()),
        _ => Err(format!(
            "\"{text}\" is not a Graph API version: write, for example, {GRAPH_VERSION}"
        )),
    }
}

/// What an answer from the phone app does.
fn echo(text: &str) -> Result<Echo, String> {
    match text.split_once(' ') {
        None if text == "takeover" => Ok(Echo::Takeover),
        None if text == "show" => Ok(Echo::Show),
        Some(("pause", time)) => values::duration(time.trim(), PAUSE_LIMIT).map(Echo::Pause),
        _ => Err(format!(
            "\"{text}\" is not one of: pause 30m, takeover, show"
        )),
    }
}
