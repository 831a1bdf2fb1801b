//! Which certificates are trusted, and reading them only where a call can need them.

use std::{fs, path::Path};

use reqwest::{Certificate, ClientBuilder};

use super::Error;
use crate::model::host::ApiHost;

/// Sets what is trusted. The system's certificates take milliseconds to read, and plain http needs
/// none of them.
pub(super) fn configure(
    builder: ClientBuilder,
    host: &ApiHost,
    ca_cert: Option<&Path>,
) -> Result<ClientBuilder, Error> {
    // Refused the second time, which is fine: it is the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let added = ca_cert.map(read).transpose()?.unwrap_or_default();
    Ok(if host.is_plain_http() {
        builder.tls_certs_only([])
    } else if added.is_empty() {
        builder
    } else {
        builder.tls_certs_merge(added)
    })
}

fn read(path: &Path) -> Result<Vec<Certificate>, Error> {
    let failed = |why: String| Error::Setup(format!("{}: {why}", path.display()));
    let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(failed("there is no PEM certificate in it".to_owned())),
    }
}
