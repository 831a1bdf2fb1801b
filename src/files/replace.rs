//! Replacing a file as a whole, so that no copy of what is in it is left behind.
//!
//! Where the system can, the new content has no name until it is complete and synced, so whatever
//! ends the process before then leaves nothing. It gets a name beside the old file for the moment
//! before the rename. The end of this process waits for that moment (`finish`); what a process
//! that was killed in it leaves is removed by whoever next takes the file's lock (`sweep`).

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, TryLockError},
    thread,
    time::{Duration, Instant},
};

use super::{Error, Result, ensure_folder, folder_of, is_replaceable, set_private};

/// Held while a copy has a name of its own.
static NAMED: Mutex<()> = Mutex::new(());

/// How long the end of the process waits for it. Only a disk that hangs takes longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Replaces a file as a whole, or leaves it as it was. Refuses what is no regular file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = folder_of(path);
    ensure_folder(folder)?;
    is_replaceable(path)?;
    let written = without_name(folder, path, bytes).unwrap_or_else(|| with_name(path, bytes));
    written
        // The new name has to survive a power cut too.
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| Error::Io(path.to_owned(), error))
}

/// Waits, for a moment at most, until no copy has a name of its own, and lets none get one any
/// more. To be called last: what still wants to write then never does.
pub(crate) fn finish() {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match NAMED.try_lock() {
            Ok(guard) => return std::mem::forget(guard),
            Err(TryLockError::Poisoned(guard)) => return std::mem::forget(guard),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Removes the copies of a file that killed processes left beside it. Only under the file's lock,
/// since another process that holds it may be about to rename one of them.
pub(super) fn sweep(path: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(path)) else {
        return;
    };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_copy(path, &entry.path()) && is_file() {
            // What can't be removed now is tried again by the next.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The name of a copy for as long as it has one: `NAME.PID.new`.
fn beside(path: &Path) -> PathBuf {
    path.with_added_extension(format!("{}.new", std::process::id()))
}

/// Whether `other` is named like a copy of `path`. No process has an id of more than seven digits,
/// but a date of a user's own copy has eight.
fn is_copy(path: &Path, other: &Path) -> bool {
    let names = (path.file_name(), other.file_name());
    let (Some(name), Some(other)) = names else {
        return false;
    };
    let between = other
        .as_encoded_bytes()
        .strip_prefix(name.as_encoded_bytes())
        .and_then(|rest| rest.strip_prefix(b"."))
        .and_then(|rest| rest.strip_suffix(b".new"));
    between.is_some_and(|id| matches!(id.len(), 1..=7) && id.iter().all(u8::is_ascii_digit))
}

/// Writes to a file that has no name yet; nothing where the system, or the file system there, has
/// none such.
#[cfg(target_os = "linux")]
fn without_name(folder: &Path, path: &Path, bytes: &[u8]) -> Option<io::Result<()>> {
    use std::os::fd::AsRawFd as _;

    use rustix::{
        fs::{AtFlags, CWD, Mode, OFlags, linkat, open},
        io::Errno,
    };

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = File::from(open(folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        return Some(Err(error));
    }
    let number = format!("/proc/self/fd/{}", file.as_raw_fd());
    let name = |path: &Path| linkat(CWD, &number, CWD, path, AtFlags::SYMLINK_FOLLOW);
    let _named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    match name(path) {
        Ok(()) => return Some(Ok(())),
        Err(Errno::EXIST) => {}
        // Such as where /proc isn't mounted.
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

/// Writes to a file beside the old one.
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
        fs::rename(&beside, path)
    };
    tidied(write(), &beside)
}

/// What a process of the same id left that was killed in between.
fn remove_leftover(beside: &Path) -> io::Result<()> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn tidied(written: io::Result<()>, beside: &Path) -> io::Result<()> {
    written.inspect_err(|_| {
        // The write has failed already; what can't be tidied up is no second error.
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
                // Where there is no such way, the other is taken.
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
        // Whoever doesn't get the lock removes nothing.
        fs::write(path("s.json.1.new"), "being written").unwrap();
        assert!(try_lock(&path("s.json.lock")).unwrap().is_none());
        assert!(path("s.json.1.new").exists());
    }
}
