//! Makes one call: sends it, retries as `retry` decides, and reads the response up to a limit.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use reqwest::{Method, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Client, Error,
    answer::{self, items::Items},
    limit::Limit,
    reason::Reason,
    retry::{Ended, Next, Tries},
    trace::{self, Body, Event},
};
use crate::model::private::Private;

/// The most that is read of one response.
const MAX_ANSWER: usize = 64 << 20;

/// A call to make.
pub(super) struct Call {
    method: Method,
    /// The path below the base URL, with its query.
    path: String,
    body: Option<Vec<u8>>,
    /// What errors and traces must not repeat.
    private: Private,
    /// When its last attempt began.
    begun: Cell<Option<Instant>>,
}

impl Call {
    pub(super) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            private: Private::default(),
            begun: Cell::default(),
        }
    }

    /// Sets what its errors and traces must not repeat.
    pub(super) fn about(self, private: Private) -> Self {
        Self { private, ..self }
    }

    pub(super) fn delete(path: String) -> Self {
        Self {
            method: Method::DELETE,
            path,
            body: None,
            private: Private::default(),
            begun: Cell::default(),
        }
    }

    pub(super) fn post(path: String, body: &impl Serialize, private: Private) -> Self {
        Self::with_body(Method::POST, path, body, private)
    }

    pub(super) fn patch(path: String, body: &impl Serialize, private: Private) -> Self {
        Self::with_body(Method::PATCH, path, body, private)
    }

    /// When its last attempt began: no earlier one has changed anything.
    pub(super) fn begun(&self) -> Option<Instant> {
        self.begun.get()
    }

    fn with_body(method: Method, path: String, body: &impl Serialize, private: Private) -> Self {
        let body = serde_json::to_vec(body).expect("requests are made of text and numbers");
        Self {
            method,
            path,
            body: Some(body),
            private,
            begun: Cell::default(),
        }
    }
}

/// A failed attempt.
struct FailedAttempt {
    error: Error,
    ended: Ended,
    asked: Option<Duration>,
}

impl Client {
    /// Makes a call and parses the response.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let (status, body) = self.send(call).await?;
        answer::read(self.host(), status, &body)
    }

    /// Makes a call that returns a list.
    pub(super) async fn list<T: DeserializeOwned>(&self, call: &Call) -> Result<Items<T>, Error> {
        let (status, body) = self.send(call).await?;
        Ok(Items::of(self.host().clone(), status, body))
    }

    /// Makes a call whose response has no data.
    pub(super) async fn perform(&self, call: &Call) -> Result<(), Error> {
        let (status, body) = self.send(call).await?;
        if answer::is_bare(&body) {
            return Ok(());
        }
        Err(answer::not_the_api(
            self.host(),
            status,
            "an unexpected page",
        ))
    }

    /// Makes a call until it succeeds or is given up; returns the status and body of a success.
    async fn send(&self, call: &Call) -> Result<(u16, Vec<u8>), Error> {
        let mut tries = Tries::of(&call.method);
        // How long the next attempt waits with all other calls after a refusal.
        let mut held = Duration::ZERO;
        loop {
            let turn = self.0.pace.turn(tries.made(), tries.left() + held).await;
            tries.waited(turn.waited.saturating_sub(held));
            let FailedAttempt {
                error,
                ended,
                asked,
            } = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            drop(turn);
            match tries.next(ended, asked, jitter()) {
                Next::GiveUp(wait) => return Err(with_wait(error, wait)),
                Next::Wait(wait) => {
                    let reason = error.to_string();
                    self.0.trace.tell(Event::Waiting {
                        wait,
                        reason: &reason,
                    });
                    held = if ended == Ended::Status(429) {
                        wait
                    } else {
                        tokio::time::sleep(wait).await;
                        Duration::ZERO
                    };
                }
            }
        }
    }

    async fn attempt(&self, call: &Call) -> Result<(u16, Vec<u8>), FailedAttempt> {
        let url = format!("{}{}", self.host(), call.path);
        // Control characters are removed where the trace is written.
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
        call.begun.set(Some(begun));
        let no_answer = |error: &reqwest::Error| {
            let reason = Reason::of(error, self.0.proxy.as_ref(), self.0.timeout);
            let sent = !error.is_connect() && !error.is_builder();
            let failure = self.no_answer(reason, sent);
            self.0.trace.tell(Event::Failed {
                method,
                path: &path,
                reason: &failure.error.to_string(),
            });
            failure
        };
        let number = self.0.pace.sent();
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        self.0.clock.learn(&headers, begun);
        let limit = Limit::of(status.as_u16(), &headers, Timestamp::now());
        let now = Instant::now();
        self.0.pace.answered(number, status.as_u16(), limit, now);
        let answer = self.read(response).await?;
        let answer = answer.map_err(|error| no_answer(&error))?;
        let shown_headers = if self.0.trace.shows_answers {
            shown_headers(&headers, shown)
        } else {
            Vec::new()
        };
        self.0.trace.tell(Event::Answered {
            method,
            path: &path,
            status: status.as_u16(),
            took: begun.elapsed(),
            headers: &shown_headers,
            body: Body {
                bytes: answer.len(),
                kept: self.0.trace.shows_answers.then_some(&answer),
                shown: &hidden,
            },
        });
        if status.is_success() {
            return Ok((status.as_u16(), answer));
        }
        // Without TLS, the proxy answers in place of the host.
        let proxy = self
            .0
            .proxy
            .as_ref()
            .filter(|_| self.host().is_plain_http());
        if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) = (status, proxy) {
            return Err(self.no_answer(Reason::of_credentials(proxy), false));
        }
        Err(FailedAttempt {
            error: answer::refusal(self.host(), status.as_u16(), &answer, shown),
            ended: Ended::Status(status.as_u16()),
            asked: limit.asked,
        })
    }

    /// Reads a body; the outer error is permanent.
    async fn read(
        &self,
        mut response: Response,
    ) -> Result<Result<Vec<u8>, reqwest::Error>, FailedAttempt> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Ok(body)),
                Err(error) => return Ok(Err(error)),
            }
            if body.len() > MAX_ANSWER {
                return Err(FailedAttempt {
                    error: answer::not_the_api(self.host(), status, "more than 64 MiB"),
                    ended: Ended::Permanent,
                    asked: None,
                });
            }
        }
    }

    fn no_answer(&self, Reason { text, hint, stays }: Reason, sent: bool) -> FailedAttempt {
        FailedAttempt {
            error: Error::Unreachable {
                host: self.host().clone(),
                reason: text.into(),
                hint: hint.map(Into::into),
                sent,
                retryable: !stays,
            },
            ended: if stays {
                Ended::Permanent
            } else {
                Ended::Transient
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
        Error::NotTheApi {
            host, status, what, ..
        } => Error::NotTheApi {
            host,
            status,
            what,
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

/// From 0 to 1, so that many clients that were refused together don't all return together.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}
