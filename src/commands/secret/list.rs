//! `secret list`: which protected values this machine has.

use std::collections::HashMap;

use anyhow::Context as _;

use super::protected::spelled;
use crate::{
    api::Project,
    args::names::NamesArgs,
    commands::{
        context::Context,
        existing::Existing,
        near,
        verb::{Example, Run},
    },
    model::{
        failure::{Failure, Kind},
        name::WebhookName,
        plan::Present,
        shell::quote,
        text::{counted, nearest},
        webhook::Webhook,
    },
    output::secret::{Listed, ListedValues},
    secrets::{
        Destination, Moment, Site,
        custody::{Checked, Held, State},
    },
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
    /// Values of other projects and hosts are listed too, with "orphan": null in JSON.
    #[arg(long, conflicts_with = "name")]
    orphans: bool,

    /// Check the stores, and exit with 9 if a value is missing
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
        let (mut unchecked, mut open) = (Vec::new(), Vec::new());
        let chosen = all
            .present
            .webhooks
            .iter()
            .filter(|webhook| is_chosen(webhook));
        let mut own: Vec<_> = chosen.map(|webhook| (webhook, all.own(webhook))).collect();
        if self.check {
            check(cx, &all, &mut own).await?;
            let missing = own.iter().flat_map(|(_, rows)| rows);
            unchecked.extend(missing.filter(|row| !row.held).cloned());
        }
        for (webhook, own) in own {
            // What a create has left in addition to a known value doesn't matter.
            open.extend(own.iter().filter(|row| row.state == Some(UNKNOWN)).cloned());
            rows.extend(own);
            rows.extend(all.extra(webhook));
        }
        if names.is_empty() {
            rows.extend(all.without_webhook(self.orphans));
        }
        rows.retain(|row| {
            (!self.missing || !row.held) && (!self.orphans || row.orphan != Some(false))
        });
        note_unknown(cx, &open.iter().collect::<Vec<_>>());
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
    present: Present,
    held: Vec<Held>,
    /// Where in `held` the values of a webhook are: by its id, or by its name before it has one.
    places: HashMap<(bool, String), Vec<usize>>,
    read: Moment,
}

impl All {
    async fn read(cx: &mut Context, project: &Project) -> anyhow::Result<Self> {
        let present = match project.present().await {
            Ok(present) => present,
            Err(error) => return Err(near::project(error, project).await),
        };
        let (site, held) = (cx.site().await?, cx.custody()?.held().await?);
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, one) in held.iter().enumerate().filter(|(_, one)| one.is_of(&site)) {
            let id = one.webhook_id();
            let place = (id.is_some(), id.unwrap_or(one.webhook()).to_owned());
            places.entry(place).or_default().push(at);
        }
        Ok(Self {
            site,
            present,
            held,
            places,
            read: cx.now().await?,
        })
    }

    fn named(&self, name: &WebhookName) -> Option<&Webhook> {
        let mut webhooks = self.present.webhooks.iter();
        webhooks.find(|webhook| webhook.name == name.as_str())
    }

    fn of<'a>(&'a self, webhook: &Webhook) -> impl Iterator<Item = &'a Held> + use<'a> {
        let places = [(true, &webhook.id), (false, &webhook.name)];
        let of_place = |(is_id, word): (bool, &String)| self.places.get(&(is_id, word.clone()));
        let found = places.map(of_place).into_iter().flatten().flatten();
        found.map(|at| &self.held[*at])
    }

    /// The value of a header for the webhook's present origin.
    fn fitting<'a>(&'a self, webhook: &'a Webhook, header: &str) -> Option<&'a Held> {
        let origin = webhook.origin()?;
        let fits = |held: &&Held| {
            let is_own = held.has_webhook() || held.may_have_made(&self.site, webhook, self.read);
            is_own && fits(held, header, &origin)
        };
        let mut fitting = self.of(webhook).filter(fits);
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
                unsent: known.is_some_and(Held::is_unsent),
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
        let existing = Existing::of(&self.present);
        for held in &self.held {
            if !held.is_of(&self.site) {
                if everywhere {
                    rows.push(listed(held, None, None));
                }
            } else if existing.is_orphan(held, self.read) {
                rows.push(listed(held, None, Some(true)));
            }
        }
        rows
    }
}

fn fits(held: &Held, header: &str, origin: &crate::model::origin::Origin) -> bool {
    held.is_value()
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
        unsent: held.is_unsent(),
        host: held.host().to_owned(),
        project: held.project().to_owned(),
    }
}

/// Looks into the stores, and corrects what the index says.
async fn check(
    cx: &mut Context,
    all: &All,
    own: &mut [(&Webhook, Vec<Listed>)],
) -> anyhow::Result<()> {
    let to = |webhook: &Webhook| Destination::of(&all.site, webhook, all.read);
    let destinations: Vec<_> = own.iter().map(|(webhook, _)| to(webhook)).collect();
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    for ((_, own), to) in own.iter_mut().zip(&destinations) {
        let Some(to) = to else { continue };
        for row in own {
            places.push(Checked {
                to,
                header: row.header.parse()?,
                listed: row.store,
            });
            rows.push(row);
        }
    }
    let found = cx.custody()?.check(&places).await;
    let found = found.context("could not check the stored values")?;
    for (row, found) in rows.into_iter().zip(found) {
        if found && row.store.is_none() {
            row.store = Some(cx.custody()?.place().await?.kind);
            row.state = Some("changed");
        }
        row.held = found;
    }
    Ok(())
}

fn named(rows: &[&Listed]) -> String {
    let named = rows
        .iter()
        .map(|row| format!("`{}` of `{}`", row.header, row.webhook));
    named.collect::<Vec<_>>().join(", ")
}

fn unknown(rows: &[&Listed]) -> String {
    format!(
        "it is unknown whether the platform has the stored {} of {}: a command was interrupted while it sent {}",
        if rows.len() == 1 { "value" } else { "values" },
        named(rows),
        if rows.len() == 1 { "it" } else { "them" }
    )
}

/// Says why a value is unknown, and what settles that.
fn note_unknown(cx: &Context, open: &[&Listed]) {
    if !open.is_empty() {
        let commands = mend_each(open).replace('\n', "; ");
        cx.output
            .note(&format!("{}; to send it again: {commands}", unknown(open)));
    }
}

fn verdict(missing: &[Listed]) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let is_open = |row: &&Listed| row.state == Some(UNKNOWN);
    let (open, absent): (Vec<&Listed>, Vec<&Listed>) = missing.iter().partition(is_open);
    let mut said = Vec::new();
    if !absent.is_empty() {
        let count = counted(absent.len() as u64, "protected value");
        said.push(format!(
            "{count} not stored on this machine: {}",
            named(&absent)
        ));
    }
    if !open.is_empty() {
        said.push(unknown(&open));
    }
    let missing: Vec<_> = missing.iter().collect();
    Err(Failure::new(Kind::Secret, said.join("; "))
        .with_hint(mend_each(&missing))
        .into())
}

/// A change was sent and its response lost.
const UNKNOWN: &str = State::Unknown.as_str();

/// The most commands that a hint has.
const COMMANDS: usize = 5;

/// The command for each webhook that mends what is missing, with all of its headers. What may not
/// have arrived is sent again.
fn mend_each(missing: &[&Listed]) -> String {
    let mut commands: Vec<((&str, &str), String)> = Vec::new();
    for row in missing {
        let verb = match row.state {
            Some(UNKNOWN) => "update",
            _ => "secret set",
        };
        let flag = format!(" --secret-header {}", quote(&row.header));
        let place = (row.webhook.as_str(), verb);
        match commands.last_mut() {
            Some((last, command)) if *last == place => command.push_str(&flag),
            _ => commands.push((
                place,
                format!("ubihook {verb} {}{flag}", quote(&row.webhook)),
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
    let known = all
        .present
        .webhooks
        .iter()
        .map(|webhook| webhook.name.as_str());
    let hint = match nearest(name.as_str(), known) {
        Some(near) => format!("ubihook secret list {}", quote(near)),
        None => "ubihook list".to_owned(),
    };
    let message = format!("webhook `{name}` does not exist");
    Failure::new(Kind::NotFound, message).with_hint(hint)
}
