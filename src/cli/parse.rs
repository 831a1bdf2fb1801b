//! Parses the command line into a call of a verb, and turns clap's errors into ours.

use std::{ffi::OsString, io::Write as _, panic, sync::Mutex};

use clap::{
    FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{failure, guesses, similar::Similar, tree};
use crate::{
    commands::{
        program::Environment,
        verb::{Call, Verb},
    },
    config::{self, Format, flags::Flags},
    model::{failure::Failure, invalid::Invalid, scrub::Scrubber, text::printable},
    output::{self, Output, OutputOptions},
};

/// The flags and the call of a command line; `None` if it requested help or the version, which has
/// then been printed.
pub(super) fn parse(
    verbs: &'static [Verb],
    arguments: &[OsString],
    scrubber: &Scrubber,
) -> anyhow::Result<Option<(Flags, Call)>> {
    let with = |tree: clap::Command| {
        let matches = tree.try_get_matches_from(arguments)?;
        let flags = Flags::from_arg_matches(&matches)?;
        Ok((flags, Verb::call(verbs, &matches)?))
    };
    let parsed = with(tree::sparse_for(verbs, arguments)).or_else(|error: clap::Error| {
        // Only the complete tree has good error messages and suggestions.
        match error.kind() {
            ErrorKind::DisplayVersion => Err(error),
            _ => with(tree::command_for(verbs, arguments)),
        }
    });
    let error = match parsed {
        Ok(parsed) => return Ok(Some(parsed)),
        Err(error) => quoting(error, scrubber),
    };
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            match print(&error) {
                // If the output is closed, the reader has seen enough.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(output::Error::from(error).into())
                }
                _ => Ok(None),
            }
        }
        _ => {
            let (message, hint) = words(&error, verbs, arguments);
            Err(Failure::usage(message).hinted(hint).into())
        }
    }
}

/// Prints help or the version to stdout; clap writes the help of a group that is named alone to
/// stderr.
fn print(error: &clap::Error) -> std::io::Result<()> {
    if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return error.print();
    }
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "{}", error.render())?;
    stdout.flush()
}

/// The output before the settings are resolved, in the format that is known so far.
pub(super) fn output_for(arguments: &[OsString], around: &Environment) -> Output {
    let format = config::format(named_format(arguments), &around.env).unwrap_or(Format::Table);
    around.output.with_options(OutputOptions {
        format,
        color: config::color(None, &around.env),
        ..OutputOptions::default()
    })
}

/// The same error, with quoted parts of the command line scrubbed and on one line.
fn quoting(mut error: clap::Error, scrubber: &Scrubber) -> clap::Error {
    let mut kinds = vec![ContextKind::InvalidValue, ContextKind::InvalidSubcommand];
    if error.kind() == ErrorKind::UnknownArgument {
        // Otherwise it is the name of one of our arguments.
        kinds.push(ContextKind::InvalidArg);
    }
    for kind in kinds {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let shown = printable(&scrubber.clean(text)).into_owned();
            error.insert(kind, ContextValue::String(shown));
        }
    }
    error
}

/// clap's error as a message and a hint. A stray value is not repeated: it may be the second half
/// of a secret that was not quoted.
fn words(
    error: &clap::Error,
    verbs: &'static [Verb],
    arguments: &[OsString],
) -> (String, Option<String>) {
    let stray = error.kind() == ErrorKind::UnknownArgument
        && matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(text)) if !text.starts_with('-'));
    let text = error.render().to_string();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let mut message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    let mut hints = Vec::new();
    for line in lines {
        let line = line.trim();
        if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if !line.is_empty() && !line.starts_with("For more information") && hints.is_empty()
        {
            message.push(' ');
            message.push_str(line);
        }
    }
    // A suggestion of a rule of the model becomes a hint, like clap's own.
    if let (Some(instead), Some(ContextValue::String(flag))) =
        (instead(error), error.get(ContextKind::InvalidArg))
    {
        let flag = flag.split(' ').next().unwrap_or_default();
        hints.insert(0, format!("{flag} {instead}"));
    }
    if let Some((rule, near)) = message.clone().split_once("; did you mean ") {
        hints.insert(0, format!("did you mean {}", near.replace('`', "")));
        rule.clone_into(&mut message);
    }
    let usage = hints.iter().find_map(|hint| hint.strip_prefix("usage: "));
    let usage = usage.unwrap_or_default().to_owned();
    let usage = usage.as_str();
    let typed = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.split([' ', '=']).next().unwrap_or_default()),
        _ => None,
    };
    let tree = || tree::command_for(verbs, arguments);
    let similar = || Similar::at(tree(), &guesses::place(usage));
    let or = |guess: Option<&str>, others: &dyn Fn() -> Vec<String>| match guess {
        Some(hint) => vec![hint.to_owned()],
        None => others(),
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = typed(ContextKind::InvalidSubcommand).unwrap_or_default();
            let guess = guesses::for_verb(usage, word);
            hints = or(guess, &|| similar().to_verb(word));
        }
        ErrorKind::UnknownArgument if stray => {
            let word = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::String(text)) => text,
                _ => "",
            };
            message = unexpected(usage, arguments, word);
            hints.retain(|hint| hint.starts_with("usage: "));
            hints = or(guesses::for_argument(usage), &|| hints.clone());
        }
        ErrorKind::UnknownArgument => {
            let flag = typed(ContextKind::InvalidArg).unwrap_or_default();
            let guess = guesses::for_flag(usage, flag);
            hints = or(guess, &|| similar().to_flag(flag));
        }
        ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict => {
            if let Some(line) = guesses::for_line(usage, &tree(), arguments) {
                hints = vec![line];
            }
        }
        ErrorKind::TooManyValues => {
            let flag = typed(ContextKind::InvalidArg).unwrap_or_default();
            message = format!("`{flag}` takes no value");
            hints = vec![format!("write {flag} alone")];
        }
        ErrorKind::InvalidValue => {
            let is_output = typed(ContextKind::InvalidArg) == Some("--output");
            let value = typed(ContextKind::InvalidValue).unwrap_or_default();
            if is_output && value.contains(['.', '/']) {
                hints = vec!["-o is the format; to write to a file, add > FILE".to_owned()];
            }
        }
        _ => {}
    }
    (message, (!hints.is_empty()).then(|| hints.join("\n")))
}

/// The message about an argument that is one too many, with the argument where it can't be a secret.
fn unexpected(usage: &str, arguments: &[OsString], word: &str) -> String {
    let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    let quoting = "quote values that contain spaces";
    match guesses::is_showable(usage, arguments, word) {
        false => format!("unexpected argument; {quoting}"),
        true if arguments.iter().any(is_option) => {
            format!("unexpected argument `{word}`; {quoting}")
        }
        true => format!("unexpected argument `{word}`"),
    }
}

/// The suggestion for a value that breaks a rule of the model.
fn instead(error: &clap::Error) -> Option<&str> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<Invalid>()?.instead.as_deref()
}

/// The format in a command line that can't be parsed.
fn named_format(arguments: &[OsString]) -> Option<Format> {
    let mut arguments = arguments.iter().filter_map(|argument| argument.to_str());
    let mut format = None;
    while let Some(argument) = arguments.next() {
        let value = match argument {
            "--" => break,
            "-o" | "--output" => arguments.next(),
            _ => argument
                .strip_prefix("--output=")
                .or_else(|| argument.strip_prefix("-o="))
                .or_else(|| argument.strip_prefix("-o")),
        };
        let value = value.and_then(|value| clap::ValueEnum::from_str(value, true).ok());
        format = value.or(format);
    }
    format
}

static PLACE: Mutex<String> = Mutex::new(String::new());

/// Runs a command and reports a panic like any other failure.
pub(super) fn guarded(output: &Output, run: impl FnOnce() -> u8 + panic::UnwindSafe) -> u8 {
    panic::set_hook(Box::new(|info| {
        if let (Some(place), Ok(mut known)) = (info.location(), PLACE.lock()) {
            *known = format!("{}:{}", place.file(), place.line());
        }
    }));
    panic::catch_unwind(run).unwrap_or_else(|_| {
        let place = PLACE
            .lock()
            .map_or_else(|_| String::new(), |place| place.clone());
        let report = failure::defect(&place);
        output.error(&report);
        report.exit
    })
}
