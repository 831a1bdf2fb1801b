//! The connections of one server. Any client that reaches the port can open connections without
//! sending anything, and each uses up a file descriptor of this process. So their number is
//! limited, silent ones are closed after a while, and if the limit is reached, the connection that
//! has been silent for longest is closed for a new one.

mod call;
mod open;

use std::{future::Future, io, pin::pin, time::Duration};

use axum::{Router, body::Body};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time,
};

use self::{call::Answered, open::Connections};

/// How long a client may take to send the head of a request.
const MAX_SILENCE: Duration = Duration::from_secs(60);

/// The pause before accepting again when no file was available.
const PAUSE: Duration = Duration::from_millis(50);

/// The minimum number of connections, however few files are available.
const MIN_CONNECTIONS: usize = 16;

/// The limits of a server's connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a connection may be silent.
    pub(super) silence: Duration,
    /// How many connections may be open at once.
    pub(super) at_once: usize,
    /// How many bytes the head of a request may have; `None` for HTTP's usual limit.
    pub(super) head: Option<usize>,
}

impl Limits {
    /// For a process that may open this many files: a share of them, since it does other things
    /// too.
    pub(crate) fn of(files: usize) -> Self {
        Self {
            silence: MAX_SILENCE,
            at_once: (files / 4).max(MIN_CONNECTIONS),
            head: None,
        }
    }

    /// Smaller ones, for a server that anyone may call.
    #[must_use]
    pub(crate) fn at_most(self, at_once: usize, silence: Duration, head: usize) -> Self {
        Self {
            silence,
            at_once: self.at_once.min(at_once),
            head: Some(head),
        }
    }
}

/// Accepts connections and serves them until it is stopped, then waits for running calls.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) {
    let open = Connections::new(limits.at_once);
    let (ending, end) = watch::channel(());
    {
        let accepting = async {
            loop {
                open.room().await;
                let stream = accept(&listener, &open).await;
                let serving = connection(stream, router.clone(), limits.head, &open, end.clone());
                tokio::spawn(serving);
            }
        };
        tokio::select! {
            () = accepting => {}
            () = open.close_silent(limits.silence) => {}
            () = stopped => {}
        }
    }
    drop(listener);
    // The end of the channel notifies the listeners.
    drop((ending, end));
    open.none().await;
}

/// The next connection, regardless of errors before it.
async fn accept(listener: &TcpListener, open: &Connections) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Responses are small and written at once; waiting for more data only delays them.
                // If this fails, the connection works as well, with a little more latency.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_client_error(&error) => {}
            // Most likely no file is available.
            Err(_) => {
                open.close_one();
                time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether the client closed a connection before it was accepted.
fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves one connection to its end.
fn connection(
    stream: TcpStream,
    router: Router,
    head: Option<usize>,
    open: &Connections,
    mut ending: watch::Receiver<()>,
) -> impl Future<Output = ()> + Send + use<> {
    let place = open.enter();
    async move {
        let service = {
            let place = place.clone();
            service_fn(move |request: Request<Incoming>| {
                let call = place.begin();
                let service = TowerToHyperService::new(router.clone());
                let answer = service.call(request.map(Body::new));
                async move {
                    answer
                        .await
                        .map(|answer| answer.map(|body| Answered::new(body, call)))
                }
            })
        };
        let mut builder = http1::Builder::new();
        if let Some(head) = head {
            builder.max_buf_size(head);
        }
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut is_ending = false;
        loop {
            tokio::select! {
                // A client that disconnects, or doesn't speak HTTP, only ends its own connection.
                _ = connection.as_mut() => return,
                () = place.is_closed() => return,
                _ = ending.changed(), if !is_ending => {
                    connection.as_mut().graceful_shutdown();
                    is_ending = true;
                }
            }
        }
    }
}
