//! Injected faults: they apply to the following calls, until they are used up or removed.

mod paths;
mod spec;

use std::{
    io, panic,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::{task, time};

pub use self::spec::{Effect, Fault};
use crate::mock::{
    body,
    refusal::{Refusal, Result},
    reply::answer,
    uri,
};
use crate::model::inspection::FaultState;

/// Where faults are added and removed; not one of the platform's paths.
pub(crate) const PATH: &str = "/_mock/faults";

/// The maximum number of faults.
const MAX_FAULTS: usize = 1000;

/// A fault, and how often it was met.
#[derive(Debug)]
struct Waiting {
    fault: Fault,
    met: u64,
}

impl Waiting {
    fn new(fault: Fault) -> Self {
        Self { fault, met: 0 }
    }
}

/// The faults that are waiting for their call or delivery, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Waiting>>);

impl Faults {
    /// The faults given at the start.
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults.into_iter().map(Waiting::new).collect()))
    }

    /// Those that nothing has met.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let faults = self.lock();
        let unmet = faults.iter().filter(|waiting| waiting.met == 0);
        unmet.map(|waiting| waiting.fault.to_string()).collect()
    }

    /// The faults that are set, with what is left of each and how often it applied.
    pub(super) fn states(&self) -> Vec<FaultState> {
        let state = |waiting: &Waiting| FaultState {
            fault: waiting.fault.to_string(),
            met: waiting.met,
        };
        self.lock().iter().map(state).collect()
    }

    /// Removes all of them, and returns how many there were.
    pub(super) fn remove_all(&self) -> usize {
        std::mem::take(&mut *self.lock()).len()
    }

    /// The effect on a delivery of this webhook.
    pub(super) fn on_delivery(&self, webhook: &str) -> Option<Effect> {
        self.take(|fault| fault.matches_delivery(webhook))
    }

    /// The effect, which counts as one use. Of several faults the oldest.
    fn take(&self, is_met: impl Fn(&Fault) -> bool) -> Option<Effect> {
        let mut faults = self.lock();
        let place = faults.iter().position(|waiting| is_met(&waiting.fault))?;
        let Waiting { fault, met } = &mut faults[place];
        *met += 1;
        let effect = fault.effect;
        match &mut fault.times {
            Some(1) => drop(faults.remove(place)),
            Some(times) => *times -= 1,
            None => {}
        }
        Some(effect)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
pub(crate) struct AddFault {
    fault: String,
}

/// The control call that adds a fault.
pub(crate) async fn add(State(faults): State<Arc<Faults>>, body: body::Body) -> Result {
    let fault = body.read::<AddFault>()?.fault.parse()?;
    let mut faults = faults.lock();
    if faults.len() >= MAX_FAULTS {
        return Err(Refusal::bad_request("there are 1000 faults already"));
    }
    faults.push(Waiting::new(fault));
    Ok(answer(StatusCode::CREATED, &json!({"result": "added"})))
}

/// The control call that removes all faults. Its response lists those that never applied, because a
/// test that relies on one of them has tested nothing.
pub(crate) async fn clear(State(faults): State<Arc<Faults>>) -> Response {
    let never_applied = faults.unmet();
    let removed = faults.remove_all();
    let result = json!({"result": "removed", "removed": removed, "never_applied": never_applied});
    answer(StatusCode::OK, &result)
}

/// Applies a fault to a call, if there is one for it; never to the control calls.
pub(crate) async fn layer(
    State(faults): State<Arc<Faults>>,
    request: Request,
    next: Next,
) -> Response {
    let effect = uri::below_project(request.uri().path())
        .and_then(|path| faults.take(|fault| fault.matches(request.method().as_str(), path)));
    match effect {
        // The last three are for deliveries alone.
        None | Some(Effect::Twice | Effect::Drop | Effect::Swap) => next.run(request).await,
        Some(Effect::Status(status)) => refused(status).into_response(),
        Some(Effect::RateLimit(seconds)) => limited(seconds),
        Some(Effect::Delay(delay)) => {
            time::sleep(delay).await;
            next.run(request).await
        }
        Some(Effect::Cut) => {
            next.run(request).await;
            // Ends the task of this connection, and so the connection. It is not a panic to report.
            panic::resume_unwind(Box::new("cut"))
        }
        Some(Effect::Truncate) => truncated(next.run(request).await).await,
    }
}

fn refused(status: u16) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match status {
        StatusCode::UNAUTHORIZED => Refusal::unauthorized("the token is not valid"),
        StatusCode::FORBIDDEN => Refusal::forbidden("the token is not allowed to do this"),
        status => Refusal::new(status, "injected fault"),
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

/// A response with half of its body, although the length of the whole is announced.
async fn truncated(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers
        .insert(CONTENT_LENGTH, whole.len().max(1).into());
    let half = whole.slice(..whole.len() / 2);
    let cut = stream::try_unfold(Some(half), async |half| {
        if let Some(half) = half {
            return Ok(Some((half, None)));
        }
        // Gives the server time to send the half.
        task::yield_now().await;
        Err(io::Error::other("cut"))
    });
    Response::from_parts(head, Body::from_stream(cut))
}
