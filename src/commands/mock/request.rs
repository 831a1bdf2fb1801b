//! `mock request`: requests from the shell, and what came of the deliveries that they caused.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{DRAIN, DbArgs, missing::not_made, on_the_mock};
use crate::{
    args::target::TargetArgs,
    commands::{
        context::Context,
        verb::{Example, Needs, Run},
    },
    input,
    mock::{Ending, Json, Local, Options, Plan, Script},
    model::{
        delivery::Tally,
        duration,
        failure::{Failure, Kind},
        target::PartialTarget,
        text::counted,
    },
    output::delivery::Requested,
    process,
};

/// The most requests in one write, and the shortest time between two writes.
const CHUNK: usize = 500;
const BEAT: Duration = Duration::from_millis(10);

/// As much as a call to the mock may send.
const MAX_RESULT_FILE: usize = 10 << 20;

/// How long nothing may happen while deliveries are waited for: an attempt takes 30 s at most.
const PATIENCE: Duration = Duration::from_secs(45);

/// The most ids that are told.
const IDS: usize = 1000;

/// Make requests on the mock, so that its webhooks fire
///
/// Waits for the deliveries that the requests cause, and ends with 7 when some never got through, or
/// with 8 when nothing happens any more: the mock that delivers is stopped.
/// Works on the mock's database: where a mock is served on it, that one delivers.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,

    /// How each request ends: completed, failed or cancelled
    #[arg(long, value_name = "OUTCOME", default_value = "completed")]
    outcome: Outcome,

    /// How long each request is processed
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    duration: Option<Duration>,

    /// JSON file with the result of each request
    ///
    /// Without one it echoes its data. A payload carries at most 16 KiB of it.
    #[arg(long, value_name = "FILE")]
    result_file: Option<PathBuf>,

    /// How many requests
    #[arg(long, value_name = "COUNT", default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// How many of them a second, at most
    #[arg(long, value_name = "RATE")]
    rate: Option<f64>,

    /// Don't wait for the deliveries
    #[arg(long)]
    no_wait: bool,

    #[command(flatten)]
    db: DbArgs,
}

#[derive(Debug, Clone, Copy)]
struct Outcome(Ending);

impl std::str::FromStr for Outcome {
    type Err = crate::model::invalid::Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Args {
    async fn plan(&self) -> anyhow::Result<Plan> {
        let target = self.target.clone().over(PartialTarget::default())?;
        let target = target.whole()?.ok_or_else(|| {
            let message = "requests of what? One of --deployment, --pipeline and --experiment";
            Failure::new(Kind::Usage, message)
                .with_hint("ubihook mock request --deployment deployment-1")
        })?;
        let result = match &self.result_file {
            Some(path) => Some(read_result(path).await?),
            None => None,
        };
        Ok(Plan {
            target,
            script: Script {
                ending: self.outcome.0,
                pending: Duration::ZERO,
                duration: self.duration.unwrap_or_default(),
                result,
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
            "A request that fails, and what came of the webhooks that watch for it",
            "ubihook mock request --pipeline pipeline-1 --outcome failed",
        ),
        (
            "Many of them, twenty a second, each processed for a while",
            "ubihook mock request --deployment deployment-1 --count 4 --rate 20 \\\n    \
             --duration 50ms",
        ),
        (
            "A training run, not waited for",
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
        if self
            .rate
            .is_some_and(|rate| !(rate.is_finite() && rate > 0.0))
        {
            return Err(Failure::new(Kind::Usage, "--rate: must be more than 0")
                .with_hint("--rate 20")
                .into());
        }
        let db = self.db.path(cx)?;
        process::raise_files_limit();
        let mut local = Local::open(Options::new(db), !self.no_wait).await?;
        let made = make_and_wait(&self, &plan, &mut local, cx).await;
        local.close(DRAIN).await;
        let requested = made?;
        cx.output
            .show(&requested)
            .with_context(|| format!("{} made", counted(requested.requests, "request")))?;
        if self.no_wait {
            cx.output.note(
            "a mock that is served on this database delivers what they set off, now or when there \
             is one",
        );
        }
        if requested.result == "pending" {
            return Err(stuck(&requested, patience(&plan)).into());
        }
        if requested.failed > 0 {
            return Err(never_got_through(&requested).into());
        }
        if requested.result == "delivered" && requested.deliveries == 0 {
            cx.output.note(&format!(
                "no enabled webhook watches for that: {} that is {}",
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
            .map_err(|error| not_made(error, &plan.target, local))?;
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

/// How many may have been made by now.
fn allowed(args: &Args, elapsed: Duration) -> u64 {
    let Some(rate) = args.rate else {
        return args.count;
    };
    // The first one at once.
    let by_now = (elapsed.as_secs_f64() * rate).floor() + 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and what is too large becomes the largest"
    )]
    let by_now = by_now as u64;
    by_now.min(args.count)
}

/// For how long nothing may happen: a request is silent while it is processed.
fn patience(plan: &Plan) -> Duration {
    PATIENCE + plan.script.duration
}

/// Whoever delivers on this database doesn't: stopped, or held up by what no deadline ends.
fn stuck(requested: &Requested, patience: Duration) -> Failure {
    let message = format!(
        "{} of {} deliveries have an outcome, and nothing has happened for {}",
        requested.delivered + requested.failed,
        requested.deliveries,
        duration::describe(patience)
    );
    Failure::new(Kind::Pending, message).with_hint(
        "look whether the mock that is served on this database still runs; any other one that is \
         served on it then delivers the rest",
    )
}

fn never_got_through(requested: &Requested) -> Failure {
    let reasons: Vec<_> = requested
        .failures
        .iter()
        .take(5)
        .map(|r| format!("{} to `{}` ({})", r.count, r.webhook, r.error))
        .collect();
    let message = format!(
        "{} of {} deliveries never got through: {}",
        requested.failed,
        requested.deliveries,
        reasons.join(", ")
    );
    Failure::new(Kind::Failed, message).with_hint("ubihook mock deliveries --failed")
}
