//! Webhooks.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    mock::{
        apply::{self, Protected},
        body::Body,
        handlers::pages,
        hub::State,
        refusal::Result,
        reply::{answer, json},
        store::webhooks,
        uri::{Names, Parameters},
    },
    model::{
        invalid::Invalid,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
};

pub(crate) async fn list(hub: State, _: Names, parameters: Parameters) -> Result {
    let filter = webhooks::Filter {
        object_type: parameters.get("object_type").map(str::to_owned),
        event: parameters.get("event").map(str::to_owned),
        labels: parameters.labels()?,
    };
    let page = move |after| hub.store.read(|c| webhooks::page(c, &filter, after));
    Ok(pages::answer(page)?)
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let webhook = hub
        .store
        .read(|c| webhooks::find(c, names.get("webhook")))?;
    Ok(json(StatusCode::OK, webhook))
}

pub(crate) async fn create(echo_secrets: bool, hub: State, _: Names, body: Body) -> Result {
    let new = body.read::<NewWebhook>()?;
    hub.own_address.check(&new.url)?;
    let (webhook, protected) = apply::create(new)?;
    let echo = echo_secrets.then(|| echo(&webhook, &protected));
    let text = serde_json::to_string(&webhook).expect("text, numbers and maps of text serialize");
    let write = move |c: &_| webhooks::create(c, &webhook, &text, &protected).map(|()| text);
    let text = hub.store.write(write).await?;
    Ok(echo.unwrap_or_else(|| json(StatusCode::CREATED, text)))
}

/// The response to a create, including the protected values.
fn echo(webhook: &Webhook, protected: &[Protected]) -> Response {
    let mut webhook = webhook.clone();
    for header in &mut webhook.headers {
        let known = protected
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&header.key));
        if let Some((_, value)) = known {
            header.value = Some(value.expose().to_owned());
        }
    }
    answer(StatusCode::CREATED, &webhook)
}

pub(crate) async fn update(hub: State, names: Names, body: Body) -> Result {
    body.read::<Fixed>()?.check()?;
    let patch = body.read::<WebhookPatch>()?;
    if let Some(url) = &patch.url {
        hub.own_address.check(url)?;
    }
    let write = move |c: &_| webhooks::update(c, names.get("webhook"), patch);
    let text = hub.store.write(write).await?;
    Ok(json(StatusCode::OK, text))
}

/// What an update can't change (reference, section 11, line 14).
#[derive(Deserialize)]
struct Fixed {
    object_type: Option<IgnoredAny>,
    object_name: Option<IgnoredAny>,
    version: Option<IgnoredAny>,
}

impl Fixed {
    fn check(&self) -> std::result::Result<(), Invalid> {
        let fields = [
            ("object_type", &self.object_type),
            ("object_name", &self.object_name),
            ("version", &self.version),
        ];
        match fields.iter().find(|(_, value)| value.is_some()) {
            Some((field, _)) => {
                let rule = "can't be changed; delete the webhook and create another";
                Err(Invalid::new(field, rule))
            }
            None => Ok(()),
        }
    }
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    let write = move |c: &_| webhooks::delete(c, names.get("webhook"));
    hub.store.write(write).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
