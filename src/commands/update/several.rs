//! `update` of several webhooks: each is planned, then all are sent, some at once.

use super::{Wanted, check_target};
use crate::{
    api,
    commands::{
        change::{self, Care},
        context::Context,
        many,
        sender::{CALLS, Plan},
        values,
    },
    model::{draft::DraftHeader, header::NewHeader, name::WebhookName, webhook::Webhook},
    output::{
        change::{Change, Changes, Outcome},
        preview::Previews,
    },
};

/// A webhook with its update.
struct Ready {
    /// Its place among the names.
    place: usize,
    plan: Plan,
}

/// Updates all of them, and shows the results in the order of the names.
pub(super) async fn run(
    cx: &mut Context,
    wanted: Vec<Wanted>,
    care: Care,
    has_file: bool,
) -> anyhow::Result<()> {
    if wanted.is_empty() {
        return many::nothing(cx, &Changes(Vec::new()));
    }
    let headers = fetch(cx, &wanted, care, has_file).await?;
    let project = cx.project().await?;
    let names: Vec<WebhookName> = wanted.iter().map(|one| one.webhook.clone()).collect();
    let locked: Vec<&str> = names.iter().map(WebhookName::as_str).collect();
    // Held from the first read to the last write of their values.
    let _lock = change::lock(cx, &locked, care).await?;
    let read = many::at_once(project.client(), 1, &wanted, |one| {
        project.webhook(one.webhook.as_str())
    })
    .await;
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    for (place, current) in read.into_iter().enumerate() {
        match plan(cx, &wanted[place], current, &headers[place], care, has_file) {
            Ok(plan) => ready.push(Ready { place, plan }),
            Err(error) => failed.push((place, error)),
        }
    }
    let sent: Vec<_> = headers.iter().map(|own| values::given(own)).collect();
    if care.dry_run {
        let call = |one: Ready| change::preview_of(&project, one.plan, &sent[one.place]);
        cx.output
            .show(&Previews(ready.into_iter().map(call).collect()))?;
        return many::verdict_by_place(cx, &names, failed, DONE);
    }
    let mut asked = false;
    for Ready { place, plan } in &ready {
        asked |= change::confirm_removal(cx, &plan.current, &wanted[*place].edits, care).await?;
    }
    if ready.iter().any(|one| !sent[one.place].is_empty()) {
        cx.warn_of_what_is_not_kept().await?;
    }
    let sender = cx.sender().await?;
    let update = |Ready { place, plan }: Ready| {
        let (edits, own, sent) = (&wanted[place].edits, &headers[place], &sent[place]);
        let again = move |current| Plan::of(current, edits, own, care);
        let sender = &sender;
        async move {
            if plan.patch.is_empty() {
                return (place, Ok(unchanged(plan.current)));
            }
            (place, sender.update(plan, again, asked, sent).await)
        }
    };
    let ended = many::at_once(project.client(), CALLS, ready, update).await;
    many::conclude(cx, &names, ended, failed, DONE).await
}

/// The last word of `2 of 5 could not be …`.
const DONE: &str = "updated";

/// The headers of each webhook with their values. What all have in common is read once.
async fn fetch(
    cx: &Context,
    wanted: &[Wanted],
    care: Care,
    has_file: bool,
) -> anyhow::Result<Vec<Vec<NewHeader>>> {
    let drafts: Vec<&Vec<DraftHeader>> = wanted.iter().map(|one| &one.edits.headers).collect();
    if has_file {
        let all: Vec<DraftHeader> = drafts.iter().copied().flatten().cloned().collect();
        values::warn_of_written(cx, &all);
        let mut headers = Vec::new();
        for own in drafts {
            headers.push(values::fetch(cx, own.clone(), care.dry_run).await?);
        }
        return Ok(headers);
    }
    cx.warn_of_variable_in_url(wanted[0].edits.url.as_ref());
    let common = values::fetch(cx, wanted[0].edits.headers.clone(), care.dry_run).await?;
    Ok(vec![common; wanted.len()])
}

fn plan(
    cx: &Context,
    wanted: &Wanted,
    current: Result<Webhook, api::Error>,
    headers: &[NewHeader],
    care: Care,
    has_file: bool,
) -> anyhow::Result<Plan> {
    let current = current?;
    check_target(&current, wanted.target.clone())?;
    change::warn_of_near_misses(cx, &current, &wanted.edits);
    if has_file {
        change::note_what_stays(cx, &current, &wanted.edits);
    }
    Plan::of(current, &wanted.edits, headers, care)
}

fn unchanged(webhook: Webhook) -> Change {
    Change {
        result: Outcome::Unchanged,
        webhook,
        changes: Vec::new(),
    }
}
