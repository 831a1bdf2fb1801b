//! Which headers a webhook protects.

use crate::model::{
    failure::{Failure, Kind},
    header::HeaderName,
    shell::quote,
    text::nearest,
    webhook::Webhook,
};

/// Refuses a header that isn't a protected one of the webhook.
pub(super) fn check_protected(webhook: &Webhook, key: &HeaderName) -> Result<(), Failure> {
    let name = &webhook.name;
    let found = webhook.headers.iter().find(|header| key.is(&header.key));
    match found {
        Some(header) if header.protected => Ok(()),
        Some(_) => Err(Failure::new(
            Kind::Usage,
            format!("header `{key}` of webhook `{name}` is plain, so its value is no secret"),
        )
        .with_hint(format!(
            "ubihook update {} --secret-header {} makes it a protected header",
            quote(name),
            quote(key.as_str())
        ))),
        None => Err(no_header(webhook, key)),
    }
}

pub(super) fn no_header(webhook: &Webhook, key: &HeaderName) -> Failure {
    let name = &webhook.name;
    let message = format!("webhook `{name}` has no protected header `{key}`");
    let known: Vec<&str> = webhook.protected_headers().collect();
    let hint = match nearest(key.as_str(), known.iter().copied()) {
        Some(near) => format!("did you mean {}?", quote(near)),
        None if known.is_empty() => format!("ubihook get {}", quote(name)),
        None => {
            let known: Vec<_> = known.iter().map(|name| quote(name)).collect();
            format!("its protected headers: {}", known.join(", "))
        }
    };
    Failure::new(Kind::Usage, message).with_hint(hint)
}

/// A header as the webhook spells it.
pub(super) fn spelled(webhook: &Webhook, header: &str) -> String {
    let mut own = webhook.protected_headers();
    let own = own.find(|own| own.eq_ignore_ascii_case(header));
    own.unwrap_or(header).to_owned()
}
