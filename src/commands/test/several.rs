//! `test` with several names: each is tested, some at once.

use std::time::Duration;

use super::{Args, of_webhook, remember};
use crate::{
    commands::{
        context::Context, many, preview::preview, stored::Values, test_runs, values, verb::Run as _,
    },
    config::Format,
    model::{
        draft::reads_stdin, failure::Failure, name::WebhookName, routes, test_run::NewTest,
        url::masked_userinfo, webhook::Webhook,
    },
    output::{
        preview::Previews,
        test_run::{Verdict, Verdicts},
    },
};

/// A webhook that can be tested.
struct Ready {
    /// Its place among the names.
    place: usize,
    new: NewTest,
    webhook: Webhook,
    values: Values,
}

/// The webhooks that can be tested, and the places of those that can't be.
struct Prepared {
    ready: Vec<Ready>,
    failed: Vec<(usize, anyhow::Error)>,
}

/// Tests all of them, and shows the outcomes in the order of the names.
pub(super) async fn run(cx: &mut Context, args: Args) -> anyhow::Result<()> {
    let headers = args.send.headers()?;
    if args.names.reads_stdin() && reads_stdin(&headers) {
        let message = "standard input can't be both the names and a value";
        return Err(Failure::usage(message).into());
    }
    let names = args.names.clone();
    let names = names.read(Args::NAME, cx.terminal.stdin).await?;
    let Some(first) = names.first() else {
        return many::nothing(cx, &Verdicts(Vec::new()));
    };
    args.check_target(first)?;
    let Prepared { ready, mut failed } = prepare(cx, &args, &names).await?;
    if args.dry_run {
        let project = cx.project().await?;
        let call = |one: &Ready| preview(&project, "POST", routes::TESTS, None, Some(&one.new));
        cx.output
            .show(&Previews(ready.iter().map(call).collect()))?;
    } else {
        let (verdicts, tested) = test(cx, &args, &names, ready, &mut failed).await?;
        if args.no_wait && cx.output.format() == Format::Table {
            for verdict in &verdicts {
                cx.output.line(&cx.output.paper().clean(&verdict.id))?;
            }
        } else {
            cx.output.show(&Verdicts(verdicts))?;
        }
        for values in tested {
            values.note_tested(cx).await?;
        }
    }
    many::verdict_by_place(cx, &names, failed, "tested successfully")
}

/// Reads the webhooks, some at once, and the values that they need.
async fn prepare(cx: &mut Context, args: &Args, names: &[WebhookName]) -> anyhow::Result<Prepared> {
    let url = args.send.url()?;
    let given = values::fetch(cx, args.send.headers()?, args.dry_run).await?;
    let project = cx.project().await?;
    let read = many::at_once(project.client(), 1, names, |name| {
        project.webhook(name.as_str())
    })
    .await;
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    for (place, webhook) in read.into_iter().enumerate() {
        let made = match webhook {
            Ok(webhook) => {
                of_webhook(cx, args, &project, webhook, url.clone(), given.clone()).await
            }
            Err(error) => Err(error.into()),
        };
        let checked = made.and_then(|(new, webhook, values)| {
            new.check().map_err(Failure::from)?;
            Ok(Ready {
                place,
                new,
                webhook,
                values,
            })
        });
        match checked {
            Ok(one) => ready.push(one),
            Err(error) => failed.push((place, error)),
        }
    }
    Ok(Prepared { ready, failed })
}

/// Makes the tests, some at once. Returns the outcomes, and the values of those that succeeded.
async fn test(
    cx: &mut Context,
    args: &Args,
    names: &[WebhookName],
    ready: Vec<Ready>,
    failed: &mut Vec<(usize, anyhow::Error)>,
) -> anyhow::Result<(Vec<Verdict>, Vec<Values>)> {
    let project = cx.project().await?;
    let ended = {
        let _waiting = cx.output.progress("waiting for the tests to end", None);
        let one = |one: &Ready| {
            let webhook = names[one.place].to_string();
            let patience = test_runs::patience(one.new.timeout, one.new.retry);
            let patience = args.wait_timeout.unwrap_or(patience);
            let (new, project) = (one.new.clone(), &project);
            let is_waited_for = !args.no_wait;
            async move {
                if is_waited_for {
                    let tried = test_runs::tried(project, &new, webhook, patience).await;
                    return tried.map(|(verdict, waited)| (verdict, Some(waited)));
                }
                let run = project.create_test(&new).await?;
                let url = masked_userinfo(new.url.as_str()).into_owned();
                let verdict = Verdict::new(run, Some(webhook), Some(url), Duration::ZERO);
                Ok((verdict, None))
            }
        };
        many::at_once(project.client(), test_runs::CALLS, &ready, one).await
    };
    let (mut verdicts, mut tested, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (one, ended) in ready.into_iter().zip(ended) {
        let Ready {
            place,
            new,
            webhook,
            values,
        } = one;
        match ended {
            Ok((verdict, waited)) => {
                verdicts.push(verdict);
                let Some(waited) = waited else { continue };
                // What was sent elsewhere says nothing about the webhook.
                if webhook.url == new.url.as_str() {
                    let outcome = waited.run.status.as_str().to_owned();
                    outcomes.push((webhook, outcome, waited.why));
                }
                match waited.judged {
                    Ok(()) => tested.push(values),
                    Err(error) => failed.push((place, error)),
                }
            }
            Err(error) => failed.push((place, error)),
        }
    }
    remember(cx, &outcomes).await;
    Ok((verdicts, tested))
}
