//! The path of one webhook's events: reads what the checks need, at once where it can be.

use super::{
    asked::Asked, deliveries, due, headers, last_test, log, object, requests, url,
    watched::Watched, webhook,
};
use crate::{
    commands::context::Context,
    model::{
        checkup::{Check, OF_WEBHOOK},
        name::WebhookName,
    },
};

pub(super) async fn checks(
    cx: &mut Context,
    asked: &Asked,
    name: &WebhookName,
    reach: bool,
) -> Vec<Check> {
    let (Some(project), Some(Ok(present))) = (&asked.project, &asked.webhooks) else {
        return all_skipped(0, "the platform could not be asked");
    };
    let webhooks = &present.webhooks;
    if let Some((_, field)) = present.odd.iter().find(|(odd, _)| odd == name.as_str()) {
        let mut checks = vec![webhook::odd(name, field)];
        checks.extend(all_skipped(1, "the webhook can't be read"));
        return checks;
    }
    let Some(webhook) = webhooks
        .iter()
        .find(|webhook| webhook.name == name.as_str())
    else {
        let mut checks = vec![webhook::missing(name, webhooks, project.name().as_str())];
        checks.extend(all_skipped(1, "there is no such webhook"));
        return checks;
    };
    let mut checks = vec![
        webhook::exists(webhook),
        webhook::enabled(webhook),
        webhook::event(webhook),
    ];
    let mut fired = 0;
    if let Ok(object_type) = webhook.object_type.parse() {
        let (watched, listed) = tokio::join!(
            Watched::read(project, object_type, webhook),
            due::list(project, object_type, webhook)
        );
        checks.push(object::object(webhook, &watched));
        checks.push(object::version(webhook, &watched));
        let found = due::read(project, object_type, webhook, &watched, listed).await;
        checks.push(requests::check(webhook, &found));
        fired = found.map_or(0, |due| due.fired);
    } else {
        let why = "the type of the object is not known to this version of ubihook";
        for id in ["object", "version", "requests"] {
            checks.push(Check::skip(id, &webhook.target(), why));
        }
    }
    let is_local = asked
        .client
        .as_ref()
        .is_ok_and(|client| client.host().is_loopback());
    checks.push(url::check(webhook, is_local, reach).await);
    checks.push(headers::check(cx, asked, webhook).await);
    let (last_test, succeeded) = last_test::check(cx, asked, webhook).await;
    let succeeded = succeeded.as_deref();
    checks.push(last_test);
    checks.push(log::check(project, webhook, fired, succeeded).await);
    checks.push(deliveries::check(cx, webhook, fired, succeeded));
    checks.sort_by_key(|check| OF_WEBHOOK.iter().position(|id| *id == check.id));
    checks
}

fn all_skipped(from: usize, why: &str) -> Vec<Check> {
    let ids = OF_WEBHOOK.iter().skip(from);
    ids.map(|id| Check::skip(id, id, why)).collect()
}
