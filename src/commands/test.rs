//! `test`: sends a test event, for a webhook or to any URL, and shows the outcome. `several.rs` tests
//! several webhooks.

mod several;

use std::time::Duration;

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{
    context::Context,
    near,
    preview::preview,
    stored::{self, Values},
    test_runs, values,
    verb::{Example, Run},
};
use crate::{
    api::Project,
    args::{names::NamesArgs, options::CallArgs, target::TargetArgs, webhook::SendArgs},
    config::Format,
    model::{
        duration,
        event::ObjectType,
        failure::Failure,
        header::NewHeader,
        name::{TestId, WebhookName},
        options::Options,
        private::Private,
        routes,
        shell::quote,
        store::StoreChoice,
        target::{PartialTarget, Target},
        test_run::NewTest,
        url::{CallbackUrl, masked_userinfo},
        webhook::Webhook,
    },
    output::test_run::Verdict,
    secrets::Remembered,
};

/// Send a test event
///
/// With NAME, the event is sent like that webhook's own events: protected values come from this
/// machine's store or from --secret-header. With several names, each is tested, and the exit code is 11
/// unless all arrive. Without NAME, the event can be sent to any URL. The platform delivers it; to
/// deliver an event from this machine instead, see ubihook send.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    send: SendArgs,

    #[command(flatten)]
    call: CallArgs,

    /// Allow sending secrets to another origin
    #[arg(long)]
    keep_secrets: bool,

    /// Print the test's id without waiting
    #[arg(long)]
    no_wait: bool,

    /// How long to wait for the outcome
    ///
    /// The default is the webhook's timeout multiplied by its number of tries, plus 10s.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, conflicts_with = "no_wait")]
    wait_timeout: Option<Duration>,

    /// Show a test that was started earlier
    #[arg(long, value_name = "TEST_ID", conflicts_with = "name")]
    id: Option<TestId>,

    /// Show what would be sent without sending it
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    const NAME: &'static str = "test";
    const EXAMPLES: &'static [Example] = &[
        (
            "Test a webhook with all of its headers",
            "ubihook test orders-failed",
        ),
        (
            "Test all webhooks of a team",
            "ubihook list --label team=blue -o name | ubihook test -",
        ),
        (
            "Test a URL before you create a webhook",
            "ubihook test --pipeline pipeline-1 --event failed \\\n    \
             --url https://hooks.example.org/in",
        ),
        (
            "Test a webhook with another URL and another value",
            "ubihook test orders-failed --url https://other.example.org/in \\\n    \
             --secret-header Authorization=env:HOOK_TOKEN",
        ),
        (
            "Start a test now and check it later",
            "id=$(ubihook test nightly --no-wait)\nubihook test --id \"$id\"",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        if let Some(id) = &self.id {
            self.check_alone()?;
            return follow(cx, id, &self).await;
        }
        if self.names.is_list() {
            return several::run(cx, self).await;
        }
        let names = self.names.clone().read(Self::NAME, false).await?;
        let (new, webhook, values) = match names.first() {
            Some(name) => {
                let (new, webhook, values) = of_stored(cx, &self, name).await?;
                (new, Some(webhook), values)
            }
            None => (ad_hoc(cx, &self).await?, None, Values::default()),
        };
        new.check().map_err(Failure::from)?;
        let project = cx.project().await?;
        if self.dry_run {
            let call = preview(&project, "POST", routes::TESTS, None, Some(&new));
            return Ok(cx.output.show(&call)?);
        }
        let name = webhook.as_ref().map(|webhook| webhook.name.clone());
        if self.no_wait {
            return start_only(cx, &project, &new, name).await;
        }
        let patience = test_runs::patience(new.timeout, new.retry);
        let patience = self.wait_timeout.unwrap_or(patience);
        let waited = test_runs::start_and_show(cx, &project, &new, name, patience).await?;
        // What was sent elsewhere says nothing about the webhook.
        if let Some(webhook) = webhook.filter(|webhook| webhook.url == new.url.as_str()) {
            let status = waited.run.status.as_str().to_owned();
            remember(cx, &[(webhook, status, waited.why.clone())]).await;
        }
        waited.judged?;
        values.note_tested(cx).await
    }
}

/// Remembers outcomes for `doctor`: the webhook, the status, and why it failed.
async fn remember(cx: &mut Context, outcomes: &[(Webhook, String, Option<String>)]) {
    if cx.settings.store.value == StoreChoice::None || outcomes.is_empty() {
        return;
    }
    let (Ok(site), Ok(now), Ok(custody)) = (cx.site().await, cx.now().await, cx.custody()) else {
        return;
    };
    let tests = outcomes.iter().map(|(webhook, status, why)| {
        Remembered::new(&site, webhook, now, (status, why.as_deref()))
    });
    custody.remember(tests.collect()).await;
}

async fn follow(cx: &mut Context, id: &TestId, args: &Args) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let run = project
        .test(id.as_str(), &Private::default())
        .await
        .with_context(|| format!("could not read test `{id}`"))?;
    if args.no_wait {
        let verdict = Verdict::new(run, None, None, Duration::ZERO);
        return Ok(cx.output.show(&verdict)?);
    }
    let patience = args.wait_timeout.unwrap_or(test_runs::patience(None, None));
    let tried = test_runs::Tried::default();
    test_runs::wait_and_show(cx, &project, run, tried, patience)
        .await?
        .judged
}

async fn start_only(
    cx: &Context,
    project: &Project,
    new: &NewTest,
    webhook: Option<String>,
) -> anyhow::Result<()> {
    let run = test_runs::start(cx, project, new, near::Named::ByFlags)
        .await
        .context("could not start the test")?;
    if cx.settings.output.value == Format::Table {
        return Ok(cx.output.line(&cx.output.paper().clean(&run.id))?);
    }
    let url = masked_userinfo(new.url.as_str()).into_owned();
    Ok(cx
        .output
        .show(&Verdict::new(run, webhook, Some(url), Duration::ZERO))?)
}

/// A test of an existing webhook, overridden by the arguments.
async fn of_stored(
    cx: &mut Context,
    args: &Args,
    name: &WebhookName,
) -> anyhow::Result<(NewTest, Webhook, Values)> {
    args.check_target(name)?;
    let url = args.send.url()?;
    cx.warn_of_variable_in_url(url.as_ref());
    let given = values::fetch(cx, args.send.headers()?, args.dry_run).await?;
    let project = cx.project().await?;
    let webhook = near::webhook(&project, name, "test").await?;
    of_webhook(cx, args, &project, webhook, url, given).await
}

/// A test of a webhook that was read, with the headers that the arguments give.
async fn of_webhook(
    cx: &mut Context,
    args: &Args,
    project: &Project,
    webhook: Webhook,
    url: Option<CallbackUrl>,
    given: Vec<NewHeader>,
) -> anyhow::Result<(NewTest, Webhook, Values)> {
    let (webhook, values, headers) = fill(cx, project, webhook, url.as_ref(), given, args).await?;
    if !webhook.enabled {
        let name = &webhook.name;
        cx.output.note(&format!(
            "webhook `{name}` is disabled: only tests call it until `ubihook update {} --enabled`",
            quote(name)
        ));
    }
    let object_type: ObjectType = webhook.object_type.parse()?;
    let event = match args.send.event {
        Some(event) => event
            .of(object_type)
            .map_err(|invalid| Failure::invalid("--event", &invalid))?,
        None => webhook.event.parse()?,
    };
    let url = match url {
        Some(url) => url,
        None => webhook.url.clone().try_into()?,
    };
    let target = Target {
        object_type,
        object_name: webhook.object_name.parse()?,
        version: webhook.version.as_deref().map(str::parse).transpose()?,
    };
    let options = args.call.clone().over(webhook.options());
    let new = NewTest::new(target, event, url, headers).with(&options);
    Ok((new, webhook, values))
}

/// The webhook's headers with their values: plain ones as they are on the platform, protected ones
/// from the arguments or from custody, which gets the destination. Also returns the stored values,
/// and the webhook in the state that they belong to.
async fn fill(
    cx: &mut Context,
    project: &Project,
    webhook: Webhook,
    url: Option<&CallbackUrl>,
    given: Vec<NewHeader>,
    args: &Args,
) -> anyhow::Result<(Webhook, Values, Vec<NewHeader>)> {
    let request = stored::Request {
        url,
        given: &given,
        keep_secrets: args.keep_secrets,
        what: stored::Purpose::Test,
        is_locked: false,
    };
    let (webhook, values) = stored::values(cx, project, webhook, &request).await?;
    let filled = values.fill(&webhook, given)?;
    Ok((webhook, values, filled))
}

async fn ad_hoc(cx: &Context, args: &Args) -> anyhow::Result<NewTest> {
    let target = args.target.clone().over(PartialTarget::default())?;
    let target = target.whole().map_err(Failure::from)?;
    let (Some(target), Some(event), Some(url)) = (target, args.send.event, args.send.url()?) else {
        let message = "a test needs NAME, --id, or a target with --event and --url";
        return Err(Failure::usage(message)
            .with_hint(
                "ubihook test NAME\nor ubihook test --pipeline PIPELINE --event failed --url URL",
            )
            .into());
    };
    target.check().map_err(Failure::from)?;
    let event = event
        .of(target.object_type)
        .map_err(|invalid| Failure::invalid("--event", &invalid))?;
    cx.warn_of_variable_in_url(Some(&url));
    let headers = values::fetch(cx, args.send.headers()?, args.dry_run).await?;
    let options = args.call.clone().over(Options::default());
    Ok(NewTest::new(target, event, url, headers).with(&options))
}

impl Args {
    /// A stored webhook has its target.
    fn check_target(&self, name: &WebhookName) -> Result<(), Failure> {
        if self.target.is_empty() {
            return Ok(());
        }
        let message = format!(
            "webhook `{name}` already has a target: remove NAME, or the options for the target"
        );
        Err(Failure::usage(message))
    }

    /// `--id` shows a test that was started earlier, so options for a new test are refused.
    fn check_alone(&self) -> Result<(), Failure> {
        let starts =
            !self.target.is_empty() || !self.send.is_empty() || self.keep_secrets || self.dry_run;
        if starts {
            return Err(Failure::usage(
                "--id shows an earlier test and cannot be combined with other options",
            ));
        }
        Ok(())
    }
}
