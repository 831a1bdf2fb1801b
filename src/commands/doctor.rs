//! `doctor`: looks at the setup, and at the path of a webhook's events. One file per group of
//! checks; each is a function from what was read to a check.

mod asked;
mod completion;
mod deliveries;
mod due;
mod fix;
mod headers;
mod index;
mod keyring;
mod last_test;
mod log;
mod meaning;
mod mock;
mod object;
mod requests;
mod settings;
mod state;
mod token;
mod url;
mod watched;
mod way;
mod webhook;
mod wire;

use self::asked::Asked;
use super::{
    context::Context,
    verb::{Example, Needs, Run},
};
use crate::{
    model::{
        checkup::{self, Check, Status},
        failure::{Failure, Kind},
        name::WebhookName,
        text::counted,
    },
    output::doctor::Checkup,
};

/// Check the setup, or find out why nothing arrived
///
/// Without NAME, checks the settings, the token, the connection to the platform, and the files and
/// the keyring of this machine. With NAME, also follows the path of that webhook's events: its
/// object, the requests since it was last changed that should have triggered it, its URL, its
/// headers, its last test. The first line is the verdict. Exits with 7 if a check fails.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Name of the webhook that nothing arrives from
    name: Option<WebhookName>,

    /// Repair what is safe to repair on this machine
    ///
    /// Makes files private again, cleans up after killed processes, and rebuilds an unreadable secrets
    /// index. Changes nothing on the platform.
    #[arg(long)]
    fix: bool,

    /// Leave out the checks that pass
    #[arg(long)]
    problems: bool,

    /// Also resolve the URL's host and connect to it, from this machine
    #[arg(long, requires = "name")]
    reach: bool,
}

impl Run for Args {
    const NAME: &'static str = "doctor";
    const EXAMPLES: &'static [Example] = &[
        ("Check the setup", "ubihook doctor"),
        (
            "Find out why nothing arrived",
            "ubihook doctor orders-failed",
        ),
        (
            "Make files private again, and show only problems",
            "ubihook doctor --fix --problems",
        ),
        (
            "In a script, print the verdict",
            "ubihook doctor orders-failed -o json | jq -r .verdict",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            any_settings: true,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        if self.name.as_ref().is_some_and(|name| name.as_str() == "-") {
            return Err(
                Failure::usage("`doctor` accepts one name, and reads none from stdin")
                    .with_hint("ubihook doctor NAME")
                    .into(),
            );
        }
        let mut fixed = if self.fix { fix::files(cx) } else { Vec::new() };
        let scratch = mock::without_creating(cx);
        let checks = {
            let _looking = cx.output.progress("looking at the setup", None);
            let asked = Asked::ask(cx).await;
            if self.fix {
                fixed.extend(fix::index(cx, &asked).await);
            }
            self.checks(cx, &asked).await
        };
        if scratch.is_some() {
            // Before its folder is removed.
            cx.close().await;
        }
        for what in &fixed {
            cx.output.note(what);
        }
        let name = self.name.as_ref().map(WebhookName::as_str);
        let complete = |check: Check| Check {
            hint: check.hint.map(|hint| (cx.complete_hint)(&hint)),
            ..check
        };
        let checks: Vec<_> = checks.into_iter().map(complete).collect();
        let verdict = checkup::verdict(&checks, name);
        let result = conclude(&checks, &verdict);
        let (ok, all) = (checkup::is_ok(&checks), checks.len());
        let is_shown = |check: &Check| !self.problems || check.status != Status::Pass;
        let checks: Vec<_> = checks.into_iter().filter(is_shown).collect();
        cx.output.show(&Checkup {
            ok,
            verdict,
            about_webhook: name.is_some(),
            left_out: all - checks.len(),
            checks,
        })?;
        result
    }
}

impl Args {
    async fn checks(&self, cx: &mut Context, asked: &Asked) -> Vec<Check> {
        let mut checks = settings::checks(cx);
        // The platform knows better than the settings whether the project exists.
        if let Some(project) = token::project(cx, asked).await {
            checks.retain(|check| check.id != project.id);
            checks.push(project);
        }
        checks.push(token::token(&cx.settings, asked));
        checks.extend(wire::checks(&cx.settings, asked));
        checks.push(state::check(cx, asked));
        checks.push(index::check(cx, asked).await);
        checks.push(completion::check(&cx.env).await);
        checks.push(mock::check(cx));
        checks.sort_by_key(|check| checkup::SET_UP.iter().position(|id| *id == check.id));
        if let Some(name) = &self.name {
            checks.extend(way::checks(cx, asked, name, self.reach).await);
        }
        checks
    }
}

/// The error if a check has failed.
fn conclude(checks: &[Check], verdict: &str) -> anyhow::Result<()> {
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check.status == Status::Fail)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = failed.iter().map(|check| check.id).collect();
    let message = format!(
        "{} failed ({}): {verdict}",
        counted(failed.len() as u64, "check"),
        ids.join(", ")
    );
    let hint = checkup::worst(checks).and_then(|check| check.hint.clone());
    Err(Failure::new(Kind::Failed, message).hinted(hint).into())
}
