//! One call: sent, tried again as `retry` says, its answer taken in within bounds.

use std::time::{Duration, Instant};

use reqwest::{Method, Response, header};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Client, Error,
    answer::{self, items::Items, odd::Odd},
    reason::Reason,
    retry::{self, Ended, Next, Tries},
    trace::{self, Body, Event},
};
use crate::model::private::Private;

/// The most that is read of one answer.
const MAX_ANSWER: usize = 64 << 20;

/// A call to be made.
pub(super) struct Call {
    method: Method,
    /// Below the base URL, with its query.
    path: String,
    body: Option<Vec<u8>>,
    /// What errors and traces of it don't repeat.
    private: Private,
}

impl Call {
    pub(super) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            private: Private::default(),
        }
    }

    /// The same, with what its errors and traces don't repeat.
    pub(super) fn about(self, private: Private) -> Self {
        Self { private, ..self }
    }

    pub(super) fn delete(path: String) -> Self {
        Self {
            method: Method::DELETE,
            path,
            body: None,
            private: Private::default(),
        }
    }

    pub(super) fn post(path: String, body: &impl Serialize, private: Private) -> Self {
        Self::with_body(Method::POST, path, body, private)
    }

    pub(super) fn patch(path: String, body: &impl Serialize, private: Private) -> Self {
        Self::with_body(Method::PATCH, path, body, private)
    }

    fn with_body(method: Method, path: String, body: &impl Serialize, private: Private) -> Self {
        let body = serde_json::to_vec(body).expect("requests are made of text and numbers");
        Self {
            method,
            path,
            body: Some(body),
            private,
        }
    }
}

/// What takes in an answer that says yes, while it arrives.
trait Intake {
    /// Nothing is there yet, and what an earlier try brought doesn't count.
    fn begin(&mut self);

    /// The next bytes.
    fn take(&mut self, bytes: &[u8]);
}

impl Intake for Vec<u8> {
    fn begin(&mut self) {
        self.clear();
    }

    fn take(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A list of which each item is put to what was made of those before it.
struct Fold<T, A, I, S> {
    items: Items<T>,
    made: A,
    init: I,
    step: S,
}

impl<T, A, I, S> Intake for Fold<T, A, I, S>
where
    T: DeserializeOwned,
    I: Fn() -> A,
    S: Fn(&mut A, Result<T, Odd>),
{
    fn begin(&mut self) {
        self.items = Items::default();
        self.made = (self.init)();
    }

    fn take(&mut self, bytes: &[u8]) {
        let Self {
            items, made, step, ..
        } = self;
        items.take(bytes, |item| step(made, item));
    }
}

/// A try that brought nothing.
struct Failure {
    error: Error,
    ended: Ended,
    asked: Option<Duration>,
}

/// What was seen of a body on its way in.
struct Seen {
    bytes: usize,
    /// All of it, where it will be shown.
    kept: Option<Vec<u8>>,
}

impl Client {
    /// Makes a call and reads its answer.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let mut body = Vec::new();
        let status = self.send(call, &mut body).await?;
        answer::read(self.host(), status, &body)
    }

    /// Makes a call that answers a list, and puts each item to what was made of those before it,
    /// while the rest arrives. What is made counts only when all are there; a call that is made
    /// again begins anew.
    pub(super) async fn fold<T: DeserializeOwned, A>(
        &self,
        call: &Call,
        init: impl Fn() -> A,
        step: impl Fn(&mut A, Result<T, Odd>),
    ) -> Result<A, Error> {
        let mut fold = Fold {
            items: Items::default(),
            made: init(),
            init,
            step,
        };
        let status = self.send(call, &mut fold).await?;
        let Fold {
            items,
            mut made,
            step,
            ..
        } = fold;
        match items.end(|item| step(&mut made, item)) {
            Ok(()) => Ok(made),
            Err(what) => Err(answer::not_the_api(self.host(), status, what)),
        }
    }

    /// Makes a call of which a yes is all the answer.
    pub(super) async fn perform(&self, call: &Call) -> Result<(), Error> {
        let mut body = Vec::new();
        let status = self.send(call, &mut body).await?;
        if answer::is_bare(&body) {
            return Ok(());
        }
        Err(answer::not_the_api(
            self.host(),
            status,
            "a page of its own",
        ))
    }

    /// Makes a call until it has an answer; the status of one that says yes.
    async fn send(&self, call: &Call, intake: &mut dyn Intake) -> Result<u16, Error> {
        let mut tries = Tries::of(&call.method);
        loop {
            let Failure {
                error,
                ended,
                asked,
            } = match self.attempt(call, intake).await {
                Ok(status) => return Ok(status),
                Err(failure) => failure,
            };
            match tries.next(ended, asked, jitter()) {
                Next::GiveUp(wait) => return Err(with_wait(error, wait)),
                Next::Wait(wait) => {
                    let reason = error.to_string();
                    self.0.trace.tell(Event::Waiting {
                        wait,
                        reason: &reason,
                    });
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn attempt(&self, call: &Call, intake: &mut dyn Intake) -> Result<u16, Failure> {
        let url = format!("{}{}", self.host(), call.path);
        // Control characters are taken out where the trace is written.
        let hidden = |text: &str| call.private.hide_all(&self.scrubbed(text)).into_owned();
        let shown = |text: &str| answer::shown(text, &self.0.scrubber, &call.private);
        let path = self.host().path().to_owned() + &trace::path(&call.path, &hidden);
        let method = call.method.as_str();
        let mut request = self
            .0
            .http
            .request(call.method.clone(), &url)
            .header(header::AUTHORIZATION, self.0.authorization.clone())
            .header(header::ACCEPT, "application/json");
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        self.0.trace.tell(Event::Sent {
            method,
            path: &path,
            body: call.body.as_deref().map(|body| Body {
                bytes: body.len(),
                kept: Some(body),
                shown: &hidden,
            }),
        });
        let begun = Instant::now();
        let no_answer = |error: &reqwest::Error| {
            let failure = self.no_answer(error, shown);
            self.0.trace.tell(Event::Failed {
                method,
                path: &path,
                reason: &failure.error.to_string(),
            });
            failure
        };
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        self.0.clock.learn(&headers, begun);
        let mut refusal = Vec::new();
        let intake = if status.is_success() {
            intake
        } else {
            &mut refusal
        };
        let seen = self
            .read(response, intake)
            .await?
            .map_err(|error| no_answer(&error))?;
        let told = if self.0.trace.shows_answers {
            shown_headers(&headers, shown)
        } else {
            Vec::new()
        };
        self.0.trace.tell(Event::Answered {
            method,
            path: &path,
            status: status.as_u16(),
            took: begun.elapsed(),
            headers: &told,
            body: Body {
                bytes: seen.bytes,
                kept: seen.kept.as_deref(),
                shown: &hidden,
            },
        });
        if status.is_success() {
            return Ok(status.as_u16());
        }
        Err(Failure {
            error: answer::refusal(self.host(), status.as_u16(), &refusal, shown),
            ended: Ended::Status(status.as_u16()),
            asked: retry::asked(status.as_u16(), &headers),
        })
    }

    /// Takes in a body; the outer error is one that stays.
    async fn read(
        &self,
        mut response: Response,
        intake: &mut dyn Intake,
    ) -> Result<Result<Seen, reqwest::Error>, Failure> {
        let status = response.status().as_u16();
        let mut seen = Seen {
            bytes: 0,
            kept: self.0.trace.shows_answers.then(Vec::new),
        };
        intake.begin();
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(Ok(seen)),
                Err(error) => return Ok(Err(error)),
            };
            seen.bytes += chunk.len();
            if seen.bytes > MAX_ANSWER {
                return Err(Failure {
                    error: answer::not_the_api(self.host(), status, "more than 64 MiB"),
                    ended: Ended::Hopeless,
                    asked: None,
                });
            }
            intake.take(&chunk);
            if let Some(kept) = &mut seen.kept {
                kept.extend_from_slice(&chunk);
            }
        }
    }

    fn no_answer(&self, error: &reqwest::Error, shown: impl Fn(&str) -> String) -> Failure {
        let Reason { text, cure, stays } = Reason::of(error, self.host(), shown);
        Failure {
            error: Error::Unreachable {
                host: self.host().clone(),
                reason: text,
                cure,
                sent: !error.is_connect() && !error.is_builder(),
                retryable: !stays,
            },
            ended: if stays {
                Ended::Hopeless
            } else {
                Ended::NoAnswer
            },
            asked: None,
        }
    }
}

fn with_wait(error: Error, wait: Option<Duration>) -> Error {
    match error {
        Error::Busy {
            status, message, ..
        } => Error::Busy {
            status,
            message,
            wait,
        },
        other => other,
    }
}

fn shown_headers(
    headers: &header::HeaderMap,
    shown: impl Fn(&str) -> String,
) -> Vec<(String, String)> {
    let secret = [header::SET_COOKIE, header::AUTHORIZATION, header::LOCATION];
    headers
        .iter()
        .filter(|(name, _)| !secret.contains(name))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (shown(name.as_str()), shown(&value))
        })
        .collect()
}

/// From 0 to 1, so that many who were refused together don't come back together.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}
