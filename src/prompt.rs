//! Questions to a person. Refused where nobody is there to answer; the terminal is as it was
//! afterwards, Ctrl-C included.

use dialoguer::{Confirm, Input, Password, Select, theme::ColorfulTheme};

use crate::{model::secret::Secret, terminal};

/// Why a question brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody can be asked.
    #[error("{question} has to be answered, and nobody can be asked here")]
    NotATerminal {
        /// What would have been asked, as a noun.
        question: String,
    },
    /// The person ended it.
    #[error("interrupted")]
    Interrupted,
    /// The terminal failed.
    #[error("the terminal could not be read: {0}")]
    Terminal(String),
}

/// Asks, where that is possible.
#[derive(Debug, Clone, Copy)]
pub struct Prompt {
    possible: bool,
}

impl Prompt {
    /// `possible` where a terminal is there and nobody forbade it.
    pub fn new(possible: bool) -> Self {
        Self { possible }
    }

    /// Whether there is somebody to ask.
    pub fn is_possible(self) -> bool {
        self.possible
    }

    /// Yes or no, where Enter alone means no.
    pub async fn confirm(self, question: &str) -> Result<bool, Error> {
        self.ask(question, |question| {
            Confirm::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .default(false)
                .interact()
        })
        .await
    }

    /// A line of text.
    pub async fn input(self, question: &str) -> Result<String, Error> {
        self.ask(question, |question| {
            Input::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .interact_text()
        })
        .await
    }

    /// A secret, typed unseen.
    pub async fn password(self, question: &str) -> Result<Secret, Error> {
        self.ask(question, |question| {
            Password::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .interact()
                .map(Secret::new)
        })
        .await
    }

    /// One of several, by its place.
    pub async fn choose(self, question: &str, items: Vec<String>) -> Result<usize, Error> {
        self.ask(question, move |question| {
            Select::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .items(&items)
                .default(0)
                .interact()
        })
        .await
    }

    /// A question blocks, so it runs apart from the runtime: Ctrl-C is seen while it waits.
    async fn ask<T: Send + 'static>(
        self,
        question: &str,
        ask: impl FnOnce(String) -> dialoguer::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        if !self.possible {
            return Err(Error::NotATerminal {
                question: question.to_owned(),
            });
        }
        terminal::remember();
        let question = question.to_owned();
        let answer = tokio::task::spawn_blocking(move || ask(question)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(dialoguer::Error::IO(error))) => {
                terminal::restore();
                match error.kind() {
                    std::io::ErrorKind::Interrupted => Err(Error::Interrupted),
                    _ => Err(Error::Terminal(error.to_string())),
                }
            }
            Err(_) => Err(Error::Interrupted),
        }
    }
}
