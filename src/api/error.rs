//! The errors of calls, and their messages.

use std::time::Duration;

use super::reason::Cure;
use crate::model::{
    duration,
    failure::{Explain, Kind},
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
    /// The client can't be made: an unusable certificate file or proxy address.
    #[error("{0}")]
    Setup(String),
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
        reason: String,
        /// What could help, if known.
        cure: Option<Cure>,
        /// Whether the request may have arrived nevertheless.
        sent: bool,
        /// Whether the same call could succeed later.
        retryable: bool,
    },
    /// The response isn't the API's.
    #[error("{host} answered {status} with {what}: that is not the UbiOps API")]
    NotTheApi {
        /// The host that responded.
        host: ApiHost,
        /// The HTTP status.
        status: u16,
        /// What the response was instead.
        what: String,
    },
    /// A change was sent, its response was lost, and the attempt to confirm it failed.
    #[error(
        "the response was lost; the webhook exists, but its protected values could not be sent again: {0}"
    )]
    Unconfirmed(Box<Error>),
    /// A change was sent, its response was lost, and the current state isn't what was sent.
    #[error("{0}")]
    Conflict(String),
}

impl Error {
    /// Whether the change may have been made although no response confirms it.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } => *sent,
            // A success without a readable body.
            Self::NotTheApi { status, .. } => (200..300).contains(status),
            _ => false,
        }
    }

    /// Whether the call certainly changed nothing: the platform refused it, or never received it.
    pub fn did_nothing(&self) -> bool {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) | Self::Status { .. } => true,
            Self::Busy { status, .. } => *status == 429,
            Self::Unreachable { sent, .. } => !sent,
            Self::NotTheApi { .. } | Self::Unconfirmed(_) | Self::Conflict(_) => false,
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
            Self::Unconfirmed(error) => error.kind(),
            Self::Status { .. } | Self::Conflict(_) => Kind::Refused,
            Self::Busy { .. } | Self::Unreachable { .. } | Self::NotTheApi { .. } => {
                Kind::Unreachable
            }
        }
    }

    fn http_status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. }
            | Self::Busy { status, .. }
            | Self::NotTheApi { status, .. } => Some(*status),
            Self::Unconfirmed(error) => error.http_status(),
            _ => None,
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Unreachable { retryable, .. } => *retryable,
            Self::Unconfirmed(error) => error.retryable(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unconfirmed(error) => return error.hint(),
            Self::PlainHttp(_) => {
                "use an https address, or add --insecure-http if you trust that network"
            }
            Self::Status { status: 401, .. } => {
                "sign in with `ubihook auth login`, or set UBIOPS_API_TOKEN"
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
            Self::NotTheApi { .. } => {
                "check the address: `ubihook auth status` shows it and where it comes from"
            }
            Self::Unreachable {
                cure: Some(cure), ..
            } => match cure {
                Cure::TrustAuthority => {
                    "if you trust the authority, pass its certificate with --ca-cert FILE"
                }
                Cure::ProxyCredentials => "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT",
            },
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn status_text(status: u16, message: Option<&str>) -> String {
    match (status, message) {
        (401, None) => "the platform rejected the token".to_owned(),
        (403, None) => "the token is not allowed to do this".to_owned(),
        (300..=399, _) => format!("the address redirects ({status}); is the host right?"),
        (429, None) => "rate limit exceeded".to_owned(),
        (500.., None) => format!("the platform reported a server error ({status})"),
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
