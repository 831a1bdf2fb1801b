//! Which calls are answered: those of the page itself. A page of another site can make a browser call
//! this address, but it doesn't know the key, and its browser says where it comes from.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq as _;

use super::refused::refused;
use crate::server::Here;

/// The header with the key.
const KEY: &str = "x-ubihook-key";

/// The headers of all responses: the page may load only its own three files, and nothing may be cached or
/// embedded.
const ALWAYS: [(HeaderName, &str); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// What calls are checked against.
#[derive(Debug)]
pub(super) struct Guard {
    here: Here,
    key: String,
    /// Whether a path needs no key.
    is_open: fn(&str) -> bool,
}

impl Guard {
    /// For a server at `address`.
    pub(super) fn new(address: SocketAddr, key: String, is_open: fn(&str) -> bool) -> Self {
        let here = Here::at(address, Vec::new());
        Self { here, key, is_open }
    }

    /// Why a call is refused.
    fn refuses(&self, path: &str, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) if self.here.is(host.as_bytes()) => host.as_bytes(),
            _ => {
                let why = "the Host header is not the address of this page";
                return Some((StatusCode::FORBIDDEN, why));
            }
        };
        let own = [b"http://", host].concat();
        if headers
            .get_all(ORIGIN)
            .iter()
            .any(|origin| origin.as_bytes() != own)
        {
            return Some((StatusCode::FORBIDDEN, "calls from other pages are refused"));
        }
        if (self.is_open)(path) || headers.get(KEY).is_some_and(|key| self.opens(key)) {
            return None;
        }
        let why = "the key is missing or not valid: open the address that ubihook printed";
        Some((StatusCode::UNAUTHORIZED, why))
    }

    fn opens(&self, key: &HeaderValue) -> bool {
        key.as_bytes().ct_eq(self.key.as_bytes()).into()
    }
}

/// Answers or refuses a call.
pub(super) async fn layer(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match guard.refuses(request.uri().path(), request.headers()) {
        None => next.run(request).await,
        Some((status, why)) => refused(status, why).into_response(),
    };
    for (name, value) in ALWAYS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_itself_is_answered() {
        let guard = Guard::new(([127, 0, 0, 1], 8000).into(), "k".repeat(32), |path| {
            path == "/_inspect/"
        });
        let refused = |path: &str, headers: &[(&str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                let name = name.parse::<HeaderName>().unwrap();
                map.append(name, value.parse().unwrap());
            }
            guard.refuses(path, &map).map(|(status, _)| status.as_u16())
        };
        let key = "k".repeat(32);
        let (here, key) = (("host", "127.0.0.1:8000"), ("x-ubihook-key", &*key));
        let stream = "/_inspect/stream";
        assert_eq!(refused("/_inspect/", &[here]), None);
        assert_eq!(refused(stream, &[here, key]), None);
        let own = ("origin", "http://127.0.0.1:8000");
        assert_eq!(refused(stream, &[here, key, own]), None);
        let local = [
            ("host", "localhost:8000"),
            ("origin", "http://localhost:8000"),
        ];
        assert_eq!(refused(stream, &[local[0], local[1], key]), None);
        for headers in [
            &[here][..],
            &[here, ("x-ubihook-key", "")],
            &[here, ("x-ubihook-key", "kkk")],
        ] {
            assert_eq!(refused(stream, headers), Some(401), "{headers:?}");
        }
        for headers in [
            &[key][..],
            &[("host", "127.0.0.1:8001"), key],
            &[("host", "evil.test"), key],
            &[here, here, key],
            &[here, key, ("origin", "null")],
            &[here, key, ("origin", "http://evil.test")],
            &[here, key, ("origin", "http://localhost:8000")],
            &[here, key, own, ("origin", "http://evil.test")],
        ] {
            assert_eq!(refused(stream, headers), Some(403), "{headers:?}");
        }
        assert_eq!(refused("/_inspect/", &[("host", "evil.test")]), Some(403));
    }
}
