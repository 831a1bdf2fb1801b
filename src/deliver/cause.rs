//! What an error of the HTTP client means for a call.

use std::{
    error::Error,
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

use hyper_util::client::legacy;
use rustls::CertificateError;

use crate::{
    deliver::{
        Failure, Link,
        connections::Connections,
        outcome::{Cause, Certificate},
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

fn cause(error: &reqwest::Error) -> Cause {
    if let Some(invalid) = certificate(error) {
        return Cause::Certificate(match invalid {
            CertificateError::UnknownIssuer => Certificate::UnknownAuthority,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Certificate::Expired
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Certificate::OtherName
            }
            _ => Certificate::Invalid,
        });
    }
    // The look-up has no kind of its own.
    let is_lookup = |error: &(dyn Error + 'static)| error.to_string().starts_with("dns error");
    if error.is_connect() && causes(error).any(is_lookup) {
        return Cause::NoSuchHost;
    }
    let kinds = causes(error).filter_map(|error| error.downcast_ref::<io::Error>());
    for kind in kinds.map(io::Error::kind) {
        match kind {
            ErrorKind::ConnectionRefused => return Cause::Refused,
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => return Cause::NoWay,
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
                return Cause::Closed;
            }
            _ => {}
        }
    }
    match find::<hyper::Error>(error) {
        Some(error) if error.is_parse() => Cause::NotHttp,
        Some(error) if error.is_incomplete_message() || error.is_closed() => Cause::Closed,
        _ => Cause::Unknown,
    }
}

/// What an I/O error holds is no source of it, but stands in its place.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
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

/// What is wrong with the certificate that the other side showed, if that is it.
fn certificate(error: &reqwest::Error) -> Option<&CertificateError> {
    causes(error).find_map(|error| match error.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(invalid)) => Some(invalid),
        _ => None,
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
