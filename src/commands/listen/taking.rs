//! Takes deliveries until the end: counts each one, decides its response, and has it written.

use std::time::Duration;

use tokio::{
    sync::{oneshot, watch},
    time::{self, Instant},
};

use super::writer::{Decided, Handle, Writer};
use crate::{
    commands::{
        narrow::Narrow,
        reader,
        signals::{Signal, Signals},
    },
    inspect::Listened,
    model::received::Received,
    output::{Output, received::Shown},
    receiver::{
        act::{Acted, Acts, Matter, run::variables},
        expect::{Facts, Known},
        judge::{Judge, Standing},
        respond::Responses,
        serve::{Call, Calls, Reply},
    },
    server::Server,
};

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
    /// What is done with each.
    pub(super) acts: Option<Acts>,
    /// Whether a delivery is answered before that is done.
    pub(super) ack_first: bool,
    /// What is shown on the page, if there is one.
    pub(super) listened: Option<Listened>,
    /// For warnings.
    pub(super) output: Output,
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
    Stopped(Signal),
    /// Nobody reads the output.
    Unread,
    /// The thread that writes has ended.
    Unwritten,
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
        self.drain(serving, signals, matches!(end, End::Stopped(_)))
            .await;
        end
    }

    async fn until_end(&mut self, calls: &mut Calls, signals: &mut Signals, start: Instant) -> End {
        if let Some(listened) = &self.listened {
            listened.stands(&self.judge);
        }
        let deadline = self.timeout.map(|timeout| start + timeout);
        let mut grace = None;
        let is_useless_unread = !self.judge.expects() && !self.records && self.acts.is_none();
        let mut unread = std::pin::pin!(reader::gone());
        loop {
            tokio::select! {
                biased;
                signal = signals.recv() => return End::Stopped(signal),
                () = self.writer.ended() => return End::Unwritten,
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
    pub(super) fn take(&mut self, call: Call, counts: bool) -> Standing {
        let mut shown = Pending {
            received: call.received,
            to: call.reply,
            arrived: call.arrived,
            brief: self.brief,
            writer: self.writer.handle(),
        };
        if let Some(refusal) = call.refused {
            self.next_number(&mut shown);
            shown.write(refusal.reply(), None, false);
            return Standing::Open;
        }
        let received = &mut shown.received;
        let facts = Facts {
            method: &received.method,
            path: &received.path,
            payload: received.payload.as_ref(),
            known: self.known,
        };
        let event = received.event.as_deref();
        if !self.narrow.takes(event, &facts) {
            let reply = Reply::of(self.responses.next(), self.delay);
            // A sender that is gone needs no answer.
            let _ = shown.to.send(reply);
            return Standing::Open;
        }
        if self.acts.as_mut().is_some_and(|acts| !acts.has_room()) {
            self.next_number(&mut shown);
            let problem = "too many deliveries are waiting".to_owned();
            shown.write(Reply::busy(), Some(problem), false);
            return Standing::Open;
        }
        let repeat = self.judge.is_repeat(event, received.request_id.as_deref());
        let standing = if counts {
            self.judge.count(self.number + 1, repeat, &facts)
        } else {
            Standing::Open
        };
        if let Some(listened) = &self.listened {
            listened.stands(&self.judge);
        }
        received.repeat = repeat;
        self.next_number(&mut shown);
        let Some(acts) = &mut self.acts else {
            let reply = Reply::of(self.responses.next(), self.delay);
            shown.write(reply, None, true);
            return standing;
        };
        let matter = Matter {
            variables: variables(&shown.received),
            headers: call.headers,
            body: call.body,
        };
        let delay = self.delay;
        if self.ack_first {
            let (number, output) = (self.number, self.output.clone());
            shown.write(Reply::of(200, delay), None, true);
            acts.begin(matter, move |acted| {
                if let Some(problem) = acted.problem {
                    output.warn(&format!("delivery {number}: {problem}"));
                }
            });
        } else {
            acts.begin(matter, move |Acted { mut reply, problem }| {
                reply.delay = delay;
                shown.write(reply, problem, true);
            });
        }
        standing
    }

    fn next_number(&mut self, shown: &mut Pending) {
        self.number += 1;
        shown.received.number = self.number;
    }
}

/// A delivery whose response is not known yet.
struct Pending {
    received: Received,
    to: oneshot::Sender<Reply>,
    arrived: std::time::Instant,
    brief: bool,
    writer: Handle,
}

impl Pending {
    fn write(self, reply: Reply, problem: Option<String>, is_recorded: bool) {
        let mut received = self.received;
        received.answered = reply.status;
        received.problem = problem.or(received.problem);
        let took = self.arrived.elapsed().as_millis();
        received.duration_ms = u64::try_from(took).unwrap_or(u64::MAX);
        self.writer.write(Decided {
            shown: Shown {
                received,
                brief: self.brief,
            },
            reply,
            to: self.to,
            is_recorded,
        });
    }
}

fn is_over(time: Option<Instant>) -> bool {
    time.is_some_and(|time| Instant::now() >= time)
}

/// Waits until then; without a time, forever.
pub(super) async fn until(then: Option<Instant>) {
    match then {
        Some(then) => time::sleep_until(then).await,
        None => std::future::pending().await,
    }
}
