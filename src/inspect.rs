//! The inspector: a page on this machine that shows what a mock delivers, or what `listen` receives.
//!
//! It has a server of its own on loopback, whatever address the mock or `listen` has, so that calls
//! to the page aren't API calls. `feed` has the newest rows and the state; `mocked` and `listened`
//! fill it and answer the page's questions; `routes` are what the page calls, behind `guard`.

mod copies;
mod feed;
mod guard;
mod listened;
mod mocked;
mod plot;
mod refused;
mod routes;
mod stream;

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use uuid::Uuid;

pub(crate) use self::listened::Listened;
use self::{feed::Feed, guard::Guard, routes::Source};
use crate::{
    mock::Inspected,
    process,
    server::{self, Limits, Server},
};

/// Where the page is.
const PATH: &str = "/_inspect/";

/// How long running calls may take at the end. A page that is open is a call without end.
const DRAIN: Duration = Duration::from_millis(100);

/// A page that is being served. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Inspector {
    url: String,
    server: Server,
    feeding: Option<tokio::task::AbortHandle>,
}

impl Inspector {
    /// Serves the page for a mock at `url`, on this port; 0 is any free one.
    pub(crate) async fn of_mock(
        mock: Inspected,
        url: &str,
        port: u16,
    ) -> Result<Self, server::Error> {
        let feed = Arc::new(Feed::new("mock", mock.database_id(), url));
        let source = Source::Mock(mock.clone());
        let mut inspector = Self::start(source, feed.clone(), port).await?;
        inspector.feeding = Some(tokio::spawn(mocked::feed(mock, feed)).abort_handle());
        Ok(inspector)
    }

    /// Serves the page for `listen`.
    pub(crate) async fn of_listen(listened: Listened, port: u16) -> Result<Self, server::Error> {
        let feed = listened.feed();
        Self::start(Source::Listen(listened), feed, port).await
    }

    async fn start(source: Source, feed: Arc<Feed>, port: u16) -> Result<Self, server::Error> {
        let bound = server::bind((Ipv4Addr::LOCALHOST, port).into()).await?;
        // As random as a platform id: 122 bits.
        let key = Uuid::new_v4().simple().to_string();
        let url = format!("http://{}{PATH}#{key}", bound.address());
        let guard = Guard::new(bound.address(), key, routes::is_page);
        let limits = Limits::of(process::files_at_most());
        let server = bound.serve(routes::router(source, feed, guard), limits);
        Ok(Self {
            url,
            server,
            feeding: None,
        })
    }

    /// The address of the page, with the key that opens it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        if let Some(feeding) = self.feeding {
            feeding.abort();
        }
        self.server.stop(DRAIN).await;
    }
}
