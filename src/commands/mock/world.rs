//! `-f FILE` of `mock serve`, `run` and `reset`: what a mock starts with, as YAML or JSON. Unknown keys are refused. Its
//! webhooks have the keys of `create -f`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use self::objects::Item;
use crate::{
    args::file::{self, Problem, parse_with, problem, read_with},
    commands::{context::Context, values},
    mock::{self, World},
    model::{draft::Draft, failure::Failure, invalid::Invalid, shell::quote_path},
};

mod objects;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    deployments: Option<Vec<Spanned<Item>>>,
    pipelines: Option<Vec<Spanned<Item>>>,
    experiments: Option<Vec<Spanned<Item>>>,
    #[serde(default)]
    webhooks: Vec<Spanned<file::Fields>>,
}

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

fn start(text: &str) -> Result<WorldFile, Problem> {
    let fields: Fields = serde_saphyr::from_str(text).map_err(|error| problem(text, &error))?;
    let lines = fields.lines();
    let list = |items: Option<Vec<Spanned<Item>>>| -> Option<Vec<_>> {
        Some(items?.into_iter().map(|item| item.value).collect())
    };
    let objects = |items| Some(list(items)?.into_iter().map(Item::object).collect());
    let experiments =
        list(fields.experiments).map(|items| items.into_iter().map(Item::experiment).collect());
    let experiments: Option<Result<_, _>> = experiments;
    let world = World {
        deployments: objects(fields.deployments),
        pipelines: objects(fields.pipelines),
        experiments: experiments.transpose()?,
        webhooks: Vec::new(),
    };
    world.check().map_err(|misfit| {
        let line = lines.iter().find(|(list, _)| *list == misfit.list);
        let line = line.and_then(|(_, lines)| lines.get(misfit.index));
        Problem::at(line.copied().unwrap_or(1), &misfit.invalid)
    })?;
    let mut webhooks: Vec<Draft> = Vec::with_capacity(fields.webhooks.len());
    for fields in fields.webhooks {
        let line = fields.referenced.line();
        let draft = webhook(fields)?;
        let wrong = |rule| Err(Problem::at(line, &Invalid::new("webhooks", rule)));
        if webhooks.iter().any(|known| known.name == draft.name) {
            return wrong(format!("`{}` is listed twice", draft.name));
        }
        if !world.has(&draft.target) {
            return wrong(format!(
                "`{}` watches {}, which does not exist",
                draft.name, draft.target
            ));
        }
        webhooks.push(draft);
    }
    Ok(WorldFile { world, webhooks })
}

impl Fields {
    /// The lines of the items of each list.
    fn lines(&self) -> [(&'static str, Vec<u64>); 3] {
        let lines = |items: &Option<Vec<Spanned<Item>>>| -> Vec<u64> {
            items
                .iter()
                .flatten()
                .map(|item| item.referenced.line())
                .collect()
        };
        [
            ("deployments", lines(&self.deployments)),
            ("pipelines", lines(&self.pipelines)),
            ("experiments", lines(&self.experiments)),
        ]
    }
}

fn webhook(fields: Spanned<file::Fields>) -> Result<Draft, Problem> {
    let line = fields.referenced.line();
    let wrong = |invalid: Invalid| Problem::at(line, &invalid);
    let draft = fields.value.draft()?;
    let missing = file::missing_keys(&draft.missing());
    let draft = draft.whole().map_err(wrong)?;
    draft.ok_or_else(|| wrong(Invalid::new("webhooks", missing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_reads_and_a_misspelt_key_is_named() {
        let text = "deployments:\n- {name: d, versions: [v1, v2], default_version: v2}\n\
            experiments: [e1]\nwebhooks:\n\
            - {name: w, object_type: deployment, object_name: d, url: 'http://a/', event: failed}\n";
        let file = start(text).map_err(|problem| problem.text).unwrap();
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
                start(text).map(drop).map_err(|problem| problem.text),
                Err(said.to_owned())
            );
        }
    }
}
