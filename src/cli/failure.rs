//! Turns a chain of errors into a message, a hint and an exit code. No other file knows the codes.

use crate::{
    commands::reason,
    model::failure::{Concern, Explain, Kind},
    output::report::Report,
};

/// A row of the table of exit codes, for help.
pub(super) struct ExitCode {
    pub(super) code: u8,
    /// The `kind` in the errors of `-o json`.
    pub(super) kind: &'static str,
    /// One line or two.
    pub(super) meaning: &'static str,
}

const fn row(kind: Kind, meaning: &'static str) -> ExitCode {
    ExitCode {
        code: code(kind),
        kind: kind.name(),
        meaning,
    }
}

/// All exit codes, as shown by the generated reference and `help exit-codes`.
pub(super) const EXIT_CODES: [ExitCode; 18] = [
    ExitCode {
        code: 0,
        kind: "",
        meaning: "done, or nothing to do",
    },
    row(Kind::Unexpected, "bug in ubihook, or a local I/O error"),
    row(Kind::Usage, "the input is wrong, or ubihook cannot prompt"),
    row(
        Kind::NotFound,
        "no such webhook, object, version, project or test",
    ),
    row(Kind::Auth, "not signed in, or not allowed"),
    row(Kind::Refused, "the platform refused"),
    row(
        Kind::AlreadyExists,
        "the platform refused: the name is taken",
    ),
    row(
        Kind::Unreachable,
        "no response, or one that is not from the UbiOps API",
    ),
    row(
        Kind::Failed,
        "a test failed, or something expected didn't arrive",
    ),
    row(Kind::Pending, "still pending after the time limit"),
    row(
        Kind::Secret,
        "a protected value is missing, or its store can't be used",
    ),
    row(Kind::Differs, "differences were found (diff --exit-code)"),
    row(Kind::Partial, "some of several items failed; each is named"),
    row(
        Kind::CommandNotStarted,
        "the command of mock run or listen can't be started",
    ),
    row(
        Kind::CommandNotFound,
        "the command of mock run or listen doesn't exist",
    ),
    row(
        Kind::Interrupted,
        "Ctrl-C, after cleaning up; servers exit with 0",
    ),
    row(Kind::Quit, "SIGQUIT, after cleaning up; servers too"),
    row(Kind::Terminated, "SIGTERM or SIGHUP, likewise"),
];

/// The report for a chain of errors.
pub(super) fn report(error: &anyhow::Error) -> Report {
    let message = reason::sentence(error);
    match reason::explained(error) {
        Some(known) => Report {
            excerpt: known.excerpt().map(str::to_owned),
            more: known.more().to_vec(),
            hint: with_doctor(known),
            http_status: known.http_status(),
            retryable: known.retryable(),
            ..plain(known.kind(), message)
        },
        None => plain(Kind::Unexpected, message),
    }
}

/// The hint of an error. Why the platform can't be reached, or rejects the token, can have more
/// reasons than one error knows.
fn with_doctor(known: &dyn Explain) -> Option<String> {
    let refused = known.kind() == Kind::Auth && known.http_status().is_some();
    if !refused && known.kind() != Kind::Unreachable {
        return known.hint();
    }
    let hint = known.hint();
    Some(hint.map_or_else(|| DOCTOR.to_owned(), |hint| format!("{hint}\n{DOCTOR}")))
}

const DOCTOR: &str = "to find the cause: `ubihook doctor`";

/// The setting that an error is about.
pub(super) fn concern(error: &anyhow::Error) -> Option<Concern> {
    reason::explained(error)?.concern()
}

/// A report with only a kind and a message.
fn plain(kind: Kind, message: String) -> Report {
    Report {
        kind: kind.name(),
        message,
        excerpt: None,
        more: Vec::new(),
        hint: None,
        exit: code(kind),
        http_status: None,
        retryable: false,
    }
}

/// Whether a code means that a signal ended the command.
pub(super) fn is_stopped(code: u8) -> bool {
    [Kind::Interrupted, Kind::Quit, Kind::Terminated]
        .into_iter()
        .any(|kind| code == self::code(kind))
}

/// The report for a panic. Its message could contain anything, so only its location is shown.
pub(super) fn defect(place: &str) -> Report {
    Report {
        hint: Some("please report it together with the command that you ran".to_owned()),
        ..plain(Kind::Unexpected, format!("bug in ubihook, at {place}"))
    }
}

const fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Unexpected => 1,
        Kind::Usage => 2,
        Kind::NotFound => 3,
        Kind::Auth => 4,
        Kind::Refused | Kind::AlreadyExists => 5,
        Kind::Unreachable => 6,
        Kind::Failed => 7,
        Kind::Pending => 8,
        Kind::Secret => 9,
        Kind::Differs => 10,
        Kind::Partial => 11,
        Kind::CommandNotStarted => 126,
        Kind::CommandNotFound => 127,
        Kind::Interrupted => 130,
        Kind::Quit => 131,
        Kind::Terminated => 143,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;
    use crate::api;

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
