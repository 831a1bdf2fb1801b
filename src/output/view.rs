//! The trait of everything that can be shown.

use serde::Serialize;

use super::paper::Paper;
use crate::{
    columns::{width, wrap},
    model::event::Event,
};

/// Something that can be shown: its `Serialize` is the interface for programs and stays stable; its
/// text is for people and may change. Never contains a secret.
pub trait View: Serialize {
    /// Lines for people, with a line break at the end.
    fn text(&self, paper: &Paper) -> String;

    /// What `-o name` prints, one name per line.
    fn names(&self) -> Vec<String>;
}

/// An event by its phase alone, where its object is shown next to it or there is no room.
pub(super) fn phase(paper: &Paper, event: &str) -> String {
    let known = event.parse::<Event>();
    known.map_or_else(|_| paper.clean(event), |event| event.phase.to_string())
}

/// If there is less room than this, a value begins on the line below its name.
const MIN_VALUE: usize = 16;

/// Rows of a name and a text, aligned; a text that is too long continues on the next line.
pub(super) fn card(paper: &Paper, rows: &[(&str, String)]) -> String {
    let widest = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let left = paper
        .width()
        .map_or(usize::MAX, |width| width.saturating_sub(widest + 4));
    let mut text = String::new();
    for (name, value) in rows {
        if left < MIN_VALUE {
            text.push_str(&format!("  {}\n", paper.dim(name)));
            for line in wrap(value, paper.width().unwrap_or(usize::MAX).saturating_sub(4)) {
                text.push_str(&format!("    {line}\n"));
            }
            continue;
        }
        for (number, line) in wrap(value, left).into_iter().enumerate() {
            let name = if number == 0 { *name } else { "" };
            let name = paper.dim(&format!("{name:widest$}"));
            text.push_str(format!("  {name}  {line}").trim_end());
            text.push('\n');
        }
    }
    text
}
