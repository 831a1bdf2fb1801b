//! The rotation of one webhook, step by step. An error ends its steps, and is reported at the end.

use anyhow::Context as _;

use super::{
    super::protected::check_protected,
    event::{keys, test_of},
    retire,
};
use crate::{
    api::Project,
    commands::{change, context::Context, near, reason, stored::Values, test_runs},
    model::{
        failure::{Failure, Kind},
        header::{HeaderName, NewHeader},
        name::WebhookName,
        secret::Secret,
        shell::quote,
        webhook::Webhook,
    },
    output::secret::{Rotated, RotatedResult},
    secrets::{self, Destination},
};

/// How to rotate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    pub(super) test: bool,
    pub(super) keep_going: bool,
    pub(super) retire: bool,
}

/// One webhook of a rotation.
pub(super) struct One {
    name: String,
    /// As it was read under its lock, or after it was changed.
    webhook: Option<Webhook>,
    /// The headers that get a new value.
    headers: Vec<NewHeader>,
    /// Headers whose new value the platform already has.
    same: Vec<HeaderName>,
    /// Whether a rotation from here replaced another value by one of those.
    was_rotated: bool,
    /// The values of its other protected headers, for tests.
    others: Values,
    is_staged: bool,
    tested: bool,
    is_rotated: bool,
    /// Whether the receiver refused the old values; `None` if that was not tested.
    retired: Option<bool>,
    /// The headers that were tested with their old value.
    retiring: Vec<HeaderName>,
    error: Option<anyhow::Error>,
}

impl One {
    /// Reads the webhook and everything that its rotation needs. The lock must be held.
    pub(super) async fn prepare(
        cx: &mut Context,
        project: &Project,
        name: &WebhookName,
        headers: &[NewHeader],
        ways: Ways,
    ) -> Self {
        let mut one = Self {
            name: name.to_string(),
            webhook: None,
            headers: headers.to_vec(),
            same: Vec::new(),
            was_rotated: false,
            others: Values::default(),
            is_staged: false,
            tested: false,
            is_rotated: false,
            retired: None,
            retiring: Vec::new(),
            error: None,
        };
        if let Err(error) = one.read(cx, project, name, ways).await {
            one.error = Some(error);
        }
        one
    }

    async fn read(
        &mut self,
        cx: &mut Context,
        project: &Project,
        name: &WebhookName,
        ways: Ways,
    ) -> anyhow::Result<()> {
        let webhook = near::webhook(project, name, "find").await?;
        for header in &self.headers {
            check_protected(&webhook, &header.key)?;
        }
        let (custody, site, read) = (cx.custody()?, cx.site().await?, cx.now().await?);
        let to = Destination::of(&site, &webhook, read).ok_or_else(|| {
            Failure::new(
                Kind::Refused,
                format!("the URL of webhook `{name}` is not valid"),
            )
        })?;
        custody.settle(&site, &webhook, read).await?;
        let failed = || format!("could not rotate the value of webhook `{name}`");
        let mut new = Vec::new();
        for header in std::mem::take(&mut self.headers) {
            match custody.look(&to, &header.key).await {
                Ok(old) => {
                    let value = header.secret().map(Secret::expose);
                    if old.is_current && value == Some(old.value.expose()) {
                        let previous = custody.previous(&site, &webhook, &header.key);
                        self.was_rotated |= previous.await?.is_some();
                        self.same.push(header.key);
                        continue;
                    }
                }
                Err(
                    error @ (secrets::Error::Missing(_)
                    | secrets::Error::Unsettled(_)
                    | secrets::Error::Superseded { .. }),
                ) => {
                    // Without the old value there is nothing to retire.
                    if ways.retire && !matches!(error, secrets::Error::Unsettled(_)) {
                        return Err(nothing_to_retire(name, &error)).with_context(failed);
                    }
                }
                Err(error) => return Err(error).with_context(failed),
            }
            new.push(header);
        }
        self.headers = new;
        if ways.test || ways.retire {
            let given: Vec<&HeaderName> = self.headers.iter().map(|header| &header.key).collect();
            let others = others(&custody, &to, &webhook, &given).await;
            self.others = others
                .map_err(|error| match error.downcast_ref::<secrets::Error>() {
                    Some(missing @ secrets::Error::Missing(_)) if self.headers.is_empty() => {
                        nothing_to_retire(name, missing)
                    }
                    _ => error,
                })
                .with_context(failed)?;
        }
        self.webhook = Some(webhook);
        Ok(())
    }

    /// Whether there is nothing to change.
    pub(super) fn has_it_already(&self) -> bool {
        self.error.is_none() && self.headers.is_empty()
    }

    /// Whether an earlier rotation did what this one is to do.
    pub(super) fn was_rotated(&self) -> bool {
        self.has_it_already() && self.was_rotated
    }

    pub(super) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Sends a test event with the new values.
    pub(super) async fn test(&mut self, cx: &mut Context, project: &Project) {
        if self.error.is_some() || self.headers.is_empty() {
            return;
        }
        match self.try_test(cx, project).await {
            Ok(()) => self.tested = true,
            Err(error) => {
                self.give_up(cx).await;
                let name = &self.name;
                self.error = Some(error.context(format!("webhook `{name}` was not changed")));
            }
        }
    }

    async fn try_test(&mut self, cx: &mut Context, project: &Project) -> anyhow::Result<()> {
        let webhook = self.webhook.as_ref().expect("it was read");
        let (custody, site, now) = (cx.custody()?, cx.site().await?, cx.now().await?);
        let values: Vec<(HeaderName, Secret)> = self
            .headers
            .iter()
            .filter_map(|header| Some((header.key.clone(), header.secret()?.clone())))
            .collect();
        self.is_staged = true;
        custody.stage(&site, webhook, &values, now).await?;
        let new = test_of(webhook, &self.others, self.headers.clone())?;
        test_runs::run(cx, project, &new).await
    }

    /// Removes the new values that were not sent.
    pub(super) async fn give_up(&mut self, cx: &mut Context) {
        let Some(webhook) = self.webhook.as_ref().filter(|_| self.is_staged) else {
            return;
        };
        self.is_staged = false;
        let names: Vec<HeaderName> = keys(&self.headers);
        let removed = async {
            let (custody, site) = (cx.custody()?, cx.site().await?);
            anyhow::Ok(custody.unstage(&site, webhook, &names).await?)
        };
        if let Err(error) = removed.await {
            cx.output.warn(&format!(
                "a new value that was not sent could not be removed: {error}"
            ));
        }
    }

    /// Sends the new values to the platform. The old ones are kept as previous.
    pub(super) async fn switch(&mut self, cx: &mut Context) {
        if self.error.is_some() || self.headers.is_empty() {
            return;
        }
        let current = self.webhook.clone().expect("it was read");
        match change::rotate(cx, current, &self.headers).await {
            Ok(after) => {
                self.is_rotated = true;
                self.is_staged = false;
                self.note_tested(cx, &after).await;
                self.webhook = Some(after);
            }
            Err(error) => {
                self.give_up(cx).await;
                self.error = Some(error);
            }
        }
    }

    async fn note_tested(&self, cx: &mut Context, after: &Webhook) {
        if !self.tested {
            return;
        }
        let names = keys(&self.headers);
        let noted = async {
            let (custody, site, now) = (cx.custody()?, cx.site().await?, cx.now().await?);
            anyhow::Ok(custody.note_tested_now(&site, after, &names, now).await?)
        };
        if let Err(error) = noted.await {
            cx.output.warn(&error.to_string());
        }
    }

    /// Tests whether the receiver refuses the old values, and removes those that it refuses.
    pub(super) async fn retire(&mut self, cx: &mut Context, project: &Project) {
        let Some(webhook) = self.webhook.clone().filter(|_| self.error.is_none()) else {
            return;
        };
        let retired = retire::all(
            cx,
            project,
            &webhook,
            (&self.others, &self.headers),
            &mut self.retiring,
        );
        match retired.await {
            Ok(()) => self.retired = Some(true),
            Err(error) => {
                self.retired = Some(false);
                self.error = Some(error);
            }
        }
    }

    /// What became of each header.
    pub(super) fn rows(&self) -> Vec<Rotated> {
        let mut names = keys(&self.headers);
        names.extend(self.same.clone());
        for header in &self.retiring {
            if !names.contains(header) {
                names.push(header.clone());
            }
        }
        let error = self.error.as_ref().map(reason::as_data);
        let result = match (self.is_rotated, &self.error) {
            (true, _) => RotatedResult::Rotated,
            (false, Some(_)) if self.retired.is_none() => RotatedResult::Failed,
            (false, _) => RotatedResult::Unchanged,
        };
        let row = |name: HeaderName| {
            let result = if self.same.contains(&name) && result == RotatedResult::Rotated {
                RotatedResult::Unchanged
            } else {
                result
            };
            Rotated {
                webhook: self.name.clone(),
                header: name.as_str().to_owned(),
                result,
                tested: self.tested,
                retired: self.retired,
                error: error.clone(),
            }
        };
        names.into_iter().map(row).collect()
    }

    /// Why it failed, with the webhook's name.
    pub(super) fn into_error(self) -> Option<(String, anyhow::Error)> {
        Some((self.name, self.error?))
    }
}

/// The error of --retire where the value that it tests was not stored here.
fn nothing_to_retire(name: &WebhookName, error: &secrets::Error) -> anyhow::Error {
    let name = quote(name.as_str());
    let message = format!("{error}, and --retire tests values that were stored here before");
    let hint =
        format!("without --retire: `ubihook secret rotate {name} --secret-header KEY=SOURCE`");
    Failure::new(Kind::Secret, message).with_hint(hint).into()
}

/// The stored values of all protected headers but those that are given.
async fn others(
    custody: &secrets::custody::Custody,
    to: &Destination,
    webhook: &Webhook,
    given: &[&HeaderName],
) -> anyhow::Result<Values> {
    let mut values = Values::default();
    for name in webhook.protected_headers() {
        let key: HeaderName = name.parse()?;
        if !given.contains(&&key) {
            let found = custody.look(to, &key).await?;
            values.add(key, found);
        }
    }
    Ok(values)
}
