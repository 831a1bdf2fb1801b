//! The order of a request's events at one destination: each is answered, or given up, before the next
//! is sent. Deliveries of one event, to several webhooks, don't wait for each other.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use crate::mock::store::deliveries::{Due, Of};

/// A delivery whose pause is over; its body is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Retry {
    pub(super) seq: i64,
    /// Attempts so far, whether recorded or not.
    pub(super) made: u8,
    /// What has to be over before later events of the request are sent.
    pub(super) of: Option<Of>,
}

impl Retry {
    pub(super) fn of(due: &Due) -> Self {
        Self {
            seq: due.seq,
            made: due.made,
            of: Some(due.of),
        }
    }
}

/// The requests of which something is on its way to a destination.
#[derive(Debug, Default)]
pub(super) struct Order(HashMap<u64, Gate>);

/// One request.
#[derive(Debug)]
struct Gate {
    /// The event that is on its way.
    event: u64,
    /// How many deliveries of it.
    open: usize,
    /// Those of later events. Their bodies are read again.
    held: VecDeque<(u64, Retry)>,
}

impl Order {
    /// Whether a delivery may begin; otherwise it is held until its turn comes.
    pub(super) fn enter(&mut self, due: &Due) -> bool {
        let Of { request, event } = due.of;
        match self.0.entry(request) {
            Entry::Vacant(empty) => {
                empty.insert(Gate {
                    event,
                    open: 1,
                    held: VecDeque::new(),
                });
                true
            }
            Entry::Occupied(mut known) => {
                let gate = known.get_mut();
                if gate.event == event && gate.held.is_empty() {
                    gate.open += 1;
                    return true;
                }
                gate.held.push_back((event, Retry::of(due)));
                false
            }
        }
    }

    /// A delivery that had entered is over. Those that may begin now.
    pub(super) fn leave(&mut self, of: Of) -> Vec<Retry> {
        let Entry::Occupied(mut known) = self.0.entry(of.request) else {
            return Vec::new();
        };
        let gate = known.get_mut();
        gate.open -= 1;
        if gate.open > 0 {
            return Vec::new();
        }
        let Some(&(event, _)) = gate.held.front() else {
            known.remove();
            return Vec::new();
        };
        let mut next = Vec::new();
        while let Some((_, again)) = gate.held.front().filter(|(held, _)| *held == event) {
            next.push(*again);
            gate.held.pop_front();
        }
        (gate.event, gate.open) = (event, next.len());
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(seq: i64, request: u64, event: u64) -> Due {
        Due {
            seq,
            callback: 1,
            webhook: None,
            made: 0,
            of: Of { request, event },
            body: Vec::new(),
        }
    }

    #[test]
    fn events_of_a_request_go_one_after_the_other_and_each_to_all() {
        let mut order = Order::default();
        // Two webhooks for the first event, two for the second, one for the third.
        let entered = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)]
            .map(|(seq, event)| order.enter(&due(seq, 7, event)));
        assert_eq!(entered, [true, true, false, false, false]);
        assert!(
            order.enter(&due(6, 8, 2)),
            "another request waits for nothing"
        );
        let mut leave = |event| -> Vec<i64> {
            let next = order.leave(Of { request: 7, event });
            next.iter().map(|again| again.seq).collect()
        };
        assert!(leave(1).is_empty());
        assert_eq!(leave(1), [3, 4]);
        assert!(leave(2).is_empty());
        assert_eq!(leave(2), [5]);
        assert!(leave(3).is_empty());
        assert!(!order.0.contains_key(&7));
    }
}
