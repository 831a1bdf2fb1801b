//! The errors of calls, and their messages.

use std::time::Duration;

use crate::model::{
    duration,
    failure::{Concern, Explain, Kind},
    host::ApiHost,
};

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The token would be sent unencrypted.
    #[error(
        "refusing to send the token to {0} over plain http: anyone on the network could read it"
    )]
    PlainHttp(ApiHost),
    /// The client can't be made: a certificate file can't be used.
    #[error("{0}")]
    Setup(String),
    /// The calls would go through a proxy that can't be used.
    #[error("{0}")]
    Proxy(String),
    /// The platform responded with an error, with its own message if it gave one.
    #[error("{}", status_text(*.status, .message.as_deref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The platform's message, if the body was the API's.
        message: Option<String>,
    },
    /// The platform was overloaded or failing on every attempt.
    #[error("{}{}", status_text(*.status, .message.as_deref()), waited_text(.wait.as_ref()))]
    Busy {
        /// 429 or 5xx.
        status: u16,
        /// The platform's message, if the body was the API's.
        message: Option<String>,
        /// The requested wait, if it was too long.
        wait: Option<Duration>,
    },
    /// No connection, or one that was lost.
    #[error("could not reach {host}: {reason}")]
    Unreachable {
        /// The host that was called.
        host: ApiHost,
        /// What went wrong, without any credentials.
        reason: Box<str>,
        /// What could help, if known.
        hint: Option<Box<str>>,
        /// Whether the request may have arrived nevertheless.
        sent: bool,
        /// Whether the same call could succeed later.
        retryable: bool,
    },
    /// The response isn't the API's.
    #[error("{host} answered {status} with {what}: that is not the UbiOps API{}", waited_text(.wait.as_ref()))]
    NotTheApi {
        /// The host that responded.
        host: ApiHost,
        /// The HTTP status.
        status: u16,
        /// What the response was instead.
        what: &'static str,
        /// The requested wait, if it was too long.
        wait: Option<Duration>,
    },
    /// A change was sent, and its response was lost.
    #[error("the response was lost; {state}: {error}")]
    Lost {
        /// What is known about the webhook now, as a sentence.
        state: &'static str,
        /// Why there was no response, or why sending its values again failed.
        error: Box<Error>,
    },
    /// A change was sent, its response was lost, and the current state isn't what was sent.
    #[error("{0}")]
    Conflict(String),
}

impl Error {
    /// Whether the change may have been made although no response confirms it.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Unreachable { sent: true, .. }) || self.is_unreadable()
    }

    /// Whether it is a success without a readable body.
    pub fn is_unreadable(&self) -> bool {
        matches!(
            self,
            Self::NotTheApi {
                status: 200..300,
                ..
            }
        )
    }

    /// Whether the call certainly changed nothing: the platform refused it, or never received it.
    pub fn did_nothing(&self) -> bool {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) | Self::Proxy(_) | Self::Status { .. } => true,
            Self::Busy { status, .. } | Self::NotTheApi { status, .. } => *status == 429,
            Self::Unreachable { sent, .. } => !sent,
            Self::Lost { .. } | Self::Conflict(_) => false,
        }
    }

    /// Whether the platform itself reports that the resource doesn't exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) => Kind::Usage,
            Self::Status { status: 404, .. } => Kind::NotFound,
            Self::Status {
                status: 401 | 403, ..
            } => Kind::Auth,
            // A server error, even one that is not temporary, says nothing about the webhook.
            Self::Status { status: 500.., .. }
            | Self::Busy { .. }
            | Self::Proxy(_)
            | Self::Unreachable { .. }
            | Self::NotTheApi { .. } => Kind::Unreachable,
            Self::Lost { error, .. } => error.kind(),
            Self::Status { .. } | Self::Conflict(_) => Kind::Refused,
        }
    }

    fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. }
            | Self::Busy { status, .. }
            | Self::NotTheApi { status, .. } => Some(*status),
            Self::Lost { error, .. } => error.http_status(),
            _ => None,
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::NotTheApi { status, .. } => is_passing(*status),
            Self::Unreachable { retryable, .. } => *retryable,
            Self::Lost { error, .. } => error.retryable(),
            _ => false,
        }
    }

    fn concern(&self) -> Option<Concern> {
        match self {
            Self::PlainHttp(_) | Self::Unreachable { .. } | Self::NotTheApi { .. } => {
                Some(Concern::Host)
            }
            Self::Status { status: 401, .. } => Some(Concern::Token),
            Self::Lost { error, .. } => error.concern(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Lost { error, .. } => return error.hint(),
            Self::PlainHttp(_) => {
                "use an https address, or add --insecure-http if you trust that network"
            }
            Self::Status { status: 401, .. } => {
                "set UBIOPS_API_TOKEN to a valid token, or unset it and sign in with `ubihook auth login`"
            }
            Self::Status {
                status: 403,
                message: Some(message),
                ..
            } if message.contains("--allow-host") => {
                "restart the mock with that option, or call it by its address"
            }
            Self::Status { status: 403, .. } => {
                "the token lacks a permission; `ubihook auth status` shows whose token it is"
            }
            Self::Status {
                status: 300..=399, ..
            } => "redirects are not followed; pass the new address with --host",
            Self::NotTheApi {
                status: 401 | 403 | 407,
                ..
            } => {
                "a firewall or proxy may have answered; `ubihook auth status` shows the address and \
                 where it comes from"
            }
            Self::NotTheApi { status, .. } if is_passing(*status) => {
                "a gateway or proxy may have answered; try again later"
            }
            Self::NotTheApi { .. } => {
                "check the address: `ubihook auth status` shows it and where it comes from"
            }
            Self::Unreachable { hint, .. } => return hint.as_deref().map(str::to_owned),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Whether the same call may be answered differently later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

fn status_text(status: u16, message: Option<&str>) -> String {
    match (status, message) {
        (401, None) => "the platform rejected the token".to_owned(),
        (403, None) => "the token is not allowed to do this".to_owned(),
        (300..=399, _) => format!("the address redirects ({status}); is the host right?"),
        (429, None) => "rate limit exceeded".to_owned(),
        (status, None) if is_passing(status) => {
            format!("the platform reported a server error ({status})")
        }
        (_, None) => format!("the platform answered {status}"),
        (_, Some(message)) => format!(
            "{} (the platform answered {status})",
            message.trim_end_matches('.')
        ),
    }
}

fn waited_text(wait: Option<&Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!(
            "; it asked to wait {}, longer than ubihook waits",
            duration::describe(*wait)
        )
    })
}
