//! One call: sent, tried again as `retry` says, its answer read within bounds.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use reqwest::{Method, Response, header};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Client, Error, answer,
    retry::{self, Ended, Next, Tries},
    trace::{Body, Event},
};
use crate::model::text::{MAX_ERROR_CHARS, cut, printable};

/// The most that is read of one answer.
const MAX_ANSWER: usize = 64 << 20;

/// A call to be made.
pub(super) struct Call {
    method: Method,
    /// Below the base URL, with its query.
    path: String,
    body: Option<Vec<u8>>,
}

impl Call {
    pub(super) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
        }
    }

    pub(super) fn delete(path: String) -> Self {
        Self {
            method: Method::DELETE,
            path,
            body: None,
        }
    }

    pub(super) fn post(path: String, body: &impl Serialize) -> Self {
        Self::with_body(Method::POST, path, body)
    }

    pub(super) fn patch(path: String, body: &impl Serialize) -> Self {
        Self::with_body(Method::PATCH, path, body)
    }

    fn with_body(method: Method, path: String, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("requests are made of text and numbers");
        Self {
            method,
            path,
            body: Some(body),
        }
    }
}

/// A try that brought nothing.
struct Failure {
    error: Error,
    ended: Ended,
    asked: Option<Duration>,
}

impl Client {
    /// Makes a call and reads its answer.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let (status, body) = self.send(call).await?;
        answer::read(self.host(), status, &body)
    }

    /// Makes a call; what its answer says doesn't matter.
    pub(super) async fn perform(&self, call: &Call) -> Result<(), Error> {
        self.send(call).await.map(drop)
    }

    async fn send(&self, call: &Call) -> Result<(u16, Vec<u8>), Error> {
        let mut tries = Tries::of(&call.method);
        loop {
            let Failure {
                error,
                ended,
                asked,
            } = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            match tries.next(ended, asked, jitter()) {
                Next::GiveUp(wait) => return Err(with_wait(error, wait)),
                Next::Wait(wait) => {
                    let reason = error.to_string();
                    (self.0.trace)(Event::Waiting {
                        wait,
                        reason: &reason,
                    });
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn attempt(&self, call: &Call) -> Result<(u16, Vec<u8>), Failure> {
        let url = format!("{}{}", self.host(), call.path);
        let path = format!("{}{}", self.host().path(), call.path);
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
        (self.0.trace)(Event::Sent {
            method,
            path: &path,
            body: call.body.as_deref().map(Body),
        });
        let begun = Instant::now();
        let no_answer = |error: &reqwest::Error| {
            let failure = self.no_answer(error);
            (self.0.trace)(Event::Failed {
                method,
                path: &path,
                reason: &failure.error.to_string(),
            });
            failure
        };
        let response = request.send().await.map_err(|error| no_answer(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = self
            .read(response)
            .await?
            .map_err(|error| no_answer(&error))?;
        let shown = shown_headers(&headers);
        (self.0.trace)(Event::Answered {
            method,
            path: &path,
            status: status.as_u16(),
            took: begun.elapsed(),
            headers: &shown,
            body: Body(&body),
        });
        if status.is_success() {
            return Ok((status.as_u16(), body));
        }
        Err(Failure {
            error: answer::refusal(self.host(), status.as_u16(), &body),
            ended: Ended::Status(status.as_u16()),
            asked: retry::asked(status.as_u16(), &headers),
        })
    }

    /// Reads a body; the outer error is one that stays.
    async fn read(
        &self,
        mut response: Response,
    ) -> Result<Result<Vec<u8>, reqwest::Error>, Failure> {
        let status = response.status().as_u16();
        let told = response.content_length().unwrap_or(0);
        let mut body =
            Vec::with_capacity(usize::try_from(told).map_or(0, |told| told.min(MAX_ANSWER)));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => {
                    return Err(Failure {
                        error: Error::NotTheApi {
                            host: self.host().clone(),
                            status,
                            what: "more than 64 MiB".to_owned(),
                        },
                        ended: Ended::Hopeless,
                        asked: None,
                    });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Ok(body)),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    fn no_answer(&self, error: &reqwest::Error) -> Failure {
        let reason = reason(error);
        let hopeless = error.is_builder() || reason.contains("certificate");
        Failure {
            error: Error::Unreachable {
                host: self.host().clone(),
                reason,
                sent: !error.is_connect() && !error.is_builder(),
                retryable: !hopeless,
            },
            ended: if hopeless {
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

/// What went wrong on the way, from the innermost cause, where the words are plainest. The URL of
/// the request isn't part of it.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() && !error.is_connect() {
        return "no answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = if error.source().is_none() {
        "the request could not be made".to_owned()
    } else {
        innermost.to_string()
    };
    let text = printable(&text).into_owned();
    if text.contains("IncompleteMessage") || text.contains("before message completed") {
        return "the connection was cut before the answer was whole".to_owned();
    }
    cut(&text, MAX_ERROR_CHARS).into_owned()
}

fn shown_headers(headers: &header::HeaderMap) -> Vec<(String, String)> {
    let secret = [header::SET_COOKIE, header::AUTHORIZATION, header::LOCATION];
    headers
        .iter()
        .filter(|(name, _)| !secret.contains(name))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), printable(&value).into_owned())
        })
        .collect()
}

/// From 0 to 1, so that many who were refused together don't come back together.
fn jitter() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}
