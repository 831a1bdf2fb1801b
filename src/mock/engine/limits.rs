//! Limits the number of concurrent calls over all destinations.

use super::{lane::Lane, newcomers::Newcomers};
use crate::process;

/// The most concurrent calls to destinations that respond.
const AT_ONCE: usize = 512;

/// The most concurrent calls in all. Calls to quiet destinations end by their timeouts and cost
/// little.
const ALL: usize = 2048;

/// Files reserved for everything else: calls to the mock, the database.
const RESERVE: usize = 128;

/// The limits of concurrent calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Calls to destinations that are not quiet.
    at_once: usize,
    /// New calls to quiet destinations.
    quiet: usize,
    /// All calls; one to a responding destination may exceed this.
    all: usize,
}

impl Limits {
    /// For a process that may open this many files. Each call takes one, and its connection is kept
    /// for the next.
    fn of(files: usize) -> Self {
        let free = files.saturating_sub(RESERVE);
        let at_once = (free / 4).clamp(1, AT_ONCE);
        Self {
            at_once,
            quiet: (at_once / 4).max(1),
            all: (free / 2).clamp(2, ALL),
        }
    }

    /// The current limits of this process.
    pub(super) fn now() -> Self {
        Self::of(process::files_at_most())
    }
}

/// The running calls.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) limits: Limits,
    pub(super) running: usize,
    /// How many of them are to quiet lanes.
    pub(super) quiet: usize,
    pub(super) newcomers: Newcomers,
}

impl Load {
    pub(super) fn new() -> Self {
        Self {
            limits: Limits::of(usize::MAX),
            running: 0,
            quiet: 0,
            newcomers: Newcomers::new(),
        }
    }

    /// Must be called every tick, with the current limits.
    pub(super) fn tick(&mut self, limits: Limits) {
        self.limits = limits;
        self.newcomers.tick(limits.all);
    }

    /// Whether a call to a lane may start. Quiet lanes share a small part, whatever their number; a
    /// lane whose last call got a response may start one even if all others are silent.
    pub(super) fn takes(&self, lane: &Lane) -> bool {
        let all = self.running < self.limits.all;
        if lane.quiet {
            all && self.quiet < self.limits.quiet
        } else if lane.is_new {
            self.has_room() && all && (!self.is_half_full() || self.newcomers.may_begin())
        } else {
            self.has_room() && (all || lane.proven)
        }
    }

    /// A call to a lane starts.
    pub(super) fn begin(&mut self, lane: &Lane) {
        if lane.is_new && self.is_half_full() {
            self.newcomers.begin();
        }
        self.running += 1;
        self.quiet += usize::from(lane.quiet);
    }

    /// A call to a lane has ended.
    pub(super) fn end(&mut self, was_quiet: bool) {
        self.running -= 1;
        self.quiet -= usize::from(was_quiet);
    }

    fn has_room(&self) -> bool {
        self.running - self.quiet < self.limits.at_once
    }

    fn is_half_full(&self) -> bool {
        self.running >= self.limits.all / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_make_small_limits() {
        let limits = |files| {
            let limits = Limits::of(files);
            (limits.at_once, limits.quiet, limits.all)
        };
        assert_eq!(limits(usize::MAX), (512, 128, 2048));
        assert_eq!(limits(1024), (224, 56, 448));
        assert_eq!(limits(256), (32, 8, 64));
        assert_eq!(limits(64), (1, 1, 2));
    }
}
