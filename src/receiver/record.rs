//! A recording: one delivery a line, as JSON. Written so that a line is on disk before its delivery is
//! answered; read even if the process was killed in the middle of a line.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use serde::Deserialize;

use crate::{files, model::received::Received};

/// A recording that is written.
#[derive(Debug)]
pub(crate) struct Recording {
    file: File,
    /// Whether it ends in the middle of a line.
    is_cut: bool,
}

impl Recording {
    /// Opens a file to append to it, and creates it 0600 if none exists.
    pub(crate) fn open(path: &Path) -> files::Result<Self> {
        let mut file = files::append(path)?;
        let is_cut = ends_in_a_line(&mut file);
        let is_cut = is_cut.map_err(|error| files::Error::Io(path.to_owned(), error))?;
        Ok(Self { file, is_cut })
    }

    /// Appends whole lines, and returns once they are on disk. If that fails, none of them is in the
    /// file, as far as that is possible.
    pub(crate) fn append(&mut self, lines: &str) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let begun = if self.is_cut { "\n" } else { "" };
        let mut left = format!("{begun}{lines}").into_bytes();
        let mut written = 0;
        let result = loop {
            if left.is_empty() {
                break self.file.sync_data();
            }
            match self.file.write(&left) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    written += count as u64;
                    left.drain(..count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        match result {
            Ok(()) => self.is_cut = false,
            Err(_) => self.take_back(before, written),
        }
        result
    }

    /// Removes what was written last, unless someone else has appended more.
    fn take_back(&mut self, before: u64, written: u64) {
        let is_last = self
            .file
            .metadata()
            .is_ok_and(|now| now.len() == before + written);
        let is_back = is_last && self.file.set_len(before).is_ok();
        // A newline too many is no harm.
        self.is_cut |= !is_back && written > 0;
    }
}

/// Whether the last line has no end.
fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// One line of a recording.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Delivery(Box<Received>),
    /// A line of another type, such as those that `listen` prints around the deliveries.
    Other,
    /// Not JSON, or not a whole delivery.
    Broken,
}

impl Line {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Typed {
            r#type: Option<String>,
        }
        if line.trim_ascii().is_empty() {
            return Self::Other;
        }
        let Ok(typed) = serde_json::from_slice::<Typed>(line) else {
            return Self::Broken;
        };
        if typed.r#type.as_deref() != Some("delivery") {
            return Self::Other;
        }
        let read = serde_json::from_slice(line);
        read.map_or(Self::Broken, |received| Self::Delivery(Box::new(received)))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn lines_are_appended_and_a_cut_line_gets_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.ndjson");
        Recording::open(&path).unwrap().append("one\n").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&path, "one\ntw").unwrap();
        let mut recording = Recording::open(&path).unwrap();
        recording.append("three\nfour\n").unwrap();
        recording.append("five\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "one\ntw\nthree\nfour\nfive\n");
    }

    #[test]
    fn what_is_taken_back_is_not_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.ndjson");
        let mut recording = Recording::open(&path).unwrap();
        recording.append("one\n").unwrap();
        recording.file.write_all(b"tw").unwrap();
        recording.take_back(4, 2);
        recording.append("three\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\nthree\n");
        // Someone else has appended more.
        recording.file.write_all(b"fo").unwrap();
        recording.take_back(10, 1);
        recording.append("five\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\nthree\nfo\nfive\n");
    }

    #[test]
    fn a_line_is_a_delivery_another_one_or_broken() {
        let line = r#"{"type":"delivery","number":1,"time":"t","method":"POST","path":"/","event":null,"request_id":null,"headers":[{"key":"a","value":null,"protected":true}],"payload":null,"bytes":4,"verified":null,"repeat":false,"answered":200,"duration_ms":0,"problem":null}"#;
        let Line::Delivery(read) = Line::read(line.as_bytes()) else {
            panic!("not read");
        };
        assert_eq!(read.payload.as_ref().unwrap().as_str(), "null");
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
        for other in [
            "",
            " \r",
            r#"{"type":"ready","url":"x"}"#,
            "{}",
            r#"{"type":null}"#,
        ] {
            assert_eq!(Line::read(other.as_bytes()), Line::Other, "{other}");
        }
        for end in 1..line.len() {
            assert_eq!(Line::read(&line.as_bytes()[..end]), Line::Broken, "{end}");
        }
        for broken in ["x", "[]", r#"{"type":"delivery"}"#, "\u{0}"] {
            assert_eq!(Line::read(broken.as_bytes()), Line::Broken, "{broken}");
        }
    }
}
