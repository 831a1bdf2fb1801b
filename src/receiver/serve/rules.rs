//! Whether a call is a delivery, and what is shown of it.

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST, ORIGIN, TRANSFER_ENCODING},
        request::Parts,
    },
};
use jiff::Timestamp;

use super::reply::{Refusal, Why};
use crate::{
    model::{
        header::carries_credentials,
        received::{Received, ReceivedHeader, Type},
    },
    receiver::{body::Content, verify::Required},
    server::Here,
};

/// The largest body that is read.
pub(super) const MAX_BODY: usize = 1 << 20;
pub(super) const TOO_LARGE: Refusal = Refusal::new(413, "the body is larger than 1 MiB");

/// What makes a call a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// The path; those below it count too.
    pub(crate) path: String,
    /// Whether any body is accepted.
    pub(crate) any: bool,
    /// The names of this server; `None` if any is right.
    pub(crate) here: Option<Here>,
    /// The headers that identify the sender.
    pub(crate) required: Required,
}

impl Rules {
    /// Why a call is refused before its body is read.
    pub(super) fn refuses(&self, parts: &Parts) -> Option<Refusal> {
        let headers = &parts.headers;
        if headers.contains_key(ORIGIN) {
            return Some(Refusal::new(403, "calls from web pages are refused"));
        }
        if let Some(here) = &self.here {
            let mut hosts = headers.get_all(HOST).iter();
            let is_right = match (hosts.next(), hosts.next()) {
                (None, _) => true,
                (Some(host), None) => here.is(host.as_bytes()),
                _ => false,
            };
            if !is_right {
                let why = "the Host header is not the address of this listener; --allow-host accepts \
                           another name";
                return Some(Refusal::new(403, why));
            }
        }
        if !self.is_below(parts.uri.path()) {
            return Some(Refusal::new(
                404,
                "deliveries are accepted at a different path",
            ));
        }
        if parts.method != Method::POST {
            return Some(Refusal::new(405, "a delivery is a POST"));
        }
        let length = headers.get(CONTENT_LENGTH);
        if length.is_none() && !headers.contains_key(TRANSFER_ENCODING) {
            return Some(Refusal::new(411, "the request has no Content-Length"));
        }
        let encoding = headers.get(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Some(Refusal::new(415, "the body has a Content-Encoding"));
        }
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        length
            .is_some_and(|length| length > MAX_BODY)
            .then_some(TOO_LARGE)
    }

    fn is_below(&self, path: &str) -> bool {
        let own = self.path.trim_end_matches('/');
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What is shown of a call, and why it is refused, if it is.
    pub(super) fn describe(
        &self,
        parts: &Parts,
        body: &Bytes,
        refused: Option<Refusal>,
        time: Timestamp,
    ) -> (Received, Option<Refusal>) {
        let wrong = self.required.problem(&parts.headers);
        let verified = (!self.required.is_empty()).then_some(wrong.is_none());
        let mut content = Content::default();
        if refused.is_none() {
            content = Content::read(body);
        }
        let not_one = || content.problem().filter(|_| !self.any);
        let refused = refused
            .or(wrong.is_some().then_some(Refusal::UNVERIFIED))
            .or_else(|| not_one().map(|why| Refusal::new(400, why)));
        let problem = refused.map(|refused| match (refused.why, wrong) {
            (Why::Header, Some(wrong)) => wrong,
            _ => refused.text().to_owned(),
        });
        let path = parts.uri.path_and_query();
        let received = Received {
            r#type: Type::Delivery,
            number: 0,
            time: format!("{time:.6}"),
            method: parts.method.to_string(),
            path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
            event: content.event,
            request_id: content.request_id,
            headers: self.shown(&parts.headers),
            payload: content.payload,
            body: content.text,
            body_base64: content.base64,
            bytes: body.len() as u64,
            verified,
            repeat: false,
            answered: 0,
            duration_ms: 0,
            problem,
        };
        (received, refused)
    }

    /// The headers, without the values that are or may be secrets.
    fn shown(&self, headers: &HeaderMap) -> Vec<ReceivedHeader> {
        let one = |(name, value): (&HeaderName, &HeaderValue)| {
            let protected = self.is_protected(name.as_str());
            ReceivedHeader {
                key: name.to_string(),
                value: (!protected).then(|| String::from_utf8_lossy(value.as_bytes()).into_owned()),
                protected,
            }
        };
        headers.iter().map(one).collect()
    }

    /// Whether a header's value is never shown. The name is in lower case.
    pub(crate) fn is_protected(&self, name: &str) -> bool {
        self.required.has(name) || carries_credentials(name)
    }
}
