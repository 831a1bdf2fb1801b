//! Webhooks as they are shown: a list, and a card of one.

use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};
use tabled::{
    builder::Builder,
    settings::{Padding, Remove, Style, Width, object::Columns},
};

use super::{
    layout,
    paper::Paper,
    view::{View, card},
};
use crate::model::{event::Event, header::Header, url::masked_userinfo, webhook::Webhook};

/// A webhook, with where this machine keeps its protected values.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The webhook as the platform shows it.
    pub webhook: Webhook,
    /// For each header in order: where its value is kept, for the protected ones.
    pub local: Vec<Option<&'static str>>,
}

impl Shown {
    /// `local` says where the value of a protected header is kept, by the header's name.
    pub fn new(webhook: Webhook, local: impl Fn(&Webhook, &str) -> &'static str) -> Self {
        let of = |header: &Header| header.protected.then(|| local(&webhook, &header.key));
        let local = webhook.headers.iter().map(of).collect();
        Self { webhook, local }
    }
}

#[derive(Serialize)]
struct ShownHeader<'a> {
    key: &'a str,
    value: Option<&'a str>,
    protected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<&'static str>,
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let webhook = &self.webhook;
        let headers: Vec<_> = webhook
            .headers
            .iter()
            .zip(&self.local)
            .map(|(header, local)| ShownHeader {
                key: &header.key,
                value: header.value.as_deref(),
                protected: header.protected,
                local: *local,
            })
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &webhook.id)?;
        map.serialize_entry("name", &webhook.name)?;
        map.serialize_entry("object_type", &webhook.object_type)?;
        map.serialize_entry("object_name", &webhook.object_name)?;
        map.serialize_entry("version", &webhook.version)?;
        map.serialize_entry("url", &masked_userinfo(&webhook.url))?;
        map.serialize_entry("headers", &headers)?;
        map.serialize_entry("event", &webhook.event)?;
        map.serialize_entry("creation_date", &webhook.creation_date)?;
        map.serialize_entry("last_updated", &webhook.last_updated)?;
        map.serialize_entry("description", &webhook.description)?;
        map.serialize_entry("labels", &webhook.labels)?;
        map.serialize_entry("timeout", &webhook.timeout)?;
        map.serialize_entry("enabled", &webhook.enabled)?;
        map.serialize_entry("retry", &webhook.retry)?;
        map.serialize_entry("include_result", &webhook.include_result)?;
        map.end()
    }
}

impl View for Shown {
    fn text(&self, paper: &Paper) -> String {
        let webhook = &self.webhook;
        let state = if webhook.enabled {
            paper.green("enabled")
        } else {
            paper.yellow("disabled")
        };
        let head = format!("{}  {state}\n", paper.bold(&paper.clean(&webhook.name)));
        head + &card(paper, &self.rows(paper))
    }

    fn names(&self) -> Vec<String> {
        vec![self.webhook.name.clone()]
    }
}

impl Shown {
    fn rows(&self, paper: &Paper) -> Vec<(&'static str, String)> {
        let webhook = &self.webhook;
        let mut rows = vec![
            ("watches", paper.clean(&webhook.target())),
            ("event", paper.clean(&webhook.event)),
            ("url", paper.clean(&masked_userinfo(&webhook.url))),
        ];
        let headers: Vec<_> = webhook
            .headers
            .iter()
            .zip(&self.local)
            .map(|(header, local)| header_line(paper, header, *local))
            .collect();
        let labels: Vec<_> = webhook
            .labels
            .iter()
            .map(|(key, value)| paper.clean(&format!("{key}={value}")))
            .collect();
        rows.push(("headers", headers.join("\n")));
        rows.push(("labels", labels.join("\n")));
        rows.push(("about", paper.clean(&webhook.description)));
        let yes = |yes| if yes { "yes" } else { "no" };
        rows.push(("timeout", format!("{} s", webhook.timeout)));
        rows.push(("retry", yes(webhook.retry).to_owned()));
        rows.push(("result", yes(webhook.include_result).to_owned()));
        rows.push(("created", time(paper, webhook.creation_date.as_deref())));
        rows.push(("changed", time(paper, webhook.last_updated.as_deref())));
        rows.push(("id", paper.clean(&webhook.id)));
        rows.retain(|(_, value)| !value.is_empty());
        rows
    }
}

fn header_line(paper: &Paper, header: &Header, local: Option<&str>) -> String {
    let key = paper.clean(&header.key);
    match (&header.value, local) {
        (_, Some("none")) => format!("{key}: *** (protected; no copy on this machine)"),
        (_, Some(local)) => format!("{key}: *** (protected; copy in the {local} store)"),
        (Some(value), None) => format!("{key}: {}", paper.clean(value)),
        (None, None) => format!("{key}:"),
    }
}

/// A time as the platform writes it; on a terminal, how long ago that is.
fn time(paper: &Paper, time: Option<&str>) -> String {
    let Some(text) = time else {
        return String::new();
    };
    match (paper.width(), text.parse::<Timestamp>()) {
        (Some(_), Ok(then)) => ago(Timestamp::now().duration_since(then).as_secs()),
        _ => paper.clean(text),
    }
}

fn ago(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..=44 => return "just now".to_owned(),
        45..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        129_600..=5_183_999 => ((seconds + 43_200) / 86_400, "day"),
        5_184_000..=63_071_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}

/// All webhooks that were asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Shown>);

/// The narrowest that a URL is cut to before the table is given up for blocks.
const MIN_URL: usize = 16;
const URL_COLUMN: usize = 3;

impl View for List {
    fn text(&self, paper: &Paper) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|shown| row(paper, &shown.webhook))
            .collect();
        match table(paper, &rows) {
            Some(table) => table,
            None => blocks(paper, &rows),
        }
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|shown| shown.webhook.name.clone())
            .collect()
    }
}

fn row(paper: &Paper, webhook: &Webhook) -> [String; 5] {
    let event = webhook.event.parse::<Event>();
    let event = event.map_or_else(
        |_| paper.clean(&webhook.event),
        |event| event.phase.to_string(),
    );
    [
        paper.clean(&webhook.name),
        paper.clean(&webhook.target().replace('`', "")),
        event,
        paper.clean(&masked_userinfo(&webhook.url)),
        (if webhook.enabled { "yes" } else { "no" }).to_owned(),
    ]
}

const HEADINGS: [&str; 5] = ["NAME", "WATCHES", "EVENT", "URL", "ENABLED"];

/// A table that fits, or nothing where it can't without cutting a name. URLs are what gives way:
/// cut as far as they still say something, then left out.
fn table(paper: &Paper, rows: &[[String; 5]]) -> Option<String> {
    let mut builder = Builder::with_capacity(rows.len() + 1, HEADINGS.len());
    builder.push_record(HEADINGS);
    for row in rows {
        builder.push_record(row);
    }
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(0, 2, 0, 0));
    let room = paper.width().unwrap_or(usize::MAX);
    let over = table.total_width().saturating_sub(room);
    if over > 0 {
        let widest = rows.iter().map(|row| layout::width(&row[URL_COLUMN])).max();
        let left = widest.unwrap_or(0).saturating_sub(over);
        if left >= MIN_URL {
            table.modify(Columns::one(URL_COLUMN), Width::truncate(left).suffix("…"));
        } else {
            table.with(Remove::column(Columns::one(URL_COLUMN)));
        }
    }
    if table.total_width() > room {
        return None;
    }
    let body = table.to_string();
    let mut lines = body.lines().map(str::trim_end);
    let head = paper.dim(lines.next().unwrap_or_default());
    Some(lines.fold(head + "\n", |text, line| text + line + "\n"))
}

/// Each webhook on lines of its own, for a terminal too narrow for the table.
fn blocks(paper: &Paper, rows: &[[String; 5]]) -> String {
    let block = |[name, watches, event, url, enabled]: &[String; 5]| {
        let mut lines = vec![
            ("watches", watches.clone()),
            ("event", event.clone()),
            ("url", url.clone()),
        ];
        if enabled != "yes" {
            lines.push(("enabled", enabled.clone()));
        }
        format!("{}\n{}", paper.bold(name), card(paper, &lines))
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}
