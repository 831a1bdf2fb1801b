//! Prompts and warnings that several verbs share.

use std::path::Path;

use super::context::Context;
use crate::{
    args::file::is_stdin,
    model::{
        failure::{Failure, Kind},
        header::HeaderName,
        name::ProjectName,
        objects,
        scrub::LONG_BYTES,
        store::StoreChoice,
        text::{suspicious_char, variable_in},
        url::CallbackUrl,
    },
    output::paper::Paper,
    prompt::{Choice, Enter},
};

impl Context {
    /// Notes that `-f -` reads from the terminal, which would otherwise just appear to hang.
    pub(crate) fn note_stdin(&self, file: Option<&Path>) {
        if file.is_some_and(is_stdin) && self.terminal.can_ask() {
            self.output.note(
                "reading from the terminal; press Ctrl-D at the start of a line to end the input",
            );
        }
    }

    /// Prompts for one of the platform's projects.
    pub(crate) async fn choose_project(&mut self) -> anyhow::Result<ProjectName> {
        let projects = self.client().await?.projects().await?;
        if projects.is_empty() {
            let message = "the token has no access to any project";
            return Err(Failure::new(Kind::NotFound, message).into());
        }
        self.choose_of(projects).await
    }

    /// Prompts for one of these projects.
    pub(crate) async fn choose_of(
        &self,
        mut projects: Vec<objects::Project>,
    ) -> anyhow::Result<ProjectName> {
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        let choice =
            |project: &objects::Project| Choice::new(&project.name, &project.organization_name);
        let choices = projects.iter().map(choice).collect();
        let chosen = self.prompt.choose("Which project", choices).await?;
        Ok(projects[chosen].name.parse()?)
    }

    /// Why it is not possible to prompt.
    pub(crate) fn why_no_prompt(&self) -> &'static str {
        if self.settings.no_input {
            "prompts are disabled by --no-input"
        } else {
            "not a terminal"
        }
    }

    /// Refuses a destructive action, before any call, if it is not possible to prompt for
    /// confirmation.
    pub(crate) fn must_ask(&self, deed: &str) -> anyhow::Result<()> {
        if self.prompt.is_possible() {
            return Ok(());
        }
        let message = format!(
            "refusing to {deed} without confirmation: {}",
            self.why_no_prompt()
        );
        Err(Failure::new(Kind::Usage, message)
            .with_hint("add --yes to confirm")
            .into())
    }

    /// Shows what will be deleted and asks for confirmation. If the answer is no, returns an error,
    /// and nothing has been changed.
    pub(crate) async fn confirm(
        &self,
        question: &str,
        goes: impl FnOnce(&Paper) -> String,
    ) -> anyhow::Result<()> {
        self.output.aside(goes);
        if self.prompt.confirm(question, Enter::No).await? {
            return Ok(());
        }
        Err(Failure::new(Kind::Usage, "nothing was changed").into())
    }

    /// Warns once if `auto` can't store values, and why.
    pub(crate) async fn warn_of_what_is_not_kept(&mut self) -> anyhow::Result<()> {
        if self.settings.store.value != StoreChoice::Auto {
            // Chosen by name: a store that can't be used is an error, and `none` is intended.
            self.custody()?.place().await?;
            return Ok(());
        }
        if let Some(why) = self.custody()?.place().await?.why_none {
            self.output.warn(&format!(
                "protected values are not stored on this machine ({why}); later tests will need them \
                 again. --store file stores them in a file that only you can read"
            ));
        }
        Ok(())
    }

    /// Warns, once for each header, that its value is short enough to be guessed.
    pub(crate) fn warn_of_short_value(&self, key: &HeaderName, bytes: usize) {
        let mut told = self.told_of_short.borrow_mut();
        if bytes < LONG_BYTES && !told.contains(key) {
            told.push(key.clone());
            self.output.warn(&format!(
                "the value of `{key}` has fewer than {LONG_BYTES} bytes: it can be guessed, and is \
                 masked only where it is a separate word"
            ));
        }
    }

    /// Warns of a variable in a plain value, which was most likely meant to be replaced by the shell.
    pub(crate) fn warn_of_variable(&self, key: &HeaderName, value: &str) {
        if let Some(variable) = variable_in(value) {
            self.output.warn(&format!(
                "the value of `{key}` contains `{variable}` literally: ubihook replaces no variables, \
                 and a shell none in single quotes"
            ));
        }
    }

    /// The same for a URL, of which nothing is shown.
    pub(crate) fn warn_of_variable_in_url(&self, url: Option<&CallbackUrl>) {
        if url.is_some_and(|url| variable_in(url.as_str()).is_some()) {
            self.output.warn(
                "the URL contains a variable literally: ubihook replaces no variables, and a shell none \
                 in single quotes",
            );
        }
    }

    /// Warns of a character in a value that is invisible, or that only looks like another one.
    pub(crate) fn warn_of_suspicious_char(&self, key: &HeaderName, value: &str) {
        if let Some((c, what)) = suspicious_char(value) {
            self.output.warn(&format!(
                "the value of `{key}` contains U+{:04X}, {what}; it is sent unchanged",
                u32::from(c)
            ));
        }
    }
}
