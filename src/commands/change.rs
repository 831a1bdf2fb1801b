//! Changes an existing webhook, for `update` and for `create --if-exists update`.

use anyhow::Context as _;

use super::{context::Context, preview::preview, sender::Plan, values};
use crate::{
    api::Project,
    model::{
        changes::{FieldChange, changes},
        edits::{Carried, Edits},
        failure::{Failure, Kind},
        header::{HeaderEdit, NewHeader},
        labels::OWNER,
        name::VersionName,
        routes,
        shell::quote,
        target::Target,
        text::{did_you_mean, nearest},
        webhook::{Webhook, WebhookPatch},
    },
    output::{
        change::{Change, Outcome},
        deletion,
        preview::Preview,
    },
    secrets::Locks,
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
        return Ok(cx.output.show(&preview_of(&project, plan, &sent))?);
    }
    if plan.patch.is_empty() {
        return show_outcome(cx, Outcome::Unchanged, plan.current).await;
    }
    let asked = confirm_removal(cx, &plan.current, edits, care).await?;
    if !sent.is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    let again = |current| Plan::of(current, edits, &headers, care);
    let sender = cx.sender().await?;
    let change = sender.update(plan, again, asked, &sent).await?;
    show(cx, change).await
}

/// Sends new values of protected headers, and keeps the values that they replace as previous. Shows
/// nothing. The caller must hold the webhook's lock.
pub(super) async fn rotate(
    cx: &mut Context,
    current: Webhook,
    headers: &[NewHeader],
) -> anyhow::Result<Webhook> {
    let origin = current.origin();
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
    cx.sender().await?.rotate(plan, again, &sent).await
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

/// The call of a plan; `sent` are the headers whose values it sends.
pub(super) fn preview_of(project: &Project, plan: Plan, sent: &[String]) -> Preview {
    let Plan { current, patch, .. } = plan;
    if patch.is_empty() {
        return no_call(project, &current);
    }
    let (name, body) = (Some(&*current.name), Some(&patch));
    let call = preview(project, "PATCH", routes::WEBHOOK, name, body);
    let mut after = current.clone();
    patch.apply(&mut after);
    Preview {
        changes: changes(&current, &after, sent),
        ..call
    }
}

/// The preview of a change that needs no call.
pub(super) fn show_no_call(
    cx: &Context,
    project: &Project,
    current: &Webhook,
) -> anyhow::Result<()> {
    Ok(cx.output.show(&no_call(project, current))?)
}

/// The same, not shown.
pub(super) fn no_call(project: &Project, current: &Webhook) -> Preview {
    let name = Some(&*current.name);
    preview(project, None, routes::WEBHOOK, name, None::<&()>)
}

impl Plan {
    pub(super) fn of(
        current: Webhook,
        edits: &Edits,
        headers: &[NewHeader],
        care: Care,
    ) -> anyhow::Result<Self> {
        let carried = edits.carried_along(&current);
        if let Some(carried) = carried.as_ref().filter(|_| !care.keep_secrets) {
            return Err(other_origin(carried).into());
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

/// Warns of headers and labels to remove that the webhook doesn't have, if it has similar ones.
pub(super) fn warn_of_near_misses(cx: &Context, current: &Webhook, edits: &Edits) {
    let headers: Vec<_> = current.headers.iter().map(|own| own.key.as_str()).collect();
    let labels: Vec<_> = current.labels.keys().map(String::as_str).collect();
    let warn = |what: &str, name: &str, known: &[&str]| {
        if let Some(near) = nearest(name, known.iter().copied()) {
            let missing = format!("webhook `{}` has no {what} `{name}`", current.name);
            cx.output.warn(&did_you_mean(&missing, Some(near)));
        }
    };
    for name in &edits.removed_headers {
        if !headers.iter().any(|own| name.is(own)) {
            warn("header", name.as_str(), &headers);
        }
    }
    for name in &edits.removed_labels {
        if !current.labels.contains_key(name) {
            warn("label", name, &labels);
        }
    }
}

/// Says what the webhook has beyond a file: an update leaves it as it is.
pub(super) fn note_what_stays(cx: &Context, current: &Webhook, edits: &Edits) {
    let (headers, mut labels) = edits.unnamed(current);
    // It says who manages the webhook, and no file of `create` and `update` has it.
    labels.retain(|label| *label != OWNER);
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
        "webhook `{}` keeps what is not in the file: {}; `update` with {} removes it",
        current.name,
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

fn other_origin(carried: &Carried) -> Failure {
    let names: Vec<_> = carried.names.iter().map(String::as_str).collect();
    Failure::new(Kind::Usage, carried.to_string())
        .with_hint(values::give_again(&names, &carried.new))
}

/// Asks for confirmation before a protected value is deleted. Returns whether it prompted.
pub(super) async fn confirm_removal(
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

async fn show(cx: &mut Context, change: Change) -> anyhow::Result<()> {
    let (result, name) = (change.result, change.webhook.name.clone());
    let webhook = cx.shown_one(change.webhook).await?;
    let change = Change { webhook, ..change };
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
    let change = Change {
        result,
        webhook,
        changes: Vec::new(),
    };
    show(cx, change).await
}
