//! A delivery with all its attempts: when a failed one is repeated, and what a connection that was
//! closed in the meantime means.

use std::time::{Duration, Instant};

use tokio::time;

use super::{Failure, Headers, Outcome, Prepared};

/// The pauses between the attempts of a delivery (reference, section 11, line 26).
pub(crate) const PAUSES_MS: [u64; 2] = [200, 400];

/// How long a delivery pauses after this many attempts.
pub(crate) fn pause(made: u8) -> Duration {
    let at = usize::from(made.saturating_sub(1)).min(PAUSES_MS.len() - 1);
    Duration::from_millis(PAUSES_MS[at])
}

/// What is delivered.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) body: Vec<u8>,
    /// Instead of the callback's own.
    pub(crate) headers: Option<Headers>,
    /// Whether the beginning of the response's body is wanted.
    pub(crate) wants_answer: bool,
}

impl From<Vec<u8>> for Message {
    fn from(body: Vec<u8>) -> Self {
        Self {
            body,
            headers: None,
            wants_answer: false,
        }
    }
}

/// How a delivery ended.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// That of the last attempt; its duration is that of all of them, with the pauses.
    pub(crate) outcome: Outcome,
    pub(crate) attempts: u8,
    /// The beginning of the response's body.
    pub(crate) answer: Vec<u8>,
}

impl Prepared {
    /// Makes attempts until one succeeds, at most `tries`.
    pub(crate) async fn deliver(&self, message: &Message, tries: u8) -> Delivered {
        let start = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (mut sent, mut answer) = self.attempt(message, false).await;
            if sent.outcome.answer == Err(Failure::Stale) {
                (sent, answer) = self.attempt(message, true).await;
            }
            let mut outcome = sent.outcome;
            if outcome.is_success() || attempts >= tries {
                if attempts > 1 {
                    outcome.duration = start.elapsed();
                }
                return Delivered {
                    outcome,
                    attempts,
                    answer,
                };
            }
            time::sleep(pause(attempts)).await;
        }
    }
}
