//! The payload of one event: what the platform would send for it.

use std::path::Path;

use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use crate::{
    commands::context::Context,
    input, mock,
    model::{
        assignment::Assignment,
        event::{Event, ObjectType},
        failure::Failure,
        json::Json,
        payload::{MAX_RESULT_BYTES, Payload, RequestStatus, Subject},
        target::Target,
    },
};

/// The same as the limit for the body of a call to the mock.
const MAX_RESULT_FILE: usize = 10 << 20;

/// An event, with everything but the id of its request.
#[derive(Debug)]
pub(super) struct Dummy {
    pub(super) event: Event,
    subject: Subject,
    result: Option<Box<RawValue>>,
    request_id: Option<String>,
    changes: Vec<Assignment>,
}

impl Dummy {
    /// An event of that object; without one, of the object that every mock has.
    pub(super) fn new(event: Event, target: Option<Target>, result: Option<Json>) -> Self {
        let object_type = event.object_type;
        let (object_name, version) = match target {
            Some(target) => (String::from(target.object_name), target.version),
            None => (format!("{object_type}-1"), None),
        };
        let id = || Uuid::new_v4().to_string();
        Self {
            event,
            subject: Subject {
                object_type,
                object_id: id(),
                object_name,
                version_id: id(),
                version_name: version.map_or_else(|| "v1".to_owned(), String::from),
                project: mock::PROJECT.to_owned(),
            },
            result: result.map(|result| to_raw_value(&result).expect("JSON serializes")),
            request_id: None,
            changes: Vec::new(),
        }
    }

    /// Changes fields of the payload. What the text is made of changes the text too.
    pub(super) fn set(&mut self, changes: Vec<Assignment>) -> Result<(), Failure> {
        let kind = match self.event.object_type {
            ObjectType::Deployment => "deployment",
            ObjectType::Pipeline => "pipeline",
        };
        let mut payload = self.plain(&self.request());
        for change in changes {
            change.apply(&mut payload).map_err(|invalid| {
                let needs_result = change.field.starts_with("result") && self.result.is_none();
                let refused = Failure::invalid("--set", &invalid);
                if needs_result {
                    refused.with_hint("add --result-file FILE; - for stdin")
                } else {
                    refused
                }
            })?;
            let subject = &mut self.subject;
            let field = change.field.strip_prefix(kind).unwrap_or(&change.field);
            let part = match field {
                "request_id" => self.request_id.get_or_insert_default(),
                "_id" => &mut subject.object_id,
                "_name" => &mut subject.object_name,
                "_version_id" => &mut subject.version_id,
                "_version_name" => &mut subject.version_name,
                _ => {
                    self.changes.push(change);
                    continue;
                }
            };
            *part = change.text().unwrap_or_default();
        }
        Ok(())
    }

    /// The id of the next request.
    pub(super) fn request(&self) -> String {
        let id = || Uuid::new_v4().to_string();
        self.request_id.clone().unwrap_or_else(id)
    }

    /// The body of a request's event.
    pub(super) fn body(&self, request_id: &str) -> Vec<u8> {
        if self.changes.is_empty() {
            return self.payload(request_id).to_bytes();
        }
        let mut payload = self.plain(request_id);
        for change in &self.changes {
            // It was applied to such a payload before.
            let _ = change.apply(&mut payload);
        }
        String::from(payload).into_bytes()
    }

    /// Why the payload has no `result` although there is one.
    pub(super) fn result_left_out(&self) -> Option<String> {
        let result = self.result.as_ref()?;
        let status = RequestStatus::of(self.event.phase);
        if status != RequestStatus::Completed {
            let status = status.as_str();
            return Some(format!("a request that is {status} has no result"));
        }
        let size = result.get().len();
        (size > MAX_RESULT_BYTES).then(|| {
            format!("the result has {size} bytes; the platform sends at most {MAX_RESULT_BYTES}")
        })
    }

    fn plain(&self, request_id: &str) -> Json {
        let body = self.payload(request_id).to_bytes();
        serde_json::from_slice(&body).expect("a payload is JSON")
    }

    fn payload<'a>(&'a self, request_id: &'a str) -> Payload<'a> {
        Payload {
            event: self.event,
            subject: &self.subject,
            request_id,
            status: RequestStatus::of(self.event.phase),
            result: self.result.as_deref(),
        }
    }
}

/// The result in a file; `-` is standard input.
pub(super) async fn read_result(cx: &Context, path: &Path) -> Result<Json, Failure> {
    let is_stdin = path.as_os_str() == "-";
    let failed = |why: String| {
        let file = path.display();
        Failure::usage(format!("--result-file {file}: {why}"))
    };
    if is_stdin && cx.terminal.stdin {
        return Err(failed("standard input is a terminal".to_owned()));
    }
    let text = if is_stdin {
        input::stdin(MAX_RESULT_FILE).await.and_then(input::as_text)
    } else {
        input::text(path, MAX_RESULT_FILE).await
    };
    let text = text.map_err(|error| failed(error.to_string()))?;
    text.parse()
        .map_err(|error| failed(format!("is not valid JSON: {error}")))
}
