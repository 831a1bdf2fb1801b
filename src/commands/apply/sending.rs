//! Sends one change of `apply`, and says what became of it.

use anyhow::Context as _;

use super::deeds::Deed;
use crate::{
    commands::{
        change::Care,
        reason,
        sender::{Plan, Sender, Sent, taken},
        values,
    },
    model::{
        draft::Draft,
        edits::Edits,
        failure::{Explain, Failure, Kind},
        name::WebhookName,
        plan::{Action, OWNER},
        shell::quote,
        webhook::{NewWebhook, Webhook},
    },
    output::{applied::AppliedResult, change::Outcome},
};

/// How changes are carried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// Who owns the webhooks.
    pub(super) owner: Option<&'a str>,
    /// Whether stored protected values may be sent to a URL's new origin.
    pub(super) keep_secrets: bool,
    /// The flags that name the same files, for a hint.
    pub(super) flags: &'a str,
}

/// Carries out one change. The caller must hold the webhook's lock.
pub(super) async fn send(
    at: &Sender,
    deed: &Deed,
    terms: Terms<'_>,
) -> anyhow::Result<AppliedResult> {
    let owner = terms.owner;
    match (deed.change.action, &deed.draft, &deed.current) {
        (Action::Create, Some(draft), _) => create(at, &new(deed, draft, owner)).await,
        (Action::Update, Some(draft), Some(current)) => {
            update(at, deed, draft, current, terms).await
        }
        (Action::Replace, Some(draft), Some(current)) => {
            let new = new(deed, draft, owner);
            delete(at, current, owner, false).await?;
            let created = create(at, &new).await;
            created.map_err(|error| gone(&error, draft, terms.flags))?;
            Ok(AppliedResult::Replaced)
        }
        (Action::Delete, _, Some(current)) => {
            delete(at, current, owner, true).await?;
            Ok(AppliedResult::Deleted)
        }
        _ => {
            let why = deed
                .change
                .reason
                .as_deref()
                .unwrap_or("it can't be changed");
            let message = format!("webhook `{}` was not changed: {why}", deed.change.name);
            Err(Failure::new(Kind::Refused, message).into())
        }
    }
}

/// A webhook that was deleted, and could not be created again.
fn gone(error: &anyhow::Error, draft: &Draft, flags: &str) -> anyhow::Error {
    let kind = reason::explained(error).map_or(Kind::Unexpected, Explain::kind);
    let name = &draft.name;
    let message = format!(
        "webhook `{name}` was deleted, but not created again: {}",
        reason::sentence(error)
    );
    Failure::new(kind, message)
        .with_hint(format!(
            "ubihook apply {flags} --yes {}",
            quote(name.as_str())
        ))
        .into()
}

/// The webhook to create, with all values.
pub(super) fn new(deed: &Deed, draft: &Draft, owner: Option<&str>) -> NewWebhook {
    let mut draft = draft.clone();
    if let Some(owner) = owner {
        let labels = draft.labels.get_or_insert_default();
        labels.insert(OWNER.to_owned(), owner.to_owned());
    }
    draft.with_headers(deed.headers.clone())
}

async fn create(at: &Sender, new: &NewWebhook) -> anyhow::Result<AppliedResult> {
    let failed = || format!("could not create webhook `{}`", new.name);
    new.check_unmasked()
        .map_err(Failure::from)
        .with_context(failed)?;
    match at.create(new).await.with_context(failed)? {
        Sent::Made(_) => Ok(AppliedResult::Created),
        Sent::Taken(error) => Err(taken().with_status(error.http_status())).with_context(failed),
    }
}

async fn update(
    at: &Sender,
    deed: &Deed,
    draft: &Draft,
    current: &Webhook,
    terms: Terms<'_>,
) -> anyhow::Result<AppliedResult> {
    let Terms {
        owner,
        keep_secrets,
        ..
    } = terms;
    let sent = values::given(&deed.headers);
    let again = |current: Webhook| {
        check_owner(&current, owner)?;
        let edits = Edits::exact(draft, &current, owner);
        let care = Care {
            keep_secrets,
            yes: true,
            dry_run: false,
        };
        Plan::of(current, &edits, &deed.headers, care)
    };
    let failed = || format!("could not update webhook `{}`", draft.name);
    let plan = again(current.clone()).with_context(failed)?;
    if plan.patch.is_empty() {
        return Ok(AppliedResult::Skipped);
    }
    // Other changes came first.
    let change = at.update(plan, again, true, &sent).await?;
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
        Err(error) if error.is_not_found() => return Ok(()),
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
