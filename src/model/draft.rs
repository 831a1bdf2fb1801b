//! What a person asked for, from flags or from a file: all rules hold, but protected headers may
//! still lack their value.

use crate::model::{
    event::{Event, EventName},
    header::{HeaderName, HeaderValue, NewHeader, check_unique},
    invalid::Invalid,
    labels::Labels,
    name::WebhookName,
    options::Options,
    secret::Raw,
    source::{SecretText, Source},
    target::{PartialTarget, Target},
    url::CallbackUrl,
    webhook::NewWebhook,
};

/// A header as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftHeader {
    pub key: HeaderName,
    /// Its value, or where that comes from.
    pub value: DraftValue,
}

/// The value of a header as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftValue {
    /// Plain, and at hand.
    Plain(HeaderValue),
    /// Protected, and at hand: written in a file.
    Given(Raw),
    /// Protected, to be fetched.
    From(SecretText),
    /// Protected, and nothing said of its value: kept in an update, asked for in a create.
    Missing,
}

/// The rules over all headers of a draft: none twice, and standard input read only once.
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

/// A webhook of which anything may be missing: what a file says, and flags, so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialDraft {
    pub name: Option<WebhookName>,
    /// What it watches.
    pub target: PartialTarget,
    /// Where events go.
    pub url: Option<CallbackUrl>,
    pub event: Option<EventName>,
    pub headers: Vec<DraftHeader>,
    /// Its labels, where any are named.
    pub labels: Option<Labels>,
    /// All else.
    pub options: Options,
}

impl PartialDraft {
    /// The rules across fields, for those that are there.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Some(target) = self.target.whole()? {
            target.check()?;
            if let Some(event) = self.event {
                event.of(target.object_type)?;
            }
        }
        check_headers(&self.headers)
    }

    /// The API's name of the first field that is missing and that every webhook has.
    pub fn missing(&self) -> &'static str {
        match self {
            Self { name: None, .. } => "name",
            Self { target, .. } if target.object_type.is_none() => "object_type",
            Self { target, .. } if target.object_name.is_none() => "object_name",
            Self { event: None, .. } => "event",
            _ => "url",
        }
    }

    /// The draft, unless something is missing that every webhook has.
    pub fn whole(self) -> Result<Option<Draft>, Invalid> {
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
    /// Its labels, where any are named.
    pub labels: Option<Labels>,
    /// All else.
    pub options: Options,
}

impl Draft {
    /// The create to send, once the values of its headers are there.
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
