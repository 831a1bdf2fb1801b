//! Links to the content of files: whoever has one may read or write that file without the token, as
//! with the links that the platform hands out.

use axum::http::Method;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    mock::store::Identity,
    model::{routes::encode, token::Token},
};

/// Where the content of files is; not one of the platform's paths.
pub(crate) const CONTENT: &str = "/_mock/files/{bucket}/{file}";
const PREFIX: &str = "/_mock/files/";
const PARAMETER: &str = "ticket=";

/// Makes links, and knows its own.
#[derive(Debug)]
pub(crate) struct Tickets {
    /// Stays as long as the database: a link outlives its server.
    key: [u8; 32],
}

impl Tickets {
    pub(crate) fn new(identity: &Identity) -> Self {
        Self::of(&identity.token)
    }

    pub(super) fn of(token: &Token) -> Self {
        let key = Sha256::new()
            .chain_update("links to files\0")
            .chain_update(token.bare().expose())
            .finalize();
        Self { key: key.into() }
    }

    /// A link for one method; `host` is what the client calls the mock.
    pub(crate) fn link(&self, host: &str, method: &Method, bucket: &str, file: &str) -> String {
        let path = format!("{PREFIX}{}/{}", encode(bucket), encode(file));
        format!(
            "http://{host}{path}?{PARAMETER}{}",
            self.ticket(method, &path)
        )
    }

    /// Whether this is a call of such a link.
    pub(crate) fn allow(&self, method: &Method, path: &str, query: Option<&str>) -> bool {
        let sent = query.and_then(|query| query.strip_prefix(PARAMETER));
        path.starts_with(PREFIX)
            && sent.is_some_and(|sent| {
                let ticket = self.ticket(method, path);
                sent.as_bytes().ct_eq(ticket.as_bytes()).into()
            })
    }

    /// Twice hashed: nobody can make the ticket of a longer name from that of a shorter one.
    fn ticket(&self, method: &Method, path: &str) -> String {
        let inner = Sha256::new()
            .chain_update(self.key)
            .chain_update(method.as_str())
            .chain_update([0])
            .chain_update(path)
            .finalize();
        let outer = Sha256::new().chain_update(self.key).chain_update(inner);
        let outer = outer.finalize();
        outer.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
