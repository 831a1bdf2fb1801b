//! The file with the line that says that a server is ready.

use std::path::Path;

use serde::Serialize;

use crate::files;

/// Removes a file of an earlier server, which would be mistaken for this one's.
pub(super) fn clear(file: Option<&Path>) -> Result<(), files::Error> {
    file.map_or(Ok(()), files::remove)
}

/// Writes the line to the file, if there is one.
pub(super) fn write(file: Option<&Path>, line: &impl Serialize) -> Result<(), files::Error> {
    let Some(file) = file else {
        return Ok(());
    };
    let line = serde_json::to_string(line).expect("text and numbers serialise") + "\n";
    files::write(file, line.as_bytes())
}
