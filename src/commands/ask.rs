//! Questions and warnings that several verbs have for a person.

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
        text::accident,
    },
    output::paper::Paper,
    prompt::{Choice, Enter},
    terminal,
};

impl Context {
    /// Tells a person that `-f -` reads what is typed: a terminal shows nothing of that by itself.
    pub(crate) fn note_stdin(&self, file: Option<&Path>) {
        if file.is_some_and(is_stdin) && self.terminal.can_ask() {
            self.output
                .note("reading from the terminal; Ctrl-D at the start of a line ends the input");
        }
    }

    /// The same for a secret, which the terminal doesn't show until the answer is dropped.
    pub(crate) fn hide_stdin(&self, what: &str) -> Option<terminal::Hidden> {
        if !self.terminal.can_ask() {
            return None;
        }
        // Hidden before it is asked for.
        let hidden = terminal::hide();
        self.output.note(&format!(
            "reading {what} from the terminal, hidden; Enter and then Ctrl-D end the input"
        ));
        hidden
    }

    /// Asks for one of the platform's projects.
    pub(crate) async fn choose_project(&mut self) -> anyhow::Result<ProjectName> {
        let projects = self.client().await?.projects().await?;
        if projects.is_empty() {
            let message = "the token may see no project";
            return Err(Failure::new(Kind::NotFound, message).into());
        }
        self.choose_of(projects).await
    }

    /// Asks for one of these projects.
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

    /// Refuses what can't be undone where nobody can be asked whether it is meant: before any call.
    pub(crate) fn must_ask(&self, deed: &str) -> anyhow::Result<()> {
        if self.prompt.is_possible() {
            return Ok(());
        }
        let message = format!("this would {deed}, and nobody can be asked here");
        Err(Failure::new(Kind::Usage, message)
            .with_hint("add --yes if it is meant")
            .into())
    }

    /// Tells what goes, and asks whether that is meant. Where the answer is no it is an error, and
    /// nothing has been done.
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

    /// Says once what `auto` can't keep, and why.
    pub(crate) async fn warn_of_what_is_not_kept(&mut self) -> anyhow::Result<()> {
        if self.settings.store.value != StoreChoice::Auto {
            // Chosen by name: an unusable one is an error, and `none` is what was wanted.
            self.custody()?.place().await?;
            return Ok(());
        }
        if let Some(why) = self.custody()?.place().await?.why_none {
            self.output.warn(&format!(
                "protected values are not kept on this machine ({why}); a later test will need \
                 them again. --store file keeps them in a file that only you can read"
            ));
        }
        Ok(())
    }

    /// Says, once for each header, that its value is so short that it can be guessed.
    pub(crate) fn warn_of_short_value(&self, key: &HeaderName, bytes: usize) {
        let mut told = self.told_of_short.borrow_mut();
        if bytes < LONG_BYTES && !told.contains(key) {
            told.push(key.clone());
            self.output.warn(&format!(
                "the value of `{key}` has fewer than {LONG_BYTES} bytes: it can be guessed, and is \
                 hidden only where it is a word of its own"
            ));
        }
    }

    /// Warns of a character in a value that nobody sees, or that only looks like another one.
    pub(crate) fn warn_of_accident(&self, key: &HeaderName, value: &str) {
        if let Some((c, what)) = accident(value) {
            self.output.warn(&format!(
                "the value of `{key}` contains U+{:04X}, {what}; it is sent as it is",
                u32::from(c)
            ));
        }
    }
}
