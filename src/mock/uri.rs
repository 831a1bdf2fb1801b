//! The contents of a request's URI: the version of the API, names in the path, parameters.

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};

use crate::{
    mock::{
        refusal::{Refusal, Result},
        rules::PROJECT,
        store::requests::Scope,
    },
    model::{
        event::ObjectType,
        invalid::Invalid,
        labels::{self, Label},
        routes,
    },
};

/// The API's versions, which behave the same (reference, section 11, line 38).
pub(crate) const VERSIONS: [&str; 2] = ["/v2", "/v2.1"];

/// Whether a path can be called without a token.
pub(crate) fn is_open(path: &str) -> bool {
    VERSIONS
        .iter()
        .any(|version| path.strip_prefix(version) == Some(routes::STATUS.0))
}

/// The part of a path below the version; `None` for a path outside the API.
pub(crate) fn below_version(path: &str) -> Option<&str> {
    // The longer version first, as the shorter one is a prefix of it.
    VERSIONS
        .iter()
        .rev()
        .find_map(|version| path.strip_prefix(version))
}

/// The part of a path below the project, or below the version if it names no project; `None` for a
/// path outside the API.
pub(crate) fn below_project(path: &str) -> Option<&str> {
    let path = below_version(path)?;
    let project = || path.strip_prefix("/projects/")?.strip_prefix(PROJECT);
    match project() {
        Some(rest) if rest.starts_with('/') => Some(rest),
        _ => Some(path),
    }
}

/// The names in a path, by the route's placeholders. Any project but the mock's own is refused.
#[derive(Debug)]
pub(crate) struct Names(Vec<(String, String)>);

impl Names {
    /// A name that the route may have.
    pub(crate) fn find(&self, word: &str) -> Option<&str> {
        let named = self.0.iter().find(|(key, _)| key == word);
        named.map(|(_, name)| name.as_str())
    }

    /// A name that the route has.
    pub(crate) fn get(&self, word: &str) -> &str {
        self.find(word).expect("the route has this name")
    }

    /// The object that the route has.
    pub(crate) fn object(&self) -> (ObjectType, &str) {
        ObjectType::ALL
            .into_iter()
            .find_map(|object_type| Some((object_type, self.find(object_type.as_str())?)))
            .expect("the route has an object")
    }

    /// The object that the route has, and its version if it has one, as the scope of requests.
    pub(crate) fn scope(&self) -> Scope {
        let (object_type, name) = self.object();
        Scope {
            object_type,
            object_name: name.to_owned(),
            version: self.find("version").map(str::to_owned),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::from_request_parts(parts, state).await;
        let names = path.map(|Path(names)| Self(names));
        let names = names.map_err(|_| Refusal::bad_request("the path is not UTF-8"))?;
        match names.find("project") {
            Some(PROJECT) => Ok(names),
            _ => Err(Refusal::missing("Project")),
        }
    }
}

/// The parameters of a URI; an empty one counts as absent.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The value of a parameter. If it is repeated, the last one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().rev().find(|(key, _)| key == name);
        named
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A parameter that is a whole number.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u32>> {
        let rule = |_| Invalid::new(name, "must be a whole number").into();
        self.get(name)
            .map(|text| text.parse().map_err(rule))
            .transpose()
    }

    /// The labels to filter a list by: a webhook needs only one of them.
    pub(crate) fn labels(&self) -> Result<Option<Vec<Label>>> {
        let rule = "must be `key:value`, several with `,` between them";
        let read =
            |text| labels::parse_filter(text).ok_or_else(|| Invalid::new("labels", rule).into());
        self.get("labels").map(read).transpose()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(_) => Err(Refusal::bad_request("the parameters are not UTF-8")),
        }
    }
}
