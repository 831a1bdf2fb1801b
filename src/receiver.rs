//! A receiver of deliveries on loopback, with a thread and a runtime of its own, so that code that
//! waits for a delivery may block.

use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::sync::oneshot;

use crate::{
    process,
    server::{self, Limits},
};

/// How long running calls may take when the receiver is closed.
const DRAIN: Duration = Duration::from_millis(200);

/// One delivery, as received.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub method: Method,
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
        Self::answering(|_| Some(StatusCode::OK.into_response()))
    }

    /// The same with other answers, by the number of the call, from 0; none is silence.
    fn answering(
        answer: impl Fn(usize) -> Option<Response> + Clone + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (deliver, deliveries) = mpsc::channel();
        let (say_address, address) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || serve(router(deliver, answer), &say_address, stopped))?;
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
    router: Router,
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
        let server = bound.serve(router, limits);
        // Dropping the other end says stop as well.
        let _ = stopped.await;
        server.stop(DRAIN).await;
    });
}

fn router(
    deliver: mpsc::Sender<Delivery>,
    answer: impl Fn(usize) -> Option<Response> + Clone + Send + Sync + 'static,
) -> Router {
    let count = Arc::<AtomicUsize>::default();
    let take = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let path = uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string);
        // If there is no receiver any more, that isn't the sender's fault.
        let _ = deliver.send(Delivery {
            method,
            path,
            headers,
            body,
        });
        let answer = answer(count.fetch_add(1, Ordering::SeqCst));
        async {
            match answer {
                Some(answer) => answer,
                None => pending().await,
            }
        }
    };
    Router::new().fallback(take)
}

#[cfg(test)]
mod testing {
    use super::*;

    /// Far longer than a delivery takes, so that a missing one fails instead of hanging.
    const PATIENCE: Duration = Duration::from_secs(10);

    impl Receiver {
        /// Answers with these statuses in turn, then with 200; with 0, never.
        pub(crate) fn scripted(statuses: &'static [u16]) -> Self {
            let answer = |number| match statuses.get(number).copied().unwrap_or(200) {
                0 => None,
                status => {
                    let status = StatusCode::from_u16(status).unwrap();
                    Some((status, [("location", "/other")]).into_response())
                }
            };
            Self::answering(answer).unwrap()
        }

        /// The first so many that have not been taken yet, once they are there.
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
