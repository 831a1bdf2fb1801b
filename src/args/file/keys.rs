//! The keys of files with webhooks.

/// Those of a mapping with `webhooks`.
pub(super) const SHARED: &[&str] = &["owner", "defaults", "webhooks"];

/// Those of a webhook.
pub(crate) const WEBHOOK: &[&str] = &[
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
];

/// Those of a webhook that a response has, without any effect in a file.
pub(super) const READ_ONLY: [&str; 3] = ["id", "creation_date", "last_updated"];

/// Those of a header.
pub(super) const HEADERS: &[&str] = &["key", "value", "value_from", "protected", "local"];

/// Those of a webhook and of the mapping that it is in: what may be meant at the top of a file.
pub(super) const ALL: &[&str] = &{
    let mut all = [""; WEBHOOK.len() + SHARED.len()];
    let (of_webhook, rest) = all.split_at_mut(WEBHOOK.len());
    of_webhook.copy_from_slice(WEBHOOK);
    rest.copy_from_slice(SHARED);
    all
};
