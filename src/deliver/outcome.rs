//! The outcome of a call, in the platform's words.

use std::{fmt, time::Duration};

/// The outcome of a call. It contains neither URL nor headers, so it can be shown and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The status of the response, or why there is none.
    pub answer: Result<u16, Failure>,
    /// How long the call took.
    pub duration: Duration,
}

/// Why a call got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection, or the response wasn't HTTP.
    Connection,
    /// No response in time.
    Timeout,
    /// A kept connection was closed before the response began: the server had closed it before the
    /// call, so this is not an attempt.
    Stale,
    /// This process can't open another file or connection: nothing was sent.
    NoRoom,
    /// The webhook was disabled or deleted in the meantime: nothing was sent.
    Gone,
    /// The URL is that of the mock itself: nothing was sent.
    OwnAddress,
}

impl Outcome {
    /// Whether the event counts as delivered: a 2xx or a 3xx (reference, section 6).
    pub(crate) fn is_success(&self) -> bool {
        matches!(self.answer, Ok(200..=399))
    }

    /// Why it doesn't, in the platform's words; `None` for a success.
    pub(crate) fn error(&self) -> Option<String> {
        match self.answer {
            Ok(200..=399) => None,
            Ok(status) => Some(format!("Received status code {status}")),
            Err(failure) => Some(failure.to_string()),
        }
    }
}

impl Failure {
    /// The outcome of a call that could not even be started.
    pub(crate) fn at_once(self) -> Outcome {
        Outcome {
            answer: Err(self),
            duration: Duration::ZERO,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "Connection error",
            Self::Timeout => "Timeout",
            Self::Stale => "Connection closed before the call",
            Self::NoRoom => "Too many open files",
            Self::Gone => "Webhook disabled or deleted",
            Self::OwnAddress => "The URL is the mock's own address",
        })
    }
}
