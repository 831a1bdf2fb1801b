//! Temporary webhooks of `listen`: how they are recognized, and whether their listener is gone.

use crate::{model::webhook::Webhook, process::identity::Identity};

/// Their name begins so, and their label is called so.
pub(super) const NAME: &str = "ubihook-listen";

/// Whether a webhook is the temporary one of a listener on this machine that is gone.
pub(super) fn is_left_behind(webhook: &Webhook) -> bool {
    let label = webhook.labels.get(NAME);
    let owner = label.and_then(|label| Identity::parse(label));
    let is_ours = webhook
        .name
        .strip_prefix(NAME)
        .is_some_and(|id| id.starts_with('-'));
    is_ours && owner.is_some_and(|owner| owner.is_gone())
}
