//! A yes-or-no question, answered by one key.

use dialoguer::console::Key;

use super::{Enter, NoAnswer, look::Look, screen::Screen};
use crate::columns::{cut, width};

/// The keys that answer it, the one that Enter stands for in upper case.
pub(super) fn keys(enter: Enter) -> &'static str {
    match enter {
        Enter::Yes => "(Y/n)",
        Enter::No => "(y/N)",
    }
}

/// Asks until one of the keys is pressed. Another word is ignored as a whole, up to Enter.
pub(super) fn ask(question: &str, enter: Enter, look: Look) -> Result<bool, NoAnswer> {
    let screen = Screen::open();
    loop {
        let keys = keys(enter);
        let question = cut(question, screen.columns().saturating_sub(width(keys) + 6));
        let line = format!(
            "{} {} {} {} ",
            look.ink.yellow("?"),
            look.ink.bold(&question),
            look.ink.dim(keys),
            look.ink.dim("›")
        );
        screen.draw(&[line], width(&question) + width(keys) + 6)?;
        let yes = match screen.key()? {
            Key::Char('y' | 'Y') => true,
            Key::Char('n' | 'N') => false,
            Key::Enter => enter == Enter::Yes,
            // The beginning of a word, in which a `y` must not count: `maybe`.
            Key::Char(_) => {
                while screen.key()? != Key::Enter {}
                continue;
            }
            _ => continue,
        };
        screen.close(&look.answered(&question, if yes { "yes" } else { "no" }))?;
        return Ok(yes);
    }
}
