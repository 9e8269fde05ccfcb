//! The homeserver: there, ours, and able to reach us.

use reqwest::Method;
use serde_json::{Value, json};

use super::ask::{Answer, Asker};
use super::clock;
use super::finding::Tell;
use crate::config::Config;

/// What to do when the homeserver does not know us.
const LOAD: &str = "Is registration.yaml named in app_service_config_files, is it the file that \
`loket registration` writes now, and was the homeserver restarted since?";

/// Examines the homeserver; whether there is more to be asked of it.
pub(super) async fn examine(config: &Config, asker: &Asker, tell: &Tell) -> bool {
    if !is_there(asker, tell).await {
        return false;
    }
    let users = Users::of(config);
    let known = is_known(asker, &users, tell).await;
    ping(config, asker, tell).await;
    known
}

/// The users that the doctor is.
#[derive(Debug)]
pub(super) struct Users {
    /// The desk's localpart and id.
    pub(super) desk: (String, String),
    /// A ghost's localpart and id.
    pub(super) ghost: (String, String),
}

impl Users {
    /// Those of a configuration.
    pub(super) fn of(config: &Config) -> Self {
        let domain = &config.homeserver.domain;
        let user = |localpart: String| {
            let id = format!("@{localpart}:{domain}");
            (localpart, id)
        };
        let prefix = &config.appservice.ghost_prefix;
        Self {
            desk: user(config.appservice.desk.localpart.clone()),
            ghost: user(format!("{prefix}doctor")),
        }
    }
}

/// Whether the homeserver answers, and what it is.
async fn is_there(asker: &Asker, tell: &Tell) -> bool {
    let answer = asker
        .ask(Method::GET, "/_matrix/client/versions", None, None)
        .await;
    let answer = match answer {
        Ok(answer) if answer.is_ok() && answer.body.get("versions").is_some() => answer,
        Ok(answer) => {
            let code = answer.code();
            tell.fail(
                "homeserver",
                format!("no Matrix homeserver answers at homeserver.address ({code})"),
            );
            return false;
        }
        Err(reason) => {
            tell.fail(
                "homeserver",
                format!("cannot be reached at homeserver.address: {reason}"),
            );
            return false;
        }
    };
    let name = name(asker).await.unwrap_or_else(|| newest(&answer.body));
    let took = answer.took.as_millis();
    tell.ok("homeserver", format!("{name}, answers in {took} ms"));
    clock::compare(&answer, "the homeserver", tell);
    true
}

/// Which server it is, where it says so.
async fn name(asker: &Asker) -> Option<String> {
    let path = "/_matrix/federation/v1/version";
    let answer = asker.ask(Method::GET, path, None, None).await.ok()?;
    let (name, version) = (
        answer.text_at("/server/name")?,
        answer.text_at("/server/version")?,
    );
    Some(format!("{name} {version}"))
}

/// The newest version of Matrix it speaks.
fn newest(body: &Value) -> String {
    let versions = body.get("versions").and_then(Value::as_array);
    let newest = versions.and_then(|all| all.last()).and_then(Value::as_str);
    format!("a homeserver for Matrix {}", newest.unwrap_or("?"))
}

/// Whether the token is valid, and the names are ours.
async fn is_known(asker: &Asker, users: &Users, tell: &Tell) -> bool {
    let mut known = true;
    for (what, (localpart, id)) in [("desk", &users.desk), ("ghosts", &users.ghost)] {
        match register(asker, localpart).await {
            Ok(answer) if answer.is_ok() || answer.code() == "M_USER_IN_USE" => {
                let found = asker.get("/_matrix/client/v3/account/whoami", id).await;
                match found {
                    Ok(answer) if answer.is_ok() => {
                        tell.ok(what, format!("as_token is valid, {id} is ours"));
                    }
                    Ok(answer) => {
                        let code = answer.code();
                        tell.fail(what, format!("we may not speak for {id} ({code}). {LOAD}"));
                        known = false;
                    }
                    Err(reason) => {
                        tell.fail(what, format!("not known: {reason}"));
                        known = false;
                    }
                }
            }
            Ok(answer) if answer.status == 401 => {
                tell.fail(what, format!("as_token is not known there. {LOAD}"));
                return false;
            }
            Ok(answer) => {
                let code = answer.code();
                tell.fail(
                    what,
                    format!("{id} is not in our namespace there ({code}). {LOAD}"),
                );
                known = false;
            }
            Err(reason) => {
                tell.fail(what, format!("not known: {reason}"));
                known = false;
            }
        }
    }
    if known {
        device(asker, &users.ghost.1, tell).await;
    }
    known
}

/// Makes a user of ours, as the daemon does.
async fn register(asker: &Asker, localpart: &str) -> Result<Answer, String> {
    let body = json!({
        "type": "m.login.application_service",
        "username": localpart,
        "inhibit_login": true,
    });
    let path = "/_matrix/client/v3/register";
    asker.ask(Method::POST, path, None, Some(&body)).await
}

/// Whether our users may have devices.
async fn device(asker: &Asker, user: &str, tell: &Tell) {
    let path = "/_matrix/client/v3/devices/LOKET";
    let body = json!({});
    match asker.ask(Method::PUT, path, Some(user), Some(&body)).await {
        Ok(answer) if answer.is_ok() => tell.ok("devices", "our users may have devices"),
        Ok(answer) => {
            let code = answer.code();
            tell.warn(
                "devices",
                format!(
                    "our users may have no devices ({code}): a line may come twice into a room \
                     when the homeserver crashes. {LOAD}"
                ),
            );
        }
        Err(reason) => tell.fail("devices", format!("not known: {reason}")),
    }
}

/// Whether the homeserver reaches us, with a token that we accept.
async fn ping(config: &Config, asker: &Asker, tell: &Tell) {
    let id = &config.appservice.id;
    let path = format!("/_matrix/client/v1/appservice/{id}/ping");
    let body = json!({});
    let answer = asker.ask(Method::POST, &path, None, Some(&body)).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => return tell.fail("ping", format!("not known: {reason}")),
    };
    if answer.is_ok() {
        let took = answer.body.get("duration_ms").and_then(Value::as_i64);
        let took = took.unwrap_or_default();
        return tell.ok(
            "ping",
            format!("the homeserver reaches us in {took} ms, hs_token is valid"),
        );
    }
    let theirs = answer.body.get("status").and_then(Value::as_i64);
    let address = &config.appservice.address;
    let words = match (answer.code().as_str(), theirs) {
        ("M_BAD_STATUS", Some(401 | 403)) => format!("hs_token is another one there. {LOAD}"),
        ("M_BAD_STATUS", Some(status)) => format!(
            "somebody else answers the homeserver at {address} (HTTP {status}): \
             check appservice.address and what stands between"
        ),
        ("M_CONNECTION_FAILED" | "M_CONNECTION_TIMEOUT", _) => format!(
            "the homeserver does not reach {address}: check appservice.address, \
             appservice.listen and the firewall between"
        ),
        ("M_URL_NOT_SET", _) => format!("the registration there has no url. {LOAD}"),
        ("M_FORBIDDEN", _) => format!("the registration's id there is not {id}. {LOAD}"),
        (code, _) => format!("the homeserver could not try whether it reaches us ({code})"),
    };
    tell.fail("ping", words);
}
