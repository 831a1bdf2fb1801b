//! Checks of the object and the version that the webhook watches.

use super::watched::Watched;
use crate::model::{checkup::Check, shell::quote, target::TRAINING_DEPLOYMENT, webhook::Webhook};

fn words(webhook: &Webhook) -> String {
    format!("{} `{}`", webhook.object_type, webhook.object_name)
}

pub(super) fn object(webhook: &Webhook, watched: &Watched) -> Check {
    let subject = words(webhook);
    match &watched.object {
        Ok(object) if object.takes_requests() => {
            Check::pass("object", &subject, "it exists and accepts requests")
        }
        Ok(_) => {
            let why = format!("{subject} accepts no requests, so it has no events");
            Check::fail("object", &subject, why).hint("ubihook list")
        }
        Err(error) if error.is_not_found() => {
            let name = &webhook.name;
            let why = format!("{subject}, which webhook `{name}` watches, does not exist");
            let hint = format!(
                "create it again; or, if it is gone for good: `ubihook delete {}`",
                quote(name)
            );
            Check::fail("object", &subject, why).hint(hint)
        }
        Err(error) => Check::skip("object", &subject, error.to_string()),
    }
}

pub(super) fn version(webhook: &Webhook, watched: &Watched) -> Check {
    const ID: &str = "version";
    let of = words(webhook);
    let default = match &watched.object {
        Ok(object) => object.default_version.as_deref(),
        Err(error) if error.is_not_found() => {
            return Check::skip(ID, &of, "the object does not exist");
        }
        Err(_) => None,
    };
    let Some(named) = &webhook.version else {
        let is_read = watched.object.is_ok();
        return match default {
            Some(default) => Check::pass(
                ID,
                &of,
                format!("the default version, which is `{default}`"),
            ),
            None if is_read => {
                let why = format!(
                    "{of} has no default version, and webhook `{}` names none: it has no events",
                    webhook.name
                );
                Check::fail(ID, &of, why).hint("set a default version on the platform")
            }
            None => Check::skip(ID, &of, "the object could not be read"),
        };
    };
    let subject = format!("{of} version `{named}`");
    match &watched.version {
        Some(Ok(_)) if default.is_some_and(|default| default != named) => {
            let default = default.unwrap_or_default();
            if webhook.object_name == TRAINING_DEPLOYMENT {
                return Check::pass(ID, &subject, format!("experiment `{named}` exists"));
            }
            let why = format!("it exists, but requests go to `{default}` unless they name it");
            Check::pass(ID, &subject, why)
        }
        Some(Ok(_)) => Check::pass(ID, &subject, "it exists"),
        Some(Err(error)) if error.is_not_found() => {
            let default = default.map_or_else(String::new, |default| {
                format!("; its default version is `{default}`")
            });
            let why = format!(
                "version `{named}` of {of}, which webhook `{}` watches, does not exist{default}",
                webhook.name
            );
            let hint = format!("ubihook get {} -o yaml", quote(&webhook.name));
            Check::fail(ID, &subject, why).hint(hint)
        }
        Some(Err(error)) => Check::skip(ID, &subject, error.to_string()),
        None => Check::skip(ID, &subject, "not asked"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::{api, model::checkup::Status};

    fn watched(object: serde_json::Value, version: Option<Result<(), u16>>) -> Watched {
        let refused = |status| api::Error::Status {
            status,
            message: Some("no".to_owned()),
        };
        let found = json!({"version": "v1"});
        Watched {
            object: match object.as_u64() {
                Some(status) => Err(refused(u16::try_from(status).unwrap())),
                None => Ok(serde_json::from_value(object).unwrap()),
            },
            version: version.map(|version| match version {
                Ok(()) => Ok(serde_json::from_value(found).unwrap()),
                Err(status) => Err(refused(status)),
            }),
        }
    }

    #[test]
    fn an_object_is_there_and_takes_requests() {
        let webhook = webhook_with(&json!({}));
        let status = |of: serde_json::Value| object(&webhook, &watched(of, None)).status;
        assert_eq!(status(json!({"name": "p"})), Status::Pass);
        let none = json!({"name": "p", "supports_request_format": false});
        assert_eq!(status(none), Status::Fail);
        assert_eq!(status(json!(404)), Status::Fail);
        assert_eq!(status(json!(403)), Status::Skip);
    }

    #[test]
    fn a_version_is_there_or_the_default_one_is() {
        let named = webhook_with(&json!({}));
        let other = webhook_with(&json!({"version": null}));
        let with = json!({"name": "p", "default_version": "v2"});
        let without = json!({"name": "p"});
        for (webhook, object, answer, status) in [
            (&named, &with, Some(Ok(())), Status::Pass),
            (&named, &without, Some(Ok(())), Status::Pass),
            (&named, &with, Some(Err(404)), Status::Fail),
            (&named, &with, Some(Err(403)), Status::Skip),
            (&named, &json!(404), Some(Err(404)), Status::Skip),
            (&other, &with, None, Status::Pass),
            (&other, &without, None, Status::Fail),
            (&other, &json!(403), None, Status::Skip),
        ] {
            let found = version(webhook, &watched(object.clone(), answer));
            assert_eq!(found.status, status, "{found:?}");
        }
    }
}
