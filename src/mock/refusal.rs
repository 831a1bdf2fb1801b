//! An error response, in the platform's error JSON: one sentence that names the field.

use axum::{
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};

use crate::{
    mock::{reply, store},
    model::{error_body::ErrorBody, invalid::Invalid},
};

/// The response to a call.
pub(crate) type Result<T = Response> = std::result::Result<T, Refusal>;

/// Why a call is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: String,
}

impl Refusal {
    /// A refusal with a status and a message.
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
        }
    }

    /// 400.
    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// 401.
    pub(crate) fn unauthorized(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error)
    }

    /// 403.
    pub(crate) fn forbidden(error: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, error)
    }

    /// 404, for what the platform calls `what`.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} was not found"))
    }

    /// Only the message.
    #[cfg(test)]
    pub(crate) fn sentence(&self) -> &str {
        &self.error
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.with_field())
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        let status = match error {
            store::Error::Invalid(_) => StatusCode::BAD_REQUEST,
            store::Error::Missing(_) => StatusCode::NOT_FOUND,
            store::Error::Busy | store::Error::Stopped | store::Error::Unusable(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            store::Error::Broken | store::Error::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = ErrorBody { error: self.error };
        let mut response = reply::answer(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        response
    }
}
