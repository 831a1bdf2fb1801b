//! Whether a URL's host can be reached from elsewhere, decided from its spelling, without a lookup.

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

use crate::model::host::is_loopback;

/// Where the host of a URL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// This machine, seen from wherever the call is made.
    Loopback,
    /// An address or a name of some network that isn't the internet.
    Private,
    /// Anything else.
    Elsewhere,
}

/// Where a URL leads; `None` if it isn't a URL with a host.
pub(crate) fn of(url: &str) -> Option<Place> {
    let url = Url::parse(url).ok()?;
    if is_loopback(&url) {
        return Some(Place::Loopback);
    }
    let is_private = match url.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            if name == "localhost" || name.ends_with(".localhost") {
                return Some(Place::Loopback);
            }
            let ends = [".local", ".internal", ".lan", ".home.arpa"];
            // A name without a dot only exists in a local network.
            !name.contains('.') || ends.iter().any(|end| name.ends_with(end))
        }
        Host::Ipv4(address) => is_private(address.into()),
        Host::Ipv6(address) => is_private(address.into()),
    };
    Some(if is_private {
        Place::Private
    } else {
        Place::Elsewhere
    })
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_link_local() || address.is_unspecified() || is_shared
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.is_loopback() || is_private(mapped.into()),
            None => is_local(address),
        },
    }
}

fn is_local(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local() || address.is_unspecified()
}

/// The host and port of a URL, to connect to.
pub(crate) fn authority(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    Some((host.to_owned(), url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_tells_where_a_url_leads() {
        for (url, place) in [
            ("http://localhost:8080/in", Place::Loopback),
            ("http://hooks.localhost/in", Place::Loopback),
            ("http://127.8.9.1/", Place::Loopback),
            ("http://[::1]/", Place::Loopback),
            ("https://10.0.0.7/in", Place::Private),
            ("https://172.16.0.1/in", Place::Private),
            ("https://192.168.1.1/in", Place::Private),
            ("https://169.254.1.1/in", Place::Private),
            ("https://100.64.0.1/in", Place::Private),
            ("https://[fd00::1]/in", Place::Private),
            ("https://[::ffff:10.0.0.1]/in", Place::Private),
            ("https://receiver/in", Place::Private),
            ("https://hooks.corp.internal/in", Place::Private),
            ("https://hooks.example.org/in", Place::Elsewhere),
            ("https://8.8.8.8/in", Place::Elsewhere),
            ("https://100.128.0.1/in", Place::Elsewhere),
        ] {
            assert_eq!(of(url), Some(place), "{url}");
        }
        assert_eq!(of("nonsense"), None);
        assert_eq!(
            authority("https://[fd00::1]/in"),
            Some(("fd00::1".to_owned(), 443))
        );
    }
}
