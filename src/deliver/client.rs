//! HTTP clients for the different kinds of calls, each made when it is first used.

use std::{
    sync::{Once, OnceLock},
    time::Duration,
};

use reqwest::{Client, redirect};

use crate::{
    deliver::{Cause, Failure, connections::Connections, trust::Authorities},
    files,
};

/// Shorter than most servers keep idle connections, so that a call rarely gets one that its server
/// is just closing.
pub(crate) const IDLE: Duration = Duration::from_secs(4);

/// A client, and what is known about its connections.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) http: Client,
    pub(super) connections: Connections,
}

/// The clients for one kind of URL.
#[derive(Debug)]
pub(super) struct Clients {
    tls: bool,
    here: bool,
    trusted: Authorities,
    keeping: OnceLock<Watched>,
    opening: OnceLock<Watched>,
}

impl Clients {
    /// For URLs with TLS or without, and on this machine or elsewhere.
    pub(super) fn new(tls: bool, here: bool, trusted: Authorities) -> Self {
        Self {
            trusted,
            tls,
            here,
            keeping: OnceLock::new(),
            opening: OnceLock::new(),
        }
    }

    /// Keeps connections for later calls.
    pub(super) fn keeping(&self) -> Result<&Watched, Failure> {
        self.made(&self.keeping, usize::MAX)
    }

    /// Opens a new connection for each call.
    pub(super) fn opening(&self) -> Result<&Watched, Failure> {
        self.made(&self.opening, 0)
    }

    fn made<'a>(&self, slot: &'a OnceLock<Watched>, idle: usize) -> Result<&'a Watched, Failure> {
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(idle).map_err(|_| {
            // It reads certificates, and doesn't report why that failed.
            if files::none_left() {
                Failure::NoRoom
            } else {
                Failure::Connection(Cause::Unknown)
            }
        })?;
        Ok(slot.get_or_init(|| client))
    }

    fn build(&self, idle: usize) -> reqwest::Result<Watched> {
        install_crypto();
        let connections = Connections::default();
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            // Responses are hardly read, and a callback must not be able to send a decompression
            // bomb.
            .no_gzip()
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .connector_layer(connections.clone());
        let trusted = self.trusted.all();
        if !self.tls {
            builder = builder.tls_certs_only([]);
        } else if !trusted.is_empty() {
            builder = builder.tls_certs_merge(trusted);
        }
        if self.here {
            builder = builder.no_proxy();
        }
        let http = builder.build()?;
        Ok(Watched { http, connections })
    }
}

/// The client needs a crypto provider even if it never encrypts.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another part of the process may have installed the same provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
