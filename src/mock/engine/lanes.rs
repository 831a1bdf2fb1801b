//! Chooses the next delivery. Each destination has a lane, and none can hold up another. Only the
//! next deliveries of each lane are in memory, not all that are waiting.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::time::Instant;

use super::{
    lane::{IDLE, Lane, QUIET_AFTER, SWAPPED, Turn},
    limits::{Limits, Load},
    opening::{FIRST, PER_LANE},
    order::Retry,
    pauses::Pauses,
};
use crate::{
    deliver::Sent,
    mock::store::{
        self,
        deliveries::{Due, Of},
    },
};

/// The most bytes of bodies that are loaded ahead. Beyond that, a lane only loads what it starts at
/// once.
const BYTES: usize = 4 << 20;

/// The most idle destinations that are remembered as responding.
const REMEMBERED: usize = 4096;

/// The source of deliveries.
pub(super) trait Source {
    /// The deliveries of a lane after a sequence number, up to a limit.
    fn page(&mut self, lane: i64, after: i64, most: usize) -> store::Result<Vec<Due>>;
    /// One delivery; `None` if it no longer exists.
    fn one(&mut self, seq: i64) -> store::Result<Option<Due>>;
}

/// All destinations that have deliveries.
#[derive(Debug)]
pub(super) struct Lanes {
    after: i64,
    known: HashMap<i64, Lane>,
    turns: VecDeque<i64>,
    /// Lanes that have a delivery to start and wait for a limit: lanes that respond, quiet lanes.
    parked: [VecDeque<i64>; 2],
    /// Lanes whose deliveries could not be read.
    stalled: Vec<i64>,
    paused: Pauses,
    /// Idle destinations that responded.
    answering: HashSet<i64>,
    load: Load,
    /// The total size of the bodies that are loaded.
    bytes: usize,
    ticks: u32,
}

impl Lanes {
    /// Delivers only what was added after this delivery.
    pub(super) fn new(after: i64) -> Self {
        Self {
            after,
            known: HashMap::new(),
            turns: VecDeque::new(),
            parked: Default::default(),
            stalled: Vec::new(),
            paused: Pauses::default(),
            answering: HashSet::new(),
            load: Load::new(),
            bytes: 0,
            ticks: 0,
        }
    }

    /// A lane may have something new.
    pub(super) fn wake(&mut self, id: i64) {
        let (after, answering) = (self.after, &mut self.answering);
        let lane = self.known.entry(id);
        let lane = lane.or_insert_with(|| Lane::new(after, answering.remove(&id)));
        lane.more = true;
        self.list(id);
    }

    /// The number of running calls.
    pub(super) fn running(&self) -> usize {
        self.load.running
    }

    /// Marks lanes that have not responded for a while as quiet. Lanes that wait for a limit, or
    /// could not be read from the database, get another turn.
    pub(super) fn tick(&mut self, limits: Limits) {
        self.load.tick(limits);
        self.ticks = self.ticks.wrapping_add(1);
        for (id, lane) in &mut self.known {
            if self.ticks.is_multiple_of(IDLE) {
                lane.close_idle();
            }
            let waits = |since: u32| self.ticks.wrapping_sub(since);
            if lane
                .swapped
                .is_some_and(|(_, since)| waits(since) >= SWAPPED)
            {
                release(lane);
                self.stalled.push(*id);
            }
            let silence = self.ticks.wrapping_sub(lane.since);
            if !lane.quiet && lane.running > 0 && silence >= QUIET_AFTER {
                lane.quiet = true;
                self.load.quiet += lane.running;
                if lane.is_no_newcomer() {
                    self.turns.push_back(*id);
                }
            }
        }
        for id in std::mem::take(&mut self.stalled) {
            self.list(id);
        }
        for parked in &mut self.parked {
            self.turns.append(parked);
        }
    }

    /// The next delivery to start. A lane whose deliveries can't be read waits for the next tick.
    pub(super) fn next(&mut self, source: &mut impl Source) -> Option<(Turn, Due)> {
        while let Some(id) = self.turns.pop_front() {
            let Some(lane) = self.known.get_mut(&id) else {
                continue;
            };
            lane.listed = false;
            if !lane.has_room() {
                self.settle(id);
                continue;
            }
            if self.load.takes(lane) {
                if let Some(begun) = self.begin(id, source) {
                    return Some(begun);
                }
                continue;
            }
            lane.listed = true;
            if lane.is_new && !lane.quiet {
                lane.waits_as_new = true;
                self.load.newcomers.wait(id);
            } else {
                self.parked[usize::from(lane.quiet)].push_back(id);
            }
        }
        while let Some(id) = self.load.newcomers.newest() {
            if let Some(lane) = self.known.get_mut(&id)
                && lane.waits_as_new
            {
                if !self.load.takes(lane) {
                    return None;
                }
                (lane.waits_as_new, lane.listed) = (false, false);
                self.load.newcomers.pop();
                if let Some(begun) = self.begin(id, source) {
                    return Some(begun);
                }
            } else {
                // It is not a newcomer any more, or no longer exists.
                self.load.newcomers.pop();
            }
        }
        None
    }

    /// Starts the next delivery of a lane, if it has one.
    fn begin(&mut self, id: i64, source: &mut impl Source) -> Option<(Turn, Due)> {
        let lane = self.known.get_mut(&id)?;
        match take(id, lane, &mut self.bytes, source) {
            Ok(Some(Taken { due, apart, of })) => {
                if lane.running == 0 {
                    lane.since = self.ticks;
                }
                self.load.begin(lane);
                let turn = lane.begin(id, apart, of);
                self.list(id);
                return Some((turn, due));
            }
            Ok(None) => {
                self.settle(id);
                self.list(id);
            }
            Err(_) => self.stalled.push(id),
        }
        None
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, turn: Turn, sent: &Sent) {
        self.make_room();
        let Some(lane) = self.known.get_mut(&turn.lane) else {
            return;
        };
        let was_quiet = lane.quiet;
        self.load.end(was_quiet);
        lane.end(turn, sent);
        lane.since = self.ticks;
        lane.unrecorded += 1;
        match (was_quiet, lane.quiet) {
            (false, true) => self.load.quiet += lane.running,
            (true, false) => self.load.quiet -= lane.running,
            _ => {}
        }
        if lane.is_no_newcomer() {
            self.turns.push_back(turn.lane);
        }
        self.list(turn.lane);
    }

    /// A delivery is over: it got through, or was given up.
    pub(super) fn over(&mut self, turn: Turn, seq: i64) {
        if let Some(lane) = self.known.get_mut(&turn.lane) {
            lane.leave(turn.of);
            if lane.swapped.is_some_and(|(again, _)| again.seq < seq) {
                release(lane);
            }
        }
        self.list(turn.lane);
    }

    /// Swaps a delivery with the next one of its lane, unless one is already waiting. Returns
    /// whether it did.
    pub(super) fn swap(&mut self, turn: Turn, due: &Due) -> bool {
        let Some(lane) = self.known.get_mut(&turn.lane) else {
            return false;
        };
        if lane.swapped.is_some() {
            return false;
        }
        // The next one may be of the same request.
        lane.leave(turn.of);
        let again = Retry {
            of: None,
            ..Retry::of(due)
        };
        lane.swapped = Some((again, self.ticks));
        lane.paused += 1;
        self.cancel(turn);
        self.list(turn.lane);
        true
    }

    /// A delivery could not be begun, and is the first to be begun at the next tick.
    pub(super) fn put_back(&mut self, turn: Turn, due: &Due) {
        self.cancel(turn);
        if let Some(lane) = self.known.get_mut(&turn.lane) {
            lane.retries.push_front(Retry {
                of: turn.of,
                ..Retry::of(due)
            });
            self.stalled.push(turn.lane);
        }
    }

    /// A delivery could not be attempted, and continues at that time, whatever else its lane does.
    pub(super) fn postpone(&mut self, turn: Turn, retry: Retry, until: Instant) {
        self.pause(turn.lane, retry, until);
        self.cancel(turn);
        self.list(turn.lane);
    }

    /// The connection of a delivery was closed: it continues immediately, on another.
    pub(super) fn stale(&mut self, turn: Turn, sent: &Sent, retry: Retry) {
        self.make_room();
        if let Some(lane) = self.known.get_mut(&turn.lane) {
            self.load.end(lane.quiet);
            lane.end_stale(turn, sent);
            lane.stale.push_back(retry);
        }
        self.list(turn.lane);
    }

    /// A delivery continues with another attempt, at that time.
    pub(super) fn pause(&mut self, id: i64, retry: Retry, until: Instant) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.paused += 1;
            self.paused.add(id, retry, until);
        }
    }

    /// When the first pause ends.
    pub(super) fn next_again(&self) -> Option<Instant> {
        self.paused.next()
    }

    /// Ends the pauses that are over.
    pub(super) fn resume(&mut self, now: Instant) {
        while let Some((id, retry)) = self.paused.ended(now) {
            if let Some(lane) = self.known.get_mut(&id) {
                lane.paused -= 1;
                lane.retries.push_back(retry);
                self.list(id);
            }
        }
    }

    /// Drops loaded deliveries that no longer exist.
    pub(super) fn retain(&mut self, is_there: impl Fn(&Due) -> bool) {
        for lane in self.known.values_mut() {
            lane.ready.retain(|due| {
                let stays = is_there(due);
                self.bytes -= if stays { 0 } else { due.body.len() };
                stays
            });
        }
    }

    /// The outcome of an attempt has been recorded.
    pub(super) fn recorded(&mut self, id: i64) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.unrecorded -= 1;
        }
        self.settle(id);
    }

    /// A call was not made.
    fn cancel(&mut self, turn: Turn) {
        self.make_room();
        if let Some(lane) = self.known.get_mut(&turn.lane) {
            self.load.end(lane.quiet);
            lane.cancel(turn);
        }
    }

    /// A call has ended, so a lane that waits for a limit may start one.
    fn make_room(&mut self) {
        for parked in &mut self.parked {
            self.turns.extend(parked.pop_front());
        }
    }

    fn list(&mut self, id: i64) {
        if let Some(lane) = self.known.get_mut(&id)
            && !lane.listed
            && lane.has_room()
        {
            lane.listed = true;
            self.turns.push_back(id);
        }
    }

    /// Removes a lane that has nothing left, and remembers that it responded.
    fn settle(&mut self, id: i64) {
        if !self.known.get(&id).is_some_and(Lane::is_over) {
            return;
        }
        if self.known.remove(&id).is_some_and(|lane| lane.proven) {
            if self.answering.len() >= REMEMBERED {
                self.answering.clear();
            }
            self.answering.insert(id);
        }
    }
}

/// Releases the delivery that was waiting for the one after it.
fn release(lane: &mut Lane) {
    if let Some((again, _)) = lane.swapped.take() {
        lane.paused -= 1;
        lane.retries.push_back(again);
    }
}

/// The next delivery of a lane.
struct Taken {
    due: Due,
    /// Whether it needs a connection of its own.
    apart: bool,
    of: Option<Of>,
}

/// The next delivery of a lane; `None` if there is none, or the next one is gone.
fn take(
    id: i64,
    lane: &mut Lane,
    bytes: &mut usize,
    source: &mut impl Source,
) -> store::Result<Option<Taken>> {
    let apart = !lane.stale.is_empty();
    let retries = if apart {
        &mut lane.stale
    } else {
        &mut lane.retries
    };
    if let Some(Retry { seq, made, of }) = retries.front().copied() {
        let due = source.one(seq)?;
        retries.pop_front();
        let Some(due) = due else {
            lane.leave(of);
            return Ok(None);
        };
        // Another mock may have tried meanwhile.
        let made = made.max(due.made);
        let due = Due { made, ..due };
        return Ok(Some(Taken { due, apart, of }));
    }
    loop {
        if lane.ready.is_empty() && lane.more {
            // As much as the window takes, and no less than is worth asking for.
            let most = match *bytes {
                BYTES.. => 1,
                _ => (lane.window * 2).clamp(FIRST, PER_LANE),
            };
            let page = source.page(id, lane.seen, most)?;
            lane.more = page.len() == most;
            lane.seen = page.last().map_or(lane.seen, |due| due.seq);
            *bytes += page.iter().map(|due| due.body.len()).sum::<usize>();
            lane.ready.extend(page);
        }
        let Some(due) = lane.ready.pop_front() else {
            return Ok(None);
        };
        *bytes -= due.body.len();
        if lane.order.enter(&due) {
            let of = Some(due.of);
            return Ok(Some(Taken { due, apart, of }));
        }
    }
}

#[cfg(test)]
mod tests;
