//! Whether this machine can connect to a callback, without sending anything.

use std::{io, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{cause::cause, outcome::Cause};

/// What `cause` reads: it looks at what an error is caused by.
#[derive(Debug, thiserror::Error)]
#[error("could not connect")]
struct NotConnected(#[source] io::Error);

/// Resolves the name and connects. The error says why not.
pub(crate) async fn reach(host: &str, port: u16, limit: Duration) -> Result<(), String> {
    let connect = async {
        let addresses = lookup_host((host, port)).await;
        let addresses: Vec<_> = addresses.map_err(|_| Cause::NoSuchHost)?.collect();
        let connected = TcpStream::connect(addresses.as_slice()).await;
        connected
            .map(drop)
            .map_err(|error| cause(&NotConnected(error)))
    };
    match timeout(limit, connect).await {
        Ok(connected) => connected.map_err(Cause::words),
        Err(_) => Err(Cause::TimedOut.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_reached_where_something_listens() {
        let limit = Duration::from_secs(5);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(reach("127.0.0.1", port, limit).await, Ok(()));
        drop(listener);
        let refused = reach("127.0.0.1", port, limit).await;
        assert_eq!(refused, Err("refused".to_owned()));
    }
}
