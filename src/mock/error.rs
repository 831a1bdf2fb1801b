//! Why a mock can't be started, or its database can't be used.

use std::{io, path::PathBuf};

use crate::{
    files,
    model::failure::{Explain, Kind},
    server,
};

/// Why a mock can't be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database file, or one next to it, can't be used as it is.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// The file is not a database, or belongs to another program.
    #[error("{} is not a mock database", .0.display())]
    NotADatabase(PathBuf),
    /// A later version of this program created it.
    #[error("{} was made by a newer version of ubihook", .0.display())]
    Newer(PathBuf),
    /// Another process has locked it for too long.
    #[error("{} has been locked by another process for 5 s", .0.display())]
    Locked(PathBuf),
    /// SQLite can't work with it; the second part is SQLite's message.
    #[error("{}: {}", .0.display(), .1)]
    Broken(PathBuf, String),
    /// A problem prevents it from working until someone fixes it.
    #[error("{0}")]
    Unusable(String),
    /// The address can't be listened on.
    #[error(transparent)]
    Bind(#[from] server::Error),
    /// What was requested doesn't exist; the platform's word for it.
    #[error("{0} was not found")]
    Missing(&'static str),
    /// One of the mock's rules forbids it.
    #[error("{0}")]
    Refused(String),
    /// The requests that were counted no longer exist.
    #[error("{} was reset in the meantime; the outcome of the requests is unknown", .0.display())]
    Reset(PathBuf),
    /// No thread or runtime could be started.
    #[error("can't start the mock: {0}")]
    Thread(io::Error),
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        match self {
            // Errors in the user's input.
            Self::Missing(_) => Kind::NotFound,
            Self::Refused(_) => Kind::Usage,
            _ => Kind::Unexpected,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Files(error) => return error.hint(),
            Self::Bind(error) => return error.hint(),
            Self::NotADatabase(_) => "choose another database with --db, or move that file away",
            Self::Newer(_) => "update ubihook, or choose another database with --db",
            Self::Locked(_) => {
                "stop the process that holds it, or choose another database with --db"
            }
            Self::Broken(..)
            | Self::Unusable(_)
            | Self::Thread(_)
            | Self::Missing(_)
            | Self::Refused(_)
            | Self::Reset(_) => return None,
        };
        Some(hint.to_owned())
    }
}
