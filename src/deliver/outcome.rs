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
    /// Nothing answered, or not in HTTP.
    Connection(Cause),
    /// Not in so many seconds.
    Timeout(u16),
    /// A kept connection ended before the answer began: the server had closed it before the call,
    /// so this is not an attempt.
    Stale,
    /// This process can't open another file or connection: nothing was sent.
    NoRoom,
    /// The webhook was disabled or deleted in the meantime: nothing was sent.
    Gone,
    /// A fault that was asked for: nothing was sent.
    Dropped,
    /// The URL is that of the mock itself: nothing was sent.
    OwnAddress,
}

/// What kept a call from its answer, as this machine saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Refused,
    NoSuchHost,
    NoWay,
    /// The connection ended before an answer.
    Closed,
    NotHttp,
    Certificate(Certificate),
    Unknown,
}

/// What is wrong with the certificate that the receiver showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    UnknownAuthority,
    Expired,
    OtherName,
    Invalid,
}

impl Cause {
    fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::Refused => "refused",
            Self::NoSuchHost => "no such host",
            Self::NoWay => "unreachable",
            Self::Closed => "closed before an answer",
            Self::NotHttp => "not HTTP",
            Self::Certificate(Certificate::UnknownAuthority) => {
                "certificate of an unknown authority"
            }
            Self::Certificate(Certificate::Expired) => "certificate expired",
            Self::Certificate(Certificate::OtherName) => "certificate for another name",
            Self::Certificate(Certificate::Invalid) => "certificate not valid",
            Self::Unknown => return None,
        })
    }
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
    /// Of a call with this limit.
    pub(super) fn timeout(limit: Duration) -> Self {
        Self::Timeout(u16::try_from(limit.as_secs()).unwrap_or(u16::MAX))
    }

    /// The outcome of a call that could not even be begun.
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
            Self::Connection(cause) => {
                f.write_str("Connection error")?;
                return match cause.words() {
                    Some(words) => write!(f, ": {words}"),
                    None => Ok(()),
                };
            }
            Self::Timeout(seconds) => return write!(f, "Timeout: no answer in {seconds} s"),
            Self::Stale => "Connection closed before the call",
            Self::NoRoom => "Too many open files",
            Self::Gone => "Webhook disabled or deleted",
            Self::Dropped => "Dropped by a fault",
            Self::OwnAddress => "The URL is the mock's own address",
        })
    }
}
