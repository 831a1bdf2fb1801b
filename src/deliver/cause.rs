//! What an HTTP client error means, for deliveries and for API calls. No library's text is used,
//! because its wording, and what it quotes, are beyond our control.

use std::{
    error::Error,
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

use hyper_util::client::legacy;
use rustls::{AlertDescription, CertificateError};

use crate::{
    deliver::{
        Failure, Link,
        connections::Connections,
        outcome::{Cause, Certificate, Tls},
    },
    files,
};

/// Why a call got no answer.
pub(super) fn failure(error: &reqwest::Error, link: Link, limit: Duration) -> Failure {
    // A failed name lookup doesn't say that no file could be opened.
    if is_no_room(error) || (error.is_connect() && files::none_left()) {
        Failure::NoRoom
    } else if link == Link::Reused && ended_before_an_answer(error) {
        Failure::Stale
    } else if error.is_timeout() {
        Failure::timeout(limit)
    } else {
        Failure::Connection(cause(error))
    }
}

/// What kept a call from its answer.
pub(crate) fn cause(error: &dyn Error) -> Cause {
    if let Some(error) = causes(error).find_map(|error| error.downcast_ref()) {
        return of_tls(error);
    }
    for error in causes(error) {
        // Neither a look-up nor a tunnel has a type of its own.
        let text = error.to_string();
        if text.starts_with("dns error") {
            return of_lookup(error);
        }
        match text.strip_prefix("tunnel error: ") {
            Some("proxy authorization required") => return Cause::ProxyWantsCredentials,
            Some("unsuccessful" | "proxy response headers too long") => return Cause::ProxyRefused,
            Some("unexpected end of file") => return Cause::Closed,
            _ => {}
        }
    }
    let mut other = None;
    for error in causes(error).filter_map(|error| error.downcast_ref::<io::Error>()) {
        if files::is_out_of_files(error) {
            return Cause::NoFiles;
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => return Cause::Refused,
            ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => return Cause::NoWay,
            ErrorKind::TimedOut => return Cause::TimedOut,
            ErrorKind::PermissionDenied => return Cause::NotAllowed,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof => return Cause::Closed,
            // An error that wraps another one says nothing itself.
            ErrorKind::Other => {}
            kind => other = Some(Cause::Io(kind)),
        }
    }
    match causes(error).find_map(|error| error.downcast_ref::<hyper::Error>()) {
        Some(error) if error.is_parse() => Cause::NotHttp,
        Some(error)
            if error.is_incomplete_message() || error.is_closed() || error.is_canceled() =>
        {
            Cause::Closed
        }
        _ => other.unwrap_or(Cause::Unknown),
    }
}

/// The resolver's reason is only in its text, which differs between systems.
fn of_lookup(error: &(dyn Error + 'static)) -> Cause {
    let temporary = ["Temporary failure", "Try again", "temporarily"];
    let is_temporary = |error: &(dyn Error + 'static)| {
        let text = error.to_string();
        temporary.iter().any(|words| text.contains(words))
    };
    if is_temporary(error) || causes(error).any(is_temporary) {
        Cause::NoNameServer
    } else {
        Cause::NoSuchHost
    }
}

fn of_tls(error: &rustls::Error) -> Cause {
    use AlertDescription as Alert;
    Cause::Tls(match error {
        rustls::Error::InvalidCertificate(invalid) => return Cause::Certificate(of(invalid)),
        rustls::Error::InvalidMessage(_) => Tls::Absent,
        rustls::Error::PeerIncompatible(_) => Tls::NothingInCommon,
        rustls::Error::NoCertificatesPresented => Tls::NoCertificate,
        rustls::Error::AlertReceived(alert) => match alert {
            Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity => {
                Tls::NothingInCommon
            }
            Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::AccessDenied => Tls::WantsCertificate,
            Alert::UnrecognisedName => Tls::UnknownName,
            _ => Tls::Failed,
        },
        _ => Tls::Failed,
    })
}

fn of(invalid: &CertificateError) -> Certificate {
    use CertificateError as E;
    match invalid {
        E::UnknownIssuer => Certificate::UnknownAuthority,
        E::Expired | E::ExpiredContext { .. } => Certificate::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => Certificate::NotYetValid,
        E::NotValidForName | E::NotValidForNameContext { .. } => Certificate::OtherName,
        E::Revoked => Certificate::Revoked,
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => Certificate::OtherPurpose,
        E::UnsupportedSignatureAlgorithmContext { .. }
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Certificate::Algorithm,
        // The verifier's own error, which has a name but no type here.
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            Certificate::OfAnAuthority
        }
        _ => Certificate::Invalid,
    }
}

/// The error inside an I/O error isn't its `source()` but takes its place.
fn causes<'a>(error: &'a dyn Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error: &&(dyn Error + 'static)| {
        let error = *error;
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match held {
            Some(held) => Some(held),
            None => error.source(),
        }
    })
}

/// Where the connection of the failed call came from.
pub(super) fn link(error: &reqwest::Error, connections: &Connections, began: Instant) -> Link {
    let failed = find::<legacy::Error>(error).and_then(legacy::Error::connect_info);
    failed.map_or(Link::None, |at| connections.of_failure(at, began))
}

/// Whether the connection was closed, as opposed to an invalid HTTP response.
fn ended_before_an_answer(error: &reqwest::Error) -> bool {
    !error.is_connect() && find::<hyper::Error>(error).is_some_and(|error| !error.is_parse())
}

/// Whether the cause is that this process, or the machine, has too many files open.
fn is_no_room(error: &reqwest::Error) -> bool {
    find::<io::Error>(error).is_some_and(files::is_out_of_files)
}

fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Client(#[source] io::Error);

    /// An error as the HTTP client reports it: the cause is held by others.
    fn held(by: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
        let outer = io::Error::other(io::Error::other(by));
        cause(&Client(outer))
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Named(&'static str);

    #[test]
    fn each_error_of_tls_has_a_cause() {
        let other = |name| CertificateError::Other(OtherError(Arc::new(Named(name))));
        for (error, expected) in [
            (
                CertificateError::UnknownIssuer,
                Certificate::UnknownAuthority,
            ),
            (CertificateError::Expired, Certificate::Expired),
            (CertificateError::NotValidYet, Certificate::NotYetValid),
            (CertificateError::NotValidForName, Certificate::OtherName),
            (CertificateError::Revoked, Certificate::Revoked),
            (CertificateError::InvalidPurpose, Certificate::OtherPurpose),
            (other("CaUsedAsEndEntity"), Certificate::OfAnAuthority),
            (other("PathLenConstraintViolated"), Certificate::Invalid),
            (CertificateError::BadSignature, Certificate::Invalid),
        ] {
            let error = rustls::Error::InvalidCertificate(error);
            assert_eq!(held(error), Cause::Certificate(expected));
        }
        for (error, expected) in [
            (InvalidMessage::InvalidContentType.into(), Tls::Absent),
            (
                rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered),
                Tls::NothingInCommon,
            ),
            (rustls::Error::NoCertificatesPresented, Tls::NoCertificate),
            (
                rustls::Error::AlertReceived(AlertDescription::ProtocolVersion),
                Tls::NothingInCommon,
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::CertificateRequired),
                Tls::WantsCertificate,
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::UnrecognisedName),
                Tls::UnknownName,
            ),
            (
                rustls::Error::PeerMisbehaved(PeerMisbehaved::MissingKeyShare),
                Tls::Failed,
            ),
            (
                rustls::Error::General("a library's words".to_owned()),
                Tls::Failed,
            ),
        ] {
            assert_eq!(held(error), Cause::Tls(expected));
        }
    }

    #[test]
    fn each_error_of_a_connection_has_a_cause() {
        for (kind, expected) in [
            (ErrorKind::ConnectionRefused, Cause::Refused),
            (ErrorKind::HostUnreachable, Cause::NoWay),
            (ErrorKind::TimedOut, Cause::TimedOut),
            (ErrorKind::PermissionDenied, Cause::NotAllowed),
            (ErrorKind::ConnectionReset, Cause::Closed),
            (ErrorKind::InvalidInput, Cause::Io(ErrorKind::InvalidInput)),
        ] {
            assert_eq!(held(io::Error::from(kind)), expected, "{kind}");
        }
        #[cfg(unix)]
        assert_eq!(held(io::Error::from_raw_os_error(24)), Cause::NoFiles);
        for (text, expected) in [
            ("dns error", Cause::NoSuchHost),
            (
                "dns error: Temporary failure in name resolution",
                Cause::NoNameServer,
            ),
            ("tunnel error: unsuccessful", Cause::ProxyRefused),
            (
                "tunnel error: proxy authorization required",
                Cause::ProxyWantsCredentials,
            ),
            ("anything else", Cause::Unknown),
        ] {
            assert_eq!(held(Named(text)), expected, "{text}");
        }
    }
}
