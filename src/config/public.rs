//! Section `public`: what the internet sees.

use std::net::{IpAddr, SocketAddr};

use jiff::SignedDuration;
use url::Url;

use super::reader::{Found, Section};
use super::values;
use crate::domain::ids::AccountId;

/// The longest `stop_notice`: supervisors kill what has not ended after a while.
const NOTICE_LIMIT: SignedDuration = SignedDuration::from_secs(60);

/// The public listener.
#[derive(Debug, Clone)]
pub struct Public {
    /// Where Loket listens for webhooks.
    pub listen: SocketAddr,
    /// The same from outside.
    pub base_url: Url,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long at the stop both listeners still accept while `/health/ready` says
    /// no already.
    pub stop_notice: SignedDuration,
}

/// An address, or a block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    address: IpAddr,
    /// How many leading bits its addresses share.
    prefix: u32,
}

impl Network {
    /// Whether `address` is in it. An IPv4 address written as IPv6 counts as
    /// IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                (ours.to_bits() ^ theirs.to_bits()) & mask == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                (ours.to_bits() ^ theirs.to_bits()) & mask == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl Public {
    /// The address Meta calls for an account.
    pub fn webhook_url(&self, account: &AccountId) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
        format!("{base}/webhooks/{account}")
    }
}

/// Reads the section; with where `listen` was written, for a later check.
pub(super) fn read(top: &Section<'_>) -> Option<(Public, Found<SocketAddr>)> {
    let section = top.section("public")?;
    let listen = section.found("listen", values::listen);
    let base_url = section.value("base_url", values::secure_url);
    let proxies = section.words("trusted_proxies", network);
    let stop_notice = section.value("stop_notice", |text| values::duration(text, NOTICE_LIMIT));
    section.finish();
    let listen = listen?;
    let public = Public {
        listen: listen.value,
        base_url: base_url?,
        trusted_proxies: proxies?.into_iter().map(|found| found.value).collect(),
        stop_notice: stop_notice?,
    };
    Some((public, listen))
}

/// An address or a block such as `10.0.0.0/8`.
fn network(text: &str) -> Result<Network, String> {
    let hint =
        || format!("\"{text}\" is not an IP address or network: write, for example, 10.0.0.0/8");
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_error| hint())?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.parse().map_err(|_error| hint())?,
        None => bits,
    };
    if prefix > bits {
        return Err(hint());
    }
    Ok(Network { address, prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_own_addresses_only() {
        let block = network("10.0.0.0/8").unwrap();
        assert!(block.contains("10.255.1.2".parse().unwrap()));
        assert!(block.contains("::ffff:10.1.1.1".parse().unwrap()));
        assert!(!block.contains("11.0.0.1".parse().unwrap()));
        assert!(!block.contains("::1".parse().unwrap()));
        assert!(
            network("0.0.0.0/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert!(
            !network("127.0.0.1")
                .unwrap()
                .contains("127.0.0.2".parse().unwrap())
        );
        assert!(
            network("fd00::/8")
                .unwrap()
                .contains("fd12::1".parse().unwrap())
        );
        assert!(network("10.0.0.0/33").is_err());
    }
}
