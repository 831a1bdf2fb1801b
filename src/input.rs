//! Reads what the user supplies in a file or on standard input: up to a limit, and on a thread of
//! its own. A terminal or a pipe may never reach its end, and a signal must still end the command.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    thread,
};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// Why it can't be read, as the rest of a sentence that begins with its name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It exceeds the limit, and may be endless.
    #[error("is larger than {}, far more than needed", size(*.0))]
    Large(usize),
    /// It isn't text.
    #[error("is not UTF-8")]
    NotText,
    /// The operating system refused.
    #[error("{0}")]
    Io(io::Error),
    /// It has no content of its own.
    #[error("is a folder, not a file")]
    Folder,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::Io(error),
        }
    }
}

fn size(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// The content of a file, which may be a named pipe or a device: at most `most` bytes.
pub(crate) async fn file(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let path = path.to_owned();
    apart(move || read(File::open(path)?, most)).await
}

/// All of standard input: at most `most` bytes.
pub(crate) async fn stdin(most: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    apart(move || read(io::stdin().lock(), most)).await
}

/// The same for a file that has to be text.
pub(crate) async fn text(path: &Path, most: usize) -> Result<Zeroizing<String>, Error> {
    as_text(file(path, most).await?)
}

/// Converts the content to text.
pub(crate) fn as_text(mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Error> {
    let text = String::from_utf8(std::mem::take(&mut bytes)).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Error::NotText
    })?;
    Ok(Zeroizing::new(text))
}

/// Allocated at once: a buffer that grows leaves copies of a secret behind.
const ROOM: usize = 64 << 10;

fn read(from: impl Read, most: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(most.min(ROOM) + 1));
    from.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(Error::Large(most));
    }
    Ok(bytes)
}

/// Not in the runtime's own pool: shutdown waits for that. If the caller stops waiting, the thread
/// continues on its own, and ends with the process.
async fn apart<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (answer, answered) = oneshot::channel();
    let run = move || drop(answer.send(job()));
    thread::Builder::new().name("input".to_owned()).spawn(run)?;
    let lost = |_| io::Error::other("reading it ended unexpectedly");
    answered.await.map_err(lost)?
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "x".repeat(4096)).unwrap();
        assert_eq!(file(&path, 4096).await.unwrap().len(), 4096);
        let error = file(&path, 4095).await.unwrap_err();
        assert!(matches!(error, Error::Large(4095)), "{error}");
        std::fs::write(&path, b"a\xff").unwrap();
        assert!(matches!(text(&path, 10).await, Err(Error::NotText)));
        assert!(matches!(file(folder.path(), 10).await, Err(Error::Folder)));
    }

    #[tokio::test]
    async fn what_never_ends_is_not_read_for_ever() {
        let error = file(Path::new("/dev/zero"), 1 << 20).await.unwrap_err();
        let sentence = "is larger than 1 MiB, far more than needed";
        assert_eq!(error.to_string(), sentence);
        let error = file(Path::new("/dev/zero"), 64 << 10).await.unwrap_err();
        assert!(error.to_string().starts_with("is larger than 64 KiB,"));
    }

    #[tokio::test]
    async fn a_pipe_without_a_writer_holds_up_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        // One pipe each: two readers of one pipe would take data from each other.
        let [silent, pipe] = ["silent", "pipe"].map(|name| folder.path().join(name));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        for pipe in [&silent, &pipe] {
            rustix::fs::mkfifoat(rustix::fs::CWD, pipe, mode).unwrap();
        }
        tokio::select! {
            biased;
            read = file(&silent, 10) => panic!("{read:?}"),
            () = tokio::task::yield_now() => {}
        }
        let writer = pipe.clone();
        thread::spawn(move || std::fs::write(writer, "piped").unwrap());
        assert_eq!(**file(&pipe, 10).await.unwrap(), *b"piped");
    }
}
