//! One destination: how many calls it may have at once, and which deliveries it has to start.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::{
    opening::{Begun, FIRST, Opening, PER_LANE},
    order::{Order, Retry},
};
use crate::{
    deliver::{self, Failure, Sent},
    mock::{
        polling,
        store::deliveries::{Due, Of},
    },
};

/// The limit of concurrent calls to a destination that doesn't respond.
const LEAST: usize = 1;

/// Ticks without any response after which a destination counts as quiet. Its timeout may be much
/// longer.
pub(super) const QUIET_AFTER: u32 = polling::ticks(Duration::from_secs(1));

/// Ticks that a delivery waits for the one after which it goes.
pub(super) const SWAPPED: u32 = polling::ticks(Duration::from_secs(5));

/// Ticks after which connections that no call uses are closed.
pub(super) const IDLE: u32 = polling::ticks(deliver::IDLE);

/// The most deliveries that may pause before another attempt; further ones stay in the database.
const PAUSED: usize = 1024;

/// How a call to a lane ended, as far as the lane is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There was a response, whatever its status.
    Answered,
    /// The connection was refused, which takes no time.
    Refused,
    /// There was no response in time.
    Silent,
}

impl End {
    pub(super) fn of(sent: &Sent) -> Self {
        match sent.outcome.answer {
            Ok(_) => Self::Answered,
            Err(Failure::Timeout(_)) => Self::Silent,
            Err(_) => Self::Refused,
        }
    }
}

/// A running call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) lane: i64,
    pub(super) begun: Begun,
    /// Whether it has to open a connection, because a kept one was closed.
    pub(super) apart: bool,
    /// What has to be over before later events of the request are sent.
    pub(super) of: Option<Of>,
}

/// One destination.
#[derive(Debug)]
pub(super) struct Lane {
    /// How many calls may run at once: increases with each response.
    pub(super) window: usize,
    pub(super) running: usize,
    opening: Opening,
    /// Attempts that were made, and are not recorded yet.
    pub(super) unrecorded: usize,
    /// The last delivery that was loaded.
    pub(super) seen: i64,
    pub(super) ready: VecDeque<Due>,
    pub(super) retries: VecDeque<Retry>,
    /// Those whose connection was closed: they go first, each on a new connection.
    pub(super) stale: VecDeque<Retry>,
    /// How many are pausing.
    pub(super) paused: usize,
    /// One that goes after the next, and the tick since which it waits for that.
    pub(super) swapped: Option<(Retry, u32)>,
    pub(super) order: Order,
    /// Whether there may be more in the database.
    pub(super) more: bool,
    /// Whether it is queued for its turn, or waits for a limit.
    pub(super) listed: bool,
    /// Whether it is waiting among the newcomers.
    pub(super) waits_as_new: bool,
    /// Whether its last call got a response.
    pub(super) proven: bool,
    /// Whether no call to it has ended yet.
    pub(super) is_new: bool,
    /// Whether it doesn't respond, or has not for a while.
    pub(super) quiet: bool,
    /// The tick of its last response.
    pub(super) since: u32,
}

impl Lane {
    /// A new lane, which loads the deliveries after a given one.
    pub(super) fn new(seen: i64, proven: bool) -> Self {
        Self {
            window: FIRST,
            running: 0,
            opening: Opening::new(),
            unrecorded: 0,
            seen,
            ready: VecDeque::new(),
            retries: VecDeque::new(),
            stale: VecDeque::new(),
            paused: 0,
            swapped: None,
            order: Order::default(),
            more: true,
            listed: false,
            waits_as_new: false,
            proven,
            is_new: !proven,
            quiet: false,
            since: 0,
        }
    }

    /// Whether it has a delivery to start, and may start it.
    pub(super) fn has_room(&self) -> bool {
        let more = self.more && self.paused + self.retries.len() < PAUSED;
        self.running < self.window
            && self.opening.has_room()
            && (more
                || !self.retries.is_empty()
                || !self.ready.is_empty()
                || !self.stale.is_empty())
    }

    /// Whether it has nothing left. Deliveries whose outcome is not recorded yet would be read from
    /// the database again, so they count.
    pub(super) fn is_over(&self) -> bool {
        self.running + self.unrecorded + self.paused == 0
            && self.ready.is_empty()
            && self.retries.is_empty()
            && self.stale.is_empty()
            && !self.more
    }

    /// Begins a call, which may have to open a connection.
    pub(super) fn begin(&mut self, id: i64, apart: bool, of: Option<Of>) -> Turn {
        self.running += 1;
        Turn {
            lane: id,
            begun: self.opening.begin(Instant::now()),
            apart,
            of,
        }
    }

    /// A delivery is over, and later events of its request may be sent.
    pub(super) fn leave(&mut self, of: Option<Of>) {
        if let Some(of) = of {
            self.retries.extend(self.order.leave(of));
        }
    }

    /// A call was not made.
    pub(super) fn cancel(&mut self, turn: Turn) {
        self.running -= 1;
        self.opening.cancel(turn.begun.opens);
    }

    /// A call was not made because its connection was closed.
    pub(super) fn end_stale(&mut self, turn: Turn, sent: &Sent) {
        self.running -= 1;
        self.opening
            .end(turn.begun.opens, false, sent.link, sent.outcome.duration);
        self.opening.forget();
    }

    /// A call has ended.
    pub(super) fn end(&mut self, turn: Turn, sent: &Sent) {
        let end = End::of(sent);
        self.running -= 1;
        let answered = end == End::Answered;
        self.opening
            .end(turn.begun.opens, answered, sent.link, sent.outcome.duration);
        self.learn(end);
    }

    /// Stops waiting as a newcomer. Returns whether it was one, and now needs a turn among the
    /// others.
    pub(super) fn is_no_newcomer(&mut self) -> bool {
        std::mem::take(&mut self.waits_as_new)
    }

    /// Must be called once per connection expiry time.
    pub(super) fn close_idle(&mut self) {
        self.opening.close_idle();
    }

    fn learn(&mut self, end: End) {
        match end {
            End::Answered => {
                self.window = (self.window + 1).min(PER_LANE);
                self.proven = true;
            }
            End::Refused => {}
            End::Silent => {
                self.window = (self.window / 2).max(LEAST);
                self.proven = false;
            }
        }
        self.is_new = false;
        self.quiet = end == End::Silent;
    }
}
