//! Why there was no response, in words.

use std::{error::Error as _, io};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::CertificateError;

use crate::model::{
    host::ApiHost,
    text::{MAX_ERROR_CHARS, cut},
};

/// Why there was no response.
pub(super) struct Reason {
    /// The message, without the URL of the request.
    pub(super) text: String,
    /// What could help, if known.
    pub(super) cure: Option<Cure>,
    /// Whether the same call would fail again later.
    pub(super) stays: bool,
}

/// What helps if there was no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// Trusting the authority that signed the server's certificate.
    TrustAuthority,
    /// Giving the proxy credentials.
    ProxyCredentials,
}

impl Reason {
    /// The reason of a failed call to this host; `shown` makes text from libraries safe to show.
    pub(super) fn of(
        error: &reqwest::Error,
        host: &ApiHost,
        shown: impl Fn(&str) -> String,
    ) -> Self {
        let invalid = certificate(error);
        let text = invalid
            .and_then(words)
            .map_or_else(|| text(error, shown), str::to_owned);
        let reason = Self {
            cure: matches!(invalid, Some(CertificateError::UnknownIssuer))
                .then_some(Cure::TrustAuthority),
            stays: error.is_builder() || text.contains("certificate"),
            text,
        };
        // With a proxy, the failure may be the proxy's; but it has no part in certificate errors.
        if invalid.is_none()
            && !error.is_builder()
            && let Some(proxy) = proxy(host)
        {
            return reason.at(&proxy);
        }
        reason
    }

    fn at(mut self, proxy: &str) -> Self {
        if self.text == "tunnel error: proxy authorization required" {
            self.cure = Some(Cure::ProxyCredentials);
            self.stays = true;
            "it requires authentication".clone_into(&mut self.text);
        } else if self.text.starts_with("tunnel error") {
            "it refused the connection".clone_into(&mut self.text);
        }
        self.text = format!("through the proxy {proxy}: {}", self.text);
        self
    }
}

/// From the innermost cause, which has the plainest message.
pub(super) fn text(error: &reqwest::Error, shown: impl Fn(&str) -> String) -> String {
    if error.is_timeout() && !error.is_connect() {
        return "no response in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.source().is_none() {
        return "the request could not be made".to_owned();
    }
    let text = innermost.to_string();
    if text.contains("IncompleteMessage") || text.contains("before message completed") {
        return "the connection closed before the response was complete".to_owned();
    }
    cut(&shown(&text), MAX_ERROR_CHARS).into_owned()
}

/// What is wrong with the server's certificate, if that is the cause.
fn certificate(error: &reqwest::Error) -> Option<&CertificateError> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(invalid)) = error.downcast_ref() {
            return Some(invalid);
        }
        // The inner error of an I/O error isn't its source, but replaces it.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

fn words(invalid: &CertificateError) -> Option<&'static str> {
    Some(match invalid {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for a different host name"
        }
        CertificateError::Revoked => "its certificate has been revoked",
        CertificateError::UnknownIssuer => "its certificate is not signed by a trusted authority",
        _ => return None,
    })
}

/// The proxy for calls to this host, without credentials; the same that the client finds.
fn proxy(host: &ApiHost) -> Option<String> {
    if host.is_loopback() {
        return None;
    }
    let intercept = Matcher::from_system().intercept(&host.as_str().parse().ok()?)?;
    let uri = intercept.uri();
    let port = uri.port_u16().map(|port| format!(":{port}"));
    let (scheme, host) = (uri.scheme_str()?, uri.host()?);
    Some(format!("{scheme}://{host}{}", port.unwrap_or_default()))
}
