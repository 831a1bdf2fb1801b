//! What can be wrong with our files, and what is safe to repair.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Error, Guard, Result, check, lock_path, replace, try_lock};

/// Checks the folder of our files: only its owner may change what is in it.
pub(crate) fn check_folder(folder: &Path) -> Result<()> {
    let io_error = |error| Error::Io(folder.to_owned(), error);
    let metadata = fs::metadata(folder).map_err(io_error)?;
    if !metadata.is_dir() {
        return Err(Error::NotAFile(folder.to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(Error::Foreign(folder.to_owned()));
        }
        if metadata.mode() & 0o022 != 0 {
            return Err(Error::Open(folder.to_owned(), Guard::Unwritable));
        }
    }
    Ok(())
}

/// Makes a file of this user private, if others can access it. Returns whether it was changed.
pub(crate) fn make_private(path: &Path, guard: Guard) -> Result<bool> {
    match check(path, guard) {
        Err(Error::Open(..)) => {}
        checked => return checked.map(|_| false),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(path, private).map_err(|error| Error::Io(path.to_owned(), error))?;
    }
    check(path, guard)
}

/// Takes the right to change a folder of this user from others, if they have it. Returns whether it
/// was changed.
pub(crate) fn close_folder(folder: &Path) -> Result<bool> {
    match check_folder(folder) {
        Err(Error::Open(..)) => {}
        checked => return checked.map(|()| false),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let io_error = |error| Error::Io(folder.to_owned(), error);
        let metadata = fs::metadata(folder).map_err(io_error)?;
        let closed = fs::Permissions::from_mode(metadata.permissions().mode() & 0o7755);
        fs::set_permissions(folder, closed).map_err(io_error)?;
    }
    check_folder(folder).map(|()| true)
}

/// The copies in a folder that killed processes left, as far as their names tell.
pub(crate) fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut left: Vec<_> = paths.filter(|path| replace::is_any_copy(path)).collect();
    left.sort();
    left
}

/// Removes the copies of a file that killed processes left. Returns how many there were.
pub(crate) fn sweep(path: &Path) -> Result<usize> {
    let copies = || {
        let left = leftovers(super::folder_of(path));
        left.iter()
            .filter(|other| replace::is_copy(path, other))
            .count()
    };
    let before = copies();
    if before == 0 {
        return Ok(0);
    }
    // Whoever takes the lock removes them.
    let lock = try_lock(&lock_path(path))?;
    drop(lock);
    Ok(before - copies())
}

/// Moves a file aside, to a name that nothing has. Returns its new path.
pub(crate) fn set_aside(path: &Path) -> Option<PathBuf> {
    let ends = std::iter::once("old".to_owned()).chain((2..100).map(|n| format!("old.{n}")));
    let mut names = ends.map(|end| path.with_added_extension(end));
    // A link of that name counts too.
    let old = names.find(|old| old.symlink_metadata().is_err())?;
    fs::rename(path, &old).ok()?;
    Some(old)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn only_the_users_own_open_file_is_made_private() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("f"), folder.path().join("l"));
        assert!(!make_private(&path, Guard::Unreadable).unwrap());
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!make_private(&path, Guard::Unwritable).unwrap());
        assert!(make_private(&path, Guard::Unreadable).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        symlink(&path, &link).unwrap();
        assert!(make_private(&link, Guard::Unreadable).is_err());
    }

    #[test]
    fn copies_are_swept_and_a_file_is_set_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.json", "a.json.12.new", "b.json.7.new", "c.new"] {
            fs::write(path(name), "").unwrap();
        }
        let left = leftovers(folder.path());
        assert_eq!(left, [path("a.json.12.new"), path("b.json.7.new")]);
        assert_eq!(sweep(&path("a.json")).unwrap(), 1);
        assert_eq!(sweep(&path("a.json")).unwrap(), 0);
        assert!(path("b.json.7.new").exists());
        let old = set_aside(&path("a.json")).unwrap();
        assert_eq!(old, path("a.json.old"));
        fs::write(path("a.json"), "").unwrap();
        assert_eq!(set_aside(&path("a.json")), Some(path("a.json.old.2")));
        assert!(path("a.json.old").exists());
    }

    #[test]
    fn a_folder_that_others_can_change_is_named() {
        let folder = tempfile::tempdir().unwrap();
        check_folder(folder.path()).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            check_folder(folder.path()),
            Err(Error::Open(_, Guard::Unwritable))
        ));
        assert!(close_folder(folder.path()).unwrap());
        assert!(!close_folder(folder.path()).unwrap());
        let mode = fs::metadata(folder.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
