//! One attempt of one delivery, and when the next one is made.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::lane::Again;
use crate::{
    deliver::{Failure, Prepared},
    mock::{
        clock, rules,
        store::{deliveries::Due, outcomes::Made},
    },
};

/// The pause before an attempt that this machine had no room for.
pub(super) const NO_ROOM: Duration = Duration::from_secs(1);

/// How to call, and how often at most.
#[derive(Debug)]
pub(super) struct Route {
    /// What can't be called fails at once.
    pub(super) call: Result<Prepared, Failure>,
    pub(super) tries: u8,
}

/// What an attempt reports.
#[derive(Debug)]
pub(super) enum News {
    /// It was made in a lane.
    Made(i64, Made),
    /// This machine had no room for it: none was made.
    NoRoom(i64, Again),
}

/// Makes the next attempt of a delivery, and reports it.
pub(super) async fn make(
    lane: i64,
    due: Due,
    route: Arc<Route>,
    news: mpsc::UnboundedSender<News>,
) {
    let Due {
        seq, made, body, ..
    } = due;
    let number = (made + 1).min(route.tries);
    let time = clock::now();
    let outcome = match &route.call {
        Ok(call) => call.send(body).await,
        Err(failure) => failure.at_once(),
    };
    let report = if outcome.answer == Err(Failure::NoRoom) {
        News::NoRoom(lane, Again { seq, made })
    } else {
        let last = number == route.tries || outcome.is_success();
        News::Made(
            lane,
            Made {
                delivery: seq,
                number,
                time,
                outcome,
                last,
            },
        )
    };
    // Who reports to nobody is being stopped.
    let _ = news.send(report);
}

/// How long a delivery pauses after so many attempts.
pub(super) fn pause(made: u8) -> Duration {
    let pauses = rules::PAUSES_MS;
    let at = usize::from(made.saturating_sub(1)).min(pauses.len() - 1);
    Duration::from_millis(pauses[at])
}
