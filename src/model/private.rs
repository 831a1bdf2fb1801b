//! What is private of a webhook without being protected: what follows the host of its URL, which
//! for Slack and its like is the secret, and the values of its plain headers. It belongs in data;
//! errors and traces don't repeat it, although the platform's own words may.

use std::borrow::Cow;

use crate::model::{
    header::{Content, NewHeader},
    scrub::MASK,
    url::{CallbackUrl, beyond_origin, masked},
};

/// Shorter pieces would turn up in every second word, and give nothing away.
const MIN_BYTES: usize = 4;

/// What a call has that is private, each piece with what may be shown in its place.
#[derive(Clone, Default)]
pub struct Private(Vec<(String, String)>);

impl Private {
    /// Of a webhook, or of a part of one.
    pub fn of(url: Option<&CallbackUrl>, headers: Option<&[NewHeader]>) -> Self {
        let mut pieces = Vec::new();
        if let Some(url) = url {
            let masked = masked(url.as_str());
            pieces.push((url.as_str().to_owned(), masked));
            let beyond = beyond_origin(url.as_str());
            let parts = beyond.split(['?', '#']).chain([beyond]);
            pieces.extend(parts.map(|part| (part.to_owned(), "…".to_owned())));
        }
        for header in headers.into_iter().flatten() {
            if let Content::Plain(value) = &header.content {
                pieces.push((value.as_str().to_owned(), MASK.to_owned()));
            }
        }
        pieces.retain(|(piece, _)| piece.len() >= MIN_BYTES);
        // Of two, one inside the other, no half may stay behind.
        pieces.sort_by_key(|(piece, _)| std::cmp::Reverse(piece.len()));
        Self(pieces)
    }

    /// `text` without any of it.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hide = |text: Cow<'a, str>, (piece, instead): &(String, String)| {
            if text.contains(piece.as_str()) {
                Cow::Owned(text.replace(piece.as_str(), instead))
            } else {
                text
            }
        };
        self.0.iter().fold(Cow::Borrowed(text), hide)
    }
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
        ] {
            assert_eq!(private.hide(text), shown);
        }
        assert_eq!(Private::default().hide("blue-team"), "blue-team");
    }
}
