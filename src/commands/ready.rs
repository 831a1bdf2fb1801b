//! The file with the line that says that a server is ready.

use std::path::Path;

use serde::Serialize;

use crate::{files, model::failure::Failure};

/// Removes a file of an earlier server, which would be mistaken for this one's. Its folder has to
/// exist: a misspelled path must not create another one.
pub(super) fn clear(file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let folder = files::folder_of(file);
    if !folder.is_dir() {
        let message = format!(
            "--ready-file: the folder {} does not exist",
            folder.display()
        );
        return Err(Failure::usage(message).into());
    }
    Ok(files::remove(file)?)
}

/// Writes the line to the file, if there is one.
pub(super) fn write(file: Option<&Path>, line: &impl Serialize) -> Result<(), files::Error> {
    let Some(file) = file else {
        return Ok(());
    };
    let line = serde_json::to_string(line).expect("text and numbers serialize") + "\n";
    files::write(file, line.as_bytes())
}
