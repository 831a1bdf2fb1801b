//! Buckets: places for files.

use axum::{http::StatusCode, response::IntoResponse};
use serde_json::{Map, Value};

use crate::{
    mock::{
        body::Body,
        clock,
        hub::State,
        refusal::Result,
        reply::answer,
        store::{
            Sql,
            belongings::{self, buckets},
        },
        uri::Names,
    },
    model::{invalid::Invalid, name::ObjectName},
};

/// What an update can change.
const CHANGEABLE: [&str; 5] = ["provider", "configuration", "ttl", "description", "labels"];

pub(crate) async fn list(hub: State, _: Names) -> Result {
    let list = hub.store.read(|c| belongings::list(c, &buckets(c)?))?;
    Ok(answer(StatusCode::OK, &list))
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let find = |c: &Sql| belongings::find(c, &buckets(c)?, names.get("bucket"));
    Ok(answer(StatusCode::OK, &hub.store.read(find)?))
}

pub(crate) async fn create(hub: State, _: Names, body: Body) -> Result {
    let given = Value::Object(body.read::<Map<String, Value>>()?);
    let name = given["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(Invalid::new("name", "is required").into());
    }
    let name = ObjectName::try_from(name.to_owned())?;
    let new = belongings::bucket(name.as_str(), &given);
    let made = new.answer.clone();
    let write = move |c: &Sql| belongings::add(c, &buckets(c)?, &new);
    hub.store.write(write).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

pub(crate) async fn update(hub: State, names: Names, body: Body) -> Result {
    let given = body.read::<Map<String, Value>>()?;
    let write = move |c: &Sql| {
        let (place, name) = (buckets(c)?, names.get("bucket"));
        let mut bucket = belongings::find(c, &place, name)?;
        for (field, value) in given {
            if CHANGEABLE.contains(&&*field) && !value.is_null() {
                bucket[field] = value;
            }
        }
        bucket["last_updated"] = clock::text(clock::now()).into();
        let name = bucket["name"].as_str().unwrap_or_default().to_owned();
        belongings::change(c, &place, &name, &name, &bucket)?;
        Ok(bucket)
    };
    Ok(answer(StatusCode::OK, &hub.store.write(write).await?))
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    let write = move |c: &Sql| belongings::remove(c, &buckets(c)?, names.get("bucket"));
    hub.store.write(write).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
