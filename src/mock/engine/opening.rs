//! Limits how many connections to one destination are opened at once. A server accepts connections
//! from a queue, often of only five entries. While the queue is full, the kernel silently drops the
//! first packet of a connection, and resends it after a second, then at longer intervals.

use std::time::Duration;

use tokio::time::Instant;

use crate::deliver::Link;

/// The most concurrent calls to one destination.
pub(crate) const PER_LANE: usize = 64;

/// The initial limit of concurrent calls to a destination: a slow one must not take many before it
/// is known to be slow.
pub(super) const FIRST: usize = 4;

/// The minimum limit of calls that open a connection.
const LEAST: usize = 2;

/// Opening a connection only takes this long if its first packet was dropped.
const LOST: Duration = Duration::from_millis(900);

/// A server that responds faster than this is kept busy by a few connections.
const QUICK: Duration = Duration::from_millis(50);

/// The interval between new connections, after the first few: a server that is busy responding has
/// little time to accept connections. It shrinks while the server responds quickly, and grows when
/// a packet was dropped.
const APART: Duration = Duration::from_millis(2);
const APART_AT_LEAST: Duration = Duration::from_micros(250);
const APART_AT_MOST: Duration = Duration::from_millis(8);

/// How many connections are opened without an interval.
const AT_ONCE: u32 = 4;

/// The connections to one destination. A call that opens a connection counts until it has ended:
/// only its response shows that the server has accepted the connection.
#[derive(Debug)]
pub(super) struct Opening {
    /// The limit of concurrent calls that open a connection.
    most: usize,
    running: usize,
    apart: Duration,
    /// Connections that were opened for calls that then used a kept one.
    spare: usize,
    /// Kept connections that are not in use.
    idle: usize,
    /// The lowest number of those since the last check.
    always_idle: usize,
    /// Whether the server keeps connections open.
    keeps: bool,
    /// Whether a packet was dropped, and how many responses there were since `most` was changed.
    lost: bool,
    answered: usize,
    /// How many running calls began before the last drop, and may be part of the same one.
    excused: usize,
    /// When the most recent connection was, or will be, opened.
    last: Option<Instant>,
}

/// A call that may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begun {
    /// Whether it is expected to open a connection.
    pub(super) opens: bool,
    /// When, if not immediately.
    pub(super) at: Option<Instant>,
}

impl Opening {
    pub(super) fn new() -> Self {
        Self {
            most: FIRST,
            running: 0,
            apart: APART,
            spare: 0,
            idle: 0,
            always_idle: 0,
            keeps: false,
            lost: false,
            answered: 0,
            excused: 0,
            last: None,
        }
    }

    /// Whether another call may start.
    pub(super) fn has_room(&self) -> bool {
        self.idle > 0 || self.spare > 0 || self.running < self.most
    }

    /// Starts a call.
    pub(super) fn begin(&mut self, now: Instant) -> Begun {
        if self.idle > 0 {
            self.idle -= 1;
            self.always_idle = self.always_idle.min(self.idle);
            return Begun {
                opens: false,
                at: None,
            };
        }
        self.running += 1;
        if self.spare > 0 {
            // The server may not have accepted it, so it counts like one that is opened now.
            self.spare -= 1;
            return Begun {
                opens: true,
                at: None,
            };
        }
        // The first few are opened immediately.
        let first = now.checked_sub(self.apart * AT_ONCE);
        let after = self.last.into_iter().chain(first).max();
        let at = after.map_or(now, |after| after + self.apart);
        self.last = Some(at);
        Begun {
            opens: true,
            at: Some(at).filter(|at| *at > now),
        }
    }

    /// A call was not made.
    pub(super) fn cancel(&mut self, opens: bool) {
        if opens {
            self.running -= 1;
        } else {
            self.idle += 1;
        }
    }

    /// A call has ended: whether it got a response, which connection it used, and how long it took.
    pub(super) fn end(&mut self, opens: bool, answered: bool, link: Link, took: Duration) {
        self.running -= usize::from(opens);
        let excused = self.excused > 0;
        self.excused -= usize::from(opens && excused);
        match link {
            Link::Reused => {
                self.keeps = true;
                self.spare += usize::from(opens);
            }
            // A kept connection was expected, but there was none.
            Link::Opened(_) if !opens => self.forget(),
            _ => {}
        }
        self.idle += usize::from(answered && self.keeps);
        self.always_idle = self.always_idle.min(self.idle);
        match link {
            Link::Opened(time) if time >= LOST && excused => {}
            Link::Opened(time) if time >= LOST => self.lose(),
            Link::Opened(_) if answered => self.grow(took),
            _ => {}
        }
    }

    /// A packet was dropped: connections were opened too fast, or too many at once.
    fn lose(&mut self) {
        if self.apart < APART_AT_MOST {
            self.apart = (self.apart * 4).min(APART_AT_MOST);
        } else {
            self.most = (self.most / 2).max(LEAST);
            (self.lost, self.answered) = (true, 0);
        }
        self.excused = self.running;
    }

    /// A kept connection turned out to be closed; the others may be too.
    pub(super) fn forget(&mut self) {
        (self.keeps, self.idle, self.always_idle) = (false, 0, 0);
    }

    /// A slow server gets more connections: one more for each response until a packet is dropped.
    fn grow(&mut self, took: Duration) {
        self.answered += 1;
        if took < QUICK {
            self.apart = (self.apart * 63 / 64).max(APART_AT_LEAST);
        }
        let due = !self.lost || self.answered >= self.most;
        if due && (took >= QUICK || self.most < FIRST) {
            self.most = (self.most + 1).min(PER_LANE);
            self.answered = 0;
        }
    }

    /// Must be called as often as idle connections expire: those that no call has used since the
    /// last time are closed by now.
    pub(super) fn close_idle(&mut self) {
        self.idle -= self.always_idle;
        self.always_idle = self.idle;
        self.spare = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);
    const LATE: Duration = Duration::from_millis(200);
    const OPENED: Link = Link::Opened(SOON);

    /// Starts as many calls as it may.
    fn fill(opening: &mut Opening) -> Vec<bool> {
        let mut begun = Vec::new();
        while begun.len() < PER_LANE && opening.has_room() {
            begun.push(opening.begin(Instant::now()).opens);
        }
        begun
    }

    fn end(opening: &mut Opening, calls: Vec<bool>, link: Link, took: Duration) {
        for opens in calls {
            opening.end(opens, true, link, took);
        }
    }

    #[test]
    fn a_quick_server_that_closes_each_connection_gets_few_at_once() {
        let mut opening = Opening::new();
        for _ in 0..100 {
            let calls = fill(&mut opening);
            assert_eq!(calls, [true; FIRST]);
            end(&mut opening, calls, OPENED, SOON);
        }
        assert_eq!(opening.apart, APART_AT_LEAST, "one after the other");
    }

    #[test]
    fn connections_that_drop_are_not_opened_faster() {
        let mut opening = Opening::new();
        for _ in 0..100 {
            let calls = fill(&mut opening);
            assert_eq!(calls.len(), FIRST);
            for opens in calls {
                opening.end(opens, false, OPENED, LATE);
            }
        }
    }

    #[test]
    fn kept_connections_come_on_top() {
        let mut opening = Opening::new();
        let calls = fill(&mut opening);
        end(&mut opening, calls, OPENED, SOON);
        let calls = fill(&mut opening);
        assert_eq!(calls, [true; FIRST], "not known yet");
        end(&mut opening, calls, Link::Reused, SOON);
        opening.spare = 0;
        let calls = fill(&mut opening);
        assert_eq!(calls.len(), 2 * FIRST);
        assert_eq!(calls.iter().filter(|opens| **opens).count(), FIRST);
        // The first that was not kept shows that none are.
        let (reuses, opens) = (calls[0], calls[FIRST]);
        opening.end(reuses, true, OPENED, SOON);
        opening.end(opens, true, OPENED, SOON);
        assert!(fill(&mut opening).iter().all(|opens| *opens));
    }

    #[test]
    fn a_slow_server_gets_more_until_one_is_lost() {
        let mut opening = Opening::new();
        for most in [4, 8, 16, 32, 64, 64] {
            let calls = fill(&mut opening);
            assert_eq!(calls.len(), most);
            end(&mut opening, calls, OPENED, LATE);
        }
        // Simultaneous drops count as one, and the first time connections are opened more slowly.
        let calls = fill(&mut opening);
        end(&mut opening, calls, Link::Opened(LOST), LOST);
        assert_eq!((opening.most, opening.apart), (64, APART_AT_MOST));
        let calls = fill(&mut opening);
        end(&mut opening, calls, Link::Opened(LOST), LOST);
        let calls = fill(&mut opening);
        assert_eq!(calls.len(), 32);
        end(&mut opening, calls, OPENED, LATE);
        let calls = fill(&mut opening);
        assert_eq!(calls.len(), 33);
        end(&mut opening, calls, Link::Opened(LOST), LOST);
        assert_eq!(fill(&mut opening).len(), 16);
    }

    #[test]
    fn a_connection_that_was_opened_in_vain_serves_the_next_call_without_a_pause() {
        let mut opening = Opening::new();
        fill(&mut opening);
        // Another call's connection became free first, and is free again.
        opening.end(true, true, Link::Reused, SOON);
        assert!(!opening.begin(Instant::now()).opens);
        let next = opening.begin(Instant::now());
        assert!(next.opens && next.at.is_none());
        assert!(!opening.has_room());
    }

    #[test]
    fn many_are_opened_one_after_the_other() {
        let mut opening = Opening::new();
        let now = Instant::now();
        opening.most = PER_LANE;
        let mut begin = |now| opening.begin(now).at.map(|at| at - now);
        for _ in 0..AT_ONCE {
            assert_eq!(begin(now), None);
        }
        assert_eq!(begin(now), Some(APART));
        assert_eq!(begin(now), Some(2 * APART));
        // A pause earns no credit beyond the first few.
        let later = now + Duration::from_secs(1);
        for _ in 0..AT_ONCE {
            assert_eq!(begin(later), None);
        }
        assert_eq!(begin(later), Some(APART));
    }

    #[test]
    fn what_no_call_uses_for_long_counts_as_closed() {
        let mut opening = Opening::new();
        opening.keeps = true;
        let calls = fill(&mut opening);
        end(&mut opening, calls, OPENED, SOON);
        opening.close_idle();
        let one = opening.begin(Instant::now()).opens;
        opening.end(one, true, Link::Reused, SOON);
        opening.close_idle();
        assert_eq!(opening.idle, 1, "the others were not used");
        opening.close_idle();
        assert_eq!(opening.idle, 0);
    }
}
