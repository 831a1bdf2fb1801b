//! Which headers a delivery must have, so that its sender is known.

use axum::http::{HeaderMap, HeaderValue};
use subtle::ConstantTimeEq as _;

use crate::model::{header::HeaderName, secret::Secret};

/// The headers that every delivery must have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Required(Vec<(HeaderName, Secret)>);

impl Required {
    /// These headers, with their values.
    pub(crate) fn new(headers: Vec<(HeaderName, Secret)>) -> Self {
        Self(headers)
    }

    /// Requires another header.
    pub(crate) fn add(&mut self, header: (HeaderName, Secret)) {
        self.0.push(header);
    }

    /// Whether nothing is required.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the value of this header is checked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(required, _)| required.is(name))
    }

    /// What is wrong with these headers, without any value. All values are compared, so that the
    /// time it takes doesn't show which one is wrong.
    pub(crate) fn problem(&self, headers: &HeaderMap) -> Option<String> {
        let mut problem = None;
        for (name, value) in &self.0 {
            let mut sent = headers.get_all(name.as_str()).iter();
            let found = match (sent.next(), sent.next()) {
                (None, _) => Some("is missing"),
                (Some(_), Some(_)) => Some("is sent twice"),
                (Some(one), None) => (!is_same(one, value)).then_some("differs"),
            };
            problem = problem.or(found.map(|what| format!("header `{name}` {what}")));
        }
        problem
    }
}

fn is_same(sent: &HeaderValue, value: &Secret) -> bool {
    // HTTP has no spaces at the ends of a value.
    let value = value.expose().trim_matches([' ', '\t']);
    sent.as_bytes().ct_eq(value.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scrub::Scrubber;

    #[test]
    fn every_header_must_be_there_once_with_its_value() {
        let secret = |value: &str| Scrubber::default().secret(value);
        let required = Required::new(vec![
            ("Authorization".parse().unwrap(), secret("Bearer abc")),
            ("X-Key".parse().unwrap(), secret("ключ ")),
        ]);
        let problem = |sent: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            required.problem(&headers)
        };
        let good = ("authorization", "Bearer abc");
        assert_eq!(problem(&[good, ("x-key", "ключ")]), None);
        for (sent, expected) in [
            (vec![good], "header `X-Key` is missing"),
            (vec![good, ("x-key", "ключи")], "header `X-Key` differs"),
            (
                vec![("authorization", "Bearer abd"), ("x-key", "ключ")],
                "header `Authorization` differs",
            ),
            (
                vec![good, good, ("x-key", "ключ")],
                "header `Authorization` is sent twice",
            ),
            (
                vec![("authorization", ""), ("x-key", "ключ")],
                "header `Authorization` differs",
            ),
        ] {
            assert_eq!(problem(&sent).as_deref(), Some(expected));
        }
        assert!(required.has("x-key") && !required.has("x-other"));
        assert_eq!(Required::default().problem(&HeaderMap::new()), None);
    }
}
