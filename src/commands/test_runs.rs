//! Starts test runs, waits for them with increasing pauses, and judges their outcome.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{
    context::Context,
    near::{self, Named},
};
use crate::{
    api::{self, Project},
    model::{
        duration,
        failure::{Failure, Kind},
        origin::Origin,
        private::Private,
        shell::quote,
        target::Target,
        test_run::{self, NewTest, TestRun, TestStatus, is_refusal},
        text::printable,
        timeout::Timeout,
        url::masked_userinfo,
        webhook::NewWebhook,
    },
    output::test_run::Verdict,
};

/// How long to wait beyond the callback's own timeout.
const GRACE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The default time to wait for a test with this timeout.
pub(super) fn patience(timeout: Option<Timeout>, retry: Option<bool>) -> Duration {
    let tries = u32::from(test_run::tries(retry == Some(true)));
    let timeout = timeout.unwrap_or(Timeout::DEFAULT).seconds();
    Duration::from_secs(timeout.into()) * tries + GRACE
}

/// What a test run tests; empty for a run that was started earlier.
#[derive(Default)]
pub(super) struct Tried {
    /// The name of a stored webhook.
    webhook: Option<String>,
    /// Where the event is sent, without credentials.
    url: Option<String>,
    private: Private,
    /// Whether a protected value is sent.
    has_value: bool,
}

impl Tried {
    fn of(new: &NewTest, webhook: Option<String>) -> Self {
        Self {
            webhook,
            url: Some(masked_userinfo(new.url.as_str()).into_owned()),
            private: new.private(),
            has_value: new
                .headers
                .iter()
                .flatten()
                .any(|header| header.secret().is_some()),
        }
    }
}

/// Waits until a test run has its final status, or until `patience` has passed.
async fn wait(
    cx: &Context,
    project: &Project,
    run: TestRun,
    tried: &Tried,
    patience: Duration,
) -> Result<(TestRun, Duration), api::Error> {
    let who = tried.url.as_deref().and_then(Origin::of);
    let what = match &who {
        Some(origin) => format!("waiting for {origin} to receive the test event"),
        None => format!("waiting for test {} to end", run.id),
    };
    let _waiting = cx.output.progress(&what, Some(patience));
    wait_quietly(project, run, &tried.private, patience).await
}

async fn wait_quietly(
    project: &Project,
    run: TestRun,
    private: &Private,
    patience: Duration,
) -> Result<(TestRun, Duration), api::Error> {
    let begun = Instant::now();
    let mut run = run;
    let mut pause = FIRST_PAUSE;
    while !run.status.is_final() {
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            break;
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        run = project.test(&run.id, private).await?;
    }
    Ok((run, begun.elapsed()))
}

/// Starts a test run; if its object doesn't exist, the error has a suggestion for where it is
/// named.
pub(super) async fn start(
    cx: &Context,
    project: &Project,
    new: &NewTest,
    named: Named,
) -> anyhow::Result<TestRun> {
    let _waiting = cx.output.progress("starting the test", None);
    start_quietly(project, new, named).await
}

async fn start_quietly(project: &Project, new: &NewTest, named: Named) -> anyhow::Result<TestRun> {
    match project.create_test(new).await {
        Ok(run) => Ok(run),
        Err(error) => {
            let target = Target {
                object_type: new.object_type,
                object_name: new.object_name.clone(),
                version: new.version.clone(),
            };
            Err(near::target(error, project, &target, named).await)
        }
    }
}

/// The calls of a test whose outcome is there at the second look.
pub(super) const CALLS: u64 = 3;

/// A test run that was waited for.
pub(super) struct Waited {
    /// Its state at the end.
    pub(super) run: TestRun,
    /// Why it failed, without what is private; an error unless the event arrived.
    pub(super) judged: anyhow::Result<()>,
    /// The same as text.
    pub(super) why: Option<String>,
}

impl Waited {
    fn of(run: TestRun, waited: Duration, tried: &Tried) -> Self {
        let hidden = |why: &str| tried.private.hide_all(&printable(why)).into_owned();
        Self {
            judged: judge(&run, waited, tried),
            why: run.error_message.as_deref().map(hidden),
            run,
        }
    }
}

/// Starts a test run and shows its outcome. `webhook` is the name of the tested webhook, if any.
pub(super) async fn start_and_show(
    cx: &Context,
    project: &Project,
    new: &NewTest,
    webhook: Option<String>,
    patience: Duration,
) -> anyhow::Result<Waited> {
    let run = start(cx, project, new, Named::ByFlags)
        .await
        .context("could not start the test")?;
    wait_and_show(cx, project, run, Tried::of(new, webhook), patience).await
}

/// Tests a stored webhook without showing anything. Returns what is to be shown, and the outcome,
/// which may be a failure.
pub(super) async fn tried(
    project: &Project,
    new: &NewTest,
    webhook: String,
    patience: Duration,
) -> anyhow::Result<(Verdict, Waited)> {
    let tried = Tried::of(new, Some(webhook));
    let run = project.create_test(new).await?;
    let (run, waited) = wait_quietly(project, run, &tried.private, patience).await?;
    let outcome = Waited::of(run.clone(), waited, &tried);
    let verdict = Verdict::new(run, tried.webhook, tried.url, waited);
    Ok((verdict, outcome))
}

/// Waits for a test run and shows it.
pub(super) async fn wait_and_show(
    cx: &Context,
    project: &Project,
    run: TestRun,
    tried: Tried,
    patience: Duration,
) -> anyhow::Result<Waited> {
    let id = run.id.clone();
    let (run, waited) = wait(cx, project, run, &tried, patience)
        .await
        .with_context(|| format!("test {id} was started, but its outcome could not be read"))?;
    let verdict = Verdict::new(
        run.clone(),
        tried.webhook.clone(),
        tried.url.clone(),
        waited,
    );
    cx.output
        .show(&verdict)
        .with_context(|| format!("test {id} was started"))?;
    Ok(Waited::of(run, waited, &tried))
}

/// The outcome of a test run as an error, unless it succeeded.
fn judge(run: &TestRun, waited: Duration, tried: &Tried) -> anyhow::Result<()> {
    let why = run
        .error_message
        .as_deref()
        .unwrap_or("the platform gave no reason");
    // Data has it unmodified; in an error it is masked.
    let why = printable(why);
    let why = tried.private.hide_all(&why);
    match &run.status {
        TestStatus::Completed => Ok(()),
        TestStatus::Failed => {
            let mut hint = what_helps(&why, tried.has_value).to_owned();
            if let Some(name) = &tried.webhook {
                hint.push_str(&format!(
                    "\nfor a complete check: `ubihook doctor {}`",
                    quote(name)
                ));
            }
            Err(
                Failure::new(Kind::Failed, format!("the test failed: {why}"))
                    .with_hint(hint)
                    .into(),
            )
        }
        TestStatus::Pending | TestStatus::Other(_) => {
            let waited = duration::describe(waited);
            let message = format!("the test is still {} after {waited}", run.status.as_str());
            Err(Failure::new(Kind::Pending, message)
                .with_hint(format!("ubihook test --id {}", quote(&run.id)))
                .into())
        }
    }
}

/// Where to look after a test that failed; `has_value` is whether it sent a protected value.
fn what_helps(why: &str, has_value: bool) -> &'static str {
    if is_refusal(why) && has_value {
        "the receiver rejected the credentials: make it accept the value that was sent, or send another with --secret-header"
    } else if why.contains("certificate") {
        "the callback needs a certificate that the platform trusts; for a mock, --ca-cert adds an authority"
    } else if why.starts_with("Connection error") {
        "nothing arrived: check that something listens at the URL (on this machine, ubihook listen does), and that the platform can reach it"
    } else if why.starts_with("Timeout") {
        "check why the callback takes so long, or give it more time with --timeout (30 s at most)"
    } else {
        "check that the platform can reach the URL, and what the receiver logged; then test again"
    }
}

/// Tries out a webhook before it exists; an error unless the event arrives.
pub(super) async fn try_out(
    cx: &Context,
    project: &Project,
    new: &NewWebhook,
    named: Named,
) -> anyhow::Result<()> {
    let nothing = || format!("webhook `{}` was not created", new.name);
    let test = NewTest::of(new);
    let tried = Tried::of(&test, None);
    let run = start(cx, project, &test, named).await;
    let patience = patience(new.timeout, new.retry);
    let (run, waited) = wait(cx, project, run.with_context(nothing)?, &tried, patience)
        .await
        .with_context(nothing)?;
    judge(&run, waited, &tried).with_context(nothing)?;
    cx.output.note("the test event was delivered");
    Ok(())
}

/// Tests without showing anything; an error unless the event arrives.
pub(super) async fn run(cx: &Context, project: &Project, new: &NewTest) -> anyhow::Result<()> {
    let (run, waited) = outcome(cx, project, new).await?;
    judge(&run, waited, &Tried::of(new, None))
}

/// The same without a progress line, so that many can be tested at once. `named` is where the
/// object is named.
pub(super) async fn run_quietly(
    project: &Project,
    new: &NewTest,
    named: Named,
) -> anyhow::Result<()> {
    let tried = Tried::of(new, None);
    let run = start_quietly(project, new, named).await?;
    let patience = patience(new.timeout, new.retry);
    let (run, waited) = wait_quietly(project, run, &tried.private, patience).await?;
    judge(&run, waited, &tried)
}

/// Tests without showing anything.
pub(super) async fn outcome(
    cx: &Context,
    project: &Project,
    new: &NewTest,
) -> anyhow::Result<(TestRun, Duration)> {
    let tried = Tried::of(new, None);
    let run = start(cx, project, new, Named::ByFlags).await?;
    let patience = patience(new.timeout, new.retry);
    Ok(wait(cx, project, run, &tried, patience).await?)
}
