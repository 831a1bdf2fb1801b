//! Files in buckets. As on the platform their content doesn't go through the API: a call gives a
//! link, and whoever has that reads or writes the content.

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header::HOST},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mock::{
    body, clock,
    hub::State,
    refusal::Result,
    reply::answer,
    store::{
        Sql,
        belongings::{self, New, files},
    },
    uri::{Names, Parameters},
};

/// The most files in one answer.
const PAGE: usize = 1000;

pub(crate) async fn list(hub: State, names: Names, parameters: Parameters) -> Result {
    let all = |c: &Sql| belongings::list(c, &files(c, names.get("bucket"))?);
    let mut all = hub.store.read(all)?;
    let name = |file: &Value| file["file"].as_str().unwrap_or_default().to_owned();
    all.sort_by_key(name);
    let prefix = parameters.get("prefix").unwrap_or_default();
    let after = parameters.get("continuation_token").unwrap_or_default();
    let limit = parameters.number("limit")?.map_or(PAGE, |n| n as usize);
    let (mut found, mut prefixes, mut more) = (Vec::new(), Vec::new(), None);
    for file in all {
        let full = name(&file);
        let Some(rest) = full.strip_prefix(prefix).filter(|_| *full > *after) else {
            continue;
        };
        let folder = parameters.get("delimiter").and_then(|delimiter| {
            let (folder, _) = rest.split_once(delimiter)?;
            Some(format!("{prefix}{folder}{delimiter}"))
        });
        match folder {
            Some(folder) if prefixes.last() == Some(&folder) => {}
            Some(folder) => prefixes.push(folder),
            None if found.len() >= limit.clamp(1, PAGE) => {
                more = found.last().map(name);
                break;
            }
            None => found.push(file),
        }
    }
    let page = json!({"files": found, "prefixes": prefixes, "continuation_token": more});
    Ok(answer(StatusCode::OK, &page))
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let find = |c: &Sql| belongings::find(c, &files(c, names.get("bucket"))?, names.get("file"));
    Ok(answer(StatusCode::OK, &hub.store.read(find)?))
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    let write =
        move |c: &Sql| belongings::remove(c, &files(c, names.get("bucket"))?, names.get("file"));
    hub.store.write(write).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn upload(hub: State, names: Names, headers: HeaderMap) -> Result {
    // The file comes into being with its content.
    hub.store.read(|c| files(c, names.get("bucket")))?;
    Ok(link(&hub, &names, &headers, &Method::PUT))
}

pub(crate) async fn download(hub: State, names: Names, headers: HeaderMap) -> Result {
    let find = |c: &Sql| belongings::find(c, &files(c, names.get("bucket"))?, names.get("file"));
    hub.store.read(find)?;
    Ok(link(&hub, &names, &headers, &Method::GET))
}

/// A link under the name that the client has for the mock.
fn link(hub: &State, names: &Names, headers: &HeaderMap, method: &Method) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let (bucket, file) = (names.get("bucket"), names.get("file"));
    let url = hub.tickets.link(host, method, bucket, file);
    answer(StatusCode::OK, &json!({"url": url, "provider": "ubiops"}))
}

/// The path names no project, and needs none.
type Place = axum::extract::Path<(String, String)>;

pub(crate) async fn content(hub: State, place: Place) -> Result {
    let (bucket, file) = &place.0;
    let content = |c: &Sql| belongings::content(c, &files(c, bucket)?, file);
    Ok(Bytes::from(hub.store.read(content)?).into_response())
}

pub(crate) async fn put_content(hub: State, place: Place, request: Request) -> Result {
    let content = body::content(request).await?;
    let (bucket, file) = place.0;
    let (id, now) = (Uuid::new_v4().to_string(), clock::text(clock::now()));
    let answer = json!({"file": file, "size": content.len(), "time_created": now});
    let new = New {
        id,
        name: file,
        answer,
        content: Some(content.into()),
    };
    let write = move |c: &Sql| {
        let place = files(c, &bucket)?;
        if belongings::find(c, &place, &new.name).is_ok() {
            belongings::remove(c, &place, &new.name)?;
        }
        belongings::add(c, &place, &new)
    };
    hub.store.write(write).await?;
    Ok(StatusCode::OK.into_response())
}
