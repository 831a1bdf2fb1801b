//! The platform's log lines.

use jiff::Timestamp;
use serde::Serialize;

use super::{paper::Paper, view::View};
use crate::model::log::LogLine;

/// A line, as it is shown.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    r#type: &'static str,
    time: String,
    level: Option<String>,
    webhook: Option<String>,
    text: String,
}

impl From<LogLine> for Line {
    fn from(line: LogLine) -> Self {
        let time = Timestamp::from_nanosecond(line.timestamp.into()).unwrap_or_default();
        Self {
            r#type: "log",
            time: format!("{time:.9}"),
            level: line.metadata.level,
            webhook: line.metadata.webhook_name,
            text: line.log,
        }
    }
}

impl View for Line {
    /// Its time, in UTC, and level first: they are equally long in each line.
    fn text(&self, paper: &Paper) -> String {
        let time = self.time.split(['.', 'Z']).next().unwrap_or_default();
        let level = paper.clean(self.level.as_deref().unwrap_or("-"));
        let padded = format!("{level:5}");
        let level = if level == "error" {
            paper.red(&padded)
        } else {
            padded
        };
        format!(
            "{}  {level}  {}  {}\n",
            paper.dim(&format!("{time}Z")),
            paper.bold(&paper.clean(self.webhook.as_deref().unwrap_or("-"))),
            paper.clean(&self.text),
        )
    }

    fn names(&self) -> Vec<String> {
        self.webhook.iter().cloned().collect()
    }
}

/// Lines, oldest first.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Lines(pub(crate) Vec<Line>);

impl View for Lines {
    fn text(&self, paper: &Paper) -> String {
        self.0.iter().map(|line| line.text(paper)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().flat_map(View::names).collect()
    }
}
