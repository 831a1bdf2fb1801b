//! The API's address, in the spellings that the official clients accept.

use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::model::{invalid::Invalid, url::is_written_in_full};

/// The version that is added if an address has none: the one that client 4.15.0 uses.
const DEFAULT_VERSION: &str = "/v2";

/// The base URL of the API with its version and without a trailing slash:
/// `https://api.ubiops.com/v2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiHost(Url);

impl ApiHost {
    /// The public service.
    pub fn public() -> Self {
        "https://api.ubiops.com/v2"
            .parse()
            .expect("a constant is an address")
    }

    /// The base URL as text; tokens and protected values of this host are also stored under it.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The base URL's own path, such as `/v2`.
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// Whether what is sent there is unencrypted.
    pub fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether the address is this machine, decided from its spelling alone, without a lookup.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

/// Whether a URL's host is `localhost` or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // With a trailing dot, or mapped into another address family, the resolver would decide.
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl FromStr for ApiHost {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |rule: &str| Invalid::new("host", rule);
        let text = text.trim();
        let has_scheme = ["http:", "https:"].iter().any(|scheme| {
            let start = text.get(..scheme.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let with_scheme = if has_scheme || text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&with_scheme)
            .ok()
            .filter(|url| is_written_in_full(&with_scheme) && url.has_host())
            .ok_or_else(|| {
                invalid("must be an address such as `api.ubiops.com` or `https://host/v2`")
            })?;
        // Anywhere: with too few or too many slashes, the intended credentials are part of the
        // path.
        if text.contains('@') {
            return Err(invalid("must not carry a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not have a query or a fragment"));
        }
        let mut path = url.path().trim_end_matches('/').to_owned();
        if !path.split('/').any(is_version) {
            path.push_str(DEFAULT_VERSION);
        }
        let mut url = url;
        url.set_path(&path);
        Ok(Self(url))
    }
}

/// `v2`, `v2.1`.
fn is_version(segment: &str) -> bool {
    let Some(number) = segment.strip_prefix('v') else {
        return false;
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match number.split_once('.') {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(number),
    }
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_the_official_clients_are_taken() {
        for (given, used) in [
            ("api.example.org", "https://api.example.org/v2"),
            (
                "https://api.example.org/v2.1/",
                "https://api.example.org/v2.1",
            ),
            ("https://example.org/base/", "https://example.org/base/v2"),
            (" http://127.0.0.1:8080/v2 ", "http://127.0.0.1:8080/v2"),
            ("httpbin.example.org", "https://httpbin.example.org/v2"),
            ("localhost:8080", "https://localhost:8080/v2"),
            ("https://v2.example.org", "https://v2.example.org/v2"),
        ] {
            assert_eq!(given.parse::<ApiHost>().unwrap().as_str(), used);
        }
    }

    #[test]
    fn what_is_no_address_or_carries_credentials_is_refused() {
        for bad in [
            "",
            "ftp://a",
            "https://",
            "https://u:p@a.example",
            "https:/u:p@a.example",
            "u:p@a.example",
            "a.example?x=1",
            "a b",
            "https:///v2",
            "https:/a.example",
            "https:a.example",
            "https://${HOST}/v2",
            "$HOST",
            r"https:\\a.example",
        ] {
            assert!(bad.parse::<ApiHost>().is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_is_recognized_by_its_spelling() {
        for here in ["http://localhost:1", "http://127.1.2.3", "http://[::1]:8"] {
            assert!(here.parse::<ApiHost>().unwrap().is_loopback(), "{here}");
        }
        for away in [
            "http://localhost.example.org",
            "http://128.0.0.1",
            "http://127.0.0.1.example.org",
            "http://localhost.",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(!away.parse::<ApiHost>().unwrap().is_loopback(), "{away}");
        }
    }
}
