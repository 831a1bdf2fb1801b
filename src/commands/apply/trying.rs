//! `apply --test`: tries each webhook out with its new fields, before anything is changed.

use super::{sending::placed, steps::Step};
use crate::{
    commands::{context::Context, many, sender::Sender, stored, test_runs},
    model::{
        draft::Draft,
        header::{Content, NewHeader},
        plan::Action,
        test_run::NewTest,
        webhook::Webhook,
    },
    output::applied::AppliedResult,
};

/// Tests what is created, updated or replaced, some at once. What fails has its error as result from then on.
pub(super) async fn try_out(
    cx: &mut Context,
    at: &Sender,
    steps: &[Step],
    keep_secrets: bool,
    results: &mut [Option<Result<AppliedResult, anyhow::Error>>],
) -> anyhow::Result<()> {
    let mut fail = |number: usize, draft: &Draft, error: anyhow::Error| {
        let done = match steps[number].change.action {
            Action::Create => "created",
            _ => "changed",
        };
        let context = format!("webhook `{}` was not {done}", draft.name);
        results[number] = Some(Err(error.context(context)));
    };
    let mut tests = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let Some(draft) = &step.draft else { continue };
        if step.is_conflict() {
            continue;
        }
        match new_test(cx, at, step, draft, keep_secrets).await {
            Ok(test) => tests.push((number, draft, test)),
            Err(error) => fail(number, draft, error),
        }
    }
    let _waiting = cx.output.progress("waiting for the tests to end", None);
    let one = |(_, _, test): &(usize, &Draft, NewTest)| {
        let (project, test) = (&at.project, test.clone());
        async move { test_runs::run_quietly(project, &test, at.named).await }
    };
    let ended = many::at_once(at.project.client(), test_runs::CALLS, &tests, one).await;
    for ((number, draft, _), ended) in tests.iter().zip(ended) {
        if let Err(error) = ended {
            fail(*number, draft, placed(error, &steps[*number]));
        }
    }
    Ok(())
}

async fn new_test(
    cx: &mut Context,
    at: &Sender,
    step: &Step,
    draft: &Draft,
    keep_secrets: bool,
) -> anyhow::Result<NewTest> {
    let mut wanted = draft.clone().with_headers(step.headers.clone());
    if let (Action::Update, Some(current)) = (step.change.action, &step.current) {
        wanted.headers = Some(filled(cx, at, (step, keep_secrets), draft, current).await?);
    }
    Ok(NewTest::of(&wanted))
}

/// The headers, with stored values for the unchanged ones. Headers that the change removes need no value.
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
    let is_wanted = |key: &str| draft.headers.iter().any(|own| own.key.is(key));
    let removed = current.protected_headers().filter(|key| !is_wanted(key));
    let needless = removed.filter_map(|key| {
        let (key, content) = (key.parse().ok()?, Content::Protected(None));
        Some(NewHeader { key, content })
    });
    let needless: Vec<_> = given.iter().cloned().chain(needless).collect();
    let request = stored::Request {
        url: Some(&draft.url),
        given: &needless,
        keep_secrets,
        what: stored::Purpose::Test,
        is_locked: true,
    };
    let (current, values) = stored::values(cx, &at.project, current.clone(), &request).await?;
    let mut filled = values.fill(&current, given)?;
    filled.retain(|header| is_wanted(header.key.as_str()));
    Ok(filled)
}
