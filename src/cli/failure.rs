//! A chain of errors as a sentence, a hint and an exit code. Nobody else knows the codes.

use crate::{
    api, args,
    commands::{self, Kind, signals::Stopped},
    config, files, mock,
    model::invalid::Invalid,
    output::{self, report::Report},
    prompt, secrets,
};

/// What a row of the table of exit codes says.
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

/// A row of the table of exit codes, for people.
pub(super) struct ExitCode {
    pub(super) code: u8,
    /// The word in the errors of `-o json`.
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

/// All of them; the generated reference and `help exit-codes` show this very table.
pub(super) const EXIT_CODES: [ExitCode; 14] = [
    row((0, ""), "done, or nothing to do"),
    row(
        UNEXPECTED,
        "a defect of ubihook, or reading or writing here failed",
    ),
    row(
        USAGE,
        "the input is wrong, or a question could not be asked",
    ),
    row(
        NOT_FOUND,
        "no such webhook, object, version, project or test",
    ),
    row(AUTH, "not signed in, or not allowed"),
    row(REFUSED, "the platform refused"),
    row(ALREADY_EXISTS, "the platform refused: the name is taken"),
    row(
        UNREACHABLE,
        "no answer, none in time, or none of the UbiOps API",
    ),
    row(FAILED, "it ran well and the answer is no: the test failed"),
    row(PENDING, "still pending when waiting ended"),
    row(
        SECRET,
        "a protected value is missing, or its store can't be used",
    ),
    row(PARTIAL, "some of many failed; each is named"),
    row(
        INTERRUPTED,
        "Ctrl-C, after cleaning up; what serves ends with 0",
    ),
    row(TERMINATED, "SIGTERM or SIGHUP, likewise"),
];

/// Tells what an error is: the first type in its chain that is known decides, so that context
/// added on the way never changes a code.
pub(super) fn report(error: &anyhow::Error) -> Report {
    let known = error.chain().find_map(known).unwrap_or_default();
    let message: Vec<_> = error.chain().map(ToString::to_string).collect();
    report_of(known, sentence(&message))
}

/// Whether a code is that of a command that a signal ended.
pub(super) fn is_stopped(code: u8) -> bool {
    [INTERRUPTED.0, TERMINATED.0].contains(&code)
}

/// A defect of ours. Its own words might hold anything, so only its place is told.
pub(super) fn defect(place: &str) -> Report {
    let hint = Some("please report it, with the command and what it was about".to_owned());
    report_of(
        Known {
            hint,
            ..Known::of(UNEXPECTED)
        },
        format!("a defect of ubihook, at {place}"),
    )
}

struct Known {
    row: Row,
    excerpt: Option<String>,
    hint: Option<String>,
    http_status: Option<u16>,
    retryable: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self::of(UNEXPECTED)
    }
}

impl Known {
    fn of(row: Row) -> Self {
        Self {
            row,
            excerpt: None,
            hint: None,
            http_status: None,
            retryable: false,
        }
    }

    fn hinted(row: Row, hint: Option<impl Into<String>>) -> Self {
        Self {
            hint: hint.map(Into::into),
            ..Self::of(row)
        }
    }
}

fn report_of(known: Known, message: String) -> Report {
    let Known {
        row: (exit, kind),
        excerpt,
        hint,
        http_status,
        retryable,
    } = known;
    Report {
        kind,
        message,
        excerpt,
        hint,
        exit,
        http_status,
        retryable,
    }
}

/// The links of a chain as one sentence, without what a link repeats of the next.
fn sentence(links: &[String]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for link in links {
        if !parts.iter().any(|part| part.ends_with(link.as_str())) {
            parts.push(link);
        }
    }
    parts.join(": ")
}

fn known(error: &(dyn std::error::Error + 'static)) -> Option<Known> {
    if let Some(error) = error.downcast_ref::<commands::Error>() {
        return Some(Known::hinted(row_of(error.kind()), error.what_next()));
    }
    if let Some(near) = error.downcast_ref::<commands::NearMiss>() {
        let hint = Some(near.what_next().to_owned());
        return known(near.refused()).map(|known| Known { hint, ..known });
    }
    if let Some(Stopped(by)) = error.downcast_ref::<Stopped>() {
        return Some(Known::of(if by.is_terminate() {
            TERMINATED
        } else {
            INTERRUPTED
        }));
    }
    if let Some(error) = error.downcast_ref::<api::Error>() {
        return Some(Known {
            http_status: error.status(),
            retryable: error.retryable(),
            ..Known::hinted(api_row(error.kind()), error.hint())
        });
    }
    if let Some(error) = error.downcast_ref::<secrets::Error>() {
        let row = match error {
            secrets::Error::Index(_) | secrets::Error::State { .. } => UNEXPECTED,
            _ => SECRET,
        };
        return Some(Known::hinted(row, error.hint()));
    }
    if let Some(error) = error.downcast_ref::<args::Error>() {
        return Some(Known {
            excerpt: error.excerpt().map(str::to_owned),
            ..Known::hinted(USAGE, error.what_next())
        });
    }
    if let Some(error) = error.downcast_ref::<config::Error>() {
        return Some(Known::hinted(USAGE, error.what_next()));
    }
    if let Some(invalid) = error.downcast_ref::<Invalid>() {
        return Some(Known::hinted(USAGE, invalid.instead.as_deref()));
    }
    if let Some(error) = error.downcast_ref::<prompt::Error>() {
        return Some(match error {
            prompt::Error::NotATerminal { .. } | prompt::Error::Closed => Known::of(USAGE),
            prompt::Error::Interrupted => Known::of(INTERRUPTED),
            prompt::Error::Terminal(_) => Known::of(UNEXPECTED),
        });
    }
    if let Some(error) = error.downcast_ref::<mock::Error>() {
        return Some(Known::hinted(UNEXPECTED, error.hint()));
    }
    if let Some(error) = error.downcast_ref::<files::Error>() {
        return Some(Known::hinted(UNEXPECTED, error.hint()));
    }
    error.is::<output::Error>().then(Known::default)
}

fn row_of(kind: Kind) -> Row {
    match kind {
        Kind::Usage => USAGE,
        Kind::NotFound => NOT_FOUND,
        Kind::Auth => AUTH,
        Kind::Refused => REFUSED,
        Kind::AlreadyExists => ALREADY_EXISTS,
        Kind::Failed => FAILED,
        Kind::Pending => PENDING,
        Kind::Secret => SECRET,
        Kind::Partial => PARTIAL,
    }
}

fn api_row(kind: api::Kind) -> Row {
    match kind {
        api::Kind::Usage => USAGE,
        api::Kind::NotFound => NOT_FOUND,
        api::Kind::Auth => AUTH,
        api::Kind::Refused => REFUSED,
        api::Kind::AlreadyExists => ALREADY_EXISTS,
        api::Kind::Unreachable => UNREACHABLE,
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
