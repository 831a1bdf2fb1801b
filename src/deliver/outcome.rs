//! The outcome of a call, in the platform's words.

use std::{fmt, io::ErrorKind, time::Duration};

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
    /// Not within this many seconds.
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
    /// The URL is the mock's own: nothing was sent.
    OwnAddress,
    /// The response is too large to be passed on.
    TooLarge,
}

/// What kept a call from its answer, as this machine saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Refused,
    NoSuchHost,
    /// No name server answered.
    NoNameServer,
    NoWay,
    /// The system gave up opening the connection.
    TimedOut,
    /// The system doesn't allow it.
    NotAllowed,
    /// This process can't open another file.
    NoFiles,
    /// The connection ended before an answer.
    Closed,
    NotHttp,
    Certificate(Certificate),
    Tls(Tls),
    /// The proxy wants a user name and a password, or others.
    ProxyWantsCredentials,
    ProxyRefused,
    Io(ErrorKind),
    Unknown,
}

/// What is wrong with the certificate that the other side showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    UnknownAuthority,
    Expired,
    NotYetValid,
    OtherName,
    OtherPurpose,
    Revoked,
    /// A signature of a kind that isn't supported.
    Algorithm,
    /// It is an authority's, not a server's.
    OfAnAuthority,
    Invalid,
}

/// Why there was no encrypted connection, if not for the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// The other side doesn't speak TLS.
    Absent,
    /// No version or cipher.
    NothingInCommon,
    /// The other side shows none.
    NoCertificate,
    /// The other side wants one.
    WantsCertificate,
    /// The other side has no certificate for the name.
    UnknownName,
    Failed,
}

impl Cause {
    pub(super) fn words(self) -> String {
        match self {
            Self::Refused => "refused",
            Self::NoSuchHost => "no such host",
            Self::NoNameServer => "name lookup failed",
            Self::NoWay => "unreachable",
            Self::TimedOut => "timed out",
            Self::NotAllowed => "not allowed by this machine",
            Self::NoFiles => "too many open files",
            Self::Closed => "closed before an answer",
            Self::NotHttp => "not HTTP",
            Self::Certificate(certificate) => match certificate {
                Certificate::UnknownAuthority => "certificate of an unknown authority",
                Certificate::Expired => "certificate expired",
                Certificate::NotYetValid => "certificate not valid yet",
                Certificate::OtherName => "certificate for another name",
                Certificate::OtherPurpose => "certificate not for servers",
                Certificate::Revoked => "certificate revoked",
                Certificate::Algorithm => "certificate with an unsupported signature",
                Certificate::OfAnAuthority => "certificate of an authority, not of a server",
                Certificate::Invalid => "certificate not valid",
            },
            Self::Tls(tls) => match tls {
                Tls::Absent => "not TLS",
                Tls::NothingInCommon => "no TLS version or cipher in common",
                Tls::NoCertificate => "no certificate shown",
                Tls::WantsCertificate => "a client certificate is required",
                Tls::UnknownName => "no certificate for this name",
                Tls::Failed => "TLS handshake failed",
            },
            Self::ProxyWantsCredentials => "the proxy requires authentication",
            Self::ProxyRefused => "refused by the proxy",
            Self::Io(kind) => return kind.to_string(),
            Self::Unknown => "the call could not be made",
        }
        .to_owned()
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
                return write!(f, "Connection error: {}", cause.words());
            }
            Self::Timeout(seconds) => return write!(f, "Timeout: no answer in {seconds} s"),
            Self::Stale => "Connection closed before the call",
            Self::NoRoom => "Too many open files",
            Self::Gone => "Webhook disabled or deleted",
            Self::Dropped => "Dropped by a fault",
            Self::TooLarge => "The response is larger than 1 MiB",
            Self::OwnAddress => "The URL is the mock's own address",
        })
    }
}
