//! The secrets index against the stores, and against the platform.

use super::asked::Asked;
use crate::{
    api::Client,
    commands::{context::Context, existing::Existing},
    model::{
        checkup::Check,
        failure::Explain as _,
        shell::quote,
        store::{StoreChoice, StoreKind},
        text::counted,
    },
    secrets::{Error, Moment, custody::Held},
};

const ID: &str = "index";

pub(super) async fn check(cx: &mut Context, asked: &Asked) -> Check {
    let subject = "secrets index";
    let Ok(custody) = cx.custody() else {
        return Check::skip(ID, subject, "there is no folder for it");
    };
    let held = match custody.held().await {
        Ok(held) => held,
        Err(error) => return broken(&error),
    };
    let site = match &asked.site {
        Some(site) if cx.settings.store.value != StoreChoice::None => site,
        _ if held.is_empty() => return Check::pass(ID, subject, "no value is stored"),
        _ => {
            let why = "readable; the project is not known, so nothing was compared";
            return Check::skip(ID, subject, why);
        }
    };
    let own: Vec<_> = held.into_iter().filter(|one| one.is_of(site)).collect();
    let absent = custody.absent(site).await;
    let Some(Ok(present)) = &asked.webhooks else {
        return of(own.len(), absent, (None, None));
    };
    let existing = Existing::of(present);
    let now = Moment::now(asked.client.as_ref().ok().and_then(Client::clock));
    let orphan = own.iter().find(|held| existing.is_orphan(held, now));
    // Only in the file: a keyring takes a call for each header.
    let unlisted = custody.unlisted(site, &present.webhooks, &[StoreKind::File]);
    match unlisted.await {
        Ok(unlisted) => of(own.len(), absent, (orphan, unlisted.first())),
        Err(error) => not_compared(&error),
    }
}

fn not_compared(error: &Error) -> Check {
    let why = format!("the store could not be compared: {error}");
    Check::skip(ID, "secrets index", why).hinted(error.hint())
}

fn broken(error: &Error) -> Check {
    let hint = if error.is_broken() {
        Some("ubihook doctor --fix".to_owned())
    } else {
        error.hint()
    };
    Check::fail(ID, "secrets index", error.to_string()).hinted(hint)
}

/// How many values the index lists, those that their store doesn't have, one whose webhook is
/// gone, and one that is not listed.
fn of(
    count: usize,
    absent: Result<Vec<Held>, Error>,
    (orphan, unlisted): (Option<&Held>, Option<&Held>),
) -> Check {
    let subject = "secrets index";
    match absent {
        Err(error) => {
            return not_compared(&error);
        }
        Ok(absent) => {
            if let Some(first) = absent.first() {
                let (webhook, header) = (first.webhook(), first.header());
                let store = first.store();
                let why = format!(
                    "the index lists the value of `{header}` of webhook `{webhook}`, but the store `{store}` does not have it"
                );
                let hint = format!(
                    "ubihook secret set {} --secret-header {}",
                    quote(webhook),
                    quote(header)
                );
                return Check::warn(ID, subject, why).hint(hint);
            }
        }
    }
    if let Some(held) = unlisted {
        let (webhook, header, store) = (held.webhook(), held.header(), held.store());
        let why = format!(
            "the store `{store}` has a value of `{header}` of webhook `{webhook}` that the index does not list"
        );
        return Check::warn(ID, subject, why).hint("ubihook doctor --fix");
    }
    if let Some(orphan) = orphan {
        let webhook = orphan.webhook();
        let why = format!("a value is stored for webhook `{webhook}`, which does not exist");
        return Check::warn(ID, subject, why).hint("ubihook secret list --orphans");
    }
    let found = match count {
        0 => "no value of this project is stored".to_owned(),
        count => {
            let values = counted(count as u64, "value");
            format!("lists {values} of this project, and none is missing from the stores")
        }
    };
    Check::pass(ID, subject, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::checkup::Status, secrets::Unusable};

    #[test]
    fn a_store_that_cant_be_asked_is_no_problem_of_the_index() {
        let locked = Error::Store {
            kind: StoreKind::Keyring,
            why: Unusable::Locked,
        };
        assert_eq!(of(1, Err(locked), (None, None)).status, Status::Skip);
        assert_eq!(of(0, Ok(Vec::new()), (None, None)).status, Status::Pass);
        let state = |is_broken| Error::State {
            path: "index.json".into(),
            why: "is not a ubihook file".to_owned(),
            is_broken,
        };
        let found = broken(&state(true));
        assert_eq!(found.status, Status::Fail);
        assert_eq!(found.hint.as_deref(), Some("ubihook doctor --fix"));
        // It can't repair what a newer version wrote.
        let newer = broken(&state(false));
        assert_ne!(newer.hint.as_deref(), Some("ubihook doctor --fix"));
    }
}
