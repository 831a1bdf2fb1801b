//! Reports calls and their responses to the command that shows them. A call never waits for that.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::mpsc;

use crate::{
    mock::clock,
    model::call::{self, Call},
};

/// How many calls may wait to be shown. Those beyond are only counted.
const WAITING: usize = 4096;

/// Receives the calls of a mock.
#[derive(Debug, Clone)]
pub struct CallReports {
    to: mpsc::Sender<Call>,
    missed: Arc<AtomicU64>,
}

/// The calls of a mock.
#[derive(Debug)]
pub(crate) struct Calls {
    from: mpsc::Receiver<Call>,
    missed: Arc<AtomicU64>,
}

/// Connects a mock with the command that shows its calls.
pub(crate) fn channel() -> (CallReports, Calls) {
    let (to, from) = mpsc::channel(WAITING);
    let missed = Arc::<AtomicU64>::default();
    let calls = Calls {
        from,
        missed: missed.clone(),
    };
    (CallReports { to, missed }, calls)
}

impl Calls {
    /// Waits for calls, and returns all that have gathered.
    pub(crate) async fn next(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        if self.from.recv_many(&mut calls, WAITING).await == 0 {
            // The mock has ended.
            std::future::pending::<()>().await;
        }
        calls
    }

    /// The calls that have gathered.
    pub(crate) fn rest(&mut self) -> Vec<Call> {
        std::iter::from_fn(|| self.from.try_recv().ok()).collect()
    }

    /// How many calls could not be reported since this was last asked.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }
}

/// A call that is being answered. It is reported when this is dropped, because a call can also end
/// without a response.
struct Report {
    to: CallReports,
    began: Instant,
    call: Option<Call>,
}

impl Drop for Report {
    fn drop(&mut self) {
        let Some(mut call) = self.call.take() else {
            return;
        };
        call.duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.to.to.try_send(call).is_err() {
            self.to.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reports a call once it has its response.
pub(crate) async fn layer(State(to): State<CallReports>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    let mut report = Report {
        to,
        began: Instant::now(),
        call: Some(Call {
            time: clock::text(clock::now()),
            method: request.method().to_string(),
            path: call::masked(uri.path(), uri.query()),
            status: None,
            duration_ms: 0,
        }),
    };
    let response = next.run(request).await;
    if let Some(call) = &mut report.call {
        call.status = Some(response.status().as_u16());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_nobody_takes_is_counted_and_never_waits() {
        let (to, mut calls) = channel();
        let report = |status| Report {
            to: to.clone(),
            began: Instant::now(),
            call: Some(Call {
                time: String::new(),
                method: "GET".to_owned(),
                path: "/".to_owned(),
                status,
                duration_ms: 0,
            }),
        };
        for _ in 0..WAITING + 3 {
            drop(report(Some(200)));
        }
        assert_eq!(calls.missed(), 3);
        assert_eq!(calls.missed(), 0);
        assert_eq!(calls.next().await.len(), WAITING);
        drop(report(None));
        let rest = calls.rest();
        assert!(matches!(&rest[..], [one] if one.status.is_none()));
    }
}
