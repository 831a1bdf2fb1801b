//! `create`: a new webhook, from flags or a file, and on a terminal from the answers to questions.

mod given;
mod wizard;

use anyhow::Context as _;
use clap::{Args as ClapArgs, ValueEnum};

use self::wizard::{Asked, Line, Taken};
use super::{
    change::{self, Care},
    context::Context,
    near,
    preview::preview,
    test_runs, values,
    verb::{Example, Run},
};
use crate::{
    api::{self, Project},
    args::{target::TargetArgs, webhook::WebhookArgs},
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
/// It calls a URL when a request of a deployment, a pipeline or an experiment started, completed,
/// failed or finished.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    /// Name of the webhook [default: the file's]
    name: Option<WebhookName>,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    webhook: WebhookArgs,

    /// If the name is taken: fail, skip, update
    #[arg(
        long,
        value_name = "DO",
        default_value = "fail",
        hide_default_value = true,
        hide_possible_values = true
    )]
    if_exists: IfExists,

    /// Create nothing unless a test event arrives
    #[arg(long)]
    test_first: bool,

    /// Let kept values follow to another origin
    ///
    /// With --if-exists update, where the URL is at another scheme, host or port.
    #[arg(long)]
    keep_secrets: bool,

    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// What to do about a webhook of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IfExists {
    /// It is an error
    Fail,
    /// Leave it as it is
    Skip,
    /// Change it to what is asked for
    Update,
}

/// How to create it.
#[derive(Debug, Clone, Copy)]
struct Manner {
    if_exists: IfExists,
    test_first: bool,
    care: Care,
}

impl Run for Args {
    const NAME: &'static str = "create";
    const EXAMPLES: &'static [Example] = &[
        (
            "Hear of every failed request of a pipeline",
            "ubihook create new-failed --pipeline pipeline-1 --event failed \\\n    \
             --url https://hooks.example.org/in",
        ),
        (
            "With a protected header, its value from a variable",
            "ubihook create new-done --deployment deployment-1 --event completed \\\n    \
             --url https://hooks.example.org/in \\\n    \
             --secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'",
        ),
        (
            "When training runs of an experiment end, if a test event arrives first",
            "ubihook create new-trained --experiment experiment-1 --event finished \\\n    \
             --url https://hooks.example.org/in --test-first",
        ),
        (
            "In CI, as often as you like: made, changed or left as it is",
            "ubihook create -f webhook.yaml --if-exists update --no-input",
        ),
        (
            "See what would be sent",
            "ubihook create -f webhook.yaml --dry-run",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let manner = self.manner();
        cx.note_stdin(self.webhook.file.as_deref());
        let given = self.given().await?;
        if given::missing(&given).is_empty() || !cx.prompt.is_possible() {
            return make(cx, given::draft(given)?, manner, None).await;
        }
        let taken = match manner.if_exists {
            IfExists::Fail => Taken::Refuse,
            IfExists::Skip | IfExists::Update => Taken::Allow,
        };
        let Asked { draft, mut line } = wizard::complete(cx, given, taken).await?;
        make(cx, draft, manner, Some(&mut line)).await?;
        wizard::show(cx, &line);
        Ok(())
    }
}

/// Makes what the draft says, whoever said it. `line` where a person was asked, who then has the
/// last word.
async fn make(
    cx: &mut Context,
    draft: Draft,
    manner: Manner,
    line: Option<&mut Line>,
) -> anyhow::Result<()> {
    let Manner {
        if_exists,
        test_first,
        care,
    } = manner;
    let headers = values::fetch(cx, draft.headers.clone()).await?;
    let project = cx.project().await?;
    warn_of_odd_name(cx, &draft.name);
    // From before it is looked up to after its values are kept.
    let _lock = change::lock(cx, &[draft.name.as_str()], care).await?;
    let wanted = Wanted {
        draft,
        headers,
        if_exists,
        care,
    };
    if if_exists != IfExists::Fail
        && let Some(current) = existing(&project, &wanted.draft.name).await?
    {
        return wanted.settle(cx, current).await;
    }
    let new = wanted.complete(cx).await?;
    if care.dry_run {
        let call = preview(&project, "POST", routes::WEBHOOKS, None, Some(&new));
        return Ok(cx.output.show(&call)?);
    }
    if !values::given(new.headers.as_deref().unwrap_or_default()).is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    match line {
        Some(line) => wizard::conclude(cx, &project, &new, test_first, line).await?,
        None if test_first => test_runs::try_out(cx, &project, &new).await?,
        None => {}
    }
    let failed = || format!("could not create webhook `{}`", new.name);
    match send(cx, &project, &new).await.with_context(failed)? {
        Sent::Made(made) => change::show_outcome(cx, Outcome::Created, made).await,
        Sent::Taken(error) if if_exists == IfExists::Fail => {
            let taken = change::taken().with_status(error.http_status());
            Err(taken.with_hint(change::IF_EXISTS)).with_context(failed)
        }
        Sent::Taken(_) => {
            // It was created in the meantime.
            let current = project.webhook(new.name.as_str()).await?;
            wanted.settle(cx, current).await
        }
    }
}

/// What is to be there in the end.
struct Wanted {
    draft: Draft,
    /// The draft's headers with their values, as far as those were to be had without asking.
    headers: Vec<NewHeader>,
    if_exists: IfExists,
    care: Care,
}

impl Wanted {
    /// As a create, with all values.
    async fn complete(&self, cx: &Context) -> anyhow::Result<NewWebhook> {
        let mut new = self.draft.clone().with_headers(self.headers.clone());
        new.check_unmasked().map_err(Failure::from)?;
        values::complete(cx, new.headers.as_deref_mut().unwrap_or_default()).await?;
        Ok(new)
    }

    /// Does what was asked for about a webhook that is there already.
    async fn settle(self, cx: &mut Context, current: Webhook) -> anyhow::Result<()> {
        if self.if_exists == IfExists::Skip {
            return change::show_outcome(cx, Outcome::Unchanged, current).await;
        }
        change::check_target(&current, Some(&self.draft.target))?;
        let edits = Edits::of(&self.draft);
        change::carry_out(cx, current, &edits, self.headers, self.care).await
    }
}

async fn existing(project: &Project, name: &WebhookName) -> Result<Option<Webhook>, api::Error> {
    match project.webhook(name.as_str()).await {
        Ok(webhook) => Ok(Some(webhook)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What came of a create that the platform responded to.
enum Sent {
    Made(Webhook),
    /// The name is taken, and nothing was made.
    Taken(api::Error),
}

/// Keeps the values, sends the create, and moves the values to the new webhook's id.
async fn send(cx: &mut Context, project: &Project, new: &NewWebhook) -> anyhow::Result<Sent> {
    let (custody, site) = (cx.custody()?, cx.site().await?);
    let call = cx.call().await?;
    let pending = custody.begin_create(&site, new, call).await?;
    let made = match project.create_webhook(new).await {
        Ok(made) => made,
        Err(error) => {
            change::let_go(cx, &custody, pending, &error).await;
            if change::is_taken(project, &new.name, &error).await {
                return Ok(Sent::Taken(error));
            }
            return Err(near::target(error, project, &new.target()).await);
        }
    };
    if made.found {
        cx.output
            .note("the response was lost; the webhook was found as it was sent");
    }
    let now = cx.now().await?;
    let finished = custody.finish(pending, &made.value, now).await;
    finished.map_err(|error| {
        let sent = values::given(new.headers.as_deref().unwrap_or_default());
        change::not_stored("created", new.name.as_str(), &sent, &error)
    })?;
    Ok(Sent::Made(made.value))
}

/// Which characters the platform allows isn't known; those that are surely fine are.
fn warn_of_odd_name(cx: &Context, name: &WebhookName) {
    if !name.is_plain() {
        cx.output.warn("the name has other characters than letters, digits, `-`, `_` and `.`, which the platform may refuse");
    }
}

impl Args {
    fn manner(&self) -> Manner {
        Manner {
            if_exists: self.if_exists,
            test_first: self.test_first,
            care: Care {
                keep_secrets: self.keep_secrets,
                yes: false,
                dry_run: self.dry_run,
            },
        }
    }

    async fn given(self) -> Result<PartialDraft, Failure> {
        let said = self.webhook.over_file().await?;
        Ok(PartialDraft {
            name: self.name.or(said.name),
            target: self.target.over(said.target)?,
            ..said
        })
    }
}
