//! The endpoints: JSON in, the model in the middle, JSON out. A file per resource.

pub(super) mod account;
pub(super) mod existing;
pub(super) mod logs;
pub(super) mod objects;
mod pages;
pub(super) mod requests;
pub(super) mod tests;
pub(super) mod webhooks;
