//! Text on a terminal: its width in columns, where it is broken or cut, and its colors. Shared by
//! output and prompts.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a text in columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of `text` that fits, with `…` if anything is cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut left = columns - 1;
    let fits = |c: &char| {
        let columns = c.width().unwrap_or(0);
        let fits = columns <= left;
        left = left.saturating_sub(columns);
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// `text` in lines of at most `columns`: broken at spaces if possible, otherwise anywhere, and at
/// its own line breaks.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, columns.max(2)))
        .collect()
}

fn wrap_line(line: &str, max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let bare = width(word.trim_end());
        if used > 0 && used + bare > max {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > max {
                if c == ' ' {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            used += columns;
            lines.last_mut().expect("there is a first line").push(c);
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Whether a terminal would show some of the text from right to left.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    let right = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    text.chars().any(right)
}

/// Colors, or plain text.
#[derive(Debug, Clone, Copy)]
pub struct Ink(pub bool);

impl Ink {
    /// A heading, a name, or the choice that Enter takes.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Less important text.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// A failure.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// A success.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something that needs attention.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// The current position.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_a_long_word_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("https://a.example/long", 10),
            ["https://a.", "example/lo", "ng"]
        );
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!(width("日本"), 4);
        assert_eq!(wrap("日本語", 5), ["日本", "語"]);
    }

    #[test]
    fn a_text_is_cut_by_its_columns() {
        assert_eq!(cut("orders", 6), "orders");
        assert_eq!(cut("orders", 5), "orde…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }
}
