//! How a call can end badly, in words.

use std::time::Duration;

use super::reason::Cure;
use crate::model::{duration, host::ApiHost};

/// What a bad end means to the one who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The call was not allowed to begin.
    Usage,
    /// There is no such thing.
    NotFound,
    /// The token is not known, or may not do this.
    Auth,
    /// The platform said no.
    Refused,
    /// The platform said no because the name is taken.
    AlreadyExists,
    /// No answer of the API came.
    Unreachable,
}

/// A call that didn't give what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The token would travel unencrypted.
    #[error(
        "refusing to send the token to {0} over plain http: anyone on the network could read it"
    )]
    PlainHttp(ApiHost),
    /// The client can't be made: a certificate file, a proxy's address.
    #[error("{0}")]
    Setup(String),
    /// The platform answered with an error, in its own words where it gave any.
    #[error("{}", status_text(*.status, .message.as_deref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The platform's sentence, where the body was the API's.
        message: Option<String>,
    },
    /// The platform was busy or out of order to the end.
    #[error("{}{}", status_text(*.status, .message.as_deref()), waited_text(.wait.as_ref()))]
    Busy {
        /// 429 or 5xx.
        status: u16,
        /// The platform's sentence, where the body was the API's.
        message: Option<String>,
        /// A wait that was asked for and didn't fit.
        wait: Option<Duration>,
    },
    /// No connection, or none that stayed.
    #[error("could not reach {host}: {reason}")]
    Unreachable {
        /// Where to.
        host: ApiHost,
        /// What went wrong, without the callback's or anyone's credentials.
        reason: String,
        /// What helps, if anything does.
        cure: Option<Cure>,
        /// Whether the request may have arrived all the same.
        sent: bool,
        /// Whether the same call could work in a while.
        retryable: bool,
    },
    /// An answer came that isn't the API's.
    #[error("{host} answered {status} with {what}: that is not the UbiOps API")]
    NotTheApi {
        /// Who answered.
        host: ApiHost,
        /// The HTTP status.
        status: u16,
        /// What came instead.
        what: String,
    },
    /// A change was sent, its answer was lost, and what was done to make sure of it failed.
    #[error(
        "the response was lost; the webhook exists, but its protected values could not be sent again: {0}"
    )]
    Unsure(Box<Error>),
    /// A change was sent, its answer was lost, and what is there now isn't what was sent.
    #[error("{0}")]
    Conflict(String),
}

impl Error {
    /// What it means.
    pub fn kind(&self) -> Kind {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) => Kind::Usage,
            Self::Status { status: 404, .. } => Kind::NotFound,
            Self::Status {
                status: 401 | 403, ..
            } => Kind::Auth,
            Self::Status { status: 409, .. } => Kind::AlreadyExists,
            Self::Status {
                message: Some(text),
                ..
            } if says_taken(text) => Kind::AlreadyExists,
            Self::Unsure(error) => error.kind(),
            Self::Status { .. } | Self::Conflict(_) => Kind::Refused,
            Self::Busy { .. } | Self::Unreachable { .. } | Self::NotTheApi { .. } => {
                Kind::Unreachable
            }
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. }
            | Self::Busy { status, .. }
            | Self::NotTheApi { status, .. } => Some(*status),
            Self::Unsure(error) => error.status(),
            _ => None,
        }
    }

    /// Whether the same command could work in a while.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Unreachable { retryable, .. } => *retryable,
            Self::Unsure(error) => error.retryable(),
            _ => false,
        }
    }

    /// Whether the change may have been made although no answer says so.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } => *sent,
            // A success without a readable body.
            Self::NotTheApi { status, .. } => (200..300).contains(status),
            _ => false,
        }
    }

    /// Whether the call surely changed nothing: the platform refused it, or it never got there.
    pub fn did_nothing(&self) -> bool {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) | Self::Status { .. } => true,
            Self::Busy { status, .. } => *status == 429,
            Self::Unreachable { sent, .. } => !sent,
            Self::NotTheApi { .. } | Self::Unsure(_) | Self::Conflict(_) => false,
        }
    }

    /// Whether the platform itself says that the thing isn't there.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }

    /// What to type next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unsure(error) => return error.hint(),
            Self::PlainHttp(_) => {
                "use an https address, or add --insecure-http if you trust that network"
            }
            Self::Status { status: 401, .. } => {
                "sign in with `ubihook auth login`, or set UBIOPS_API_TOKEN"
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

/// The platform's own word for a name that is taken; 400 or 409, nobody outside knows.
fn says_taken(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("already exists") || text.contains("already in use")
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
            "; it asked for a wait of {}, longer than ubihook waits",
            duration::describe(*wait)
        )
    })
}
