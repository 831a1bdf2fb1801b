//! What verbs take alike of a webhook: what is sent where, and all that a file can say too.

use std::path::PathBuf;

use clap::Args;

use super::{
    Concealed, file,
    header::{HeaderArgs, conceal},
    options::OptionArgs,
};
use crate::model::{
    draft::{DraftHeader, PartialDraft, check_headers},
    event::EventName,
    failure::Failure,
    labels::Label,
    url::CallbackUrl,
};

/// Which event goes where, and with which headers, as typed.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendArgs {
    /// started, completed, failed or finished
    ///
    /// Or the full name, such as pipeline_request_failed.
    #[arg(short, long, value_name = "EVENT")]
    pub event: Option<EventName>,

    /// URL that events are sent to
    #[arg(short, long, value_name = "URL", value_parser = conceal)]
    url: Option<Concealed>,

    #[command(flatten)]
    headers: HeaderArgs,
}

/// What a file can say too, as typed.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhookArgs {
    #[command(flatten)]
    send: SendArgs,

    /// Label to have; repeats
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<Label>,

    #[command(flatten)]
    options: OptionArgs,

    /// Take it from a YAML or JSON file; - is stdin
    ///
    /// What flags say wins. The output of get is such a file.
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl SendArgs {
    /// Whether none of it is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.event.is_none() && self.url.is_none() && self.headers.is_empty()
    }

    /// The headers, all rules checked.
    pub(crate) fn headers(&self) -> Result<Vec<DraftHeader>, Failure> {
        let headers = self.headers.parse()?;
        check_headers(&headers)?;
        Ok(headers)
    }

    /// The URL.
    pub(crate) fn url(&self) -> Result<Option<CallbackUrl>, Failure> {
        self.url.as_ref().map(|url| url.parse("--url")).transpose()
    }
}

impl WebhookArgs {
    /// What the file says, and what is named here over it.
    pub(crate) async fn over_file(self) -> Result<PartialDraft, Failure> {
        let mut said = match &self.file {
            Some(path) => file::read(path).await?,
            None => PartialDraft::default(),
        };
        said.url = self.send.url()?.or(said.url);
        said.event = self.send.event.or(said.event);
        said.headers = self.send.headers.over(said.headers)?;
        file::check_stdin(self.file.as_deref(), &said.headers)?;
        if !self.label.is_empty() {
            let named = self.label.into_iter().map(|label| (label.key, label.value));
            said.labels.get_or_insert_default().extend(named);
        }
        said.options = self.options.over(said.options);
        Ok(said)
    }
}
