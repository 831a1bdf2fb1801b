//! `secret set`: stores values on this machine without changing the platform.

use anyhow::Context as _;

use super::protected::check_protected;
use crate::{
    args::secret_header::SecretHeaderArgs,
    commands::{
        context::Context,
        near, values,
        verb::{Example, Run},
    },
    model::{
        failure::{Failure, Kind},
        name::WebhookName,
        shell::quote,
        store::StoreChoice,
    },
    output::secret::{Stored, StoredResult, StoredValues},
};

/// Store values that the platform already has
///
/// Stores the values on this machine, so that the webhook can be tested and rotated from here. The
/// platform is not changed; to send it a new value, use rotate or update.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Name of the webhook
    name: WebhookName,

    #[command(flatten)]
    headers: SecretHeaderArgs,
}

impl Run for Args {
    const NAME: &'static str = "set";
    const EXAMPLES: &'static [Example] = &[(
        "Store a value from a variable, and test the webhook with it",
        "ubihook secret set orders-failed --secret-header Authorization=env:HOOK_TOKEN\n\
             ubihook test orders-failed",
    )];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let name = &self.name;
        if cx.settings.store.value == StoreChoice::None {
            let message = "with `--store none`, nothing would be stored";
            return Err(Failure::usage(message)
                .with_hint("use `--store keyring` or `--store file` (a 0600 file)")
                .into());
        }
        let headers = self.headers.parse()?;
        if headers.is_empty() {
            let hint = format!(
                "ubihook secret set {} --secret-header NAME",
                quote(name.as_str())
            );
            return Err(Failure::usage("no header specified").with_hint(hint).into());
        }
        let headers = values::fetch(cx, headers, false).await?;
        let project = cx.project().await?;
        let _lock = cx.lock(&[name.as_str()]).await?;
        let webhook = near::webhook(&project, name, "find").await?;
        for header in &headers {
            check_protected(&webhook, &header.key)?;
        }
        if webhook.origin().is_none() {
            let message = format!("the URL of webhook `{name}` is not valid");
            return Err(Failure::new(Kind::Refused, message).into());
        }
        let given: Vec<_> = headers
            .iter()
            .filter_map(|header| Some((header.key.clone(), header.secret()?.clone())))
            .collect();
        let (custody, site, now) = (cx.custody()?, cx.site().await?, cx.now().await?);
        let place = custody.set(&site, &webhook, &given, now).await;
        let place = place
            .with_context(|| format!("could not store a value for webhook `{}`", webhook.name))?;
        let stored = given.iter().map(|(key, _)| Stored {
            webhook: webhook.name.clone(),
            header: key.as_str().to_owned(),
            result: StoredResult::Set,
            store: Some(place.kind),
        });
        Ok(cx.output.show(&StoredValues(stored.collect()))?)
    }
}
