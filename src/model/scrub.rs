//! Removes secrets from free text: the platform's messages, errors that quote them, traces. Output
//! that is built from fields is masked by field and not searched.
//!
//! A value of 8 bytes or more is found anywhere, in any spelling. A shorter one would match inside
//! other words, and could be guessed: a text that lists all four-digit numbers would reveal which
//! of them is masked. So for a value of 4 to 7 bytes, and for any number, only the shape is
//! remembered, and every word of that shape is masked, whether it is the value or not.

mod encoded;
mod needle;
mod reading;

use std::{
    borrow::Cow,
    sync::{Arc, RwLock},
};

use zeroize::Zeroizing;

pub(super) use self::needle::Needle;
use self::{needle::Places, reading::begins_escape};
use crate::model::{
    secret::{Raw, Secret},
    text::is_unsafe,
};

/// Shown in place of a secret.
pub(crate) const MASK: &str = "***";

/// Shorter values would match in every second word; masking them would hide nothing.
pub(super) const MIN_BYTES: usize = 4;

/// Shorter values are matched by their shape alone and can be guessed, so the user is warned.
pub(crate) const LONG_BYTES: usize = 8;

/// The secrets that this process has loaded, shared by everything that reads foreign text.
#[derive(Clone, Default)]
pub struct Scrubber(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<Secret>,
    exact: Vec<Needle>,
    shapes: Vec<Needle>,
    /// Which ASCII characters can begin one of them.
    begins: Vec<bool>,
}

impl Scrubber {
    /// A secret: a value that the scrubber knows from now on. The only way to make one.
    pub fn secret(&self, value: impl Into<Raw>) -> Secret {
        let secret = Secret::known(value.into());
        self.learn(&secret);
        secret
    }

    /// A token with its prefix. The platform's are long; the words of one that someone typed as a
    /// try, such as `wrong`, are not masked, because messages would become unreadable.
    pub fn token(&self, value: impl Into<Raw>) -> Secret {
        let secret = Secret::known(value.into());
        self.learn_token(&secret);
        secret
    }

    /// The same for a token that another scrubber knows.
    pub(crate) fn learn_token(&self, token: &Secret) {
        let bare = without_scheme(token.expose());
        if bare.is_some_and(|bare| bare.len() < LONG_BYTES) {
            let mut known = self.0.write().expect("no holder of this lock panics");
            known.learn(token);
        } else {
            self.learn(token);
        }
    }

    /// Adds a secret that another scrubber knows.
    pub fn learn(&self, secret: &Secret) {
        let mut known = self.0.write().expect("no holder of this lock panics");
        known.learn(secret);
        if let Some(bare) = without_scheme(secret.expose()) {
            known.learn(&Secret::known(bare.into()));
        }
    }

    /// `text` with every known secret replaced by `***`.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.read().expect("no holder of this lock panics");
        known.clean(text)
    }
}

impl Known {
    fn learn(&mut self, secret: &Secret) {
        // HTTP strips spaces at both ends.
        let value = secret.expose().trim();
        let seen: Zeroizing<String> =
            Zeroizing::new(value.chars().filter(|c| !is_unsafe(*c)).collect());
        if seen.len() < MIN_BYTES || self.secrets.contains(secret) {
            return;
        }
        let is_number = seen.bytes().all(|byte| byte.is_ascii_digit());
        match seen.len() {
            ..LONG_BYTES => self.shapes.push(Needle::shape(&seen)),
            _ if is_number => self.shapes.push(Needle::number(&seen)),
            _ => {
                self.exact.push(Needle::text(&seen));
                self.exact.extend(encoded::spellings(value));
            }
        }
        self.secrets.push(secret.clone());
        let can_begin = |c: char| {
            let mut needles = self.exact.iter().chain(&self.shapes);
            begins_escape(c) || needles.any(|needle| needle.can_begin_with(c))
        };
        let ascii = (0..128_u8).map(char::from);
        self.begins = ascii.map(can_begin).collect();
    }

    fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        let begins = |c: char| self.begins.get(c as usize).is_none_or(|begins| *begins);
        let mut places = Places::of(&self.exact, text, begins);
        if !self.shapes.is_empty() {
            places.append(Places::of(&self.shapes, text, begins));
            let is_found = |text: &str| !Places::of(&self.shapes, text, begins).is_empty();
            places.append(encoded::found_within(text, is_found));
        }
        places.replaced(text, MASK)
    }
}

/// The part after the scheme of a value such as `Bearer abc`: it may be quoted alone.
fn without_scheme(value: &str) -> Option<&str> {
    let (scheme, bare) = value.trim().split_once(' ')?;
    let known = ["token", "bearer", "basic"];
    let known = known.iter().any(|word| scheme.eq_ignore_ascii_case(word));
    known.then_some(bare.trim())
}

#[cfg(test)]
mod tests;
