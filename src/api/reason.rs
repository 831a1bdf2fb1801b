//! Why no answer came, in words.

use std::{error::Error as _, io};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::CertificateError;

use crate::model::{
    host::ApiHost,
    text::{MAX_ERROR_CHARS, cut, printable},
};

/// Why no answer came.
pub(super) struct Reason {
    /// Without the URL of the request.
    pub(super) text: String,
    /// Whether the same call would fare no better in a while.
    pub(super) stays: bool,
}

/// What errors of certificates are told with; an authority that isn't known can be made so.
pub(super) const UNKNOWN_AUTHORITY: &str =
    "no authority that is trusted here signed its certificate";

/// The words of a proxy that wants to know who asks.
pub(super) const WANTS_CREDENTIALS: &str = "it asks for a name and a password";

impl Reason {
    /// Of a call to this host.
    pub(super) fn of(error: &reqwest::Error, host: &ApiHost) -> Self {
        let mut reason = Self {
            text: text(error),
            stays: error.is_builder(),
        };
        if let Some(invalid) = certificate(error) {
            reason.stays = true;
            if let Some(words) = words(invalid) {
                words.clone_into(&mut reason.text);
            }
        }
        // What went wrong before there was a connection went wrong at the proxy, where there is one.
        if error.is_connect()
            && certificate(error).is_none()
            && let Some(proxy) = proxy(host)
        {
            let text = match reason.text.as_str() {
                "tunnel error: proxy authorization required" => {
                    reason.stays = true;
                    WANTS_CREDENTIALS
                }
                text if text.starts_with("tunnel error") => "it does not let this call through",
                text => text,
            };
            reason.text = format!("through the proxy {proxy}: {text}");
        }
        reason
    }
}

/// From the innermost cause, where the words are plainest.
pub(super) fn text(error: &reqwest::Error) -> String {
    if error.is_timeout() && !error.is_connect() {
        return "no answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = if error.source().is_none() {
        "the request could not be made".to_owned()
    } else {
        innermost.to_string()
    };
    let text = printable(&text).into_owned();
    if text.contains("IncompleteMessage") || text.contains("before message completed") {
        return "the connection was cut before the answer was whole".to_owned();
    }
    cut(&text, MAX_ERROR_CHARS).into_owned()
}

/// What is wrong with the certificate that the other side showed, if that is it.
fn certificate(error: &reqwest::Error) -> Option<&CertificateError> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(invalid)) = error.downcast_ref() {
            return Some(invalid);
        }
        // What an I/O error holds is no source of it, but stands in its place.
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
            "its certificate is for another name"
        }
        CertificateError::Revoked => "its certificate has been revoked",
        CertificateError::UnknownIssuer => UNKNOWN_AUTHORITY,
        _ => return None,
    })
}

/// The proxy that calls to this host go through, without credentials; as the client finds it.
fn proxy(host: &ApiHost) -> Option<String> {
    if host.is_loopback() {
        return None;
    }
    let intercept = Matcher::from_system().intercept(&host.as_str().parse().ok()?)?;
    let uri = intercept.uri();
    Some(format!("{}://{}", uri.scheme_str()?, uri.host()?) + &port(uri.port_u16()))
}

fn port(port: Option<u16>) -> String {
    port.map_or_else(String::new, |port| format!(":{port}"))
}
