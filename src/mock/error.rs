//! Why a mock can't be started, or its database not be used.

use std::{io, path::PathBuf};

use crate::{
    files,
    model::failure::{Explain, Kind},
    server,
};

/// Why a mock can't be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file of the database, or one beside it, can't be used as it is.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// The file is no database, or that of another program.
    #[error("{} is not a database of the mock", .0.display())]
    NotADatabase(PathBuf),
    /// A later version of this program has changed it.
    #[error("{} was made by a newer version of ubihook", .0.display())]
    Newer(PathBuf),
    /// Another process has kept it to itself for too long.
    #[error("{} has been locked by another process for 5 s", .0.display())]
    Locked(PathBuf),
    /// SQLite can't work with it; the second part is what SQLite said.
    #[error("{}: {}", .0.display(), .1)]
    Broken(PathBuf, String),
    /// Something keeps it from its work until somebody has fixed that.
    #[error("{0}")]
    Unusable(String),
    /// The address can't be listened on.
    #[error(transparent)]
    Bind(#[from] server::Error),
    /// What is asked for isn't there; the platform's word for it.
    #[error("{0} was not found")]
    Missing(&'static str),
    /// A rule of the mock is against it.
    #[error("{0}")]
    Refused(String),
    /// What was counted is gone.
    #[error("{} was reset meanwhile: what became of the requests is not known", .0.display())]
    Reset(PathBuf),
    /// No thread or runtime could be started.
    #[error("can't start the mock: {0}")]
    Thread(io::Error),
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        Kind::Unexpected
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Files(error) => return error.hint(),
            Self::Bind(error) => return error.hint(),
            Self::NotADatabase(_) => "name another database with --db, or move that file away",
            Self::Newer(_) => "update ubihook, or name another database with --db",
            Self::Locked(_) => "end the process that holds it, or name another one with --db",
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
