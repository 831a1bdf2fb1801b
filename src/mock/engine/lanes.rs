//! Whose turn it is: a lane for each destination, none of which can hold up another. Knows the
//! numbers of deliveries that are near their turn, not of all that wait.

use std::collections::{HashMap, VecDeque};

use crate::mock::store::deliveries::Due;

/// The most calls at once to one destination.
pub(in crate::mock) const PER_LANE: usize = 64;

/// Where a destination starts, and where it falls to when it doesn't answer: a slow one must not
/// take much before it is known to be slow.
const FIRST: usize = 4;
const LEAST: usize = 1;

/// The most calls at once to all destinations; one that has none running may begin one above
/// that, as long as there are not twice as many.
const AT_ONCE: usize = 512;

/// One destination.
#[derive(Debug)]
struct Lane {
    /// How many calls may run at once: grows with each that is answered.
    window: usize,
    running: usize,
    /// Made, and not recorded yet.
    unrecorded: usize,
    /// The last delivery that was taken in.
    seen: i64,
    ready: VecDeque<Due>,
    /// Whether there may be more in the database.
    more: bool,
    /// Whether it has its turn.
    listed: bool,
}

impl Lane {
    fn new() -> Self {
        Self {
            window: FIRST,
            running: 0,
            unrecorded: 0,
            seen: 0,
            ready: VecDeque::new(),
            more: true,
            listed: false,
        }
    }

    fn has_room(&self) -> bool {
        self.running < self.window && (self.more || !self.ready.is_empty())
    }
}

/// All destinations with something to deliver.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    known: HashMap<i64, Lane>,
    turns: VecDeque<i64>,
    running: usize,
}

/// How a call to a lane ended, as far as the lane is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was answered, however.
    Answered,
    /// It was not.
    Silent,
}

impl Lanes {
    /// There may be something new in a lane.
    pub(super) fn wake(&mut self, lane: i64) {
        self.known.entry(lane).or_insert_with(Lane::new).more = true;
        self.list(lane);
    }

    /// How many calls run.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// The next delivery to begin. `fetch` gets those of a lane behind a number, at most so many;
    /// where it fails, the lane waits to be woken.
    pub(super) fn next(
        &mut self,
        mut fetch: impl FnMut(i64, i64, usize) -> Option<Vec<Due>>,
    ) -> Option<(i64, Due)> {
        for _ in 0..self.turns.len() {
            let id = self.turns.pop_front()?;
            let Some(lane) = self.known.get_mut(&id) else {
                continue;
            };
            lane.listed = false;
            let full = self.running >= AT_ONCE;
            if full && (lane.running > 0 || self.running >= 2 * AT_ONCE) {
                lane.listed = true;
                self.turns.push_back(id);
                continue;
            }
            if !lane.has_room() {
                self.settle(id);
                continue;
            }
            if lane.ready.is_empty() {
                // As much as the window takes, and no less than is worth asking for.
                let most = (lane.window * 2).clamp(FIRST, PER_LANE);
                let page = fetch(id, lane.seen, most).unwrap_or_default();
                lane.more = page.len() == most;
                lane.seen = page.last().map_or(lane.seen, |due| due.seq);
                lane.ready.extend(page);
            }
            let Some(due) = lane.ready.pop_front() else {
                self.settle(id);
                continue;
            };
            lane.running += 1;
            self.running += 1;
            self.list(id);
            return Some((id, due));
        }
        None
    }

    /// An attempt has ended. `again` where its delivery goes on with another.
    pub(super) fn ended(&mut self, id: i64, end: End, again: bool) {
        let Some(lane) = self.known.get_mut(&id) else {
            return;
        };
        lane.window = match end {
            End::Answered => (lane.window + 1).min(PER_LANE),
            End::Silent => (lane.window / 2).max(LEAST),
        };
        lane.unrecorded += 1;
        if !again {
            lane.running -= 1;
            self.running -= 1;
        }
        self.list(id);
    }

    /// A delivery was not to be made any more.
    pub(super) fn dropped(&mut self, id: i64) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.running -= 1;
            self.running -= 1;
        }
        self.list(id);
    }

    /// The outcome of an attempt has been recorded.
    pub(super) fn recorded(&mut self, id: i64) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.unrecorded -= 1;
        }
        self.settle(id);
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

    /// Forgets a lane in which nothing is left. Before that, what is not recorded yet would be
    /// found in the database once more.
    fn settle(&mut self, id: i64) {
        if let Some(lane) = self.known.get(&id)
            && lane.running == 0
            && lane.unrecorded == 0
            && lane.ready.is_empty()
            && !lane.more
        {
            self.known.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(seq: i64) -> Due {
        Due {
            seq,
            callback: 1,
            made: 0,
            body: Vec::new(),
        }
    }

    /// A lane with so many deliveries.
    fn fetch(last: i64) -> impl FnMut(i64, i64, usize) -> Option<Vec<Due>> {
        move |_, after, most| {
            let most = i64::try_from(most).unwrap();
            Some((after + 1..=last.min(after + most)).map(due).collect())
        }
    }

    fn begun(lanes: &mut Lanes, last: i64) -> Vec<(i64, i64)> {
        let mut fetch = fetch(last);
        std::iter::from_fn(|| lanes.next(&mut fetch))
            .map(|(lane, due)| (lane, due.seq))
            .collect()
    }

    #[test]
    fn a_lane_starts_small_grows_with_answers_and_shrinks_with_silence() {
        let mut lanes = Lanes::default();
        lanes.wake(1);
        assert_eq!(begun(&mut lanes, 1000).len(), FIRST);
        lanes.ended(1, End::Answered, false);
        assert_eq!(begun(&mut lanes, 1000), [(1, 5), (1, 6)]);
        for _ in 0..200 {
            lanes.ended(1, End::Answered, false);
            begun(&mut lanes, 1000);
        }
        assert_eq!(lanes.running(), PER_LANE);
        for _ in 0..PER_LANE {
            lanes.ended(1, End::Silent, false);
        }
        assert_eq!(begun(&mut lanes, 1000).len(), LEAST);
    }

    #[test]
    fn lanes_take_turns_and_a_full_house_has_room_for_a_new_one() {
        let mut lanes = Lanes::default();
        for lane in 1..=200 {
            lanes.wake(lane);
        }
        let order = begun(&mut lanes, 1000);
        assert_eq!(order[..3], [(1, 1), (2, 1), (3, 1)]);
        assert_eq!(lanes.running(), AT_ONCE);
        lanes.wake(999);
        assert_eq!(begun(&mut lanes, 1000), [(999, 1)]);
    }

    #[test]
    fn what_is_not_recorded_is_not_begun_again() {
        let mut lanes = Lanes::default();
        lanes.wake(1);
        assert_eq!(begun(&mut lanes, 1), [(1, 1)]);
        lanes.ended(1, End::Answered, false);
        lanes.wake(1);
        assert_eq!(begun(&mut lanes, 1), []);
        lanes.recorded(1);
        assert!(lanes.known.is_empty());
    }
}
