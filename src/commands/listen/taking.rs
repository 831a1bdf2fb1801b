//! Takes deliveries until the end: counts each one, decides its response, and has it written.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{self, Instant},
};

use super::writer::{Decided, Writer};
use crate::{
    commands::{narrow::Narrow, reader, signals::Signals},
    output::received::{Differs, Expected, Nearest, Shown, Verdict},
    receiver::{
        expect::{Difference, Facts, Known},
        judge::{Judge, Standing, Tracked},
        respond::Responses,
        serve::{Call, Calls, Reply},
    },
    server::Server,
};

/// How long calls that have arrived may take to be answered after the end.
const DRAIN: Duration = Duration::from_secs(2);
/// How long to go on when everything has arrived, and nothing else may.
const GRACE: Duration = Duration::from_secs(1);

/// What happens with each delivery.
pub(super) struct Taking {
    pub(super) judge: Judge,
    pub(super) narrow: Narrow,
    pub(super) known: Known,
    pub(super) responses: Responses,
    pub(super) delay: Duration,
    pub(super) exactly: bool,
    /// Whether deliveries are recorded.
    pub(super) records: bool,
    /// Whether people see only one line of each.
    pub(super) brief: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) writer: Writer,
    /// The number of the last one that was shown.
    pub(super) number: u64,
}

/// A server, its calls, and how to tell it that the end is near.
pub(super) struct Serving {
    pub(super) server: Server,
    pub(super) calls: Calls,
    pub(super) ending: watch::Sender<bool>,
}

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Met,
    /// A delivery that nothing expects, by its number.
    Unexpected(u64),
    TimedOut,
    Stopped,
    /// Nobody reads the output.
    Unread,
}

impl Taking {
    /// Takes deliveries until the end, and answers those that have arrived by then.
    pub(super) async fn run(
        &mut self,
        mut serving: Serving,
        signals: &mut Signals,
        start: Instant,
    ) -> End {
        let end = self.until_end(&mut serving.calls, signals, start).await;
        // Nothing is left that waits for it if this fails.
        let _ = serving.ending.send(true);
        let mut stopping = std::pin::pin!(serving.server.stop(DRAIN));
        loop {
            tokio::select! {
                () = &mut stopping => return end,
                Some(call) = serving.calls.recv() => self.take(call, false),
            };
        }
    }

    async fn until_end(&mut self, calls: &mut Calls, signals: &mut Signals, start: Instant) -> End {
        let deadline = self.timeout.map(|timeout| start + timeout);
        let mut grace = None;
        let is_useless_unread = !self.judge.expects() && !self.records;
        let mut unread = std::pin::pin!(reader::gone());
        loop {
            tokio::select! {
                biased;
                _ = signals.recv() => return End::Stopped,
                // Checks the time too: a sender that never pauses must not keep the timers from
                // their turn.
                Some(call) = calls.recv() => match self.take(call, true) {
                    Standing::Open if grace.is_none() && is_over(deadline) => {
                        return End::TimedOut;
                    }
                    Standing::Open => {}
                    Standing::Unexpected => return End::Unexpected(self.number),
                    Standing::Met if is_over(grace) => return End::Met,
                    Standing::Met if self.exactly => {
                        grace.get_or_insert_with(|| Instant::now() + GRACE);
                    }
                    Standing::Met => return End::Met,
                },
                () = until(grace) => return End::Met,
                () = until(deadline), if grace.is_none() => return End::TimedOut,
                () = &mut unread, if is_useless_unread => return End::Unread,
            }
        }
    }

    /// Takes one call. After the end, nothing counts any more.
    fn take(&mut self, call: Call, counts: bool) -> Standing {
        let mut received = call.received;
        if let Some(refusal) = call.refused {
            received.answered = refusal.status;
            self.write(received, refusal.reply(), call.reply, call.arrived, false);
            return Standing::Open;
        }
        let facts = Facts {
            method: &received.method,
            path: &received.path,
            payload: received.payload.as_ref(),
            known: self.known,
        };
        let event = received.event.as_deref();
        let status = self.responses.next();
        let reply = Reply::of(status, self.delay);
        if !self.narrow.takes(event, &facts) {
            // A sender that is gone needs no answer.
            let _ = call.reply.send(reply);
            return Standing::Open;
        }
        let repeat = self.judge.is_repeat(event, received.request_id.as_deref());
        let standing = if counts {
            self.judge.count(self.number + 1, repeat, &facts)
        } else {
            Standing::Open
        };
        received.repeat = repeat;
        received.answered = status;
        self.write(received, reply, call.reply, call.arrived, true);
        standing
    }

    fn write(
        &mut self,
        mut received: crate::model::received::Received,
        reply: Reply,
        to: tokio::sync::oneshot::Sender<Reply>,
        arrived: std::time::Instant,
        is_recorded: bool,
    ) {
        self.number += 1;
        received.number = self.number;
        received.duration_ms = u64::try_from(arrived.elapsed().as_millis()).unwrap_or(u64::MAX);
        let shown = Shown {
            received,
            brief: self.brief,
        };
        self.writer.write(Decided {
            shown,
            reply,
            to,
            is_recorded,
        });
    }
}

fn is_over(time: Option<Instant>) -> bool {
    time.is_some_and(|time| Instant::now() >= time)
}

/// Waits until then; without a time, forever.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => time::sleep_until(then).await,
        None => std::future::pending().await,
    }
}

/// How the expectations stand at the end.
pub(super) fn verdict(judge: &Judge, end: End) -> Verdict {
    let differs = |one: &Difference| Differs {
        field: one.field.clone(),
        expected: one.expected.clone(),
        found: one.found.clone(),
    };
    let nearest = |one: &Tracked| {
        let (number, differences) = one.nearest.as_ref().filter(|_| !one.is_met())?;
        Some(Nearest {
            expect: one.expectation.text.clone(),
            number: *number,
            differs: differences.iter().map(differs).collect(),
        })
    };
    let expected = |one: &Tracked| Expected {
        expect: one.expectation.text.clone(),
        count: one.expectation.count,
        seen: one.seen,
    };
    Verdict {
        r#type: "result",
        met: judge.is_met() && !matches!(end, End::Unexpected(_)),
        deliveries: judge.deliveries,
        expected: judge.tracked.iter().map(expected).collect(),
        unexpected: judge.unexpected.clone(),
        unexpected_count: judge.unexpected_count,
        nearest: judge.tracked.iter().filter_map(nearest).collect(),
    }
}
