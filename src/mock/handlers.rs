//! The endpoints, a file per resource: JSON in, JSON out, with the model in between.

pub(super) mod account;
pub(super) mod buckets;
pub(super) mod changes;
pub(super) mod environments;
pub(super) mod existing;
pub(super) mod files;
pub(super) mod logs;
pub(super) mod objects;
mod pages;
pub(super) mod requests;
pub(super) mod revisions;
pub(super) mod tests;
pub(super) mod variables;
pub(super) mod webhooks;
