//! Sends changes of webhooks, and stores their protected values: creates, updates and deletions.
//! Prompts for nothing and shows no result, so that many can be sent at once.

mod update;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;

pub(super) use self::update::Plan;
use super::{
    context::{Context, SEND_WITHIN},
    near::{self, Named},
    values,
};
use crate::{
    api::{self, Project, longest_write},
    model::{
        failure::{Explain, Failure, Kind},
        name::WebhookName,
        shell::quote,
        webhook::{NewWebhook, Webhook},
    },
    output::Output,
    secrets::{
        Moment, Site,
        custody::{Call, Custody, Pending},
    },
};

/// The most calls of one change, retries apart: an update is read, sent, and read again.
pub(super) const CALLS: u64 = 4;

/// What it takes to send a change.
pub(super) struct Sender {
    pub(super) project: Project,
    site: Site,
    custody: Arc<Custody>,
    output: Output,
    /// Where the objects of new webhooks are named.
    pub(super) named: Named,
    /// How long a write may take at most until it has arrived.
    limit: Duration,
}

impl Context {
    /// What sends changes.
    pub(super) async fn sender(&mut self) -> anyhow::Result<Sender> {
        Ok(Sender {
            project: self.project().await?,
            site: self.site().await?,
            custody: self.custody()?,
            output: self.output.clone(),
            named: Named::ByFlags,
            limit: SEND_WITHIN + longest_write(self.settings.connection.api_timeout),
        })
    }
}

/// The outcome of a create that the platform responded to.
pub(super) enum Sent {
    Made(Webhook),
    /// It was created, but not as it was sent, or a value could not be stored.
    Flawed(Failure),
    /// The name is taken, and nothing was created.
    Taken(api::Error),
}

impl Sender {
    fn now(&self) -> Moment {
        Moment::now(self.project.client().clock())
    }

    fn call(&self) -> Call {
        Call {
            sent: self.now(),
            limit: self.limit,
        }
    }

    /// Stores the values, sends the create, and moves the values to the new webhook's id. The caller
    /// must hold the webhook's lock. After an error, nothing is known to have been created.
    pub(super) async fn create(&self, new: &NewWebhook) -> anyhow::Result<Sent> {
        let failed = || format!("could not create webhook `{}`", new.name);
        self.send_create(new).await.with_context(failed)
    }

    async fn send_create(&self, new: &NewWebhook) -> anyhow::Result<Sent> {
        let pending = loop {
            let (call, begun) = (self.call(), Instant::now());
            let pending = self.custody.begin_create(&self.site, new, call).await?;
            if pending.is_empty() || begun.elapsed() <= SEND_WITHIN {
                break pending;
            }
            self.custody.withdraw(pending).await?;
        };
        let made = match self.project.create_webhook(new).await {
            Ok(made) => made,
            Err(error) => {
                self.let_go(pending, &error).await;
                if is_taken(&self.project, &new.name, &error).await {
                    return Ok(Sent::Taken(error));
                }
                return Err(near::target(error, &self.project, &new.target(), self.named).await);
            }
        };
        if made.found {
            self.output
                .note("the response was lost, but the webhook was created as requested");
        }
        let (name, asked) = (new.name.as_str(), new.changeable());
        // Without its headers, its values stay recorded as sent, because they may have arrived.
        if asked.has_its_headers(&made.value) {
            let finished = self.custody.finish(pending, &made.value, self.now()).await;
            if let Err(error) = finished {
                let sent = values::given(new.headers.as_deref().unwrap_or_default());
                return Ok(Sent::Flawed(not_stored("created", name, &sent, &error)));
            }
        }
        Ok(match asked.difference(&made.value) {
            Some(field) => Sent::Flawed(differs("created", name, &field)),
            None => Sent::Made(made.value),
        })
    }

    /// Handles the values of a failed call: withdraws them if the call certainly had no effect;
    /// otherwise keeps them, because the call may have arrived.
    async fn let_go(&self, pending: Pending, error: &api::Error) {
        if error.did_nothing() {
            self.withdraw(pending).await;
        }
    }

    /// If this fails too, the reason why the call failed is still reported.
    async fn withdraw(&self, pending: Pending) {
        if let Err(error) = self.custody.withdraw(pending).await {
            self.output.warn(&error.to_string());
        }
    }

    /// Deletes a webhook that was just read. The caller must hold its lock.
    pub(super) async fn delete(&self, name: &str) -> Result<(), api::Error> {
        if self.project.delete_webhook(name).await?.found {
            self.output
                .note("the response was lost, but the webhook was deleted as requested");
        }
        Ok(())
    }

    /// Deletes the stored values of a webhook that has been deleted.
    pub(super) async fn forget(&self, webhook: &Webhook) -> anyhow::Result<()> {
        match self.custody.forget(&self.site, webhook).await {
            // The values were deleted by their keys. Without the index, it is unknown whether there
            // are more for other origins.
            Err(error) if error.is_of_index() => {
                self.output.warn(&error.to_string());
                Ok(())
            }
            forgotten => forgotten.with_context(|| {
                let name = &webhook.name;
                format!("webhook `{name}` was deleted, but some of its stored values were not")
            }),
        }
    }
}

/// The name for a webhook is already in use.
pub(super) fn taken() -> Failure {
    Failure::new(
        Kind::AlreadyExists,
        "a webhook with that name already exists",
    )
}

/// The hint for `create`.
pub(super) const IF_EXISTS: &str =
    "--if-exists update changes it, --if-exists skip leaves it unchanged";

/// Whether a refusal means that the name is taken: the platform refused the contents, and a webhook
/// with that name exists. The status and message that the platform uses for this are not
/// documented.
pub(super) async fn is_taken(project: &Project, name: &WebhookName, error: &api::Error) -> bool {
    matches!(error.http_status(), Some(400 | 409 | 422))
        && project.webhook(name.as_str()).await.is_ok()
}

/// The platform has accepted a change, and has something else than what was sent.
fn differs(done: &str, name: &str, field: &str) -> Failure {
    let message =
        format!("webhook `{name}` was {done}, but its {field} differs from what was sent");
    Failure::new(Kind::Refused, message).with_hint(format!("ubihook get {}", quote(name)))
}

/// The webhook was changed, but its value could not be stored. The hint is the command that fixes
/// this.
fn not_stored(
    done: &str,
    name: &str,
    headers: &[String],
    error: &crate::secrets::Error,
) -> Failure {
    let message = format!("webhook `{name}` was {done}, but a value could not be stored: {error}");
    let flags = headers
        .iter()
        .map(|header| format!(" {}", values::from_source(header)));
    let flags: String = flags.collect();
    Failure::new(Kind::Secret, message).with_hint(format!("ubihook update {}{flags}", quote(name)))
}
