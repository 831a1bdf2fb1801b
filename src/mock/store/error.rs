//! Why a read or a write failed.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::{mock::error as mock, model::invalid::Invalid};

/// Why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What the call names doesn't exist; the platform's word for it.
    #[error("{0} was not found")]
    Missing(&'static str),
    /// A rule that depends on the state was violated.
    #[error("{}", .0.with_field())]
    Invalid(#[from] Invalid),
    /// Another process has locked the database.
    #[error("the mock's database has been locked by another process for 5 s")]
    Busy,
    /// The mock is being stopped.
    #[error("the mock is being stopped")]
    Stopped,
    /// Nothing can be written or delivered until someone fixes the problem.
    #[error("{0}")]
    Unusable(String),
    /// A row can't be parsed, because another program has changed it.
    #[error("the mock's database failed: a row was changed by another program")]
    Broken,
    /// SQLite failed. Its messages name tables and columns, never values.
    #[error("the mock's database failed: {0}")]
    Failed(String),
}

impl Error {
    /// For code that works on this database without a call.
    pub(crate) fn of(self, db: &Path) -> mock::Error {
        match self {
            Self::Missing(what) => mock::Error::Missing(what),
            Self::Invalid(invalid) => mock::Error::Refused(invalid.with_field()),
            Self::Busy => mock::Error::Locked(db.to_owned()),
            Self::Unusable(why) => mock::Error::Unusable(why),
            error => mock::Error::Broken(db.to_owned(), error.to_string()),
        }
    }

    /// A copy of the error for each call of a group that failed as a whole.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Busy => Self::Busy,
            Self::Stopped => Self::Stopped,
            Self::Unusable(why) => Self::Unusable(why.clone()),
            other => Self::Failed(other.words()),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Failed(why) => why.clone(),
            other => other.to_string(),
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        (&error).into()
    }
}

impl From<&rusqlite::Error> for Error {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(code) if is_unusable(code) => {
                Self::Unusable(format!("the mock's database can't be used: {error}"))
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Whether the file or the disk is the cause, rather than one statement.
fn is_unusable(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::PermissionDenied
    )
}

/// Whether an insert failed because the name is taken.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
        && matches!(
            error,
            rusqlite::Error::SqliteFailure(failure, _)
                if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
        )
}
