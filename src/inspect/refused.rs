//! The answer to a call that is refused: a sentence, as JSON.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{mock, model::invalid::Invalid};

/// The answer to a call that is refused.
pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Refused {
    Refused {
        status,
        error: why.into(),
    }
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    error: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.error}))).into_response()
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        refused(StatusCode::BAD_REQUEST, invalid.with_field())
    }
}

impl From<mock::Error> for Refused {
    fn from(error: mock::Error) -> Self {
        let status = match &error {
            mock::Error::Missing(_) => StatusCode::NOT_FOUND,
            mock::Error::Refused(_) => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        refused(status, error.to_string())
    }
}
