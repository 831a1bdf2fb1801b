//! Shows new lines as they arrive.

use std::time::Duration;

use tokio::time;

use super::poll::{Poll, Poller};
use crate::{
    model::{duration, failure::Explain as _},
    output::{Output, count::Stream, log},
};

/// How long to wait before new lines are requested.
const INTERVAL: Duration = Duration::from_secs(2);

/// The longest wait while the platform can't be reached.
const LONGEST: Duration = Duration::from_secs(30);

/// Shows the first lines and all that follow, until nobody reads them.
pub(super) async fn follow(
    output: &Output,
    stream: &Stream,
    poller: &mut Poller,
    mut poll: Poll,
) -> anyhow::Result<()> {
    let mut wait = INTERVAL;
    loop {
        let lines: Vec<_> = poll.lines.into_iter().map(log::Line::from).collect();
        if !stream.all(&lines)? {
            return Ok(());
        }
        poll = loop {
            time::sleep(wait).await;
            match poller.poll(poller.project.client().latest()).await {
                Ok(poll) => break poll,
                // One malformed response among many is as passing as a lost connection.
                Err(error) if error.retryable() || error.is_unreadable() => {
                    wait = LONGEST.min(wait * 2);
                    let wait = duration::describe(wait);
                    output.warn(&format!("{error}; trying again in {wait}"));
                }
                Err(error) => return Err(error.into()),
            }
        };
        if wait > INTERVAL {
            output.note("connected again");
            wait = INTERVAL;
        }
        poll.warn_of_crowded(output);
    }
}
