//! `secret list`: which protected values this machine has.

use anyhow::Context as _;

use super::protected::{is_orphan, spelled};
use crate::{
    api::Project,
    args::names::NamesArgs,
    commands::{
        context::Context,
        near,
        verb::{Example, Run},
    },
    model::{
        failure::{Failure, Kind},
        header::HeaderName,
        name::WebhookName,
        plan::Present,
        shell::quote,
        text::{counted, nearest},
        webhook::Webhook,
    },
    output::secret::{Listed, ListedValues},
    secrets::{Destination, Moment, Site, custody::Held},
};

/// List the protected headers, and whether their values are stored on this machine
///
/// Shows where each value is stored, since when, and when a test last succeeded with it; never the
/// value itself. Without NAME, lists all webhooks of the project.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    /// Only headers whose value is not stored here
    ///
    /// Their webhooks can't be tested from this machine without the value.
    #[arg(long, conflicts_with = "orphans")]
    missing: bool,

    /// Only values whose webhook is gone
    ///
    /// Values of other projects and hosts are listed too, with orphan null in JSON.
    #[arg(long, conflicts_with = "name")]
    orphans: bool,

    /// Look into the stores, and exit with 9 if a value is missing
    #[arg(long, conflicts_with = "orphans")]
    check: bool,
}

impl Run for Args {
    const NAME: &'static str = "list";
    const ALIASES: &'static [&'static str] = &["ls"];
    const EXAMPLES: &'static [Example] = &[
        ("List all protected headers", "ubihook secret list"),
        (
            "List the webhooks that can't be tested from here",
            "ubihook secret list --missing -o name",
        ),
        (
            "In CI, fail unless all values of a webhook are stored",
            "ubihook secret list orders-failed --check",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let is_some = !self.names.is_empty();
        let names = self.names.read("secret list", cx.terminal.stdin).await?;
        if is_some && names.is_empty() {
            cx.output.note("nothing to do");
            return Ok(cx.output.show(&ListedValues(Vec::new()))?);
        }
        let project = cx.project().await?;
        let all = All::read(cx, &project).await?;
        let (chosen, missing): (Vec<&WebhookName>, Vec<&WebhookName>) =
            names.iter().partition(|name| all.named(name).is_some());
        if names.len() == 1 && !missing.is_empty() {
            return Err(not_found(missing[0], &all).into());
        }
        let is_chosen = |webhook: &Webhook| {
            names.is_empty() || chosen.iter().any(|name| name.as_str() == webhook.name)
        };
        let mut rows = Vec::new();
        let mut unchecked = Vec::new();
        for webhook in all.webhooks.iter().filter(|webhook| is_chosen(webhook)) {
            let mut own = all.own(webhook);
            if self.check {
                check(cx, &all, webhook, &mut own).await?;
                unchecked.extend(own.iter().filter(|row| !row.held).cloned());
            }
            rows.extend(own);
            rows.extend(all.extra(webhook));
        }
        if names.is_empty() {
            rows.extend(all.without_webhook(self.orphans));
        }
        rows.retain(|row| {
            (!self.missing || !row.held) && (!self.orphans || row.orphan != Some(false))
        });
        cx.output.show(&ListedValues(rows))?;
        if !missing.is_empty() {
            let quoted: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("there is no webhook {}", quoted.join(", "));
            return Err(Failure::new(Kind::Partial, message)
                .with_hint("ubihook list")
                .into());
        }
        verdict(&unchecked)
    }
}

/// The webhooks of a project, and the values on this machine.
struct All {
    site: Site,
    webhooks: Vec<Webhook>,
    /// Names of webhooks that could not be read.
    odd: Vec<String>,
    held: Vec<Held>,
    read: Moment,
}

impl All {
    async fn read(cx: &mut Context, project: &Project) -> anyhow::Result<Self> {
        let Present { webhooks, odd } = match project.present().await {
            Ok(present) => present,
            Err(error) => return Err(near::project(error, project).await),
        };
        let odd = odd.into_iter().map(|(name, _)| name).collect();
        Ok(Self {
            site: cx.site().await?,
            webhooks,
            odd,
            held: cx.custody()?.held().await?,
            read: cx.now().await?,
        })
    }

    fn named(&self, name: &WebhookName) -> Option<&Webhook> {
        let mut webhooks = self.webhooks.iter();
        webhooks.find(|webhook| webhook.name == name.as_str())
    }

    fn of<'a>(&'a self, webhook: &'a Webhook) -> impl Iterator<Item = &'a Held> {
        let held = self.held.iter();
        held.filter(move |held| held.is_of(&self.site) && held.is_of_webhook(webhook))
    }

    /// The value of a header for the webhook's present origin.
    fn fitting<'a>(&'a self, webhook: &'a Webhook, header: &str) -> Option<&'a Held> {
        let origin = webhook.origin()?;
        let mut fitting = self.of(webhook).filter(|held| fits(held, header, &origin));
        let first = fitting.next()?;
        if first.is_known() {
            return Some(first);
        }
        Some(fitting.find(|held| held.is_known()).unwrap_or(first))
    }

    /// A row for each protected header.
    fn own(&self, webhook: &Webhook) -> Vec<Listed> {
        let row = |header: &str| {
            let held = self.fitting(webhook, header);
            let known = held.filter(|held| held.is_known());
            Listed {
                webhook: webhook.name.clone(),
                header: header.to_owned(),
                held: known.is_some(),
                store: held.map(Held::store),
                origin: webhook.origin().map(|origin| origin.as_str().to_owned()),
                since: known.and_then(Held::since),
                tested: known.and_then(Held::tested),
                orphan: Some(false),
                state: held.map(|held| held.state(Some(webhook)).as_str()),
                host: self.site.host.to_string(),
                project: self.site.project.to_string(),
            }
        };
        webhook.protected_headers().map(row).collect()
    }

    /// A row for each other value of the webhook.
    fn extra<'a>(&'a self, webhook: &'a Webhook) -> impl Iterator<Item = Listed> + 'a {
        let fitting: Vec<*const Held> = webhook
            .protected_headers()
            .filter_map(|header| self.fitting(webhook, header))
            .map(std::ptr::from_ref)
            .collect();
        let others = self
            .of(webhook)
            .filter(move |held| !fitting.contains(&std::ptr::from_ref(*held)));
        others.map(|held| Listed {
            webhook: webhook.name.clone(),
            header: spelled(webhook, held.header()),
            ..listed(held, Some(webhook), Some(false))
        })
    }

    /// A row for each value of a webhook that is gone; with `everywhere`, for each of another
    /// project or host too.
    fn without_webhook(&self, everywhere: bool) -> Vec<Listed> {
        let mut rows = Vec::new();
        for held in &self.held {
            if !held.is_of(&self.site) {
                if everywhere {
                    rows.push(listed(held, None, None));
                }
            } else if is_orphan(held, &self.webhooks, &self.odd, self.read) {
                rows.push(listed(held, None, Some(true)));
            }
        }
        rows
    }
}

fn fits(held: &Held, header: &str, origin: &crate::model::origin::Origin) -> bool {
    held.is_value()
        && held.has_webhook()
        && held.header().eq_ignore_ascii_case(header)
        && held.origin() == origin.as_str()
}

fn listed(held: &Held, webhook: Option<&Webhook>, orphan: Option<bool>) -> Listed {
    Listed {
        webhook: held.webhook().to_owned(),
        header: held.header().to_owned(),
        held: held.is_known(),
        store: Some(held.store()),
        origin: Some(held.origin().to_owned()),
        since: held.since(),
        tested: held.tested(),
        orphan,
        state: Some(held.state(webhook).as_str()),
        host: held.host().to_owned(),
        project: held.project().to_owned(),
    }
}

/// Looks into the stores, and corrects what the index says.
async fn check(
    cx: &mut Context,
    all: &All,
    webhook: &Webhook,
    rows: &mut [Listed],
) -> anyhow::Result<()> {
    let Some(to) = Destination::of(&all.site, webhook, all.read) else {
        return Ok(());
    };
    for row in rows {
        let header: HeaderName = row.header.parse()?;
        let found = cx.custody()?.check(&to, &header, row.store).await;
        let found = found.with_context(|| {
            format!(
                "could not check the value of `{header}` of `{}`",
                row.webhook
            )
        })?;
        if found && row.store.is_none() {
            row.store = Some(cx.custody()?.place().await?.kind);
            row.state = Some("changed");
        }
        row.held = found;
    }
    Ok(())
}

fn verdict(missing: &[Listed]) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let named = missing
        .iter()
        .map(|row| format!("`{}` of `{}`", row.header, row.webhook));
    let message = format!(
        "{} not stored on this machine: {}",
        counted(missing.len() as u64, "protected value"),
        named.collect::<Vec<_>>().join(", ")
    );
    Err(Failure::new(Kind::Secret, message)
        .with_hint(set_each(missing))
        .into())
}

/// The most commands that a hint has.
const COMMANDS: usize = 5;

/// The command for each webhook that sets what is missing, with all of its headers.
fn set_each(missing: &[Listed]) -> String {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for row in missing {
        let flag = format!(" --secret-header {}", quote(&row.header));
        match commands.last_mut() {
            Some((webhook, command)) if *webhook == row.webhook => command.push_str(&flag),
            _ => commands.push((
                &row.webhook,
                format!("ubihook secret set {}{flag}", quote(&row.webhook)),
            )),
        }
    }
    let more = commands.len().saturating_sub(COMMANDS);
    let mut lines: Vec<_> = commands
        .into_iter()
        .take(COMMANDS)
        .map(|(_, command)| command)
        .collect();
    if more > 0 {
        lines.push(format!(
            "and so on for {}",
            counted(more as u64, "more webhook")
        ));
    }
    lines.join("\n")
}

fn not_found(name: &WebhookName, all: &All) -> Failure {
    let known = all.webhooks.iter().map(|webhook| webhook.name.as_str());
    let hint = match nearest(name.as_str(), known) {
        Some(near) => format!("ubihook secret list {}", quote(near)),
        None => "ubihook list".to_owned(),
    };
    let message = format!("webhook `{name}` does not exist");
    Failure::new(Kind::NotFound, message).with_hint(hint)
}
