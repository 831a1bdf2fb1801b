//! Whether a URL is the mock's own address. An event delivered there can create a request,
//! whose event is delivered there in turn, endlessly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use url::{Host, Url};

use crate::{
    model::{invalid::Invalid, url::CallbackUrl},
    server::AllowedHost,
};

/// The address that the mock listens on, and its other names; `None` if it only works on the database.
#[derive(Debug, Default)]
pub(super) struct OwnAddress(Option<(SocketAddr, Vec<AllowedHost>)>);

impl OwnAddress {
    /// A mock that listens at `address`.
    pub(super) fn at(address: SocketAddr, names: Vec<AllowedHost>) -> Self {
        Self(Some((address, names)))
    }

    /// Refuses a URL at which a webhook or a test would call the mock.
    pub(super) fn check(&self, url: &CallbackUrl) -> Result<(), Invalid> {
        if !self.is_at(url) {
            return Ok(());
        }
        let rule = "must not be the mock's own address: its events could trigger new ones there \
                    endlessly";
        Err(Invalid::new("url", rule))
    }

    /// Whether a URL leads here, in any spelling. Names are not looked up: besides `localhost` the
    /// mock accepts calls for those alone that it was given.
    pub(super) fn is_at(&self, url: &CallbackUrl) -> bool {
        let Some((address, names)) = &self.0 else {
            return false;
        };
        // Most URLs name no port: that is seen without parsing them.
        let port = address.port();
        if ![80, 443].contains(&port) && !url.as_str().contains(&port.to_string()) {
            return false;
        }
        let Ok(url) = Url::parse(url.as_str()) else {
            return false;
        };
        // Another port of the same name is somebody else's.
        let same_port = url.port_or_known_default() == Some(port);
        let is_name = |name: &str| names.iter().any(|own| own.is(name));
        if same_port && url.domain().is_some_and(is_name) {
            return true;
        }
        same_port && url.host().is_some_and(|host| leads_to(&host, address.ip()))
    }
}

fn leads_to(host: &Host<&str>, bound: IpAddr) -> bool {
    let host = match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let is_here = name == "localhost" || name.ends_with(".localhost");
            return is_here && (bound.is_loopback() || bound.is_unspecified());
        }
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => IpAddr::V6(*address),
    };
    // A mapped address is the address inside it, and connecting to 0.0.0.0 reaches this machine.
    let host = match host.to_canonical() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    };
    let bound = bound.to_canonical();
    host == bound || (bound.is_unspecified() && is_of_this_machine(host))
}

/// Only an address of this machine can be bound.
fn is_of_this_machine(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_at(bound: &str, url: &str) -> bool {
        let own_address = OwnAddress::at(bound.parse().unwrap(), vec!["mock".parse().unwrap()]);
        own_address.is_at(&url.parse().unwrap())
    }

    #[test]
    fn every_spelling_of_the_address_is_it() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "api.localhost",
            "0.0.0.0",
            "0",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
        ] {
            for scheme in ["http", "https", "HTTP"] {
                let url = format!("{scheme}://{host}:8080/v2/projects?x");
                assert!(is_at("127.0.0.1:8080", &url), "{url}");
                assert!(is_at("0.0.0.0:8080", &url), "{url}");
            }
        }
        assert!(is_at("0.0.0.0:8080", "http://Mock:8080/"));
        assert!(is_at("127.0.0.1:80", "http://localhost/"));
        assert!(is_at("[::1]:80", "http://[0:0::1]/"));
        assert!(is_at("[::1]:80", "http://[::]/"));
        assert!(is_at("[::]:80", "http://[::1]/") && is_at("[::]:80", "http://127.0.0.9/"));
        assert!(is_at("0.0.0.0:80", "http://127.0.0.9/"));
    }

    #[test]
    fn addresses_of_others_are_not_it() {
        for (bound, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8081/"),
            ("127.0.0.1:8080", "http://127.0.0.1/"),
            ("127.0.0.1:8080", "http://127.0.0.2:8080/"),
            ("127.0.0.1:8080", "http://[::1]:8080/"),
            ("127.0.0.1:8080", "http://localhost.example.org:8080/"),
            ("127.0.0.1:8080", "http://notlocalhost:8080/"),
            ("127.0.0.1:8080", "http://192.0.2.1:8080/"),
            ("0.0.0.0:8080", "http://192.0.2.1:8080/"),
            ("192.0.2.7:8080", "http://localhost:8080/"),
            ("127.0.0.1:443", "http://localhost/"),
            ("0.0.0.0:8080", "http://mock:9000/"),
        ] {
            assert!(!is_at(bound, url), "{url} at {bound}");
        }
        assert!(!OwnAddress::default().is_at(&"http://127.0.0.1/".parse().unwrap()));
    }
}
