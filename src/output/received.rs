//! Deliveries as `listen` receives them, and what was expected of them.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    json,
    paper::{Paint, Paper},
    table,
    time::clock,
    view::View,
};
use crate::{
    columns::wrap,
    model::{
        duration,
        event::{Event, ObjectType},
        received::Received,
        text::counted,
    },
};

/// A delivery, as it is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub received: Received,
    /// Whether people see the line alone.
    pub brief: bool,
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.received.serialize(serializer)
    }
}

impl View for Shown {
    fn text(&self, paper: &Paper) -> String {
        let mut text = line(paper, &self.received);
        if !self.brief {
            text.push_str(&detail(paper, &self.received));
        }
        text
    }

    fn names(&self) -> Vec<String> {
        self.received.request_id.iter().cloned().collect()
    }
}

/// A field of the payload, as text.
fn field(received: &Received, name: &str) -> Option<String> {
    let json = received.payload.as_ref()?.at(name)?;
    serde_json::from_str(json).ok()
}

/// Time, event, object, status, size, response and request.
fn line(paper: &Paper, received: &Received) -> String {
    let time = clock(paper, &received.time);
    let call = || format!("{} {}", received.method, received.path);
    let what = paper.clean(&received.event.clone().unwrap_or_else(call));
    let kind = received.event.as_deref().and_then(Event::split);
    let part = |kind: ObjectType, name: &str| field(received, &format!("{kind}_{name}"));
    let object = kind.map(|(kind, _)| {
        let names = ["name", "version_name"].map(|name| part(kind, name));
        let names: Vec<_> = names.iter().flatten().map(|one| paper.clean(one)).collect();
        names.join(" ")
    });
    let object = object.unwrap_or_default();
    let status = paper.clean(&field(received, "status").unwrap_or_default());
    let size = size(received.bytes);
    let took = duration::describe(Duration::from_millis(received.duration_ms));
    let answered = match &received.problem {
        Some(problem) => format!("{} in {took}: {}", received.answered, paper.clean(problem)),
        None => format!("{} in {took}", received.answered),
    };
    let is_good = (200..400).contains(&received.answered);
    let color = if is_good { Paper::green } else { Paper::red };
    let repeat = if received.repeat { "repeat" } else { "" };
    let request = paper.clean(received.request_id.as_deref().unwrap_or_default());
    paper.flow(&[
        (&time, Paper::dim),
        (&what, Paper::bold),
        (&object, Paper::plain),
        (&status, Paper::plain),
        (&size, Paper::plain),
        (&answered, color),
        (repeat, Paper::yellow),
        (&request, Paper::dim),
    ])
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        _ => format!("{} KiB", bytes / 1024),
    }
}

/// Its text, its payload, and the headers that not every client sends.
fn detail(paper: &Paper, received: &Received) -> String {
    let mut text = String::new();
    let mut row = |line: &str| {
        let room = paper
            .width()
            .map_or(usize::MAX, |width| width.saturating_sub(2));
        for line in wrap(&paper.clean(line), room) {
            text.push_str(&format!("  {line}\n"));
        }
    };
    if let Some(sentence) = field(received, "text") {
        row(&sentence);
    }
    for header in &received.headers {
        if !header.is_usual() {
            row(&header.line());
        }
    }
    if let Some(body) = &received.body
        && !body.is_empty()
    {
        row(body);
    }
    if let Some(body) = &received.body_base64 {
        row(&format!("base64: {body}"));
    }
    if let Some(payload) = &received.payload {
        text.push_str(&json::lines(paper, payload.as_str(), 2));
    }
    text
}

/// How it ended.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub r#type: &'static str,
    /// Whether everything that was expected has arrived.
    pub met: bool,
    /// How many deliveries counted.
    pub deliveries: u64,
    pub expected: Vec<Expected>,
    /// The first deliveries that nothing expected.
    pub unexpected: Vec<u64>,
    /// How many there were.
    pub unexpected_count: u64,
    /// For each expectation that was not met, the delivery that came nearest.
    pub nearest: Vec<Nearest>,
}

/// One expectation.
#[derive(Debug, Serialize)]
pub(crate) struct Expected {
    /// As it was given.
    pub expect: String,
    pub count: u64,
    pub seen: u64,
}

/// The delivery that came nearest to an expectation.
#[derive(Debug, Serialize)]
pub(crate) struct Nearest {
    pub expect: String,
    /// The number of the delivery.
    pub number: u64,
    pub differs: Vec<Differs>,
}

/// A field that is not as expected.
#[derive(Debug, Serialize)]
pub(crate) struct Differs {
    pub field: String,
    pub expected: Value,
    /// Null if the delivery doesn't have it.
    pub found: Value,
}

impl View for Verdict {
    fn text(&self, paper: &Paper) -> String {
        let deliveries = counted(self.deliveries, "delivery");
        if self.expected.is_empty() {
            return deliveries + "\n";
        }
        let (unmet, all) = (self.unmet(), self.expected.len());
        let (result, color): (_, Paint) = match (self.met, unmet) {
            (true, _) => ("as expected".to_owned(), Paper::green),
            (false, 0) => ("more than expected".to_owned(), Paper::red),
            (false, _) => (format!("{unmet} of {all} expectations not met"), Paper::red),
        };
        let mut text = paper.flow(&[(&format!("{deliveries}, {result}"), color)]);
        let cells = |one: &Expected| {
            let (count, seen) = (one.count.to_string(), one.seen.to_string());
            [paper.clean(&one.expect), count, seen]
        };
        let rows: Vec<_> = self.expected.iter().map(cells).collect();
        let table = table::of(["EXPECTED", "COUNT", "SEEN"], &rows);
        text.push_str(&table::lines(&table, paper).unwrap_or_else(|| self.long(paper)));
        if self.unexpected_count > 0 {
            let numbers: Vec<_> = self.unexpected.iter().map(ToString::to_string).collect();
            let more = self.unexpected_count > self.unexpected.len() as u64;
            let more = if more { ", …" } else { "" };
            row(
                paper,
                &mut text,
                0,
                &format!("not expected: {}{more}", numbers.join(", ")),
            );
        }
        // One that doesn't differ says nothing about what is missing.
        let differs = |nearest: &&Nearest| !nearest.differs.is_empty();
        for nearest in self.nearest.iter().filter(differs) {
            let what = format!("nearest to {}: delivery {}", nearest.expect, nearest.number);
            row(paper, &mut text, 0, &what);
            for differs in &nearest.differs {
                let found = match &differs.found {
                    Value::Null => "no such field".to_owned(),
                    found => format!("`{}`", words(found)),
                };
                let expected = words(&differs.expected);
                let what = format!("{}: expected `{expected}`, found {found}", differs.field);
                row(paper, &mut text, 2, &what);
            }
        }
        text
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Verdict {
    /// How many expectations were not met.
    pub(crate) fn unmet(&self) -> usize {
        let is_unmet = |one: &&Expected| one.seen < one.count;
        self.expected.iter().filter(is_unmet).count()
    }

    /// The same as the table, for where it doesn't fit.
    fn long(&self, paper: &Paper) -> String {
        let mut text = String::new();
        for one in &self.expected {
            let what = format!("{}: {} of {}", one.expect, one.seen, one.count);
            row(paper, &mut text, 0, &what);
        }
        text
    }
}

fn row(paper: &Paper, text: &mut String, indent: usize, line: &str) {
    let room = paper
        .width()
        .map_or(usize::MAX, |width| width.saturating_sub(indent));
    for line in wrap(&paper.clean(line), room) {
        text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
    }
}

/// A text as it is, anything else as JSON.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
