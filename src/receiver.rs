//! Receives deliveries: `serve` takes calls, `body` and `verify` say what a delivery is, `expect` and
//! `judge` what was expected of them.
//!
//! `Receiver` is the same with a thread and a runtime of its own, so that code that waits for a
//! delivery may block: for `demo` and for tests.

pub(crate) mod act;
pub(crate) mod body;
pub(crate) mod expect;
pub(crate) mod judge;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod respond;
pub(crate) mod serve;
pub(crate) mod verify;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use axum::{body::Bytes, http::HeaderMap};
use tokio::sync::{oneshot, watch};

use self::{
    serve::{Answer, Call, Reply, Rules, Take},
    verify::Required,
};
use crate::{
    process,
    server::{self, Limits},
};

/// How long running calls may take when the receiver is closed.
const DRAIN: Duration = Duration::from_millis(200);

/// One delivery, as received.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub method: String,
    /// Its path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Hands over every call, and answers it.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    deliveries: mpsc::Receiver<Delivery>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Listens on a free port of loopback, and answers every call with 200.
    pub fn open() -> io::Result<Self> {
        Self::answering(|_| Some(Reply::of(200, Duration::ZERO)))
    }

    /// The same with other answers, by the number of the call, from 0; none is silence.
    fn answering(
        answer: impl Fn(usize) -> Option<Reply> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (deliver, deliveries) = mpsc::channel();
        let (say_address, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let taker = Arc::new(HandOver {
            answer,
            to: Mutex::new(To {
                deliver,
                number: 0,
                silent: Vec::new(),
            }),
        });
        let thread = std::thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || serve(taker, &say_address, stopped))?;
        let address = address
            .recv()
            .map_err(|_| io::Error::other("the receiver did not start"))??;
        Ok(Self {
            address,
            deliveries,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The URL of a path here; the path begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next delivery, if one arrives in time.
    pub fn next(&self, patience: Duration) -> Option<Delivery> {
        self.deliveries.recv_timeout(patience).ok()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The thread ends because it is told to, or has already ended.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    taker: Arc<dyn Take>,
    say_address: &mpsc::Sender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
) {
    let say = |address| {
        // The caller is waiting for exactly this.
        let _ = say_address.send(address);
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return say(Err(error)),
    };
    runtime.block_on(async {
        let bound = match server::bind((Ipv4Addr::LOCALHOST, 0).into()).await {
            Ok(bound) => bound,
            Err(error) => return say(Err(io::Error::other(error))),
        };
        say(Ok(bound.address()));
        let limits = Limits::of(process::files_at_most());
        let rules = Rules {
            path: "/".to_owned(),
            any: true,
            here: None,
            required: Required::default(),
        };
        let (_ending, ends) = watch::channel(false);
        let server = bound.serve(serve::router(rules, taker, ends), limits);
        // Dropping the other end says stop as well.
        let _ = stopped.await;
        server.stop(DRAIN).await;
    });
}

/// Hands over each call and answers it.
struct HandOver<A> {
    answer: A,
    to: Mutex<To>,
}

struct To {
    deliver: mpsc::Sender<Delivery>,
    /// The number of the next call.
    number: usize,
    /// The calls that are never answered.
    silent: Vec<oneshot::Sender<Reply>>,
}

impl<A: Fn(usize) -> Option<Reply> + Send + Sync + 'static> Take for HandOver<A> {
    fn take(&self, call: Call) -> Answer {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        // If nobody waits for it any more, that isn't the sender's fault.
        let _ = to.deliver.send(Delivery {
            method: call.received.method,
            path: call.received.path,
            headers: call.headers,
            body: call.body,
        });
        to.number += 1;
        (self.answer)(to.number - 1).map_or_else(
            || {
                let (reply, answer) = oneshot::channel();
                to.silent.push(reply);
                Answer::Later(answer)
            },
            Answer::Now,
        )
    }
}

#[cfg(test)]
mod testing {
    use axum::http::HeaderValue;

    use super::*;

    /// Far longer than a delivery takes, so that a missing one fails instead of hanging.
    const PATIENCE: Duration = Duration::from_secs(10);

    impl Receiver {
        /// Answers with these statuses in turn, then with 200; with 0, never.
        pub(crate) fn scripted(statuses: &'static [u16]) -> Self {
            let answer = |number| match statuses.get(number).copied().unwrap_or(200) {
                0 => None,
                status => {
                    let mut reply = Reply::of(status, Duration::ZERO);
                    let other = HeaderValue::from_static("/other");
                    reply.headers.insert("location", other);
                    Some(reply)
                }
            };
            Self::answering(answer).unwrap()
        }

        /// The first `count` that have not been taken yet, once they are there.
        pub(crate) fn take(&self, count: usize) -> Vec<Delivery> {
            let next = |number| {
                self.next(PATIENCE)
                    .unwrap_or_else(|| panic!("only {number}"))
            };
            (0..count).map(next).collect()
        }

        /// How many are there that have not been taken.
        pub(crate) fn rest(&self) -> usize {
            self.deliveries.try_iter().count()
        }
    }
}
