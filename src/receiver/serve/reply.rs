//! Responses, and the reasons for which a call is refused.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};

/// Why a call is no delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(super) why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Text(&'static str),
    /// A header that is checked: the sender learns no more.
    Header,
}

impl Refusal {
    pub(super) const fn new(status: u16, why: &'static str) -> Self {
        Self {
            status,
            why: Why::Text(why),
        }
    }

    pub(super) const UNVERIFIED: Self = Self {
        status: 401,
        why: Why::Header,
    };

    pub(super) fn text(self) -> &'static str {
        match self.why {
            Why::Text(text) => text,
            Why::Header => "a header that identifies the sender is missing or differs",
        }
    }

    /// The response, with one line that has none of the sender's words.
    pub(crate) fn reply(self) -> Reply {
        let mut headers = HeaderMap::new();
        if self.status == 405 {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        Reply {
            status: self.status,
            headers,
            body: format!("{}\n", self.text()).into(),
            delay: Duration::ZERO,
        }
    }
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The pause before it.
    pub(crate) delay: Duration,
}

impl Reply {
    /// A status alone, after a pause.
    pub(crate) fn of(status: u16, delay: Duration) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay,
        }
    }

    /// The response to a call that comes too soon.
    pub(crate) fn busy() -> Self {
        let mut reply = Self::of(503, Duration::ZERO);
        reply
            .headers
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        reply
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        *response.headers_mut() = self.headers;
        response
    }
}
