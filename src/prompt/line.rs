//! A line of text: edited on one line of the terminal regardless of its length, visible or hidden;
//! an invalid answer is refused with the reason below it.

use dialoguer::console::Key;
use zeroize::Zeroizing;

use super::{Check, NoAnswer, look::Look, screen::Screen};
use crate::{
    columns::{cut, width, wrap},
    model::text::{is_unsafe, printable},
};

/// What is shown of the line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Echo<'a> {
    /// All of it; if it is empty, what Enter alone means.
    Visible(Option<&'a str>),
    /// Nothing, not even its length.
    Hidden,
}

/// Asks until `check` accepts the answer. `line` is what has been typed already.
pub(super) fn ask(
    question: &str,
    line: &mut Line,
    echo: Echo<'_>,
    check: &Check,
    look: Look,
) -> Result<Zeroizing<String>, NoAnswer> {
    let or = match echo {
        Echo::Visible(or) => or,
        Echo::Hidden => None,
    };
    let screen = Screen::open();
    let mut refused = None;
    loop {
        let (lines, cursor) = drawn(question, line, echo, refused.as_deref(), &screen, look);
        screen.draw(&lines, cursor)?;
        match screen.key()? {
            Key::Enter => {
                let text = match (line.text(), or, echo) {
                    (text, Some(or), _) if text.trim().is_empty() => Zeroizing::new(or.to_owned()),
                    (text, _, Echo::Visible(_)) => Zeroizing::new(text.trim().to_owned()),
                    (text, _, Echo::Hidden) => text,
                };
                match check(&text) {
                    Ok(()) => {
                        let answer = match echo {
                            Echo::Visible(_) => printable(&text).into_owned(),
                            Echo::Hidden => look.ink.dim("hidden input"),
                        };
                        screen.close(&look.answered(question, &answer))?;
                        return Ok(text);
                    }
                    Err(why) => refused = Some(why),
                }
                if matches!(echo, Echo::Hidden) {
                    // Hidden input can't be corrected.
                    *line = Line::default();
                }
            }
            Key::Tab if line.chars.is_empty() => line.insert(or.unwrap_or_default()),
            key => line.press(&key),
        }
    }
}

fn drawn(
    question: &str,
    line: &Line,
    echo: Echo<'_>,
    refused: Option<&str>,
    screen: &Screen,
    look: Look,
) -> (Vec<String>, usize) {
    let columns = screen.columns();
    let before = width(question) + 5;
    let room = columns.saturating_sub(before).max(8);
    let (shown, cursor) = match echo {
        Echo::Visible(Some(or)) if line.chars.is_empty() => (look.ink.dim(&cut(or, room)), 0),
        Echo::Visible(_) => line.window(room),
        Echo::Hidden => (String::new(), 0),
    };
    let mut lines = vec![format!("{}{shown}", look.open(question))];
    if let Some(why) = refused {
        let why = wrap(&printable(why), columns.saturating_sub(2));
        lines.extend(why.iter().enumerate().map(|(number, line)| match number {
            0 => look.refused(line),
            _ => format!("  {line}"),
        }));
    } else if matches!(echo, Echo::Visible(Some(_))) && line.chars.is_empty() {
        lines.push(
            look.ink
                .dim(&cut("  Enter to accept · Tab to edit", columns)),
        );
    }
    (lines, before + cursor)
}

/// The text so far, and the cursor's position in it.
pub(super) struct Line {
    chars: Zeroizing<Vec<char>>,
    at: usize,
}

impl Default for Line {
    fn default() -> Self {
        // Allocated in full at once: a buffer that grows leaves copies behind.
        Self {
            chars: Zeroizing::new(Vec::with_capacity(4096)),
            at: 0,
        }
    }
}

impl Line {
    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.chars.len() * 4));
        text.extend(self.chars.iter());
        text
    }

    fn insert(&mut self, text: &str) {
        for c in text.chars() {
            self.chars.insert(self.at, c);
            self.at += 1;
        }
    }

    pub(super) fn press(&mut self, key: &Key) {
        match key {
            Key::Char('\u{15}') => {
                self.chars.drain(..self.at);
                self.at = 0;
            }
            Key::Char('\u{17}') => {
                let before: String = self.chars[..self.at].iter().collect();
                let kept = before.trim_end().rfind(' ').map_or(0, |at| at + 1);
                let kept = before[..kept].chars().count();
                self.chars.drain(kept..self.at);
                self.at = kept;
            }
            Key::Char(c) if !c.is_control() => self.insert(&c.to_string()),
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.chars.remove(self.at);
            }
            Key::Del if self.at < self.chars.len() => {
                self.chars.remove(self.at);
            }
            Key::ArrowLeft => self.at = self.at.saturating_sub(1),
            Key::ArrowRight => self.at = (self.at + 1).min(self.chars.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.chars.len(),
            _ => {}
        }
    }

    /// The part around the cursor that fits, and the cursor's column in it.
    fn window(&self, room: usize) -> (String, usize) {
        let seen = |c: &char| if is_unsafe(*c) { '\u{fffd}' } else { *c };
        let chars: Vec<char> = self.chars.iter().map(seen).collect();
        let columns = |chars: &[char]| width(&chars.iter().collect::<String>());
        let mut from = 0;
        // One column for the cursor after the last character, one for the mark of a cut.
        while columns(&chars[from..self.at]) + 2 > room && from < self.at {
            from += 1;
        }
        let cut_before = from > 0;
        let before = usize::from(cut_before);
        let mut to = self.at;
        while to < chars.len() && columns(&chars[from..=to]) + before < room {
            to += 1;
        }
        let mark = if cut_before { "…" } else { "" };
        let text: String = chars[from..to].iter().collect();
        let text = mark.to_owned() + &text;
        (text, before + columns(&chars[from..self.at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str, keys: &[Key]) -> Line {
        let mut line = Line::default();
        line.insert(text);
        for key in keys {
            line.press(key);
        }
        line
    }

    #[test]
    fn a_line_is_edited_where_the_cursor_is() {
        for (keys, becomes) in [
            (vec![Key::Backspace], "one tw"),
            (vec![Key::Home, Key::Del], "ne two"),
            (vec![Key::ArrowLeft, Key::Char('x')], "one twxo"),
            (vec![Key::Char('\u{17}')], "one "),
            (vec![Key::Char('\u{15}')], ""),
            (
                vec![Key::Home, Key::ArrowLeft, Key::End, Key::Char('\u{4}')],
                "one two",
            ),
        ] {
            assert_eq!(*typed("one two", &keys).text(), becomes, "{keys:?}");
        }
    }

    #[test]
    fn a_long_line_shows_what_is_around_the_cursor() {
        assert_eq!(typed("abcdef", &[]).window(10), ("abcdef".to_owned(), 6));
        assert_eq!(
            typed("abcdefghij", &[]).window(8),
            ("…efghij".to_owned(), 7)
        );
        let (text, cursor) = typed("abcdefghij", &[Key::Home]).window(8);
        assert_eq!((text.as_str(), cursor), ("abcdefg", 0));
        let (text, cursor) = typed("a\u{202e}\u{1b}b", &[]).window(10);
        assert_eq!((text.as_str(), cursor), ("a\u{fffd}\u{fffd}b", 4));
    }
}
