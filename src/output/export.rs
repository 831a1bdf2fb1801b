//! Webhooks as files that `diff` reads, and which files were written.

use std::borrow::Cow;

use serde::Serialize;

use super::{change::Reason, encode, paper::Paper, view::View};
use crate::model::{
    export::{Entry, Export, escaped},
    text::is_unsafe,
};

/// Where the schema of these files is published.
const REPOSITORY: &str = if env!("CARGO_PKG_REPOSITORY").is_empty() {
    "https://ubihook.invalid"
} else {
    env!("CARGO_PKG_REPOSITORY")
};

/// The first line, which tells editors where the schema is.
fn first_line() -> String {
    format!(
        "# yaml-language-server: $schema={REPOSITORY}/raw/main/docs/schemas/manifest.schema.json\n"
    )
}

impl<'a> Export<'a> {
    /// All of these webhooks.
    pub(crate) fn of(
        owner: Option<&'a str>,
        webhooks: impl IntoIterator<Item = &'a Entry>,
    ) -> Self {
        Self {
            owner: owner.map(|owner| Cow::from(escaped(owner))),
            webhooks: webhooks.into_iter().collect(),
        }
    }

    /// A YAML file.
    pub(crate) fn yaml(&self) -> String {
        let mut text = first_line();
        if let Some(owner) = &self.owner {
            text.push_str(&owner_line(owner));
        }
        if self.webhooks.is_empty() {
            text.push_str("webhooks: []\n");
            return text;
        }
        text.push_str("webhooks:\n");
        for webhook in &self.webhooks {
            for (number, line) in encode::yaml(webhook).lines().enumerate() {
                text.push_str(match (number, line) {
                    (_, "") => "",
                    (0, _) => "  - ",
                    _ => "    ",
                });
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// The YAML file of a single webhook.
    pub(crate) fn yaml_of_one(owner: Option<&'a str>, webhook: &'a Entry) -> String {
        match owner {
            Some(_) => Self::of(owner, [webhook]).yaml(),
            None => first_line() + &encode::yaml(webhook),
        }
    }
}

/// A JSON string if the owner has characters that must not be shown.
fn owner_line(owner: &str) -> String {
    if owner.contains(is_unsafe) {
        return format!("owner: {}", encode::line(&owner));
    }
    encode::yaml(&serde_json::json!({ "owner": owner }))
}

impl View for Export<'_> {
    fn text(&self, _paper: &Paper) -> String {
        self.yaml()
    }

    fn names(&self) -> Vec<String> {
        self.webhooks.iter().map(|one| one.name.clone()).collect()
    }
}

/// What became of one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileResult {
    /// Its file was written.
    Written,
    /// Its file is as it should be already.
    Unchanged,
    /// It is not in a file.
    Failed,
}

/// One webhook and its file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WrittenFile {
    /// The webhook's name.
    pub name: String,
    /// What happened.
    pub result: FileResult,
    /// The file; null if the webhook can't be written to one.
    pub file: Option<String>,
    /// Why it failed; null if it didn't.
    pub error: Option<Reason>,
}

/// What became of each webhook.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Files(pub Vec<WrittenFile>);

impl View for Files {
    fn text(&self, paper: &Paper) -> String {
        let line = |one: &WrittenFile| {
            let result = match one.result {
                FileResult::Written => paper.green("written"),
                FileResult::Unchanged => "unchanged".to_owned(),
                FileResult::Failed => paper.red("failed"),
            };
            let what = one.file.as_ref().unwrap_or(&one.name);
            format!("{result} {}\n", paper.clean(what))
        };
        self.0.iter().map(line).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|one| one.name.clone()).collect()
    }
}
