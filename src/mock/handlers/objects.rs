//! Deployments, pipelines and their versions: the same handlers serve both types.

use axum::http::StatusCode;

use crate::{
    mock::{
        body::Body,
        hub::State,
        refusal::Result,
        reply::answer,
        rules,
        store::objects,
        uri::{Names, Parameters},
    },
    model::{
        event::ObjectType,
        labels::{Label, Labels},
        name::ObjectName,
        objects::{NewObject, NewVersion},
    },
};

pub(crate) async fn list(
    object_type: ObjectType,
    hub: State,
    _: Names,
    parameters: Parameters,
) -> Result {
    let labels = parameters.labels()?;
    let mut list = hub.store.read(|c| objects::list(c, object_type))?;
    list.retain(|object| matches(object.labels.as_ref(), labels.as_deref()));
    Ok(answer(StatusCode::OK, &list))
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let (object_type, name) = names.object();
    let object = hub.store.read(|c| objects::find(c, object_type, name))?;
    Ok(answer(StatusCode::OK, &object))
}

pub(crate) async fn create(object_type: ObjectType, hub: State, _: Names, body: Body) -> Result {
    let object = rules::object(object_type, body.read::<NewObject>()?);
    let write = move |c: &_| objects::create(c, object_type, &object).map(|()| object);
    let made = hub.store.write(write).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

pub(crate) async fn list_versions(hub: State, names: Names, parameters: Parameters) -> Result {
    let (object_type, name) = names.object();
    let labels = parameters.labels()?;
    let mut list = hub
        .store
        .read(|c| objects::versions(c, object_type, name))?;
    list.retain(|version| matches(version.labels.as_ref(), labels.as_deref()));
    Ok(answer(StatusCode::OK, &list))
}

pub(crate) async fn version_detail(hub: State, names: Names) -> Result {
    let ((object_type, name), version) = (names.object(), names.get("version"));
    let read = hub
        .store
        .read(|c| objects::find_version(c, object_type, name, version));
    Ok(answer(StatusCode::OK, &read?))
}

pub(crate) async fn create_version(hub: State, names: Names, body: Body) -> Result {
    let (object_type, name) = names.object();
    let name = ObjectName::try_from(name.to_owned())?;
    let new = body.read::<NewVersion>()?;
    let version = rules::version(object_type, name.as_str(), new, body.read()?);
    let write = move |c: &_| objects::create_version(c, object_type, name.as_str(), &version);
    let made = hub.store.write(write).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

fn matches(labels: Option<&Labels>, wanted: Option<&[Label]>) -> bool {
    let has = |label: &Label| labels.and_then(|l| l.get(&label.key)) == Some(&label.value);
    wanted.is_none_or(|wanted| wanted.iter().any(has))
}
