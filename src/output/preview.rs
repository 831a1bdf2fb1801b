//! What a dry run would have sent.

use serde::Serialize;
use serde_json::Value;

use super::{paper::Paper, view::View};
use crate::model::{header::mask_protected, host::ApiHost};

/// A call that was not made, with secrets masked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Preview {
    pub method: &'static str,
    /// The whole path.
    pub path: String,
    /// The body; null if there is none.
    pub body: Option<Value>,
}

impl Preview {
    /// A preview of a call to `route`, below the base URL of `host`.
    pub(crate) fn of(
        method: &'static str,
        host: &ApiHost,
        route: &str,
        body: Option<&impl Serialize>,
    ) -> Self {
        let body = body.map(|body| {
            let mut body =
                serde_json::to_value(body).expect("requests are made of text and numbers");
            mask_protected(&mut body);
            body
        });
        Self {
            method,
            path: format!("{}{route}", host.path()),
            body,
        }
    }
}

impl View for Preview {
    fn text(&self, paper: &Paper) -> String {
        let mut text = format!("{} {}\n", paper.bold(self.method), paper.clean(&self.path));
        if let Some(body) = &self.body {
            let body = serde_json::to_string_pretty(body).expect("a value is JSON");
            for line in body.lines() {
                text.push_str(&paper.clean(line));
                text.push('\n');
            }
        }
        text
    }

    fn names(&self) -> Vec<String> {
        vec![format!("{} {}", self.method, self.path)]
    }
}

/// Several previews: one for each webhook that a command names.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Previews(pub Vec<Preview>);

impl View for Previews {
    fn text(&self, paper: &Paper) -> String {
        self.0.iter().map(|preview| preview.text(paper)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().flat_map(Preview::names).collect()
    }
}
