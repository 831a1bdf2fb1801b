//! Other resources that are read: the user, projects, objects and their versions (reference,
//! section 9). Only fields that the client or the mock uses; others are ignored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{
    labels::Labels,
    name::{ObjectName, VersionName},
    options::Description,
};

/// `GET /status`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceStatus {
    /// `ok` or `fail`.
    pub status: String,
}

/// `GET /user`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    #[serde(default)]
    pub id: String,
    /// The address of the user or service user.
    pub email: String,
    /// The name, which may be empty.
    #[serde(default)]
    pub name: Option<String>,
    /// How the user signs in; the official client requires it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Project {
    #[serde(default)]
    pub id: String,
    pub name: String,
    /// Its organization.
    #[serde(default)]
    pub organization_name: String,
    /// When it was created.
    #[serde(default)]
    pub creation_date: Option<String>,
}

/// A field of an object's input or output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    /// Its type, as the platform names it.
    #[serde(default)]
    pub data_type: Option<String>,
}

/// A deployment or pipeline. For webhooks, both have the same shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    #[serde(default)]
    pub id: String,
    pub name: String,
    /// Its project.
    #[serde(default)]
    pub project: String,
    /// A description, which may be empty.
    #[serde(default)]
    pub description: Option<String>,
    /// `structured` or `plain`.
    #[serde(default)]
    pub input_type: Option<String>,
    /// `structured` or `plain`.
    #[serde(default)]
    pub output_type: Option<String>,
    /// The fields of its input.
    #[serde(default)]
    pub input_fields: Option<Vec<Field>>,
    /// The fields of its output.
    #[serde(default)]
    pub output_fields: Option<Vec<Field>>,
    #[serde(default)]
    pub labels: Option<Labels>,
    /// When it was created.
    #[serde(default)]
    pub creation_date: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// Deployments only. If false, it accepts no requests, so a webhook on it could never fire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supports_request_format: Option<bool>,
    /// In details only: the version that is used if none is named; null if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_version: Option<String>,
}

impl Object {
    /// Whether requests can be sent to it, as far as the platform reports.
    pub fn takes_requests(&self) -> bool {
        self.supports_request_format != Some(false)
    }
}

/// The body of a create of a deployment or pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewObject {
    /// Unique among the objects of its type in the project.
    pub name: ObjectName,
    /// Shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// `structured` or `plain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_type: Option<String>,
    /// `structured` or `plain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_type: Option<String>,
    /// The fields of its input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_fields: Option<Vec<Field>>,
    /// The fields of its output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_fields: Option<Vec<Field>>,
    /// Labels to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// Deployments only: whether it accepts requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_request_format: Option<bool>,
}

/// A version of a deployment or pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    #[serde(default)]
    pub id: String,
    /// Its deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// Its pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// Its name.
    pub version: String,
    /// Whether it is the object's default version.
    #[serde(default)]
    pub default: bool,
    /// A description, which may be empty.
    #[serde(default)]
    pub description: Option<String>,
    /// Deployment versions only: `available` and similar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default)]
    pub labels: Option<Labels>,
    /// When it was created.
    #[serde(default)]
    pub creation_date: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// `full`, `metadata` or `none`.
    #[serde(default)]
    pub request_retention_mode: Option<String>,
    /// What else it has: environment, revisions, instances.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The body of a create of a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewVersion {
    /// Unique among the versions of its object.
    pub version: VersionName,
    /// Shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Labels to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// `full`, `metadata` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_retention_mode: Option<String>,
}

/// What an update of a deployment or pipeline sends.
#[derive(Debug, Deserialize)]
pub(crate) struct ObjectPatch {
    pub name: Option<ObjectName>,
    /// One of its versions.
    pub default_version: Option<VersionName>,
    pub description: Option<Description>,
    pub input_fields: Option<Vec<Field>>,
    pub output_fields: Option<Vec<Field>>,
    pub labels: Option<Labels>,
}

/// What an update of a version sends.
#[derive(Debug, Deserialize)]
pub(crate) struct VersionPatch {
    pub version: Option<VersionName>,
    pub description: Option<Description>,
    pub labels: Option<Labels>,
    pub request_retention_mode: Option<String>,
}
