//! What belongs to the project, an object, a version or a bucket and is kept for clients alone:
//! environment variables, revisions, buckets, files. The mock does nothing with it.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mock::{
    clock,
    rules::PROJECT,
    store::{
        error::{Error, Result, is_duplicate},
        objects,
    },
};

/// A kind of belonging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Variable,
    Revision,
    Bucket,
    File,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::Revision => "revision",
            Self::Bucket => "bucket",
            Self::File => "file",
        }
    }

    pub(crate) fn missing(self) -> Error {
        Error::Missing(match self {
            Self::Variable => "Environment variable",
            Self::Revision => "Revision",
            Self::Bucket => "Bucket",
            Self::File => "File",
        })
    }
}

/// The bucket that every mock starts with.
pub(crate) const FIRST_BUCKET: &str = "default";

/// Where belongings are: their kind, and the id of what they belong to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) owner: String,
}

/// Something to keep.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) id: String,
    /// Unique in its place.
    pub(crate) name: String,
    /// As the API shows it.
    pub(crate) answer: Value,
    pub(crate) content: Option<Vec<u8>>,
}

fn answer(row: &Row<'_>) -> Result<Value> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|_| Error::Broken)
}

/// All of a place, oldest first.
pub(crate) fn list(c: &Connection, place: &Place) -> Result<Vec<Value>> {
    let sql = "SELECT answer FROM belongings WHERE kind = ?1 AND owner = ?2 ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((place.kind.as_str(), &place.owner))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(answer(row)?);
    }
    Ok(found)
}

/// One, by its name or its id.
pub(crate) fn find(c: &Connection, place: &Place, name: &str) -> Result<Value> {
    let sql = "SELECT answer FROM belongings WHERE kind = ?1 AND owner = ?2 \
               AND (name = ?3 OR id = ?3)";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((place.kind.as_str(), &place.owner, name))?;
    answer(rows.next()?.ok_or_else(|| place.kind.missing())?)
}

/// The content of one.
pub(crate) fn content(c: &Connection, place: &Place, name: &str) -> Result<Vec<u8>> {
    let sql = "SELECT content FROM belongings WHERE kind = ?1 AND owner = ?2 AND name = ?3";
    let content: Option<Option<Vec<u8>>> = c
        .prepare_cached(sql)?
        .query_row((place.kind.as_str(), &place.owner, name), |row| row.get(0))
        .optional()?;
    content.flatten().ok_or_else(|| place.kind.missing())
}

/// Adds one, whose name must be free.
pub(crate) fn add(c: &Connection, place: &Place, new: &New) -> Result<()> {
    match insert(c, place, new) {
        Err(error) if is_duplicate(&error) => Err(objects::exists("name", &new.name)),
        added => Ok(added?),
    }
}

fn insert(c: &Connection, place: &Place, new: &New) -> rusqlite::Result<()> {
    let sql = "INSERT INTO belongings (kind, owner, id, name, answer, content) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    c.prepare_cached(sql)?.execute((
        place.kind.as_str(),
        &place.owner,
        &new.id,
        &new.name,
        new.answer.to_string(),
        &new.content,
    ))?;
    Ok(())
}

/// Changes one, by its name or its id: its name, and how it is shown.
pub(crate) fn change(
    c: &Connection,
    place: &Place,
    name: &str,
    new_name: &str,
    answer: &Value,
) -> Result<()> {
    let sql = "UPDATE belongings SET name = ?4, answer = ?5 \
               WHERE kind = ?1 AND owner = ?2 AND (name = ?3 OR id = ?3)";
    let changed = c.prepare_cached(sql)?.execute((
        place.kind.as_str(),
        &place.owner,
        name,
        new_name,
        answer.to_string(),
    ));
    match changed {
        Err(error) if is_duplicate(&error) => Err(objects::exists("name", new_name)),
        changed => match changed? {
            0 => Err(place.kind.missing()),
            _ => Ok(()),
        },
    }
}

/// Removes one, by its name or its id, and what belongs to it.
pub(crate) fn remove(c: &Connection, place: &Place, name: &str) -> Result<()> {
    let sql = "DELETE FROM belongings WHERE kind = ?1 AND owner = ?2 AND (name = ?3 OR id = ?3) \
               RETURNING id";
    let id: Option<String> = c
        .prepare_cached(sql)?
        .query_row((place.kind.as_str(), &place.owner, name), |row| row.get(0))
        .optional()?;
    remove_of(c, &id.ok_or_else(|| place.kind.missing())?)
}

/// Removes what belongs to something that goes.
pub(super) fn remove_of(c: &Connection, owner: &str) -> Result<()> {
    let sql = "DELETE FROM belongings WHERE owner = ?1";
    c.prepare_cached(sql)?.execute([owner])?;
    Ok(())
}

/// The buckets of the project.
pub(crate) fn buckets(c: &Connection) -> rusqlite::Result<Place> {
    Ok(Place {
        kind: Kind::Bucket,
        owner: project(c)?,
    })
}

/// The files of a bucket.
pub(crate) fn files(c: &Connection, bucket: &str) -> Result<Place> {
    let buckets = buckets(c)?;
    let bucket = find(c, &buckets, bucket)?;
    Ok(Place {
        kind: Kind::File,
        owner: bucket["id"].as_str().unwrap_or_default().to_owned(),
    })
}

/// The id of the project.
pub(crate) fn project(c: &Connection) -> rusqlite::Result<String> {
    let sql = "SELECT value FROM identity WHERE key = 'project'";
    c.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// A bucket as the API shows it, with what its create says.
pub(crate) fn bucket(name: &str, given: &Value) -> New {
    let (id, now) = (Uuid::new_v4().to_string(), clock::text(clock::now()));
    let or = |field: &str, other: Value| match &given[field] {
        Value::Null => other,
        given => given.clone(),
    };
    let answer = json!({
        "id": id,
        "name": name,
        "project": PROJECT,
        "provider": or("provider", json!("ubiops")),
        "configuration": or("configuration", json!({})),
        "ttl": given["ttl"],
        "description": or("description", json!("")),
        "labels": or("labels", json!({})),
        "creation_date": now,
        "last_updated": now,
        "size": 0,
        "size_measurement_date": now,
    });
    New {
        id,
        name: name.to_owned(),
        answer,
        content: None,
    }
}

/// What a mock starts with.
pub(super) fn fill(c: &Connection) -> rusqlite::Result<()> {
    insert(c, &buckets(c)?, &bucket(FIRST_BUCKET, &Value::Null))
}
