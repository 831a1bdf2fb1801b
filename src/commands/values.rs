//! The values of headers: read from their sources or from a prompt.

use super::context::Context;
use crate::{
    model::{
        draft::{DraftHeader, DraftValue},
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        origin::Origin,
        secret::Secret,
        shell::quote,
        source::{SOURCES, SecretText, Source},
    },
    secrets::source,
};

/// The headers with the values from their sources. A header whose value is missing becomes a
/// protected header without value. Makes no call and opens no store. In a dry run, no value has to
/// be readable.
pub(super) async fn fetch(
    cx: &Context,
    headers: Vec<DraftHeader>,
    dry_run: bool,
) -> anyhow::Result<Vec<NewHeader>> {
    let mut fetched = Vec::with_capacity(headers.len());
    for DraftHeader { key, value } in headers {
        let content = match value {
            DraftValue::Plain(value) => {
                cx.warn_of_variable(&key, value.as_str());
                Content::Plain(value)
            }
            DraftValue::Missing => Content::Protected(None),
            DraftValue::Given(value) => {
                cx.warn_of_short_value(&key, value.expose().len());
                cx.warn_of_suspicious_char(&key, value.expose());
                Content::Protected(Some(cx.scrubber.secret(value)))
            }
            DraftValue::From(text) if dry_run => fetch_for_dry_run(cx, &key, &text).await,
            DraftValue::From(text) => Content::Protected(Some(fetch_one(cx, &key, &text).await?)),
        };
        fetched.push(NewHeader { key, content });
    }
    Ok(fetched)
}

/// Warns once of protected values that are written in a file.
pub(super) fn warn_of_written(cx: &Context, headers: &[DraftHeader]) {
    let written = headers
        .iter()
        .filter(|header| matches!(header.value, DraftValue::Given(_)));
    let mut names: Vec<_> = written.map(|header| format!("`{}`", header.key)).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.to_lowercase()));
    if !names.is_empty() {
        cx.output.warn(&format!(
            "the file contains the protected value of {}; with `value_from: env:UBIHOOK_SECRET_…` \
             instead, the file can be shared",
            names.join(", ")
        ));
    }
}

/// The value that a dry run masks: a real one if it can be read without asking for it. A dry run
/// needs none, so a source that can't be read is only a warning.
async fn fetch_for_dry_run(cx: &Context, key: &HeaderName, text: &SecretText) -> Content {
    if matches!(text.source, Source::Prompt | Source::Stdin | Source::Cmd(_)) {
        return Content::unread();
    }
    match fetch_one(cx, key, text).await {
        Ok(value) => Content::Protected(Some(value)),
        Err(error) => {
            cx.output.warn(&error.to_string());
            Content::unread()
        }
    }
}

async fn fetch_one(cx: &Context, key: &HeaderName, text: &SecretText) -> anyhow::Result<Secret> {
    if text.source == Source::Stdin && cx.terminal.stdin {
        // A terminal would show what is typed.
        return ask(cx, key, text).await;
    }
    match source::fetch(key, text, &cx.env, &cx.scrubber).await? {
        Some(value) => {
            let around = text.before.len() + text.after.len();
            cx.warn_of_short_value(key, value.expose().len() - around);
            cx.warn_of_suspicious_char(key, value.expose());
            Ok(value)
        }
        None => ask(cx, key, text).await,
    }
}

/// Prompts for a value as hidden input, until it is valid for a header.
pub(super) async fn ask(
    cx: &Context,
    key: &HeaderName,
    text: &SecretText,
) -> anyhow::Result<Secret> {
    if !cx.prompt.is_possible() {
        let message = match text.source {
            Source::Stdin => format!(
                "the value of `{key}` can't be read from a terminal without a prompt: {}",
                cx.why_no_prompt()
            ),
            _ => format!(
                "no value for `{key}`, and cannot prompt: {}",
                cx.why_no_prompt()
            ),
        };
        return Err(Failure::new(Kind::Usage, message)
            .with_hint(format!(
                "{}, where SOURCE is {SOURCES}",
                from_source(key.as_str())
            ))
            .into());
    }
    let name = key.clone();
    let check = move |value: &str| name.check_protected(value).map_err(|invalid| invalid.rule);
    let question = format!("Value of {key}");
    let typed = cx.prompt.password(&question, Box::new(check)).await?;
    cx.warn_of_short_value(key, typed.expose().len());
    cx.warn_of_suspicious_char(key, typed.expose());
    Ok(source::compose(key, text, typed, &cx.scrubber)?)
}

/// Prompts for the values that a create still lacks; if it can't prompt, returns an error. A dry run
/// needs no value: what can't be asked for is only a warning.
pub(super) async fn complete(
    cx: &Context,
    headers: &mut [NewHeader],
    dry_run: bool,
) -> anyhow::Result<()> {
    for header in headers {
        if header.content != Content::Protected(None) {
            continue;
        }
        let key = &header.key;
        if !cx.prompt.is_possible() {
            let message = format!("the protected header `{key}` has no value");
            if dry_run {
                cx.output.warn(&message);
                continue;
            }
            return Err(Failure::new(Kind::Secret, message)
                .with_hint(format!(
                    "{}, where SOURCE is {SOURCES}",
                    from_source(key.as_str())
                ))
                .into());
        }
        if dry_run {
            continue;
        }
        header.content = Content::Protected(Some(ask(cx, key, &Source::Prompt.into()).await?));
    }
    Ok(())
}

/// The flag that gives a header its value.
pub(super) fn from_source(header: &str) -> String {
    format!("--secret-header {}", quote(&format!("{header}=SOURCE")))
}

/// The hint for a value that was given for another origin.
pub(super) fn give_again(headers: &[&str], origin: &Origin) -> String {
    let flags: Vec<_> = headers.iter().map(|header| from_source(header)).collect();
    let flags = flags.join(" ");
    format!("supply it again with {flags}\nor add --keep-secrets if {origin} may receive it")
}

/// The protected headers whose value is given.
pub(super) fn given(headers: &[NewHeader]) -> Vec<String> {
    let names = headers.iter().filter(|header| header.secret().is_some());
    names.map(|header| header.key.as_str().to_owned()).collect()
}
