//! Which certificates are trusted. They are only read if a call can need them.

use std::path::Path;

use reqwest::{Certificate, ClientBuilder};

use super::Error;
use crate::{input, model::host::ApiHost};

/// Far larger than all of a system's authorities together.
const MAX_BYTES: usize = 4 << 20;

/// Sets the trusted certificates. Reading the system's takes milliseconds, and plain http needs
/// none of them.
pub(super) async fn configure(
    builder: ClientBuilder,
    host: &ApiHost,
    ca_cert: Option<&Path>,
) -> Result<ClientBuilder, Error> {
    // A second installation fails, which is fine: it is the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let added = match ca_cert {
        Some(path) => read(path).await?,
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

async fn read(path: &Path) -> Result<Vec<Certificate>, Error> {
    let failed = |why: String| Error::Setup(format!("{}: {why}", path.display()));
    let bytes = input::file(path, MAX_BYTES).await;
    let bytes = bytes.map_err(|error| failed(error.to_string()))?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(failed("it contains no PEM certificate".to_owned())),
    }
}
