//! `--fix`: what is safe to repair on this machine, each with a sentence. Locks need no repair: the
//! system frees those of a process that ends.

use super::{asked::Asked, state};
use crate::{
    commands::context::Context,
    files,
    model::{
        checkup::Status,
        plan::Present,
        store::{StoreChoice, StoreKind},
        text::counted,
    },
    scratch,
};

/// Repairs our files and folders. What can't be repaired is named by its check.
pub(super) fn files(cx: &Context) -> Vec<String> {
    let mut fixed = Vec::new();
    if let Ok(folder) = cx.settings.folders.state()
        && let Ok(true) = files::close_folder(&folder)
    {
        fixed.push(format!("only you can change {} now", folder.display()));
    }
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
    let scratch = scratch::sweep_abandoned();
    if scratch > 0 {
        fixed.push("removed temporary folders of killed processes".to_owned());
    }
    fixed
}

/// Rebuilds an unreadable index, and lists the values in the stores. It needs the webhooks: only they
/// lead to the keys of the values.
pub(super) async fn index(cx: &mut Context, asked: &Asked) -> Option<String> {
    let custody = cx.custody().ok()?;
    let is_broken = match custody.held().await {
        Err(error) if error.is_broken() => true,
        Err(_) => return None,
        Ok(_) => false,
    };
    let (Some(site), Some(Ok(Present { webhooks, .. }))) = (&asked.site, &asked.webhooks) else {
        let later = "the secrets index can't be read; it can be rebuilt once the project's webhooks can be listed";
        return is_broken.then(|| later.to_owned());
    };
    let mut set_aside = String::new();
    if is_broken {
        let old = custody.set_broken_index_aside().await.ok()??;
        set_aside = format!(
            "could not be read, and is {} now; a new one ",
            old.display()
        );
    }
    let store = cx.settings.store.value;
    let uses_keyring = matches!(store, StoreChoice::Auto | StoreChoice::Keyring);
    let mut kinds = vec![StoreKind::File];
    if uses_keyring && asked.keyring.status == Status::Pass {
        kinds.push(StoreKind::Keyring);
    }
    let listed = async {
        let found = custody.unlisted(site, webhooks, &kinds).await?;
        custody.relist(&found).await.map(|()| found.len())
    };
    let listed = match listed.await {
        Ok(0) | Err(_) if !is_broken => return None,
        Ok(0) => "is empty: no store contains a value of this project".to_owned(),
        Ok(count) => {
            let values = counted(count as u64, "value");
            let verb = if is_broken { "lists" } else { "now also lists" };
            format!("{verb} {values} of this project")
        }
        Err(error) => format!("is empty: {error}"),
    };
    Some(format!("the secrets index {set_aside}{listed}"))
}
