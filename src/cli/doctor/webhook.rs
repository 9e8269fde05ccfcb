//! Our webhook as Meta sees it: through `public.base_url`, with a body as large as
//! Meta's largest.
//!
//! The body is an envelope without entries and much white space, signed as any other:
//! the daemon treats it like every webhook, and finds nothing in it to store. So
//! there is no door for doctors that others could use.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::ask::{self, Answer};
use super::finding::Tell;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::config::accounts::{Account, Kind, Whatsapp};
use crate::meta::signature;

/// As large as Meta's largest.
const SIZE: usize = 3 * 1024 * 1024;

/// What the body begins with.
const HEAD: &str = r#"{"object":"whatsapp_business_account","entry":["#;

/// What it ends with.
const TAIL: &str = "]}";

/// How long an answer may take before Meta would think badly of us.
const SLOW: Duration = Duration::from_secs(5);

/// Examines an account's webhook.
pub(super) async fn examine(account: &Account, config: &Config, tell: &Tell) {
    let Kind::Whatsapp(number) = &account.kind;
    let subject = format!("webhook {}", account.id);
    let url = config.public.webhook_url(&account.id);
    match reached(number, &url).await {
        Ok(words) => tell.ok(&subject, words),
        Err(words) => tell.fail(&subject, format!("{url}: {words}")),
    }
}

/// Tries everything; what is well, or what is not.
async fn reached(number: &Whatsapp, url: &str) -> Result<String, String> {
    let http = ask::connections()?;
    verified(&http, number, url).await?;
    let body = body();
    let unsigned = posted(&http, url, "sha256=00", &body).await?;
    expect(&unsigned, 401)?;
    let sign = signature::sign(&body, &number.app_secret)
        .ok_or_else(|| "app_secret cannot sign".to_owned())?;
    let signed = posted(&http, url, &sign, &body).await?;
    expect(&signed, 200)?;
    let took = signed.took;
    let words = format!(
        "reached from here with {} bytes in {} ms",
        body.len(),
        took.as_millis()
    );
    if took > SLOW {
        return Err(format!(
            "{words}: too slow, Meta will send everything twice"
        ));
    }
    Ok(words)
}

/// An empty envelope of the full size.
fn body() -> Vec<u8> {
    let mut body = Vec::with_capacity(SIZE);
    body.extend_from_slice(HEAD.as_bytes());
    body.resize(SIZE - TAIL.len(), b' ');
    body.extend_from_slice(TAIL.as_bytes());
    body
}

/// Asks as Meta does when the address is entered: only our daemon knows the token.
async fn verified(http: &reqwest::Client, number: &Whatsapp, url: &str) -> Result<(), String> {
    let challenge = SystemClock.uuid().simple().to_string();
    let mut address: url::Url = url
        .parse()
        .map_err(|_error| "public.base_url makes no URL".to_owned())?;
    address.query_pairs_mut().extend_pairs([
        ("hub.mode", "subscribe"),
        ("hub.verify_token", number.verify_token.expose_secret()),
        ("hub.challenge", &challenge),
    ]);
    let answer = ask::answer(http.get(address)).await?;
    expect(&answer, 200)?;
    if answer.text == challenge {
        return Ok(());
    }
    Err("another program answers there: check public.base_url and the reverse proxy".to_owned())
}

/// Posts a body.
async fn posted(
    http: &reqwest::Client,
    url: &str,
    sign: &str,
    body: &[u8],
) -> Result<Answer, String> {
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .header(signature::HEADER, sign)
        .body(body.to_vec());
    ask::answer(request).await
}

/// Refuses another status, in words.
fn expect(answer: &Answer, status: u16) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    let found = answer.status;
    Err(match found {
        200..=299 => "another program answers there, and says yes to everything".to_owned(),
        300..=399 => {
            "is redirected, which Meta does not follow: correct public.base_url".to_owned()
        }
        401 => "the daemon that runs has another app_secret: restart it after a change".to_owned(),
        403 => {
            "the daemon that runs has another verify_token: restart it after a change".to_owned()
        }
        404 => "nobody knows this address: the reverse proxy must pass /webhooks/ to public.listen"
            .to_owned(),
        413 => "the reverse proxy refuses bodies of 3 MB: allow 4 MB (nginx: client_max_body_size)"
            .to_owned(),
        502 | 504 => "the reverse proxy does not reach public.listen".to_owned(),
        503 => "the daemon cannot store anything: see database and disk".to_owned(),
        _ => format!("HTTP {found} where {status} should be"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_as_large_as_metas_largest_and_holds_nothing() {
        let body = body();
        assert_eq!(body.len(), 3_145_728);
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let empty = serde_json::json!({"object": "whatsapp_business_account", "entry": []});
        assert_eq!(read, empty);
    }
}
