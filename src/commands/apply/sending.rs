//! Sends one change of `apply`, and says what became of it.

use anyhow::Context as _;

use super::steps::{How, Step};
use crate::{
    api,
    commands::{
        change::Care,
        near, reason,
        sender::{Plan, Sender, Sent, taken},
        values,
    },
    model::{
        draft::Draft,
        edits::Edits,
        failure::{Explain, Failure, Kind},
        labels::OWNER,
        name::WebhookName,
        plan::Action,
        shell::quote,
        webhook::Webhook,
    },
    output::{applied::AppliedResult, change::Outcome},
};

/// Carries out one change. The caller must hold the webhook's lock.
pub(super) async fn send(at: &Sender, step: &Step, how: How<'_>) -> anyhow::Result<AppliedResult> {
    let owner = how.owner;
    match (step.change.action, &step.draft, &step.current) {
        (Action::Create, Some(draft), _) => {
            let created = create(at, step, draft, how).await;
            created.map_err(|not_done| not_done.error)
        }
        (Action::Update, Some(draft), Some(current)) => update(at, step, draft, current, how).await,
        (Action::Replace, Some(draft), Some(current)) => {
            check_target(at, step, draft).await?;
            delete(at, current, owner, false).await?;
            match create(at, step, draft, how).await {
                Ok(_) => Ok(AppliedResult::Replaced),
                Err(NotDone {
                    error,
                    exists: true,
                }) => Err(error),
                Err(NotDone { error, .. }) => Err(gone(error, draft, how.flags)),
            }
        }
        (Action::Delete, _, Some(current)) => {
            delete(at, current, owner, true).await?;
            Ok(AppliedResult::Deleted)
        }
        _ => {
            let why = step.change.reason.as_deref();
            let why = Failure::new(Kind::Refused, why.unwrap_or("it can't be changed"));
            let name = &step.change.name;
            Err(why).with_context(|| format!("webhook `{name}` was not changed"))
        }
    }
}

/// Checks that what a webhook is created for exists, before the webhook that it replaces is deleted.
async fn check_target(at: &Sender, step: &Step, draft: &Draft) -> anyhow::Result<()> {
    let target = &draft.target;
    let (object_type, object) = (target.object_type, target.object_name.as_str());
    let found = match &target.version {
        Some(version) => {
            let found = at.project.version(object_type, object, version.as_str());
            found.await.map(drop)
        }
        None => at.project.object(object_type, object).await.map(drop),
    };
    match found {
        // Only the create shows whether something else is wrong.
        Err(error) if error.is_not_found() => {
            let error = near::target(error, &at.project, target, at.named).await;
            let not_changed = format!("webhook `{}` was not changed", draft.name);
            Err(placed(error, step).context(not_changed))
        }
        _ => Ok(()),
    }
}

/// Why a create didn't succeed.
struct NotDone {
    error: anyhow::Error,
    /// Whether the webhook exists in spite of the error.
    exists: bool,
}

/// A webhook that was deleted, and could not be created again.
fn gone(error: anyhow::Error, draft: &Draft, flags: &str) -> anyhow::Error {
    let Some(known) = reason::explained(&error) else {
        return error;
    };
    let name = &draft.name;
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<api::Error>());
    let what = if causes.all(api::Error::did_nothing) {
        "but not created again"
    } else {
        "and it is unknown whether it was created again"
    };
    let message = format!(
        "webhook `{name}` was deleted, {what}: {}",
        reason::sentence(&error)
    );
    Failure::new(known.kind(), message)
        .with_status(known.http_status())
        .with_hint(format!(
            "ubihook apply {flags} --yes {}",
            quote(name.as_str())
        ))
        .into()
}

async fn create(
    at: &Sender,
    step: &Step,
    draft: &Draft,
    how: How<'_>,
) -> Result<AppliedResult, NotDone> {
    let new = draft.clone().with_headers(step.headers.clone());
    let not_done = |exists| move |error| NotDone { error, exists };
    let made = at.create(&new).await.map_err(|error| placed(error, step));
    let error = match made.map_err(not_done(false))? {
        Sent::Made(_) => return Ok(AppliedResult::Created),
        Sent::Flawed(failure) => return Err(not_done(true)(failure.into())),
        Sent::Taken(error) => error,
    };
    match at.project.webhook(new.name.as_str()).await {
        // The call of an earlier run that was killed may have arrived after the list was read. Only the values, which
        // can't be compared, are sent again.
        Ok(there) if new.difference(&there).is_none() => {
            let sent = update(at, step, draft, &there, how).await;
            sent.map_err(not_done(true))
        }
        _ => {
            let taken = anyhow::Error::from(taken().with_status(error.http_status()));
            let taken = taken.context(format!("could not create webhook `{}`", new.name));
            Err(not_done(false)(taken))
        }
    }
}

/// An object that doesn't exist, with the line of the file that names it.
pub(super) fn placed(error: anyhow::Error, step: &Step) -> anyhow::Error {
    let (known, place) = (reason::explained(&error), step.change.place.as_ref());
    match (known, place) {
        (Some(known), Some(place)) if known.kind() == Kind::NotFound => {
            Failure::new(Kind::NotFound, format!("{place}: {}", error.root_cause()))
                .with_status(known.http_status())
                .hinted(known.hint())
                .into()
        }
        _ => error,
    }
}

async fn update(
    at: &Sender,
    step: &Step,
    draft: &Draft,
    current: &Webhook,
    how: How<'_>,
) -> anyhow::Result<AppliedResult> {
    let sent = values::given(&step.headers);
    let again = |fresh: Webhook| {
        check_owner(&fresh, how.owner)?;
        let is_same = fresh.origin() == current.origin()
            && fresh.protected_headers().eq(current.protected_headers());
        if !is_same {
            let message = "its URL or its protected headers were changed in the meantime; nothing was changed";
            return Err(Failure::new(Kind::Refused, message).into());
        }
        let edits = Edits::exact(draft, &fresh);
        let care = Care {
            keep_secrets: how.keep_secrets,
            yes: true,
            dry_run: false,
        };
        Plan::of(fresh, &edits, &step.headers, care)
    };
    let failed = || format!("could not update webhook `{}`", draft.name);
    let plan = again(current.clone()).with_context(failed)?;
    if plan.patch.is_empty() {
        return Ok(AppliedResult::Skipped);
    }
    // The list was read before other changes were made.
    let is_old = true;
    let change = at.update(plan, again, is_old, &sent).await?;
    Ok(match change.result {
        Outcome::Unchanged => AppliedResult::Skipped,
        Outcome::Created | Outcome::Updated => AppliedResult::Updated,
    })
}

/// Deletes a webhook and its values, unless somebody else has taken it over.
async fn delete(
    at: &Sender,
    current: &Webhook,
    owner: Option<&str>,
    is_pruned: bool,
) -> anyhow::Result<()> {
    let failed = || format!("could not delete webhook `{}`", current.name);
    let name: WebhookName = current
        .name
        .parse()
        .map_err(Failure::from)
        .with_context(failed)?;
    let fresh = match at.project.webhook(name.as_str()).await {
        Ok(fresh) => fresh,
        // Someone else has deleted it; its stored values remain to be deleted.
        Err(error) if error.is_not_found() => return at.forget(current).await,
        Err(error) => return Err(error).with_context(failed),
    };
    if fresh.id != current.id {
        let message = "it was replaced by another webhook with the same name; nothing was changed";
        return Err(Failure::new(Kind::Refused, message)).with_context(failed);
    }
    if is_pruned && !fresh.labels.contains_key(OWNER) {
        let message = "it has no owner any more; nothing was changed";
        return Err(Failure::new(Kind::Refused, message)).with_context(failed);
    }
    check_owner(&fresh, owner).with_context(failed)?;
    at.delete(name.as_str()).await.with_context(failed)?;
    at.forget(&fresh).await
}

fn check_owner(current: &Webhook, owner: Option<&str>) -> anyhow::Result<()> {
    match current.labels.get(OWNER) {
        Some(other) if Some(other.as_str()) != owner => {
            let message = format!("it belongs to the owner `{other}` by now; nothing was changed");
            Err(Failure::new(Kind::Refused, message).into())
        }
        _ => Ok(()),
    }
}
