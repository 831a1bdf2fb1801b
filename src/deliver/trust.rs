//! Authorities that are trusted besides the system's.

use std::sync::Arc;

use reqwest::Certificate;

/// Authorities that are trusted besides the system's.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Arc<Vec<Certificate>>);

impl Authorities {
    /// Those of a PEM file; `None` where it has none.
    pub(crate) fn of_pem(pem: &[u8]) -> Option<Self> {
        let found = Certificate::from_pem_bundle(pem).ok()?;
        (!found.is_empty()).then(|| Self(Arc::new(found)))
    }

    /// Each of them.
    pub(super) fn all(&self) -> Vec<Certificate> {
        self.0.to_vec()
    }
}
