//! What the arguments mean: which of them go together, where deliveries go, and what is sent.

use super::{Args, Dummy, Route, Way, event};
use crate::{
    commands::{context::Context, values},
    config::Format,
    deliver::{self, Sender},
    model::{
        draft::check_headers, event::EventName, failure::Failure, target::PartialTarget, test_run,
        timeout::Timeout,
    },
};

impl Args {
    pub(super) fn check(&self, cx: &Context) -> Result<(), Failure> {
        let url = "--url http://127.0.0.1:8080/";
        if self.event.is_none() && self.file.is_none() && self.to.is_none() {
            let message = "send needs an EVENT, or a recording with -f";
            let hint = format!(
                "ubihook send pipeline_request_failed {url}\nusage: ubihook send EVENT --url URL"
            );
            return Err(Failure::usage(message).with_hint(hint));
        }
        if self.url.is_none() && self.to.is_none() {
            let message = "send needs a URL, or a webhook with --to";
            return Err(Failure::usage(message).with_hint(format!("add {url}")));
        }
        if self.file.is_some() && !self.target.is_empty() {
            let message = "the deliveries of a recording have their own objects";
            return Err(Failure::usage(message).with_hint("--set pipeline_name=NAME changes one"));
        }
        if self.file.is_none() && (!self.only.is_empty() || self.speed.is_some()) {
            let message = "--only and --speed are for recordings";
            return Err(Failure::usage(message).with_hint("add -f RECORDING"));
        }
        let is_summary = self.count.is_some() || self.file.is_some();
        if is_summary && matches!(cx.output.format(), Format::Yaml | Format::Name) {
            let message = "the statistics are shown as text or as JSON: -o table, json or ndjson";
            return Err(Failure::usage(message));
        }
        Ok(())
    }

    pub(super) async fn route(&self, cx: &mut Context) -> anyhow::Result<Route> {
        let headers = self.headers.parse()?;
        check_headers(&headers)?;
        let url = self
            .url
            .as_ref()
            .map(|url| url.parse("--url"))
            .transpose()?;
        cx.warn_of_variable_in_url(url.as_ref());
        let given = values::fetch(cx, headers, self.dry_run).await?;
        let removed = self.removed.clone();
        match (url, &self.to) {
            (Some(url), _) => Ok(Route::to_url(url, given, removed)),
            (None, Some(name)) if self.dry_run => Route::without_values(cx, name).await,
            (None, Some(name)) => Route::to_webhook(cx, name, given, removed).await,
            (None, None) => unreachable!("checked before"),
        }
    }

    pub(super) fn way(&self, route: &Route, sender: &Sender) -> Result<Way, deliver::Failure> {
        let timeout = self.timeout.or(route.options.timeout);
        let timeout = timeout.unwrap_or(Timeout::DEFAULT);
        let retry = self.retry.or(route.options.retry) == Some(true);
        Ok(Way {
            call: sender.prepare_with(&route.url, route.headers(sender.headers())?, timeout)?,
            tries: test_run::tries(retry),
        })
    }

    pub(super) async fn compose(&self, cx: &Context, route: &Route) -> anyhow::Result<Dummy> {
        let Some(name) = self.event.or(route.event) else {
            let message = "the event of this webhook is not known; name it";
            return Err(Failure::usage(message)
                .with_hint("usage: ubihook send EVENT --to WEBHOOK")
                .into());
        };
        let target = self
            .target
            .clone()
            .over(PartialTarget::default())?
            .whole()?;
        let target = target.or_else(|| route.target.clone());
        let event = match (name, &target) {
            (name, Some(target)) => {
                target.check()?;
                name.of(target.object_type)
                    .map_err(|invalid| Failure::invalid("EVENT", &invalid))?
            }
            (EventName::Full(event), None) => event,
            (EventName::Short(phase), None) => {
                let message = format!("`{phase}` can be an event of a deployment or a pipeline");
                let hint = format!("add --pipeline NAME, or write pipeline_request_{phase}");
                return Err(Failure::usage(message).with_hint(hint).into());
            }
        };
        let result = match &self.result_file {
            Some(path) => Some(event::read_result(cx, path).await?),
            None => None,
        };
        let mut dummy = Dummy::new(event, target, result);
        if let Some(why) = dummy.result_left_out() {
            cx.output.warn(&format!("the payload has no result: {why}"));
        }
        dummy.set(self.changes.clone())?;
        Ok(dummy)
    }
}
