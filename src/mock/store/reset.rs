//! Resets a database to its initial objects, which a world file may describe.

use std::{fs, path::Path};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{
    files,
    mock::{
        apply,
        error::Error,
        rules,
        store::{belongings, epoch, error, open, schema, webhooks},
        world::{StartObject, World},
    },
    model::{
        event::ObjectType::{self, Deployment, Pipeline},
        invalid::Invalid,
        name::VersionName,
        target::{TRAINING_DEPLOYMENT, describe},
    },
};

/// What a reset deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    pub webhooks: usize,
    /// Test runs.
    pub tests: usize,
    pub requests: usize,
    /// Delivery attempts.
    pub attempts: usize,
}

/// Resets a database to its initial objects, or to those of a world: no webhooks, no tests, no
/// deliveries. Mocks that have it open continue to use it, so its id and its token stay. Secrets
/// that the CLI stored for its webhooks are bound to their ids, which are never reused.
pub fn reset(path: &Path, world: &World) -> Result<Reset, Error> {
    let connection = open::open(path)?;
    start_over(&connection, world).map_err(|error| error.of(path))
}

/// Removes a database and the files next to it, as far as that is possible. No mock may have it
/// open.
pub(crate) fn remove(path: &Path) {
    for file in [
        path.to_owned(),
        open::beside(path, "-wal"),
        open::beside(path, "-shm"),
        files::lock_path(path),
    ] {
        // What can't be removed is found by whoever uses the path next.
        let _ = fs::remove_file(file);
    }
}

/// What a reset would delete. Like any open, this creates a database that doesn't exist.
pub(crate) fn contents(path: &Path) -> Result<Reset, Error> {
    let connection = open::open(path)?;
    let count = |table: &str| -> rusqlite::Result<usize> {
        let query = format!("SELECT count(*) FROM {table}");
        let counted: i64 = connection.query_row(&query, [], |row| row.get(0))?;
        Ok(usize::try_from(counted).expect("a count is not negative"))
    };
    let counted = || -> rusqlite::Result<Reset> {
        Ok(Reset {
            webhooks: count("webhooks")?,
            tests: count("tests")?,
            requests: count("requests")?,
            attempts: count("attempts")?,
        })
    };
    counted().map_err(|error| open::failed(path, &error))
}

fn start_over(connection: &Connection, world: &World) -> error::Result<Reset> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let reset = Reset {
        webhooks: transaction.execute("DELETE FROM webhooks", [])?,
        tests: transaction.execute("DELETE FROM tests", [])?,
        requests: transaction.execute("DELETE FROM requests", [])?,
        attempts: transaction.execute("DELETE FROM attempts", [])?,
    };
    transaction.execute_batch(
        "DELETE FROM deliveries; DELETE FROM callbacks; DELETE FROM objects; DELETE FROM runs; \
         DELETE FROM run_failures; DELETE FROM belongings;",
    )?;
    belongings::fill(&transaction)?;
    epoch::turn(&transaction)?;
    fill(&transaction, world)?;
    transaction.commit()?;
    Ok(reset)
}

fn fill(c: &Connection, world: &World) -> error::Result<()> {
    for (object_type, name, version) in rules::FIRST_OBJECTS {
        if name == TRAINING_DEPLOYMENT {
            let first = [version.parse().expect("the first versions have names")];
            let experiments = world.experiments.as_deref().unwrap_or(&first);
            add(c, object_type, name, experiments)?;
            continue;
        }
        let objects = match object_type {
            Deployment => &world.deployments,
            Pipeline => &world.pipelines,
        };
        match objects {
            None => schema::add(c, object_type, name, &[version])?,
            Some(objects) => add_all(c, object_type, objects)?,
        }
    }
    for new in &world.webhooks {
        let named = |error: error::Error| {
            let rule = match error {
                error::Error::Missing(_) => {
                    let version = new.version.as_ref().map(VersionName::as_str);
                    let (kind, object) = (new.object_type.as_str(), new.object_name.as_str());
                    let target = describe(kind, object, version);
                    format!("`{}` watches {target}, which does not exist", new.name)
                }
                error::Error::Invalid(_) => format!("`{}`: {error}", new.name),
                error => return error,
            };
            Invalid::new("webhooks", rule).into()
        };
        let (webhook, protected) = apply::create(new.clone()).map_err(|e| named(e.into()))?;
        let answer = serde_json::to_string(&webhook).expect("text, numbers and maps serialize");
        webhooks::create(c, &webhook, &answer, &protected).map_err(named)?;
    }
    Ok(())
}

fn add_all(c: &Connection, object_type: ObjectType, objects: &[StartObject]) -> error::Result<()> {
    for object in objects {
        add(c, object_type, object.name.as_str(), &object.in_order()?)?;
    }
    Ok(())
}

fn add(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    versions: &[VersionName],
) -> error::Result<()> {
    let versions: Vec<_> = versions.iter().map(VersionName::as_str).collect();
    match schema::add(c, object_type, name, &versions) {
        Err(error) if error::is_duplicate(&error) => {
            Err(crate::mock::store::objects::exists("name", name))
        }
        result => Ok(result?),
    }
}
