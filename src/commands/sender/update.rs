//! Sends an update: the values are stored first, and the webhook is compared afterwards.

use std::time::Instant;

use anyhow::Context as _;

use super::{
    super::{context::SEND_WITHIN, values},
    Sender, differs, is_taken, not_stored, taken,
};
use crate::{
    model::{
        changes::changes,
        edits::Carried,
        failure::{Explain, Failure, Kind},
        header::HeaderName,
        webhook::{Webhook, WebhookPatch},
    },
    output::change::{Change, Outcome},
    secrets::custody::Pending,
};

/// The update for a webhook in the state in which it was read.
pub(in super::super) struct Plan {
    pub(in super::super) current: Webhook,
    pub(in super::super) patch: WebhookPatch,
    /// Stored values that will also be used for the new origin.
    pub(in super::super) carried: Option<Carried>,
}

/// How often a webhook is read again if others change it in the meantime.
const MOST_READS: usize = 3;

/// Ready to be sent, or found to need no change.
enum Begun {
    Ready(Box<Plan>, Pending),
    IsSo(Webhook),
}

impl Sender {
    /// Sends an update; `again` makes it for a webhook that others have changed in the meantime. The
    /// caller must hold the webhook's lock. `sent` are the headers whose values it sends.
    pub(in super::super) async fn update(
        &self,
        plan: Plan,
        again: impl Fn(Webhook) -> anyhow::Result<Plan>,
        asked: bool,
        sent: &[String],
    ) -> anyhow::Result<Change> {
        let name = plan.current.name.clone();
        let begun = self.begin(plan, again, asked).await;
        let begun = begun.with_context(|| format!("could not update webhook `{name}`"))?;
        let (plan, pending) = match begun {
            Begun::Ready(plan, pending) => (*plan, pending),
            Begun::IsSo(current) => {
                return Ok(Change {
                    result: Outcome::Unchanged,
                    webhook: current,
                    changes: Vec::new(),
                });
            }
        };
        let Plan {
            current,
            patch,
            carried,
        } = plan;
        let after = self.send(&current, &patch, pending, sent).await?;
        if let Some(carried) = carried {
            self.carry(&current, &after, &carried.names).await?;
        }
        Ok(Change {
            result: Outcome::Updated,
            changes: changes(&current, &after, sent),
            webhook: after,
        })
    }

    /// Sends new values, and keeps those that they replace as previous. The caller must hold the
    /// webhook's lock.
    pub(in super::super) async fn rotate(
        &self,
        plan: Plan,
        again: impl Fn(Webhook) -> anyhow::Result<Plan>,
        sent: &[String],
    ) -> anyhow::Result<Webhook> {
        let name = plan.current.name.clone();
        // The test took some time.
        let begun = self.begin(plan, again, true).await;
        match begun.with_context(|| format!("could not update webhook `{name}`"))? {
            Begun::Ready(plan, pending) => {
                let Plan { current, patch, .. } = *plan;
                let pending = pending.keeping_previous();
                self.send(&current, &patch, pending, sent).await
            }
            Begun::IsSo(current) => Ok(current),
        }
    }

    /// Stores the values before they are sent. Reads the webhook again if that or a prompt may have
    /// taken time, or if the update sends a complete list of headers or labels, which must keep what
    /// others have added to it in the meantime.
    async fn begin(
        &self,
        mut plan: Plan,
        again: impl Fn(Webhook) -> anyhow::Result<Plan>,
        asked: bool,
    ) -> anyhow::Result<Begun> {
        let (custody, site) = (&self.custody, &self.site);
        let mut reads = 0;
        loop {
            let Plan { current, patch, .. } = &plan;
            match custody.settle(site, current, self.now()).await {
                // A change that sends no value doesn't need the index. A problem with it is reported
                // when the webhook is shown.
                Err(error) if error.is_of_index() && sends_no_value(patch) => {}
                settled => settled?,
            }
            let (call, begun) = (self.call(), Instant::now());
            let pending = custody.begin_update(site, current, patch, call).await?;
            let sends_a_list = patch.headers.is_some() || patch.labels.is_some();
            if reads == MOST_READS || (pending.is_empty() && !asked && !sends_a_list) {
                return Ok(Begun::Ready(Box::new(plan), pending));
            }
            let fresh = self.project.webhook(&current.name).await;
            let is_late = begun.elapsed() > SEND_WITHIN;
            if !is_late && fresh.as_ref().is_ok_and(|fresh| fresh == current) {
                return Ok(Begun::Ready(Box::new(plan), pending));
            }
            self.withdraw(pending).await;
            let fresh = fresh?;
            if fresh.id != current.id {
                let message =
                    "it was replaced by another webhook with the same name; nothing was changed";
                return Err(Failure::new(Kind::Refused, message).into());
            }
            plan = again(fresh)?;
            if plan.patch.is_empty() {
                return Ok(Begun::IsSo(plan.current));
            }
            reads += 1;
        }
    }

    /// Sends the update, stores the values, and compares what the platform has now with what was sent.
    async fn send(
        &self,
        current: &Webhook,
        patch: &WebhookPatch,
        pending: Pending,
        sent: &[String],
    ) -> anyhow::Result<Webhook> {
        let failed = || format!("could not update webhook `{}`", current.name);
        let changed = match self.project.update_webhook(current, patch).await {
            Ok(made) => {
                if made.found {
                    self.output
                        .note("the response was lost, but the webhook was updated as requested");
                }
                made.value
            }
            Err(error) => {
                self.let_go(pending, &error).await;
                if let Some(name) = &patch.name
                    && is_taken(&self.project, name, &error).await
                {
                    return Err(taken().with_status(error.http_status())).with_context(failed);
                }
                return Err(error).with_context(failed);
            }
        };
        // Without its headers, the values stay recorded as sent, because they may have arrived.
        if patch.has_its_headers(&changed) {
            let finished = self.custody.finish(pending, &changed, self.now()).await;
            finished.map_err(|error| not_stored("updated", &changed.name, sent, &error))?;
        }
        if let Some(field) = patch.difference(&changed) {
            return Err(differs("updated", &changed.name, &field).into());
        }
        let after = match &patch.headers {
            Some(_) => self.project.webhook(&changed.name).await,
            None => Ok(changed.clone()),
        };
        let after = after.with_context(|| {
            let name = &changed.name;
            format!("webhook `{name}` was updated, but could not be read again")
        })?;
        let after = after.hiding(patch.headers.as_deref());
        match patch.difference(&after) {
            Some(field) => Err(differs("updated", &after.name, &field).into()),
            None => Ok(after),
        }
    }

    /// Moves stored values to the new origin after the platform has accepted the change.
    async fn carry(
        &self,
        before: &Webhook,
        after: &Webhook,
        names: &[String],
    ) -> anyhow::Result<()> {
        let now = self.now();
        let Some(from) = before.origin() else {
            return Ok(());
        };
        for name in names {
            let header: HeaderName = name.parse()?;
            let carried = self
                .custody
                .carry(&self.site, after, &header, &from, now)
                .await;
            carried.map_err(|error| {
                not_stored("updated", &after.name, std::slice::from_ref(name), &error)
            })?;
        }
        Ok(())
    }
}

fn sends_no_value(patch: &WebhookPatch) -> bool {
    values::given(patch.headers.as_deref().unwrap_or_default()).is_empty()
}
