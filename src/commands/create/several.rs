//! `create -f` with a file of several webhooks: all are planned, then created, some at once.

use anyhow::Context as _;

use super::{CreateOptions, IfExists, Wanted, existing, warn_of_odd_name};
use crate::{
    api::Project,
    commands::{
        change,
        context::Context,
        many,
        near::Named,
        preview::preview,
        sender::{self, Plan, Sender, Sent},
        test_runs, values,
    },
    model::{
        draft::Draft,
        edits::Edits,
        header::NewHeader,
        name::WebhookName,
        routes,
        webhook::{NewWebhook, Webhook},
    },
    output::{
        change::{Change, Outcome},
        preview::Previews,
    },
};

/// What is to be done for one webhook.
enum Step {
    Create(Box<NewWebhook>),
    Update(Box<Plan>, Vec<NewHeader>),
    /// It exists, and is skipped.
    Leave(Box<Webhook>),
}

/// Creates all of them, and shows the results in the order of the file.
pub(super) async fn run(
    cx: &mut Context,
    drafts: Vec<Draft>,
    options: CreateOptions,
) -> anyhow::Result<()> {
    let care = options.care;
    for draft in &drafts {
        warn_of_odd_name(cx, &draft.name);
    }
    let project = cx.project().await?;
    let names: Vec<WebhookName> = drafts.iter().map(|draft| draft.name.clone()).collect();
    let locked: Vec<&str> = names.iter().map(WebhookName::as_str).collect();
    // Held from before the lookup until the values are stored.
    let _lock = change::lock(cx, &locked, care).await?;
    let current = match options.if_exists {
        IfExists::Fail => vec![None; drafts.len()],
        IfExists::Skip | IfExists::Update => {
            let read =
                many::at_once(project.client(), 1, &names, |name| existing(&project, name)).await;
            read.into_iter().collect::<Result<_, _>>()?
        }
    };
    let (mut steps, mut failed) = (Vec::new(), Vec::new());
    for (place, (draft, current)) in drafts.iter().zip(current).enumerate() {
        // All values are read before anything is changed.
        match plan(cx, draft, current, options).await? {
            Ok(step) => steps.push((place, step)),
            Err(error) => failed.push((place, error)),
        }
    }
    if care.dry_run {
        let calls = steps.into_iter().map(|(_, step)| call(&project, step));
        cx.output.show(&Previews(calls.collect()))?;
        return many::verdict_by_place(cx, &names, failed, DONE);
    }
    if steps.iter().any(|(_, step)| sends_values(step)) {
        cx.warn_of_what_is_not_kept().await?;
    }
    if options.test_first {
        steps = tested(cx, &project, steps, &mut failed).await;
    }
    let mut sender = cx.sender().await?;
    sender.named = Named::InFile;
    let ended = many::at_once(project.client(), sender::CALLS, steps, |(place, step)| {
        let (sender, draft) = (&sender, &drafts[place]);
        async move { (place, carry_out(sender, draft, step, options).await) }
    })
    .await;
    many::conclude(cx, &names, ended, failed, DONE).await
}

/// The hint if some are there already.
const IF_THEY_EXIST: &str =
    "--if-exists update changes those that exist, --if-exists skip leaves them unchanged";

/// The last word of `2 of 5 could not be …`.
const DONE: &str = "created";

/// The step for one webhook; the inner error leaves the others.
async fn plan(
    cx: &Context,
    draft: &Draft,
    current: Option<Webhook>,
    options: CreateOptions,
) -> anyhow::Result<anyhow::Result<Step>> {
    let care = options.care;
    let current = match current {
        // Needs no value.
        Some(current) if options.if_exists == IfExists::Skip => {
            return Ok(Ok(Step::Leave(Box::new(current))));
        }
        current => current,
    };
    let headers = values::fetch(cx, draft.headers.clone(), care.dry_run).await?;
    let wanted = Wanted {
        draft: draft.clone(),
        headers,
        options,
    };
    let Some(current) = current else {
        let new = wanted.complete(cx).await?;
        return Ok(Ok(Step::Create(Box::new(new))));
    };
    if let Err(error) = change::check_target(&current, Some(&draft.target)) {
        return Ok(Err(error));
    }
    let edits = Edits::of(draft);
    change::note_what_stays(cx, &current, &edits);
    let plan = Plan::of(current, &edits, &wanted.headers, care);
    Ok(plan.map(|plan| Step::Update(Box::new(plan), wanted.headers)))
}

fn sends_values(step: &Step) -> bool {
    let headers = match step {
        Step::Create(new) => new.headers.as_deref().unwrap_or_default(),
        Step::Update(_, headers) => headers,
        Step::Leave(_) => &[],
    };
    !values::given(headers).is_empty()
}

fn call(project: &Project, step: Step) -> crate::output::preview::Preview {
    match step {
        Step::Create(new) => preview(project, "POST", routes::WEBHOOKS, None, Some(&*new)),
        Step::Update(plan, headers) => change::preview_of(project, *plan, &values::given(&headers)),
        Step::Leave(current) => change::no_call(project, &current),
    }
}

/// The steps without webhooks to create whose test fails.
async fn tested(
    cx: &Context,
    project: &Project,
    steps: Vec<(usize, Step)>,
    failed: &mut Vec<(usize, anyhow::Error)>,
) -> Vec<(usize, Step)> {
    let mut left = Vec::new();
    for (place, step) in steps {
        if let Step::Create(new) = &step
            && let Err(error) = test_runs::try_out(cx, project, new, Named::InFile).await
        {
            failed.push((place, error));
        } else {
            left.push((place, step));
        }
    }
    left
}

async fn carry_out(
    sender: &Sender,
    draft: &Draft,
    step: Step,
    options: CreateOptions,
) -> anyhow::Result<Change> {
    let done = |result, webhook| Change {
        result,
        webhook,
        changes: Vec::new(),
    };
    match step {
        Step::Leave(current) => Ok(done(Outcome::Unchanged, *current)),
        Step::Update(plan, _) if plan.patch.is_empty() => {
            Ok(done(Outcome::Unchanged, plan.current))
        }
        Step::Update(plan, headers) => {
            let edits = Edits::of(draft);
            let again = |current| Plan::of(current, &edits, &headers, options.care);
            let sent = values::given(&headers);
            sender.update(*plan, again, false, &sent).await
        }
        Step::Create(new) => {
            let failed = || format!("could not create webhook `{}`", new.name);
            match sender.create(&new).await? {
                Sent::Made(made) => Ok(done(Outcome::Created, made)),
                Sent::Flawed(failure) => Err(failure.into()),
                Sent::Taken(error) => {
                    use crate::model::failure::Explain as _;
                    let taken = sender::taken().with_status(error.http_status());
                    Err(taken.with_hint(IF_THEY_EXIST)).with_context(failed)
                }
            }
        }
    }
}
