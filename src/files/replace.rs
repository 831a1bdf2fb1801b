//! Replaces a file as a whole, without leaving a copy of its content behind.
//!
//! Where the system supports it, the new content has no name until it is complete and synced, so if
//! the process ends before that, nothing remains. It has a name next to the old file only for the
//! moment before the rename. Before it exits, the process waits for that moment to pass (`finish`);
//! if a process is killed during it, the next process that takes the file's lock removes the copy
//! (`sweep`).

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, TryLockError},
    thread,
    time::{Duration, Instant},
};

use super::{Error, Result, ensure_folder, folder_of, is_replaceable, set_private};

/// Held while a copy has a name.
static NAMED: Mutex<()> = Mutex::new(());

/// How long the end of the process waits for it. Only a hanging disk takes longer.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Replaces a file as a whole, or leaves it unchanged. Refuses anything but a regular file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    ensure_folder(folder)?;
    is_replaceable(path)?;
    let written = without_name(folder, path, bytes).unwrap_or_else(|| with_name(path, bytes));
    written
        .and_then(|()| sync_folder(folder))
        .map_err(|error| Error::Io(path.to_owned(), error))
}

/// The new name has to survive a power failure too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// A folder can't be opened, and its file system has a journal of names.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Waits briefly until no copy has a name, and prevents new ones. To be called last: writes that
/// come later never happen.
pub(crate) fn finish() {
    let deadline = Instant::now() + MAX_WAIT;
    loop {
        match NAMED.try_lock() {
            Ok(guard) => return std::mem::forget(guard),
            Err(TryLockError::Poisoned(guard)) => return std::mem::forget(guard),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Removes the copies of a file that killed processes left next to it. Only under the file's lock,
/// since another process that holds it may be about to rename one of them.
pub(super) fn sweep(path: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_copy(path, &entry.path()) && is_file() {
            // A copy that can't be removed now is removed next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The temporary name of a copy: `NAME.PID.new`.
fn beside(path: &Path) -> PathBuf {
    path.with_added_extension(format!("{}.new", std::process::id()))
}

/// Whether `other` is named like a copy of `path`. Process ids have at most seven digits, while a
/// date in the name of a user's own copy has eight.
pub(super) fn is_copy(path: &Path, other: &Path) -> bool {
    let whole = other.with_extension("").with_extension("");
    is_any_copy(other) && whole.file_name() == path.file_name()
}

/// The same, of any file.
pub(super) fn is_any_copy(path: &Path) -> bool {
    let is_new = path.extension().is_some_and(|end| end == "new");
    let id = path.file_stem().map(Path::new).and_then(Path::extension);
    let is_id = |id: &[u8]| matches!(id.len(), 1..=7) && id.iter().all(u8::is_ascii_digit);
    is_new && id.is_some_and(|id| is_id(id.as_encoded_bytes()))
}

/// Writes to a file that has no name yet; `None` if the system, or this file system, doesn't
/// support that.
#[cfg(target_os = "linux")]
fn without_name(folder: &Path, path: &Path, bytes: &[u8]) -> Option<io::Result<()>> {
    use std::os::fd::AsRawFd as _;

    use rustix::{
        fs::{AtFlags, CWD, Mode, OFlags, linkat, open},
        io::Errno,
    };

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = fs::File::from(open(folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        return Some(Err(error));
    }
    let number = format!("/proc/self/fd/{}", file.as_raw_fd());
    let name = |path: &Path| linkat(CWD, &number, CWD, path, AtFlags::SYMLINK_FOLLOW);
    let _named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    match name(path) {
        Ok(()) => return Some(Ok(())),
        Err(Errno::EXIST) => {}
        // For example, because /proc isn't mounted.
        Err(_) => return None,
    }
    let beside = beside(path);
    if let Err(error) = remove_leftover(&beside) {
        return Some(Err(error));
    }
    let renamed = name(&beside)
        .map_err(io::Error::from)
        .and_then(|()| fs::rename(&beside, path));
    Some(tidied(renamed, &beside))
}

#[cfg(not(target_os = "linux"))]
fn without_name(_: &Path, _: &Path, _: &[u8]) -> Option<io::Result<()>> {
    None
}

/// Writes to a file next to the old one.
fn with_name(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    let beside = beside(path);
    remove_leftover(&beside)?;
    let write = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_private(&mut options);
        let mut file = options.open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        rename(&beside, path)
    };
    tidied(write(), &beside)
}

/// Renames a file, over another if there is one.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let deadline = Instant::now() + MAX_WAIT;
    loop {
        match fs::rename(from, to) {
            // On Windows, a file can't be replaced while somebody reads it, which takes a moment.
            Err(error)
                if cfg!(windows)
                    && error.kind() == io::ErrorKind::PermissionDenied
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            renamed => return renamed,
        }
    }
}

/// Left by a killed process that had the same id.
fn remove_leftover(beside: &Path) -> io::Result<()> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn tidied(written: io::Result<()>, beside: &Path) -> io::Result<()> {
    written.inspect_err(|_| {
        // The write has failed already; a failed clean-up is not reported as well.
        let _ = fs::remove_file(beside);
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::{super::try_lock, *};

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn both_ways_leave_the_file_alone_in_its_folder() {
        type Way = fn(&Path, &Path, &[u8]) -> io::Result<()>;
        let ways: [Way; 2] = [
            |folder, path, bytes| {
                // If this way isn't supported, the other is used.
                without_name(folder, path, bytes).unwrap_or_else(|| with_name(path, bytes))
            },
            |_, path, bytes| with_name(path, bytes),
        ];
        for way in ways {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("f");
            for content in ["one", "two", ""] {
                way(folder.path(), &path, content.as_bytes()).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), content);
                assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
                assert_eq!(names(folder.path()), ["f"]);
            }
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_with_the_lock_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let left = ["s.json.1.new", "s.json.4194304.new"];
        let others = [
            "s.json",
            "s.json.new",
            "s.json.20260101.new",
            "s.json.old.new",
            "s.json.12.newer",
            "t.json.12.new",
            "xs.json.12.new",
        ];
        for name in left.iter().chain(&others) {
            fs::write(path(name), "value").unwrap();
        }
        fs::create_dir(path("s.json.7.new")).unwrap();
        let held = try_lock(&path("s.json.lock")).unwrap();
        assert!(held.is_some());
        let mut stays: Vec<_> = others.map(str::to_owned).to_vec();
        stays.extend(["s.json.7.new", "s.json.lock"].map(str::to_owned));
        stays.sort();
        assert_eq!(names(folder.path()), stays);
        // Without the lock, nothing is removed.
        fs::write(path("s.json.1.new"), "being written").unwrap();
        assert!(try_lock(&path("s.json.lock")).unwrap().is_none());
        assert!(path("s.json.1.new").exists());
    }
}
