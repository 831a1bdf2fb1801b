//! `--header` and `--secret-header`: a line that names the flag, then its argument. A line of
//! `--` ends an argument, and another flag may follow.

use clap::{Args as _, Command, FromArgMatches as _};
use ubihook::inside::{
    args::header::HeaderArgs,
    model::{
        DraftHeader, DraftValue, Explain, Scrubber, check_headers,
        header::{Content, NewHeader},
        source::SecretText,
    },
    secrets::source,
};

use super::held::{SECRET, tells_no_secret, text};

/// The flags, in the words of the command line.
const FLAGS: [&str; 3] = ["--header", "--secret-header", "--allow-plain"];

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut line = vec!["create".to_owned()];
    for part in text.split("\n--\n").take(8) {
        let (flag, argument) = part.split_once('\n').unwrap_or((part, ""));
        match flag {
            "--allow-plain" => line.push(flag.to_owned()),
            flag if FLAGS.contains(&flag) => {
                line.push(format!("{flag}={argument}"));
                refuses_in_silence(flag, argument);
            }
            _ => {}
        }
    }
    if let Ok(headers) = parse(&line) {
        for header in &headers {
            holds(header);
        }
        if check_headers(&headers).is_ok() {
            for (at, header) in headers.iter().enumerate() {
                let again = headers[..at].iter().any(|other| other.key == header.key);
                assert!(!again, "{} twice", header.key);
            }
        }
    }
}

fn parse(line: &[String]) -> Result<Vec<DraftHeader>, ubihook::inside::model::Failure> {
    let command = HeaderArgs::augment_args(Command::new("create").no_binary_name(false));
    // A flag given twice that can't be: clap's own refusal.
    let Ok(matches) = command.try_get_matches_from(line) else {
        return Ok(Vec::new());
    };
    let args = HeaderArgs::from_arg_matches(&matches).expect("clap has checked the line");
    args.parse()
}

/// The refusal of an argument repeats nothing of its value.
fn refuses_in_silence(flag: &str, argument: &str) {
    let separator = if flag == "--header" { ':' } else { '=' };
    let (key, value) = match argument.split_once(separator) {
        Some((key, value)) => (key, value),
        // No name at all: everything may be the secret.
        None => ("", argument),
    };
    if key.contains(SECRET) {
        return;
    }
    for value in [format!("{value}{SECRET}"), format!("{SECRET}{value}")] {
        let argument = match argument.split_once(separator) {
            Some((key, _)) => format!("{key}{separator}{value}"),
            None => value,
        };
        let line = ["create".to_owned(), format!("{flag}={argument}")];
        if let Err(error) = parse(&line) {
            tells_no_secret(&error);
            let hint = error.hint().unwrap_or_default();
            assert!(!hint.contains(SECRET), "{hint}");
        }
    }
}

/// What is true of a header that was taken.
fn holds(header: &DraftHeader) {
    assert!(
        header
            .key
            .as_str()
            .bytes()
            .all(|b| b.is_ascii_graphic() && b != b':')
    );
    match &header.value {
        DraftValue::Plain(value) => {
            assert!(!value.as_str().is_empty());
            assert!(!value.as_str().chars().any(char::is_control));
            let line = [
                "create".to_owned(),
                "--allow-plain".to_owned(),
                format!("--header={}: {}", header.key, value.as_str()),
            ];
            assert_eq!(parse(&line).unwrap(), std::slice::from_ref(header));
            travels(&NewHeader {
                key: header.key.clone(),
                content: Content::Plain(value.clone()),
            });
        }
        DraftValue::From(text) => {
            let line = [
                "create".to_owned(),
                format!("--secret-header={}={text}", header.key),
            ];
            assert_eq!(parse(&line).unwrap(), std::slice::from_ref(header));
            is_put_together(header, text);
        }
        DraftValue::Given(_) | DraftValue::Missing => panic!("no flag says this"),
    }
}

/// A value with the text around it is sent whole or refused, and known to the scrubber.
fn is_put_together(header: &DraftHeader, text: &SecretText) {
    for inner in [SECRET, "hunter2\r\nX-Other: 1", ""] {
        let scrubber = Scrubber::default();
        match source::compose(&header.key, text, inner.into(), &scrubber) {
            Ok(value) => {
                assert_eq!(
                    value.expose(),
                    format!("{}{inner}{}", text.before, text.after)
                );
                assert!(!value.expose().chars().any(char::is_control));
                assert_eq!(scrubber.clean(value.expose()), "***");
                travels(&NewHeader {
                    key: header.key.clone(),
                    content: Content::protected(value).unwrap(),
                });
            }
            Err(error) => {
                // The name and the place of the value are told, and may have the word.
                let told = format!("{}{}", header.key, text.source);
                if !told.contains(SECRET) {
                    tells_no_secret(&error);
                }
            }
        }
    }
}

/// What goes out as JSON is read by the mock as the same.
fn travels(header: &NewHeader) {
    let json = serde_json::to_vec(header).unwrap();
    let read: NewHeader = serde_json::from_slice(&json).unwrap();
    assert_eq!((&read, read.key.as_str()), (header, header.key.as_str()));
}
