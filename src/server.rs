//! An HTTP server in the current runtime: binds an address, serves a router until it is stopped,
//! then drains with a deadline. It knows nothing of what it serves.

mod allowed_host;
mod connections;
mod here;

use std::{io, net::SocketAddr, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time};

pub(crate) use self::{allowed_host::AllowedHost, connections::Limits, here::Here};

/// Why an address can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}: {}", reason(source))]
pub struct Error {
    address: SocketAddr,
    source: io::Error,
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => error.to_string(),
    }
}

impl Error {
    /// What to do about it, if something helps.
    pub fn hint(&self) -> Option<String> {
        let hint = match self.source.kind() {
            io::ErrorKind::AddrInUse => "use --port 0 for a free port",
            io::ErrorKind::PermissionDenied => "use a port above 1023, or --port 0 for a free one",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// A bound address that isn't served yet. Connections wait in the meantime.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds `address`; port 0 selects a free one.
pub(crate) async fn bind(address: SocketAddr) -> Result<Bound, Error> {
    let failed = |source| Error { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, address })
}

impl Bound {
    /// The actual address, including the port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `router` in the current runtime.
    pub(crate) fn serve(self, router: Router, limits: Limits) -> Server {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = connections::serve(self.listener, router, limits, async {
            // A dropped `Server` stops it too.
            let _ = stopped.await;
        });
        Server {
            address: self.address,
            stop,
            task: tokio::spawn(serving),
        }
    }
}

/// A router being served. Dropping it stops accepting; `stop` also waits.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// The actual address, including the port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, and waits at most `drain` for running calls. A call that takes longer ends
    /// with the runtime.
    pub(crate) async fn stop(mut self, drain: Duration) {
        // There is no receiver if serving has already ended.
        let _ = self.stop.send(());
        if time::timeout(drain, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpStream,
        thread,
    };

    use axum::routing::get;
    use tokio::task;

    use super::*;

    const HERE: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

    #[tokio::test]
    async fn a_running_call_is_finished_and_a_long_one_is_not_waited_for() {
        let slow = |millis| async move {
            time::sleep(Duration::from_millis(millis)).await;
            "done"
        };
        let router = Router::new()
            .route("/slow", get(move || slow(100)))
            .route("/stuck", get(move || slow(60_000)));
        let limits = Limits::of(1024);
        let server = bind(HERE.into()).await.unwrap().serve(router, limits);
        let address = server.address();
        let done = task::spawn_blocking(move || exchange(address, "/slow"));
        let stuck = thread::spawn(move || exchange(address, "/stuck"));
        time::sleep(Duration::from_millis(50)).await;
        let start = time::Instant::now();
        server.stop(Duration::from_millis(400)).await;
        assert!(start.elapsed() < Duration::from_millis(600));
        assert!(done.await.unwrap().ends_with("done"));
        assert!(!stuck.is_finished());
    }

    fn exchange(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    async fn served(at_once: usize, silence: Duration) -> Server {
        let router = Router::new().route("/", get(async || "done"));
        let limits = Limits {
            silence,
            at_once,
            head: None,
        };
        bind(HERE.into()).await.unwrap().serve(router, limits)
    }

    /// What a client that sends this receives until the server closes.
    fn answer_to(mut stream: TcpStream, text: &str) -> String {
        let deadline = Some(Duration::from_secs(20));
        stream.set_read_timeout(deadline).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed_before_and_after_a_call() {
        let server = served(10, Duration::from_millis(50)).await;
        let address = server.address();
        let call = "GET / HTTP/1.1\r\nhost: x\r\n";
        for (text, answered) in [
            (String::new(), false),
            (call.to_owned(), false),
            (format!("{call}\r\n"), true),
            (format!("{call}\r\nGET / HT"), true),
        ] {
            let answer = task::spawn_blocking(move || {
                answer_to(TcpStream::connect(address).unwrap(), &text)
            });
            let answer = answer.await.unwrap();
            assert_eq!(answer.contains("done"), answered, "{answer}");
        }
        server.stop(Duration::from_secs(1)).await;
    }

    #[tokio::test]
    async fn silent_connections_keep_no_one_out() {
        let server = served(8, Duration::from_secs(600)).await;
        let address = server.address();
        let connect = move |_| TcpStream::connect(address).unwrap();
        let (silent, answer) = task::spawn_blocking(move || {
            let silent: Vec<_> = (0..200).map(connect).collect();
            (silent, exchange(address, "/"))
        })
        .await
        .unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        // The oldest were closed first.
        let oldest = silent.into_iter().next().unwrap();
        let closed = task::spawn_blocking(move || answer_to(oldest, ""));
        assert_eq!(closed.await.unwrap(), "");
        server.stop(Duration::from_secs(1)).await;
    }

    #[tokio::test]
    async fn an_address_in_use_is_reported() {
        let first = bind(HERE.into()).await.unwrap();
        let error = bind(first.address()).await.unwrap_err();
        assert!(error.to_string().ends_with("the address is in use"));
        assert!(error.hint().unwrap().contains("--port 0"));
    }
}
