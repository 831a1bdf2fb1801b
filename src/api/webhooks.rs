//! The five calls of webhooks.

use super::{Error, Project, answer::items::Items, send::Call};
use crate::model::{
    event::{Event, ObjectType},
    plan::Present,
    private::Private,
    routes,
    webhook::{NewWebhook, Webhook, WebhookPatch},
};

/// The filters of a list that the platform applies (reference, 2.4).
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Only webhooks of this object type.
    pub object_type: Option<ObjectType>,
    /// Only webhooks of this event.
    pub event: Option<Event>,
    /// Only webhooks with any of these labels, as [`labels::filter`] writes them.
    ///
    /// [`labels::filter`]: crate::model::labels::filter
    pub labels: Option<String>,
}

impl Project {
    /// All webhooks of the project that match the filter, in the platform's order, without those of
    /// an unexpected shape.
    pub(crate) async fn webhooks(&self, filter: &Filter) -> Result<Vec<Webhook>, Error> {
        let mut webhooks = Vec::new();
        for webhook in self.list(filter).await? {
            webhooks.extend(webhook?);
        }
        Ok(webhooks)
    }

    /// All webhooks of the project, and the names of those of an unexpected shape.
    pub(crate) async fn present(&self) -> Result<Present, Error> {
        let mut present = Present::default();
        for webhook in self.list(&Filter::default()).await? {
            match webhook? {
                Ok(webhook) => present.webhooks.push(webhook),
                Err(odd) => present.odd.push((odd.name, odd.field)),
            }
        }
        Ok(present)
    }

    /// All webhooks one by one, each parsed when it is its turn, including those of an unexpected
    /// shape.
    pub(crate) async fn list(&self, filter: &Filter) -> Result<Items<Webhook>, Error> {
        let mut query = Vec::new();
        if let Some(object_type) = filter.object_type {
            query.push(format!("object_type={object_type}"));
        }
        if let Some(event) = filter.event {
            query.push(format!("event={event}"));
        }
        if let Some(labels) = &filter.labels {
            query.push(format!("labels={}", routes::encode(labels)));
        }
        let mut path = routes::WEBHOOKS.fill(&[self.name.as_str()]);
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        self.client.list(&Call::get(path)).await
    }

    pub(crate) async fn webhook(&self, name: &str) -> Result<Webhook, Error> {
        self.client.fetch(&Call::get(self.webhook_path(name))).await
    }

    pub(super) fn post_webhook(&self, new: &NewWebhook) -> Call {
        let path = routes::WEBHOOKS.fill(&[self.name.as_str()]);
        Call::post(path, new, new.private())
    }

    pub(super) async fn patch_webhook(
        &self,
        name: &str,
        patch: &WebhookPatch,
        private: Private,
    ) -> Result<Webhook, Error> {
        let call = Call::patch(self.webhook_path(name), patch, private);
        let changed: Webhook = self.client.fetch(&call).await?;
        Ok(changed.hiding(patch.headers.as_deref()))
    }

    pub(super) async fn remove_webhook(&self, name: &str) -> Result<(), Error> {
        self.client
            .perform(&Call::delete(self.webhook_path(name)))
            .await
    }

    fn webhook_path(&self, name: &str) -> String {
        routes::WEBHOOK.fill(&[self.name.as_str(), name])
    }
}
