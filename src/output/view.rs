//! What a thing that is shown has to know.

use serde::Serialize;

use super::paper::Paper;

/// A thing that can be shown: its `Serialize` is the interface for programs and stays as it is; its
/// text is for people and may change. Never holds a secret.
pub trait View: Serialize {
    /// Lines for people, with a line break at the end.
    fn text(&self, paper: &Paper) -> String;

    /// What `-o name` prints, a line each.
    fn names(&self) -> Vec<String>;
}

/// Rows of a name and a text, aligned, the text of a row on as many lines as it has.
pub(super) fn card(paper: &Paper, rows: &[(&str, String)]) -> String {
    let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in rows {
        for (number, line) in value.lines().enumerate() {
            let name = if number == 0 { *name } else { "" };
            let name = paper.dim(&format!("{name:widest$}"));
            text.push_str(format!("  {name}  {line}").trim_end());
            text.push('\n');
        }
    }
    text
}
