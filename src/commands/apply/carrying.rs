//! Carries out the steps of `apply`, some at once, until all have ended or a signal arrives.

use std::{cell::Cell, time::Instant};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::sync::watch;

use super::{
    sending,
    steps::{How, Step},
    trying,
};
use crate::{
    commands::{
        context::Context,
        near::Named,
        sender,
        signals::{Signal, Signals, Stopped},
    },
    model::{
        duration,
        failure::{Failure, Kind},
    },
    output::applied::AppliedResult,
};

/// The outcome of the steps.
pub(super) struct Ended {
    /// In the order of the steps; none for one that was not begun.
    pub(super) results: Vec<Option<anyhow::Result<AppliedResult>>>,
    /// The signal that stopped the command.
    pub(super) stopped: Option<Signal>,
}

/// Carries out the steps. After a signal, no further one is begun, and the results of the others are awaited;
/// after another one, they aren't.
pub(super) async fn carry_out(
    cx: &mut Context,
    stop: &mut Signals,
    steps: &[Step],
    how: How<'_>,
) -> anyhow::Result<Ended> {
    let mut at = cx.sender().await?;
    at.named = Named::InFile;
    let mut ended = Ended {
        results: steps.iter().map(|_| None).collect(),
        stopped: None,
    };
    if how.test {
        let tried = trying::try_out(cx, &at, steps, how.keep_secrets, &mut ended.results);
        if let Err(error) = stop.unless_stopped(tried).await {
            let Stopped(signal) = error.downcast()?;
            ended.stopped = Some(signal);
            return Ok(ended);
        }
    }
    let left = ended.results.iter().enumerate();
    let left: Vec<usize> = left
        .filter_map(|(number, result)| result.is_none().then_some(number))
        .collect();
    let all = left.len();
    let mut waiting = left.into_iter();
    let begun: Vec<Cell<bool>> = steps.iter().map(|_| Cell::new(false)).collect();
    let (stopping, stopped) = watch::channel(false);
    let one = |number: usize| {
        let (at, begun, mut stopped) = (&at, &begun[number], stopped.clone());
        async move {
            let client = at.project.client();
            let _place = tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => return (number, None),
                place = client.place(sender::CALLS) => place,
            };
            begun.set(true);
            let sent = sending::send(at, &steps[number], how);
            (number, Some(sent.await))
        }
    };
    let (start, mut done) = (Instant::now(), 0);
    let progress = cx.output.progress("applying", None);
    let mut running: FuturesUnordered<_> = waiting.by_ref().take(how.jobs).map(&one).collect();
    while !running.is_empty() {
        tokio::select! {
            Some((number, result)) = running.next() => {
                ended.results[number] = result;
                done += 1;
                progress.say(&progress_text(done, all, start));
                if ended.stopped.is_none() {
                    running.extend(waiting.next().map(&one));
                }
            }
            signal = stop.recv() => {
                stopping.send_replace(true);
                if ended.stopped.replace(signal).is_some() {
                    break;
                }
            }
        }
    }
    for (number, step) in steps.iter().enumerate() {
        if begun[number].get() && ended.results[number].is_none() {
            let name = &step.change.name;
            let message = format!(
                "webhook `{name}` was being changed; it is unknown whether the change arrived"
            );
            ended.results[number] = Some(Err(Failure::new(Kind::Interrupted, message).into()));
        }
    }
    Ok(ended)
}

fn progress_text(done: usize, all: usize, start: Instant) -> String {
    let each = start.elapsed() / u32::try_from(done).unwrap_or(u32::MAX).max(1);
    let rest = each * u32::try_from(all - done).unwrap_or(u32::MAX);
    format!("{done} of {all}, about {} left", duration::describe(rest))
}
