//! Parts of a webhook that are private without being protected: what follows the host in its URL,
//! which is the secret for Slack and similar services, and the values of its plain headers. Data
//! shows them; errors and traces don't repeat them, although the platform's messages may.

use std::{borrow::Cow, cmp::Reverse};

use crate::model::{
    header::{Content, NewHeader},
    scrub::{MASK, MIN_BYTES, Needle},
    url::{CallbackUrl, beyond_origin, masked, masked_within},
};

/// A path segment of at least this length is too long to occur elsewhere by chance.
const TELLING: usize = 16;

/// The private parts of a call, each with what may be shown instead.
#[derive(Clone, Default)]
pub struct Private(Vec<Piece>);

#[derive(Clone)]
struct Piece {
    len: usize,
    needle: Needle,
    instead: String,
}

impl Private {
    /// The private parts of a webhook that is sent, or of a part of one.
    pub fn of(url: Option<&CallbackUrl>, headers: Option<&[NewHeader]>) -> Self {
        let headers = headers.into_iter().flatten();
        let values = headers.filter_map(|header| match &header.content {
            Content::Plain(value) => Some(value.as_str()),
            Content::Protected(_) => None,
        });
        Self::new(url.map(CallbackUrl::as_str), values)
    }

    /// The private parts of a URL and of header values.
    pub fn new<'a>(url: Option<&str>, values: impl Iterator<Item = &'a str>) -> Self {
        let url = url.into_iter().flat_map(pieces);
        let values = values.map(|value| (value, MASK.to_owned()));
        let long = url
            .chain(values)
            .filter(|(piece, _)| piece.len() >= MIN_BYTES);
        let pieces = long.map(|(piece, instead)| Piece {
            len: piece.len(),
            needle: Needle::text(piece),
            instead,
        });
        Self(pieces.collect()).longest_first()
    }

    /// Adds the private parts of another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.longest_first()
    }

    /// Longest first: if one contains another, no part of it may remain.
    fn longest_first(mut self) -> Self {
        self.0.sort_by_key(|piece| Reverse(piece.len));
        self
    }

    /// A text from the platform without private parts, and without the path of any other URL.
    pub fn hide_all<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match masked_within(text) {
            Cow::Borrowed(text) => self.hide(text),
            Cow::Owned(text) => Cow::Owned(self.hide(&text).into_owned()),
        }
    }

    /// `text` without private parts.
    fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hide = |text: Cow<'a, str>, piece: &Piece| match text {
            Cow::Borrowed(text) => piece.needle.replace(text, &piece.instead),
            Cow::Owned(text) => {
                Cow::Owned(piece.needle.replace(&text, &piece.instead).into_owned())
            }
        };
        self.0.iter().fold(Cow::Borrowed(text), hide)
    }
}

/// A URL, and the parts of it that may be quoted on their own.
fn pieces(url: &str) -> Vec<(&str, String)> {
    let beyond = beyond_origin(url);
    let parts = beyond.split(['?', '#']);
    let bare = parts.clone().map(|part| part.trim_matches('/'));
    let segments = bare.clone().flat_map(|part| part.split(['/', '&', '=']));
    let telling = bare.chain(segments);
    let telling = telling.filter(|part| part.contains('/') || part.len() >= TELLING);
    let parts = parts.chain(telling).chain([beyond]);
    let parts = parts.map(|part| (part, "…".to_owned()));
    parts.chain([(url, masked(url))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_url_nor_plain_value_is_repeated_in_whole_or_in_part() {
        let url: CallbackUrl = "https://hooks.example.org/T0/B0secret?key=q1234#f"
            .parse()
            .unwrap();
        let headers = [NewHeader {
            key: "X-Team".parse().unwrap(),
            content: Content::Plain("blue-team".to_owned().try_into().unwrap()),
        }];
        let private = Private::of(Some(&url), Some(&headers));
        for (text, shown) in [
            (
                "can't call https://hooks.example.org/T0/B0secret?key=q1234#f.",
                "can't call https://hooks.example.org/….",
            ),
            ("no /T0/B0secret there", "no … there"),
            ("bad query key=q1234", "bad query …"),
            ("X-Team blue-team", "X-Team ***"),
            ("hooks.example.org is down", "hooks.example.org is down"),
            ("T0/B0secret, \\/", "…, \\/"),
        ] {
            assert_eq!(private.hide_all(text), shown);
        }
        assert_eq!(Private::default().hide_all("blue-team"), "blue-team");
        let text = Private::default().hide_all("no https://b.example/x");
        assert_eq!(text, "no https://b.example/…");
    }
}
