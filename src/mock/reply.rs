//! Responses with a body.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::Serialize;

use crate::model::json::written;

/// A response whose body is this value as JSON.
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let body = written(body).expect("answers consist of text and numbers");
    json(status, body)
}

/// A response whose body is already JSON.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    // With capacity for the headers that every response gets, so that the map doesn't grow later.
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
