//! What the user asked for, from flags or from a file. All rules hold, but protected headers may
//! still lack their value.

use crate::model::{
    event::{Event, EventName},
    header::{HeaderName, HeaderValue, NewHeader, check_unique},
    invalid::Invalid,
    labels::{Labels, OWNER},
    name::WebhookName,
    options::Options,
    secret::Raw,
    source::{SecretText, Source},
    target::{PartialTarget, Target},
    timeout::Timeout,
    url::CallbackUrl,
    webhook::NewWebhook,
};

/// A requested header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftHeader {
    pub key: HeaderName,
    /// Its value, or where to get it.
    pub value: DraftValue,
}

/// The value of a requested header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftValue {
    /// Plain, with its value.
    Plain(HeaderValue),
    /// Protected, with its value: written in a file.
    Given(Raw),
    /// Protected; the value has to be fetched.
    From(SecretText),
    /// Protected, without a value: an update keeps the current one, a create asks for it.
    Missing,
}

/// The rules over all headers of a draft: no duplicates, and standard input is read only once.
pub fn check_headers(headers: &[DraftHeader]) -> Result<(), Invalid> {
    check_unique(headers.iter().map(|header| &header.key))?;
    match headers
        .iter()
        .filter(|header| is_from_stdin(header))
        .count()
    {
        0 | 1 => Ok(()),
        _ => Err(Invalid::new(
            "headers",
            "only one value can be read from stdin",
        )),
    }
}

/// Whether a header's value is read from standard input.
pub(crate) fn reads_stdin(headers: &[DraftHeader]) -> bool {
    headers.iter().any(is_from_stdin)
}

fn is_from_stdin(header: &DraftHeader) -> bool {
    matches!(&header.value, DraftValue::From(text) if text.source == Source::Stdin)
}

/// A webhook with any of its fields possibly missing: what a file and flags have given so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialDraft {
    pub name: Option<WebhookName>,
    /// What it watches.
    pub target: PartialTarget,
    /// Where events go.
    pub url: Option<CallbackUrl>,
    pub event: Option<EventName>,
    pub headers: Vec<DraftHeader>,
    /// Its labels, if any are given.
    pub labels: Option<Labels>,
    /// All other fields.
    pub options: Options,
    /// Where a file has it.
    pub lines: Lines,
}

/// The lines of a file where a webhook and its headers and labels are, for messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// Where it begins; none if it isn't from a file.
    pub first: Option<u64>,
    /// Those of its headers and labels.
    pub parts: Vec<(Part, u64)>,
    /// Required fields that are written there but can't be read: a mistake that is reported already, and nothing that is
    /// missing.
    pub unread: Vec<&'static str>,
}

/// A part of a webhook with a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Header(HeaderName),
    Label(String),
}

impl Lines {
    /// The line of a part, or the first one.
    pub fn of(&self, part: &Part) -> Option<u64> {
        let found = self.parts.iter().find(|(known, _)| known == part);
        found.map(|(_, line)| *line).or(self.first)
    }

    /// The same in a document that begins after that many lines.
    pub(crate) fn after(&mut self, lines: u64) {
        let parts = self.parts.iter_mut().map(|(_, line)| line);
        parts.chain(&mut self.first).for_each(|line| *line += lines);
    }
}

impl PartialDraft {
    /// Checks the rules across fields, as far as the fields are present.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(target) = self.target.whole()? {
            target.check()?;
            if let Some(event) = self.event {
                event.of(target.object_type)?;
            }
        }
        check_headers(&self.headers)
    }

    /// The API's names of the required fields that are missing and not known to be written.
    pub fn unwritten(&self) -> Vec<&'static str> {
        let mut missing = self.missing();
        missing.retain(|field| !self.lines.unread.contains(field));
        missing
    }

    /// The API's names of the required fields that are missing.
    pub fn missing(&self) -> Vec<&'static str> {
        let fields = [
            ("name", self.name.is_none()),
            ("object_type", self.target.object_type.is_none()),
            ("object_name", self.target.object_name.is_none()),
            ("event", self.event.is_none()),
            ("url", self.url.is_none()),
        ];
        let missing = fields.iter().filter(|(_, is_missing)| *is_missing);
        missing.map(|(field, _)| *field).collect()
    }

    /// The draft, unless a required field is missing.
    pub fn whole(self) -> Result<Option<Draft>, Invalid> {
        if self.target.object_type.is_some() != self.target.object_name.is_some() {
            return Ok(None);
        }
        self.check()?;
        let target = self.target.whole()?;
        let (Some(name), Some(target), Some(event), Some(url)) =
            (self.name, target, self.event, self.url)
        else {
            return Ok(None);
        };
        Ok(Some(Draft {
            name,
            event: event.of(target.object_type)?,
            target,
            url,
            headers: self.headers,
            labels: self.labels,
            options: self.options,
        }))
    }
}

/// A webhook to be created.
#[derive(Debug, Clone)]
pub struct Draft {
    pub name: WebhookName,
    /// What it watches.
    pub target: Target,
    /// Where events go.
    pub url: CallbackUrl,
    /// Which event; fits the target.
    pub event: Event,
    pub headers: Vec<DraftHeader>,
    /// Its labels, if any are given.
    pub labels: Option<Labels>,
    /// All other fields.
    pub options: Options,
}

impl Draft {
    /// The same with the platform's defaults for what is missing, and with its owner's label: what a file means that is
    /// exact. `enabled` may be missing, because a webhook that was disabled by hand stays so.
    #[must_use]
    pub(crate) fn exact(mut self, owner: Option<&str>) -> Self {
        let labels = self.labels.get_or_insert_default();
        if let Some(owner) = owner {
            labels.insert(OWNER.to_owned(), owner.to_owned());
        }
        let options = &mut self.options;
        options.description.get_or_insert_default();
        options.timeout.get_or_insert(Timeout::DEFAULT);
        options.retry.get_or_insert(false);
        options.include_result.get_or_insert(false);
        self
    }

    /// The create to send, once its headers have their values.
    pub fn with_headers(self, headers: Vec<NewHeader>) -> NewWebhook {
        NewWebhook {
            name: self.name,
            object_type: self.target.object_type,
            object_name: self.target.object_name,
            version: self.target.version,
            url: self.url,
            event: self.event,
            headers: (!headers.is_empty()).then_some(headers),
            description: self.options.description,
            labels: self.labels,
            timeout: self.options.timeout,
            enabled: self.options.enabled,
            retry: self.options.retry,
            include_result: self.options.include_result,
        }
    }
}
