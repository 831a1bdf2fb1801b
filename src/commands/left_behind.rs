//! Temporary webhooks of `listen`: how they are recognized, and whether their listener is gone.

use crate::{
    model::{labels::LISTENER, webhook::Webhook},
    process::identity::Identity,
};

/// Whether a webhook is the temporary one of a listener on this machine that is gone.
pub(super) fn is_left_behind(webhook: &Webhook) -> bool {
    let label = webhook.labels.get(LISTENER);
    let owner = label.and_then(|label| Identity::parse(label));
    let is_ours = webhook
        .name
        .strip_prefix(LISTENER)
        .is_some_and(|id| id.starts_with('-'));
    is_ours && owner.is_some_and(|owner| owner.is_gone())
}
