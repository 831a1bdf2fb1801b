//! A document as the pieces of it that do something.

use serde_json::Value;

/// A piece of a document that does something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Command(Typed),
    Before(String),
    File { name: String, text: String },
    Ci { kind: String, text: String },
    Listing,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) line: usize,
    pub(super) command: String,
    pub(super) printed: Vec<String>,
    pub(super) exit: i32,
}

pub(super) fn parse(document: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let hidden = line.strip_prefix("<!-- $ ");
        if let Some(command) = hidden.and_then(|rest| rest.strip_suffix(" -->")) {
            pieces.push(Piece::Before(command.to_owned()));
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let mut block = Vec::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((at, line)) => block.push((at + 1, line)),
                None => return Err(format!("line {}: a block without an end", at + 1)),
            }
        }
        let text: String = block.iter().map(|(_, line)| format!("{line}\n")).collect();
        match info.split_whitespace().collect::<Vec<_>>()[..] {
            ["console"] => pieces.extend(console(&block)?.into_iter().map(Piece::Command)),
            [_, second] if second.starts_with("file=") => pieces.push(Piece::File {
                name: second["file=".len()..].to_owned(),
                text,
            }),
            ["yaml", kind @ ("github" | "gitlab")] => pieces.push(Piece::Ci {
                kind: kind.to_owned(),
                text,
            }),
            ["json"] => {
                let read = serde_json::from_str::<Value>(&text);
                read.map_err(|error| format!("line {}: {error}", at + 1))?;
                pieces.push(Piece::Listing);
            }
            // Run by tests/plugin, where the plugin is installed.
            ["python", plugin] if plugin.starts_with("plugin=") => pieces.push(Piece::Listing),
            ["python" | "hcl"] => pieces.push(Piece::Listing),
            _ => return Err(format!("line {}: what is a block of `{info}`?", at + 1)),
        }
    }
    Ok(pieces)
}

fn console(block: &[(usize, &str)]) -> Result<Vec<Typed>, String> {
    let mut typed: Vec<Typed> = Vec::new();
    let mut goes_on = false;
    for (number, line) in block {
        if goes_on {
            let command = &mut typed.last_mut().expect("one goes on").command;
            command.truncate(command.trim_end_matches('\\').trim_end().len());
            *command += &format!(" {}", line.trim_start());
        } else if let Some(command) = line.strip_prefix("$ ") {
            typed.push(Typed {
                line: *number,
                command: command.to_owned(),
                ..Typed::default()
            });
        } else {
            let last = typed.last_mut();
            let last = last.ok_or_else(|| format!("line {number}: no command before this"))?;
            match line.strip_prefix("# exit ") {
                Some(code) => last.exit = code.parse().map_err(|_| format!("line {number}"))?,
                None => last.printed.push((*line).to_owned()),
            }
            continue;
        }
        goes_on = typed
            .last()
            .is_some_and(|typed| typed.command.ends_with('\\'));
    }
    Ok(typed)
}

#[test]
fn a_block_is_read_as_a_reader_would() {
    let text =
        "```console\n$ a \\\n    b\nshown …\n# exit 7\n$ c\n```\n```yaml file=x.yaml\nd: 1\n```\n";
    let typed = |line, command: &str, printed: &[&str], exit| {
        Piece::Command(Typed {
            line,
            command: command.to_owned(),
            printed: printed.iter().map(ToString::to_string).collect(),
            exit,
        })
    };
    assert_eq!(
        parse(text).unwrap(),
        [
            typed(2, "a b", &["shown …"], 7),
            typed(6, "c", &[], 0),
            Piece::File {
                name: "x.yaml".to_owned(),
                text: "d: 1\n".to_owned()
            },
        ]
    );
    assert!(parse("```console\nno command\n```\n").is_err());
    assert!(parse("```sh\nls\n```\n").is_err());
    assert!(parse("```console\n$ ls\n").is_err());
}
