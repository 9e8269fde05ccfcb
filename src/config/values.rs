//! Kinds of values that several sections share. Each function reads a text or
//! says what to write instead.

use std::net::{IpAddr, SocketAddr};

use jiff::{SignedDuration, Span, SpanRelativeTo};
use url::{Host, Url};

/// An IP address and port to listen on.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_error| {
        format!("\"{text}\" is not an IP address and port: write, for example, 127.0.0.1:29330")
    })
}

/// An address of something that speaks HTTP, without query or fragment.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let hint = "write, for example, http://127.0.0.1:8008";
    let url =
        Url::parse(text).map_err(|error| format!("\"{text}\" is not a URL ({error}): {hint}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!(
            "\"{text}\" is not an http or https address: {hint}"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end before any ? or #".to_owned());
    }
    Ok(url)
}

/// As [`http_url`], and https unless it points to this machine.
pub(crate) fn secure_url(text: &str) -> Result<Url, String> {
    let url = http_url(text)?;
    if url.scheme() == "https" || is_loopback(&url) {
        return Ok(url);
    }
    Err(format!(
        "\"{text}\" is not encrypted: write https://… (http is for this machine only)"
    ))
}

/// Whether a URL points to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A Matrix server name: a host and perhaps a port.
///
/// Source: <https://spec.matrix.org/latest/appendices/#server-name> (read
/// 2026-11-21).
pub(crate) fn server_name(text: &str) -> Result<String, String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port_is_fine = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    });
    let host_is_fine = match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => matches!(address.parse(), Ok(IpAddr::V6(_))),
        None => {
            !host.is_empty()
                && host.len() <= 230
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        }
    };
    if port_is_fine && host_is_fine {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" is not a server's name: write, for example, example.org"
    ))
}

/// The part before the colon of a Matrix user id that we make ourselves.
pub(crate) fn localpart(text: &str) -> Result<String, String> {
    let fine = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'=' | b'-' | b'/' | b'+');
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(fine) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" cannot be in a user name: use a-z, 0-9 and . _ = - / +, at most 64"
    ))
}

/// A whole Matrix user id of a person.
///
/// Names that only older servers gave out are taken (capitals, `!`, `~` and so on),
/// but for marks of quoting and lists: those are a slip in the file, not somebody's
/// name. Source: <https://spec.matrix.org/latest/appendices/#user-identifiers> and
/// its part on historical user ids (read 2026-11-21).
pub(crate) fn user_id(text: &str) -> Result<String, String> {
    let hint =
        || format!("\"{text}\" is not a Matrix user id: write, for example, @ayu:example.org");
    let rest = text.strip_prefix('@').ok_or_else(hint)?;
    let (localpart, server) = rest.split_once(':').ok_or_else(hint)?;
    let slips = b"\"'`\\,;()[]{}<>";
    let fine = |byte: u8| byte.is_ascii_graphic() && byte != b':' && !slips.contains(&byte);
    if localpart.is_empty() || text.len() > 255 || !localpart.bytes().all(fine) {
        return Err(hint());
    }
    server_name(server).map_err(|_problem| hint())?;
    Ok(text.to_owned())
}

/// An id the operator chooses: of an account, a team, the registration.
pub(crate) fn own_id(text: &str) -> Result<String, String> {
    let fine = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if !text.is_empty() && text.len() <= 32 && text.bytes().all(fine) && !text.contains("__") {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" cannot be an id: use a-z, 0-9, - and single _, at most 32"
    ))
}

/// A provider's id: digits.
pub(crate) fn digits(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" is not an id: write the digits that Meta's dashboard shows"
    ))
}

/// A text that is shown, on one line.
pub(crate) fn shown_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 80 || text.chars().any(char::is_control) {
        return Err("must be a name on one line, at most 80 characters".to_owned());
    }
    Ok(text.to_owned())
}

/// `true` or `false`.
pub(crate) fn flag(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("\"{text}\" is not true or false")),
    }
}

/// One of some words.
pub(crate) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    Err(format!("\"{text}\" is not one of: {}", words.join(", ")))
}

/// A duration such as `5s`, `30m`, `3d`, at most `limit`; `0` is none. A day
/// has 24 hours here.
pub(crate) fn duration(text: &str, limit: SignedDuration) -> Result<SignedDuration, String> {
    let hint = || format!("\"{text}\" is not a duration: write, for example, 5s, 30m, 2h or 3d");
    let read = if text == "0" {
        SignedDuration::ZERO
    } else {
        let span: Span = text.parse().map_err(|_error| hint())?;
        span.to_duration(SpanRelativeTo::days_are_24_hours())
            .map_err(|_error| hint())?
    };
    if read.is_negative() {
        return Err(hint());
    }
    if read > limit {
        return Err(format!("\"{text}\" is too long: at most {limit:#}"));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_told_from_slips() {
        for id in [
            "@ayu:example.org",
            "@a.b_c=d-e/f+1:example.org:8448",
            "@Ayu:example.org",
            "@ayu!~$:example.org",
            "@ayu:[::1]",
        ] {
            assert_eq!(user_id(id), Ok(id.to_owned()));
        }
        for slip in [
            "@\"x:example.org",
            "@'x':example.org",
            "@x\\:example.org",
            "@[x]:example.org",
            "@a,b:example.org",
            "@<x>:example.org",
            "@a b:example.org",
            "@é:example.org",
            "@x\0:example.org",
            "@:example.org",
            "@x:",
            "@x:example.org\"",
            "x:example.org",
        ] {
            assert!(user_id(slip).is_err(), "{slip}");
        }
    }
}
