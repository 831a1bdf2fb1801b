//! A webhook that exists while `listen` runs.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time;
use uuid::Uuid;

use crate::{
    api::{Project, webhooks::Filter},
    commands::{
        context::Context,
        left_behind::is_left_behind,
        near,
        signals::{Signals, Stopped},
    },
    config::Endpoint,
    model::{
        draft::Draft,
        event::{Event, EventName},
        failure::Failure,
        header::{Content, HeaderName, NewHeader},
        labels::{LISTENER, Labels},
        options::Options,
        secret::Secret,
        shell::quote,
        target::Target,
        timeout::Timeout,
        url::CallbackUrl,
    },
    output::Output,
    process::identity::Identity,
};

/// The header that shows that a delivery is of this webhook.
const HEADER: &str = "X-Ubihook-Listen";
/// How long the deletion may take.
const DELETION: Duration = Duration::from_secs(5);
/// The pause before it is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// What the webhook is for.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    target: Target,
    event: Event,
    value: Secret,
}

/// The webhook.
pub(super) struct Temporary {
    project: Project,
    name: String,
    output: Output,
}

impl Plan {
    /// Checks everything before the first call.
    pub(super) fn new(
        cx: &Context,
        target: Target,
        events: &[EventName],
        public_url: Option<&CallbackUrl>,
    ) -> Result<Self, Failure> {
        target.check()?;
        let [event] = events else {
            let message = "a temporary webhook needs exactly one --event";
            return Err(Failure::usage(message).with_hint("--event failed"));
        };
        let event = event
            .of(target.object_type)
            .map_err(|invalid| Failure::invalid("--event", &invalid))?;
        let is_near = match &cx.settings.connection.endpoint {
            Endpoint::Mock => true,
            Endpoint::Platform(host) => host.value.is_loopback(),
        };
        if !is_near && public_url.is_none() {
            let message = "the platform can't reach an address of this machine";
            return Err(Failure::usage(message).with_hint(
                "add --public-url URL, from which deliveries reach this listener; --port chooses its port",
            ));
        }
        let value = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Ok(Self {
            target,
            event,
            value: cx.scrubber.secret(value),
        })
    }

    /// The header that each of its deliveries has.
    pub(super) fn header(&self) -> (HeaderName, Secret) {
        (name_of_header(), self.value.clone())
    }

    /// Creates the webhook, after those that were left behind on this machine are deleted.
    pub(super) async fn carry_out(
        self,
        cx: &mut Context,
        url: CallbackUrl,
        signals: &mut Signals,
    ) -> anyhow::Result<Temporary> {
        let project = signals.unless_stopped(cx.project()).await?;
        let sweep = async {
            sweep(&project, &cx.output).await;
            Ok(())
        };
        signals.unless_stopped(sweep).await?;
        let id = Uuid::new_v4().simple().to_string();
        let name = format!("{LISTENER}-{}", &id[..12]);
        let label = Identity::own().map_or(id, |own| own.text());
        let draft = Draft {
            name: name.parse().expect("it is a valid name"),
            target: self.target.clone(),
            url,
            event: self.event,
            headers: Vec::new(),
            labels: Some(Labels::from([(LISTENER.to_owned(), label)])),
            options: Options {
                timeout: Some(Timeout::DEFAULT),
                retry: Some(false),
                include_result: Some(true),
                ..Options::default()
            },
        };
        let header = NewHeader {
            key: name_of_header(),
            content: Content::Protected(Some(self.value)),
        };
        let new = draft.with_headers(vec![header]);
        let temporary = Temporary {
            project: project.clone(),
            name,
            output: cx.output.clone(),
        };
        let mut create = std::pin::pin!(project.create_webhook(&new));
        let made = tokio::select! {
            made = &mut create => made,
            signal = signals.recv() => {
                // It may be on its way.
                let _ = time::timeout(DELETION, create).await;
                temporary.delete(signals).await;
                return Err(Stopped(signal).into());
            }
        };
        if let Err(error) = made {
            if error.is_lost() {
                temporary.delete(signals).await;
            }
            let error = near::target(error, &project, &self.target, near::Named::ByFlags).await;
            return Err(error).context("could not create a temporary webhook");
        }
        Ok(temporary)
    }
}

fn name_of_header() -> HeaderName {
    HEADER.parse().expect("it is a valid name")
}

impl Temporary {
    /// Deletes it. If that fails, says how to do it.
    pub(super) async fn delete(&self, signals: &mut Signals) {
        let attempts = async {
            loop {
                match self.project.delete_webhook(&self.name).await {
                    Err(error) if !error.is_not_found() => {}
                    _ => return,
                }
                time::sleep(PAUSE).await;
            }
        };
        let is_deleted = tokio::select! {
            () = attempts => true,
            () = time::sleep(DELETION) => false,
            _ = signals.recv() => false,
        };
        if !is_deleted {
            let project = quote(self.project.name().as_str());
            self.output.warn(&format!(
                "the temporary webhook may still exist; to delete it: ubihook delete {} --project {project} \
                 --if-missing skip --yes",
                self.name
            ));
        }
    }
}

/// Deletes the webhooks of listeners on this machine that are gone. What fails is left to the next
/// one.
async fn sweep(project: &Project, output: &Output) {
    let Ok(webhooks) = project.webhooks(&Filter::default()).await else {
        // If the project can't be read, the create says so.
        return;
    };
    for webhook in webhooks.iter().filter(|webhook| is_left_behind(webhook)) {
        if project.delete_webhook(&webhook.name).await.is_ok() {
            output.note(&format!(
                "deleted `{}`, the temporary webhook of a listener that was killed",
                webhook.name
            ));
        }
    }
}
