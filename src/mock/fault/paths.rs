//! The paths that a fault can name: patterns that match some API path.

use crate::{
    mock::{rules::PROJECT, served, uri},
    model::text::nearest,
};

/// A pattern without what precedes the project's own paths, however it was written.
pub(super) fn below_project(pattern: &str) -> &str {
    let path = uri::below_version(pattern)
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(pattern);
    let below = |project: &str| {
        let rest = path.strip_prefix("/projects/")?.strip_prefix(project)?;
        rest.starts_with('/').then_some(rest)
    };
    below(PROJECT).or_else(|| below("*")).unwrap_or(path)
}

/// The methods of all paths that fit a pattern.
pub(super) fn methods(pattern: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (path, methods) in served::paths() {
        let path = path
            .strip_prefix("/projects/{project}")
            .filter(|rest| !rest.is_empty())
            .unwrap_or(path);
        if meet(pattern, path) {
            let new = methods.iter().filter(|method| !found.contains(*method));
            found.extend(new.copied().collect::<Vec<_>>());
        }
    }
    found
}

/// The path that the mock serves whose spelling is near.
pub(super) fn near(path: &str) -> Option<&'static str> {
    let served = served::paths().iter().filter_map(|(path, _)| {
        let below = path.strip_prefix("/projects/{project}");
        below.filter(|rest| !rest.is_empty() && !rest.contains('{'))
    });
    nearest(path, served)
}

/// A part of a path: a character, or any name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Is(char),
    Name,
}

fn parts(path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, text) in path.split(['{', '}']).enumerate() {
        match at % 2 {
            0 => parts.extend(text.chars().map(Part::Is)),
            _ => parts.push(Part::Name),
        }
    }
    parts
}

/// Whether some text fits both: in a pattern `*` is any text, in a path a name is some text without a
/// slash. `reached[n]` says whether the pattern so far can end before the part `n` of the path, and
/// `within[n]` whether it can end in the middle of that part, which is a name.
fn meet(pattern: &str, path: &str) -> bool {
    let parts = parts(path);
    let mut reached = vec![false; parts.len() + 1];
    let mut within = vec![false; parts.len() + 1];
    reached[0] = true;
    for c in pattern.chars() {
        let (before, inside) = (reached.clone(), within.clone());
        if c == '*' {
            let first = before.iter().zip(&inside).position(|(a, b)| *a || *b);
            let Some(first) = first else { return false };
            for n in first..reached.len() {
                reached[n] = n > first || before[n];
                within[n] = true;
            }
            continue;
        }
        reached.fill(false);
        within.fill(false);
        for (n, part) in parts.iter().enumerate() {
            let at = before[n] || inside[n];
            match part {
                Part::Is(own) if before[n] && *own == c => reached[n + 1] = true,
                Part::Name if at && c != '/' => {
                    within[n] = true;
                    reached[n + 1] = true;
                }
                _ => {}
            }
        }
    }
    reached[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_and_a_path_meet_where_some_text_fits_both() {
        for (pattern, path, expected) in [
            ("/webhooks", "/webhooks", true),
            ("/webhook", "/webhooks", false),
            ("/webhooks/a", "/webhooks/{webhook}", true),
            ("/webhooks/", "/webhooks/{webhook}", false),
            ("/webhooks/a/b", "/webhooks/{webhook}", false),
            ("/webhooks/*", "/webhooks/{webhook}", true),
            ("*", "/webhooks/{webhook}", true),
            ("*/requests", "/deployments/{deployment}/requests", true),
            (
                "/deployments/*/requests",
                "/deployments/{d}/versions/{v}/requests",
                true,
            ),
            (
                "/deployments/*/requests/",
                "/deployments/{d}/requests/{r}",
                false,
            ),
            (
                "/deployments/a*c/requests",
                "/deployments/{d}/requests",
                true,
            ),
            ("/d*/x", "/deployments/{d}", true),
            ("/d*x/", "/deployments/{d}", false),
            ("/w*", "/deployments/{d}", false),
        ] {
            assert_eq!(meet(pattern, path), expected, "{pattern} {path}");
        }
    }
}
