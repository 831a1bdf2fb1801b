//! Lanes without network and database.

use std::time::Duration;

use super::*;
use crate::{
    deliver::{Cause, Failure, Link, Outcome},
    mock::engine::lane::QUIET_AFTER,
};

/// Lanes with a number of deliveries each, all with the same body, in a database that may be
/// unreadable.
struct Table {
    last: i64,
    body: usize,
    broken: bool,
}

impl Table {
    fn due(&self, seq: i64) -> Due {
        Due {
            seq,
            callback: 1,
            webhook: None,
            made: 0,
            of: Of {
                request: seq.unsigned_abs(),
                event: 1,
            },
            body: vec![0; self.body],
        }
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

/// Of a delivery that waits for no other.
fn again(seq: i64, made: u8) -> Retry {
    Retry {
        seq,
        made,
        of: None,
    }
}

const ANSWERED: Result<u16, Failure> = Ok(200);
const REFUSED: Result<u16, Failure> = Err(Failure::Connection(Cause::Refused));
const SILENT: Result<u16, Failure> = Err(Failure::Timeout(10));

/// Lanes, their deliveries, and the running calls.
struct Play {
    lanes: Lanes,
    table: Table,
    turns: HashMap<i64, VecDeque<Turn>>,
    link: Link,
}

impl Play {
    fn to(last: i64) -> Self {
        Self {
            lanes: Lanes::new(0),
            table: Table {
                last,
                body: 0,
                broken: false,
            },
            turns: HashMap::new(),
            link: Link::Reused,
        }
    }

    fn wake(&mut self, lanes: std::ops::RangeInclusive<i64>) {
        for lane in lanes {
            self.lanes.wake(lane);
        }
    }

    /// Starts what may be started: lanes and deliveries.
    fn begin(&mut self) -> Vec<(i64, i64)> {
        let mut begun = Vec::new();
        while let Some((turn, due)) = self.lanes.next(&mut self.table) {
            self.turns.entry(turn.lane).or_default().push_back(turn);
            begun.push((turn.lane, due.seq));
        }
        begun
    }

    fn turn(&mut self, lane: i64) -> Turn {
        self.turns.get_mut(&lane).unwrap().pop_front().unwrap()
    }

    /// Ends the oldest call of a lane.
    fn end(&mut self, lane: i64, answer: Result<u16, Failure>) {
        let turn = self.turn(lane);
        let outcome = Outcome {
            answer,
            duration: Duration::ZERO,
        };
        let link = self.link;
        self.lanes.ended(turn, &Sent { outcome, link });
    }

    fn looks(&mut self, times: u32) {
        for _ in 0..times {
            self.lanes.tick(self.lanes.load.limits);
        }
    }

    fn second(&mut self) {
        self.looks(QUIET_AFTER);
    }
}

#[test]
fn a_lane_starts_small_grows_with_answers_and_shrinks_with_silence() {
    let mut play = Play::to(10_000);
    play.wake(1..=1);
    assert_eq!(play.begin().len(), FIRST);
    play.end(1, ANSWERED);
    assert_eq!(play.begin(), [(1, 5), (1, 6)]);
    play.end(1, REFUSED);
    assert_eq!(play.begin(), [(1, 7)]);
    for _ in 0..1000 {
        play.end(1, ANSWERED);
        play.begin();
    }
    assert_eq!(play.lanes.running(), PER_LANE);
    for _ in 0..PER_LANE {
        play.end(1, SILENT);
    }
    assert_eq!(play.begin().len(), 1);
}

#[test]
fn a_lane_whose_connections_are_not_kept_gets_few_at_once() {
    let mut play = Play::to(1000);
    play.link = Link::Opened(Duration::ZERO);
    play.wake(1..=1);
    for _ in 0..200 {
        play.begin();
        assert_eq!(play.lanes.running(), FIRST);
        play.end(1, ANSWERED);
    }
}

#[test]
fn lanes_take_turns() {
    let mut play = Play::to(1000);
    play.wake(1..=200);
    let order = play.begin();
    assert_eq!(order[..3], [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(play.lanes.running(), 512);
    play.wake(999..=999);
    assert_eq!(play.begin(), []);
    play.end(1, ANSWERED);
    assert_eq!(play.begin().len(), 1);
}

#[test]
fn a_thousand_silent_destinations_leave_room_for_one_that_answers() {
    let mut play = Play::to(1000);
    play.wake(1..=1040);
    assert_eq!(play.begin().len(), 512);
    play.second();
    // Others, and none of the first a second time.
    assert!(play.begin().iter().all(|(lane, _)| *lane > 512));
    play.second();
    assert!(play.begin().iter().all(|(lane, _)| *lane > 512));
    play.wake(9999..=9999);
    play.looks(2);
    assert_eq!(play.begin()[0], (9999, 1));
    // Their timeouts leave time for few retries.
    for lane in 1..=1040 {
        while play.turns.get(&lane).is_some_and(|t| !t.is_empty()) {
            play.end(lane, SILENT);
        }
    }
    play.begin();
    assert_eq!(play.lanes.load.quiet, 128);
}

/// However many are silent, and whenever it comes.
#[test]
fn a_new_destination_waits_a_second_at_most_behind_any_number_of_silent_ones() {
    for silent in [600, 1500, 2100, 3000, 10_000] {
        for when in [0, 1, 19, 20, 40, 85, 300, 590] {
            let mut play = Play::to(2);
            play.wake(1..=silent);
            play.begin();
            for _ in 0..when {
                play.looks(1);
                play.begin();
            }
            play.wake(99_999..=99_999);
            let mut looks = 0;
            while !play.begin().iter().any(|(lane, _)| *lane == 99_999) {
                assert!(looks <= QUIET_AFTER, "{silent} silent ones, at look {when}");
                play.looks(1);
                looks += 1;
            }
        }
    }
}

#[test]
fn newcomers_get_their_turn_among_the_others_once_they_were_heard_of() {
    let mut play = Play::to(1000);
    play.wake(1..=600);
    play.begin();
    // The first ones wait for their second call, after newer ones, when the first call gets a
    // response.
    for _ in 0..200 {
        for lane in 1..=4 {
            play.end(lane, ANSWERED);
            play.begin();
        }
    }
    for lane in 1..=4 {
        assert!(play.lanes.known[&lane].seen > 20, "lane {lane}");
    }
    // Nothing is left over when all of them respond.
    play.table.last = 5;
    for _ in 0..20 {
        for lane in 1..=600 {
            while play.turns.get(&lane).is_some_and(|t| !t.is_empty()) {
                play.end(lane, ANSWERED);
            }
            play.begin();
        }
        play.looks(1);
    }
    assert!(play.lanes.known.values().all(|lane| lane.seen >= 5));
    assert_eq!(play.lanes.running(), 0);
}

#[test]
fn a_pause_takes_no_room() {
    let mut play = Play::to(1000);
    play.wake(1..=1);
    assert_eq!(play.begin().len(), FIRST);
    let until = Instant::now();
    for seq in 1..=4 {
        play.end(1, REFUSED);
        play.lanes.pause(1, again(seq, 1), until);
    }
    assert_eq!(play.begin(), [(1, 5), (1, 6), (1, 7), (1, 8)]);
    assert_eq!(play.lanes.next_again(), Some(until));
    play.lanes.resume(until);
    play.end(1, ANSWERED);
    let (turn, due) = play.lanes.next(&mut play.table).unwrap();
    play.turns.get_mut(&1).unwrap().push_back(turn);
    assert_eq!((due.seq, due.made), (1, 1));
    // Those that no longer exist are skipped.
    play.table.last = 0;
    assert_eq!(play.begin(), []);
    assert_eq!(play.lanes.known[&1].retries.len(), 0);
}

#[test]
fn the_only_delivery_of_a_lane_goes_on_by_time_when_it_could_not_be_made() {
    let mut play = Play::to(1);
    play.wake(1..=1);
    assert_eq!(play.begin(), [(1, 1)]);
    let (turn, until) = (play.turn(1), Instant::now());
    play.lanes.postpone(turn, again(1, 0), until);
    assert_eq!(play.begin(), []);
    assert_eq!(play.lanes.next_again(), Some(until));
    play.lanes.resume(until);
    assert_eq!(play.begin(), [(1, 1)]);
    // Repeatedly, too.
    let turn = play.turn(1);
    play.lanes.postpone(turn, again(1, 0), until);
    play.lanes.resume(until);
    assert_eq!(play.begin(), [(1, 1)]);
    assert_eq!(play.lanes.running(), 1);
}

#[test]
fn what_can_not_be_read_is_read_at_the_next_look() {
    let mut play = Play::to(2);
    play.table.broken = true;
    play.wake(1..=1);
    assert_eq!(play.begin(), []);
    play.table.broken = false;
    assert_eq!(play.begin(), []);
    play.looks(1);
    assert_eq!(play.begin(), [(1, 1), (1, 2)]);
}

#[test]
fn bodies_that_wait_their_turn_take_a_bounded_place() {
    let mut play = Play::to(1000);
    play.table.body = 16 << 10;
    play.wake(1..=400);
    play.begin();
    assert!(play.lanes.bytes <= BYTES + PER_LANE * play.table.body);
    for lane in 1..=400 {
        if play.turns.contains_key(&lane) {
            play.end(lane, ANSWERED);
        }
        play.begin();
    }
    assert!(play.lanes.bytes <= BYTES + PER_LANE * play.table.body);
}

#[test]
fn a_delivery_deleted_before_its_turn_is_skipped() {
    let mut play = Play::to(6);
    play.table.body = 10;
    play.wake(1..=1);
    assert_eq!(play.begin().len(), FIRST);
    play.lanes.retain(|due| due.seq == 6);
    assert_eq!(play.lanes.bytes, 10);
    play.end(1, ANSWERED);
    assert_eq!(play.begin(), [(1, 6)]);
}

#[test]
fn what_is_not_recorded_is_not_begun_again() {
    let mut play = Play::to(1);
    play.wake(1..=1);
    assert_eq!(play.begin(), [(1, 1)]);
    play.end(1, ANSWERED);
    play.wake(1..=1);
    assert_eq!(play.begin(), []);
    play.lanes.recorded(1);
    assert!(play.lanes.known.is_empty() && play.lanes.answering.contains(&1));
}
