//! Files that are ours alone: made 0600 in folders made 0700, replaced by rename, under a lock,
//! and refused when they are links or when others could have had a hand on them.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long to wait for a lock that another process holds.
const LOCK_DEADLINE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The most that is read of one file: far more than any of ours has.
const MAX_BYTES: u64 = 16 << 20;

/// Who may have access to a file, besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nobody: it holds secrets.
    Unreadable,
    /// Others may read it, none may write it.
    Unwritable,
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is a symbolic link.
    #[error("{} is a link, and links are not followed", .0.display())]
    Link(PathBuf),
    /// It is a folder, a device or the like.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Somebody else owns it.
    #[error("{} belongs to another user", .0.display())]
    Foreign(PathBuf),
    /// Others may read or write it; the second part is the command that mends it.
    #[error("{} is open to other users", .0.display())]
    Open(PathBuf, Guard),
    /// Another process held its lock for too long.
    #[error("{} has been locked by another process for 5 s", .0.display())]
    Locked(PathBuf),
    /// The operating system refused.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
}

impl Error {
    /// What to type next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open(path, Guard::Unreadable) => Some(format!("chmod 600 {}", path.display())),
            Self::Open(path, Guard::Unwritable) => Some(format!("chmod go-w {}", path.display())),
            _ => None,
        }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Makes a folder and what it stands in, each 0700; leaves what exists as it is.
pub fn ensure_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Error::Io(folder.to_owned(), error))
}

/// Where a file stands; of a bare name, the working folder.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Checks a file by its path, without opening it. Whether it is there.
pub fn check(path: &Path, guard: Guard) -> Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::Io(path.to_owned(), error)),
    };
    if metadata.is_symlink() {
        return Err(Error::Link(path.to_owned()));
    }
    check_metadata(path, &metadata, guard)?;
    Ok(true)
}

#[cfg(unix)]
fn check_metadata(path: &Path, metadata: &fs::Metadata, guard: Guard) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let forbidden = match guard {
        Guard::Unreadable => 0o077,
        Guard::Unwritable => 0o022,
    };
    if !metadata.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::Foreign(path.to_owned()));
    }
    if metadata.mode() & forbidden != 0 {
        return Err(Error::Open(path.to_owned(), guard));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_metadata(path: &Path, metadata: &fs::Metadata, _guard: Guard) -> Result<()> {
    // A folder of the user's profile keeps others out.
    if metadata.is_file() {
        Ok(())
    } else {
        Err(Error::NotAFile(path.to_owned()))
    }
}

/// The content of a file of ours; nothing where there is none.
pub fn read(path: &Path, guard: Guard) -> Result<Option<Vec<u8>>> {
    let io_error = |error| Error::Io(path.to_owned(), error);
    if !check(path, guard)? {
        return Ok(None);
    }
    let file = open_no_follow(OpenOptions::new().read(true), path)?;
    // Again, on what was opened: the path may have been swapped since.
    check_metadata(path, &file.metadata().map_err(io_error)?, guard)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(io_error)?;
    Ok(Some(bytes))
}

/// Replaces a file as a whole, or leaves it as it was: written beside it, synced, renamed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let io_error = |error| Error::Io(path.to_owned(), error);
    let folder = folder_of(path);
    ensure_folder(folder)?;
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(Error::Link(path.to_owned()));
    }
    let beside = path.with_added_extension(format!("{}.new", std::process::id()));
    let written = write_new(&beside, bytes).and_then(|()| {
        fs::rename(&beside, path)?;
        // The rename itself has to survive a power cut too.
        File::open(folder)?.sync_all()
    });
    written.map_err(|error| {
        // The write has failed already; what can't be tidied up is no second error.
        let _ = fs::remove_file(&beside);
        io_error(error)
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A leftover of a process of the same id that was killed in between.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_private(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates an empty file 0600 where there is none, so that what opens it later need not.
pub fn ensure(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    set_private(&mut options);
    open_no_follow(&mut options, path).map(drop)
}

/// A lock among processes, for as long as it lives. The lock file stays.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Whether the lock's file is still the one at `path`. If not, another process can take the lock
    /// there.
    pub fn is_at(&self, path: &Path) -> bool {
        let (held, there) = (self.0.metadata(), fs::symlink_metadata(path));
        match (held, there) {
            (Ok(held), Ok(there)) => is_same(&held, &there),
            // Not known, unless the file is missing.
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// An open file can't be removed or replaced there.
#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// Waits for the lock at `path`, at most 5 s.
pub fn lock(path: &Path) -> Result<Lock> {
    let deadline = Instant::now() + LOCK_DEADLINE;
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        if Instant::now() >= deadline {
            return Err(Error::Locked(path.to_owned()));
        }
        thread::sleep(LOCK_PAUSE);
    }
}

/// Takes the lock at `path` if it is free.
pub fn try_lock(path: &Path) -> Result<Option<Lock>> {
    ensure_folder(folder_of(path))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    set_private(&mut options);
    let file = open_no_follow(&mut options, path)?;
    let io_error = |error| Error::Io(path.to_owned(), error);
    if !file.metadata().map_err(io_error)?.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    match file.try_lock() {
        // Another process may have removed the file just before.
        Ok(()) => Ok(Some(Lock(file)).filter(|lock| lock.is_at(path))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(io_error(error)),
    }
}

/// Whether this process, or the machine, may open no further file at the moment.
pub fn none_left() -> bool {
    #[cfg(unix)]
    let tried = File::open("/dev/null");
    #[cfg(not(unix))]
    let tried = File::open("NUL");
    tried.is_err_and(|error| is_out_of_files(&error))
}

/// Whether an operation failed as too many files are open.
#[cfg(unix)]
pub fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].contains(&Errno::from_io_error(error).unwrap_or(Errno::IO))
}

/// Whether an operation failed as too many files are open.
#[cfg(not(unix))]
pub fn is_out_of_files(error: &io::Error) -> bool {
    const ERROR_TOO_MANY_OPEN_FILES: i32 = 4;
    const WSAEMFILE: i32 = 10024;
    [ERROR_TOO_MANY_OPEN_FILES, WSAEMFILE]
        .into_iter()
        .any(|code| error.raw_os_error() == Some(code))
}

fn set_private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn open_no_follow(options: &mut OpenOptions, path: &Path) -> Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        // Not blocking, or a named pipe in the file's place would hold us up for ever.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags);
    }
    options
        .open(path)
        .map_err(|error| match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => Error::Link(path.to_owned()),
            Ok(metadata) if !metadata.is_file() => Error::NotAFile(path.to_owned()),
            _ => Error::Io(path.to_owned(), error),
        })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_is_written_is_ours_alone_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        assert_eq!(read(&path, Guard::Unreadable).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, Guard::Unreadable).unwrap().unwrap(), b"two");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_and_an_open_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("real"), folder.path().join("link"));
        write(&path, b"x").unwrap();
        symlink(&path, &link).unwrap();
        assert!(matches!(
            read(&link, Guard::Unreadable),
            Err(Error::Link(_))
        ));
        assert!(matches!(write(&link, b"y"), Err(Error::Link(_))));
        assert!(matches!(try_lock(&link), Err(Error::Link(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            read(&path, Guard::Unreadable),
            Err(Error::Open(..))
        ));
        assert!(read(&path, Guard::Unwritable).is_ok());
        assert!(matches!(
            read(folder.path(), Guard::Unwritable),
            Err(Error::NotAFile(_))
        ));
    }

    #[test]
    fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_whose_file_is_removed_or_replaced_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap().unwrap();
        assert!(held.is_at(&path));
        fs::remove_file(&path).unwrap();
        assert!(!held.is_at(&path));
        let other = try_lock(&path).unwrap().unwrap();
        assert!(other.is_at(&path) && !held.is_at(&path));
    }

    #[test]
    fn only_a_regular_file_is_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, dir) = (folder.path().join("pipe"), folder.path().join("dir"));
        fs::create_dir(&dir).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        assert!(matches!(try_lock(&dir), Err(Error::NotAFile(_))));
        assert!(matches!(try_lock(&pipe), Err(Error::NotAFile(_))));
        // It can be opened while somebody reads from it.
        fs::set_permissions(&pipe, fs::Permissions::from_mode(0o600)).unwrap();
        let _reader = open_no_follow(OpenOptions::new().read(true), &pipe).unwrap();
        assert!(matches!(try_lock(&pipe), Err(Error::NotAFile(_))));
    }
}
