//! The keys of files with webhooks.

/// Those of a mapping with `webhooks`.
pub(super) const SHARED: &[&str] = &["owner", "defaults", "webhooks"];

/// Those of a webhook, and those above: all that the first key of a mapping may be.
pub(super) const ALL: &[&str] = &[
    "name",
    "object_type",
    "object_name",
    "pipeline",
    "deployment",
    "experiment",
    "version",
    "url",
    "event",
    "headers",
    "description",
    "labels",
    "timeout",
    "enabled",
    "retry",
    "include_result",
    "id",
    "creation_date",
    "last_updated",
    "owner",
    "defaults",
    "webhooks",
];
