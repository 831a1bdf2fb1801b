//! One attempt of one delivery, and when the next one is made.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time};

use super::{lane::Turn, order::Retry};
use crate::{
    deliver::{Failure, Link, Message, Prepared, Sent},
    mock::{
        clock,
        store::{deliveries::Due, outcomes::Made},
    },
};

/// The pause before an attempt that could not be made because too many files were open.
pub(super) const NO_ROOM: Duration = Duration::from_secs(1);

/// How much of a response's body is kept.
const KEPT_ANSWER: usize = 1024;

/// How to call, and the maximum number of attempts.
#[derive(Debug)]
pub(super) struct Route {
    /// If it can't be called, every attempt fails immediately.
    pub(super) call: Result<Prepared, Failure>,
    pub(super) tries: u8,
    /// Whether the beginnings of responses are kept.
    pub(super) keeps_answers: bool,
}

/// How a fault makes a delivery happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Once,
    /// It arrives twice, and is reported once.
    Twice,
}

impl Route {
    /// A callback that can never be called.
    pub(super) fn none(why: Failure) -> Self {
        Self {
            call: Err(why),
            tries: 1,
            keeps_answers: false,
        }
    }
}

/// What an attempt reports.
#[derive(Debug)]
pub(super) enum AttemptResult {
    Made(Turn, Sent, Made),
    /// Its connection was closed before the call, so no call was made.
    Stale(Turn, Sent, Retry),
    /// Too many files were open, so no call was made.
    NoRoom(Turn, Retry),
}

/// Reports an attempt. If it ends without a report, because of a panic, it counts as not made, so
/// that its delivery is not forgotten.
#[derive(Debug)]
struct Report {
    turn: Turn,
    retry: Retry,
    to: Option<mpsc::UnboundedSender<AttemptResult>>,
}

impl Report {
    fn send(&mut self, result: AttemptResult) {
        if let Some(to) = self.to.take() {
            // The receiver is gone only while the engine is being stopped.
            let _ = to.send(result);
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.send(AttemptResult::NoRoom(self.turn, self.retry));
    }
}

/// Makes the next attempt of a delivery, and reports it.
pub(super) async fn make(
    turn: Turn,
    due: Due,
    route: Arc<Route>,
    manner: Manner,
    results: mpsc::UnboundedSender<AttemptResult>,
) {
    let retry = Retry {
        of: turn.of,
        ..Retry::of(&due)
    };
    let Due {
        seq, made, body, ..
    } = due;
    let mut report = Report {
        turn,
        retry,
        to: Some(results),
    };
    if let Some(at) = turn.begun.at {
        time::sleep_until(at).await;
    }
    let number = (made + 1).min(route.tries);
    if let (Manner::Twice, Ok(call)) = (manner, &route.call) {
        call.attempt(&body.clone().into(), false).await;
    }
    let began = clock::now();
    let (sent, mut answer) = match &route.call {
        Ok(call) => {
            let mut message = Message::from(body);
            message.wants_answer = route.keeps_answers;
            call.attempt(&message, turn.apart).await
        }
        Err(failure) => {
            let (outcome, link) = (failure.at_once(), Link::None);
            (Sent { outcome, link }, Vec::new())
        }
    };
    answer.truncate(KEPT_ANSWER);
    let outcome = sent.outcome;
    match outcome.answer {
        Err(Failure::NoRoom) => return,
        Err(Failure::Stale) => return report.send(AttemptResult::Stale(turn, sent, retry)),
        _ => {}
    }
    let made = Made {
        delivery: seq,
        number,
        time: began,
        outcome,
        last: number == route.tries || outcome.is_success(),
        answer: (route.keeps_answers && !answer.is_empty()).then_some(answer),
    };
    report.send(AttemptResult::Made(turn, sent, made));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::{engine::opening::Begun, store::deliveries::Of};

    #[tokio::test]
    async fn an_attempt_that_ends_without_a_report_was_not_made() {
        let (report, mut news) = mpsc::unbounded_channel();
        let begun = Begun {
            opens: true,
            at: Some(time::Instant::now() + Duration::from_secs(60)),
        };
        let turn = Turn {
            lane: 1,
            begun,
            apart: false,
            of: None,
        };
        let due = Due {
            seq: 7,
            callback: 1,
            webhook: None,
            made: 2,
            of: Of {
                request: 1,
                event: 1,
            },
            body: Vec::new(),
        };
        let route = Arc::new(Route::none(Failure::Gone));
        let task = tokio::spawn(make(turn, due, route, Manner::Once, report));
        tokio::task::yield_now().await;
        task.abort();
        let heard = news.recv().await.unwrap();
        assert!(
            matches!(heard, AttemptResult::NoRoom(t, Retry { seq: 7, made: 2, .. }) if t == turn)
        );
    }
}
