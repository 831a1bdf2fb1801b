//! Prints the calls that a client makes, as far as -v requests it.

use crate::{
    api::trace::{Body, Event, Trace},
    model::duration,
    output::Output,
};

/// Prints calls depending on -v, and always prints waits.
pub(super) fn trace(output: &Output) -> Trace {
    let output = output.clone();
    Trace::new(output.verbose() > 1, move |event| match event {
        Event::Waiting { wait, reason } => output.warn(&format!(
            "{reason}; retrying in {}",
            duration::describe(wait)
        )),
        Event::Limited { wait } => output.limited(wait),
        event => {
            if let Some(text) = traced(&event, output.verbose()) {
                output.trace(&text);
            }
        }
    })
}

/// One line per call, or the complete call.
fn traced(event: &Event<'_>, verbose: u8) -> Option<String> {
    let with_body = |line: String, body: Option<Body<'_>>| {
        let shown = body.filter(|_| verbose > 1).and_then(Body::masked);
        match shown {
            Some(body) => format!("{line}\n{body:#}"),
            None => line,
        }
    };
    match event {
        _ if verbose == 0 => None,
        Event::Sent { method, path, body } if verbose > 1 => {
            let mut line =
                format!("> {method} {path}\n> accept: application/json\n> authorization: ***");
            if body.is_some() {
                line.push_str("\n> content-type: application/json");
            }
            Some(with_body(line, *body))
        }
        Event::Answered {
            method,
            path,
            status,
            took,
            headers,
            body,
        } => {
            let (took, bytes) = (duration::describe(*took), body.bytes);
            let mut line = format!("< {method} {path} {status} ({took}, {bytes} bytes)");
            if verbose > 1 {
                for (name, value) in *headers {
                    line.push_str(&format!("\n< {name}: {value}"));
                }
            }
            Some(with_body(line, Some(*body)))
        }
        Event::Failed {
            method,
            path,
            reason,
        } => Some(format!("< {method} {path} failed: {reason}")),
        Event::Sent { .. } | Event::Limited { .. } | Event::Waiting { .. } => None,
    }
}
