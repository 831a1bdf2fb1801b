//! The connections of one server. Anybody who reaches the port can open some without a word, and each
//! takes a file of this process: so there are only so many, who is silent is closed after a while,
//! and where there is no room for another, the one that has been silent for longest makes it.

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

/// How long a client may take to send the head of a call, the first or another one.
const SILENCE: Duration = Duration::from_secs(60);

/// How soon is accepted again where no file was left for it.
const PAUSE: Duration = Duration::from_millis(50);

/// The fewest connections that there is room for, however few files there are.
const FEWEST: usize = 16;

/// What the connections of a server may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long one may be silent.
    pub(super) silence: Duration,
    /// How many there may be at once.
    pub(super) at_once: usize,
}

impl Limits {
    /// Where this process may have so many files open: a share of them, since it does more than that.
    pub(crate) fn of(files: usize) -> Self {
        Self {
            silence: SILENCE,
            at_once: (files / 4).max(FEWEST),
        }
    }
}

/// Accepts connections and serves them until it is stopped, then waits for the calls that are
/// running.
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
                let serving = connection(stream, router.clone(), &open, end.clone());
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
    // Whoever listens is told by the end of the channel.
    drop((ending, end));
    open.none().await;
}

/// The next connection, whatever goes wrong before.
async fn accept(listener: &TcpListener, open: &Connections) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and written at once; waiting for more to send only delays
                // them. Without it the connection works as well, a little later.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_of_the_client(&error) => {}
            // No file is left, most likely.
            Err(_) => {
                open.close_one();
                time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether it was the client that ended a connection before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
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
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut is_ending = false;
        loop {
            tokio::select! {
                // A client that goes away, or says what is none of HTTP, ends its own connection.
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
