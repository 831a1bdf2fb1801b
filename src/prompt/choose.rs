//! A choice from a list: arrow keys move, typing filters, and every line fits the terminal.

use dialoguer::console::Key;

use super::{NoAnswer, look::Look, screen::Screen};
use crate::{
    columns::{cut, width},
    model::text::printable,
};

/// The rest is reached by scrolling.
const MAX_ROWS: usize = 12;

/// A narrower column would not be readable.
const MIN_ABOUT: usize = 12;

/// An item of the list.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(super) label: String,
    pub(super) about: String,
}

impl Choice {
    /// An item with its name, and an optional short description.
    pub(crate) fn new(label: impl AsRef<str>, about: impl AsRef<str>) -> Self {
        Self {
            label: printable(label.as_ref()).into_owned(),
            about: printable(about.as_ref()).into_owned(),
        }
    }
}

/// Asks until one is chosen.
pub(super) fn ask(question: &str, chooser: &mut Chooser, look: Look) -> Result<usize, NoAnswer> {
    let screen = Screen::open();
    loop {
        let rows = screen.rows().saturating_sub(3).clamp(1, MAX_ROWS);
        chooser.follow(rows);
        let (lines, cursor) = chooser.drawn(question, rows, screen.columns(), look);
        screen.draw(&lines, cursor)?;
        match screen.key()? {
            Key::Enter => {
                if let Some(taken) = chooser.taken() {
                    let label = &chooser.choices[taken].label;
                    screen.close(&look.answered(question, label))?;
                    return Ok(taken);
                }
            }
            key => chooser.press(&key, rows),
        }
    }
}

/// The list, its filter and its pointer.
pub(super) struct Chooser {
    choices: Vec<Choice>,
    filter: String,
    /// The items that match the filter, by their index.
    matching: Vec<usize>,
    /// The index of the pointer among those, and of the first that is shown.
    at: usize,
    top: usize,
}

impl Chooser {
    pub(super) fn of(choices: Vec<Choice>) -> Self {
        Self {
            matching: (0..choices.len()).collect(),
            choices,
            filter: String::new(),
            at: 0,
            top: 0,
        }
    }

    fn taken(&self) -> Option<usize> {
        self.matching.get(self.at).copied()
    }

    fn press(&mut self, key: &Key, rows: usize) {
        let count = self.matching.len();
        let last = count.saturating_sub(1);
        match key {
            Key::ArrowDown | Key::Tab if count > 0 => self.at = (self.at + 1) % count,
            Key::ArrowUp | Key::BackTab if count > 0 => self.at = (self.at + last) % count,
            Key::PageDown => self.at = (self.at + rows).min(last),
            Key::PageUp => self.at = self.at.saturating_sub(rows),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Char(c) if !c.is_control() => {
                self.filter.push(*c);
                self.narrow();
            }
            Key::Backspace => {
                self.filter.pop();
                self.narrow();
            }
            Key::Escape | Key::Char('\u{15}') => {
                self.filter.clear();
                self.narrow();
            }
            _ => {}
        }
    }

    /// Keeps items that contain every word of the filter; those that begin with it come first.
    fn narrow(&mut self) {
        let filter = self.filter.trim().to_lowercase();
        let has_all = |choice: &Choice| {
            let text = format!("{} {}", choice.label, choice.about).to_lowercase();
            filter.split_whitespace().all(|word| text.contains(word))
        };
        let begins = |place: &usize| {
            self.choices[*place]
                .label
                .to_lowercase()
                .starts_with(&filter)
        };
        let places = 0..self.choices.len();
        let mut matching: Vec<_> = places
            .filter(|place| has_all(&self.choices[*place]))
            .collect();
        matching.sort_by_key(|place| !begins(place));
        self.matching = matching;
        (self.at, self.top) = (0, 0);
    }

    /// The rows around the pointer.
    fn follow(&mut self, rows: usize) {
        if self.at < self.top {
            self.top = self.at;
        } else if self.at >= self.top + rows {
            self.top = self.at + 1 - rows;
        }
    }

    fn drawn(
        &self,
        question: &str,
        rows: usize,
        columns: usize,
        look: Look,
    ) -> (Vec<String>, usize) {
        let before = width(question) + 5;
        let filter = cut(&self.filter, columns.saturating_sub(before).max(8));
        let mut lines = vec![format!("{}{filter}", look.open(question))];
        let labels = self.choices.iter().map(|choice| width(&choice.label));
        // One long name must not take the space of all the descriptions.
        let column = labels.max().unwrap_or(0).min(columns / 2);
        let shown = self.matching.iter().enumerate().skip(self.top).take(rows);
        for (number, place) in shown {
            let Choice { label, about } = &self.choices[*place];
            let label = cut(label, columns - 2);
            let gap = column.saturating_sub(width(&label)) + 2;
            let room = columns.saturating_sub(2 + width(&label) + gap);
            let about = match room {
                ..MIN_ABOUT => String::new(),
                room => format!("{}{}", " ".repeat(gap), look.ink.dim(&cut(about, room))),
            };
            lines.push(if number == self.at {
                format!("{} {}{about}", look.ink.cyan("❯"), look.ink.bold(&label))
            } else {
                format!("  {label}{about}")
            });
        }
        let foot = self.foot(rows);
        lines.push(look.ink.dim(&cut(&format!("  {foot}"), columns)));
        (lines, before + width(&filter))
    }

    /// How many items there are besides those shown, and how to reach them.
    fn foot(&self, rows: usize) -> String {
        let (all, matching) = (self.choices.len(), self.matching.len());
        if matching == 0 {
            return "no matches · Esc shows all".to_owned();
        }
        if matching < all {
            return format!("{matching} of {all} · Esc shows all");
        }
        let more = if all > rows {
            format!("{all} total · ")
        } else {
            String::new()
        };
        format!("{more}↑↓ move · type to filter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Ink;

    fn chooser(labels: &[&str], typed: &str) -> Chooser {
        let choices = labels.iter().map(|label| Choice::new(label, ""));
        let mut chooser = Chooser::of(choices.collect());
        typed.chars().for_each(|c| chooser.press(&Key::Char(c), 5));
        chooser
    }

    #[test]
    fn typing_narrows_and_what_begins_with_it_comes_first() {
        let chooser = chooser(&["old-orders", "Orders", "billing"], "ord");
        assert_eq!(chooser.matching, [1, 0]);
        assert_eq!(chooser.taken(), Some(1));
    }

    #[test]
    fn nothing_is_chosen_if_nothing_matches() {
        let mut chooser = chooser(&["a", "b"], "x");
        assert_eq!(chooser.taken(), None);
        chooser.press(&Key::ArrowDown, 5);
        chooser.press(&Key::End, 5);
        chooser.press(&Key::Escape, 5);
        assert_eq!(chooser.taken(), Some(0));
    }

    #[test]
    fn the_pointer_goes_round_and_stays_in_view() {
        let labels: Vec<_> = (0..30).map(|number| number.to_string()).collect();
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        let mut chooser = chooser(&labels, "");
        chooser.press(&Key::ArrowUp, 5);
        chooser.follow(5);
        assert_eq!((chooser.at, chooser.top), (29, 25));
        chooser.press(&Key::ArrowDown, 5);
        chooser.follow(5);
        assert_eq!((chooser.at, chooser.top), (0, 0));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let choices = vec![
            Choice::new("日".repeat(64), "a long explanation of what it is"),
            Choice::new("short", "a long explanation of what it is and was"),
        ];
        let (lines, _) = Chooser::of(choices).drawn("Which", 5, 39, Look { ink: Ink(false) });
        assert!(lines.iter().all(|line| width(line) <= 39), "{lines:#?}");
    }
}
