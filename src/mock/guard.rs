//! Which calls are allowed: those with the token, and never those of a web page, whatever it makes
//! a browser do.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{AUTHORIZATION, HOST, ORIGIN, USER_AGENT},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use subtle::ConstantTimeEq as _;

use crate::{
    mock::{
        engine,
        refusal::{Refusal, Result},
        tickets::Tickets,
        uri,
    },
    model::{secret::Secret, token::Token},
    server::{AllowedHost, Here},
};

/// What calls are checked against.
#[derive(Debug)]
pub(crate) struct Guard {
    here: Here,
    token: Secret,
    tickets: Tickets,
}

impl Guard {
    /// For a mock that listens at `address`.
    pub(crate) fn new(
        address: SocketAddr,
        allowed: Vec<AllowedHost>,
        token: &Token,
        tickets: Tickets,
    ) -> Self {
        Self {
            here: Here::at(address, allowed),
            tickets,
            token: token.bare(),
        }
    }

    fn check(&self, call: &Request) -> Result<()> {
        let (headers, uri) = (call.headers(), call.uri());
        let mut hosts = headers.get_all(HOST).iter();
        match (hosts.next(), hosts.next()) {
            (Some(host), None) if self.here.is(host.as_bytes()) => {}
            (Some(host), None) => return Err(Refusal::forbidden(no_name_of_it(host))),
            _ => {
                return Err(Refusal::forbidden(
                    "the Host header must be the mock's address",
                ));
            }
        }
        if headers.contains_key(ORIGIN) {
            return Err(Refusal::forbidden("the mock rejects calls from web pages"));
        }
        // A webhook can call another mock on the same database, which doesn't know the address.
        if headers
            .get(USER_AGENT)
            .is_some_and(|agent| agent.as_bytes().starts_with(engine::AGENT.as_bytes()))
        {
            return Err(Refusal::forbidden(
                "the mock rejects deliveries from a mock: they could trigger new ones endlessly",
            ));
        }
        let path = uri.path();
        if uri::is_open(path) || self.tickets.allow(call.method(), path, uri.query()) {
            return Ok(());
        }
        let sent = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        match sent.and_then(bare) {
            Some(token) if same(token, self.token.expose().as_bytes()) => Ok(()),
            Some(_) => Err(Refusal::unauthorized("the token is not valid")),
            None => Err(Refusal::unauthorized(
                "the Authorization header must be `Token` or `Bearer`, followed by a token",
            )),
        }
    }
}

/// Why a host is not the mock. Text that is not a name is not repeated.
fn no_name_of_it(host: &HeaderValue) -> String {
    let (name, _) = Here::split_port(host.to_str().unwrap_or_default());
    match name.parse::<AllowedHost>() {
        Ok(name) => format!(
            "the Host header must be the mock's address; `mock serve --allow-host {name}` accepts \
             `{name}` too"
        ),
        Err(_) => "the Host header must be the mock's address".to_owned(),
    }
}

/// A token without its prefix.
fn bare(value: &[u8]) -> Option<&[u8]> {
    let at = value.iter().position(|byte| *byte == b' ')?;
    let (prefix, rest) = value.split_at(at);
    let known = ["token", "bearer"]
        .iter()
        .any(|word| prefix.eq_ignore_ascii_case(word.as_bytes()));
    known.then(|| rest.trim_ascii())
}

/// Compares without revealing by its duration where two values of equal length differ.
fn same(sent: &[u8], expected: &[u8]) -> bool {
    sent.ct_eq(expected).into()
}

/// Accepts or refuses a call, and adds the headers that all of the platform's responses have.
pub(crate) async fn layer(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let allowed = guard.check(&request);
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    // The mock has no rate limits, so it counts nothing (reference, section 11, line 37).
    for (name, value) in [
        ("x-ratelimit-limit", "300"),
        ("x-ratelimit-remaining", "299"),
        ("x-ratelimit-reset", "60"),
    ] {
        // A fault may have set them.
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_it_by_another_name_is_told_how_to() {
        let said = |host: &'static str| no_name_of_it(&HeaderValue::from_static(host));
        assert!(said("other:81").contains("`mock serve --allow-host other`"));
        assert!(!said("a b;c").contains("a b"));
        for bad in ["", "http://mock", "mock:80", "a b", "[::1]"] {
            assert!(bad.parse::<AllowedHost>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_needs_its_prefix_and_every_letter() {
        for good in ["Token abc", "token abc", "Bearer abc", "Token  abc"] {
            assert_eq!(bare(good.as_bytes()), Some(b"abc".as_slice()), "{good}");
        }
        assert_eq!(bare(b"abc"), None);
        assert_eq!(bare(b"Basic abc"), None);
        assert!(same(b"abc", b"abc"));
        for bad in ["abd", "ab", "abcd", "", "Abc"] {
            assert!(!same(bad.as_bytes(), b"abc"), "{bad}");
        }
    }
}
