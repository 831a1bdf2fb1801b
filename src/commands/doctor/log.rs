//! What the platform's log says about the webhook.

use super::webhook::subject;
use crate::model::{checkup::Check, webhook::Webhook};

const ID: &str = "log";

/// The client has no call for the log, so it can't be looked at.
pub(super) fn check(webhook: &Webhook) -> Check {
    let why = "this version of ubihook does not read the platform's log";
    Check::skip(ID, &subject(webhook), why)
}
