//! The short values of a command line and of the environment: names, labels, times, events, the
//! token. Every reader gets the whole input.

use std::{collections::BTreeSet, time::Duration};

use ubihook::inside::model::{
    Description, Event, EventName, Invalid, MAX_CHARS, ObjectName, ObjectType, ProjectName,
    Scrubber, StoreChoice, Target, Timeout, Token, VersionName, WebhookName, cut, duration,
    labels::{self, Label},
    nearest, printable, quote, routes,
};

use super::held::{SECRET, is_one_clean_line, tells_no_secret, text};

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    name(text);
    label(text);
    times(text);
    words(text);
    token(text);
    shown(text);
}

fn name(text: &str) {
    let Ok(name) = text.parse::<WebhookName>() else {
        assert!(text.parse::<ProjectName>().is_err());
        return;
    };
    assert!((1..=MAX_CHARS).contains(&text.chars().count()));
    assert_eq!(name.to_string(), text);
    // In a path it is one segment, and stays it on the way through a library for URLs.
    let path = routes::WEBHOOK.fill(&["p", name.as_str()]);
    let url = url::Url::parse(&format!("http://a.example/v2{path}")).unwrap();
    assert_eq!(url.path(), format!("/v2{path}"));
    let last = url.path_segments().unwrap().next_back().unwrap();
    let decoded = percent_encoding::percent_decode_str(last).decode_utf8();
    assert_eq!(decoded.unwrap(), text);
    // As part of a target it comes back from the flags that name it.
    let version: VersionName = text.parse().unwrap();
    let target = Target {
        object_type: ObjectType::Pipeline,
        object_name: text.parse::<ObjectName>().unwrap(),
        version: Some(version),
    };
    assert_eq!(
        words_of(&target.flags()),
        ["--pipeline", text, "--version", text]
    );
}

fn label(text: &str) {
    let Ok(label) = text.parse::<Label>() else {
        assert!(text.starts_with('=') || !text.contains('='));
        return;
    };
    assert!(!label.key.is_empty());
    assert_eq!(format!("{}={}", label.key, label.value), text);
    let both = [label.clone(), label.clone()];
    if let Some(filter) = labels::filter(&both) {
        assert_eq!(labels::parse_filter(&filter).unwrap(), both);
    }
}

fn times(text: &str) {
    if let Ok(timeout) = text.parse::<Timeout>() {
        assert!((1..=30).contains(&timeout.seconds()));
        assert_eq!(timeout.to_string().parse::<Timeout>().unwrap(), timeout);
    }
    if let Ok(time) = duration::parse(text) {
        assert!(time <= Duration::from_secs(86_400));
        assert!(duration::describe(time).len() < 32);
        let millis = format!("{}ms", time.as_millis());
        let whole = Duration::from_millis(u64::try_from(time.as_millis()).unwrap());
        let read = duration::parse(&millis).unwrap();
        assert!(read.abs_diff(whole) < Duration::from_micros(1), "{text}");
    }
}

fn words(text: &str) {
    if let Ok(choice) = text.parse::<StoreChoice>() {
        assert_eq!(choice.as_str(), text);
    }
    if let Ok(description) = Description::try_from(text.to_owned()) {
        assert!(description.as_str().chars().count() <= 400);
    }
    let Ok(event) = text.parse::<EventName>() else {
        assert!(text.parse::<Event>().is_err());
        return;
    };
    for object_type in ObjectType::ALL {
        match event.of(object_type) {
            Ok(event) => {
                assert_eq!(event.object_type, object_type);
                assert_eq!(event.to_string().parse::<Event>().unwrap(), event);
            }
            Err(Invalid { instead, .. }) => {
                // What is suggested is right.
                let instead: EventName = instead.unwrap().parse().unwrap();
                assert!(instead.of(object_type).is_ok());
            }
        }
    }
}

fn token(text: &str) {
    let scrubber = &Scrubber::default();
    match Token::parse(text, scrubber) {
        Ok(token) => {
            let (header, bare) = (token.header().expose().to_owned(), token.bare());
            let (prefix, rest) = header.split_once(' ').unwrap();
            assert!(["Token", "Bearer"].contains(&prefix));
            assert_eq!(rest, bare.expose());
            assert!(!rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()));
            assert_eq!(Token::parse(&header, scrubber).unwrap(), token);
            assert_eq!(
                Token::parse(bare.expose(), scrubber)
                    .unwrap()
                    .bare()
                    .expose(),
                bare.expose()
            );
            assert_eq!(format!("{token:?}"), "Token([secret])");
        }
        Err(invalid) => tells_no_secret(&invalid),
    }
    if let Err(invalid) = Token::check(&format!("{text} {SECRET}")) {
        tells_no_secret(&invalid);
    }
}

/// What is made fit for a terminal.
fn shown(text: &str) {
    let clean = printable(text);
    is_one_clean_line(&clean);
    assert_eq!(printable(&clean), clean);
    for max in [0, 1, 500] {
        let short = cut(&clean, max);
        assert!(short.chars().count() <= max + 1);
        assert!(short == clean || clean.chars().count() > max);
    }
    assert_eq!(words_of(&quote(text)), [text]);
    let short: String = text.chars().take(64).collect();
    let known = BTreeSet::from(["name", "event", short.as_str()]);
    let near = nearest(&short, known.iter().copied());
    assert!(near.is_some_and(|near| near.to_lowercase() == short.to_lowercase()));
}

/// The words that bash reads, of a line that only has bare words and single quotes.
fn words_of(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut chars = line.chars();
    let mut open = false;
    while let Some(c) = chars.next() {
        if c == ' ' {
            open = false;
            continue;
        }
        if !open {
            words.push(String::new());
            open = true;
        }
        let word = words.last_mut().unwrap();
        match c {
            '\'' => word.extend(chars.by_ref().take_while(|c| *c != '\'')),
            '$' if chars.as_str().starts_with('\'') => {
                chars.next();
                while let Some(c) = chars.next().filter(|c| *c != '\'') {
                    word.push(match (c, chars.as_str().chars().next()) {
                        ('\\', Some('u')) => {
                            let code: String = chars.by_ref().skip(1).take(4).collect();
                            u32::from_str_radix(&code, 16).unwrap().try_into().unwrap()
                        }
                        ('\\', _) => chars.next().unwrap(),
                        (c, _) => c,
                    });
                }
            }
            '\\' => word.extend(chars.next()),
            c => {
                assert!(!c.is_whitespace() && !"$`\"&;|<>()*?[]#~!{}".contains(c));
                word.push(c);
            }
        }
    }
    words
}
