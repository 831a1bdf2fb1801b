//! `logs`: shows what the platform has logged about webhooks.

mod follow;
mod poll;

use serde::Serialize;

use self::poll::{Poll, Poller};
use super::{
    context::Context,
    near, reader,
    signals::Signals,
    verb::{Example, Needs, Run},
};
use crate::{
    api::{
        Project,
        logs::Lines,
        when::{self, When},
    },
    args::names::NamesArgs,
    config::Format,
    model::{
        failure::{Explain as _, Failure},
        name::WebhookName,
        shell::quote,
    },
    output::{count::Stream, log},
};

/// Show what the platform has logged about webhooks
///
/// Shows the platform's log lines about these webhooks, or about all of them, oldest first. A webhook
/// that no longer exists can have lines too. When stdout is not a terminal, prints JSON lines unless -o is given.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    /// Only lines since this time, or within this duration: 1h
    #[arg(long, value_name = "TIME", default_value = "24h")]
    since: When,

    /// Only lines before this time, or older than this duration
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    until: Option<When>,

    /// Then show new lines as they arrive, until Ctrl-C
    ///
    /// In JSON, the first line contains "type":"ready". A lost connection is retried.
    #[arg(short, long)]
    follow: bool,

    /// Only lines that contain this text
    #[arg(short, long, value_name = "TEXT")]
    grep: Option<String>,

    /// Only lines of this level: info, error
    #[arg(long, value_name = "LEVEL", hide_possible_values = true)]
    level: Option<Level>,
}

/// The platform's levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    /// What happened
    Info,
    /// What went wrong
    Error,
}

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    project: &'a str,
    since: &'a str,
}

impl Run for Args {
    const NAME: &'static str = "logs";
    const EXAMPLES: &'static [Example] = &[
        (
            "Show what went wrong with a webhook in the last hour",
            "ubihook logs orders-failed --since 1h --level error",
        ),
        (
            "Show the lines of all webhooks as JSON",
            "ubihook logs -o json",
        ),
        (
            "Show new lines as they arrive, until Ctrl-C",
            "ubihook logs orders-failed --follow",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            own_signals: self.follow,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        self.check(cx.output.format())?;
        if !self.follow {
            return self.show(cx).await;
        }
        let mut stop = Signals::listen()?;
        tokio::select! {
            ended = self.follow(cx) => ended,
            () = reader::gone() => Ok(()),
            signal = stop.recv() => Ok(signal.as_end()?),
        }
    }
}

impl Args {
    fn check(&self, format: Format) -> Result<(), Failure> {
        let text = self.grep.as_deref().unwrap_or_default();
        if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
            let message = "--grep: must not contain control characters";
            return Err(Failure::usage(message));
        }
        let message = match format {
            Format::Json | Format::Yaml if self.follow => {
                "new lines are shown as text or as JSON lines: -o table or ndjson"
            }
            Format::Name => {
                "log lines are shown as text or as JSON: -o table, ndjson, json or yaml"
            }
            _ => return Ok(()),
        };
        Err(Failure::usage(message))
    }

    async fn show(self, cx: &mut Context) -> anyhow::Result<()> {
        let (_, poll) = self.first(cx).await?;
        let lines = poll.lines.into_iter().map(log::Line::from);
        let lines: Vec<_> = lines.collect();
        if matches!(cx.output.format(), Format::Table | Format::Ndjson) {
            Stream::of(&cx.output).all(&lines)?;
            return Ok(());
        }
        Ok(cx.output.show(&log::Lines(lines))?)
    }

    async fn follow(self, cx: &mut Context) -> anyhow::Result<()> {
        let (mut poller, poll) = self.first(cx).await?;
        let since = when::text(poller.since);
        let ready = Ready {
            r#type: "ready",
            project: poller.project.name().as_str(),
            since: &since,
        };
        let begun = format!("showing log lines since {since}; Ctrl-C to stop");
        let stream = Stream::begin(&cx.output, &ready, &begun)?;
        follow::follow(&cx.output, &stream, &mut poller, poll).await
    }

    /// What requests the lines, and what the first request found. Says so if it found none.
    async fn first(&self, cx: &mut Context) -> anyhow::Result<(Poller, Poll)> {
        let names = self.names.clone();
        let names = names.read(Self::NAME, cx.terminal.stdin).await?;
        let (mut poller, end) = self.poller(cx, &names).await?;
        let poll = first(&mut poller, end).await?;
        self.explain(cx, &names, &poller, &poll).await;
        Ok((poller, poll))
    }

    /// What requests the lines, and up to when the first request is.
    async fn poller(
        &self,
        cx: &mut Context,
        names: &[WebhookName],
    ) -> anyhow::Result<(Poller, i64)> {
        let project = cx.project().await?;
        let client = project.client();
        // Any response will do: only its date matters.
        if let Err(error) = client.status().await
            && error.http_status().is_none()
        {
            return Err(error.into());
        }
        let now = client.latest();
        let since = self.since.at(now);
        let end = self.until.map_or(now, |until| until.at(now));
        if since >= end {
            let message = format!(
                "the start of the period, {}, is not before its end, {}",
                when::text(since),
                when::text(end)
            );
            return Err(Failure::usage(message)
                .with_hint("check --since and --until")
                .into());
        }
        let lines = |webhook| Lines {
            webhook,
            text: self.grep.clone().filter(|text| !text.is_empty()),
            level: self.level.map(|level| match level {
                Level::Info => "info",
                Level::Error => "error",
            }),
        };
        // One query each: together, a busy webhook would fill the pages of all.
        let queries = if names.is_empty() {
            vec![lines(None)]
        } else {
            names.iter().map(|name| lines(Some(name.clone()))).collect()
        };
        Ok((Poller::new(project, queries, since), end))
    }

    /// Says for which webhooks the platform has no lines, and what could help.
    async fn explain(&self, cx: &Context, names: &[WebhookName], poller: &Poller, poll: &Poll) {
        let since = when::text(poller.since);
        let is_narrowed = self.grep.is_some() || self.level.is_some();
        let lines = if is_narrowed {
            "matching log lines"
        } else {
            "log lines"
        };
        let none = |about: String, name: &str| {
            let mut note = format!("no {lines} about {about} since {since}");
            // If lines were filtered, the platform may well have some.
            if !is_narrowed {
                note.push_str(&format!("; to find out why: ubihook doctor {name}"));
            }
            cx.output.note(&note);
        };
        if names.is_empty() && poll.lines.is_empty() {
            none("webhooks".to_owned(), "NAME");
        }
        for name in names {
            if poll.is_about(name) {
                continue;
            }
            if is_missing(&poller.project, name).await {
                cx.output.note(&format!(
                    "there is no webhook `{name}`, and no {lines} about it since {since}"
                ));
            } else {
                none(format!("webhook `{name}`"), &quote(name.as_str()));
            }
        }
        poll.warn_of_crowded(&cx.output);
    }
}

/// Whether the platform says that it has no such webhook.
async fn is_missing(project: &Project, name: &WebhookName) -> bool {
    let read = project.webhook(name.as_str()).await;
    read.is_err_and(|error| error.is_not_found())
}

/// The first request tells whether the project exists.
async fn first(poller: &mut Poller, end: i64) -> anyhow::Result<Poll> {
    match poller.poll(end).await {
        Ok(poll) => Ok(poll),
        Err(error) => Err(near::project(error, &poller.project).await),
    }
}
