//! Webhooks.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    mock::{
        apply::{self, Protected},
        body::{Body, Names, Parameters},
        handlers::{Result, State, answer, check_project, json, objects::labels_of, pages},
        store::webhooks,
    },
    model::{
        invalid::Invalid,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
};

pub(super) async fn list(
    platform: State,
    Names(project): Names<String>,
    parameters: Parameters,
) -> Result {
    check_project(&project)?;
    let filter = webhooks::Filter {
        object_type: parameters.get("object_type").map(str::to_owned),
        event: parameters.get("event").map(str::to_owned),
        labels: labels_of(&parameters)?,
    };
    let page = move |after| {
        let store = &platform.store;
        store.read(|c| webhooks::page(c, &filter, after))
    };
    Ok(pages::answer(page)?)
}

pub(super) async fn detail(
    platform: State,
    Names((project, name)): Names<(String, String)>,
) -> Result {
    check_project(&project)?;
    let webhook = platform.store.read(|c| webhooks::find(c, &name))?;
    Ok(json(StatusCode::OK, webhook))
}

pub(super) async fn create(platform: State, Names(project): Names<String>, body: Body) -> Result {
    check_project(&project)?;
    let new = body.read::<NewWebhook>()?;
    platform.own_address.check(&new.url)?;
    let (webhook, protected) = apply::create(new)?;
    let echo = platform.echo_secrets.then(|| echo(&webhook, &protected));
    let text = serde_json::to_vec(&webhook).expect("text, numbers and maps of text serialise");
    let store = &platform.store;
    let text = store
        .write(move |c| webhooks::create(c, &webhook, &text, &protected).map(|()| text))
        .await?;
    Ok(echo.unwrap_or_else(|| json(StatusCode::CREATED, text)))
}

/// The answer to a create with the protected values in it.
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

pub(super) async fn update(
    platform: State,
    Names((project, name)): Names<(String, String)>,
    body: Body,
) -> Result {
    check_project(&project)?;
    body.read::<Fixed>()?.check()?;
    let patch = body.read::<WebhookPatch>()?;
    if let Some(url) = &patch.url {
        platform.own_address.check(url)?;
    }
    let store = &platform.store;
    let text = store
        .write(move |c| webhooks::update(c, &name, patch))
        .await?;
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
            Some((field, _)) => Err(Invalid::new(
                field,
                "can't be changed; delete the webhook and create another",
            )),
            None => Ok(()),
        }
    }
}

pub(super) async fn delete(
    platform: State,
    Names((project, name)): Names<(String, String)>,
) -> Result {
    check_project(&project)?;
    let store = &platform.store;
    store.write(move |c| webhooks::delete(c, &name)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
