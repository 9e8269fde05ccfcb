//! What a WhatsApp account needs to know.

use secrecy::SecretString;
use url::Url;

use crate::domain::ids::AccountId;

/// An account's settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Our name of it (`wa`), also in the webhook's path.
    pub account: AccountId,
    /// Meta's id of the number; most webhooks name it.
    pub phone_number_id: String,
    /// Meta's id of the business account; the other webhooks name it.
    pub business_account_id: String,
    /// Lets us send.
    pub access_token: SecretString,
    /// Signs the webhooks.
    pub app_secret: SecretString,
    /// Shows Meta that the webhook's address is ours.
    pub verify_token: SecretString,
    /// The Graph API's address.
    pub graph_url: Url,
    /// The Graph API's version (`v26.0`).
    pub graph_version: String,
}
