//! Private files: created 0600 in folders created 0700, replaced by rename, under a lock, and
//! refused if they are links or if other users could have changed them.

mod lock;
mod repair;
mod replace;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

pub use self::lock::lock;
pub(crate) use self::lock::{Lock, lock_path, try_lock};
pub(crate) use self::repair::{
    check_folder, close_folder, leftovers, make_private, set_aside, sweep,
};
pub(crate) use self::replace::{finish, write};
use crate::model::{
    failure::{Explain, Kind},
    shell::command,
};

/// The maximum that is read of one file: far more than any of ours contains.
const MAX_BYTES: u64 = 16 << 20;

/// Who may have access to a file, besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// No one: it contains secrets.
    Unreadable,
    /// Others may read it, but not write it.
    Unwritable,
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is a symbolic link.
    #[error("{} is a symbolic link, and symbolic links are not followed", .0.display())]
    Link(PathBuf),
    /// It is a folder, a device or the like.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// It belongs to another user.
    #[error("{} belongs to another user", .0.display())]
    Foreign(PathBuf),
    /// Other users can read or write it; the second part is the command that fixes this.
    #[error("{} is accessible to other users", .0.display())]
    Open(PathBuf, Guard),
    /// It is larger than the limit.
    #[error("{} is larger than {} MiB", .0.display(), MAX_BYTES >> 20)]
    Large(PathBuf),
    /// Another process held its lock for too long.
    #[error("{} has been locked by another process for 5 s", .0.display())]
    Locked(PathBuf),
    /// The operating system refused.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        Kind::Unexpected
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Open(path, Guard::Unreadable) => Some(command(&["chmod", "600"], path)),
            Self::Open(path, Guard::Unwritable) => Some(command(&["chmod", "go-w"], path)),
            _ => None,
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Creates a folder and its parents, each 0700; leaves existing ones unchanged.
pub(crate) fn ensure_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Error::Io(folder.to_owned(), error))
}

/// The folder of a file; for a bare name, the working folder.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether there is no such file; its folder may be missing, or be a file itself.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Whether there is certainly no such file.
pub(crate) fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| is_absence(&error))
}

/// Checks a file by its path, without opening it. Returns whether it exists.
pub(crate) fn check(path: &Path, guard: Guard) -> Result<bool> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absence(&error) => return Ok(false),
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
    // A folder of the user's profile isn't accessible to other users.
    if metadata.is_file() {
        Ok(())
    } else {
        Err(Error::NotAFile(path.to_owned()))
    }
}

/// The content of a private file; `None` if it doesn't exist.
pub(crate) fn read(path: &Path, guard: Guard) -> Result<Option<Vec<u8>>> {
    let io_error = |error| Error::Io(path.to_owned(), error);
    if !check(path, guard)? {
        return Ok(None);
    }
    let file = open_no_follow(OpenOptions::new().read(true), path)?;
    // Checked again on the open file: the path may have been swapped in the meantime.
    check_metadata(path, &file.metadata().map_err(io_error)?, guard)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::Large(path.to_owned()));
    }
    Ok(Some(bytes))
}

/// Creates an empty file 0600 and its folder if none exists, so that the code that opens it later
/// need not.
pub(crate) fn ensure(path: &Path) -> Result<()> {
    ensure_folder(folder_of(path))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    set_private(&mut options);
    open_no_follow(&mut options, path).map(drop)
}

/// Opens a private file to append to it, and creates it 0600 if none exists.
pub(crate) fn append(path: &Path) -> Result<File> {
    check(path, Guard::Unreadable)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    set_private(&mut options);
    let file = open_no_follow(&mut options, path)?;
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| Error::Io(path.to_owned(), error))?;
    check_metadata(path, &metadata, Guard::Unreadable)?;
    Ok(file)
}

/// Removes a regular file, if it exists. Anything else of that name is refused and left alone.
pub(crate) fn remove(path: &Path) -> Result<()> {
    if !is_replaceable(path)? {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io(path.to_owned(), error))
        }
        _ => Ok(()),
    }
}

/// Whether a regular file exists. Anything else is an error: a device or a folder is not ours to
/// replace, and a link could lead anywhere.
fn is_replaceable(path: &Path) -> Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => Err(Error::Link(path.to_owned())),
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(Error::NotAFile(path.to_owned())),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(Error::Io(path.to_owned(), error)),
    }
}

/// Whether this process, or the machine, can't open any more files at the moment.
pub(crate) fn none_left() -> bool {
    #[cfg(unix)]
    let tried = File::open("/dev/null");
    #[cfg(not(unix))]
    let tried = File::open("NUL");
    tried.is_err_and(|error| is_out_of_files(&error))
}

/// Whether an operation failed because too many files are open.
#[cfg(unix)]
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].contains(&Errno::from_io_error(error).unwrap_or(Errno::IO))
}

/// Whether an operation failed because too many files are open.
#[cfg(not(unix))]
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
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
        // Non-blocking: otherwise opening a named pipe in place of the file would block forever.
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
    fn a_file_that_is_too_large_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        write(&path, b"x").unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(MAX_BYTES).unwrap();
        let read_whole = read(&path, Guard::Unreadable).unwrap().unwrap();
        assert_eq!(read_whole.len() as u64, MAX_BYTES);
        file.set_len(MAX_BYTES + 1).unwrap();
        let error = read(&path, Guard::Unreadable).unwrap_err();
        assert!(
            error.to_string().ends_with("is larger than 16 MiB"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_regular_file_is_neither_replaced_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, link) = (folder.path().join("pipe"), folder.path().join("link"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
        symlink(&pipe, &link).unwrap();
        for path in [pipe.as_path(), folder.path()] {
            assert!(matches!(write(path, b"x"), Err(Error::NotAFile(_))));
            assert!(matches!(remove(path), Err(Error::NotAFile(_))));
        }
        assert!(matches!(remove(&link), Err(Error::Link(_))));
        assert!(pipe.symlink_metadata().is_ok() && link.symlink_metadata().is_ok());
        let file = folder.path().join("file");
        remove(&file).unwrap();
        write(&file, b"x").unwrap();
        remove(&file).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn the_hint_of_an_open_file_can_be_pasted() {
        let path = PathBuf::from("/tmp/it's $(here)/f");
        let error = Error::Open(path, Guard::Unreadable);
        assert_eq!(error.hint().unwrap(), r"chmod 600 '/tmp/it'\''s $(here)/f'");
    }

    #[test]
    fn only_a_regular_file_is_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, dir) = (folder.path().join("pipe"), folder.path().join("dir"));
        fs::create_dir(&dir).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        assert!(matches!(try_lock(&dir), Err(Error::NotAFile(_))));
        assert!(matches!(try_lock(&pipe), Err(Error::NotAFile(_))));
        // Once a reader has it open, it can be opened for writing.
        fs::set_permissions(&pipe, fs::Permissions::from_mode(0o600)).unwrap();
        let _reader = open_no_follow(OpenOptions::new().read(true), &pipe).unwrap();
        assert!(matches!(try_lock(&pipe), Err(Error::NotAFile(_))));
    }
}
