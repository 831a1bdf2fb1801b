//! The HTTP client for the API: its address, its token, and how a call is made.

mod age;
pub(crate) mod answer;
mod clock;
mod error;
mod limit;
pub(crate) mod logs;
mod lost;
mod objects;
mod pace;
mod proxy;
mod reason;
pub(crate) mod requests;
mod retry;
mod send;
mod tests;
mod tls;
pub(crate) mod trace;
pub(crate) mod webhooks;
pub(crate) mod when;

use std::{borrow::Cow, path::PathBuf, sync::Arc, time::Duration};

pub use error::Error;
pub(crate) use pace::Place;
pub(crate) use retry::longest_write;

use crate::{
    config::{Setting, proxy::Proxies},
    model::{host::ApiHost, name::ProjectName, scrub::Scrubber, token::Token},
};

/// The settings of a client.
pub(crate) struct Options<'a> {
    /// The API's address.
    pub host: ApiHost,
    /// The API token.
    pub token: Token,
    /// The longest that one call may take, including the response.
    pub timeout: Duration,
    /// Certificates to trust besides the system's.
    pub ca_cert: Option<&'a Setting<PathBuf>>,
    /// The variables that name a proxy.
    pub proxies: &'a Proxies,
    /// Whether the token may go over plain http to another machine.
    pub insecure_http: bool,
    /// Removes known secrets from the platform's messages.
    pub scrubber: Scrubber,
    /// Receives an event for each call and each wait.
    pub trace: trace::Trace,
}

/// The API at one host, for one token. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    host: ApiHost,
    authorization: reqwest::header::HeaderValue,
    scrubber: Scrubber,
    trace: trace::Trace,
    proxy: Option<proxy::Proxy>,
    /// The longest that one call may take.
    timeout: Duration,
    clock: clock::Clock,
    pace: pace::Pace,
}

impl Client {
    /// Prepares calls; connects to nothing.
    pub(crate) async fn new(options: Options<'_>) -> Result<Self, Error> {
        let Options {
            host,
            token,
            timeout,
            ca_cert,
            proxies,
            insecure_http,
            scrubber,
            trace,
        } = options;
        // The mock's token was made with a different scrubber.
        scrubber.learn_token(token.header());
        if host.is_plain_http() && !host.is_loopback() && !insecure_http {
            return Err(Error::PlainHttp(host));
        }
        let builder = reqwest::Client::builder()
            .timeout(timeout)
            .user_agent(concat!("ubihook/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none());
        let (builder, proxy) = proxy::configure(builder, &host, proxies)?;
        let builder = tls::configure(builder, &host, ca_cert).await?;
        // Only certificates can be wrong with it now.
        let http = builder.build().map_err(|_| {
            Error::Setup(match ca_cert {
                Some(ca_cert) => tls::unusable(ca_cert, "a certificate in it can't be read"),
                None => "the system's certificates can't be read".to_owned(),
            })
        })?;
        let mut authorization = reqwest::header::HeaderValue::from_str(token.header().expose())
            .expect("a token is printable ASCII");
        authorization.set_sensitive(true);
        Ok(Self(Arc::new(Inner {
            http,
            host,
            authorization,
            scrubber,
            trace,
            proxy,
            timeout,
            clock: clock::Clock::default(),
            pace: pace::Pace::default(),
        })))
    }

    /// Foreign text without any known secret.
    fn scrubbed<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0.scrubber.clean(text)
    }

    /// The base URL of all calls.
    pub(crate) fn host(&self) -> &ApiHost {
        &self.0.host
    }

    /// Waits until the platform's rate limit allows this many calls, and reserves capacity for them
    /// among other changes of this command. That isn't a retry, and has no limit of its own.
    pub(crate) async fn place(&self, calls: u64) -> Place<'_> {
        let told = |wait| self.0.trace.tell(trace::Event::Limited { wait });
        self.0.pace.place(calls, told).await
    }

    /// A lower bound of the platform's time, known after its first response.
    pub(crate) fn clock(&self) -> Option<jiff::Timestamp> {
        let bounds = self.0.clock.at(std::time::Instant::now())?;
        Some(bounds.earliest)
    }

    /// How far this machine's clock is ahead of the platform's, in seconds, as far as its responses
    /// prove it; negative if it is behind.
    pub(crate) fn drift(&self) -> Option<i64> {
        let bounds = self.0.clock.at(std::time::Instant::now())?;
        let here = jiff::Timestamp::now();
        let ahead = here.duration_since(bounds.latest).as_secs().max(0);
        let behind = bounds.earliest.duration_since(here).as_secs().max(0);
        Some(ahead - behind)
    }

    /// The proxy that its calls go through, without credentials, and where it is set.
    pub(crate) fn proxy(&self) -> Option<(&str, &str)> {
        let proxy = self.0.proxy.as_ref()?;
        Some((&proxy.address, &proxy.from))
    }

    /// An upper bound of the platform's time, in nanoseconds since 1970. Before its first response
    /// with a date, this machine's time.
    pub(crate) fn latest(&self) -> i64 {
        let bounds = self.0.clock.at(std::time::Instant::now());
        when::nanos(bounds.map_or_else(jiff::Timestamp::now, |bounds| bounds.latest))
    }

    /// The calls of one project.
    pub(crate) fn project(&self, name: ProjectName) -> Project {
        Project {
            client: self.clone(),
            name,
        }
    }
}

/// One project of the API. Each API call is a method: webhooks, tests, objects.
#[derive(Clone)]
pub(crate) struct Project {
    client: Client,
    name: ProjectName,
}

impl Project {
    pub(crate) fn name(&self) -> &ProjectName {
        &self.name
    }

    /// The client that makes its calls.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[tokio::test]
    async fn the_token_of_a_client_is_scrubbed_whoever_made_it() {
        let scrubber = Scrubber::default();
        let options = Options {
            host: "http://127.0.0.1:9/v2".parse().unwrap(),
            token: Token::parse("a-token-of-a-mock", &Scrubber::default()).unwrap(),
            timeout: Duration::from_secs(1),
            ca_cert: None,
            proxies: &Proxies::default(),
            insecure_http: false,
            scrubber: scrubber.clone(),
            trace: trace::Trace::new(false, |_| {}),
        };
        Client::new(options).await.unwrap();
        assert_eq!(scrubber.clean("got a-token-of-a-mock"), "got ***");
    }
}
