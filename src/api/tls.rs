//! Which certificates are trusted. They are only read if a call can need them.

use std::path::PathBuf;

use reqwest::{Certificate, ClientBuilder};

use super::Error;
use crate::{config::Setting, input, model::host::ApiHost};

/// Far larger than all of a system's authorities together.
const MAX_BYTES: usize = 4 << 20;

/// Sets the trusted certificates. Reading the system's takes milliseconds, and plain http needs
/// none of them.
pub(super) async fn configure(
    builder: ClientBuilder,
    host: &ApiHost,
    ca_cert: Option<&Setting<PathBuf>>,
) -> Result<ClientBuilder, Error> {
    // A second installation fails, which is fine: it is the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let added = match ca_cert {
        Some(ca_cert) => read(ca_cert).await?,
        None => Vec::new(),
    };
    Ok(if host.is_plain_http() {
        builder.tls_certs_only([])
    } else if added.is_empty() {
        builder
    } else {
        builder.tls_certs_merge(added)
    })
}

/// The message about a file of certificates, which says where its path comes from.
pub(super) fn unusable(ca_cert: &Setting<PathBuf>, why: &str) -> String {
    format!("{}: {}: {why}", ca_cert.from, ca_cert.value.display())
}

async fn read(ca_cert: &Setting<PathBuf>) -> Result<Vec<Certificate>, Error> {
    let failed = |why: &str| Error::Setup(unusable(ca_cert, why));
    let bytes = input::file(&ca_cert.value, MAX_BYTES).await;
    let bytes = bytes.map_err(|error| failed(&error.to_string()))?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(failed("it contains no PEM certificate")),
    }
}
