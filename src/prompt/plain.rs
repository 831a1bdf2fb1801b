//! Questions on a terminal without escape sequences (`TERM=dumb`): lines of text. The terminal itself
//! edits and shows an answer, unless it is a secret.

use std::io::{self, Write};

use dialoguer::console::Key;
use zeroize::Zeroizing;

use super::{Check, Choice, Enter, NoAnswer, confirm, line::Line, screen::Screen};
use crate::model::text::printable;

/// A question for a line, with what Enter alone means.
pub(super) fn question(question: &str, or: Option<&str>) -> String {
    match or {
        Some(or) => format!("{question} [{or}]: "),
        None => format!("{question}: "),
    }
}

/// A yes-or-no question.
pub(super) fn yes_or_no(question: &str, enter: Enter) -> String {
    format!("{question} {} ", confirm::keys(enter))
}

/// Asks until `parse` accepts the line; its error says what is wrong.
pub(super) fn ask<T>(
    question: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, NoAnswer> {
    loop {
        say(question)?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match parse(line.trim()) {
            Ok(answer) => return Ok(answer),
            Err(why) => say(&format!("{}\n", printable(&why)))?,
        }
    }
}

/// Asks for a secret until `check` accepts it. Nothing of it is shown.
pub(super) fn hidden(question: &str, check: &Check) -> Result<Zeroizing<String>, NoAnswer> {
    let screen = Screen::open();
    loop {
        say(&format!("{question} (hidden input): "))?;
        let mut line = Line::default();
        loop {
            match screen.key()? {
                Key::Enter => break,
                key => line.press(&key),
            }
        }
        say("\n")?;
        let text = line.text();
        match check(&text) {
            Ok(()) => return Ok(text),
            Err(why) => say(&format!("{}\n", printable(&why)))?,
        }
    }
}

/// The answer to a yes-or-no question.
pub(super) fn answer(text: &str, enter: Enter) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "" => Ok(enter == Enter::Yes),
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("answer y or n".to_owned()),
    }
}

/// The items with their numbers.
pub(super) fn list(choices: &[Choice]) -> String {
    let line = |(number, choice): (usize, &Choice)| {
        let line = format!("{:>3}  {}  {}", number + 1, choice.label, choice.about);
        format!("{}\n", line.trim_end())
    };
    choices.iter().enumerate().map(line).collect()
}

/// The index of an item, by its name or its number.
pub(super) fn chosen(text: &str, choices: &[Choice]) -> Result<usize, String> {
    let by_name = choices.iter().position(|choice| choice.label == text);
    let by_number = || text.parse::<usize>().ok()?.checked_sub(1);
    by_name
        .or_else(|| by_number().filter(|number| *number < choices.len()))
        .ok_or_else(|| format!("enter a number from 1 to {}, or a name", choices.len()))
}

/// Writes text of a question.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_chosen_by_number_or_name_and_a_name_wins() {
        let choices = ["a", "1", "b"].map(|label| Choice::new(label, ""));
        for (text, index) in [("a", 0), ("1", 1), ("2", 1), ("3", 2)] {
            assert_eq!(chosen(text, &choices), Ok(index), "{text}");
        }
        for text in ["", "0", "4", "c", "-1"] {
            assert!(chosen(text, &choices).is_err(), "{text}");
        }
    }
}
