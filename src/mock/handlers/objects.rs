//! Deployments, pipelines and their versions: both types by the same handlers.

use std::sync::Arc;

use axum::{Router, http::StatusCode, routing::get};

use crate::{
    mock::{
        Platform,
        body::{Body, Names, Parameters},
        handlers::{Result, State, answer, check_project},
        refusal::Refusal,
        rules,
        store::objects,
    },
    model::{
        event::ObjectType,
        invalid::Invalid,
        labels::{self, Label, Labels},
        name::ObjectName,
        objects::{NewObject, NewVersion, Object, Version},
    },
};

/// The endpoints of a type at the paths of its list, detail, versions and version.
pub(super) fn routes(object_type: ObjectType, paths: [String; 4]) -> Router<Arc<Platform>> {
    let [all, one, versions, version] = paths;
    Router::new()
        .route(
            &all,
            get(move |s, p, q| list(object_type, s, p, q))
                .post(move |s, p, b| create(object_type, s, p, b)),
        )
        .route(&one, get(move |s, p| detail(object_type, s, p)))
        .route(
            &versions,
            get(move |s, p, q| list_versions(object_type, s, p, q))
                .post(move |s, p, b| create_version(object_type, s, p, b)),
        )
        .route(&version, get(move |s, p| version_detail(object_type, s, p)))
}

async fn list(
    object_type: ObjectType,
    platform: State,
    Names(project): Names<String>,
    parameters: Parameters,
) -> Result {
    check_project(&project)?;
    let labels = labels_of(&parameters)?;
    let mut list = platform.store.read(|c| objects::list(c, object_type))?;
    list.retain(|object: &Object| matches(object.labels.as_ref(), labels.as_deref()));
    Ok(answer(StatusCode::OK, &list))
}

async fn detail(
    object_type: ObjectType,
    platform: State,
    Names((project, name)): Names<(String, String)>,
) -> Result {
    check_project(&project)?;
    let object = platform
        .store
        .read(|c| objects::find(c, object_type, &name))?;
    Ok(answer(StatusCode::OK, &object))
}

async fn create(
    object_type: ObjectType,
    platform: State,
    Names(project): Names<String>,
    body: Body,
) -> Result {
    check_project(&project)?;
    let object = rules::object(object_type, body.read::<NewObject>()?);
    let store = &platform.store;
    let made = store
        .write(move |c| objects::create(c, object_type, &object).map(|()| object))
        .await?;
    Ok(answer(StatusCode::CREATED, &made))
}

async fn list_versions(
    object_type: ObjectType,
    platform: State,
    Names((project, name)): Names<(String, String)>,
    parameters: Parameters,
) -> Result {
    check_project(&project)?;
    let labels = labels_of(&parameters)?;
    let mut list = platform
        .store
        .read(|c| objects::versions(c, object_type, &name))?;
    list.retain(|version: &Version| matches(version.labels.as_ref(), labels.as_deref()));
    Ok(answer(StatusCode::OK, &list))
}

async fn version_detail(
    object_type: ObjectType,
    platform: State,
    Names((project, name, version)): Names<(String, String, String)>,
) -> Result {
    check_project(&project)?;
    let version = platform
        .store
        .read(|c| objects::find_version(c, object_type, &name, &version))?;
    Ok(answer(StatusCode::OK, &version))
}

async fn create_version(
    object_type: ObjectType,
    platform: State,
    Names((project, name)): Names<(String, String)>,
    body: Body,
) -> Result {
    check_project(&project)?;
    let name = ObjectName::try_from(name)?;
    let version = rules::version(object_type, name.as_str(), body.read::<NewVersion>()?);
    let store = &platform.store;
    let made = store
        .write(move |c| objects::create_version(c, object_type, name.as_str(), &version))
        .await?;
    Ok(answer(StatusCode::CREATED, &made))
}

/// The labels that a list is to be searched for, any of them.
pub(super) fn labels_of(parameters: &Parameters) -> Result<Option<Vec<Label>>> {
    let Some(text) = parameters.get("labels") else {
        return Ok(None);
    };
    let rule = "must be `key:value`, several with `,` between them";
    labels::parse_filter(text)
        .map(Some)
        .ok_or_else(|| Refusal::from(Invalid::new("labels", rule)))
}

fn matches(labels: Option<&Labels>, wanted: Option<&[Label]>) -> bool {
    let has = |label: &Label| labels.and_then(|l| l.get(&label.key)) == Some(&label.value);
    wanted.is_none_or(|wanted| wanted.iter().any(has))
}
