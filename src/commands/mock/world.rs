//! `-f FILE` of `mock serve`, `run` and `reset`: what a mock starts with, as YAML or JSON. Unknown keys are refused. Its
//! webhooks have the keys of `create -f`.

use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::{
    args::file::{self, Problem, parse_with, problem, read_with},
    commands::{context::Context, values},
    mock::{self, StartObject, World},
    model::{
        draft::Draft, failure::Failure, invalid::Invalid, name::VersionName, shell::quote_path,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    deployments: Option<Vec<StartObject>>,
    pipelines: Option<Vec<StartObject>>,
    experiments: Option<Vec<VersionName>>,
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
    world.check().map_err(of_file)?;
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

/// What a mock that is about to start on `db` begins with. The database must be new: only
/// `mock reset` replaces one.
pub(crate) async fn begin(cx: &Context, db: &Path, file: &Path) -> anyhow::Result<()> {
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
    reset(db, &world, Some(file))
}

/// Parses such a file; `shown` is what names it in messages: `-f FILE`.
pub fn parse(shown: &str, bytes: &[u8]) -> Result<WorldFile, Failure> {
    parse_with(shown, bytes, start)
}

fn start(text: &str) -> Result<WorldFile, Problem> {
    let fields: Fields = serde_saphyr::from_str(text).map_err(|error| problem(text, &error))?;
    let world = World {
        deployments: fields.deployments,
        pipelines: fields.pipelines,
        experiments: fields.experiments,
        webhooks: Vec::new(),
    };
    world.check()?;
    let webhooks = fields.webhooks.into_iter().map(webhook);
    Ok(WorldFile {
        world,
        webhooks: webhooks.collect::<Result<_, _>>()?,
    })
}

fn webhook(fields: Spanned<file::Fields>) -> Result<Draft, Problem> {
    let line = fields.referenced.line();
    let wrong = |invalid: Invalid| Problem::at(line, &invalid);
    let draft = fields.value.draft()?;
    let missing = draft.missing().join(", ");
    let draft = draft.whole().map_err(wrong)?;
    draft.ok_or_else(|| wrong(Invalid::new("webhooks", format!("missing: {missing}"))))
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
