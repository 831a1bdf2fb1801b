//! `-f`: a webhook in YAML or JSON, and the way back from what `-o yaml` and `-o json` print.

use ubihook::inside::{
    args::file,
    config::Format,
    model::{
        CallbackUrl, Description, DraftHeader, DraftValue, EventName, Explain, ObjectName,
        ObjectType, PartialDraft, StoreKind, VersionName, Webhook, WebhookName, header::Header,
        labels::Labels, source::Source,
    },
};

use super::held::{Printed, SECRET, shown_everywhere, tells_no_secret};

pub fn target(data: &[u8]) {
    match file::parse("w.yaml", data) {
        Ok(webhook) => {
            holds(&webhook);
            if let Some(shown) = as_the_platform_has_it(&webhook) {
                goes_round(&shown);
            }
        }
        Err(error) => {
            let text = String::from_utf8_lossy(data);
            if only_in_values(&text) {
                tells_no_secret(&error);
                let excerpt = error.excerpt().unwrap_or_default();
                assert!(!excerpt.contains(SECRET), "{excerpt}");
            }
        }
    }
}

/// Whether the secret stands nowhere but in values of headers: behind the key on its line, or on
/// the lines of a block or of a text in quotes that begin there.
pub fn only_in_values(text: &str) -> bool {
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if inside.is_some_and(|of_key| indent > of_key && !line.trim().is_empty()) {
            continue;
        }
        inside = None;
        let bare = line.trim_start_matches([' ', '-', '{', '"']);
        let value = bare
            .strip_prefix("value")
            .map(|rest| rest.trim_start_matches('"'));
        let value = value.and_then(|rest| rest.strip_prefix(": "));
        match value {
            // More of the line could be another key's, in braces.
            Some(value) if !value.contains([',', '}', '#', '&', '*', '!', '?']) => {
                let opens = value.starts_with(['|', '>', '"', '\'']);
                inside = opens.then_some(line.len() - bare.len());
            }
            _ if line.contains(SECRET) || opens_a_text(line) => return false,
            _ => {}
        }
    }
    true
}

/// Whether a text in quotes goes on below, so that what follows isn't what it looks like.
fn opens_a_text(line: &str) -> bool {
    ['"', '\'']
        .iter()
        .any(|quote| line.matches(*quote).count() % 2 == 1)
}

fn holds(webhook: &PartialDraft) {
    for header in &webhook.headers {
        assert!(header.key.as_str().bytes().all(|b| b.is_ascii_graphic()));
        match &header.value {
            DraftValue::Plain(value) => {
                assert!(!value.as_str().is_empty());
                assert!(!value.as_str().chars().any(char::is_control));
            }
            DraftValue::Given(value) => {
                assert!(!value.expose().is_empty());
                assert!(!value.expose().chars().any(char::is_control));
            }
            DraftValue::From(text) => {
                let Source::Env(name) = &text.source else {
                    panic!("a file names variables alone");
                };
                assert!(name.len() > "UBIHOOK_SECRET_".len());
                assert!(name.starts_with("UBIHOOK_SECRET_"));
            }
            DraftValue::Missing => {}
        }
    }
    if let Some(url) = &webhook.url {
        let url = url::Url::parse(url.as_str()).unwrap();
        assert!(url.username().is_empty() && url.password().is_none());
    }
}

/// What the platform would show after a create, with made-up values for what the file leaves out.
fn as_the_platform_has_it(file: &PartialDraft) -> Option<Webhook> {
    let object_type = file.target.object_type.unwrap_or(ObjectType::Pipeline);
    let event = file.event.unwrap_or("failed".parse().unwrap());
    let text = |text: Option<&str>, otherwise: &str| text.unwrap_or(otherwise).to_owned();
    let header = |header: &DraftHeader| Header {
        key: header.key.as_str().to_owned(),
        value: match &header.value {
            DraftValue::Plain(value) => Some(value.as_str().to_owned()),
            _ => None,
        },
        protected: !matches!(header.value, DraftValue::Plain(_)),
        local: None,
    };
    let options = &file.options;
    Some(Webhook {
        id: "1".to_owned(),
        name: text(file.name.as_ref().map(WebhookName::as_str), "w"),
        object_type: object_type.to_string(),
        object_name: text(
            file.target.object_name.as_ref().map(ObjectName::as_str),
            "o",
        ),
        version: file
            .target
            .version
            .as_ref()
            .map(|name| name.as_str().to_owned()),
        url: text(
            file.url.as_ref().map(CallbackUrl::as_str),
            "https://a.example/",
        ),
        headers: file.headers.iter().map(header).collect(),
        event: event.of(object_type).ok()?.to_string(),
        creation_date: Some("2026-01-01T00:00:00Z".to_owned()),
        last_updated: None,
        description: text(options.description.as_ref().map(Description::as_str), ""),
        labels: file.labels.clone().unwrap_or_default(),
        timeout: options
            .timeout
            .map_or(10, |timeout| timeout.seconds().into()),
        enabled: options.enabled.unwrap_or(true),
        retry: options.retry.unwrap_or_default(),
        include_result: options.include_result.unwrap_or_default(),
    })
}

/// What is printed is a file that says the same.
fn goes_round(webhook: &Webhook) {
    let mut shown = webhook.clone();
    for header in shown.headers.iter_mut().filter(|header| header.protected) {
        header.local = Some(StoreKind::None);
    }
    shown_everywhere(&shown);
    for format in [Format::Yaml, Format::Json] {
        let print = |output: &ubihook::inside::output::Output| output.show(&shown).unwrap();
        let text = Printed::by(format, None, print).out();
        let read = match file::parse("-", text.as_bytes()) {
            Ok(read) => read,
            Err(error) => panic!("{error}\n{text}"),
        };
        assert!(same(&read, webhook), "{read:?}\n{text}");
    }
}

fn same(file: &PartialDraft, webhook: &Webhook) -> bool {
    let headers = file.headers.len() == webhook.headers.len()
        && file
            .headers
            .iter()
            .zip(&webhook.headers)
            .all(|(read, shown)| {
                read.key.as_str() == shown.key
                    && match &read.value {
                        DraftValue::Plain(value) => shown.value.as_deref() == Some(value.as_str()),
                        DraftValue::Missing => shown.protected,
                        _ => false,
                    }
            });
    let options = &file.options;
    let event = webhook.event.parse().ok().map(EventName::Full);
    headers
        && file.name.as_ref().map(WebhookName::as_str) == Some(&webhook.name)
        && file.target.object_name.as_ref().map(ObjectName::as_str) == Some(&webhook.object_name)
        && file.target.object_type.map(ObjectType::as_str) == Some(&webhook.object_type)
        && file.target.version.as_ref().map(VersionName::as_str) == webhook.version.as_deref()
        && file.url.as_ref().map(CallbackUrl::as_str) == Some(&webhook.url)
        && file.event == event
        && file.labels.as_ref().unwrap_or(&Labels::new()) == &webhook.labels
        && options.description.as_ref().map(Description::as_str) == Some(&webhook.description)
        && options.timeout.map(|timeout| u32::from(timeout.seconds())) == Some(webhook.timeout)
        && options.enabled == Some(webhook.enabled)
        && options.retry == Some(webhook.retry)
        && options.include_result == Some(webhook.include_result)
}
