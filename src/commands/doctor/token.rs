//! Whether there is a token, and what the platform says to it; and whether there is the project.

use super::{asked::Asked, settings::fault};
use crate::{
    api,
    commands::{context::Context, near, reason},
    config::{About, Endpoint, Settings},
    model::{
        checkup::Check,
        failure::{Explain, Kind},
        text::counted,
    },
};

const ID: &str = "token";

fn source(settings: &Settings) -> String {
    match (&settings.connection.endpoint, &settings.connection.token) {
        (Endpoint::Mock, _) => "the mock's own".to_owned(),
        (_, Some(token)) => format!("from {}", token.from),
        (_, None) => "from the store".to_owned(),
    }
}

pub(super) fn token(settings: &Settings, asked: &Asked) -> Check {
    if let Some(check) = fault(settings, ID, "token", &[About::Token]) {
        return check.hint("set UBIOPS_API_TOKEN to a valid token, or unset it");
    }
    if asked.is_forbidden {
        return Check::skip(ID, "token", "not used until the settings are valid");
    }
    if let Err(error) = &asked.client {
        return of_no_client(error);
    }
    let from = source(settings);
    match &asked.user {
        Some(Ok(user)) => {
            let may = match &asked.webhooks {
                Some(Ok(present)) => format!(
                    "; may list webhooks ({} here)",
                    counted(present.webhooks.len() as u64, "webhook")
                ),
                Some(Err(error)) if error.http_status() == Some(403) => {
                    let why = format!("the token {from} may not list the webhooks of the project");
                    return Check::fail(ID, "token", why)
                        .hint("ask a project administrator for the webhook permissions");
                }
                _ => String::new(),
            };
            let user = &user.email;
            Check::pass(ID, "token", format!("{from}: accepted, as {user}{may}"))
        }
        Some(Err(error)) if error.kind() == Kind::Auth => {
            let why = format!("the token {from} is rejected: {error}");
            Check::fail(ID, "token", why).hint(match settings.connection.token {
                Some(_) => "set UBIOPS_API_TOKEN to a valid token, or unset it and sign in with `ubihook auth login`",
                None => "ubihook auth login",
            })
        }
        Some(Err(error)) if error.kind() != Kind::Unreachable => {
            let why = format!("{from}: the platform doesn't say whose it is: {error}");
            Check::fail(ID, "token", why).hinted(error.hint())
        }
        _ => Check::skip(ID, "token", format!("{from}; the platform was not reached")),
    }
}

fn of_no_client(error: &anyhow::Error) -> Check {
    let hint = reason::explained(error).and_then(Explain::hint);
    if error.downcast_ref::<api::Error>().is_some() {
        return Check::skip(ID, "token", "not used: no connection can be made");
    }
    Check::fail(ID, "token", reason::sentence(error)).hinted(hint)
}

/// The project, if the platform reports that it doesn't exist.
pub(super) async fn project(cx: &Context, asked: &Asked) -> Option<Check> {
    let Some(Err(error)) = &asked.webhooks else {
        return None;
    };
    let name = cx.project_named()?;
    if !error.is_not_found() {
        return None;
    }
    let named = cx.settings.connection.project.as_ref();
    let from = named.map_or_else(String::new, |project| format!(" (from {})", project.from));
    let why = format!("project `{name}`{from} does not exist, or the token has no access to it");
    let known = match &asked.client {
        Ok(client) => client.projects().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let known: Vec<_> = known.iter().map(|project| project.name.as_str()).collect();
    let near = near::of_names("--project", name.as_str(), &known);
    let hint = near.filter(|_| !known.contains(&name.as_str()));
    let hint = hint.unwrap_or_else(|| "ubihook auth status".to_owned());
    Some(Check::fail("project", "project", why).hint(hint))
}
