//! How a call can end badly, in words.

use std::time::Duration;

use super::reason::Cure;
use crate::model::{
    duration,
    failure::{Explain, Kind},
    host::ApiHost,
};

/// A call that didn't give what was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The token would travel unencrypted.
    #[error("the token would go to {0} over plain http, for anyone on the way to read")]
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
        "the answer was lost; the webhook is there, but its protected values could not be sent again: {0}"
    )]
    Unsure(Box<Error>),
    /// A change was sent, its answer was lost, and what is there now isn't what was sent.
    #[error("{0}")]
    Conflict(String),
}

impl Error {
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
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::PlainHttp(_) | Self::Setup(_) => Kind::Usage,
            Self::Status { status: 404, .. } => Kind::NotFound,
            Self::Status {
                status: 401 | 403, ..
            } => Kind::Auth,
            Self::Unsure(error) => error.kind(),
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
            Self::Unsure(error) => error.http_status(),
            _ => None,
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Unreachable { retryable, .. } => *retryable,
            Self::Unsure(error) => error.retryable(),
            _ => false,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unsure(error) => return error.hint(),
            Self::PlainHttp(_) => {
                "use an https address, or add --insecure-http if that network is yours"
            }
            Self::Status { status: 401, .. } => {
                "sign in with `ubihook auth login`, or set UBIOPS_API_TOKEN"
            }
            Self::Status { status: 403, .. } => {
                "see who you are with `ubihook auth status`; the token lacks a permission"
            }
            Self::Status {
                status: 300..=399, ..
            } => "redirects are not followed; give the address it moved to with --host",
            Self::NotTheApi { .. } => {
                "check the address: `ubihook auth status` shows it and where it came from"
            }
            Self::Unreachable {
                cure: Some(cure), ..
            } => match cure {
                Cure::TrustAuthority => {
                    "give the authority's certificate with --ca-cert FILE, if you trust it"
                }
                Cure::ProxyCredentials => {
                    "give the proxy's address as http://NAME:PASSWORD@HOST:PORT, in HTTPS_PROXY"
                }
            },
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn status_text(status: u16, message: Option<&str>) -> String {
    match (status, message) {
        (401, None) => "the platform does not accept the token".to_owned(),
        (403, None) => "the platform does not allow this to the token".to_owned(),
        (300..=399, _) => format!("the address answered {status}: the API is somewhere else"),
        (429, None) => "the platform allows no more calls for now".to_owned(),
        (500.., None) => format!("the platform is out of order ({status})"),
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
            "; it asks to wait {}, which is too long",
            duration::describe(*wait)
        )
    })
}
