//! Takes deliveries: counts each one, decides its response, and has it written. Connections call it
//! directly, since a thread in between would cost more than all that is done here.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use super::writer::{Decided, Handle};
use crate::{
    commands::{narrow::Narrow, signals::Signal},
    inspect::Listened,
    model::received::Received,
    output::{Output, received::Shown},
    receiver::{
        act::{Acted, Acts, Matter, run::variables},
        expect::{Facts, Known},
        judge::{Judge, Standing},
        respond::Responses,
        serve::{Answer, Call, Reply, Take},
    },
};

/// How long to go on when everything has arrived, and nothing else may.
const GRACE: Duration = Duration::from_secs(1);

/// What happens with each delivery.
pub(super) struct How {
    pub(super) narrow: Narrow,
    pub(super) known: Known,
    pub(super) delay: Duration,
    /// Whether nothing but what is expected may arrive.
    pub(super) exactly: bool,
    pub(super) deadline: Option<Instant>,
    /// Whether people see only one line of each.
    pub(super) brief: bool,
    /// Whether a delivery is answered before something is done with it.
    pub(super) ack_first: bool,
    /// What is shown on the page, if there is one.
    pub(super) listened: Option<Listened>,
    /// For warnings.
    pub(super) output: Output,
}

/// What deliveries change.
pub(super) struct State {
    pub(super) judge: Judge,
    pub(super) responses: Responses,
    /// What is done with each.
    pub(super) acts: Option<Acts>,
    /// Where they are written; without it, all are refused.
    pub(super) writer: Option<Handle>,
    /// How many calls were refused, and why the last one was.
    pub(super) refused: (u64, String),
    /// The number of the last one that was shown.
    number: u64,
    /// If everything has arrived, and nothing else may, the time of the end.
    pub(super) grace: Option<Instant>,
    /// Once it is there, nothing counts any more.
    pub(super) end: Option<End>,
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

impl State {
    pub(super) fn new(
        judge: Judge,
        responses: Responses,
        acts: Option<Acts>,
        writer: Handle,
    ) -> Self {
        Self {
            judge,
            responses,
            acts,
            writer: Some(writer),
            refused: (0, String::new()),
            number: 0,
            grace: None,
            end: None,
        }
    }

    /// Gives a delivery its number.
    fn number(&mut self, received: &mut Received) {
        self.number += 1;
        received.number = self.number;
    }

    /// Ends it, if that is what a delivery means.
    fn see(&mut self, standing: Standing, how: &How) {
        // The time too: a sender that never pauses must not put off the end.
        self.end = match standing {
            Standing::Open if self.grace.is_none() && is_over(how.deadline) => Some(End::TimedOut),
            Standing::Open => None,
            Standing::Unexpected => Some(End::Unexpected(self.number)),
            Standing::Met if how.exactly && !is_over(self.grace) => {
                self.grace.get_or_insert_with(|| Instant::now() + GRACE);
                None
            }
            Standing::Met => Some(End::Met),
        };
    }
}

/// Takes deliveries from all connections.
pub(super) struct Taking {
    how: How,
    state: Mutex<State>,
    /// Notified of an end, and of the time of one.
    changed: Notify,
}

impl Taking {
    pub(super) fn new(how: How, state: State) -> Self {
        if let Some(listened) = &how.listened {
            listened.stands(&state.judge);
        }
        Self {
            how,
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.how.deadline
    }

    /// Waits for an end, or for the time of one.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Ends it, unless it has ended already. Returns why it ended.
    pub(super) fn end(&self, end: End) -> End {
        *self.state().end.get_or_insert(end)
    }

    /// Takes nothing any more, and ends what is still being done.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.acts = None;
        state.writer = None;
    }

    fn decide(&self, state: &mut State, call: Call) -> Answer {
        let Some(writer) = state.writer.clone() else {
            return Answer::Now(Reply::busy());
        };
        let (to, answer) = oneshot::channel();
        let mut shown = Pending {
            received: call.received,
            to,
            arrived: call.arrived,
            brief: self.how.brief,
            writer,
        };
        let answer = Answer::Later(answer);
        if let Some(refusal) = call.refused {
            let why = shown.received.problem.clone().unwrap_or_default();
            state.refused = (state.refused.0 + 1, format!("{}, {why}", refusal.status));
            state.number(&mut shown.received);
            shown.write(refusal.reply(), None, false);
            return answer;
        }
        let received = &mut shown.received;
        let facts = Facts {
            method: &received.method,
            path: &received.path,
            payload: received.payload.as_ref(),
            known: self.how.known,
        };
        let event = received.event.as_deref();
        let delay = self.how.delay;
        if !self.how.narrow.takes(event, &facts) {
            return Answer::Now(Reply::of(state.responses.next(), delay));
        }
        if state.acts.as_ref().is_some_and(|acts| !acts.has_room()) {
            state.number(received);
            let problem = "too many deliveries are waiting".to_owned();
            shown.write(Reply::busy(), Some(problem), false);
            return answer;
        }
        let repeat = state.judge.is_repeat(event, received.request_id.as_deref());
        let counted = state.end.is_none().then(|| {
            let number = state.number + 1;
            state.judge.count(number, repeat, &facts)
        });
        if let Some(listened) = &self.how.listened {
            listened.stands(&state.judge);
        }
        received.repeat = repeat;
        state.number(received);
        if let Some(standing) = counted {
            state.see(standing, &self.how);
        }
        let Some(acts) = &mut state.acts else {
            shown.write(Reply::of(state.responses.next(), delay), None, true);
            return answer;
        };
        let matter = Matter {
            variables: variables(&shown.received),
            headers: call.headers,
            body: call.body,
        };
        if self.how.ack_first {
            let (number, output) = (state.number, self.how.output.clone());
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
        answer
    }
}

impl Take for Taking {
    fn take(&self, call: Call) -> Answer {
        let mut state = self.state();
        let before = (state.end, state.grace);
        let answer = self.decide(&mut state, call);
        let is_changed = (state.end, state.grace) != before;
        drop(state);
        if is_changed {
            self.changed.notify_one();
        }
        answer
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
