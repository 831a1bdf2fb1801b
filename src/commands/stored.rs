//! The stored values of a webhook's protected headers, for a test.

use super::{context::Context, values::give_again};
use crate::{
    api::Project,
    model::{
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        labels::LISTENER,
        origin::Origin,
        secret::Secret,
        shell::quote,
        source::SOURCES,
        store::StoreKind,
        url::CallbackUrl,
        webhook::Webhook,
    },
    secrets::{self, Destination, Locks, Missing, Moment, custody::Found},
};

/// Which values are needed.
pub(super) struct Request<'a> {
    /// A URL to use instead of the webhook's own.
    pub(super) url: Option<&'a CallbackUrl>,
    /// The headers that need no stored value.
    pub(super) given: &'a [NewHeader],
    /// Whether values for the webhook's own origin may be sent to the other URL.
    pub(super) keep_secrets: bool,
    /// What they are needed for, before the webhook's name in an error message.
    pub(super) what: Purpose,
    /// Whether the caller holds the webhook's lock.
    pub(super) is_locked: bool,
}

/// The values of one webhook, by header.
#[derive(Default)]
pub(super) struct Values {
    values: Vec<(HeaderName, Secret)>,
    /// What refers to them in the index.
    marks: Vec<String>,
}

impl Values {
    /// Adds the value of a header.
    pub(super) fn add(&mut self, key: HeaderName, found: Found) {
        self.values.push((key, found.value));
        self.marks.extend(found.mark);
    }

    /// The webhook's headers with these values: plain ones as they are on the platform, and those
    /// in `given` instead of the webhook's own.
    pub(super) fn fill(
        &self,
        webhook: &Webhook,
        given: Vec<NewHeader>,
    ) -> anyhow::Result<Vec<NewHeader>> {
        let mut filled: Vec<NewHeader> = Vec::new();
        for header in &webhook.headers {
            let key: HeaderName = header.key.parse()?;
            if given.iter().chain(&filled).any(|known| known.key == key) {
                continue;
            }
            let stored = self.values.iter().find(|(name, _)| *name == key);
            let content = match (&header.value, stored) {
                (_, Some((_, value))) => Content::protected(value.clone())?,
                (Some(value), None) => Content::Plain(value.clone().try_into()?),
                (None, None) => continue,
            };
            filled.push(NewHeader { key, content });
        }
        filled.extend(given);
        Ok(filled)
    }

    /// Notes in the index that a test with these values has succeeded. It is only a note: a
    /// problem is a warning.
    pub(super) async fn note_tested(self, cx: &mut Context) -> anyhow::Result<()> {
        let (custody, now) = (cx.custody()?, cx.now().await?);
        if let Err(error) = custody.note_tested(self.marks, now).await {
            cx.output.warn(&error.to_string());
        }
        Ok(())
    }
}

/// The values of a webhook that was just read. If another command is changing it, or has left a
/// change unsettled, waits and reads the webhook again. Warns about values that may differ from the
/// platform's.
pub(super) async fn values(
    cx: &mut Context,
    project: &Project,
    webhook: Webhook,
    request: &Request<'_>,
) -> anyhow::Result<(Webhook, Values)> {
    let read = Moment::now(project.client().clock());
    let found = look(cx, &webhook, request, read).await?;
    if found.iter().all(|(_, found)| is_certain(found)) {
        return told(cx, webhook, request, found);
    }
    let _lock = if request.is_locked {
        Locks::default()
    } else {
        cx.lock(&[&webhook.name]).await?
    };
    let webhook = project.webhook(&webhook.name).await?;
    let (site, read) = (cx.site().await?, Moment::now(project.client().clock()));
    cx.custody()?.settle(&site, &webhook, read).await?;
    let found = look(cx, &webhook, request, read).await?;
    told(cx, webhook, request, found)
}

type Looked = Vec<(HeaderName, Result<Found, secrets::Error>)>;

/// Whether waiting and reading again can't change this result.
fn is_certain(found: &Result<Found, secrets::Error>) -> bool {
    match found {
        Ok(found) => found.is_current,
        Err(secrets::Error::Unsettled(_)) => false,
        Err(_) => true,
    }
}

async fn look(
    cx: &mut Context,
    webhook: &Webhook,
    request: &Request<'_>,
    read: Moment,
) -> anyhow::Result<Looked> {
    let mut found = Looked::new();
    for name in webhook.protected_headers() {
        let key: HeaderName = name.parse()?;
        if request.given.iter().any(|header| header.key == key) {
            continue;
        }
        let site = cx.site().await?;
        let own = Destination::of(&site, webhook, read);
        let to = match (request.url, own) {
            (None, Some(own)) => own,
            (Some(_), Some(own)) if request.keep_secrets => own,
            (Some(url), _) => Destination::at(&site, webhook, url.origin(), read),
            (None, None) => continue,
        };
        let custody = cx.custody()?;
        let mut value = custody.look(&to, &key).await;
        if request.keep_secrets
            && let Err(secrets::Error::Missing(missing)) = &value
            && let Some(origin) = missing.other_origin().and_then(Origin::of)
        {
            // The platform's URL has changed since the value was stored, and the user allows the new
            // origin to get it.
            let from = Destination::at(&site, webhook, origin, read);
            value = custody.look(&from, &key).await;
        }
        found.push((key, value));
    }
    Ok(found)
}

fn told(
    cx: &Context,
    webhook: Webhook,
    request: &Request<'_>,
    looked: Looked,
) -> anyhow::Result<(Webhook, Values)> {
    let mut values = Values::default();
    for (key, found) in looked {
        let found = found.map_err(|error| missing(error, &webhook, &key, request))?;
        if !found.is_current {
            let why = if found.was_sent {
                format!(
                    "webhook `{}` has been changed since it was stored",
                    webhook.name
                )
            } else {
                "it was not sent from this machine".to_owned()
            };
            cx.output.warn(&format!(
                "the stored value of `{key}` may differ from the platform's: {why}"
            ));
        }
        values.add(key, found);
    }
    Ok((webhook, values))
}

/// The error for a missing value. If `--url` is the reason, suggests the two ways to send it there.
fn missing(
    error: secrets::Error,
    webhook: &Webhook,
    key: &HeaderName,
    request: &Request<'_>,
) -> anyhow::Error {
    let Request { url, what, .. } = request;
    let name = &webhook.name;
    let elsewhere = url.map(CallbackUrl::origin).filter(|origin| {
        let own: Option<Origin> = webhook.origin();
        own.is_some_and(|own| own != *origin)
    });
    if let (Some(origin), secrets::Error::Missing(_)) = (elsewhere, &error) {
        let message = format!("could not {what} webhook `{name}`: {error}");
        return Failure::new(Kind::Secret, message)
            .with_hint(give_again(&[key.as_str()], &origin))
            .into();
    }
    let hint = match (&error, url) {
        (secrets::Error::Missing(_), _) if webhook.labels.contains_key(LISTENER) => {
            let target = webhook.target();
            Some(format!(
                "only the listener knows the random value of its temporary webhook; create a request \
                 of {target} instead, whose event the platform delivers with it"
            ))
        }
        (secrets::Error::Missing(missing), None) => what.hint(name, key, missing),
        _ => None,
    };
    if let Some(hint) = hint {
        let message = format!("could not {what} webhook `{name}`: {error}");
        return Failure::new(Kind::Secret, message).with_hint(hint).into();
    }
    anyhow::Error::new(error).context(format!("could not {what} webhook `{name}`"))
}

/// What values are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A test run.
    Test,
    /// `send --to`.
    Send,
    /// `listen --verify`.
    Verify,
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Test => "test",
            Self::Send => "send to",
            Self::Verify => "verify deliveries of",
        })
    }
}

impl Purpose {
    /// What to do about a missing value. None of these changes the webhook, so the hint shouldn't either. None if the
    /// error's own hint is for this purpose.
    fn hint(self, name: &str, key: &HeaderName, missing: &Missing) -> Option<String> {
        let (name, key) = (quote(name), quote(key.as_str()));
        let set = format!("ubihook secret set {name} --secret-header {key}");
        if self == Self::Test {
            let once = format!("ubihook test {name} --secret-header {key}");
            let both = || format!("{once}\nor store it for every test: `{set}`");
            return missing.is_nowhere().then(both);
        }
        let once = format!("--secret-header {key}=SOURCE, where SOURCE is {SOURCES}");
        Some(match missing.elsewhere() {
            Some(store) => format!("add --store {store}"),
            None if missing.store == StoreKind::None => format!("add {once}"),
            None => format!("{set}\nor, for this command alone, add {once}"),
        })
    }
}
