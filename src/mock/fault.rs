//! Failures on demand: what the calls that follow meet, until it is used up or taken back.

mod spec;

use std::{
    panic,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::post,
};
use http_body::Frame;
use serde::Deserialize;
use serde_json::json;
use tokio::time;

pub use self::spec::{Effect, Fault};
use crate::mock::{
    Platform, body,
    handlers::{self, answer},
    refusal::Refusal,
};

/// Where faults are asked for; no path of the platform.
const PATH: &str = "/_mock/faults";

/// The most that are kept.
const MOST: usize = 1000;

/// The faults that wait for their call, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// From the start.
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults))
    }

    /// The effect on a call, counted. Of several faults the oldest.
    fn take(&self, method: &str, path: &str) -> Option<Effect> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = faults
            .iter()
            .position(|fault| fault.matches(method, path))?;
        let fault = &mut faults[place];
        let effect = fault.effect;
        match &mut fault.times {
            Some(1) => drop(faults.remove(place)),
            Some(times) => *times -= 1,
            None => {}
        }
        Some(effect)
    }

    fn add(&self, fault: Fault) -> Result<(), Refusal> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() >= MOST {
            return Err(Refusal::bad_request("there are 1000 faults already"));
        }
        faults.push(fault);
        Ok(())
    }

    fn clear(&self) -> usize {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *faults).len()
    }
}

#[derive(Deserialize)]
struct Asked {
    fault: String,
}

/// The control calls.
pub(super) fn routes() -> Router<Arc<Platform>> {
    Router::new().route(PATH, post(ask).delete(forget))
}

async fn ask(State(platform): State<Arc<Platform>>, body: body::Body) -> Result<Response, Refusal> {
    platform.faults.add(body.read::<Asked>()?.fault.parse()?)?;
    Ok(answer(StatusCode::CREATED, &json!({"result": "added"})))
}

async fn forget(State(platform): State<Arc<Platform>>) -> Response {
    let removed = platform.faults.clear();
    answer(
        StatusCode::OK,
        &json!({"result": "removed", "removed": removed}),
    )
}

/// Lets a call meet its fault, if there is one for it. The control calls meet none.
pub(super) async fn layer(
    State(platform): State<Arc<Platform>>,
    request: Request,
    next: Next,
) -> Response {
    let effect = handlers::below_project(request.uri().path())
        .and_then(|path| platform.faults.take(request.method().as_str(), path));
    match effect {
        None => next.run(request).await,
        Some(Effect::Status(status)) => refused(status).into_response(),
        Some(Effect::RateLimit(seconds)) => limited(seconds),
        Some(Effect::Delay(delay)) => {
            time::sleep(delay).await;
            next.run(request).await
        }
        Some(Effect::Cut) => {
            next.run(request).await;
            // Ends the task of this connection and so the connection; no defect, and not told.
            panic::resume_unwind(Box::new("cut"))
        }
        Some(Effect::Truncate) => truncated(next.run(request).await).await,
    }
}

fn refused(status: u16) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match status {
        StatusCode::UNAUTHORIZED => Refusal::unauthorized("the token is not valid"),
        StatusCode::FORBIDDEN => Refusal::forbidden("the token may not do this"),
        status => Refusal::new(status, "a fault that was asked for"),
    }
}

fn limited(seconds: u32) -> Response {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests");
    let mut response = refusal.into_response();
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
    headers.insert("x-ratelimit-reset", HeaderValue::from(seconds));
    response
}

/// The answer with half of its body, whose length is told as if it were whole.
async fn truncated(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers
        .insert(CONTENT_LENGTH, whole.len().max(1).into());
    let half = whole.slice(..whole.len() / 2);
    Response::from_parts(
        head,
        Body::new(Cut {
            half: Body::from(half),
            flushed: false,
        }),
    )
}

/// A body that ends before its end.
struct Cut {
    half: Body,
    /// Whether the server had the time to send the half.
    flushed: bool,
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(frame) = ready!(Pin::new(&mut self.half).poll_frame(cx)) {
            return Poll::Ready(Some(frame));
        }
        if !std::mem::replace(&mut self.flushed, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(axum::Error::new("cut"))))
    }
}
