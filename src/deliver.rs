//! One POST of one payload to one callback, and what came of it. Who sends what, and how often,
//! is decided elsewhere.

#[cfg(test)]
pub(crate) mod testing;

use std::{
    fmt, io,
    sync::OnceLock,
    time::{Duration, Instant},
};

use reqwest::{
    Client, Method, Request, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
    redirect,
};
use tokio::time;

use crate::model::{host::is_loopback, secret::Secret, timeout::Timeout, url::CallbackUrl};

/// Idle connections are let go before most servers do so, or a call may meet one that its server
/// is just closing.
const IDLE: Duration = Duration::from_secs(4);

/// The end of a short answer is read, so that its connection can be used again. The outcome is
/// known by then, and waits no longer than this.
const TAIL: Duration = Duration::from_millis(50);
const TAIL_BYTES: u64 = 16 << 10;

/// One call to make.
#[derive(Debug)]
pub struct Post<'a> {
    /// Where it goes.
    pub url: &'a CallbackUrl,
    /// The configured headers, which override our own.
    pub headers: &'a [(String, Secret)],
    /// The payload, as JSON.
    pub body: Vec<u8>,
    /// From the start of connecting to the end of the answer's headers.
    pub timeout: Timeout,
}

/// A way to call, looked at once for any number of calls.
#[derive(Debug)]
pub struct Prepared {
    client: Client,
    url: Url,
    headers: HeaderMap,
    limit: Duration,
}

/// What came of a call. Carries neither URL nor header, so it can be shown and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The answer's status, or why there is none.
    pub answer: Result<u16, Failure>,
    /// How long it took.
    pub duration: Duration,
}

/// Why a call got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing answered, or not in HTTP.
    Connection,
    /// Not in time.
    Timeout,
    /// This process may open no further connection: nothing was sent.
    NoRoom,
    /// The webhook was disabled or deleted meanwhile: nothing was sent.
    Gone,
}

impl Outcome {
    /// Whether the event counts as delivered: a 2xx or a 3xx (reference, section 6).
    pub fn is_success(&self) -> bool {
        matches!(self.answer, Ok(200..=399))
    }

    /// Why it does not, in the platform's words; nothing for a success.
    pub fn error(&self) -> Option<String> {
        match self.answer {
            Ok(200..=399) => None,
            Ok(status) => Some(format!("Received status code {status}")),
            Err(failure) => Some(failure.to_string()),
        }
    }
}

impl Failure {
    /// The outcome of a call that could not even be begun.
    pub fn at_once(self) -> Outcome {
        Outcome {
            answer: Err(self),
            duration: Duration::ZERO,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "Connection error",
            Self::Timeout => "Timeout",
            Self::NoRoom => "Too many open files",
            Self::Gone => "Webhook disabled or deleted",
        })
    }
}

/// Makes calls, and keeps their connections for the next ones.
///
/// Connections belong to the runtime in which they were made: one sender for each.
#[derive(Debug)]
pub struct Sender {
    user_agent: &'static str,
    // Each made when first needed: the roots of TLS alone take longer to load than a call on
    // loopback, and only what leaves this machine may need a proxy.
    clients: [OnceLock<Client>; 4],
}

impl Sender {
    /// A sender that calls itself `user_agent`, in HTTP's syntax: `ubihook-mock/1.2.3`.
    pub fn new(user_agent: &'static str) -> Self {
        Self {
            user_agent,
            clients: Default::default(),
        }
    }

    /// Makes one call. Redirects are answers like any other.
    pub async fn send(&self, post: Post<'_>) -> Outcome {
        match self.prepare(post.url, post.headers, post.timeout) {
            Ok(prepared) => prepared.send(post.body).await,
            Err(failure) => failure.at_once(),
        }
    }

    /// Looks at what every call to this callback has in common.
    pub fn prepare(
        &self,
        url: &CallbackUrl,
        headers: &[(String, Secret)],
        timeout: Timeout,
    ) -> Result<Prepared, Failure> {
        let url = Url::parse(url.as_str()).expect("checked when it was made");
        Ok(Prepared {
            client: self.client(&url)?.clone(),
            url,
            headers: self.headers(headers)?,
            limit: Duration::from_secs(timeout.seconds().into()),
        })
    }

    fn headers(&self, configured: &[(String, Secret)]) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(configured.len() + 2);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(self.user_agent));
        for (name, value) in configured {
            // Their rules are stricter than HTTP's: only a database edited by hand fails here.
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Connection)?;
            // As bytes: HTTP allows UTF-8 there, though not every receiver reads it.
            let mut value = HeaderValue::from_bytes(value.expose().as_bytes())
                .map_err(|_| Failure::Connection)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn client(&self, url: &Url) -> Result<&Client, Failure> {
        let (tls, here) = (url.scheme() == "https", is_loopback(url));
        let slot = &self.clients[usize::from(tls) * 2 + usize::from(here)];
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = build(tls, here).map_err(|_| Failure::Connection)?;
        Ok(slot.get_or_init(|| client))
    }
}

impl Prepared {
    /// Makes one call. Redirects are answers like any other.
    pub async fn send(&self, body: Vec<u8>) -> Outcome {
        let start = Instant::now();
        let result = time::timeout(self.limit, self.call(body)).await;
        let duration = start.elapsed();
        let answer = match result {
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                finish(response).await;
                Ok(status)
            }
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::Timeout),
        };
        Outcome { answer, duration }
    }

    async fn call(&self, body: Vec<u8>) -> Result<Response, Failure> {
        let mut request = Request::new(Method::POST, self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = Some(body.into());
        self.client.execute(request).await.map_err(|error| {
            if error.is_timeout() {
                Failure::Timeout
            } else if is_no_room(&error) {
                Failure::NoRoom
            } else {
                Failure::Connection
            }
        })
    }
}

#[cfg(unix)]
fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].contains(&Errno::from_io_error(error).unwrap_or(Errno::IO))
}

#[cfg(not(unix))]
fn is_out_of_files(error: &io::Error) -> bool {
    const WSAEMFILE: i32 = 10024;
    error.raw_os_error() == Some(WSAEMFILE)
}

/// Whether the cause is that this process, or the machine, has too many files open.
fn is_no_room(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return is_out_of_files(error);
        }
        source = error.source();
    }
    false
}

fn build(tls: bool, here: bool) -> reqwest::Result<Client> {
    install_crypto();
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        // Answers are hardly read, and a callback must not be able to send a bomb.
        .no_gzip()
        .pool_idle_timeout(IDLE);
    if !tls {
        builder = builder.tls_certs_only([]);
    }
    if here {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// The client wants a provider of cryptography even where it never encrypts.
fn install_crypto() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // Another part of the process may have chosen the same one before.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

async fn finish(mut response: Response) {
    if response.content_length().is_none_or(|n| n > TAIL_BYTES) {
        return;
    }
    let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
    // The connection is closed if the rest doesn't come; the outcome stays.
    let _ = time::timeout(TAIL, rest).await;
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::deliver::testing::Receiver;

    async fn post(url: &str, headers: &[(String, Secret)]) -> Outcome {
        let post = Post {
            url: &url.parse().unwrap(),
            headers,
            body: b"{}".to_vec(),
            timeout: Timeout::try_from(1).unwrap(),
        };
        Sender::new("test/1").send(post).await
    }

    #[tokio::test]
    async fn a_redirect_is_a_success_and_is_not_followed() {
        let receiver = Receiver::start(&[302]);
        let outcome = post(&receiver.url, &[]).await;
        assert_eq!((outcome.answer, outcome.error()), (Ok(302), None));
        assert_eq!(receiver.got().len(), 1);
    }

    #[tokio::test]
    async fn each_failure_has_its_words() {
        let receiver = Receiver::start(&[503, 0]);
        let refused = post(&receiver.url, &[]).await.error();
        assert_eq!(refused.as_deref(), Some("Received status code 503"));
        let silent = post(&receiver.url, &[]).await.error();
        assert_eq!(silent.as_deref(), Some("Timeout"));
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}/s3cret", listener.local_addr().unwrap())
        };
        let unreachable = post(&nobody, &[]).await.error();
        assert_eq!(unreachable.as_deref(), Some("Connection error"));
    }

    #[tokio::test]
    async fn a_configured_header_overrides_ours() {
        let receiver = Receiver::start(&[]);
        let headers = [("User-Agent".to_owned(), Secret::unscrubbed("mine"))];
        assert!(post(&receiver.url, &headers).await.is_success());
        let (head, _) = &receiver.got()[0];
        assert!(head.contains("user-agent: mine") && !head.contains("test/1"));
        assert!(head.contains("content-type: application/json"));
    }
}
