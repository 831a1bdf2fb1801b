//! The scheme, host and port of a URL, which a secret is bound to.

use std::fmt;

use url::Url;

/// The origin of a URL. URLs that differ only in path, query or fragment have the same origin. The
/// default port may be omitted, and letter case and spelling of the host don't matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of `url`, or `None` if it isn't an absolute http(s) URL with a host.
    pub fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.has_host();
        web.then(|| Self(url.origin().ascii_serialization()))
    }

    /// The origin as text, without a default port: `https://hooks.example.org`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_query_userinfo_case_and_default_port_are_not_part_of_it() {
        let one = Origin::of("https://Hooks.Example.org:443/a?b#c").unwrap();
        let two = Origin::of("https://user:pass@hooks.example.org/other").unwrap();
        assert_eq!(one, two);
        assert_eq!(one.as_str(), "https://hooks.example.org");
    }

    #[test]
    fn scheme_host_and_port_are() {
        let one = Origin::of("https://hooks.example.org/").unwrap();
        for other in [
            "http://hooks.example.org/",
            "https://hooks.example.org:8443/",
            "https://hooks.example.org.evil.example/",
        ] {
            assert_ne!(Origin::of(other), Some(one.clone()), "{other}");
        }
        assert_eq!(Origin::of("ftp://x/"), None);
        assert_eq!(Origin::of("/path"), None);
    }
}
