//! Deployments, pipelines and their versions.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    mock::{
        rules::{self, PROJECT},
        store::error::{Error, Result, is_duplicate},
    },
    model::{
        event::ObjectType,
        invalid::Invalid,
        objects::{Object, Version},
        payload::Subject,
    },
};

fn missing(object_type: ObjectType) -> Error {
    Error::Missing(match object_type {
        ObjectType::Deployment => "Deployment",
        ObjectType::Pipeline => "Pipeline",
    })
}

pub(super) fn missing_version(object_type: ObjectType) -> Error {
    Error::Missing(match object_type {
        ObjectType::Deployment => "Deployment version",
        ObjectType::Pipeline => "Pipeline version",
    })
}

pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text = row.get_ref(column)?.as_bytes().map_err(|_| Error::Broken)?;
    serde_json::from_slice(text).map_err(|_| Error::Broken)
}

pub(super) fn text<T: serde::Serialize>(answer: &T) -> String {
    serde_json::to_string(answer).expect("text, numbers and maps of text serialize")
}

/// The objects of a type, oldest first, as lists show them.
pub(crate) fn list(c: &Connection, object_type: ObjectType) -> Result<Vec<Object>> {
    let sql = "SELECT answer FROM objects WHERE object_type = ?1 ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([object_type.as_str()])?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next()? {
        objects.push(json(row, 0)?);
    }
    Ok(objects)
}

/// An object with its default version, as its detail page shows it.
pub(crate) fn find(c: &Connection, object_type: ObjectType, name: &str) -> Result<Object> {
    let sql = "SELECT answer, default_version FROM objects WHERE object_type = ?1 AND name = ?2";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([object_type.as_str(), name])?;
    let row = rows.next()?.ok_or_else(|| missing(object_type))?;
    let object: Object = json(row, 0)?;
    Ok(Object {
        default_version: row.get(1)?,
        ..object
    })
}

/// Adds an object; its name must not be taken.
pub(crate) fn create(c: &Connection, object_type: ObjectType, object: &Object) -> Result<()> {
    match insert(c, object_type, object) {
        Err(error) if is_duplicate(&error) => Err(exists("name", &object.name)),
        result => Ok(result?),
    }
}

pub(super) fn exists(field: &'static str, name: &str) -> Error {
    Invalid::new(field, format!("`{name}` already exists")).into()
}

pub(super) fn insert(
    c: &Connection,
    object_type: ObjectType,
    object: &Object,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO objects (id, object_type, name, answer) VALUES (?1, ?2, ?3, ?4)";
    c.prepare_cached(sql)?.execute((
        &object.id,
        object_type.as_str(),
        &object.name,
        text(object),
    ))?;
    Ok(())
}

/// The versions of an object, oldest first.
pub(crate) fn versions(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
) -> Result<Vec<Version>> {
    let object = row_of(c, object_type, name)?;
    let sql = "SELECT answer FROM versions WHERE object = ?1 ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([object.seq])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        versions.push(marked(json(row, 0)?, &object));
    }
    Ok(versions)
}

/// One version of an object.
pub(crate) fn find_version(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: &str,
) -> Result<Version> {
    let object = row_of(c, object_type, name)?;
    let sql = "SELECT answer FROM versions WHERE object = ?1 AND name = ?2";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((object.seq, version))?;
    let row = rows.next()?.ok_or_else(|| missing_version(object_type))?;
    Ok(marked(json(row, 0)?, &object))
}

/// Adds a version; its name must not be taken. The first version of an object becomes its default.
pub(crate) fn create_version(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: &Version,
) -> Result<Version> {
    let object = row_of(c, object_type, name)?;
    match insert_version(c, object.seq, version) {
        Err(error) if is_duplicate(&error) => return Err(exists("version", &version.version)),
        result => result?,
    }
    let object = row_of(c, object_type, name)?;
    Ok(marked(version.clone(), &object))
}

pub(super) fn insert_version(
    c: &Connection,
    object: i64,
    version: &Version,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO versions (object, id, name, answer) VALUES (?1, ?2, ?3, ?4)";
    c.prepare_cached(sql)?
        .execute((object, &version.id, &version.version, text(version)))?;
    let sql = "UPDATE objects SET default_version = ?2 WHERE seq = ?1 AND default_version IS NULL";
    c.prepare_cached(sql)?.execute((object, &version.version))?;
    Ok(())
}

/// Refuses what a webhook can't watch: an object or a version that doesn't exist.
pub(crate) fn check(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: Option<&str>,
) -> Result<()> {
    let object = row_of(c, object_type, name)?;
    let Some(version) = version else {
        return Ok(());
    };
    let sql = "SELECT 1 FROM versions WHERE object = ?1 AND name = ?2";
    if c.prepare_cached(sql)?.exists((object.seq, version))? {
        Ok(())
    } else {
        Err(missing_version(object_type))
    }
}

/// The subject of this object's events; without a version, of its default version.
pub(crate) fn subject(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: Option<&str>,
) -> Result<Subject> {
    place(c, object_type, name, version).map(|place| place.subject)
}

/// The object and version of a request.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) subject: Subject,
    /// Whether it is the default version.
    pub(crate) default: bool,
}

/// The object and version of a request to this object; without a version, the default version.
pub(crate) fn place(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: Option<&str>,
) -> Result<Place> {
    let object = row_of(c, object_type, name)?;
    let Some(version) = version.or(object.default_version.as_deref()) else {
        let rule = format!("is required because `{name}` has no default version");
        return Err(Invalid::new("version", rule).into());
    };
    let sql = "SELECT id FROM versions WHERE object = ?1 AND name = ?2";
    let version_id = c
        .prepare_cached(sql)?
        .query_row((object.seq, version), |row| row.get(0))
        .optional()?
        .ok_or_else(|| missing_version(object_type))?;
    Ok(Place {
        default: object.default_version.as_deref() == Some(version),
        subject: Subject {
            object_type,
            object_id: object.id,
            object_name: name.to_owned(),
            version_id,
            version_name: version.to_owned(),
            project: PROJECT.to_owned(),
        },
    })
}

pub(super) struct ObjectRow {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) default_version: Option<String>,
}

pub(super) fn row_of(c: &Connection, object_type: ObjectType, name: &str) -> Result<ObjectRow> {
    let sql = "SELECT seq, id, default_version FROM objects WHERE object_type = ?1 AND name = ?2";
    let row = |row: &Row<'_>| {
        Ok(ObjectRow {
            seq: row.get(0)?,
            id: row.get(1)?,
            default_version: row.get(2)?,
        })
    };
    c.prepare_cached(sql)?
        .query_row([object_type.as_str(), name], row)
        .optional()?
        .ok_or_else(|| missing(object_type))
}

fn marked(version: Version, object: &ObjectRow) -> Version {
    rules::shown_version(Version {
        default: object.default_version.as_ref() == Some(&version.version),
        ..version
    })
}
