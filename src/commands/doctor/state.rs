//! Our own files: who may read them, and what killed processes left next to them.

use std::path::{Path, PathBuf};

use super::asked::Asked;
use crate::{
    commands::{context::Context, left_behind::is_left_behind},
    files::{self, Guard},
    model::{
        checkup::Check,
        failure::Explain as _,
        shell::{quote, quote_path, rename_file},
        text::counted,
    },
};

const ID: &str = "state";

/// What repairs modes and removes copies.
const FIX: &str = "ubihook doctor --fix";

/// What is wrong, and what helps.
type Fault = (String, Option<String>);

/// One of our files, and who may have access to it.
pub(super) struct Ours {
    pub(super) path: PathBuf,
    pub(super) guard: Guard,
}

/// All files that this command could use, whether they exist or not.
pub(super) fn ours(cx: &Context) -> Vec<Ours> {
    let mut all = Vec::new();
    let mut add = |path: PathBuf, guard| all.push(Ours { path, guard });
    if let Some(path) = cx.settings.folders.config_file() {
        add(path, Guard::Unwritable);
    }
    if let Ok(state) = cx.settings.folders.state() {
        add(state.join("index.json"), Guard::Unwritable);
        add(state.join("secrets.json"), Guard::Unreadable);
    }
    if let Ok(db) = cx.mock_db() {
        add(db.with_file_name("mock-secrets.json"), Guard::Unreadable);
        add(db, Guard::Unreadable);
    }
    all
}

pub(super) fn check(cx: &Context, asked: &Asked) -> Check {
    let Ok(state) = cx.settings.folders.state() else {
        let why = "there is no folder for state: neither HOME nor XDG_STATE_HOME is set";
        return Check::warn(ID, "state folder", why).hint("export HOME=/path/to/your/folder");
    };
    let webhooks = match &asked.webhooks {
        Some(Ok(present)) => &present.webhooks[..],
        _ => &[],
    };
    let left = webhooks.iter().filter(|webhook| is_left_behind(webhook));
    let left: Vec<_> = left.map(|webhook| webhook.name.as_str()).collect();
    of(&state, &ours(cx), &left)
}

/// `webhooks` are temporary ones whose listener is gone.
fn of(folder: &Path, ours: &[Ours], webhooks: &[&str]) -> Check {
    let subject = folder.display().to_string();
    let (mut count, mut faults) = (0, Vec::new());
    for file in ours {
        match files::check(&file.path, file.guard) {
            Ok(exists) => {
                count += usize::from(exists);
                faults.extend(broken(file).filter(|_| exists));
            }
            Err(error) => {
                let hint = match error {
                    files::Error::Open(..) => FIX.to_owned(),
                    _ => format!("ls -l {}", quote_path(&file.path)),
                };
                faults.push((error.to_string(), Some(hint)));
            }
        }
    }
    if let Err(error) = files::check_folder(folder)
        && folder.exists()
    {
        let fix = matches!(error, files::Error::Open(..)).then(|| FIX.to_owned());
        faults.push((error.to_string(), fix.or_else(|| error.hint())));
    }
    if !faults.is_empty() {
        return Check::fail(ID, &subject, sentence(&faults)).hinted(hints(&faults));
    }
    let mut left = Vec::new();
    let copies = files::leftovers(folder);
    if let Some(first) = copies.first() {
        let (copies, first) = (copies.len(), first.display());
        let why = format!("killed processes left {copies} of their copies, such as {first}");
        left.push((why, Some(FIX.to_owned())));
    }
    if let Some(first) = webhooks.first() {
        let webhooks = counted(webhooks.len() as u64, "temporary webhook");
        let why = format!("a listener on this machine that was killed left {webhooks}: `{first}`");
        let hint = format!(
            "ubihook delete {} --yes\nor start `ubihook listen` with a temporary webhook, which deletes it first",
            quote(first)
        );
        left.push((why, Some(hint)));
    }
    if !left.is_empty() {
        return Check::warn(ID, &subject, sentence(&left)).hinted(hints(&left));
    }
    if !folder.exists() {
        return Check::pass(ID, &subject, "not created yet");
    }
    Check::pass(ID, &subject, format!("{count} of its files, each private"))
}

fn sentence(faults: &[Fault]) -> String {
    let all: Vec<_> = faults.iter().map(|(why, _)| why.as_str()).collect();
    all.join("; ")
}

/// Each of their hints, once.
fn hints(faults: &[Fault]) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    for hint in faults.iter().filter_map(|(_, hint)| hint.as_deref()) {
        if !all.contains(&hint) {
            all.push(hint);
        }
    }
    (!all.is_empty()).then(|| all.join("\n"))
}

/// What is wrong with the contents of a file of values: `index` and `mock` have their own checks.
fn broken(file: &Ours) -> Option<Fault> {
    let name = file.path.file_name()?.to_str()?;
    if !name.ends_with("secrets.json") {
        return None;
    }
    let bytes = files::read(&file.path, file.guard).ok()??;
    if serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok() {
        return None;
    }
    let why = format!(
        "{} is not a file of values: it can't be read",
        file.path.display()
    );
    let aside = file.path.with_added_extension("old");
    Some((why, Some(rename_file(&file.path, &aside))))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    use super::*;
    use crate::model::checkup::Status;

    #[test]
    fn a_file_that_others_can_read_or_a_link_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        let ours = [Ours {
            path: path.clone(),
            guard: Guard::Unreadable,
        }];
        let status = || of(folder.path(), &ours, &[]).status;
        assert_eq!(status(), Status::Pass);
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(status(), Status::Pass);
        fs::write(&path, "{\"version\": 1, \"val").unwrap();
        assert_eq!(status(), Status::Fail);
        fs::write(&path, "{}").unwrap();
        fs::write(folder.path().join("secrets.json.7.new"), "").unwrap();
        assert_eq!(status(), Status::Warn);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let found = of(folder.path(), &ours, &[]);
        assert_eq!(found.status, Status::Fail);
        assert_eq!(found.hint.as_deref(), Some("ubihook doctor --fix"));
        fs::remove_file(&path).unwrap();
        symlink("elsewhere", &path).unwrap();
        assert_eq!(status(), Status::Fail);
        assert_eq!(
            of(&folder.path().join("none"), &[], &[]).found,
            "not created yet"
        );
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let ours = [Ours {
            path,
            guard: Guard::Unreadable,
        }];
        let found = of(folder.path(), &ours, &[]);
        assert_eq!(found.hint.as_deref(), Some(FIX));
        let words = "is accessible to other users";
        assert_eq!(found.found.matches(words).count(), 2, "{}", found.found);
    }

    #[test]
    fn a_temporary_webhook_of_a_killed_listener_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let found = of(folder.path(), &[], &["ubihook-listen-1"]);
        assert_eq!(found.status, Status::Warn);
        let hint = "ubihook delete ubihook-listen-1 --yes\n";
        assert!(found.hint.unwrap().starts_with(hint));
    }
}
