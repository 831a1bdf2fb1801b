//! Turns a chain of errors into a message, a hint and an exit code. No other file has the codes.

use std::error::Error;

use crate::{
    api,
    commands::signals::Stopped,
    files, mock,
    model::{
        failure::{Concern, Explain, Failure, Kind},
        invalid::Invalid,
    },
    output::report::Report,
    prompt, secrets,
};

/// Code and kind of a row in the table of exit codes.
type Row = (u8, &'static str);

const UNEXPECTED: Row = (1, "unexpected");
const USAGE: Row = (2, "usage");
const NOT_FOUND: Row = (3, "not_found");
const AUTH: Row = (4, "auth");
const REFUSED: Row = (5, "refused");
const ALREADY_EXISTS: Row = (5, "already_exists");
const UNREACHABLE: Row = (6, "unreachable");
const FAILED: Row = (7, "failed");
const PENDING: Row = (8, "pending");
const SECRET: Row = (9, "secret");
const PARTIAL: Row = (11, "partial");
const INTERRUPTED: Row = (130, "interrupted");
const TERMINATED: Row = (143, "terminated");

/// A row of the table of exit codes, for help.
pub(super) struct ExitCode {
    pub(super) code: u8,
    /// The `kind` in the errors of `-o json`.
    pub(super) kind: &'static str,
    /// One line or two.
    pub(super) meaning: &'static str,
}

const fn row((code, kind): Row, meaning: &'static str) -> ExitCode {
    ExitCode {
        code,
        kind,
        meaning,
    }
}

/// All exit codes, as shown by the generated reference and `help exit-codes`.
pub(super) const EXIT_CODES: [ExitCode; 14] = [
    row((0, ""), "done, or nothing to do"),
    row(UNEXPECTED, "bug in ubihook, or a local I/O error"),
    row(USAGE, "the input is wrong, or ubihook cannot prompt"),
    row(
        NOT_FOUND,
        "no such webhook, object, version, project or test",
    ),
    row(AUTH, "not signed in, or not allowed"),
    row(REFUSED, "the platform refused"),
    row(ALREADY_EXISTS, "the platform refused: the name is taken"),
    row(
        UNREACHABLE,
        "no response, or one that is not from the UbiOps API",
    ),
    row(FAILED, "the command worked, but the test failed"),
    row(PENDING, "still pending after the time limit"),
    row(
        SECRET,
        "a protected value is missing, or its store can't be used",
    ),
    row(PARTIAL, "some of several items failed; each is named"),
    row(
        INTERRUPTED,
        "Ctrl-C, after cleaning up; servers exit with 0",
    ),
    row(TERMINATED, "SIGTERM or SIGHUP, likewise"),
];

/// The report for a chain of errors.
pub(super) fn report(error: &anyhow::Error) -> Report {
    let message: Vec<_> = error.chain().map(ToString::to_string).collect();
    let message = sentence(&message);
    match error.chain().find_map(explained) {
        Some(known) => Report {
            excerpt: known.excerpt().map(str::to_owned),
            hint: known.hint(),
            http_status: known.http_status(),
            retryable: known.retryable(),
            ..plain(known.kind(), message)
        },
        None => plain(Kind::Unexpected, message),
    }
}

/// The setting that an error is about.
pub(super) fn concern(error: &anyhow::Error) -> Option<Concern> {
    error.chain().find_map(explained)?.concern()
}

/// A report with only a kind and a message.
fn plain(kind: Kind, message: String) -> Report {
    let (exit, kind) = row_of(kind);
    Report {
        kind,
        message,
        excerpt: None,
        hint: None,
        exit,
        http_status: None,
        retryable: false,
    }
}

/// Whether a code means that a signal ended the command.
pub(super) fn is_stopped(code: u8) -> bool {
    [INTERRUPTED.0, TERMINATED.0].contains(&code)
}

/// The report for a panic. Its message could contain anything, so only its location is shown.
pub(super) fn defect(place: &str) -> Report {
    Report {
        hint: Some("please report it together with the command that you ran".to_owned()),
        ..plain(Kind::Unexpected, format!("bug in ubihook, at {place}"))
    }
}

/// Joins the messages of a chain, without what a message repeats of the next one.
fn sentence(links: &[String]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for link in links {
        if !parts.iter().any(|part| part.ends_with(link.as_str())) {
            parts.push(link);
        }
    }
    parts.join(": ")
}

/// The error as `Explain`, if it is one of the known types.
fn explained<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Explain> {
    fn as_one<'a, E: Explain + 'static>(
        error: &'a (dyn Error + 'static),
    ) -> Option<&'a dyn Explain> {
        error.downcast_ref::<E>().map(|error| error as _)
    }
    let known = [
        as_one::<Failure>,
        as_one::<Stopped>,
        as_one::<api::Error>,
        as_one::<secrets::Error>,
        as_one::<Invalid>,
        as_one::<prompt::Error>,
        as_one::<mock::Error>,
        as_one::<files::Error>,
    ];
    known.iter().find_map(|as_one| as_one(error))
}

const fn row_of(kind: Kind) -> Row {
    match kind {
        Kind::Unexpected => UNEXPECTED,
        Kind::Usage => USAGE,
        Kind::NotFound => NOT_FOUND,
        Kind::Auth => AUTH,
        Kind::Refused => REFUSED,
        Kind::AlreadyExists => ALREADY_EXISTS,
        Kind::Unreachable => UNREACHABLE,
        Kind::Failed => FAILED,
        Kind::Pending => PENDING,
        Kind::Secret => SECRET,
        Kind::Partial => PARTIAL,
        Kind::Interrupted => INTERRUPTED,
        Kind::Terminated => TERMINATED,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn context_changes_the_sentence_and_never_the_code() {
        let error = api::Error::Status {
            status: 404,
            message: Some("gone".to_owned()),
        };
        let error = Err::<(), _>(error)
            .context("could not get webhook `a`")
            .unwrap_err();
        let report = report(&error);
        assert_eq!(
            (report.exit, report.kind, report.http_status),
            (3, "not_found", Some(404))
        );
        assert_eq!(
            report.message,
            "could not get webhook `a`: gone (the platform answered 404)"
        );
    }

    #[test]
    fn what_nobody_knows_is_a_defect() {
        assert_eq!(report(&anyhow::anyhow!("odd")).exit, 1);
    }
}
