//! What a document shows beside what was printed, where `…` stands for anything.

/// Whether what was printed is what the document shows.
pub(super) fn shows(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=printed.len()).any(|skip| shows(rest, &printed[skip..]))
        }
        Some((first, rest)) => {
            let Some((line, more)) = printed.split_first() else {
                return false;
            };
            line_shows(&squeezed(first), &squeezed(line)) && shows(rest, more)
        }
    }
}

fn line_shows(shown: &str, printed: &str) -> bool {
    let Some((head, tail)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(rest) = printed.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| line_shows(tail, &rest[at..]))
}

/// Columns are as wide as what stands in them, and hosts are as long as they are.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_shown_is_compared_with_what_is_printed() {
    let shown = |shown: &str, printed: &str| {
        let shown: Vec<_> = shown.lines().map(str::to_owned).collect();
        shows(&shown, &printed.lines().collect::<Vec<_>>())
    };
    assert!(shown("a  b\n…\nz … z", "a b\nc\nd\nz y z"));
    assert!(shown("a\n…", "a"));
    assert!(!shown("a", "a\nb"));
    assert!(!shown("a\nb", "a"));
    assert!(!shown("a … c", "a b d"));
}
