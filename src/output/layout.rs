//! Text in columns: how wide it is on a terminal, and where it breaks.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in lines of at most `max` columns: broken at spaces where there are any, else anywhere,
/// and at its own line breaks.
pub(super) fn wrap(text: &str, max: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, max.max(2)))
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
pub(super) fn is_right_to_left(text: &str) -> bool {
    let right = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    text.chars().any(right)
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
}
