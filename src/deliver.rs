//! One POST of one payload to one callback, and its outcome. Who sends what, and how often, is
//! decided elsewhere.

mod again;
pub(crate) mod cause;
mod client;
mod connections;
mod headers;
mod outcome;
mod reach;
mod trust;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    Method, Request, Response, Url,
    header::{CONTENT_LENGTH, HeaderMap, HeaderValue},
};
use tokio::time;

pub(crate) use crate::deliver::{
    again::{Delivered, Message, PAUSES_MS, pause},
    client::IDLE,
    connections::Link,
    headers::Headers,
    outcome::{Cause, Certificate, Failure, Outcome, Tls},
    reach::reach,
    trust::Authorities,
};
use crate::{
    deliver::client::{Clients, Watched},
    model::{host::is_loopback, secret::Secret, timeout::Timeout, url::CallbackUrl},
};

/// The end of a short response is read so that its connection can be reused. The outcome is known
/// by then, and is delayed at most this long.
const TAIL: Duration = Duration::from_millis(50);
const TAIL_BYTES: u64 = 16 << 10;

/// How much of a response's body is kept where it is wanted, and how long to wait for it.
const ANSWER_BYTES: usize = 16 << 10;
const ANSWER: Duration = Duration::from_secs(2);

/// The largest response that is passed on.
const WHOLE_BYTES: usize = 1 << 20;

/// The user agent of what is not sent by a mock.
pub(crate) const USER_AGENT: &str = concat!("ubihook/", env!("CARGO_PKG_VERSION"));

/// How to call a callback, prepared once for any number of calls.
#[derive(Debug)]
pub(crate) struct Prepared {
    clients: Arc<Clients>,
    client: Watched,
    url: Url,
    headers: Headers,
    limit: Duration,
}

/// The result of a call, and which connection it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The outcome.
    pub outcome: Outcome,
    /// Where its connection came from.
    pub link: Link,
}

/// Makes calls, and keeps their connections for later ones.
///
/// Connections belong to the runtime in which they were opened, so each runtime needs its own
/// sender.
#[derive(Debug)]
pub(crate) struct Sender {
    user_agent: &'static str,
    // Each is made when first needed: loading the TLS roots alone takes longer than a call on
    // loopback, and only calls that leave this machine may need a proxy.
    clients: [Arc<Clients>; 4],
}

impl Sender {
    /// A sender that calls itself `user_agent`, in HTTP's syntax: `ubihook-mock/1.2.3`.
    pub(crate) fn new(user_agent: &'static str, trusted: &Authorities) -> Self {
        let of = |tls, here| Arc::new(Clients::new(tls, here, trusted.clone()));
        Self {
            user_agent,
            clients: [
                of(false, false),
                of(false, true),
                of(true, false),
                of(true, true),
            ],
        }
    }

    /// Prepares what all calls to this callback have in common.
    pub(crate) fn prepare(
        &self,
        url: &CallbackUrl,
        headers: &[(String, Secret)],
        timeout: Timeout,
    ) -> Result<Prepared, Failure> {
        let mut all = Headers::new(self.user_agent, headers.len());
        for (name, value) in headers {
            all.set(name, value.expose())?;
        }
        self.prepare_with(url, all, timeout)
    }

    /// The headers that every call has.
    pub(crate) fn headers(&self) -> Headers {
        Headers::new(self.user_agent, 0)
    }

    /// The same with these headers.
    pub(crate) fn prepare_with(
        &self,
        url: &CallbackUrl,
        headers: Headers,
        timeout: Timeout,
    ) -> Result<Prepared, Failure> {
        let url = Url::parse(url.as_str()).expect("checked when it was made");
        let (tls, here) = (url.scheme() == "https", is_loopback(&url));
        let clients = self.clients[usize::from(tls) * 2 + usize::from(here)].clone();
        Ok(Prepared {
            client: clients.keeping()?.clone(),
            clients,
            url,
            headers,
            limit: Duration::from_secs(timeout.seconds().into()),
        })
    }
}

impl Prepared {
    /// Whether its URL is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The port of its URL.
    pub(crate) fn port(&self) -> Option<u16> {
        self.url.port_or_known_default()
    }

    /// Makes one call for another one, and returns the whole response, if it isn't too large.
    pub(crate) async fn exchange_whole(
        &self,
        message: &Message,
    ) -> Result<(u16, HeaderMap, Vec<u8>), Failure> {
        let start = Instant::now();
        let exchange = async {
            let mut answer = self.exchange(&self.client, message, start).await.0;
            if let Err(Failure::Stale) = answer {
                let client = self.clients.opening()?;
                answer = self.exchange(client, message, start).await.0;
            }
            let mut response = answer?;
            let mut body = Vec::new();
            let cut = |_| Failure::Connection(Cause::Closed);
            while let Some(chunk) = response.chunk().await.map_err(cut)? {
                body.extend_from_slice(&chunk);
                if body.len() > WHOLE_BYTES {
                    return Err(Failure::TooLarge);
                }
            }
            let headers = std::mem::take(response.headers_mut());
            Ok((response.status().as_u16(), headers, body))
        };
        let timed = time::timeout(self.limit, exchange).await;
        timed.unwrap_or(Err(Failure::timeout(self.limit)))
    }

    /// Makes one call: on a connection of its own if `apart`, otherwise on a kept one if there is one. A
    /// redirect is a response like any other. Also returns the beginning of the response's body, if it
    /// is wanted.
    pub(crate) async fn attempt(&self, message: &Message, apart: bool) -> (Sent, Vec<u8>) {
        let client = if apart {
            match self.clients.opening() {
                Ok(client) => client,
                Err(failure) => {
                    let outcome = failure.at_once();
                    let link = Link::None;
                    return (Sent { outcome, link }, Vec::new());
                }
            }
        } else {
            &self.client
        };
        let start = Instant::now();
        let result = time::timeout(self.limit, self.exchange(client, message, start)).await;
        let duration = start.elapsed();
        let (answer, link) = result.unwrap_or((Err(Failure::timeout(self.limit)), Link::None));
        let mut kept = Vec::new();
        let answer = match answer {
            Ok(response) => {
                let status = response.status().as_u16();
                if message.wants_answer {
                    kept = beginning(response).await;
                } else {
                    finish(response).await;
                }
                Ok(status)
            }
            Err(failure) => Err(failure),
        };
        let outcome = Outcome { answer, duration };
        (Sent { outcome, link }, kept)
    }

    async fn exchange(
        &self,
        client: &Watched,
        message: &Message,
        start: Instant,
    ) -> (Result<Response, Failure>, Link) {
        let mut request = Request::new(Method::POST, self.url.clone());
        *request.headers_mut() = message.headers.as_ref().unwrap_or(&self.headers).map();
        if message.body.is_empty() {
            // The client leaves it out, and receivers may insist on it.
            let none = HeaderValue::from_static("0");
            request.headers_mut().insert(CONTENT_LENGTH, none);
        }
        *request.body_mut() = Some(message.body.clone().into());
        match client.http.execute(request).await {
            Ok(response) => {
                let link = client.connections.of_answer(response.extensions(), start);
                (Ok(response), link)
            }
            Err(error) => {
                let link = cause::link(&error, &client.connections, start);
                (Err(cause::failure(&error, link, self.limit)), link)
            }
        }
    }
}

/// The beginning of a response's body. If the rest doesn't arrive, the outcome doesn't change.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut kept = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            kept.extend_from_slice(&chunk);
            if kept.len() >= ANSWER_BYTES {
                break;
            }
        }
    };
    let _ = time::timeout(ANSWER, read).await;
    kept.truncate(ANSWER_BYTES);
    kept
}

async fn finish(mut response: Response) {
    if response.content_length().is_none_or(|n| n > TAIL_BYTES) {
        return;
    }
    let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
    // If the rest doesn't arrive, the connection is closed; the outcome doesn't change.
    let _ = time::timeout(TAIL, rest).await;
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        sync::mpsc,
        thread,
    };

    use super::*;

    impl Prepared {
        async fn send(&self, body: &[u8]) -> Sent {
            self.attempt(&body.to_vec().into(), false).await.0
        }

        async fn send_apart(&self, body: &[u8]) -> Sent {
            self.attempt(&body.to_vec().into(), true).await.0
        }
    }
    use crate::receiver::Receiver;

    async fn post(url: &str, headers: &[(String, Secret)]) -> Outcome {
        let (url, second) = (url.parse().unwrap(), Timeout::try_from(1).unwrap());
        match Sender::new("test/1", &Authorities::default()).prepare(&url, headers, second) {
            Ok(call) => call.send(b"{}").await.outcome,
            Err(failure) => failure.at_once(),
        }
    }

    #[tokio::test]
    async fn a_redirect_is_a_success_and_is_not_followed() {
        let receiver = Receiver::scripted(&[302]);
        let outcome = post(&receiver.url("/hook"), &[]).await;
        assert_eq!((outcome.answer, outcome.error()), (Ok(302), None));
        assert_eq!(receiver.rest(), 1);
    }

    #[tokio::test]
    async fn each_failure_has_its_words() {
        let receiver = Receiver::scripted(&[503, 0]);
        let refused = post(&receiver.url("/hook"), &[]).await.error();
        assert_eq!(refused.as_deref(), Some("Received status code 503"));
        let silent = post(&receiver.url("/hook"), &[]).await.error();
        assert_eq!(silent.as_deref(), Some("Timeout: no answer in 1 s"));
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}/s3cret", listener.local_addr().unwrap())
        };
        let unreachable = post(&nobody, &[]).await.error();
        assert_eq!(unreachable.as_deref(), Some("Connection error: refused"));
    }

    /// A prepared call, and a server that sends these responses in turn on each connection before
    /// it closes it.
    fn scripted(answers: &'static [&'static str]) -> (Prepared, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (came, calls) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                for answer in answers {
                    let mut call = [0; 4096];
                    let read = stream.read(&mut call).unwrap();
                    let text = String::from_utf8_lossy(&call[..read]).into_owned();
                    came.send(text).unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            }
        });
        let (url, timeout) = (url.parse().unwrap(), Timeout::try_from(5).unwrap());
        let prepared = Sender::new("test/1", &Authorities::default()).prepare(&url, &[], timeout);
        (prepared.unwrap(), calls)
    }

    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    #[tokio::test]
    async fn a_kept_connection_that_ends_before_an_answer_is_no_attempt() {
        let (prepared, calls) = scripted(&[OK, ""]);
        let first = prepared.send(b"one").await;
        assert_eq!(first.outcome.answer, Ok(200));
        assert!(matches!(first.link, Link::Opened(_)));
        let second = prepared.send(b"two").await;
        assert_eq!(second.outcome.answer, Err(Failure::Stale));
        assert_eq!(second.link, Link::Reused);
        let apart = prepared.send_apart(b"two").await;
        assert_eq!(apart.outcome.answer, Ok(200));
        assert!(matches!(apart.link, Link::Opened(_)));
        let bodies: Vec<_> = calls.try_iter().collect();
        let bodies: Vec<_> = bodies.iter().map(|call| &call[call.len() - 3..]).collect();
        assert_eq!(bodies, ["one", "two", "two"]);
    }

    #[tokio::test]
    async fn a_new_connection_that_ends_before_an_answer_is_an_attempt() {
        let (prepared, calls) = scripted(&[""]);
        for sent in [prepared.send(b"{}").await, prepared.send_apart(b"{}").await] {
            assert_eq!(sent.outcome.answer, Err(Failure::Connection(Cause::Closed)));
            assert!(matches!(sent.link, Link::Opened(_)));
        }
        assert_eq!(calls.try_iter().count(), 2);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_an_attempt_on_a_kept_connection_too() {
        let (prepared, calls) = scripted(&[OK, "SSH-2.0-other\r\n\r\n"]);
        assert!(prepared.send(b"{}").await.outcome.is_success());
        let sent = prepared.send(b"{}").await;
        assert_eq!(sent.link, Link::Reused);
        assert_eq!(
            sent.outcome.answer,
            Err(Failure::Connection(Cause::NotHttp))
        );
        assert_eq!(calls.try_iter().count(), 2);
    }

    #[tokio::test]
    async fn a_configured_header_overrides_ours() {
        let receiver = Receiver::scripted(&[]);
        let headers = [("User-Agent".to_owned(), Secret::unscrubbed("mine"))];
        assert!(post(&receiver.url("/hook"), &headers).await.is_success());
        let headers = &receiver.take(1)[0].headers;
        assert_eq!(
            headers.get_all("user-agent").iter().collect::<Vec<_>>(),
            ["mine"]
        );
        assert_eq!(headers["content-type"], "application/json");
    }
}
