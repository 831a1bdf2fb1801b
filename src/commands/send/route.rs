//! Where deliveries go, and with which headers.

use std::collections::HashSet;

use crate::{
    api::Project,
    commands::{context::Context, near, stored, values},
    deliver::{Failure as Unsent, Headers},
    model::{
        event::EventName,
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        name::WebhookName,
        options::Options,
        received::Received,
        shell::quote,
        source::SOURCES,
        target::Target,
        url::CallbackUrl,
    },
    receiver::replay::is_of_one_call,
};

/// Where deliveries go, and with which headers.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) url: CallbackUrl,
    /// Those of the webhook, then those of the command line.
    own: Vec<NewHeader>,
    /// The names of those of the command line.
    given: Vec<HeaderName>,
    removed: Vec<HeaderName>,
    /// What the webhook watches.
    pub(super) target: Option<Target>,
    /// The webhook's event.
    pub(super) event: Option<EventName>,
    /// How the webhook is called.
    pub(super) options: Options,
}

impl Route {
    /// To a URL.
    pub(super) fn to_url(
        url: CallbackUrl,
        given: Vec<NewHeader>,
        removed: Vec<HeaderName>,
    ) -> Self {
        Self {
            url,
            given: given.iter().map(|header| header.key.clone()).collect(),
            own: given,
            removed,
            target: None,
            event: None,
            options: Options::default(),
        }
    }

    /// To a webhook: its protected values come from custody, which gets its origin.
    pub(super) async fn to_webhook(
        cx: &mut Context,
        name: &WebhookName,
        given: Vec<NewHeader>,
        removed: Vec<HeaderName>,
    ) -> anyhow::Result<Self> {
        let project: Project = cx.project().await?;
        let webhook = near::webhook(&project, name, "send to").await?;
        // A header that is left out needs no value.
        let without = removed.iter().map(|key| NewHeader {
            key: key.clone(),
            content: Content::Protected(None),
        });
        let known: Vec<_> = given.iter().cloned().chain(without).collect();
        let request = stored::Request {
            url: None,
            given: &known,
            keep_secrets: false,
            what: stored::Purpose::Send,
            is_locked: false,
        };
        let (webhook, found) = stored::values(cx, &project, webhook, &request).await?;
        Ok(Self {
            url: webhook.url.clone().try_into()?,
            given: given.iter().map(|header| header.key.clone()).collect(),
            own: found.fill(&webhook, given)?,
            removed,
            target: webhook.watched(),
            event: webhook.event.parse().ok(),
            options: webhook.options(),
        })
    }

    /// To a webhook, without headers: a dry run needs no value.
    pub(super) async fn without_values(
        cx: &mut Context,
        name: &WebhookName,
    ) -> anyhow::Result<Self> {
        let project: Project = cx.project().await?;
        let webhook = near::webhook(&project, name, "send to").await?;
        Ok(Self {
            target: webhook.watched(),
            event: webhook.event.parse().ok(),
            options: webhook.options(),
            ..Self::to_url(webhook.url.try_into()?, Vec::new(), Vec::new())
        })
    }

    /// The headers of an event.
    pub(super) fn headers(&self, mut headers: Headers) -> Result<Headers, Unsent> {
        for header in self
            .own
            .iter()
            .filter(|header| !self.removes(header.key.as_str()))
        {
            set(&mut headers, header)?;
        }
        Ok(headers)
    }

    /// The headers of a recorded delivery: its own, with the protected ones of this route, unless the
    /// command line has others.
    pub(super) fn headers_of(
        &self,
        received: &Received,
        mut headers: Headers,
    ) -> Result<Headers, Unsent> {
        let mut seen = HashSet::new();
        for recorded in &received.headers {
            let key = recorded.key.as_str();
            let Some(value) = recorded.value.as_deref().filter(|_| self.passes(key)) else {
                continue;
            };
            if seen.insert(key) {
                headers.set(key, value)?;
            } else {
                headers.add(key, value)?;
            }
        }
        for header in &self.own {
            let is_given = self.given.contains(&header.key);
            let is_recorded = seen.iter().any(|key| header.key.is(key));
            if !self.removes(header.key.as_str()) && (is_given || !is_recorded) {
                set(&mut headers, header)?;
            }
        }
        Ok(headers)
    }

    /// Refuses a recording with a protected header for which there is no value.
    pub(super) fn check(&self, received: &Received) -> Result<(), Failure> {
        let has = |key: &str| self.own.iter().any(|header| header.key.is(key));
        let lacking = received
            .headers
            .iter()
            .find(|header| header.value.is_none() && self.passes(&header.key) && !has(&header.key));
        let Some(lacking) = lacking else {
            return Ok(());
        };
        let key = &lacking.key;
        let message = format!("the recording contains no value of the protected header `{key}`");
        let flag = values::from_source(key);
        Err(Failure::new(Kind::Secret, message).with_hint(format!(
            "add {flag}, where SOURCE is {SOURCES}\nor leave it out with --remove-header {}",
            quote(key)
        )))
    }

    /// Whether a recorded header is sent again.
    fn passes(&self, key: &str) -> bool {
        !is_of_one_call(key) && !self.removes(key)
    }

    fn removes(&self, key: &str) -> bool {
        self.removed.iter().any(|removed| removed.is(key))
    }
}

fn set(headers: &mut Headers, header: &NewHeader) -> Result<(), Unsent> {
    let key = header.key.as_str();
    match &header.content {
        Content::Plain(value) => headers.set(key, value.as_str()),
        Content::Protected(Some(value)) => headers.set(key, value.expose()),
        Content::Protected(None) => Ok(()),
    }
}
