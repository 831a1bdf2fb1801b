//! Whose turn it is: a lane for each destination, none of which can hold up another. Knows the
//! numbers of deliveries that are near their turn, not of all that wait.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet, VecDeque},
};

use tokio::time::Instant;

use super::{
    house::{House, Room},
    lane::{Again, End, FIRST, Lane, PER_LANE, QUIET_AFTER},
};
use crate::mock::store::{self, deliveries::Due};

/// The most bytes of bodies that are taken in before their turn. Beyond that a lane takes in what
/// it begins at once.
const BYTES: usize = 4 << 20;

/// The most destinations that are remembered to answer while they have nothing to do.
const REMEMBERED: usize = 4096;

/// Where deliveries are read.
pub(super) trait Source {
    /// Those of a lane behind a number, at most so many.
    fn page(&mut self, lane: i64, after: i64, most: usize) -> store::Result<Vec<Due>>;
    /// One; nothing where it is gone.
    fn one(&mut self, seq: i64) -> store::Result<Option<Due>>;
}

/// The end of a pause, its lane, and what goes on then.
type Pause = Reverse<(Instant, i64, i64, u8)>;

/// All destinations with something to deliver.
#[derive(Debug)]
pub(super) struct Lanes {
    after: i64,
    known: HashMap<i64, Lane>,
    turns: VecDeque<i64>,
    /// Those that have something to begin while the house is full: the others, and the quiet ones.
    parked: [VecDeque<i64>; 2],
    /// Those whose deliveries could not be read.
    stalled: Vec<i64>,
    paused: BinaryHeap<Pause>,
    /// Those that answered, and have nothing to do.
    answering: HashSet<i64>,
    house: House,
    /// Of all that is ready.
    bytes: usize,
    looks: u32,
}

impl Lanes {
    /// Of deliveries behind that one.
    pub(super) fn new(after: i64) -> Self {
        Self {
            after,
            known: HashMap::new(),
            turns: VecDeque::new(),
            parked: Default::default(),
            stalled: Vec::new(),
            paused: BinaryHeap::new(),
            answering: HashSet::new(),
            house: House::new(),
            bytes: 0,
            looks: 0,
        }
    }

    /// There may be something new in a lane.
    pub(super) fn wake(&mut self, id: i64) {
        let (after, answering) = (self.after, &mut self.answering);
        let lane = self.known.entry(id);
        let lane = lane.or_insert_with(|| Lane::new(after, answering.remove(&id)));
        lane.more = true;
        self.list(id);
    }

    /// How many calls run.
    pub(super) fn running(&self) -> usize {
        self.house.running
    }

    /// Now and then: who has not answered for a while is quiet, and who waits for room, or for a
    /// database that can't be read, has its turn again.
    pub(super) fn look(&mut self, room: Room) {
        self.house.room = room;
        self.looks = self.looks.wrapping_add(1);
        for lane in self.known.values_mut() {
            let silence = self.looks.wrapping_sub(lane.since);
            if !lane.quiet && lane.running > 0 && silence >= QUIET_AFTER {
                lane.quiet = true;
                self.house.quiet += lane.running;
            }
        }
        for id in std::mem::take(&mut self.stalled) {
            self.list(id);
        }
        for parked in &mut self.parked {
            self.turns.append(parked);
        }
    }

    /// The next delivery to begin. A lane whose deliveries can't be read waits for the next look.
    pub(super) fn next(&mut self, source: &mut impl Source) -> Option<(i64, Due)> {
        while let Some(id) = self.turns.pop_front() {
            let Some(lane) = self.known.get_mut(&id) else {
                continue;
            };
            lane.listed = false;
            if !lane.has_room() {
                self.settle(id);
                continue;
            }
            if !self.house.takes(lane) {
                lane.listed = true;
                self.parked[usize::from(lane.quiet)].push_back(id);
                continue;
            }
            match take(id, lane, &mut self.bytes, source) {
                Ok(Some(due)) => {
                    if lane.running == 0 {
                        lane.since = self.looks;
                    }
                    lane.running += 1;
                    self.house.running += 1;
                    self.house.quiet += usize::from(lane.quiet);
                    self.list(id);
                    return Some((id, due));
                }
                Ok(None) => {
                    self.settle(id);
                    self.list(id);
                }
                Err(_) => self.stalled.push(id),
            }
        }
        None
    }

    /// An attempt has ended.
    pub(super) fn ended(&mut self, id: i64, end: End) {
        self.leave(id);
        let Some(lane) = self.known.get_mut(&id) else {
            return;
        };
        let was_quiet = lane.quiet;
        lane.learn(end);
        lane.since = self.looks;
        lane.unrecorded += 1;
        match (was_quiet, lane.quiet) {
            (false, true) => self.house.quiet += lane.running,
            (true, false) => self.house.quiet -= lane.running,
            _ => {}
        }
        self.list(id);
    }

    /// A delivery was not to be made any more.
    pub(super) fn dropped(&mut self, id: i64) {
        self.leave(id);
        self.list(id);
        self.settle(id);
    }

    /// A delivery could not be begun, and is the first to be begun at the next look.
    pub(super) fn put_back(&mut self, id: i64, due: Due) {
        self.leave(id);
        if let Some(lane) = self.known.get_mut(&id) {
            self.bytes += due.body.len();
            lane.ready.push_front(due);
            self.stalled.push(id);
        }
    }

    /// A delivery goes on with another attempt, at that time.
    pub(super) fn pause(&mut self, id: i64, again: Again, until: Instant) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.paused += 1;
            let pause = (until, id, again.seq, again.made);
            self.paused.push(Reverse(pause));
        }
    }

    /// When the first pause ends.
    pub(super) fn next_again(&self) -> Option<Instant> {
        self.paused.peek().map(|Reverse((until, ..))| *until)
    }

    /// Ends the pauses whose time has come.
    pub(super) fn resume(&mut self, now: Instant) {
        while self.next_again().is_some_and(|until| until <= now)
            && let Some(Reverse((_, id, seq, made))) = self.paused.pop()
        {
            if let Some(lane) = self.known.get_mut(&id) {
                lane.paused -= 1;
                lane.again.push_back(Again { seq, made });
                self.list(id);
            }
        }
    }

    /// Lets go of what is ready and not there any more.
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

    /// A call of a lane runs no more: there is room for one of those that wait for it.
    fn leave(&mut self, id: i64) {
        if let Some(lane) = self.known.get_mut(&id) {
            lane.running -= 1;
            self.house.running -= 1;
            self.house.quiet -= usize::from(lane.quiet);
        }
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

    /// Forgets a lane in which nothing is left, and remembers that it answered.
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

/// The next delivery of a lane; nothing where it has none, or the next one is gone.
fn take(
    id: i64,
    lane: &mut Lane,
    bytes: &mut usize,
    source: &mut impl Source,
) -> store::Result<Option<Due>> {
    if let Some(again) = lane.again.front().copied() {
        let due = source.one(again.seq)?;
        lane.again.pop_front();
        return Ok(due.map(|due| Due {
            made: again.made,
            ..due
        }));
    }
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
    let due = lane.ready.pop_front();
    *bytes -= due.as_ref().map_or(0, |due| due.body.len());
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lanes with so many deliveries each, of one body, in a database that can be read or not.
    struct Table {
        last: i64,
        body: usize,
        broken: bool,
    }

    impl Table {
        fn to(last: i64) -> Self {
            Self {
                last,
                body: 0,
                broken: false,
            }
        }

        fn due(&self, seq: i64) -> Due {
            Due {
                seq,
                callback: 1,
                made: 0,
                body: vec![0; self.body],
            }
        }

        fn begin(&mut self, lanes: &mut Lanes) -> Vec<(i64, i64)> {
            std::iter::from_fn(|| lanes.next(self))
                .map(|(lane, due)| (lane, due.seq))
                .collect()
        }
    }

    impl Source for Table {
        fn page(&mut self, _: i64, after: i64, most: usize) -> store::Result<Vec<Due>> {
            if self.broken {
                return Err(store::Error::Busy);
            }
            let most = i64::try_from(most).unwrap();
            let page = after + 1..=self.last.min(after + most);
            Ok(page.map(|seq| self.due(seq)).collect())
        }

        fn one(&mut self, seq: i64) -> store::Result<Option<Due>> {
            Ok((seq <= self.last).then(|| self.due(seq)))
        }
    }

    fn second(lanes: &mut Lanes) {
        for _ in 0..QUIET_AFTER {
            lanes.look(lanes.house.room);
        }
    }

    #[test]
    fn a_lane_starts_small_grows_with_answers_and_shrinks_with_silence() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1000));
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes).len(), FIRST);
        lanes.ended(1, End::Answered);
        assert_eq!(table.begin(&mut lanes), [(1, 5), (1, 6)]);
        lanes.ended(1, End::Refused);
        assert_eq!(table.begin(&mut lanes), [(1, 7)]);
        for _ in 0..200 {
            lanes.ended(1, End::Answered);
            table.begin(&mut lanes);
        }
        assert_eq!(lanes.running(), PER_LANE);
        for _ in 0..PER_LANE {
            lanes.ended(1, End::Silent);
        }
        assert_eq!(table.begin(&mut lanes).len(), 1);
    }

    #[test]
    fn lanes_take_turns() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1000));
        for lane in 1..=200 {
            lanes.wake(lane);
        }
        let order = table.begin(&mut lanes);
        assert_eq!(order[..3], [(1, 1), (2, 1), (3, 1)]);
        assert_eq!(lanes.running(), 512);
        lanes.wake(999);
        assert_eq!(table.begin(&mut lanes), []);
        lanes.ended(1, End::Answered);
        assert_eq!(table.begin(&mut lanes).len(), 1);
    }

    #[test]
    fn a_thousand_silent_destinations_leave_room_for_one_that_answers() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1000));
        for lane in 1..=1040 {
            lanes.wake(lane);
        }
        assert_eq!(table.begin(&mut lanes).len(), 512);
        second(&mut lanes);
        // The next ones, and none of the first a second time.
        assert_eq!(table.begin(&mut lanes)[0], (513, 1));
        second(&mut lanes);
        assert!(table.begin(&mut lanes).iter().all(|(lane, _)| *lane > 1024));
        lanes.wake(9999);
        assert_eq!(table.begin(&mut lanes)[0], (9999, 1));
        // Their timeouts let few of them try again.
        for lane in 1..=1040 {
            lanes.ended(lane, End::Silent);
        }
        table.begin(&mut lanes);
        assert_eq!(lanes.house.quiet, 128);
    }

    #[test]
    fn a_pause_takes_no_room() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1000));
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes).len(), FIRST);
        let until = Instant::now();
        for seq in 1..=4 {
            lanes.ended(1, End::Refused);
            lanes.pause(1, Again { seq, made: 1 }, until);
        }
        assert_eq!(table.begin(&mut lanes), [(1, 5), (1, 6), (1, 7), (1, 8)]);
        assert_eq!(lanes.next_again(), Some(until));
        lanes.resume(until);
        lanes.ended(1, End::Answered);
        let (_, due) = lanes.next(&mut table).unwrap();
        assert_eq!((due.seq, due.made), (1, 1));
        // Those that are gone meanwhile are passed over.
        table.last = 0;
        assert_eq!(table.begin(&mut lanes), []);
        assert_eq!(lanes.known[&1].again.len(), 0);
    }

    #[test]
    fn what_can_not_be_read_is_read_at_the_next_look() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(2));
        table.broken = true;
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes), []);
        table.broken = false;
        assert_eq!(table.begin(&mut lanes), []);
        lanes.look(lanes.house.room);
        assert_eq!(table.begin(&mut lanes), [(1, 1), (1, 2)]);
    }

    #[test]
    fn bodies_that_wait_their_turn_take_a_bounded_place() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1000));
        table.body = 16 << 10;
        for lane in 1..=400 {
            lanes.wake(lane);
        }
        table.begin(&mut lanes);
        assert!(lanes.bytes <= BYTES + PER_LANE * table.body);
        for lane in 1..=400 {
            lanes.ended(lane, End::Answered);
            table.begin(&mut lanes);
        }
        assert!(lanes.bytes <= BYTES + PER_LANE * table.body);
    }

    #[test]
    fn what_is_gone_before_its_turn_is_let_go() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(6));
        table.body = 10;
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes).len(), FIRST);
        lanes.retain(|due| due.seq == 6);
        assert_eq!(lanes.bytes, 10);
        lanes.ended(1, End::Answered);
        assert_eq!(table.begin(&mut lanes), [(1, 6)]);
    }

    #[test]
    fn what_is_not_recorded_is_not_begun_again() {
        let (mut lanes, mut table) = (Lanes::new(0), Table::to(1));
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes), [(1, 1)]);
        lanes.ended(1, End::Answered);
        lanes.wake(1);
        assert_eq!(table.begin(&mut lanes), []);
        lanes.recorded(1);
        assert!(lanes.known.is_empty() && lanes.answering.contains(&1));
    }
}
