//! `mock request`: creates requests and shows the outcomes of the deliveries that they cause.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{DRAIN, DbArgs, missing::not_made, on_the_mock};
use crate::{
    args::{
        number::{rate, whole},
        target::TargetArgs,
    },
    commands::{
        context::Context,
        verb::{Example, Needs, Run},
    },
    input,
    mock::{Ending, Local, Options, Plan, Script},
    model::{
        delivery::Tally,
        duration,
        failure::{Failure, Kind},
        json::Json,
        shell::quote,
        target::PartialTarget,
        text::counted,
    },
    output::delivery::Requested,
    process,
};

/// The maximum number of requests in one write, and the minimum time between two writes.
const CHUNK: usize = 500;
const BEAT: Duration = Duration::from_millis(10);

/// The same as the limit for the body of a call to the mock.
const MAX_RESULT_FILE: usize = 10 << 20;

/// How long to wait for deliveries without progress: an attempt takes at most 30 s.
const PATIENCE: Duration = Duration::from_secs(45);

/// The maximum number of ids in the output.
const IDS: usize = 1000;

/// Create requests on the mock to trigger its webhooks
///
/// Waits for the resulting deliveries. Exits with 7 if some of them failed for good, or with 8 if
/// they make no progress because the mock that delivers them was stopped. Works on the mock's
/// database; if a mock is being served from it, that mock delivers.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,

    /// Data of each request, as JSON
    ///
    /// A key ubihook in it sets how the request ends, as for any other client; options override it.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    data: Json,

    /// How each request ends: completed, failed or cancelled [default: completed]
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<Ending>,

    /// Error message of a failed request
    #[arg(long, value_name = "TEXT")]
    error_message: Option<String>,

    /// How long each request takes to process
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    duration: Option<Duration>,

    /// JSON file with the result of each request
    ///
    /// Without it, a request returns its data. The payload includes a result of up to 16 KiB.
    #[arg(long, value_name = "FILE")]
    result_file: Option<PathBuf>,

    /// Number of requests
    #[arg(long, value_name = "COUNT", default_value_t = 1,
          value_parser = whole(1..=u64::MAX))]
    count: u64,

    /// Maximum number of requests per second
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<f64>,

    /// Don't wait for the deliveries
    #[arg(long)]
    no_wait: bool,

    #[command(flatten)]
    db: DbArgs,
}

impl Args {
    async fn plan(&self) -> anyhow::Result<Plan> {
        let target = self.target.clone().over(PartialTarget::default())?;
        let target = target.whole()?.ok_or_else(|| {
            let message = "name what to send requests to: --deployment, --pipeline or --experiment";
            Failure::new(Kind::Usage, message)
                .with_hint("ubihook mock request --deployment deployment-1")
        })?;
        let result = match &self.result_file {
            Some(path) => Some(read_result(path).await?),
            None => None,
        };
        let mut data = self.data.clone();
        let said = Script::take(&mut data)
            .map_err(|invalid| Failure::usage(format!("--data: {}", invalid.with_field())))?;
        let ending = self.outcome.unwrap_or(said.ending);
        if self.error_message.is_some() && ending != Ending::Failed {
            return Err(
                Failure::usage("--error-message: needs a request that fails")
                    .with_hint("add --outcome failed")
                    .into(),
            );
        }
        let error = self.error_message.clone().or(said.error);
        Ok(Plan {
            target,
            data,
            script: Script {
                ending,
                pending: said.pending,
                duration: self.duration.unwrap_or(said.duration),
                result: result.or(said.result),
                error: error.filter(|_| ending == Ending::Failed),
            },
        })
    }
}

async fn read_result(path: &Path) -> Result<Json, Failure> {
    let failed = |why: String| {
        let file = path.display();
        Failure::new(Kind::Usage, format!("--result-file {file}: {why}"))
    };
    let text = input::text(path, MAX_RESULT_FILE).await;
    let text = text.map_err(|error| failed(error.to_string()))?;
    text.parse()
        .map_err(|error| failed(format!("is not valid JSON: {error}")))
}

impl Run for Args {
    const NAME: &'static str = "request";
    const EXAMPLES: &'static [Example] = &[
        (
            "Create a request with data",
            "ubihook mock request --deployment deployment-1 --data '{\"order\": 1}'",
        ),
        (
            "Create a failed request and show the resulting deliveries",
            "ubihook mock request --pipeline pipeline-1 --outcome failed",
        ),
        (
            "Create several requests, 20 per second, each taking a while",
            "ubihook mock request --deployment deployment-1 --count 4 --rate 20 \\\n    \
             --duration 50ms",
        ),
        (
            "Create a training run without waiting for deliveries",
            "ubihook mock request --experiment experiment-1 --no-wait",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            threads: true,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        on_the_mock(cx)?;
        let plan = self.plan().await?;
        let db = self.db.announced(cx)?;
        let is_own = self.db.db.is_none();
        let place = self.db.place(cx, &db);
        process::raise_files_limit();
        let options = Options {
            trusted: cx.authorities().await?,
            ..Options::new(db)
        };
        let mut local = Local::open(options, !self.no_wait).await?;
        let made = make_and_wait(&self, &plan, &mut local, &place, cx).await;
        local.close(DRAIN).await;
        let requested = made?;
        cx.output
            .show(&requested)
            .with_context(|| format!("{} created", counted(requested.requests, "request")))?;
        if self.no_wait {
            cx.output.note(
            "`ubihook mock serve` on this database makes the deliveries: the one that is running, or \
             the next one that is started",
        );
        }
        if requested.result == "pending" {
            return Err(stuck(&requested, patience(&plan)).into());
        }
        if requested.failed > 0 {
            return Err(never_got_through(&requested, is_own).into());
        }
        if requested.result == "unwatched" {
            cx.output.warn(&format!(
                "no enabled webhook watches {} for {} requests{place}",
                plan.target,
                plan.script.ending.status().as_str()
            ));
        }
        Ok(())
    }
}

async fn make_and_wait(
    args: &Args,
    plan: &Plan,
    local: &mut Local,
    place: &str,
    cx: &Context,
) -> anyhow::Result<Requested> {
    let mut progress = cx.output.count();
    let mut say = |made: u64, tally: Tally| {
        let over = tally.delivered + tally.failed;
        progress.say(&format!(
            "{made} of {} requests, {over} of {} deliveries, {} failed",
            args.count, tally.deliveries, tally.failed
        ));
    };
    let begun = Instant::now();
    let (mut made, mut ids) = (0_u64, Vec::new());
    while made < args.count {
        let allowed = allowed(args, begun.elapsed()) - made;
        if allowed == 0 {
            tokio::time::sleep(BEAT).await;
            continue;
        }
        let chunk = usize::try_from(allowed).unwrap_or(CHUNK).min(CHUNK);
        let new = local
            .request(plan, chunk)
            .await
            .map_err(|error| not_made(error, &plan.target, local, place))?;
        made += chunk as u64;
        ids.extend(new.into_iter().take(IDS - ids.len()));
        say(made, local.tally()?);
    }
    let mut tally = local.tally()?;
    while !args.no_wait && !tally.is_over() && local.silence()? <= patience(plan) {
        local.changed().await;
        tally = local.tally()?;
        say(made, tally);
    }
    Ok(Requested {
        result: match tally.failed {
            _ if args.no_wait => "started",
            _ if !tally.is_over() => "pending",
            _ if tally.deliveries == 0 => "unwatched",
            0 => "delivered",
            _ => "failed",
        },
        requests: made,
        ids,
        deliveries: tally.deliveries,
        delivered: tally.delivered,
        failed: tally.failed,
        failures: local.reasons()?,
    })
}

/// How many requests may have been created by now.
fn allowed(args: &Args, elapsed: Duration) -> u64 {
    let Some(rate) = args.rate else {
        return args.count;
    };
    // The first request is created immediately.
    let by_now = (elapsed.as_secs_f64() * rate).floor() + 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and what is too large becomes the largest"
    )]
    let by_now = by_now as u64;
    by_now.min(args.count)
}

/// How long to wait without progress: there is none while a request is being processed.
fn patience(plan: &Plan) -> Duration {
    PATIENCE + plan.script.pending + plan.script.duration
}

/// The mock that should deliver makes no progress: it is stopped, or blocked without a deadline.
fn stuck(requested: &Requested, patience: Duration) -> Failure {
    let message = format!(
        "only {} of {} deliveries have finished, with no progress for {}",
        requested.delivered + requested.failed,
        requested.deliveries,
        duration::describe(patience)
    );
    Failure::new(Kind::Pending, message).with_hint(
        "check that `ubihook mock serve` is still running on this database; if not, start it again, \
         and it delivers the rest",
    )
}

/// With the mock's own database, `doctor` finds the webhook on the mock.
fn never_got_through(requested: &Requested, is_own: bool) -> Failure {
    let reasons: Vec<_> = requested
        .failures
        .iter()
        .take(5)
        .map(|r| format!("{} to `{}` ({})", r.count, r.webhook, r.error))
        .collect();
    let message = format!(
        "{} of {} deliveries failed: {}",
        requested.failed,
        requested.deliveries,
        reasons.join(", ")
    );
    let mut hint = "ubihook mock deliveries --failed".to_owned();
    if let Some(first) = requested.failures.first().filter(|_| is_own) {
        let name = quote(&first.webhook);
        hint.push_str(&format!(
            "\nfor a complete check: `ubihook doctor {name} --mock`"
        ));
    }
    Failure::new(Kind::Failed, message).with_hint(hint)
}
