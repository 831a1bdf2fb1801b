//! The arguments about a webhook that several verbs share: what is sent where, and everything that
//! a file can contain.

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

/// Which event is sent to which URL, and with which headers, as typed.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendArgs {
    /// started, completed, failed or finished
    ///
    /// The full name, such as pipeline_request_failed, works too.
    #[arg(short, long, value_name = "EVENT")]
    pub event: Option<EventName>,

    /// URL that events are sent to
    #[arg(short, long, value_name = "URL", value_parser = conceal)]
    url: Option<Concealed>,

    #[command(flatten)]
    headers: HeaderArgs,
}

/// Everything that a file can contain too, as typed.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhookArgs {
    #[command(flatten)]
    send: SendArgs,

    /// Label to set; repeatable
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<Label>,

    #[command(flatten)]
    options: OptionArgs,

    /// Read the webhook from a file; - for stdin
    ///
    /// YAML or JSON, such as the output of get -o yaml. Options on the command line override the
    /// file.
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl SendArgs {
    /// Whether none of them is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.event.is_none() && self.url.is_none() && self.headers.is_empty()
    }

    /// The headers, checked against all rules.
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
    /// All webhooks of the file, each overridden by the flags.
    pub(crate) async fn over_files(self) -> Result<Vec<PartialDraft>, Failure> {
        let said = match &self.file {
            Some(path) => file::read_all(path).await?,
            None => vec![PartialDraft::default()],
        };
        let over = |said| self.clone().over(said);
        file::each(said.into_iter().map(over))
    }

    fn over(self, mut said: PartialDraft) -> Result<PartialDraft, Failure> {
        said.url = self.send.url()?.or(said.url);
        said.event = self.send.event.or(said.event);
        let shown = self.file.as_deref().map(file::shown).unwrap_or_default();
        said.headers = self.send.headers.over(said.headers, &shown, &said.lines)?;
        file::check_stdin(self.file.as_deref(), &said.headers)?;
        if !self.label.is_empty() {
            let named = self.label.into_iter().map(|label| (label.key, label.value));
            said.labels.get_or_insert_default().extend(named);
        }
        said.options = self.options.over(said.options);
        Ok(said)
    }
}
