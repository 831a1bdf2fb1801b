//! The mock's own small languages: a failure on demand with a call that it may mean, and a query
//! of the logs. A fault, a method, a path and a query, a line each; all but the first may be
//! missing.

use std::time::Duration;

use ubihook::inside::mock::{Effect, Fault, Query};

use super::held::text;

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (fault, method, path) = (line(), line(), line());
    if let Ok(parsed) = fault.parse::<Fault>() {
        holds(&parsed);
        means(fault, &parsed, method, path);
    }
    query(text);
    query(line());
    asks_for(text);
}

fn holds(fault: &Fault) {
    match fault.effect {
        Effect::Status(status) => assert!((300..=599).contains(&status)),
        Effect::Delay(time) => assert!(time <= Duration::from_secs(86_400)),
        Effect::Cut
        | Effect::Truncate
        | Effect::RateLimit(_)
        | Effect::Twice
        | Effect::Drop
        | Effect::Swap => {}
    }
    assert_ne!(fault.times, Some(0));
}

/// The calls that are meant are those of its method whose path fits its pattern.
fn means(text: &str, fault: &Fault, method: &str, path: &str) {
    let call = text.rsplit_once('=').unwrap().0.trim();
    let (own, pattern) = call.split_once(' ').unwrap();
    let method = method.to_ascii_uppercase();
    // Those of deliveries are about no call, and what stands before the project's paths goes.
    let is_whole = ["/v2", "/projects/"]
        .iter()
        .any(|start| pattern.trim().starts_with(start));
    if is_whole || own.eq_ignore_ascii_case("deliver") {
        return;
    }
    let meant = own == "*" || own.to_ascii_uppercase() == method;
    assert_eq!(
        fault.matches(&method, path),
        meant && fits(pattern.trim(), path),
        "{text:?} {path:?}"
    );
    let own = own.to_ascii_uppercase();
    assert!(own == "*" || fault.matches(&own, &pattern.trim().replace('*', "a/b")));
    // Written otherwise, it is the same.
    let spaced = format!(" {} ", text.replacen(' ', "  ", 1));
    assert_eq!(&spaced.parse::<Fault>().unwrap(), fault);
}

/// The same question answered in the slow and plain way, a byte at a time.
fn fits(pattern: &str, path: &str) -> bool {
    let path = path.as_bytes();
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for c in pattern.bytes() {
        let mut next = vec![false; path.len() + 1];
        for at in 0..=path.len() {
            next[at] = if c == b'*' {
                reached[at] || (at > 0 && next[at - 1])
            } else {
                at > 0 && reached[at - 1] && path[at - 1] == c
            };
        }
        reached = next;
    }
    reached[path.len()]
}

/// A query of one webhook lets through no line of another.
fn query(text: &str) {
    let Ok(query) = Query::parse(text) else {
        return;
    };
    if let Some(name) = query.webhook() {
        let other = format!("{name}x");
        assert!(!query.matches(text, |_| Some(&other)));
    }
    assert_eq!(Query::parse(&format!(" {text}\n")).unwrap(), query);
}

/// Any text can be asked for, once it is quoted.
fn asks_for(text: &str) {
    let quoted = text.replace('\\', r"\\").replace('"', "\\\"");
    let line = format!("before {text} after");
    let query = Query::parse(&format!("|= \"{quoted}\"")).unwrap();
    assert!(query.matches(&line, |_| None));
    let query = Query::parse(&format!("webhook_name=\"{quoted}\" | x != \"{quoted}\"")).unwrap();
    assert_eq!(query.webhook(), Some(text));
    let label = |name: &str| (name == "webhook_name").then_some(text);
    assert_eq!(query.matches(&line, label), !text.is_empty());
}
