//! Takes calls: decides whether each is a delivery, hands it over, and sends the response that it is
//! given. Prints nothing.

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
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, HOST, ORIGIN, RETRY_AFTER, TRANSFER_ENCODING,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time,
};

use super::{body::Content, verify::Required};
use crate::{
    model::{
        header::HeaderName as Name,
        received::{Received, ReceivedHeader, Type},
    },
    server::Here,
};

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 1 << 20;
/// The largest head of a request.
pub(crate) const MAX_HEAD: usize = 64 << 10;
/// How long a head, and then a body, may take.
pub(crate) const WHOLE: Duration = Duration::from_secs(30);
/// How many connections may be open at once.
pub(crate) const CONNECTIONS: usize = 1024;
/// How long the rest of a refused body is read, so that its sender sees the response.
const REST: Duration = Duration::from_millis(500);

/// What makes a call a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// The path; those below it count too.
    pub(crate) path: String,
    /// Whether any body is taken.
    pub(crate) any: bool,
    /// The names of this server; `None` if any is right.
    pub(crate) here: Option<Here>,
    /// The headers that identify the sender.
    pub(crate) required: Required,
}

/// A call that was read, and the way to answer it.
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
    /// Where the response goes.
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// Why a call is no delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Text(&'static str),
    /// A header that is checked: the sender learns no more.
    Header,
}

impl Refusal {
    const fn new(status: u16, why: &'static str) -> Self {
        Self {
            status,
            why: Why::Text(why),
        }
    }

    const UNVERIFIED: Self = Self {
        status: 401,
        why: Why::Header,
    };

    fn text(self) -> &'static str {
        match self.why {
            Why::Text(text) => text,
            Why::Header => "a header that identifies the sender is missing or differs",
        }
    }

    /// The response, with one line that has none of the sender's words.
    pub(crate) fn reply(self) -> Reply {
        let mut headers = HeaderMap::new();
        if self.status == 405 {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        Reply {
            status: self.status,
            headers,
            body: format!("{}\n", self.text()).into(),
            delay: Duration::ZERO,
        }
    }
}

/// A response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The pause before it.
    pub(crate) delay: Duration,
}

impl Reply {
    /// A status alone, after a pause.
    pub(crate) fn of(status: u16, delay: Duration) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay,
        }
    }

    /// The response to a call that comes too soon.
    pub(crate) fn busy() -> Self {
        let mut reply = Self::of(503, Duration::ZERO);
        reply
            .headers
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        reply
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        *response.headers_mut() = self.headers;
        response
    }
}

/// The calls of a server, in the order in which they arrived.
pub(crate) type Calls = mpsc::UnboundedReceiver<Call>;

#[derive(Clone)]
struct Entry {
    rules: Arc<Rules>,
    // Each connection has one call at a time, so their number is limited.
    calls: mpsc::UnboundedSender<Call>,
    ending: watch::Receiver<bool>,
}

/// A router that hands over every call. Once `ending` is true, delays are cut short, and calls that
/// haven't arrived yet are refused.
pub(crate) fn router(rules: Rules, ending: watch::Receiver<bool>) -> (Router, Calls) {
    let (calls, taken) = mpsc::unbounded_channel();
    let entry = Entry {
        rules: Arc::new(rules),
        calls,
        ending,
    };
    (Router::new().fallback(take).with_state(entry), taken)
}

async fn take(State(entry): State<Entry>, request: Request) -> Response {
    let time = Timestamp::now();
    let (parts, body) = request.into_parts();
    let Entry {
        rules,
        calls,
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
    let (reply, answer) = oneshot::channel();
    let call = Call {
        received,
        headers: parts.headers,
        body,
        arrived,
        refused,
        reply,
    };
    // If nothing takes calls any more, there is no answer either.
    let _ = calls.send(call);
    let Ok(answer) = answer.await else {
        return Reply::busy().into_response();
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

const TOO_LARGE: Refusal = Refusal::new(413, "the body is larger than 1 MiB");

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

impl Rules {
    /// Why a call is refused before its body is read.
    fn refuses(&self, parts: &Parts) -> Option<Refusal> {
        let headers = &parts.headers;
        if headers.contains_key(ORIGIN) {
            return Some(Refusal::new(403, "calls from web pages are refused"));
        }
        if let Some(here) = &self.here {
            let mut hosts = headers.get_all(HOST).iter();
            let is_right = match (hosts.next(), hosts.next()) {
                (None, _) => true,
                (Some(host), None) => here.is(host.as_bytes()),
                _ => false,
            };
            if !is_right {
                let why = "the Host header is not the address of this listener; --allow-host accepts \
                           another name";
                return Some(Refusal::new(403, why));
            }
        }
        if !self.is_below(parts.uri.path()) {
            return Some(Refusal::new(404, "deliveries are taken at another path"));
        }
        if parts.method != Method::POST {
            return Some(Refusal::new(405, "a delivery is a POST"));
        }
        let length = headers.get(CONTENT_LENGTH);
        if length.is_none() && !headers.contains_key(TRANSFER_ENCODING) {
            return Some(Refusal::new(411, "the request has no Content-Length"));
        }
        let encoding = headers.get(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Some(Refusal::new(415, "the body has a Content-Encoding"));
        }
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        length
            .is_some_and(|length| length > MAX_BODY)
            .then_some(TOO_LARGE)
    }

    fn is_below(&self, path: &str) -> bool {
        let own = self.path.trim_end_matches('/');
        path.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What is shown of a call, and why it is refused, if it is.
    fn describe(
        &self,
        parts: &Parts,
        body: &Bytes,
        refused: Option<Refusal>,
        time: Timestamp,
    ) -> (Received, Option<Refusal>) {
        let wrong = self.required.problem(&parts.headers);
        let verified = (!self.required.is_empty()).then_some(wrong.is_none());
        let mut content = Content::default();
        if refused.is_none() {
            content = Content::read(body);
        }
        let not_one = || content.problem().filter(|_| !self.any);
        let refused = refused
            .or(wrong.is_some().then_some(Refusal::UNVERIFIED))
            .or_else(|| not_one().map(|why| Refusal::new(400, why)));
        let problem = refused.map(|refused| match (refused.why, wrong) {
            (Why::Header, Some(wrong)) => wrong,
            _ => refused.text().to_owned(),
        });
        let path = parts.uri.path_and_query();
        let received = Received {
            r#type: Type::Delivery,
            number: 0,
            time: format!("{time:.6}"),
            method: parts.method.to_string(),
            path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
            event: content.event,
            request_id: content.request_id,
            headers: self.shown(&parts.headers),
            payload: content.payload,
            body: content.text,
            body_base64: content.base64,
            bytes: body.len() as u64,
            verified,
            repeat: false,
            answered: 0,
            duration_ms: 0,
            problem,
        };
        (received, refused)
    }

    /// The headers, without the values that are or may be secrets.
    fn shown(&self, headers: &HeaderMap) -> Vec<ReceivedHeader> {
        let one = |(name, value): (&HeaderName, &HeaderValue)| {
            let protected = self.is_protected(name.as_str());
            ReceivedHeader {
                key: name.to_string(),
                value: (!protected).then(|| String::from_utf8_lossy(value.as_bytes()).into_owned()),
                protected,
            }
        };
        headers.iter().map(one).collect()
    }

    /// Whether a header's value is never shown.
    pub(crate) fn is_protected(&self, name: &str) -> bool {
        self.required.has(name)
            || name
                .parse::<Name>()
                .is_ok_and(|name| name.carries_credentials())
    }
}
