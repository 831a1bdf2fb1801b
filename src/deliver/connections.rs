//! The connections of one client: whether a call opened the one that it used, and how long that
//! took. The HTTP client doesn't expose this.

use std::{
    collections::HashMap,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::http::Extensions;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpInfo};
use tower_layer::Layer;
use tower_service::Service;

/// Where the connection of a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Unknown, or there was none.
    None,
    /// It was opened before the call began.
    Reused,
    /// It was opened for the call, which took this long.
    Opened(Duration),
}

/// Connections whose first call has not ended. A connection that isn't among them has been used
/// before.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<Ends, Opened>>>);

/// The addresses of both ends.
type Ends = (SocketAddr, SocketAddr);

#[derive(Debug, Clone, Copy)]
struct Opened {
    at: Instant,
    took: Duration,
}

/// A client may open a connection that it then doesn't need. If there are many of those, they are
/// forgotten after a time longer than any call.
const MANY: usize = 1024;
const UNUSED: Duration = Duration::from_secs(60);

impl Connections {
    fn opened(&self, connected: &Connected, began: Instant) {
        let (Some(ends), at) = (ends_of(connected), Instant::now()) else {
            return;
        };
        let took = at - began;
        let mut known = self.known();
        if known.len() >= MANY {
            known.retain(|_, opened| at - opened.at < UNUSED);
        }
        known.insert(ends, Opened { at, took });
    }

    /// The connection of a call that began at that time and got a response.
    pub(super) fn of_answer(&self, extensions: &Extensions, began: Instant) -> Link {
        self.of(extensions.get().map(ends), began)
    }

    /// The connection of a call that began at that time and failed.
    pub(super) fn of_failure(&self, connected: &Connected, began: Instant) -> Link {
        self.of(ends_of(connected), began)
    }

    fn of(&self, ends: Option<Ends>, began: Instant) -> Link {
        let Some(ends) = ends else { return Link::None };
        match self.known().remove(&ends) {
            Some(Opened { at, took }) if at >= began => Link::Opened(took),
            _ => Link::Reused,
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Ends, Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ends(info: &HttpInfo) -> Ends {
    (info.local_addr(), info.remote_addr())
}

fn ends_of(connected: &Connected) -> Option<Ends> {
    let mut extensions = Extensions::new();
    connected.get_extras(&mut extensions);
    extensions.get().map(ends)
}

impl<S> Layer<S> for Connections {
    type Service = Recorded<S>;

    fn layer(&self, inner: S) -> Recorded<S> {
        Recorded {
            inner,
            connections: self.clone(),
        }
    }
}

/// Opens connections and records each.
#[derive(Debug, Clone)]
pub(super) struct Recorded<S> {
    inner: S,
    connections: Connections,
}

impl<S, R> Service<R> for Recorded<S>
where
    S: Service<R>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let (began, connections) = (Instant::now(), self.connections.clone());
        let opening = self.inner.call(to);
        Box::pin(async move {
            let connection = opening.await?;
            connections.opened(&connection.connected(), began);
            Ok(connection)
        })
    }
}
