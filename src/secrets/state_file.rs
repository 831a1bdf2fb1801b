//! The JSON files in the state folder: the secrets index and the file store.

use std::path::Path;

use serde::{Deserialize, de::DeserializeOwned};

use crate::secrets::error::Error;

/// The maximum size of such a file, in bytes: a new value that would make it larger is refused.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// Parses such a file. Errors name the position only: the parser's own message may quote a value.
pub(super) fn read_json<T: DeserializeOwned>(
    path: &Path,
    bytes: &[u8],
    version: u32,
) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let state = |why, is_broken| Error::State {
        path: path.to_owned(),
        why,
        is_broken,
    };
    let broken = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        let why = format!("is not a ubihook file (line {line}, column {column})");
        state(why, true)
    };
    let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
    if head.version > version {
        return Err(state("was written by a newer ubihook".to_owned(), false));
    }
    serde_json::from_slice(bytes).map_err(broken)
}
