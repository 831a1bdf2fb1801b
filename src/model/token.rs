//! The API token: given with or without its prefix, sent with exactly one.

use crate::model::{
    invalid::Invalid,
    scrub::Scrubber,
    secret::{Raw, Secret},
    text::without_bom,
};

/// A token, ready for the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// Reads a token as people pass it around: `Token abc`, `Bearer abc` or `abc` (reference,
    /// section 1). The error doesn't repeat the input.
    pub fn parse(text: &str, scrubber: &Scrubber) -> Result<Self, Invalid> {
        normal(text).map(|token| Self(scrubber.token(token)))
    }

    /// Whether the text is a token.
    pub fn check(text: &str) -> Result<(), Invalid> {
        normal(text).map(drop)
    }

    /// The value of the `Authorization` header: `Token abc`.
    pub fn header(&self) -> &Secret {
        &self.0
    }

    /// The token without its prefix.
    pub fn bare(&self) -> Secret {
        let (_, bare) = self.0.expose().split_once(' ').expect("made with a prefix");
        Secret::known(bare.into())
    }
}

/// A token with exactly one prefix.
fn normal(text: &str) -> Result<Raw, Invalid> {
    let mut words = without_bom(text.trim_start()).split_whitespace();
    let (prefix, bare) = match (words.next(), words.next(), words.next()) {
        (Some(bare), None, None) => ("Token", bare),
        (Some(prefix), Some(bare), None) if prefix.eq_ignore_ascii_case("token") => ("Token", bare),
        (Some(prefix), Some(bare), None) if prefix.eq_ignore_ascii_case("bearer") => {
            ("Bearer", bare)
        }
        (None, ..) => return Err(Invalid::new("token", "is empty")),
        _ => {
            return Err(Invalid::new(
                "token",
                "must be a single word, optionally after `Token` or `Bearer`",
            ));
        }
    };
    let alone = ["token", "bearer"]
        .iter()
        .any(|word| bare.eq_ignore_ascii_case(word));
    if alone || !bare.chars().all(|c| c.is_ascii_graphic()) {
        return Err(Invalid::new("token", "must be printable ASCII"));
    }
    Ok(Raw::new(format!("{prefix} {bare}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_was_tried_as_a_token_masks_no_words() {
        let scrubber = Scrubber::default();
        Token::parse("wrong", &scrubber).unwrap();
        assert_eq!(
            scrubber.clean("the token is not valid"),
            "the token is not valid"
        );
        assert_eq!(
            scrubber.clean("Authorization: Token wrong"),
            "Authorization: ***"
        );
        Token::parse("a-real-token", &scrubber).unwrap();
        assert_eq!(
            scrubber.clean("a-real-token is not valid"),
            "*** is not valid"
        );
    }

    #[test]
    fn a_token_has_exactly_one_prefix() {
        for (given, sent) in [
            ("abc", "Token abc"),
            (" Token abc\n", "Token abc"),
            ("token abc", "Token abc"),
            ("Bearer abc", "Bearer abc"),
        ] {
            let token = Token::parse(given, &Scrubber::default()).unwrap();
            assert_eq!(token.header().expose(), sent);
            assert_eq!(token.bare().expose(), "abc");
        }
    }

    #[test]
    fn what_is_not_a_token_is_refused_without_being_repeated() {
        for bad in [
            "",
            " ",
            "Token",
            "Basic hunter2",
            "Token Token hunter2",
            "hunter2\u{e9}",
        ] {
            let error = Token::check(bad).unwrap_err();
            assert!(!error.rule.contains("hunter2"));
        }
    }
}
