//! `export`: writes the platform's webhooks to files that `diff` reads. `folder.rs` writes one
//! file for each.

mod folder;

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{
    context::Context,
    filter::FilterArgs,
    many, near,
    verb::{Example, Run},
};
use crate::{
    args::{manifest, names::NamesArgs},
    config::Format,
    model::{
        export::{Entry, Export, Needed, Variables, entry},
        failure::{Failure, Kind},
        labels::OWNER,
        name::WebhookName,
        plan::{Action, Present, Terms, Values, plan},
        shell::quote,
        text::{counted, nearest},
        webhook::Webhook,
    },
    output::change::Reason,
};

/// Write webhooks to files that diff reads
///
/// Prints all webhooks of the project, or the chosen ones, as one YAML file. Fields that have their
/// default value are omitted. The platform doesn't return protected values: each is read from an
/// environment variable when the file is used, and the variables are listed on stderr.
///
/// A webhook that a file can't describe, such as one with a user name in its URL, is omitted and
/// named, and the exit code is 11. If the webhooks have different owners, only those without an
/// owner are exported.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    #[command(flatten)]
    filter: FilterArgs,

    /// Write a file for each webhook to this folder
    ///
    /// It is created if it doesn't exist. Files that differ are overwritten only after confirmation.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Also write fields that have their default value
    #[arg(long)]
    defaults: bool,

    /// Also export plain headers with credentials
    #[arg(long)]
    allow_plain: bool,

    /// Don't ask for confirmation
    #[arg(short, long, requires = "dir")]
    yes: bool,
}

impl Run for Args {
    const NAME: &'static str = "export";
    const EXAMPLES: &'static [Example] = &[
        (
            "Write all webhooks to a file, and compare it with the project",
            "ubihook export > webhooks.yaml\nubihook diff -f webhooks.yaml",
        ),
        (
            "Write each webhook of a team to a file of its own",
            "ubihook export --label team=blue --dir exported",
        ),
        (
            "Show one with all of its fields",
            "ubihook export orders-failed --defaults",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        if let Some(dir) = &self.dir {
            folder::check(dir)?;
        }
        let is_some = !self.names.is_empty();
        let names = self
            .names
            .clone()
            .read(Self::NAME, cx.terminal.stdin)
            .await?;
        let mut chosen = Chosen::default();
        if !is_some || !names.is_empty() {
            chosen = self.choose(cx, &names).await?;
        }
        let asked = chosen.webhooks.len() + chosen.omitted.len();
        let form = Form {
            defaults: self.defaults,
            allow_plain: self.allow_plain,
        };
        let made = form.entries(chosen);
        if let [Omitted { name, kind, why }] = &made.omitted[..]
            && asked == 1
        {
            let message = format!("could not export webhook `{name}`: {why}");
            let hint = (*kind == Kind::NotFound).then(|| {
                // What was meant for --dir.
                if name.contains('/') || Path::new(name).is_dir() {
                    format!("ubihook export --dir {}", quote(name))
                } else {
                    "ubihook list".to_owned()
                }
            });
            return Err(Failure::new(*kind, message).hinted(hint).into());
        }
        for Omitted { name, why, .. } in &made.omitted {
            cx.output
                .warn(&format!("webhook `{name}` is omitted: {why}"));
        }
        let failed = if let Some(dir) = &self.dir {
            folder::write(cx, dir, self.yes, &made).await?
        } else {
            let export = Export::of(made.owner.as_deref(), made.entries.iter());
            match cx.output.format() {
                Format::Yaml => cx.output.line(export.yaml().trim_end_matches('\n'))?,
                _ => cx.output.show(&export)?,
            }
            Vec::new()
        };
        list_variables(cx, &made.needed);
        if made.omitted.is_empty() {
            return many::verdict(cx, asked, failed, DONE);
        }
        // Those that were omitted have been named.
        let written = many::sentence(cx, asked, &failed, DONE);
        let omitted = counted(made.omitted.len() as u64, "webhook");
        let message = match written {
            Some(written) => format!("{written}; {omitted} omitted"),
            None => format!("{} of {asked} could not be exported", made.omitted.len()),
        };
        Err(Failure::new(Kind::Partial, message).into())
    }
}

/// The last word of `2 of 5 could not be …`.
const DONE: &str = "exported";

/// A webhook that is not exported, and why.
struct Omitted {
    name: String,
    kind: Kind,
    why: String,
}

impl Omitted {
    fn new(name: &str, why: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Refused,
            why: why.into(),
        }
    }

    /// Why, as data.
    fn reason(&self) -> Reason {
        Reason {
            kind: self.kind.name(),
            message: self.why.clone(),
            http_status: None,
        }
    }
}

/// The webhooks that were asked for.
#[derive(Default)]
struct Chosen {
    webhooks: Vec<Webhook>,
    omitted: Vec<Omitted>,
}

/// What is exported.
struct Made {
    owner: Option<String>,
    entries: Vec<Entry>,
    needed: Vec<Needed>,
    omitted: Vec<Omitted>,
}

impl Args {
    /// The named webhooks in the order of the names, or all in the order of their names.
    async fn choose(&self, cx: &mut Context, names: &[WebhookName]) -> anyhow::Result<Chosen> {
        let project = cx.project().await?;
        let filter = self.filter.filter();
        let listed = match project.list(&filter).await {
            Ok(listed) => listed,
            Err(error) => return Err(near::project(error, &project).await),
        };
        let is_named =
            |name: &str| names.is_empty() || names.iter().any(|one| one.as_str() == name);
        let mut chosen = Chosen::default();
        let mut known = Vec::new();
        for webhook in listed {
            match webhook? {
                Ok(webhook) if self.filter.lets_through(&filter, &webhook) => {
                    known.push(webhook.name.clone());
                    if is_named(&webhook.name) {
                        chosen.webhooks.push(webhook);
                    }
                }
                Err(odd) if is_named(&odd.name) => {
                    known.push(odd.name.clone());
                    let why = format!("its `{}` doesn't match the API's documentation", odd.field);
                    chosen.omitted.push(Omitted::new(&odd.name, why));
                }
                Ok(_) | Err(_) => {}
            }
        }
        for name in names {
            if !known.iter().any(|known| known == name.as_str()) {
                let near = nearest(name.as_str(), known.iter().map(String::as_str));
                let near = near.map(|near| format!("; did you mean {}?", quote(near)));
                let what = if self.filter.is_narrowed() {
                    "no such webhook matches"
                } else {
                    "it does not exist"
                };
                chosen.omitted.push(Omitted {
                    kind: Kind::NotFound,
                    ..Omitted::new(name.as_str(), format!("{what}{}", near.unwrap_or_default()))
                });
            }
        }
        if known.is_empty()
            && let Some(sentence) = self.filter.no_object(&project).await
        {
            cx.output.warn(&sentence);
        }
        let place = |webhook: &Webhook| names.iter().position(|name| name.as_str() == webhook.name);
        chosen
            .webhooks
            .sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)));
        Ok(chosen)
    }
}

/// How files are written.
#[derive(Debug, Clone, Copy, Default)]
struct Form {
    /// With fields that have their default value.
    defaults: bool,
    /// With credentials in plain headers.
    allow_plain: bool,
}

impl Form {
    /// The webhooks as they are in files. Each is read back and compared, so that what is exported
    /// is what `diff` calls equal.
    fn entries(self, chosen: Chosen) -> Made {
        let Chosen {
            webhooks,
            mut omitted,
        } = chosen;
        let owner = common_owner(&webhooks);
        let mut variables = Variables::default();
        let (mut entries, mut needed) = (Vec::new(), Vec::new());
        for webhook in webhooks {
            if let Some(other) = webhook.labels.get(OWNER).filter(|_| owner.is_none()) {
                let label = quote(&format!("{OWNER}={other}"));
                let why = format!(
                    "a file has one owner, and it belongs to `{other}`; ubihook export --label {label}"
                );
                omitted.push(Omitted::new(&webhook.name, why));
                continue;
            }
            let (entry, own) = entry(&webhook, self.defaults, &mut variables);
            match self.refusal(&webhook, &entry, owner.as_deref()) {
                None => {
                    entries.push(entry);
                    needed.extend(own);
                }
                Some(why) => omitted.push(Omitted::new(&webhook.name, why)),
            }
        }
        Made {
            owner,
            entries,
            needed,
            omitted,
        }
    }

    /// Why a file can't describe the webhook.
    fn refusal(self, webhook: &Webhook, entry: &Entry, owner: Option<&str>) -> Option<String> {
        let text = Export::yaml_of_one(owner, entry);
        let manifest = match manifest::parse(&text, self.allow_plain) {
            Ok(manifest) => manifest,
            Err(problems) if manifest::parse(&text, true).is_ok() => {
                return Some(format!("{problems}; --allow-plain exports it"));
            }
            Err(problems) => return Some(problems.to_string()),
        };
        let present = Present {
            webhooks: vec![webhook.clone()],
            odd: Vec::new(),
        };
        let terms = Terms {
            owner: manifest.owner.as_deref(),
            prune: false,
            keep_secrets: false,
        };
        let changes = plan(&manifest.wanted, &present, &Values::default(), terms);
        let different = changes.into_iter().find(|one| one.action != Action::Keep)?;
        let fields: Vec<_> = different.fields.into_iter().map(|one| one.field).collect();
        Some(format!("a file can't contain its {}", fields.join(", ")))
    }
}

/// The owner, if all webhooks have the same.
fn common_owner(webhooks: &[Webhook]) -> Option<String> {
    let mut owners = webhooks.iter().map(|webhook| webhook.labels.get(OWNER));
    let first = owners.next()??;
    owners
        .all(|owner| owner == Some(first))
        .then(|| first.clone())
}

fn list_variables(cx: &Context, needed: &[Needed]) {
    if needed.is_empty() {
        return;
    }
    let line = |needed: &Needed| {
        let Needed {
            webhook,
            header,
            variable,
        } = needed;
        format!("{variable} for `{header}` of webhook `{webhook}`")
    };
    let head =
        "protected values are not exported; they will be read from these environment variables:";
    let lines = needed.iter().map(line);
    if cx.output.format().is_for_programs() {
        // Each message of a program's is a whole sentence.
        let all: Vec<_> = lines.collect();
        return cx.output.note(&format!("{head} {}", all.join(", ")));
    }
    cx.output.note(head);
    lines.for_each(|line| cx.output.note(&line));
}

#[cfg(test)]
mod tests;
