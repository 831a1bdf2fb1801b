//! Elvish. It passes words as the program would get them, completes none that holds more than
//! text, and quotes candidates by itself.

/// `env` instead of a temporary variable: older versions of elvish have none.
pub(super) const SCRIPT: &str = r"set edit:completion:arg-completer[ubihook] = {|@words|
    env COMPLETE=elvish COMPLETER -- $@words 2>/dev/null | from-lines
}
";

/// `text` as an argument within the script.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
