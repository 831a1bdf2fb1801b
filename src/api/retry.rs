//! What is retried, and when: pure.
//!
//! Reads are retried after any transient failure, writes only if the platform reports that it did
//! nothing (429). At most three attempts and 60 s of waiting; a wait that would exceed this is not
//! started.

use std::time::Duration;

use reqwest::Method;

use super::error::is_passing;

/// How long after its start a write may still be on its way at most: every attempt but the last was
/// refused, and each may take as long as one call.
pub(crate) fn longest_write(timeout: Duration) -> Duration {
    timeout * MAX_TRIES + MAX_WAIT
}

const MAX_TRIES: u32 = 3;
/// The maximum total wait of one call.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);
/// The wait before the second attempt; before the third it is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// With this status.
    Status(u16),
    /// Without a response, for a transient reason.
    Transient,
    /// Without a response, for a permanent reason.
    Permanent,
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait this long, then try again.
    Wait(Duration),
    /// Stop. With the wait that the platform asked for, if that was too long.
    GiveUp(Option<Duration>),
}

/// The attempts of one call.
pub(super) struct Tries {
    made: u32,
    waited: Duration,
    repeats_reads: bool,
}

impl Tries {
    pub(super) fn of(method: &Method) -> Self {
        Self {
            made: 0,
            waited: Duration::ZERO,
            repeats_reads: method == Method::GET,
        }
    }

    /// How often it was tried.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// How long it may still wait.
    pub(super) fn left(&self) -> Duration {
        MAX_WAIT.saturating_sub(self.waited)
    }

    /// It has waited this long.
    pub(super) fn waited(&mut self, wait: Duration) {
        self.waited += wait;
    }

    /// Decides. `asked` is the wait that the response headers ask for, `jitter` is from 0 to 1.
    pub(super) fn next(&mut self, ended: Ended, asked: Option<Duration>, jitter: f64) -> Next {
        self.made += 1;
        let passing = match ended {
            Ended::Status(429) => true,
            Ended::Status(status) => self.repeats_reads && is_passing(status),
            Ended::Transient => self.repeats_reads,
            Ended::Permanent => false,
        };
        if !passing || self.made >= MAX_TRIES {
            return Next::GiveUp(None);
        }
        let backoff = FIRST_WAIT * 2_u32.pow(self.made - 1);
        let wait = asked.unwrap_or_else(|| backoff.mul_f64(0.5 + jitter / 2.0));
        if self.waited.saturating_add(wait) > MAX_WAIT {
            return Next::GiveUp(asked);
        }
        self.waited(wait);
        Next::Wait(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(method: &Method, ended: Ended, asked: Option<u64>) -> (Vec<Duration>, Next) {
        let mut tries = Tries::of(method);
        let mut waits = Vec::new();
        loop {
            match tries.next(ended, asked.map(Duration::from_secs), 1.0) {
                Next::Wait(wait) => waits.push(wait),
                end @ Next::GiveUp(_) => return (waits, end),
            }
        }
    }

    #[test]
    fn a_read_is_tried_three_times_with_growing_waits() {
        for ended in [Ended::Transient, Ended::Status(503), Ended::Status(429)] {
            let (waits, _) = waits(&Method::GET, ended, None);
            assert_eq!(waits, [FIRST_WAIT, FIRST_WAIT * 2]);
        }
        for ended in [Ended::Permanent, Ended::Status(400), Ended::Status(501)] {
            assert!(waits(&Method::GET, ended, None).0.is_empty());
        }
    }

    #[test]
    fn a_write_is_repeated_only_where_nothing_was_done() {
        for ended in [Ended::Transient, Ended::Status(500), Ended::Status(503)] {
            assert!(waits(&Method::POST, ended, None).0.is_empty());
        }
        assert_eq!(waits(&Method::PATCH, Ended::Status(429), None).0.len(), 2);
    }

    #[test]
    fn a_wait_that_does_not_fit_is_not_begun() {
        let (none, end) = waits(&Method::GET, Ended::Status(429), Some(61));
        assert!(none.is_empty());
        assert_eq!(end, Next::GiveUp(Some(Duration::from_secs(61))));
        let (one, _) = waits(&Method::GET, Ended::Status(429), Some(40));
        assert_eq!(one, [Duration::from_secs(40)]);
    }
}
