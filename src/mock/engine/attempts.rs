//! The attempts of one delivery.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time,
};

use crate::{
    deliver::{Failure, Prepared},
    mock::{
        clock, rules,
        store::{deliveries::Due, outcomes::Made},
    },
};

/// How to call, and how often at most.
#[derive(Debug)]
pub(super) struct Route {
    /// What can't be called fails at once.
    pub(super) call: Result<Prepared, Failure>,
    pub(super) tries: u8,
}

/// What a delivery reports.
#[derive(Debug)]
pub(super) enum News {
    /// An attempt was made in a lane.
    Made(i64, Made),
    /// The rest of a delivery in a lane is left to the next start.
    Left(i64),
}

/// Makes the attempts of one delivery that are left, and reports each.
pub(super) async fn make(
    lane: i64,
    due: Due,
    route: Arc<Route>,
    news: mpsc::UnboundedSender<News>,
    mut stopping: watch::Receiver<bool>,
) {
    let first = (due.made + 1).min(route.tries);
    let mut body = due.body;
    for number in first..=route.tries {
        if number > first && pause(number, &mut stopping).await.is_err() {
            // Who reports to nobody is being stopped.
            let _ = news.send(News::Left(lane));
            return;
        }
        let time = clock::now();
        let may_be_last = number == route.tries;
        let body = if may_be_last {
            std::mem::take(&mut body)
        } else {
            body.clone()
        };
        let outcome = match &route.call {
            Ok(call) => call.send(body).await,
            Err(failure) => failure.at_once(),
        };
        let last = may_be_last || outcome.is_success();
        let made = Made {
            delivery: due.seq,
            number,
            time,
            outcome,
            last,
        };
        if news.send(News::Made(lane, made)).is_err() || last {
            return;
        }
    }
}

/// Stopped in between.
struct Stopped;

/// Waits before attempt `number`, the second or a later one.
async fn pause(number: u8, stopping: &mut watch::Receiver<bool>) -> Result<(), Stopped> {
    let pauses = rules::PAUSES_MS;
    let millis = pauses[usize::from(number - 2).min(pauses.len() - 1)];
    tokio::select! {
        () = time::sleep(Duration::from_millis(millis)) => Ok(()),
        _ = stopping.wait_for(|stopping| *stopping) => Err(Stopped),
    }
}
