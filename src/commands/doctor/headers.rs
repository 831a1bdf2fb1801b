//! Whether this machine has the values of the protected headers, according to the index. Without
//! them the platform still sends them; only this machine can't test the webhook.

use super::{asked::Asked, webhook::subject};
use crate::{
    api::Client,
    commands::context::Context,
    model::{
        checkup::Check, failure::Explain as _, shell::quote, store::StoreKind, text::counted,
        webhook::Webhook,
    },
    secrets::{
        Error, Moment,
        custody::{Held, State},
    },
};

const ID: &str = "headers";

pub(super) async fn check(cx: &mut Context, asked: &Asked, webhook: &Webhook) -> Check {
    let (Ok(custody), Some(site)) = (cx.custody(), &asked.site) else {
        return Check::skip(ID, &subject(webhook), "there is no folder for values");
    };
    let held = custody.held().await;
    let read = asked.client.as_ref().ok().and_then(Client::clock);
    let read = Moment::now(read);
    let own = held.map(|held| {
        let own = held.into_iter().filter(|one| one.is_of(site));
        let is_open = |held: &Held| {
            if held.has_webhook() {
                return held.state(Some(webhook)) == State::Unknown;
            }
            held.may_have_made(site, webhook, read)
        };
        own.map(|held| (is_open(&held), held)).collect()
    });
    of(webhook, own)
}

/// The stored values, each with whether a change of it was interrupted.
fn of(webhook: &Webhook, held: Result<Vec<(bool, Held)>, Error>) -> Check {
    let subject = subject(webhook);
    let headers: Vec<_> = webhook.protected_headers().collect();
    if headers.is_empty() {
        let found = match webhook.headers.len() {
            0 => "it has no headers".to_owned(),
            plain => format!(
                "{}, and none that is protected",
                counted(plain as u64, "plain header")
            ),
        };
        return Check::pass(ID, &subject, found);
    }
    let held = match held {
        Ok(held) => held,
        Err(error) => return Check::skip(ID, &subject, error.to_string()).hinted(error.hint()),
    };
    let is_of = |held: &Held| held.is_of_webhook(webhook) && held.is_value();
    let (open, held): (Vec<bool>, Vec<Held>) = held.into_iter().unzip();
    // What a create has left in addition to a known value doesn't matter.
    let alone = |one: &Held| one.has_webhook() || stored(webhook, one.header(), &held).is_none();
    let mut open = open.into_iter().zip(&held);
    let open = open.find(|(is_open, one)| *is_open && is_of(one) && alone(one));
    if let Some((_, one)) = open {
        return interrupted(webhook, one.header());
    }
    let found: Vec<_> = headers
        .iter()
        .map(|header| (*header, stored(webhook, header, &held)))
        .collect();
    verdict(webhook, &subject, &found)
}

fn interrupted(webhook: &Webhook, header: &str) -> Check {
    let name = &webhook.name;
    let mut own = webhook.protected_headers();
    let header = own
        .find(|own| own.eq_ignore_ascii_case(header))
        .unwrap_or(header);
    let why = format!(
        "it is unknown whether the platform has the stored value of `{header}` of webhook `{name}`: a command was interrupted while it sent it"
    );
    let (name, header) = (quote(name), quote(header));
    let hint = format!("ubihook update {name} --secret-header {header}");
    Check::warn(ID, &subject(webhook), why).hint(hint)
}

/// The store that has the value for the webhook's own origin, and how sure it is that the platform
/// has it too.
fn stored(webhook: &Webhook, header: &str, held: &[Held]) -> Option<(StoreKind, State)> {
    let origin = webhook.origin()?;
    let mut own = held.iter().filter(|held| {
        held.is_of_webhook(webhook)
            && held.has_webhook()
            && held.is_value()
            && held.is_known()
            && held.header().eq_ignore_ascii_case(header)
            && held.origin() == origin.as_str()
    });
    own.next()
        .map(|held| (held.store(), held.state(Some(webhook))))
}

fn verdict(
    webhook: &Webhook,
    subject: &str,
    found: &[(&str, Option<(StoreKind, State)>)],
) -> Check {
    let missing: Vec<_> = found.iter().filter(|(_, held)| held.is_none()).collect();
    if let Some((first, _)) = missing.first() {
        let name = &webhook.name;
        let named: Vec<_> = missing
            .iter()
            .map(|(header, _)| format!("`{header}`"))
            .collect();
        let why = format!(
            "the value of {} of webhook `{name}` is not stored on this machine, so it can't be tested from here",
            named.join(", ")
        );
        let hint = format!(
            "ubihook secret set {} --secret-header {}",
            quote(name),
            quote(first)
        );
        return Check::warn(ID, subject, why).hint(hint);
    }
    let stored = found.iter().filter_map(|(header, held)| {
        let (store, state) = (*held)?;
        let sure = if state == State::Current {
            ""
        } else {
            " (not known to be the platform's)"
        };
        let place = match store {
            StoreKind::Keyring => "the keyring",
            StoreKind::File => "the file store",
            StoreKind::None => "no store",
        };
        Some(format!("`{header}` in {place}{sure}"))
    });
    let stored = stored.collect::<Vec<_>>().join(", ");
    Check::pass(ID, subject, format!("values stored: {stored}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::{model::checkup::Status, secrets::Unusable};

    #[test]
    fn a_value_that_is_not_here_is_a_warning_with_the_command() {
        let plain = webhook_with(&json!({}));
        assert_eq!(of(&plain, Ok(Vec::new())).status, Status::Pass);
        let key = json!({"headers": [{"key": "X-Key", "value": null, "protected": true}]});
        let webhook = webhook_with(&key);
        let missing = of(&webhook, Ok(Vec::new()));
        assert_eq!(missing.status, Status::Warn);
        let hint = "ubihook secret set w --secret-header X-Key";
        assert_eq!(missing.hint.as_deref(), Some(hint));
        let held = |state| verdict(&webhook, "w", &[("X-Key", Some((StoreKind::File, state)))]);
        let current = held(State::Current);
        assert_eq!(current.found, "values stored: `X-Key` in the file store");
        assert_eq!(current.status, Status::Pass);
        let unsure = held(State::Changed);
        let found = "values stored: `X-Key` in the file store (not known to be the platform's)";
        assert_eq!((unsure.status, &*unsure.found), (Status::Pass, found));
        let unusable = Error::Store {
            kind: StoreKind::File,
            why: Unusable::NoFolder,
        };
        assert_eq!(of(&webhook, Err(unusable)).status, Status::Skip);
    }
}
