//! The arguments as what they mean, and which of them don't go together.

use std::{net::IpAddr, path::PathBuf};

use super::{Args, required, temporary::Plan, writer::Record};
use crate::{
    args::header::secret,
    commands::{context::Context, narrow::Narrow},
    config::Format,
    files,
    model::{failure::Failure, target::PartialTarget, url::CallbackUrl},
    receiver::{expect::Known, record::Recording, verify::Required},
    server::AllowedHost,
};

impl Args {
    /// Which fields deliveries have.
    pub(super) fn known(&self) -> Known {
        if self.any {
            Known::Any
        } else {
            Known::Payloads
        }
    }

    pub(super) fn public_url(&self) -> Result<Option<CallbackUrl>, Failure> {
        let url = self.public_url.as_ref();
        url.map(|url| url.parse("--public-url")).transpose()
    }

    /// The temporary webhook, if there is to be one.
    pub(super) fn plan(
        &self,
        cx: &Context,
        public_url: Option<&CallbackUrl>,
    ) -> Result<Option<Plan>, Failure> {
        let target = self.target.clone().over(PartialTarget::default())?;
        let target = target.whole()?;
        let plan = target.map(|target| Plan::new(cx, target, &self.events, public_url));
        plan.transpose()
    }

    /// What is shown and counted. The event of a temporary webhook narrows nothing.
    pub(super) fn narrow(&self, known: Known, has_webhook: bool) -> Result<Narrow, Failure> {
        let events = if has_webhook {
            Vec::new()
        } else {
            self.events.clone()
        };
        Narrow::parse(events, "--match", &self.matches, known)
    }

    /// The headers that deliveries must have.
    pub(super) async fn required(
        &self,
        cx: &mut Context,
        plan: Option<&Plan>,
    ) -> anyhow::Result<Required> {
        let given = self.secret_headers.iter().map(|text| secret(text.as_str()));
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let mut required = required::required(cx, self.verify.as_deref(), given).await?;
        match plan {
            Some(plan) => required.add(plan.header()),
            None => cx.close().await,
        }
        Ok(required)
    }

    pub(super) fn check(&self, cx: &Context) -> Result<(), Failure> {
        if !self.act.has_command() && cx.arguments.last().is_some_and(|last| last == "--") {
            let message = "no command after `--`";
            return Err(Failure::usage(message).with_hint("ubihook listen -- COMMAND"));
        }
        let path = &self.path;
        let is_path = path.starts_with('/') && !path.contains(['?', '#']);
        if !is_path || path.chars().any(|c| c.is_control() || c == ' ') {
            return Err(
                Failure::usage("--path: must begin with `/`, and have no query")
                    .with_hint("--path /hook"),
            );
        }
        let has_webhook = !self.target.is_empty();
        if self.public_url.is_some() && !has_webhook {
            let message = "--public-url is for a temporary webhook";
            let hint = "add --deployment, --pipeline or --experiment, and --event";
            return Err(Failure::usage(message).with_hint(hint));
        }
        let knows = self.verify.is_some() || !self.secret_headers.is_empty() || self.any;
        let knows = knows || has_webhook;
        if !is_local(self.bind) && !knows {
            let message = format!(
                "other machines can reach {}, so senders have to identify themselves",
                self.bind
            );
            let hint =
                "add --secret-header NAME=SOURCE or --verify WEBHOOK, or --any to accept any call";
            return Err(Failure::usage(message).with_hint(hint));
        }
        self.act.check()?;
        self.expect.check()
    }

    /// The names that senders use.
    pub(super) fn names(&self, public_url: Option<&CallbackUrl>) -> Vec<AllowedHost> {
        let origin = public_url.map(|url| url.origin().to_string());
        let host = origin.as_deref().and_then(|origin| {
            let (_, host) = origin.split_once("://")?;
            // An address is none of these names.
            host.split(':').next()?.parse().ok()
        });
        self.allowed_hosts.iter().cloned().chain(host).collect()
    }

    pub(super) fn record(&self) -> Result<Option<Record>, files::Error> {
        let open = |path: &PathBuf| {
            Ok(Record {
                recording: Recording::open(path)?,
                path: path.clone(),
            })
        };
        self.record.as_ref().map(open).transpose()
    }
}

/// Deliveries come one by one, so there are only lines.
pub(super) fn check_format(cx: &Context) -> Result<(), Failure> {
    if matches!(cx.output.format(), Format::Yaml | Format::Name) {
        let message = "deliveries are shown as text or as JSON lines: -o table, json or ndjson";
        return Err(Failure::usage(message));
    }
    Ok(())
}

pub(super) fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
