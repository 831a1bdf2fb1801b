//! Whether a `Host` header names the server itself. A web page that makes a browser call it sends
//! the name of its own site, even if that name resolves to this machine.

use std::net::{IpAddr, SocketAddr};

use super::AllowedHost;

/// The names of one server.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    address: SocketAddr,
    /// The address as nearly every client spells it.
    host: String,
    allowed: Vec<AllowedHost>,
}

impl Here {
    /// Of a server that listens at `address`.
    pub(crate) fn at(address: SocketAddr, allowed: Vec<AllowedHost>) -> Self {
        Self {
            address,
            host: address.to_string(),
            allowed,
        }
    }

    /// Whether `host` is the address: a page of another site would send that site's name, even if
    /// the name resolves to this machine.
    pub(crate) fn is(&self, host: &[u8]) -> bool {
        if host == self.host.as_bytes() {
            return true;
        }
        let Ok(host) = str::from_utf8(host) else {
            return false;
        };
        let bound = self.address.ip();
        let all = bound.is_unspecified();
        let (name, port) = Self::split_port(host);
        if self.allowed.iter().any(|allowed| allowed.is(name)) {
            return true;
        }
        if port != self.address.port() {
            return false;
        }
        if name.eq_ignore_ascii_case("localhost") {
            return bound.is_loopback() || all;
        }
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.parse::<IpAddr>().is_ok_and(|ip| all || ip == bound)
    }

    /// A host and its port; HTTP's own where none is named.
    pub(crate) fn split_port(host: &str) -> (&str, u16) {
        match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(0)),
            _ => (host, 80),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_itself_is_here() {
        let cases = [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("127.0.0.1:81", "LocalHost:81", true),
            ("127.0.0.1:81", "127.0.0.1", false),
            ("127.0.0.1:81", "127.0.0.1:82", false),
            ("127.0.0.1:81", "evil.example:81", false),
            ("127.0.0.1:81", "127.0.0.1.evil.example:81", false),
            ("[::1]:81", "[::1]:81", true),
            ("[::1]:81", "[::2]:81", false),
            ("0.0.0.0:81", "192.0.2.7:81", true),
            ("0.0.0.0:81", "evil.example:81", false),
            ("192.0.2.7:81", "192.0.2.7:81", true),
            ("192.0.2.7:81", "localhost:81", false),
            ("0.0.0.0:81", "mock:81", true),
            ("0.0.0.0:81", "MOCK.:8080", true),
            ("0.0.0.0:81", "mock", true),
            ("0.0.0.0:81", "mock.evil.example:81", false),
            ("0.0.0.0:81", "mock:evil:81", false),
        ];
        for (address, host, here) in cases {
            let found = Here::at(address.parse().unwrap(), vec!["mock".parse().unwrap()])
                .is(host.as_bytes());
            assert_eq!(found, here, "{host} at {address}");
        }
    }
}
