//! Results of the `auth` commands: the user, and where the settings come from.

use serde::Serialize;

use super::{
    paper::Paper,
    view::{View, card},
};

/// `auth status`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Status {
    /// Whether the platform accepts the token.
    pub signed_in: bool,
    /// The API's address.
    pub host: String,
    /// The project, if one is set.
    pub project: Option<String>,
    /// Where the token comes from: a variable, or a store; null if there is none.
    pub token_source: Option<String>,
    /// The address of the user or service user.
    pub user: Option<String>,
    /// Further settings for people: name and text, each with where it comes from.
    #[serde(skip)]
    pub lines: Vec<(&'static str, String)>,
}

impl View for Status {
    fn text(&self, paper: &Paper) -> String {
        let head = match &self.user {
            Some(user) if self.signed_in => {
                format!(
                    "{} as {}\n",
                    paper.green("signed in"),
                    paper.bold(&paper.clean(user))
                )
            }
            _ => format!("{}\n", paper.yellow("not signed in")),
        };
        head + &self.settings(paper)
    }

    fn names(&self) -> Vec<String> {
        self.user.iter().cloned().collect()
    }
}

impl Status {
    /// Only the settings.
    pub(crate) fn settings(&self, paper: &Paper) -> String {
        let rows: Vec<_> = self
            .lines
            .iter()
            .map(|(name, text)| (*name, paper.clean(text)))
            .collect();
        card(paper, &rows)
    }
}

/// `auth login` and `auth logout`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SignedIn {
    /// `signed_in` or `signed_out`.
    pub result: &'static str,
    /// The API's address.
    pub host: String,
    /// The project, if one is set.
    pub project: Option<String>,
    /// Where the token is stored, or was.
    pub store: Option<&'static str>,
    /// The address of the user or service user.
    pub user: Option<String>,
    /// The profile that was written.
    pub profile: Option<String>,
}

impl View for SignedIn {
    fn text(&self, paper: &Paper) -> String {
        let host = paper.clean(&self.host);
        let store = self.store.unwrap_or("none");
        if self.result == "signed_out" {
            return match self.store {
                Some(store) => {
                    format!("signed out of {host}: removed its token from the {store} store\n")
                }
                None => format!("not signed in to {host}: nothing to remove\n"),
            };
        }
        let user = paper.bold(&paper.clean(self.user.as_deref().unwrap_or("unknown")));
        let mut text = format!("{} to {host} as {user}\n", paper.green("signed in"));
        let mut rows = vec![("token", format!("stored in the {store} store"))];
        rows.extend(
            self.project
                .iter()
                .map(|project| ("project", paper.clean(project))),
        );
        rows.extend(
            self.profile
                .iter()
                .map(|profile| ("profile", paper.clean(profile))),
        );
        text.push_str(&card(paper, &rows));
        text
    }

    fn names(&self) -> Vec<String> {
        self.user.iter().cloned().collect()
    }
}
