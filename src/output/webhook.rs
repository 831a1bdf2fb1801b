//! A webhook as it is shown: for programs, and a card for people.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    paper::Paper,
    time::time,
    view::{View, card},
};
use crate::model::{header::Header, url::masked_userinfo, webhook::Webhook};

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

struct ShownHeaders<'a>(&'a Shown);

impl Serialize for ShownHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Shown { webhook, local } = self.0;
        let headers = webhook.headers.iter().zip(local);
        serializer.collect_seq(headers.map(|(header, local)| ShownHeader {
            key: &header.key,
            value: header.value.as_deref(),
            protected: header.protected,
            local: *local,
        }))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let webhook = &self.webhook;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &webhook.id)?;
        map.serialize_entry("name", &webhook.name)?;
        map.serialize_entry("object_type", &webhook.object_type)?;
        map.serialize_entry("object_name", &webhook.object_name)?;
        map.serialize_entry("version", &webhook.version)?;
        map.serialize_entry("url", &masked_userinfo(&webhook.url))?;
        map.serialize_entry("headers", &ShownHeaders(self))?;
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
        let time = |text: Option<&str>| text.map_or_else(String::new, |text| time(paper, text));
        let yes = |yes| if yes { "yes" } else { "no" };
        rows.push(("timeout", format!("{} s", webhook.timeout)));
        rows.push(("retry", yes(webhook.retry).to_owned()));
        rows.push(("result", yes(webhook.include_result).to_owned()));
        rows.push(("created", time(webhook.creation_date.as_deref())));
        rows.push(("changed", time(webhook.last_updated.as_deref())));
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
