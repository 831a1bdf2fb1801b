//! What an error of the HTTP client means for a call.

use std::{error::Error, io, time::Instant};

use hyper_util::client::legacy;

use crate::{
    deliver::{Failure, Link, connections::Connections},
    files,
};

/// Why a call got no response.
pub(super) fn failure(error: &reqwest::Error, link: Link) -> Failure {
    // A failed name look-up doesn't reveal that no file could be opened.
    if is_no_room(error) || (error.is_connect() && files::none_left()) {
        Failure::NoRoom
    } else if link == Link::Reused && ended_before_an_answer(error) {
        Failure::Stale
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Connection
    }
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
