//! Tokens: in the same stores, each under its host.

use super::{Custody, Place};
use crate::{
    model::{store::StoreKind, token::Token},
    secrets::{
        error::{Error, Unusable},
        key::Host,
        record::Record,
        store::{Change, Store},
    },
};

impl Custody {
    /// The token of a host, if one is stored.
    pub async fn token(&self, host: &Host) -> Result<Option<Token>, Error> {
        let entry = host.token();
        let store = self.store().await?;
        let got = self.or_none(store.get(vec![entry.clone()]).await).await?;
        let Some(text) = got.into_iter().flatten().next().flatten() else {
            return Ok(None);
        };
        let token = Token::parse(text.expose(), &self.settings.scrubber);
        Ok(Some(token.map_err(|_| changed(store.kind(), entry.user))?))
    }

    /// Stores a token, and returns where it is stored; `none` if it isn't.
    pub async fn keep_token(&self, host: &Host, token: &Token) -> Result<Place, Error> {
        let store = self.store().await?;
        let record = Record::plain(token.header().clone().into());
        let kept = store.apply(vec![Change::Keep(host.token(), record)]).await;
        self.or_none(kept).await?;
        self.place().await
    }

    /// Removes the token of a host. Returns whether there was one. A keyring that exists but is
    /// locked or unresponsive is an error, with `auto` too: it may still have the token.
    pub async fn forget_token(&self, host: &Host) -> Result<bool, Error> {
        let entry = host.token();
        let store = self.store().await?;
        if let Store::None(Some(why)) = &store
            && !matches!(why, Unusable::NoKeyring)
        {
            return Err(Error::Store {
                kind: StoreKind::Keyring,
                why: why.clone(),
            });
        }
        let got = store.get(vec![entry.clone()]).await?;
        let kept = got.into_iter().next().flatten().is_some();
        store.apply(vec![Change::Remove(entry)]).await?;
        Ok(kept)
    }
}

fn changed(kind: StoreKind, user: String) -> Error {
    Error::Store {
        kind,
        why: Unusable::Changed { user },
    }
}
