//! Environment variables of the project, of a deployment, and of a version, which inherits those of
//! both unless it has one of that name.

use axum::{http::StatusCode, response::IntoResponse};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mock::{
    body::Body,
    hub::State,
    refusal::Result,
    reply::answer,
    store::{
        self, Sql,
        belongings::{self, Kind, New, Place},
        objects,
    },
    uri::Names,
};

#[derive(Debug, Deserialize)]
struct Given {
    name: Option<String>,
    value: Option<String>,
    secret: Option<bool>,
}

/// What a call is about, and what that inherits from: the kind and the name of each, and its place.
struct Chain(Vec<(&'static str, String, Place)>);

impl Chain {
    fn of(c: &Sql, names: &Names) -> store::Result<Self> {
        let mut chain = Vec::new();
        let mut add = |kind, name: &str, owner| {
            let place = Place {
                kind: Kind::Variable,
                owner,
            };
            chain.push((kind, name.to_owned(), place));
        };
        if names.find("deployment").is_some() {
            let (object_type, name) = names.object();
            if let Some(version) = names.find("version") {
                let found = objects::find_version(c, object_type, name, version)?;
                add("deployment_version", version, found.id);
            }
            let found = objects::find(c, object_type, name)?;
            add("deployment", name, found.id);
        }
        add("project", names.get("project"), belongings::project(c)?);
        Ok(Self(chain))
    }

    fn own(&self) -> &Place {
        let (_, _, place) = self.0.first().expect("there is always the project");
        place
    }
}

/// As the API shows it: a secret value is never given back.
fn shown(id: &str, name: &str, value: Option<&str>, secret: bool) -> Value {
    let value = value.filter(|_| !secret);
    json!({"id": id, "name": name, "value": value, "secret": secret})
}

pub(crate) async fn list(hub: State, names: Names) -> Result {
    let all = hub.store.read(|c| {
        let mut all: Vec<Value> = Vec::new();
        for (at, (kind, of, place)) in Chain::of(c, &names)?.0.iter().enumerate() {
            for mut variable in belongings::list(c, place)? {
                if all.iter().any(|known| known["name"] == variable["name"]) {
                    continue;
                }
                if at > 0 {
                    variable["inheritance_type"] = json!(kind);
                    variable["inheritance_name"] = json!(of);
                }
                all.push(variable);
            }
        }
        Ok(all)
    })?;
    Ok(answer(StatusCode::OK, &all))
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let find = |c: &Sql| belongings::find(c, Chain::of(c, &names)?.own(), names.get("variable"));
    Ok(answer(StatusCode::OK, &hub.store.read(find)?))
}

pub(crate) async fn create(hub: State, names: Names, body: Body) -> Result {
    let given = body.read::<Given>()?;
    let name = given.name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| crate::model::invalid::Invalid::new("name", "is required"))?;
    let secret = given.secret.unwrap_or(false);
    let id = Uuid::new_v4().to_string();
    let new = New {
        answer: shown(&id, &name, given.value.as_deref(), secret),
        id,
        name,
        content: None,
    };
    let made = new.answer.clone();
    let write = move |c: &Sql| belongings::add(c, Chain::of(c, &names)?.own(), &new);
    hub.store.write(write).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

pub(crate) async fn update(hub: State, names: Names, body: Body) -> Result {
    let given = body.read::<Given>()?;
    let write = move |c: &Sql| {
        let (chain, key) = (Chain::of(c, &names)?, names.get("variable"));
        let known = belongings::find(c, chain.own(), key)?;
        let text = |field: &str| known[field].as_str().map(str::to_owned);
        let name = given.name.or_else(|| text("name")).unwrap_or_default();
        let value = given.value.or_else(|| text("value"));
        let secret = given.secret.unwrap_or(known["secret"] == true);
        let id = text("id").unwrap_or_default();
        let changed = shown(&id, &name, value.as_deref(), secret);
        belongings::change(c, chain.own(), key, &name, &changed)?;
        Ok(changed)
    };
    Ok(answer(StatusCode::OK, &hub.store.write(write).await?))
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    let write =
        move |c: &Sql| belongings::remove(c, Chain::of(c, &names)?.own(), names.get("variable"));
    hub.store.write(write).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
