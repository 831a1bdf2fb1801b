//! Why there was no response, in our own words.

use std::time::Duration;

use super::proxy::Proxy;
use crate::{
    deliver::{Cause, Certificate, Tls, cause::cause},
    model::duration,
};

/// Why there was no response.
pub(super) struct Reason {
    /// The message, without the URL of the request.
    pub(super) text: String,
    /// What to do.
    pub(super) hint: Option<String>,
    /// Whether the same call would fail again later.
    pub(super) stays: bool,
}

impl Reason {
    /// The reason of a failed call, which had this proxy and this limit.
    pub(super) fn of(error: &reqwest::Error, proxy: Option<&Proxy>, limit: Duration) -> Self {
        if error.is_builder() {
            return Self::new("the request could not be made", None, true);
        }
        if error.is_timeout() {
            let what = if error.is_connect() {
                "no connection"
            } else {
                "no answer"
            };
            let text = format!("{what} in {}", duration::describe(limit));
            let hint = "try again, or allow more time with --api-timeout";
            return Self::new(&text, Some(hint), false).through(proxy);
        }
        let cause = cause(error);
        let (text, hint) = words(cause);
        let reason = Self::new(&text, hint, stays(cause));
        match cause {
            Cause::ProxyWantsCredentials => proxy.map_or(reason, Self::of_credentials),
            // A proxy has no part in what only the two ends see.
            Cause::Certificate(_) | Cause::Tls(_) => reason,
            _ => reason.through(proxy),
        }
    }

    /// The proxy wants credentials, or different ones.
    pub(super) fn of_credentials(proxy: &Proxy) -> Self {
        let from = &proxy.from;
        let (why, hint) = if proxy.has_credentials {
            (
                format!("it rejected the user name or password in {from}"),
                format!("correct them in {from}, with special characters percent-encoded"),
            )
        } else {
            (
                "it requires authentication".to_owned(),
                format!("set {from} to http://USER:PASSWORD@HOST:PORT"),
            )
        };
        Self::new(&why, Some(&hint), true).through(Some(proxy))
    }

    fn new(text: &str, hint: Option<&str>, stays: bool) -> Self {
        Self {
            text: text.to_owned(),
            hint: hint.map(str::to_owned),
            stays,
        }
    }

    fn through(mut self, proxy: Option<&Proxy>) -> Self {
        if let Some(Proxy { from, address, .. }) = proxy {
            self.text = format!("through the proxy {address} (from {from}): {}", self.text);
        }
        self
    }
}

/// Whether the same call would fail again later.
fn stays(cause: Cause) -> bool {
    match cause {
        Cause::Certificate(_) | Cause::ProxyWantsCredentials => true,
        Cause::Tls(tls) => tls != Tls::Failed,
        _ => false,
    }
}

/// What is wrong, and what to do.
fn words(cause: Cause) -> (String, Option<&'static str>) {
    let (text, hint) = match cause {
        Cause::Refused => (
            "connection refused",
            "check that the address and port are right, and that a server listens there",
        ),
        Cause::NoSuchHost => ("no such host", "check the spelling of the host name"),
        Cause::NoNameServer => (
            "the name lookup failed",
            "check this machine's network connection and its DNS servers",
        ),
        Cause::NoWay => (
            "the network is unreachable",
            "check this machine's network connection, and whether it needs a VPN or a proxy",
        ),
        Cause::TimedOut => (
            "the connection timed out",
            "check the address, and whether a firewall blocks it",
        ),
        Cause::NotAllowed => (
            "this machine does not allow the connection",
            "check its firewall or sandbox",
        ),
        Cause::NoFiles => ("too many open files", "raise the limit with `ulimit -n`"),
        Cause::Closed => {
            return (
                "the connection closed before the response was complete".to_owned(),
                None,
            );
        }
        Cause::NotHttp => (
            "the response is not HTTP",
            "check the port; if the server uses TLS, the address begins with https://",
        ),
        Cause::Certificate(certificate) => of_certificate(certificate),
        Cause::Tls(tls) => of_tls(tls),
        Cause::ProxyWantsCredentials => (
            "a proxy requires authentication",
            "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT",
        ),
        Cause::ProxyRefused => (
            "it refused the connection",
            "check that the proxy allows this host, or exempt the host with NO_PROXY",
        ),
        Cause::Io(kind) => return (kind.to_string(), None),
        Cause::Unknown => return ("the connection failed".to_owned(), None),
    };
    (text.to_owned(), Some(hint))
}

fn of_certificate(certificate: Certificate) -> (&'static str, &'static str) {
    match certificate {
        Certificate::UnknownAuthority => (
            "its certificate is not signed by a trusted authority",
            "if you trust the authority, pass its certificate with --ca-cert FILE",
        ),
        Certificate::Expired => (
            "its certificate has expired",
            "renew the certificate on the server, or correct this machine's clock",
        ),
        Certificate::NotYetValid => (
            "its certificate is not valid yet",
            "check this machine's clock",
        ),
        Certificate::OtherName => (
            "its certificate is for a different host name",
            "use the host name that the certificate names",
        ),
        Certificate::OtherPurpose => (
            "its certificate is not for servers",
            "the server needs a certificate with the extended key usage serverAuth",
        ),
        Certificate::Revoked => (
            "its certificate has been revoked",
            "the server needs a new certificate",
        ),
        Certificate::Algorithm => (
            "its certificate has a signature that ubihook does not support",
            "the server needs a certificate signed with RSA, ECDSA or Ed25519, and SHA-256 or better",
        ),
        Certificate::OfAnAuthority => (
            "its certificate is an authority's, not a server's",
            "create the server's certificate again with basicConstraints=CA:FALSE; if it is \
             self-signed, pass it with --ca-cert FILE",
        ),
        Certificate::Invalid => (
            "its certificate is not valid",
            "create the server's certificate again, or check that no firewall replaces it",
        ),
    }
}

fn of_tls(tls: Tls) -> (&'static str, &'static str) {
    match tls {
        Tls::Absent => (
            "the server does not use TLS on this port",
            "check the port; an address without TLS begins with http://",
        ),
        Tls::NothingInCommon => (
            "the server supports no TLS version or cipher that ubihook supports",
            "the server must support TLS 1.2 or 1.3",
        ),
        Tls::NoCertificate => (
            "the server presents no certificate",
            "configure a certificate on the server",
        ),
        Tls::WantsCertificate => (
            "the server requires a client certificate, which ubihook does not support",
            "use an address that does not require one",
        ),
        Tls::UnknownName => (
            "the server has no certificate for this host name",
            "check the host name in the address",
        ),
        Tls::Failed => (
            "the TLS handshake failed",
            "check the port, and whether a firewall or proxy interferes",
        ),
    }
}
