//! What a dry run would have sent.

use serde::Serialize;
use serde_json::Value;

use super::{
    change::rows,
    paper::Paper,
    view::{View, card},
};
use crate::model::{changes::FieldChange, header::mask_protected, host::ApiHost};

/// A call that was not made, with secrets masked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Preview {
    /// Null if there is nothing to change, so that no call would be made.
    pub method: Option<&'static str>,
    /// The whole path.
    pub path: String,
    /// The body; null if there is none.
    pub body: Option<Value>,
    /// What an update would change; empty for other calls.
    pub changes: Vec<FieldChange>,
}

impl Preview {
    /// A preview of a call to `route`, below the base URL of `host`; `None` as method for no call.
    pub(crate) fn of(
        method: Option<&'static str>,
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
            changes: Vec::new(),
        }
    }
}

impl View for Preview {
    fn text(&self, paper: &Paper) -> String {
        let Some(method) = self.method else {
            return format!("unchanged {}\n", paper.clean(&self.path));
        };
        let mut text = format!("{} {}\n", paper.bold(method), paper.clean(&self.path));
        if let Some(body) = &self.body {
            let body = serde_json::to_string_pretty(body).expect("a value is JSON");
            for line in body.lines() {
                text.push_str(&paper.clean(line));
                text.push('\n');
            }
        }
        text + &card(paper, &rows(paper, &self.changes))
    }

    fn names(&self) -> Vec<String> {
        let call = self.method.map(|method| format!("{method} {}", self.path));
        call.into_iter().collect()
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
