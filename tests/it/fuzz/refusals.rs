//! Answers of the platform that say no: two bytes of status, then a body in whatever shape.

use ubihook::inside::{
    api::{Error, answer},
    config::Format,
    model::{ApiHost, Explain, MAX_ERROR_CHARS, Private, Scrubber, error_body, is_unsafe},
    output::Report,
};

use super::held::{Printed, is_clean, is_one_clean_line};

/// A value that the client knows.
const VALUE: &str = "hunter2-as-a-whole";

pub fn target(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let status = 300 + u16::from_be_bytes(*status) % 300;
    let told = error_body::message(body);
    assert!(told.as_deref() != Some(""));
    let scrubber = Scrubber::default();
    scrubber.secret(VALUE);
    let error = answer::refusal(&ApiHost::public(), status, body, |text| {
        answer::shown(text, &scrubber, &Private::default())
    });
    assert_eq!(error.http_status(), Some(status));
    assert!(!error.is_lost(), "a refusal is an answer");
    if let Error::Status { message, .. } | Error::Busy { message, .. } = &error {
        let message = message.as_deref().unwrap_or_default();
        is_one_clean_line(message);
        assert!(message.chars().count() <= MAX_ERROR_CHARS + 1);
        // Its own words, where it has some that can be seen.
        if let Some(told) = told {
            assert_eq!(message.is_empty(), told.chars().all(is_unseen), "{told:?}");
        }
    }
    let sentence = error.to_string();
    is_one_clean_line(&sentence);
    assert!(!sentence.to_lowercase().contains(VALUE), "{sentence}");
    assert!(!sentence.is_empty() && sentence.chars().count() <= MAX_ERROR_CHARS + 100);
    printed(&error, sentence, status);
}

/// Whether nothing of a character is left on one clean line.
fn is_unseen(c: char) -> bool {
    is_unsafe(c) && c != '\n' && c != '\t'
}

fn printed(error: &Error, message: String, status: u16) {
    let report = Report {
        kind: "refused",
        message,
        excerpt: None,
        more: Vec::new(),
        hint: error.hint(),
        exit: 5,
        http_status: Some(status),
        retryable: error.retryable(),
    };
    for width in [None, Some(20)] {
        for format in [Format::Table, Format::Json] {
            let print = |output: &ubihook::inside::output::Output| output.error(&report);
            let printed = Printed::by(format, width, print);
            assert_eq!(printed.out(), "");
            let line = printed.err();
            is_clean(&line.replace(['\u{2068}', '\u{2069}'], ""));
            if format == Format::Json {
                let (line, rest) = line.split_once('\n').unwrap();
                assert_eq!(rest, "");
                let value: serde_json::Value = serde_json::from_str(line).unwrap();
                assert_eq!(value["error"]["http_status"], status);
                assert_eq!(value["error"]["message"], report.message);
            }
        }
    }
}
