//! The call of the platform's log lines, and the query that selects them (reference, section 8).

use super::{Client, Error, Project, send::Call};
use crate::model::{
    log::{LogLine, Period, pages::PAGE},
    name::WebhookName,
    routes,
};

/// Which lines to request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// Those about this webhook; otherwise, about any.
    pub(crate) webhook: Option<WebhookName>,
    /// Lines that contain this text.
    pub(crate) text: Option<String>,
    /// Those of this level.
    pub(crate) level: Option<&'static str>,
}

impl Lines {
    /// The query in Grafana's LogQL.
    fn query(&self) -> String {
        let mut stages = Vec::new();
        // Filters of text come first.
        if let Some(text) = &self.text {
            stages.push(format!("|= {}", quoted(text)));
        }
        stages.push(match &self.webhook {
            Some(name) => format!("| webhook_name = {}", quoted(name.as_str())),
            None => "| webhook_name =~ \".+\"".to_owned(),
        });
        if let Some(level) = self.level {
            stages.push(format!("| level = {}", quoted(level)));
        }
        stages.join(" ")
    }
}

/// In double quotes: a text in backticks can't contain a backtick.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

impl Client {
    /// Asks whether the platform is up, which reveals its time.
    pub(crate) async fn status(&self) -> Result<(), Error> {
        self.perform(&Call::get(routes::STATUS.fill(&[]))).await
    }
}

impl Project {
    /// Log lines of a period in the platform's order, at most a [`PAGE`].
    pub(crate) async fn logs(&self, lines: &Lines, period: Period) -> Result<Vec<LogLine>, Error> {
        let path = routes::LOGS.fill(&[self.name.as_str()]);
        let query = routes::encode(&lines.query());
        let Period { start, end } = period;
        let path = format!("{path}?query={query}&start={start}&end={end}&limit={PAGE}");
        let mut found: Vec<LogLine> = self.client.fetch(&Call::get(path)).await?;
        // Anybody may have written the text.
        for line in &mut found {
            line.log = self.client.scrubbed(&line.log).into_owned();
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_written_as_the_platform_documents_it() {
        let mut lines = Lines::default();
        assert_eq!(lines.query(), "| webhook_name =~ \".+\"");
        lines.webhook = Some("a `b` \"c\"\\".parse().unwrap());
        lines.text = Some("x\n\t\"".to_owned());
        lines.level = Some("error");
        let query = r#"|= "x\n\t\"" | webhook_name = "a `b` \"c\"\\" | level = "error""#;
        assert_eq!(lines.query(), query);
    }
}
