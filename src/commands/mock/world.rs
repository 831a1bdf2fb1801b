//! `-f FILE` of `mock serve`, `run` and `reset`: what a mock starts with, as YAML or JSON. Unknown keys are refused. Its
//! webhooks have the keys of `create -f`.

use std::path::{Path, PathBuf};

use self::objects::Item;
use crate::{
    args::file::{self, Mapping, Node, Problem, Problems, parse_with, read_with},
    commands::{context::Context, values},
    mock::{self, World},
    model::{draft::Draft, failure::Failure, invalid::Invalid, shell::quote_path},
};

mod objects;

/// The lists of a world file, as far as they could be read.
struct Lists {
    deployments: Option<Vec<Item>>,
    pipelines: Option<Vec<Item>>,
    experiments: Option<Vec<Item>>,
    /// With their lines.
    webhooks: Vec<(u64, file::Fields)>,
}

const KEYS: &[&str] = &["deployments", "pipelines", "experiments", "webhooks"];

/// What a list of objects must be, in messages.
const OBJECTS: &str = "a list of names, or of mappings with `name` and `versions`";

/// The contents of such a file; headers of its webhooks may lack their value.
#[derive(Debug)]
pub struct WorldFile {
    /// All but the webhooks.
    pub world: World,
    pub webhooks: Vec<Draft>,
}

/// Reads a file, or stdin if the path is `-`, and the values of its headers.
pub(crate) async fn read(cx: &Context, path: &Path) -> anyhow::Result<World> {
    let WorldFile {
        mut world,
        webhooks,
    } = read_with("-f", path, parse).await?;
    let of_file = |invalid: Invalid| {
        Failure::usage(format!(
            "-f {}: {}",
            file::shown(path),
            invalid.with_field()
        ))
    };
    for draft in webhooks {
        let headers = values::fetch(cx, draft.headers.clone(), false).await?;
        let new = draft.with_headers(headers);
        new.check_unmasked().map_err(|invalid| {
            let rule = format!("`{}`: {}", new.name, invalid.with_field());
            of_file(Invalid::new("webhooks", rule))
        })?;
        world.webhooks.push(new);
    }
    Ok(world)
}

/// Resets a database to the contents of the file, or to the default ones.
pub(crate) fn reset(db: &Path, world: &World, file: Option<&Path>) -> anyhow::Result<()> {
    let done = mock::reset(db, world);
    done.map(drop).map_err(|error| match (error, file) {
        (mock::Error::Refused(rule), Some(file)) => {
            Failure::usage(format!("-f {}: {rule}", file::shown(file))).into()
        }
        (error, _) => anyhow::Error::new(error),
    })
}

/// What a mock that is about to start on `db` begins with, if a file says so. The database must be new then: only
/// `mock reset` replaces one.
pub(crate) async fn begin(
    cx: &Context,
    db: &Path,
    file: Option<&Path>,
) -> anyhow::Result<NewDatabase> {
    let Some(file) = file else {
        return Ok(NewDatabase(None));
    };
    if db.exists() {
        let message = format!(
            "-f is for a new database, and {} exists already",
            db.display()
        );
        return Err(Failure::usage(message)
            .with_hint(format!(
                "ubihook mock reset --db {} -f {}\nor name a new database with --db",
                quote_path(db),
                quote_path(file)
            ))
            .into());
    }
    cx.note_stdin(Some(file));
    let world = read(cx, file).await?;
    let new = NewDatabase(Some(db.to_owned()));
    reset(db, &world, Some(file))?;
    Ok(new)
}

/// A database that was just made. It is removed again unless the mock starts, so that the same command, once what
/// stopped it is mended, finds none.
#[must_use]
pub(crate) struct NewDatabase(Option<PathBuf>);

impl NewDatabase {
    /// From now on it stays.
    pub(crate) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for NewDatabase {
    fn drop(&mut self) {
        if let Some(db) = &self.0 {
            mock::remove(db);
        }
    }
}

/// Parses such a file; `shown` is what names it in messages: `-f FILE`.
pub fn parse(shown: &str, bytes: &[u8]) -> Result<WorldFile, Failure> {
    parse_with(shown, bytes, start)
}

fn start(text: &str) -> Result<WorldFile, Problems> {
    let mut problems = Problems::default();
    let Some(lists) = Lists::read(Node::parse(text)?, &mut problems) else {
        return Err(problems);
    };
    let lines = lists.lines();
    let objects = |items: Option<Vec<Item>>| -> Option<Vec<_>> {
        Some(items?.into_iter().map(Item::object).collect())
    };
    let mut experiment = |item: Item| problems.keep(item.experiment());
    let world = World {
        experiments: lists
            .experiments
            .map(|items| items.into_iter().filter_map(&mut experiment).collect()),
        deployments: objects(lists.deployments),
        pipelines: objects(lists.pipelines),
        webhooks: Vec::new(),
    };
    // What is missing in a world that could not be read may well be there.
    let is_read = problems.is_empty();
    if is_read && let Err(misfit) = world.check() {
        let line = lines.iter().find(|(list, _)| *list == misfit.list);
        let line = line.and_then(|(_, lines)| lines.get(misfit.index));
        problems.add(Problem::at(line.copied().unwrap_or(1), &misfit.invalid));
    }
    let mut webhooks: Vec<Draft> = Vec::with_capacity(lists.webhooks.len());
    for (line, fields) in lists.webhooks {
        let Some(draft) = webhook(line, fields, &mut problems) else {
            continue;
        };
        let mut wrong = |rule| problems.add(Problem::at(line, &Invalid::new("webhooks", rule)));
        if webhooks.iter().any(|known| known.name == draft.name) {
            wrong(format!("`{}` is listed twice", draft.name));
        } else if is_read && !world.has(&draft.target) {
            wrong(format!(
                "`{}` watches {}, which does not exist",
                draft.name, draft.target
            ));
        }
        webhooks.push(draft);
    }
    problems.unless_any(WorldFile { world, webhooks })
}

impl Lists {
    fn read(document: Node, problems: &mut Problems) -> Option<Self> {
        let mut map = Mapping::new(document, KEYS, problems)?;
        let mut objects = |list: &str| {
            map.list(list, OBJECTS, |node, problems| {
                Item::read(list, node, problems)
            })
        };
        let lists = Self {
            deployments: objects("deployments"),
            pipelines: objects("pipelines"),
            experiments: objects("experiments"),
            webhooks: map
                .list("webhooks", "a list", |node, problems| {
                    let line = node.line;
                    Some((line, file::Fields::read(node, file::WEBHOOK, problems)?))
                })
                .unwrap_or_default(),
        };
        map.finish();
        Some(lists)
    }

    /// The lines of the items of each list.
    fn lines(&self) -> [(&'static str, Vec<u64>); 3] {
        let lines = |items: &Option<Vec<Item>>| -> Vec<u64> {
            items.iter().flatten().map(|item| item.line).collect()
        };
        [
            ("deployments", lines(&self.deployments)),
            ("pipelines", lines(&self.pipelines)),
            ("experiments", lines(&self.experiments)),
        ]
    }
}

fn webhook(line: u64, fields: file::Fields, problems: &mut Problems) -> Option<Draft> {
    let wrong = |invalid: Invalid| Problem::at(line, &invalid);
    let draft = fields.draft(problems);
    let missing = draft.unwritten();
    if !missing.is_empty() {
        let missing = file::missing_keys(&missing);
        problems.add(wrong(Invalid::new("webhooks", missing)));
        return None;
    }
    problems.keep(draft.whole().map_err(wrong))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_reads_and_a_misspelt_key_is_named() {
        let text = "deployments:\n- {name: d, versions: [v1, v2], default_version: v2}\n\
            experiments: [e1]\nwebhooks:\n\
            - {name: w, object_type: deployment, object_name: d, url: 'http://a/', event: failed}\n";
        let file = start(text)
            .map_err(|problems| problems.to_string())
            .unwrap();
        assert_eq!(file.webhooks[0].event.as_str(), "deployment_request_failed");
        assert!(file.world.pipelines.is_none() && file.world.experiments.unwrap().len() == 1);
        for (text, said) in [
            (
                "deploymnets: []",
                "unknown key `deploymnets`; did you mean `deployments`?",
            ),
            (
                "pipelines:\n- {nam: p}",
                "unknown key `nam`; did you mean `name`?",
            ),
            (
                "pipelines:\n- {name: p, versions: [a], default_version: b}",
                "default_version: `b` is not one of the versions of `p`",
            ),
            (
                "webhooks:\n- {name: w, object_type: pipeline, object_name: p, event: failed, url: x}",
                "url: must be an absolute http or https URL with a host, such as https://example.org/in",
            ),
            (
                "webhooks:\n- {name: w, object_type: pipeline, object_name: p, event: failed}",
                "webhooks: missing: url",
            ),
            ("experiments: [a, b, a]", "experiments: `a` is listed twice"),
        ] {
            assert_eq!(
                start(text)
                    .map(drop)
                    .map_err(|problems| problems.to_string()),
                Err(said.to_owned())
            );
        }
    }
}
