//! Whether the keyring works, by a real write, read and removal.

use std::sync::Arc;

use crate::{
    model::{checkup::Check, failure::Explain as _, store::StoreChoice},
    secrets::{Error, custody::Custody},
};

const ID: &str = "keyring";

/// Opens the keyring only if the store can be one.
pub(super) async fn check(store: StoreChoice, custody: anyhow::Result<Arc<Custody>>) -> Check {
    let is_wanted = matches!(store, StoreChoice::Auto | StoreChoice::Keyring);
    let tried = match custody {
        Ok(custody) if is_wanted => Some(custody.try_keyring().await),
        _ => None,
    };
    of(store, tried)
}

fn of(store: StoreChoice, tried: Option<Result<(), Error>>) -> Check {
    match tried {
        None => Check::skip(ID, ID, format!("not used: the store is `{store}`")),
        Some(Ok(())) => Check::pass(ID, ID, "an entry was written, read and removed"),
        Some(Err(error)) if store == StoreChoice::Keyring => {
            Check::fail(ID, ID, error.to_string()).hinted(error.hint())
        }
        Some(Err(error)) => Check::warn(
            ID,
            ID,
            format!("protected values are not stored on this machine: {error}"),
        )
        .hint("export UBIHOOK_STORE=file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{checkup::Status, store::StoreKind},
        secrets::Unusable,
    };

    #[test]
    fn who_asks_for_a_keyring_needs_one() {
        let failed = || {
            Some(Err(Error::Store {
                kind: StoreKind::Keyring,
                why: Unusable::NoKeyring,
            }))
        };
        for (store, tried, status) in [
            (StoreChoice::Keyring, Some(Ok(())), Status::Pass),
            (StoreChoice::Keyring, failed(), Status::Fail),
            (StoreChoice::Auto, failed(), Status::Warn),
            (StoreChoice::File, None, Status::Skip),
            (StoreChoice::None, None, Status::Skip),
        ] {
            assert_eq!(of(store, tried).status, status, "{store}");
        }
    }
}
