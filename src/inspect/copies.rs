//! A delivery as a command line, to be pasted into a shell. Protected values are not in it, but where
//! they come from.

use serde::Serialize;

use crate::model::{
    event::Event, export::Variables, inspection::Detail, received::ReceivedHeader, shell::quote,
};

/// The largest body that is part of a command line. Systems limit the length of an argument.
const MAX_BODY: usize = 64 << 10;

/// A delivery, and the command lines that repeat it.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    #[serde(flatten)]
    detail: Detail,
    /// For curl.
    curl: Option<String>,
    /// For `ubihook send`; `None` if it is no event.
    send: Option<String>,
}

impl Copied {
    pub(super) fn of(detail: Detail) -> Self {
        let curl = detail.url.as_deref().map(|url| curl(&detail, url));
        let send = detail.url.as_deref().and_then(|url| send(&detail, url));
        Self { detail, curl, send }
    }
}

/// The headers that were configured: the program that sends adds the others itself.
fn headers(detail: &Detail) -> impl Iterator<Item = &ReceivedHeader> {
    detail.headers.iter().filter(|header| !header.is_usual())
}

/// The names of variables for the values of protected headers.
fn variable(variables: &mut Variables, detail: &Detail, header: &str) -> String {
    variables.of(detail.webhook.as_deref().unwrap_or("listen"), header)
}

fn curl(detail: &Detail, url: &str) -> String {
    let mut line = format!("curl {} -H 'Content-Type: application/json'", quote(url));
    let mut variables = Variables::default();
    for header in headers(detail) {
        let text = match &header.value {
            Some(value) => quote(&format!("{}: {value}", header.key)),
            None if cfg!(windows) => {
                let name = variable(&mut variables, detail, &header.key);
                format!("\"{}: $env:{name}\"", header.key)
            }
            None => {
                let name = variable(&mut variables, detail, &header.key);
                format!("\"{}: ${name}\"", header.key)
            }
        };
        line.push_str(&format!(" -H {text}"));
    }
    let body = match &detail.raw {
        Some(raw) if raw.len() <= MAX_BODY => quote(raw),
        Some(_) => "@payload.json".to_owned(),
        None => "@payload.bin".to_owned(),
    };
    format!("{line} --data-binary {body}")
}

/// `send` builds the payload from the event, and gets the request's id.
fn send(detail: &Detail, url: &str) -> Option<String> {
    let (_, phase) = Event::split(detail.event.as_deref()?)?;
    let mut line = format!("ubihook send {phase} --url {}", quote(url));
    let (kind, object) = (detail.of.object_type.as_ref()?, detail.of.object.as_ref()?);
    line.push_str(&format!(" --{kind} {}", quote(object)));
    let mut option = |name: &str, value: &str| line.push_str(&format!(" {name} {}", quote(value)));
    if let Some(version) = &detail.of.version {
        option("--version", version);
    }
    if let Some(request) = &detail.request {
        option("--set", &format!("request_id={request}"));
    }
    let mut variables = Variables::default();
    for header in headers(detail) {
        if let Some(value) = &header.value {
            option("--header", &format!("{}: {value}", header.key));
        } else {
            let name = variable(&mut variables, detail, &header.key);
            option("--secret-header", &format!("{}=env:{name}", header.key));
        }
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::inspection::Of;

    #[test]
    fn protected_values_come_from_variables() {
        let header = |key: &str, value: Option<&str>| ReceivedHeader {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            protected: value.is_none(),
        };
        let detail = Detail {
            id: "7".to_owned(),
            webhook: Some("w".to_owned()),
            event: Some("pipeline_request_failed".to_owned()),
            of: Of {
                object_type: Some("pipeline".to_owned()),
                object: Some("p 1".to_owned()),
                version: Some("v1".to_owned()),
            },
            request: Some("r".to_owned()),
            method: "POST".to_owned(),
            url: Some("http://127.0.0.1:9/in".to_owned()),
            path: None,
            headers: vec![
                header("User-Agent", Some("x")),
                header("X-Team", Some("it's $HOME")),
                header("Authorization", None),
            ],
            payload: None,
            raw: Some("{\"a\":\"'\"}".to_owned()),
            body_base64: None,
            bytes: 9,
            attempts: Vec::new(),
            verified: None,
            repeat: false,
            why_not: None,
        };
        let copied = Copied::of(detail);
        let (curl, send) = (copied.curl.unwrap(), copied.send.unwrap());
        let words = |line: &str| shell_words::split(line).unwrap();
        if cfg!(unix) {
            assert_eq!(
                words(&curl),
                [
                    "curl",
                    "http://127.0.0.1:9/in",
                    "-H",
                    "Content-Type: application/json",
                    "-H",
                    "X-Team: it's $HOME",
                    "-H",
                    "Authorization: $UBIHOOK_SECRET_W_AUTHORIZATION",
                    "--data-binary",
                    "{\"a\":\"'\"}",
                ]
            );
            assert!(curl.contains("\"Authorization: $UBIHOOK"));
            assert_eq!(
                words(&send),
                [
                    "ubihook",
                    "send",
                    "failed",
                    "--url",
                    "http://127.0.0.1:9/in",
                    "--pipeline",
                    "p 1",
                    "--version",
                    "v1",
                    "--set",
                    "request_id=r",
                    "--header",
                    "X-Team: it's $HOME",
                    "--secret-header",
                    "Authorization=env:UBIHOOK_SECRET_W_AUTHORIZATION",
                ]
            );
        }
    }
}
