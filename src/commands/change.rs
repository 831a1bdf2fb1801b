//! Changing a webhook that is there: what `update` does, and `create --if-exists update` too.

use anyhow::Context as _;

use super::{Error, Kind, context::Context, values};
use crate::{
    api::{self, Project},
    args,
    model::{
        edits::Edits,
        header::{HeaderEdit, HeaderName, NewHeader, differing},
        name::{VersionName, WebhookName},
        origin::Origin,
        routes,
        shell::quote,
        target::Target,
        webhook::{Webhook, WebhookPatch},
    },
    output::{
        change::{Before, Change, Outcome},
        going,
        preview::Preview,
    },
    secrets::{
        Destination, Site,
        custody::{Custody, Pending},
    },
};

/// How careful to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Care {
    /// Whether kept protected values may follow the URL to another origin.
    pub keep_secrets: bool,
    /// Whether a protected header is removed without a question.
    pub yes: bool,
    /// Whether to show what would be sent, and send nothing.
    pub dry_run: bool,
}

/// Carries out `edits`, whose headers are `headers` with their values, and shows the outcome.
pub(super) async fn carry_out(
    cx: &mut Context,
    current: Webhook,
    edits: &Edits,
    headers: Vec<NewHeader>,
    care: Care,
) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let sent = values::given(&headers);
    let carried = edits.carried_along(&current);
    if let Some((names, origin)) = carried.as_ref().filter(|_| !care.keep_secrets) {
        return Err(other_origin(&current, names, origin).into());
    }
    let sets = headers.into_iter().map(HeaderEdit::Set).collect();
    let patch = edits.plan(&current, sets).map_err(args::Error::from)?;
    if patch.is_empty() {
        return show(cx, Outcome::Unchanged, current, None).await;
    }
    if care.dry_run {
        return preview(cx, &project, &current, &patch);
    }
    confirm_removal(cx, &current, edits, care).await?;
    if !sent.is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    let after = send(cx, &project, &current, &patch).await?;
    let carried = carried.map(|(names, origin)| Carried { names, origin });
    follow(cx, &current, &after, edits, carried).await?;
    let before = Before {
        webhook: current,
        sent,
    };
    show(cx, Outcome::Updated, after, Some(before)).await
}

/// Refuses to change what the API can't change, with the commands that would do it.
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
    // The likely slip in a create that is repeated.
    let only_version = wanted.version.is_none()
        && wanted.object_type.as_str() == current.object_type
        && wanted.object_name.as_str() == current.object_name;
    if let (true, Some(version)) = (only_version, &current.version) {
        return Err(Error::new(Kind::Usage, message)
            .hint(format!(
                "add --version {}, if that one is meant",
                quote(version)
            ))
            .into());
    }
    Err(Error::new(Kind::Usage, message)
        .hint(format!(
            "ubihook delete {name}\nubihook create {name} {flags} --event … --url …",
            name = quote(name),
            flags = wanted.flags()
        ))
        .into())
}

fn other_origin(current: &Webhook, names: &[String], origin: &Origin) -> Error {
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
    let anew: Vec<_> = names
        .iter()
        .map(|name| format!("--secret-header {}=SOURCE", quote(name)))
        .collect();
    Error::new(Kind::Usage, message).hint(format!(
        "give it anew with {}\nor add --keep-secrets, if {origin} may have it",
        anew.join(" ")
    ))
}

async fn confirm_removal(
    cx: &mut Context,
    current: &Webhook,
    edits: &Edits,
    care: Care,
) -> anyhow::Result<()> {
    let removed: Vec<_> = edits.removed_protected(current).collect();
    if removed.is_empty() || care.yes {
        return Ok(());
    }
    let deed = format!(
        "remove protected {} from `{}`, and forget its value",
        removed.join(", "),
        current.name
    );
    cx.must_ask(&deed)?;
    let shown = cx.shown_one(current.clone()).await?;
    let question = match removed.len() {
        1 => "Remove it?",
        _ => "Remove them?",
    };
    cx.confirm(question, |paper| going::headers(paper, &shown, &removed))
        .await
}

fn preview(
    cx: &Context,
    project: &Project,
    current: &Webhook,
    patch: &WebhookPatch,
) -> anyhow::Result<()> {
    let route = routes::WEBHOOK.fill(&[project.name().as_str(), &current.name]);
    Ok(cx.output.show(&Preview::of(
        "PATCH",
        project.client().host(),
        &route,
        Some(patch),
    ))?)
}

/// Keeps the values, sends the update, and looks whether the headers are what was sent.
async fn send(
    cx: &mut Context,
    project: &Project,
    current: &Webhook,
    patch: &WebhookPatch,
) -> anyhow::Result<Webhook> {
    let failed = || format!("could not update webhook `{}`", current.name);
    let (custody, site) = (cx.custody()?, cx.site().await?);
    // What an interrupted command left behind can be told from the webhook only before it changes.
    custody.settle(&site, current).await?;
    let pending = custody.keep_changes(&site, current, patch).await?;
    let changed = match project.update_webhook(current, patch).await {
        Ok(made) => made.value,
        Err(error) => {
            let_go(cx, &custody, pending, &error).await;
            if let Some(name) = &patch.name
                && is_taken(project, name, &error).await
            {
                return Err(Error::new(Kind::AlreadyExists, NAME_TAKEN)).with_context(failed);
            }
            return Err(error).with_context(failed);
        }
    };
    custody.promote(pending, &changed).await.map_err(|error| {
        let mend = format!(
            "ubihook update {} --secret-header NAME=SOURCE",
            quote(&changed.name)
        );
        not_stored("updated", &changed.name, &error, mend)
    })?;
    let Some(sent) = &patch.headers else {
        return Ok(changed);
    };
    let after = project.webhook(&changed.name).await.with_context(|| {
        format!(
            "webhook `{}` was updated, but could not be read again",
            changed.name
        )
    })?;
    let after = after.hiding(Some(sent));
    if let Some(name) = differing(&after.headers, sent) {
        let message = format!(
            "webhook `{}` was updated, but its header `{name}` is not what was sent",
            after.name
        );
        return Err(Error::new(Kind::Refused, message)
            .hint(format!("ubihook get {}", quote(&after.name)))
            .into());
    }
    Ok(after)
}

/// What is wrong with a name that another webhook has.
pub(super) const NAME_TAKEN: &str = "another webhook has that name already";

/// Whether a refusal means that the name is taken. Nobody outside knows with which status and
/// words the platform says so, so it is looked up.
pub(super) async fn is_taken(project: &Project, name: &WebhookName, error: &api::Error) -> bool {
    matches!(error.status(), Some(400 | 409 | 422)) && project.webhook(name.as_str()).await.is_ok()
}

/// Values whose call failed: discarded where it surely did nothing, else left for the next command
/// to settle. That this itself fails is no reason to hide why the call did.
pub(super) async fn let_go(cx: &Context, custody: &Custody, pending: Pending, error: &api::Error) {
    if error.did_nothing()
        && let Err(error) = custody.discard(pending).await
    {
        cx.output.warn(&error.to_string());
    }
}

/// The webhook is changed and its value isn't kept: said with the command that mends it.
pub(super) fn not_stored(
    done: &str,
    name: &str,
    error: &crate::secrets::Error,
    mend: String,
) -> Error {
    let message = format!("webhook `{name}` was {done}, but a value could not be kept: {error}");
    Error::new(Kind::Secret, message).hint(mend)
}

struct Carried {
    names: Vec<String>,
    origin: Origin,
}

/// What custody has to do after the platform has said yes.
async fn follow(
    cx: &mut Context,
    before: &Webhook,
    after: &Webhook,
    edits: &Edits,
    carried: Option<Carried>,
) -> anyhow::Result<()> {
    let (custody, site): (_, Site) = (cx.custody()?, cx.site().await?);
    let mend = |header: &str| {
        format!(
            "ubihook update {} --secret-header {}=SOURCE",
            quote(&after.name),
            quote(header)
        )
    };
    if let (Some(Carried { names, origin }), Some(from)) = (carried, Destination::of(&site, before))
    {
        for name in &names {
            let header: HeaderName = name.parse()?;
            custody
                .carry(&from, &header, &origin)
                .await
                .map_err(|error| not_stored("updated", &after.name, &error, mend(name)))?;
        }
    }
    for name in edits.removed_protected(before) {
        custody.forget_header(&site, before, &name.parse()?).await?;
    }
    if before.name != after.name {
        custody.rename(&site, &after.id, &after.name).await?;
    }
    Ok(())
}

async fn show(
    cx: &mut Context,
    result: Outcome,
    webhook: Webhook,
    before: Option<Before>,
) -> anyhow::Result<()> {
    let name = webhook.name.clone();
    let webhook = cx.shown_one(webhook).await?;
    let change = Change {
        result,
        webhook,
        before,
    };
    cx.output.show(&change).with_context(|| match result {
        Outcome::Created => format!("webhook `{name}` was created"),
        Outcome::Updated => format!("webhook `{name}` was updated"),
        Outcome::Unchanged => format!("webhook `{name}` is as it was"),
    })
}

/// Shows a webhook that was just created, or left alone.
pub(super) async fn show_outcome(
    cx: &mut Context,
    result: Outcome,
    webhook: Webhook,
) -> anyhow::Result<()> {
    show(cx, result, webhook, None).await
}
