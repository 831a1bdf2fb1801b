//! Whether this machine can connect to a callback, without sending anything.

use std::{io, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{cause::cause, outcome::Cause};

/// Resolves the name and connects. The error says why not.
pub(crate) async fn reach(host: &str, port: u16, limit: Duration) -> Result<(), String> {
    let connect = async {
        let mut addresses = lookup_host((host, port))
            .await
            .map_err(|_| Cause::NoSuchHost)?;
        let address = addresses.next().ok_or(Cause::NoSuchHost)?;
        let mut refused = match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => refused = error,
            }
        }
        Err(of(&refused))
    };
    match timeout(limit, connect).await {
        Ok(connected) => connected.map_err(Cause::words),
        Err(_) => Err(Cause::TimedOut.words()),
    }
}

fn of(error: &io::Error) -> Cause {
    cause(error)
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
        let unknown = reach("no-such-host.invalid", 1, limit).await;
        assert_eq!(unknown, Err("no such host".to_owned()));
    }
}
