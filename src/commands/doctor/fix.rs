//! `--fix`: what is safe to repair on this machine, each with a sentence. Locks need no repair: the
//! system frees those of a process that ends.

use super::state;
use crate::{commands::context::Context, files, scratch, secrets::Error};

/// Repairs what can be repaired. A file that can't be is named by its check.
pub(super) async fn all(cx: &mut Context) -> Vec<String> {
    let mut fixed = Vec::new();
    for file in state::ours(cx) {
        let shown = file.path.display();
        if let Ok(true) = files::make_private(&file.path, file.guard) {
            fixed.push(format!("{shown} is private again"));
        }
        match files::sweep(&file.path) {
            Ok(0) | Err(_) => {}
            Ok(_) => fixed.push(format!("removed what killed processes left of {shown}")),
        }
    }
    let held = match cx.custody() {
        Ok(custody) => custody.held().await.map(drop),
        Err(_) => Ok(()),
    };
    // What a newer version wrote isn't broken.
    let is_broken =
        |error: &Error| matches!(error, Error::State { why, .. } if !why.contains("newer"));
    if held.as_ref().err().is_some_and(is_broken) {
        let index = cx.settings.folders.state().ok();
        let index = index.map(|folder| folder.join("index.json"));
        if let Some(old) = index.as_deref().and_then(files::set_aside) {
            fixed.push(format!(
                "the secrets index can't be read: it is {} now, and the next command starts a new one",
                old.display()
            ));
        }
    }
    let scratch = scratch::sweep_abandoned();
    if scratch > 0 {
        fixed.push("removed temporary folders of killed processes".to_owned());
    }
    fixed
}
