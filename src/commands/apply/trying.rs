//! `apply --test`: tries each webhook out with its new fields, before anything is changed.

use super::steps::Step;
use crate::{
    commands::{context::Context, sender::Sender, stored, test_runs},
    model::{
        draft::Draft,
        header::{Content, NewHeader},
        plan::Action,
        test_run::NewTest,
        webhook::Webhook,
    },
    output::applied::AppliedResult,
};

/// Tests what is created, updated or replaced. What fails has its error as result from then on.
pub(super) async fn try_out(
    cx: &mut Context,
    at: &Sender,
    steps: &[Step],
    keep_secrets: bool,
    results: &mut [Option<Result<AppliedResult, anyhow::Error>>],
) -> anyhow::Result<()> {
    for (step, result) in steps.iter().zip(results) {
        let Some(draft) = &step.draft else { continue };
        if step.is_conflict() {
            continue;
        }
        if let Err(error) = one(cx, at, step, draft, keep_secrets).await {
            let context = format!("webhook `{}` was not changed", draft.name);
            *result = Some(Err(error.context(context)));
        }
    }
    Ok(())
}

async fn one(
    cx: &mut Context,
    at: &Sender,
    step: &Step,
    draft: &Draft,
    keep_secrets: bool,
) -> anyhow::Result<()> {
    let mut wanted = draft.clone().with_headers(step.headers.clone());
    if let (Action::Update, Some(current)) = (step.change.action, &step.current) {
        wanted.headers = Some(filled(cx, at, (step, keep_secrets), draft, current).await?);
    }
    test_runs::run(cx, &at.project, &NewTest::of(&wanted)).await
}

/// The headers, with stored values for the unchanged ones.
async fn filled(
    cx: &mut Context,
    at: &Sender,
    (step, keep_secrets): (&Step, bool),
    draft: &Draft,
    current: &Webhook,
) -> anyhow::Result<Vec<NewHeader>> {
    let without = |header: &&NewHeader| header.content == Content::Protected(None);
    if !step.headers.iter().any(|header| without(&header)) {
        return Ok(step.headers.clone());
    }
    let given: Vec<_> = step
        .headers
        .iter()
        .filter(|header| !without(header))
        .cloned()
        .collect();
    let request = stored::Request {
        url: Some(&draft.url),
        given: &given,
        keep_secrets,
        what: stored::Purpose::Test,
        is_locked: true,
    };
    let (current, values) = stored::values(cx, &at.project, current.clone(), &request).await?;
    let filled = values.fill(&current, given)?;
    let is_wanted = |header: &NewHeader| draft.headers.iter().any(|own| own.key == header.key);
    Ok(filled.into_iter().filter(is_wanted).collect())
}
