//! Our own files: who may read them, and what killed processes left beside them.

use std::path::{Path, PathBuf};

use crate::{
    commands::context::Context,
    files::{self, Guard},
    model::{
        checkup::Check,
        failure::Explain as _,
        shell::{quote_path, rename_file},
    },
};

const ID: &str = "state";

/// A file of ours, and who may have access to it.
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

pub(super) fn check(cx: &Context) -> Check {
    let Ok(state) = cx.settings.folders.state() else {
        let why = "there is no folder for state: neither HOME nor XDG_STATE_HOME is set";
        return Check::warn(ID, "state folder", why).hint("export HOME=/path/to/your/folder");
    };
    of(&state, &ours(cx))
}

fn of(folder: &Path, ours: &[Ours]) -> Check {
    let subject = folder.display().to_string();
    let mut count = 0;
    for file in ours {
        match files::check(&file.path, file.guard) {
            Ok(exists) => {
                count += usize::from(exists);
                if exists && let Some(check) = broken(&subject, file) {
                    return check;
                }
            }
            Err(error) => {
                let hint = match error {
                    files::Error::Open(..) => Some("ubihook doctor --fix".to_owned()),
                    _ => Some(format!("ls -l {}", quote_path(&file.path))),
                };
                return Check::fail(ID, &subject, error.to_string()).hinted(hint);
            }
        }
    }
    if !folder.exists() {
        return Check::pass(ID, &subject, "not created yet");
    }
    if let Err(error) = files::check_folder(folder) {
        let hint = error.hint();
        return Check::fail(ID, &subject, error.to_string()).hinted(hint);
    }
    let left = files::leftovers(folder);
    if let Some(first) = left.first() {
        let more = left.len();
        let why = format!(
            "killed processes left {more} of their copies, such as {}",
            first.display()
        );
        return Check::warn(ID, &subject, why).hint("ubihook doctor --fix");
    }
    Check::pass(ID, &subject, format!("{count} of its files, each private"))
}

/// What is wrong with the contents of a file of values: `index` and `mock` have their own checks.
fn broken(subject: &str, file: &Ours) -> Option<Check> {
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
    Some(Check::fail(ID, subject, why).hint(rename_file(&file.path, &aside)))
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
        let status = || of(folder.path(), &ours).status;
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
        let found = of(folder.path(), &ours);
        assert_eq!(found.status, Status::Fail);
        assert_eq!(found.hint.as_deref(), Some("ubihook doctor --fix"));
        fs::remove_file(&path).unwrap();
        symlink("elsewhere", &path).unwrap();
        assert_eq!(status(), Status::Fail);
        assert_eq!(
            of(&folder.path().join("none"), &[]).found,
            "not created yet"
        );
    }
}
