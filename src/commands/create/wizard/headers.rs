//! Prompts for protected headers: any number of names and hidden values.

use super::line::Line;
use crate::{
    commands::{context::Context, values},
    model::{
        draft::{DraftHeader, DraftValue},
        header::HeaderName,
        invalid::Invalid,
        source::Source,
    },
    prompt::Enter,
};

/// Prompts until the user has added all headers.
pub(super) async fn ask(cx: &Context, line: &mut Line) -> anyhow::Result<Vec<DraftHeader>> {
    let mut headers: Vec<DraftHeader> = Vec::new();
    cx.output
        .note("Protected headers carry secrets such as tokens; their values can't be read back.");
    let mut question = "Add a protected header?";
    while cx.prompt.confirm(question, Enter::No).await? {
        let key = name(cx, &headers).await?;
        let value = values::ask(cx, &key, &Source::Prompt.into()).await?;
        line.add("--secret-header", &format!("{key}={}", Source::Prompt));
        headers.push(DraftHeader {
            key,
            value: DraftValue::Given(value.into()),
        });
        question = "Add another?";
    }
    Ok(headers)
}

async fn name(cx: &Context, headers: &[DraftHeader]) -> anyhow::Result<HeaderName> {
    let known: Vec<HeaderName> = headers.iter().map(|header| header.key.clone()).collect();
    let or = known.is_empty().then(|| "Authorization".to_owned());
    let check = move |text: &str| {
        let key: HeaderName = text.parse().map_err(|invalid: Invalid| invalid.rule)?;
        if known.contains(&key) {
            return Err(format!("`{key}` is already in the list"));
        }
        Ok(())
    };
    let typed = cx
        .prompt
        .line("Name of the header", or, Box::new(check))
        .await?;
    Ok(typed.parse()?)
}
