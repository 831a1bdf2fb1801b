//! Changes whose response may get lost: sent at most once, and looked up before they are reported
//! as failed.

use super::{Error, Project};
use crate::model::{
    header::NewHeader,
    webhook::{NewWebhook, Webhook, WebhookPatch},
};

/// A change that was made, and how that is known.
#[derive(Debug, Clone)]
pub(crate) struct Made<T> {
    /// The webhook as the platform has it now.
    pub value: T,
    /// Whether the response was lost, and a look-up confirmed the change.
    pub found: bool,
}

impl<T> Made<T> {
    fn answered(value: T) -> Self {
        Self {
            value,
            found: false,
        }
    }

    fn found(value: T) -> Self {
        Self { value, found: true }
    }
}

const UNCHANGED: &str = "the webhook does not have the change";

fn lost_with(state: &'static str, error: Error) -> Error {
    Error::Lost {
        state,
        error: Box::new(error),
    }
}

impl Project {
    /// Creates a webhook, once.
    ///
    /// If the response is lost, the webhook is looked up by its name. If it exists, is no older
    /// than this call, and matches everything that was sent, its protected values, which can't be
    /// compared, are sent again.
    pub(crate) async fn create_webhook(&self, new: &NewWebhook) -> Result<Made<Webhook>, Error> {
        let call = self.post_webhook(new);
        let lost = match self.client.fetch::<Webhook>(&call).await {
            Ok(made) => return Ok(Made::answered(made.hiding(new.headers.as_deref()))),
            Err(error) if error.is_lost() => error,
            Err(error) => return Err(error),
        };
        let there = match self.webhook(new.name.as_str()).await {
            Ok(there) => there,
            Err(error) if error.is_not_found() => {
                return Err(lost_with("no webhook of this name exists", lost));
            }
            Err(_) => return Err(lost_with("it may have been created", lost)),
        };
        if let Some(field) = new.difference(&there) {
            return Err(Error::Conflict(format!(
                "the response was lost, and the existing webhook of this name differs in {field}"
            )));
        }
        let begun = call.begun().expect("its response was lost, so it was sent");
        if !self.was_made_since(&there, begun).await {
            return Err(Error::Conflict(
                "the response was lost, and a webhook of this name already existed".to_owned(),
            ));
        }
        let there = there.hiding(new.headers.as_deref());
        let again = self.send_values_again(new.headers.as_deref(), there).await;
        let state = "the webhook was created, but its protected values could not be sent again";
        again
            .map(Made::found)
            .map_err(|error| lost_with(state, error))
    }

    /// Updates a webhook, once; `current` is its state before. If the response is lost, it is
    /// looked up and compared in the same way.
    pub(crate) async fn update_webhook(
        &self,
        current: &Webhook,
        patch: &WebhookPatch,
    ) -> Result<Made<Webhook>, Error> {
        let name = current.name.as_str();
        let private = patch.private().and(current.private());
        let lost = match self.patch_webhook(name, patch, private).await {
            Ok(changed) => return Ok(Made::answered(changed)),
            Err(error) if error.is_lost() => error,
            Err(error) => return Err(error),
        };
        let name = patch.name.as_ref().map_or(name, |new| new.as_str());
        match self.webhook(name).await {
            // Another webhook can have the new name, or have taken the old one.
            Ok(there) if there.id == current.id && patch.difference(&there).is_none() => {
                let there = there.hiding(patch.headers.as_deref());
                let again = self
                    .send_values_again(patch.headers.as_deref(), there)
                    .await;
                let state =
                    "the webhook was updated, but its protected values could not be sent again";
                again
                    .map(Made::found)
                    .map_err(|error| lost_with(state, error))
            }
            Ok(there) if there.id == current.id => Err(lost_with(UNCHANGED, lost)),
            Err(error) if error.is_not_found() => Err(lost_with(UNCHANGED, lost)),
            _ => Err(lost_with("the change may have been made", lost)),
        }
    }

    /// Deletes a webhook, once. If the response is lost, a webhook that no longer exists counts as
    /// deleted.
    pub(crate) async fn delete_webhook(&self, name: &str) -> Result<Made<()>, Error> {
        let lost = match self.remove_webhook(name).await {
            Ok(()) => return Ok(Made::answered(())),
            Err(error) if error.is_lost() => error,
            Err(error) => return Err(error),
        };
        match self.webhook(name).await {
            Err(error) if error.is_not_found() => Ok(Made::found(())),
            Ok(_) => Err(lost_with("the webhook still exists", lost)),
            Err(_) => Err(lost_with("it may have been deleted", lost)),
        }
    }

    async fn send_values_again(
        &self,
        sent: Option<&[NewHeader]>,
        there: Webhook,
    ) -> Result<Webhook, Error> {
        match sent {
            Some(headers) if headers.iter().any(|new| new.secret().is_some()) => {
                let again = WebhookPatch {
                    headers: Some(headers.to_vec()),
                    ..WebhookPatch::default()
                };
                let private = there.private();
                self.patch_webhook(&there.name, &again, private).await
            }
            _ => Ok(there),
        }
    }
}
