//! Elvish. It passes words as the program would get them, completes only words of plain text, and
//! quotes candidates by itself.

use unicode_width::UnicodeWidthChar;

/// `env` instead of a temporary variable, which older versions of elvish don't support.
pub(super) const SCRIPT: &str = r"set edit:completion:arg-completer[ubihook] = {|@words|
    env COMPLETE=elvish COMPLETER -- $@words 2>/dev/null | from-lines
}
";

/// Whether elvish can offer `text`. It crashes if a candidate has no width, by its own, older width
/// table.
pub(super) fn offers(text: &str) -> bool {
    text.chars().any(|c| {
        let takes_none = matches!(c, '\u{600}'..='\u{605}' | '\u{70f}' | '\u{fff9}'..='\u{fffb}');
        c.width().is_some_and(|columns| columns > 0) && !takes_none
    })
}

/// `text` as an argument in the script.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_no_column_is_left_out() {
        for text in ["\u{200b}", "\u{feff}\u{301}", "\u{600}", "\u{2060}"] {
            assert!(!offers(text), "{text:?}");
        }
        for text in ["a\u{200b}", "\u{feff}\u{301}日", " ", "→"] {
            assert!(offers(text), "{text:?}");
        }
    }
}
