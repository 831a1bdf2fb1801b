//! Reads calls, has someone decide about each one, and sends the response. Prints nothing.

mod reply;
mod rules;

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use tokio::{
    sync::{oneshot, watch},
    time,
};

use self::rules::{MAX_BODY, TOO_LARGE};
pub(crate) use self::{
    reply::{Refusal, Reply},
    rules::Rules,
};
use crate::model::received::Received;

/// The largest head of a request.
pub(crate) const MAX_HEAD: usize = 64 << 10;
/// How long a head, and then a body, may take.
pub(crate) const WHOLE: Duration = Duration::from_secs(30);
/// How many connections may be open at once.
pub(crate) const CONNECTIONS: usize = 1024;
/// How long the rest of a refused body is read, so that its sender sees the response.
const REST: Duration = Duration::from_millis(500);

/// A call that was read.
#[derive(Debug)]
pub(crate) struct Call {
    /// What is shown of it; its number, repeat and response are not known yet.
    pub(crate) received: Received,
    /// Its headers with all values.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// When the last byte had arrived.
    pub(crate) arrived: Instant,
    /// The response to a call that is no delivery.
    pub(crate) refused: Option<Refusal>,
}

/// Decides about calls.
pub(crate) trait Take: Send + Sync + 'static {
    /// Decides about a call; several connections do this at once. It must not block for long, since
    /// it runs where the connections are served.
    fn take(&self, call: Call) -> Answer;
}

/// The response to a call.
#[derive(Debug)]
pub(crate) enum Answer {
    Now(Reply),
    /// Once it is known. If its sender is dropped, the call is answered with 503.
    Later(oneshot::Receiver<Reply>),
}

#[derive(Clone)]
struct Entry {
    rules: Arc<Rules>,
    taker: Arc<dyn Take>,
    ending: watch::Receiver<bool>,
}

/// A router that passes every call on to be taken. Once `ending` is true, delays are cut short, and
/// calls that haven't arrived yet are refused.
pub(crate) fn router(rules: Rules, taker: Arc<dyn Take>, ending: watch::Receiver<bool>) -> Router {
    let entry = Entry {
        rules: Arc::new(rules),
        taker,
        ending,
    };
    Router::new().fallback(take).with_state(entry)
}

async fn take(State(entry): State<Entry>, request: Request) -> Response {
    let time = Timestamp::now();
    let (parts, body) = request.into_parts();
    let Entry {
        rules,
        taker,
        mut ending,
    } = entry;
    let read = {
        let read = read(&rules, &parts, body);
        let ended = async {
            // Without a sender it ends as well.
            let _ = ending.wait_for(|ends| *ends).await;
        };
        tokio::select! {
            biased;
            read = read => read,
            () = ended => Err(None),
        }
    };
    let (body, refused) = match read {
        Ok(read) => read,
        Err(refusal) => {
            let Some(refusal) = refusal else {
                return Reply::busy().into_response();
            };
            (Bytes::new(), Some(refusal))
        }
    };
    let arrived = Instant::now();
    let (received, refused) = rules.describe(&parts, &body, refused, time);
    let taken = taker.take(Call {
        received,
        headers: parts.headers,
        body,
        arrived,
        refused,
    });
    let answer = match taken {
        Answer::Now(answer) => answer,
        Answer::Later(answer) => answer.await.unwrap_or_else(|_| Reply::busy()),
    };
    if !answer.delay.is_zero() {
        tokio::select! {
            () = time::sleep(answer.delay) => {}
            _ = ending.wait_for(|ends| *ends) => {}
        }
    }
    answer.into_response()
}

/// The body, and why its call is refused already. An error without a reason means that there is
/// nobody to answer.
async fn read(
    rules: &Rules,
    parts: &Parts,
    body: Body,
) -> Result<(Bytes, Option<Refusal>), Option<Refusal>> {
    if let Some(refusal) = rules.refuses(parts) {
        let _ = time::timeout(REST, whole(body)).await;
        return Err(Some(refusal));
    }
    match time::timeout(WHOLE, whole(body)).await {
        Ok(Ok(body)) => Ok((body, None)),
        Ok(Err(TooLarge(true))) => Err(Some(TOO_LARGE)),
        Ok(Err(TooLarge(false))) => Err(None),
        Err(_) => Err(Some(Refusal::new(
            408,
            "the body was not complete within 30 s",
        ))),
    }
}

/// Why there is no body: it is too large, or its sender is gone.
struct TooLarge(bool);

async fn whole(mut body: Body) -> Result<Bytes, TooLarge> {
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| TooLarge(false))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len() + rest.len() + data.len() > MAX_BODY {
            return Err(TooLarge(true));
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    Ok([&*first, &rest].concat().into())
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::stream;

    use super::*;
    use crate::receiver::verify::Required;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_takes_too_long_is_refused() {
        let rules = Rules {
            path: "/".to_owned(),
            any: false,
            here: None,
            required: Required::default(),
        };
        let request = Request::post("/").header("content-length", "9");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let begun = time::Instant::now();
        let never = stream::pending::<io::Result<Bytes>>();
        let refused = read(&rules, &parts, Body::from_stream(never)).await;
        assert_eq!(refused.unwrap_err().unwrap().status, 408);
        assert_eq!(begun.elapsed(), WHOLE);
    }
}
