//! Changes an existing webhook, for `update` and for `create --if-exists update`.

use std::time::Instant;

use anyhow::Context as _;

use super::{
    context::{Context, SEND_WITHIN},
    preview::preview,
    values,
};
use crate::{
    api::{self, Project},
    model::{
        changes::{FieldChange, changes},
        edits::Edits,
        failure::{Explain, Failure, Kind},
        header::{HeaderEdit, HeaderName, NewHeader, differing},
        name::{VersionName, WebhookName},
        origin::Origin,
        routes,
        shell::quote,
        target::Target,
        webhook::{Webhook, WebhookPatch},
    },
    output::{
        change::{Change, Outcome},
        deletion,
        preview::Preview,
    },
    secrets::{
        Locks,
        custody::{Custody, Pending},
    },
};

/// What is allowed without confirmation, and whether this is a dry run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Care {
    /// Whether stored protected values may be sent to the URL's new origin.
    pub keep_secrets: bool,
    /// Whether to remove a protected header without confirmation.
    pub yes: bool,
    /// Whether to show what would be sent without sending it.
    pub dry_run: bool,
}

/// Takes the locks of these webhooks, by name; takes none in a dry run.
pub(super) async fn lock(cx: &mut Context, names: &[&str], care: Care) -> anyhow::Result<Locks> {
    if care.dry_run {
        return Ok(Locks::default());
    }
    cx.lock(names).await
}

/// Carries out `edits` and shows the outcome; `headers` are the headers of `edits` with their
/// values. The caller must hold the webhook's lock.
pub(super) async fn carry_out(
    cx: &mut Context,
    current: Webhook,
    edits: &Edits,
    headers: Vec<NewHeader>,
    care: Care,
) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let sent = values::given(&headers);
    let plan = Plan::of(current, edits, &headers, care)?;
    if care.dry_run {
        return show_preview(cx, &project, plan, &sent);
    }
    if plan.patch.is_empty() {
        return show_outcome(cx, Outcome::Unchanged, plan.current).await;
    }
    let asked = confirm_removal(cx, &plan.current, edits, care).await?;
    if !sent.is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    let name = plan.current.name.clone();
    let again = |current| Plan::of(current, edits, &headers, care);
    let begun = begin(cx, &project, plan, again, asked).await;
    let begun = begun.with_context(|| format!("could not update webhook `{name}`"))?;
    let (plan, pending) = match begun {
        Begun::Ready(plan, pending) => (*plan, pending),
        Begun::IsSo(current) => return show_outcome(cx, Outcome::Unchanged, current).await,
    };
    let Plan {
        current,
        patch,
        carried,
    } = plan;
    let after = send(cx, &project, &current, &patch, pending, &sent).await?;
    if let Some((names, _)) = carried {
        carry(cx, &current, &after, &names).await?;
    }
    let changes = changes(&current, &after, &sent);
    show(cx, Outcome::Updated, after, changes).await
}

/// Sends new values of protected headers, and keeps the values that they replace as previous. Shows
/// nothing. The caller must hold the webhook's lock.
pub(super) async fn rotate(
    cx: &mut Context,
    project: &Project,
    current: Webhook,
    headers: &[NewHeader],
) -> anyhow::Result<Webhook> {
    let (name, origin) = (current.name.clone(), current.origin());
    let again = |fresh: Webhook| {
        let protects = |header: &NewHeader| fresh.protected_headers().any(|own| header.key.is(own));
        if fresh.origin() != origin || !headers.iter().all(protects) {
            let message = "its URL or its protected headers were changed in the meantime; nothing was changed";
            return Err(Failure::new(Kind::Refused, message).into());
        }
        let care = Care {
            keep_secrets: false,
            yes: false,
            dry_run: false,
        };
        Plan::of(fresh, &Edits::default(), headers, care)
    };
    let sent = values::given(headers);
    let plan = again(current)?;
    // The test took some time.
    let begun = begin(cx, project, plan, again, true).await;
    match begun.with_context(|| format!("could not update webhook `{name}`"))? {
        Begun::Ready(plan, pending) => {
            let Plan { current, patch, .. } = *plan;
            let pending = pending.keeping_previous();
            send(cx, project, &current, &patch, pending, &sent).await
        }
        Begun::IsSo(current) => Ok(current),
    }
}

/// The update of a rotation, and what it would change.
pub(super) fn rotation(
    current: &Webhook,
    headers: &[NewHeader],
) -> anyhow::Result<(WebhookPatch, Vec<FieldChange>)> {
    let sets = headers.iter().cloned().map(HeaderEdit::Set).collect();
    let patch = Edits::default()
        .plan(current, sets)
        .map_err(Failure::from)?;
    let mut after = current.clone();
    patch.clone().apply(&mut after);
    let changes = changes(current, &after, &values::given(headers));
    Ok((patch, changes))
}

fn show_preview(
    cx: &Context,
    project: &Project,
    plan: Plan,
    sent: &[String],
) -> anyhow::Result<()> {
    let Plan { current, patch, .. } = plan;
    if patch.is_empty() {
        return show_no_call(cx, project, &current);
    }
    let (name, body) = (Some(&*current.name), Some(&patch));
    let call = preview(project, "PATCH", routes::WEBHOOK, name, body);
    let mut after = current.clone();
    patch.apply(&mut after);
    let call = Preview {
        changes: changes(&current, &after, sent),
        ..call
    };
    Ok(cx.output.show(&call)?)
}

/// The preview of a change that needs no call.
pub(super) fn show_no_call(
    cx: &Context,
    project: &Project,
    current: &Webhook,
) -> anyhow::Result<()> {
    let name = Some(&*current.name);
    let call = preview(project, None, routes::WEBHOOK, name, None::<&()>);
    Ok(cx.output.show(&call)?)
}

/// The update for a webhook in the state in which it was read.
struct Plan {
    current: Webhook,
    patch: WebhookPatch,
    /// Stored values that will also be used for the new origin.
    carried: Option<(Vec<String>, Origin)>,
}

impl Plan {
    fn of(
        current: Webhook,
        edits: &Edits,
        headers: &[NewHeader],
        care: Care,
    ) -> anyhow::Result<Self> {
        let carried = edits.carried_along(&current);
        if let Some((names, origin)) = carried.as_ref().filter(|_| !care.keep_secrets) {
            return Err(other_origin(&current, names, origin).into());
        }
        let sets = headers.iter().cloned().map(HeaderEdit::Set).collect();
        let patch = edits.plan(&current, sets).map_err(Failure::from)?;
        Ok(Self {
            current,
            patch,
            carried,
        })
    }
}

/// Says what the webhook has beyond a file: an update leaves it as it is.
pub(super) fn note_what_stays(cx: &Context, current: &Webhook, edits: &Edits) {
    let (headers, labels) = edits.unnamed(current);
    let names = |what: &str, names: &[&str]| {
        let quoted = names.iter().map(|name| format!("{what} `{name}`"));
        quoted.collect::<Vec<_>>()
    };
    let all = [names("header", &headers), names("label", &labels)].concat();
    if all.is_empty() {
        return;
    }
    let flags: Vec<_> = [("--remove-header", headers), ("--remove-label", labels)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(flag, _)| flag)
        .collect();
    cx.output.note(&format!(
        "not in the file, and left as it is: {}; `update` with {} removes it",
        all.join(", "),
        flags.join(" and ")
    ));
}

/// Refuses changes that the API doesn't support, and suggests the commands to use instead.
pub(super) fn check_target(current: &Webhook, wanted: Option<&Target>) -> anyhow::Result<()> {
    let Some(wanted) = wanted else { return Ok(()) };
    let version = wanted.version.as_ref().map(VersionName::as_str);
    let same = wanted.object_type.as_str() == current.object_type
        && wanted.object_name.as_str() == current.object_name
        && version == current.version.as_deref();
    if same {
        return Ok(());
    }
    let name = &current.name;
    let message = format!(
        "webhook `{name}` watches {}, and the API can't change that to {wanted}",
        current.target()
    );
    // A likely mistake when a create is repeated.
    let only_version = wanted.version.is_none()
        && wanted.object_type.as_str() == current.object_type
        && wanted.object_name.as_str() == current.object_name;
    if let (true, Some(version)) = (only_version, &current.version) {
        return Err(Failure::new(Kind::Usage, message)
            .with_hint(format!(
                "add --version {} if you mean that version",
                quote(version)
            ))
            .into());
    }
    Err(Failure::new(Kind::Usage, message)
        .with_hint(format!(
            "ubihook delete {name}\nubihook create {name} {flags} --event … --url …",
            name = quote(name),
            flags = wanted.flags()
        ))
        .into())
}

fn other_origin(current: &Webhook, names: &[String], origin: &Origin) -> Failure {
    let old = current.origin();
    let old = old.as_ref().map_or("no origin", Origin::as_str);
    let message = format!(
        "the new URL is at {origin}, and the platform would send it the value of {} that was given \
         for {old}",
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    Failure::new(Kind::Usage, message).with_hint(values::give_again(&names, origin))
}

/// Asks for confirmation before a protected value is deleted. Returns whether it prompted.
async fn confirm_removal(
    cx: &mut Context,
    current: &Webhook,
    edits: &Edits,
    care: Care,
) -> anyhow::Result<bool> {
    let removed: Vec<_> = edits.removed_protected(current).collect();
    if removed.is_empty() || care.yes {
        return Ok(false);
    }
    let deed = format!(
        "remove the protected header {} from `{}`, and its value,",
        removed.join(", "),
        current.name
    );
    cx.must_ask(&deed)?;
    let shown = cx.shown_one(current.clone()).await?;
    let question = match removed.len() {
        1 => "Remove it?",
        _ => "Remove them?",
    };
    cx.confirm(question, |paper| deletion::headers(paper, &shown, &removed))
        .await?;
    Ok(true)
}

/// How often a webhook is read again if others change it in the meantime.
const MOST_READS: usize = 3;

/// Ready to be sent, or found to need no change.
enum Begun {
    Ready(Box<Plan>, Pending),
    IsSo(Webhook),
}

/// Stores the values before they are sent. Reads the webhook again if that or a prompt may have
/// taken time, or if the update sends a complete list of headers or labels, which must keep what
/// others have added to it in the meantime.
async fn begin(
    cx: &mut Context,
    project: &Project,
    mut plan: Plan,
    again: impl Fn(Webhook) -> anyhow::Result<Plan>,
    asked: bool,
) -> anyhow::Result<Begun> {
    let (custody, site) = (cx.custody()?, cx.site().await?);
    let mut reads = 0;
    loop {
        let Plan { current, patch, .. } = &plan;
        match custody.settle(&site, current, cx.now().await?).await {
            // A change that sends no value doesn't need the index. A problem with it is reported
            // when the webhook is shown.
            Err(error) if error.is_of_index() && sends_no_value(patch) => {}
            settled => settled?,
        }
        let (call, begun) = (cx.call().await?, Instant::now());
        let pending = custody.begin_update(&site, current, patch, call).await?;
        let sends_a_list = patch.headers.is_some() || patch.labels.is_some();
        if reads == MOST_READS || (pending.is_empty() && !asked && !sends_a_list) {
            return Ok(Begun::Ready(Box::new(plan), pending));
        }
        let fresh = project.webhook(&current.name).await;
        let is_late = begun.elapsed() > SEND_WITHIN;
        if !is_late && fresh.as_ref().is_ok_and(|fresh| fresh == current) {
            return Ok(Begun::Ready(Box::new(plan), pending));
        }
        withdraw(cx, &custody, pending).await;
        let fresh = fresh?;
        if fresh.id != current.id {
            let message =
                "it was replaced by another webhook with the same name; nothing was changed";
            return Err(Failure::new(Kind::Refused, message).into());
        }
        plan = again(fresh)?;
        if plan.patch.is_empty() {
            return Ok(Begun::IsSo(plan.current));
        }
        reads += 1;
    }
}

/// Sends the update, stores what the platform has now, and compares the headers with what was sent.
async fn send(
    cx: &mut Context,
    project: &Project,
    current: &Webhook,
    patch: &WebhookPatch,
    pending: Pending,
    sent: &[String],
) -> anyhow::Result<Webhook> {
    let failed = || format!("could not update webhook `{}`", current.name);
    let custody = cx.custody()?;
    let changed = match project.update_webhook(current, patch).await {
        Ok(made) => {
            if made.found {
                cx.output
                    .note("the response was lost, but the webhook was updated as requested");
            }
            made.value
        }
        Err(error) => {
            let_go(cx, &custody, pending, &error).await;
            if let Some(name) = &patch.name
                && is_taken(project, name, &error).await
            {
                return Err(taken().with_status(error.http_status())).with_context(failed);
            }
            return Err(error).with_context(failed);
        }
    };
    let now = cx.now().await?;
    let finished = custody.finish(pending, &changed, now).await;
    finished.map_err(|error| not_stored("updated", &changed.name, sent, &error))?;
    if patch.headers.is_none() {
        return Ok(changed);
    }
    read_again(project, &changed, patch).await
}

async fn read_again(
    project: &Project,
    changed: &Webhook,
    patch: &WebhookPatch,
) -> anyhow::Result<Webhook> {
    let after = project.webhook(&changed.name).await.with_context(|| {
        format!(
            "webhook `{}` was updated, but could not be read again",
            changed.name
        )
    })?;
    let sent = patch.headers.as_deref().unwrap_or_default();
    let after = after.hiding(Some(sent));
    if let Some(name) = differing(&after.headers, sent) {
        let message = format!(
            "webhook `{}` was updated, but its header `{name}` differs from what was sent",
            after.name
        );
        return Err(Failure::new(Kind::Refused, message)
            .with_hint(format!("ubihook get {}", quote(&after.name)))
            .into());
    }
    Ok(after)
}

fn sends_no_value(patch: &WebhookPatch) -> bool {
    values::given(patch.headers.as_deref().unwrap_or_default()).is_empty()
}

/// The name for a webhook is already in use.
pub(super) fn taken() -> Failure {
    Failure::new(
        Kind::AlreadyExists,
        "a webhook with that name already exists",
    )
}

/// The hint for `create`.
pub(super) const IF_EXISTS: &str =
    "--if-exists update changes it, --if-exists skip leaves it unchanged";

/// Whether a refusal means that the name is taken: the platform refused the contents, and a webhook
/// with that name exists. The status and message that the platform uses for this are not
/// documented.
pub(super) async fn is_taken(project: &Project, name: &WebhookName, error: &api::Error) -> bool {
    matches!(error.http_status(), Some(400 | 409 | 422))
        && project.webhook(name.as_str()).await.is_ok()
}

/// Handles the values of a failed call: withdraws them if the call certainly had no effect;
/// otherwise keeps them, because the call may have arrived.
pub(super) async fn let_go(cx: &Context, custody: &Custody, pending: Pending, error: &api::Error) {
    if error.did_nothing() {
        withdraw(cx, custody, pending).await;
    }
}

/// If this fails too, the reason why the call failed is still reported.
async fn withdraw(cx: &Context, custody: &Custody, pending: Pending) {
    if let Err(error) = custody.withdraw(pending).await {
        cx.output.warn(&error.to_string());
    }
}

/// The webhook was changed, but its value could not be stored. The hint is the command that fixes
/// this.
pub(super) fn not_stored(
    done: &str,
    name: &str,
    headers: &[String],
    error: &crate::secrets::Error,
) -> Failure {
    let message = format!("webhook `{name}` was {done}, but a value could not be stored: {error}");
    let flags = headers
        .iter()
        .map(|header| format!(" {}", values::from_source(header)));
    let flags: String = flags.collect();
    Failure::new(Kind::Secret, message).with_hint(format!("ubihook update {}{flags}", quote(name)))
}

/// Moves stored values to the new origin after the platform has accepted the change.
async fn carry(
    cx: &mut Context,
    before: &Webhook,
    after: &Webhook,
    names: &[String],
) -> anyhow::Result<()> {
    let (custody, site, now) = (cx.custody()?, cx.site().await?, cx.now().await?);
    let Some(from) = before.origin() else {
        return Ok(());
    };
    for name in names {
        let header: HeaderName = name.parse()?;
        let carried = custody.carry(&site, after, &header, &from, now).await;
        carried.map_err(|error| {
            not_stored("updated", &after.name, std::slice::from_ref(name), &error)
        })?;
    }
    Ok(())
}

async fn show(
    cx: &mut Context,
    result: Outcome,
    webhook: Webhook,
    changes: Vec<FieldChange>,
) -> anyhow::Result<()> {
    let name = webhook.name.clone();
    let webhook = cx.shown_one(webhook).await?;
    let change = Change {
        result,
        webhook,
        changes,
    };
    cx.output.show(&change).with_context(|| match result {
        Outcome::Created => format!("webhook `{name}` was created"),
        Outcome::Updated => format!("webhook `{name}` was updated"),
        Outcome::Unchanged => format!("webhook `{name}` is unchanged"),
    })
}

/// Shows a webhook that was created or left unchanged.
pub(super) async fn show_outcome(
    cx: &mut Context,
    result: Outcome,
    webhook: Webhook,
) -> anyhow::Result<()> {
    show(cx, result, webhook, Vec::new()).await
}
