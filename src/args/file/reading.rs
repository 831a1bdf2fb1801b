//! From the bytes of a file to what it says, or to one failure with all of its mistakes.

use std::path::Path;

use zeroize::Zeroizing;

use super::{
    is_stdin,
    problem::{Problem, Problems, excerpt},
    shown,
};
use crate::{
    input,
    model::failure::{Explain, Failure},
};

/// Far more than one webhook needs.
const MAX_BYTES: usize = 1 << 20;

/// Reads the file of an option with the given parser.
pub(crate) async fn read_with<T>(
    flag: &str,
    path: &Path,
    parse: impl FnOnce(&str, &[u8]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let shown = format!("{flag} {}", shown(path));
    let bytes = bytes(&shown, path, MAX_BYTES).await?;
    parse(&shown, &bytes)
}

/// The bytes of a file, or of stdin if the path is `-`. `shown` is what names it in messages.
pub(in crate::args) async fn bytes(
    shown: &str,
    path: &Path,
    max: usize,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let read = if is_stdin(path) {
        input::stdin(max).await
    } else {
        input::file(path, max).await
    };
    read.map_err(|error| Failure::usage(format!("{shown}: {error}")))
}

/// Parses contents with the given parser. All mistakes are one failure.
pub(crate) fn parse_with<T, P: Into<Problems>>(
    shown: &str,
    bytes: &[u8],
    parse: impl FnOnce(&str) -> Result<T, P>,
) -> Result<T, Failure> {
    parse_each(shown, bytes, parse).map_err(together)
}

/// Parses contents with the given parser. Each mistake is a failure of its own.
pub(in crate::args) fn parse_each<T, P: Into<Problems>>(
    shown: &str,
    bytes: &[u8],
    parse: impl FnOnce(&str) -> Result<T, P>,
) -> Result<T, Vec<Failure>> {
    let whole = |rule: &str| vec![Failure::usage(format!("{shown}: {rule}"))];
    let text = std::str::from_utf8(bytes).map_err(|_| whole("not valid UTF-8"))?;
    if text.trim().is_empty() {
        return Err(whole("is empty"));
    }
    parse(text).map_err(|problems| {
        let problems = problems.into().sorted().into_iter();
        problems
            .map(|problem| failure(shown, text, problem))
            .collect()
    })
}

fn failure(shown: &str, text: &str, problem: Problem) -> Failure {
    let failure = match problem.line {
        Some(line) => {
            let excerpt = excerpt(text, line, &problem.text);
            Failure::usage(format!("{shown}:{line}: {}", problem.text)).with_excerpt(excerpt)
        }
        None => Failure::usage(format!("{shown}: {}", problem.text)),
    };
    failure.hinted(problem.hint)
}

/// What each of several gave, or the mistakes of all as one failure.
pub(crate) fn each<T>(
    read: impl IntoIterator<Item = Result<T, Failure>>,
) -> Result<Vec<T>, Failure> {
    let (mut all, mut mistakes) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(one) => all.push(one),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() {
        return Ok(all);
    }
    Err(together(mistakes))
}

/// At most this many mistakes are listed.
const MAX_LISTED: usize = 20;

/// All mistakes as one failure, whose kind is that of the first.
pub(in crate::args) fn together(mut mistakes: Vec<Failure>) -> Failure {
    let first = mistakes.remove(0);
    if mistakes.is_empty() {
        return first;
    }
    let listed = mistakes.iter().take(MAX_LISTED - 1);
    let mut more: Vec<String> = listed.clone().map(ToString::to_string).collect();
    if let Some(count) = mistakes
        .len()
        .checked_sub(MAX_LISTED - 1)
        .filter(|count| *count > 0)
    {
        more.push(format!("and {count} more"));
    }
    let mut hints: Vec<String> = first.hint().into_iter().collect();
    for hint in listed.filter_map(Explain::hint) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    // Each names its line, and an excerpt of one would separate them.
    Failure::new(first.kind(), first.to_string())
        .with_more(more)
        .hinted((!hints.is_empty()).then(|| hints.join("\n")))
}
