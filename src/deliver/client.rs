//! HTTP clients as calls need them, each made when it is first used.

use std::{
    sync::{Once, OnceLock},
    time::Duration,
};

use reqwest::{Client, redirect};

use crate::{
    deliver::{Cause, Failure, connections::Connections, trust::Authorities},
    files,
};

/// Idle connections are closed before most servers do so, or a call may meet one that its server
/// is just closing.
pub(crate) const IDLE: Duration = Duration::from_secs(4);

/// A client, and what is known of its connections.
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

    /// Keeps connections for the next calls.
    pub(super) fn keeping(&self) -> Result<&Watched, Failure> {
        self.made(&self.keeping, usize::MAX)
    }

    /// Opens a connection for each call.
    pub(super) fn opening(&self) -> Result<&Watched, Failure> {
        self.made(&self.opening, 0)
    }

    fn made<'a>(&self, slot: &'a OnceLock<Watched>, idle: usize) -> Result<&'a Watched, Failure> {
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(idle).map_err(|_| {
            // It reads certificates, and doesn't say why that failed.
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
            // Answers are hardly read, and a callback must not be able to send a bomb.
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

/// The client wants a provider of cryptography even where it never encrypts.
fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another part of the process may have chosen the same one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
