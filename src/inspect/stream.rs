//! The stream that an open page reads: lines of JSON, as long as both ends are there.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{sync::watch, time};

use super::feed::{Cursor, Feed};

/// How long the stream is silent at most, so that the page knows that it is alive.
const SILENCE: Duration = Duration::from_secs(10);

/// Streams what the page doesn't have.
pub(super) fn response(feed: Arc<Feed>, after: Option<(i64, &str)>) -> Response {
    let (first, cursor) = feed.begin(after);
    let reader = Reader {
        changes: feed.changes(),
        page: Opened::new(feed),
        cursor,
        first: Some(first),
    };
    let lines = stream::unfold(reader, async |mut reader| {
        let lines = reader.next().await;
        Some((Ok::<_, std::convert::Infallible>(lines), reader))
    });
    (
        [(CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(lines),
    )
        .into_response()
}

/// A feed with one page more, until this is dropped with the connection.
struct Opened(Arc<Feed>);

impl Opened {
    fn new(feed: Arc<Feed>) -> Self {
        feed.opened();
        Self(feed)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.closed();
    }
}

struct Reader {
    page: Opened,
    changes: watch::Receiver<u64>,
    cursor: Cursor,
    first: Option<String>,
}

impl Reader {
    /// Waits for the next lines.
    async fn next(&mut self) -> Bytes {
        if let Some(first) = self.first.take() {
            return first.into();
        }
        loop {
            self.changes.mark_unchanged();
            let lines = self.page.0.lines(&mut self.cursor);
            if !lines.is_empty() {
                return lines.into();
            }
            let changed = time::timeout(SILENCE, self.changes.changed()).await;
            if changed.is_err() {
                return Bytes::from_static(b"{\"type\":\"ping\"}\n");
            }
        }
    }
}
