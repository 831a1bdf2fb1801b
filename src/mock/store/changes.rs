//! Changes of objects and versions that are there. What refers to one follows a new name, and goes
//! with it: its webhooks, its requests, what belongs to it.

use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::{
    mock::{
        clock, rules,
        store::{
            belongings,
            error::{Error, Result, is_duplicate},
            objects::{self, exists, json, missing_version, row_of, text},
            webhooks,
        },
    },
    model::{
        event::ObjectType,
        objects::{Object, ObjectPatch, Version, VersionPatch},
    },
};

/// Changes an object, and returns it as its detail shows it.
pub(crate) fn update(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    patch: ObjectPatch,
) -> Result<Object> {
    let mut object = objects::find(c, object_type, name)?;
    let row = row_of(c, object_type, name)?;
    if let Some(version) = &patch.default_version {
        objects::check(c, object_type, name, Some(version.as_str()))?;
        let sql = "UPDATE objects SET default_version = ?2 WHERE seq = ?1";
        c.prepare_cached(sql)?
            .execute((row.seq, version.as_str()))?;
    }
    object.default_version = None;
    if let Some(description) = patch.description {
        object.description = Some(description.into());
    }
    object.input_fields = patch.input_fields.or(object.input_fields);
    object.output_fields = patch.output_fields.or(object.output_fields);
    object.labels = patch.labels.or(object.labels);
    object.name = patch.name.map_or(object.name, Into::into);
    object.last_updated = Some(clock::text(clock::now()));
    let sql = "UPDATE objects SET name = ?2, answer = ?3 WHERE seq = ?1";
    let updated = c
        .prepare_cached(sql)?
        .execute((row.seq, &object.name, text(&object)));
    match updated {
        Err(error) if is_duplicate(&error) => return Err(exists("name", &object.name)),
        updated => updated?,
    };
    if object.name != name {
        let field = format!("$.{object_type}");
        let sql = "UPDATE versions SET answer = json_set(answer, ?2, ?3) WHERE object = ?1";
        c.prepare_cached(sql)?
            .execute((row.seq, field, &object.name))?;
        let of = (object_type.as_str(), name, &object.name);
        let sql = "UPDATE webhooks SET object_name = ?3, \
                   answer = json_set(answer, '$.object_name', ?3) \
                   WHERE object_type = ?1 AND object_name = ?2";
        c.prepare_cached(sql)?.execute(of)?;
        let sql =
            "UPDATE requests SET object_name = ?3 WHERE object_type = ?1 AND object_name = ?2";
        c.prepare_cached(sql)?.execute(of)?;
    }
    objects::find(c, object_type, &object.name)
}

/// Removes an object, its versions, and all that is about them.
pub(crate) fn delete(c: &Connection, object_type: ObjectType, name: &str) -> Result<()> {
    for version in objects::versions(c, object_type, name)? {
        belongings::remove_of(c, &version.id)?;
    }
    let row = row_of(c, object_type, name)?;
    belongings::remove_of(c, &row.id)?;
    forget(c, object_type, name, None)?;
    let sql = "DELETE FROM versions WHERE object = ?1";
    c.prepare_cached(sql)?.execute([row.seq])?;
    let sql = "DELETE FROM objects WHERE seq = ?1";
    c.prepare_cached(sql)?.execute([row.seq])?;
    Ok(())
}

/// Changes a version, and returns it as it is shown.
pub(crate) fn update_version(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: &str,
    patch: VersionPatch,
    mut more: Map<String, Value>,
) -> Result<Version> {
    let object = row_of(c, object_type, name)?;
    let mut changed =
        stored(c, object.seq, version)?.ok_or_else(|| missing_version(object_type))?;
    if let Some(description) = patch.description {
        changed.description = Some(description.into());
    }
    changed.labels = patch.labels.or(changed.labels);
    changed.request_retention_mode = patch
        .request_retention_mode
        .or(changed.request_retention_mode);
    changed.version = patch.version.map_or(changed.version, Into::into);
    changed.last_updated = Some(clock::text(clock::now()));
    more.retain(|field, value| rules::KEPT_FIELDS.contains(&&**field) && !value.is_null());
    changed.more.extend(more);
    put(c, object.seq, version, &changed)?;
    let new = &changed.version;
    if new != version {
        let sql = "UPDATE objects SET default_version = ?3 \
                   WHERE seq = ?1 AND default_version = ?2";
        c.prepare_cached(sql)?.execute((object.seq, version, new))?;
        let of = (object_type.as_str(), name, version, new);
        let sql = "UPDATE webhooks SET version = ?4, answer = json_set(answer, '$.version', ?4) \
                   WHERE object_type = ?1 AND object_name = ?2 AND version = ?3";
        c.prepare_cached(sql)?.execute(of)?;
        let sql = "UPDATE requests SET version = ?4 \
                   WHERE object_type = ?1 AND object_name = ?2 AND version = ?3";
        c.prepare_cached(sql)?.execute(of)?;
    }
    objects::find_version(c, object_type, name, new)
}

/// Gives a version the revision that it has from now on.
pub(crate) fn revise(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: &str,
    revision: &str,
) -> Result<()> {
    let object = row_of(c, object_type, name)?;
    let mut changed =
        stored(c, object.seq, version)?.ok_or_else(|| missing_version(object_type))?;
    for field in ["active_revision", "latest_revision"] {
        changed.more.insert(field.to_owned(), revision.into());
    }
    put(c, object.seq, version, &changed)
}

/// Removes a version, and all that is about it. Without its default version an object has none.
pub(crate) fn delete_version(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: &str,
) -> Result<()> {
    let gone = objects::find_version(c, object_type, name, version)?;
    belongings::remove_of(c, &gone.id)?;
    forget(c, object_type, name, Some(version))?;
    let object = row_of(c, object_type, name)?;
    let sql = "DELETE FROM versions WHERE object = ?1 AND name = ?2";
    c.prepare_cached(sql)?.execute((object.seq, version))?;
    let sql = "UPDATE objects SET default_version = NULL WHERE seq = ?1 AND default_version = ?2";
    c.prepare_cached(sql)?.execute((object.seq, version))?;
    Ok(())
}

/// Removes the webhooks that watch something that goes, and its requests.
fn forget(
    c: &Connection,
    object_type: ObjectType,
    name: &str,
    version: Option<&str>,
) -> Result<()> {
    let of = (object_type.as_str(), name, version);
    let sql = "SELECT name FROM webhooks WHERE object_type = ?1 AND object_name = ?2 \
               AND (?3 IS NULL OR version = ?3)";
    let mut select = c.prepare_cached(sql)?;
    let watching = select.query_map(of, |row| row.get::<_, String>(0))?;
    for webhook in watching.collect::<rusqlite::Result<Vec<_>>>()? {
        webhooks::delete(c, &webhook)?;
    }
    // Those that live end by themselves, as what they were made of is gone; others may wait for that.
    let sql = "DELETE FROM requests WHERE object_type = ?1 AND object_name = ?2 \
               AND (?3 IS NULL OR version = ?3) AND due IS NULL";
    c.prepare_cached(sql)?.execute(of)?;
    Ok(())
}

/// A version as it is stored.
fn stored(c: &Connection, object: i64, version: &str) -> Result<Option<Version>> {
    let sql = "SELECT answer FROM versions WHERE object = ?1 AND name = ?2";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((object, version))?;
    rows.next()?.map(|row| json(row, 0)).transpose()
}

fn put(c: &Connection, object: i64, version: &str, changed: &Version) -> Result<()> {
    let sql = "UPDATE versions SET name = ?3, answer = ?4 WHERE object = ?1 AND name = ?2";
    let updated =
        c.prepare_cached(sql)?
            .execute((object, version, &changed.version, text(changed)));
    match updated {
        Err(error) if is_duplicate(&error) => Err(exists("version", &changed.version)),
        updated => match updated? {
            0 => Err(Error::Broken),
            _ => Ok(()),
        },
    }
}
