//! `create`: creates a webhook from flags, a file, and, on a terminal, prompts. `several.rs` creates
//! those of a file with several.

mod given;
mod several;
mod wizard;

use anyhow::Context as _;
use clap::{Args as ClapArgs, ValueEnum};

use self::wizard::{Asked, Line, Taken};
use super::{
    change::{self, Care},
    context::Context,
    near::Named,
    preview::preview,
    sender::{self, Sent},
    test_runs, values,
    verb::{Example, Run},
};
use crate::{
    api::{self, Project},
    args::{file, target::TargetArgs, webhook::WebhookArgs},
    model::{
        draft::{Draft, PartialDraft},
        edits::Edits,
        failure::{Explain, Failure},
        header::NewHeader,
        name::WebhookName,
        routes,
        webhook::{NewWebhook, Webhook},
    },
    output::change::Outcome,
};

/// Create a webhook
///
/// A webhook calls a URL when a request to a deployment, a pipeline or an experiment has started,
/// completed, failed or finished. A file may contain several.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    /// Name of the webhook [default: from the file]
    name: Option<WebhookName>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    webhook: WebhookArgs,

    /// If the webhook exists: fail, skip, update
    #[arg(
        long,
        value_name = "ACTION",
        default_value = "fail",
        hide_default_value = true,
        hide_possible_values = true
    )]
    if_exists: IfExists,

    /// Create it only if a test event succeeds
    #[arg(long)]
    test_first: bool,

    /// Allow sending secrets to another origin
    ///
    /// Needed for --if-exists update if the URL changes to another scheme, host or port and the
    /// webhook keeps a protected header.
    #[arg(long)]
    keep_secrets: bool,

    /// Show what would be sent without sending it
    #[arg(long)]
    dry_run: bool,
}

/// What to do if a webhook with the same name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IfExists {
    /// Fail with an error
    Fail,
    /// Leave it unchanged
    Skip,
    /// Update it to what is given
    Update,
}

/// How to create it.
#[derive(Debug, Clone, Copy)]
struct CreateOptions {
    if_exists: IfExists,
    test_first: bool,
    care: Care,
    /// Whether there is a file.
    has_file: bool,
    /// Whether flags name the object.
    names_object: bool,
}

impl Run for Args {
    const NAME: &'static str = "create";
    const ALIASES: &'static [&'static str] = &["add"];
    const EXAMPLES: &'static [Example] = &[
        (
            "Get notified of every failed request of a pipeline",
            "ubihook create new-failed --pipeline pipeline-1 --event failed \\\n    \
             --url https://hooks.example.org/in",
        ),
        (
            "With a protected header whose value comes from a variable",
            "ubihook create new-done --deployment deployment-1 --event completed \\\n    \
             --url https://hooks.example.org/in \\\n    \
             --secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'",
        ),
        (
            "When training runs end; created only if a test event succeeds",
            "ubihook create new-trained --experiment experiment-1 --event finished \\\n    \
             --url https://hooks.example.org/in --test-first",
        ),
        (
            "In CI, repeatable: created, updated or left unchanged",
            "ubihook create -f webhook.yaml --if-exists update --no-input",
        ),
        (
            "Show what would be sent",
            "ubihook create -f webhook.yaml --dry-run",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let options = self.options();
        cx.note_stdin(self.webhook.file.as_deref());
        let file = self.webhook.file.clone();
        let mut all = self.given().await?;
        let headers: Vec<_> = all.iter().flat_map(|given| given.headers.clone()).collect();
        values::warn_of_written(cx, &headers);
        let given = match (all.pop(), &all[..]) {
            (Some(given), []) => given,
            (last, _) => {
                let drafts = all.into_iter().chain(last);
                let drafts = drafts.map(|given| given::draft_of_several(given, file.as_deref()));
                return several::run(cx, file::each(drafts)?, options).await;
            }
        };
        if !given::is_incomplete(&given) || !cx.prompt.is_possible() {
            let draft = given::draft(given, file.as_deref())?;
            return make(cx, draft, options, None).await;
        }
        let taken = match options.if_exists {
            IfExists::Fail => Taken::Refuse,
            IfExists::Skip | IfExists::Update => Taken::Allow,
        };
        let Asked { draft, mut line } = wizard::complete(cx, given, taken).await?;
        make(cx, draft, options, Some(&mut line)).await?;
        wizard::show(cx, &line);
        Ok(())
    }
}

/// Creates the webhook of the draft. `line` is given if it comes from prompts; the user then
/// confirms at the end.
async fn make(
    cx: &mut Context,
    draft: Draft,
    options: CreateOptions,
    line: Option<&mut Line>,
) -> anyhow::Result<()> {
    let CreateOptions {
        if_exists,
        test_first,
        care,
        ..
    } = options;
    let project = cx.project().await?;
    warn_of_odd_name(cx, &draft.name);
    // Held from before the lookup until the values are stored.
    let _lock = change::lock(cx, &[draft.name.as_str()], care).await?;
    let current = match if_exists {
        IfExists::Fail => None,
        IfExists::Skip | IfExists::Update => existing(&project, &draft.name).await?,
    };
    // Before the values are read: a webhook that stays as it is needs none.
    let current = match current {
        Some(current) if if_exists == IfExists::Skip => {
            return skip(cx, &project, current, care).await;
        }
        current => current,
    };
    cx.warn_of_variable_in_url(Some(&draft.url));
    let headers = values::fetch(cx, draft.headers.clone(), care.dry_run).await?;
    let wanted = Wanted {
        draft,
        headers,
        options,
    };
    if let Some(current) = current {
        return wanted.settle(cx, &project, current).await;
    }
    let new = wanted.complete(cx).await?;
    if care.dry_run {
        let call = preview(&project, "POST", routes::WEBHOOKS, None, Some(&new));
        return Ok(cx.output.show(&call)?);
    }
    if !values::given(new.headers.as_deref().unwrap_or_default()).is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    let named = if options.has_file && !options.names_object {
        Named::InFile
    } else {
        Named::ByFlags
    };
    match line {
        Some(line) => wizard::conclude(cx, &project, &new, test_first, line).await?,
        None if test_first => test_runs::try_out(cx, &project, &new, named).await?,
        None => {}
    }
    let mut sender = cx.sender().await?;
    sender.named = named;
    match sender.create(&new).await? {
        Sent::Made(made) => change::show_outcome(cx, Outcome::Created, made).await,
        Sent::Flawed(failure) => Err(failure.into()),
        Sent::Taken(error) if if_exists == IfExists::Fail => {
            let taken = sender::taken().with_status(error.http_status());
            Err(taken.with_hint(sender::IF_EXISTS))
                .with_context(|| format!("could not create webhook `{}`", new.name))
        }
        Sent::Taken(_) => {
            // It was created in the meantime.
            let current = project.webhook(new.name.as_str()).await?;
            wanted.settle(cx, &project, current).await
        }
    }
}

async fn skip(
    cx: &mut Context,
    project: &Project,
    current: Webhook,
    care: Care,
) -> anyhow::Result<()> {
    if care.dry_run {
        return change::show_no_call(cx, project, &current);
    }
    change::show_outcome(cx, Outcome::Unchanged, current).await
}

/// The wanted webhook.
struct Wanted {
    draft: Draft,
    /// The draft's headers with the values that are known without prompting.
    headers: Vec<NewHeader>,
    options: CreateOptions,
}

impl Wanted {
    /// The webhook to send, with all values.
    async fn complete(&self, cx: &Context) -> anyhow::Result<NewWebhook> {
        let mut new = self.draft.clone().with_headers(self.headers.clone());
        new.check_unmasked().map_err(Failure::from)?;
        let headers = new.headers.as_deref_mut().unwrap_or_default();
        values::complete(cx, headers, self.options.care.dry_run).await?;
        Ok(new)
    }

    /// Handles a webhook that already exists, as `--if-exists` says.
    async fn settle(
        self,
        cx: &mut Context,
        project: &Project,
        current: Webhook,
    ) -> anyhow::Result<()> {
        let CreateOptions { care, .. } = self.options;
        if self.options.if_exists == IfExists::Skip {
            return skip(cx, project, current, care).await;
        }
        change::check_target(&current, Some(&self.draft.target))?;
        let edits = Edits::of(&self.draft);
        if self.options.has_file {
            change::note_what_stays(cx, &current, &edits);
        }
        change::carry_out(cx, current, &edits, self.headers, care).await
    }
}

async fn existing(project: &Project, name: &WebhookName) -> Result<Option<Webhook>, api::Error> {
    match project.webhook(name.as_str()).await {
        Ok(webhook) => Ok(Some(webhook)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// It isn't documented which characters the platform allows, except for those that are certainly
/// allowed.
fn warn_of_odd_name(cx: &Context, name: &WebhookName) {
    if !name.is_plain() {
        cx.output.warn("the name contains characters other than letters, digits, `-`, `_` and `.`, which the platform may refuse");
    }
}

impl Args {
    fn options(&self) -> CreateOptions {
        CreateOptions {
            if_exists: self.if_exists,
            test_first: self.test_first,
            has_file: self.webhook.file.is_some(),
            names_object: !self.target.is_empty(),
            care: Care {
                keep_secrets: self.keep_secrets,
                yes: false,
                dry_run: self.dry_run,
            },
        }
    }

    /// The webhooks of the file, or the one of the flags.
    async fn given(self) -> Result<Vec<PartialDraft>, Failure> {
        let path = self.webhook.file.clone();
        let all = self.webhook.over_files().await?;
        if let (Some(name), [_, _, ..]) = (&self.name, &all[..]) {
            return Err(file::has_several(path.as_deref(), name));
        }
        let given = |said: PartialDraft| {
            Ok::<_, Failure>(PartialDraft {
                name: self.name.clone().or(said.name),
                target: self.target.clone().over(said.target)?,
                ..said
            })
        };
        let all = all.into_iter().map(given).collect::<Result<Vec<_>, _>>()?;
        if let Some(name) = &self.name
            && (path.is_some() || all.iter().any(given::is_incomplete))
        {
            file::check_name(Self::NAME, name)?;
        }
        Ok(all)
    }
}
