//! What keeps known secrets out of anything printed.

use std::{
    borrow::Cow,
    sync::{Arc, RwLock},
};

use crate::model::secret::Secret;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// The spellings in which a text may come back: as it is, as JSON writes it, as a URL does. Twice in
/// JSON is what an error text is that quotes a body.
pub(super) fn spellings(plain: &str) -> [String; 4] {
    let json = in_json(plain);
    [plain.to_owned(), in_json(&json), json, in_url(plain)]
}

/// Shorter values would turn up in every second word, and hide nothing by being masked there.
pub(super) const MIN_BYTES: usize = 4;

/// The secrets that this process has loaded, shared by everything that prints.
///
/// The spellings in which a value may come back are known too.
#[derive(Clone, Default)]
pub struct Scrubber(Arc<RwLock<Vec<Secret>>>);

impl Scrubber {
    /// Remembers a secret, in each of its spellings.
    pub fn learn(&self, secret: &Secret) {
        let mut known = self.0.write().expect("no holder of this lock panics");
        for spelling in spellings(secret.expose()) {
            let spelling = Secret::new(spelling);
            if spelling.expose().len() >= MIN_BYTES && !known.contains(&spelling) {
                known.push(spelling);
            }
        }
        // The longest first: of two values, one inside the other, no half may stay behind.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    }

    /// `text` with every known secret replaced by `***`.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.read().expect("no holder of this lock panics");
        known.iter().fold(Cow::Borrowed(text), |text, secret| {
            if is_in(&text, secret) {
                Cow::Owned(text.replace(secret.expose(), MASK))
            } else {
                text
            }
        })
    }

    /// Whether any known secret is in `text`, in any spelling.
    pub fn finds_in(&self, text: &str) -> bool {
        let known = self.0.read().expect("no holder of this lock panics");
        known.iter().any(|secret| is_in(text, secret))
    }

    /// Whether there is anything to look for.
    pub fn is_empty(&self) -> bool {
        self.0
            .read()
            .expect("no holder of this lock panics")
            .is_empty()
    }
}

/// Long answers are looked through for each spelling: by many bytes at a time.
fn is_in(text: &str, secret: &Secret) -> bool {
    memchr::memmem::find(text.as_bytes(), secret.expose().as_bytes()).is_some()
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("a string is always JSON");
    quoted[1..quoted.len() - 1].to_owned()
}

fn in_url(text: &str) -> String {
    crate::model::routes::encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_each_spelling() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("s3\"cr t/x"));
        for text in ["s3\"cr t/x", "s3\\\"cr t/x", "s3%22cr%20t%2Fx"] {
            assert_eq!(scrubber.clean(&format!("<{text}>")), "<***>");
        }
    }

    #[test]
    fn of_two_nested_secrets_neither_shows() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("abcdef"));
        scrubber.learn(&Secret::new("Bearer abcdef"));
        assert_eq!(scrubber.clean("Bearer abcdef, abcdef"), "***, ***");
    }

    #[test]
    fn a_value_of_one_letter_does_not_eat_the_text() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("e"));
        assert_eq!(scrubber.clean("here"), "here");
    }
}
