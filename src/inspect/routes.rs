//! What the page calls: its three files, the stream, one delivery, and its buttons.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    PATH,
    copies::Copied,
    feed::Feed,
    guard::{self, Guard},
    listened::Listened,
    refused::{Refused, refused},
    stream,
};
use crate::mock::Inspected;

/// The page, embedded as it is.
const FILES: [(&str, &str, &str); 3] = [
    ("", "text/html; charset=utf-8", include_str!("page.html")),
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("page.css"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("page.js"),
    ),
];

/// The largest body of a call.
const MAX_BODY: usize = 16 << 10;

/// What is inspected.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Mock(Inspected),
    Listen(Listened),
}

/// What all calls know.
#[derive(Debug, Clone)]
struct Known {
    source: Source,
    feed: Arc<Feed>,
}

/// Whether a path is one of the page's files, which have nothing that needs a key.
pub(super) fn is_page(path: &str) -> bool {
    let name = path.strip_prefix(PATH);
    name.is_some_and(|name| FILES.iter().any(|(file, ..)| *file == name))
}

/// The calls that are served.
pub(super) fn router(source: Source, feed: Arc<Feed>, guard: Guard) -> Router {
    let at = |path: &str| format!("{PATH}{path}");
    let mut router = Router::new();
    for (name, content_type, text) in FILES {
        let file = move || async move { ([(CONTENT_TYPE, content_type)], text) };
        router = router.route(&at(name), get(file));
    }
    router
        .route(&at("stream"), get(rows))
        .route(&at("deliveries/{id}"), get(detail))
        .route(&at("deliveries/{id}/again"), post(again))
        .route(&at("webhooks/{name}/test"), post(test))
        .route(&at("webhooks/{name}/enabled"), post(enable))
        .route(&at("requests"), post(request))
        .route(&at("faults"), delete(clear_faults))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "there is no such page") })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::new(guard), guard::layer))
        .with_state(Known { source, feed })
}

type Result<T = Response> = std::result::Result<T, Refused>;

impl Known {
    /// The mock, for the buttons that only a mock has.
    fn mock(&self) -> Result<&Inspected> {
        match &self.source {
            Source::Mock(mock) => Ok(mock),
            Source::Listen(_) => Err(refused(
                StatusCode::NOT_FOUND,
                "only a mock can do this, not listen",
            )),
        }
    }
}

#[derive(Deserialize)]
struct Begin {
    /// The place of the last row that the page has.
    after: Option<i64>,
    /// Which source it has it from.
    of: Option<String>,
}

async fn rows(State(known): State<Known>, Query(begin): Query<Begin>) -> Response {
    let after = begin.after.zip(begin.of.as_deref());
    stream::response(known.feed, after)
}

async fn detail(State(known): State<Known>, Path(id): Path<String>) -> Result {
    let found = match &known.source {
        Source::Mock(mock) => match id.parse() {
            Ok(id) => mock.detail(id)?,
            Err(_) => None,
        },
        Source::Listen(listened) => listened.detail(&id),
    };
    let gone = || refused(StatusCode::NOT_FOUND, "this delivery is no longer kept");
    Ok(Json(Copied::of(found.ok_or_else(gone)?)).into_response())
}

/// The answer to what was accepted, and becomes visible later.
fn accepted(answer: &impl Serialize) -> Response {
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

async fn again(State(known): State<Known>, Path(id): Path<i64>) -> Result {
    known.mock()?.send_again(id).await?;
    Ok(accepted(&json!({"id": id.to_string()})))
}

async fn test(State(known): State<Known>, Path(name): Path<String>) -> Result {
    known.mock()?.test(name).await?;
    Ok(accepted(&json!({})))
}

#[derive(Deserialize)]
struct Enable {
    enabled: bool,
}

async fn enable(
    State(known): State<Known>,
    Path(name): Path<String>,
    Json(Enable { enabled }): Json<Enable>,
) -> Result {
    known.mock()?.enable(name, enabled).await?;
    Ok(Json(json!({})).into_response())
}

#[derive(Deserialize)]
struct NewRequest {
    object_type: String,
    object: String,
    outcome: String,
}

async fn request(State(known): State<Known>, Json(new): Json<NewRequest>) -> Result {
    let mock = known.mock()?;
    let (object_type, ending) = (new.object_type.parse()?, new.outcome.parse()?);
    let id = mock.request(object_type, new.object, ending).await?;
    Ok(accepted(&json!({"id": id})))
}

async fn clear_faults(State(known): State<Known>) -> Result {
    known.mock()?.clear_faults();
    Ok(Json(json!({})).into_response())
}
