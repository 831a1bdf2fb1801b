//! `auth status`: who is signed in, and the source of each setting.

use clap::Args as ClapArgs;

use crate::{
    api,
    commands::{
        context::Context,
        near,
        verb::{Example, Run},
    },
    config::{Endpoint, Format, Setting},
    model::{
        duration,
        failure::{Explain, Failure, Kind},
        objects::User,
    },
    output::auth::Status,
};

/// Show who is signed in, and the source of each setting
///
/// Never shows the token. Exits with 4 if there is no valid token, and with 3 if the project
/// doesn't exist.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {}

impl Run for Args {
    const NAME: &'static str = "status";
    const EXAMPLES: &'static [Example] = &[
        ("Show the user and all settings", "ubihook auth status"),
        (
            "In a script, continue only if signed in",
            "ubihook auth status --quiet > /dev/null && ubihook list",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let asked = ask(cx).await;
        let (user, token_source, error) = match asked {
            Ok((user, source)) => (Some(user), Some(source), None),
            Err((error, source)) => (None, source, Some(error)),
        };
        let status = status(cx, user, token_source);
        match error {
            // It is unknown whether the user is signed in. The settings may help to find out why.
            Some(error) if !is_signed_out(&error) => {
                if cx.settings.output.value == Format::Table {
                    cx.output.aside(|paper| status.settings(paper));
                }
                Err(error)
            }
            error => {
                cx.output.show(&status)?;
                error.map_or(Ok(()), Err)?;
                check_project(cx).await
            }
        }
    }
}

/// Refuses a project that doesn't exist, with the error of every other verb.
async fn check_project(cx: &mut Context) -> anyhow::Result<()> {
    let Some(name) = cx.project_named() else {
        return Ok(());
    };
    let project = cx.client().await?.project(name);
    match near::absent_project(&project).await {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

/// Whether the user is definitely not signed in: there is no token, or the platform rejects it.
fn is_signed_out(error: &anyhow::Error) -> bool {
    let missing = error.downcast_ref::<Failure>().map(Explain::kind);
    let refused = error.downcast_ref::<api::Error>().map(Explain::kind);
    missing.or(refused) == Some(Kind::Auth)
}

type Failed = (anyhow::Error, Option<String>);

async fn ask(cx: &mut Context) -> Result<(User, String), Failed> {
    let client = cx.client().await.map_err(|error| (error, None))?;
    let source = match (
        &cx.settings.connection.endpoint,
        &cx.settings.connection.token,
    ) {
        (Endpoint::Mock, _) => "mock".to_owned(),
        (_, Some(token)) => token.from.to_string(),
        (_, None) => match cx.custody() {
            Ok(custody) => custody
                .place()
                .await
                .map_or_else(|_| "none".to_owned(), |place| place.kind.to_string()),
            Err(error) => return Err((error, None)),
        },
    };
    match client.user().await {
        Ok(user) => Ok((user, source)),
        Err(error) if error.kind() == Kind::Auth => {
            let context = format!("the token from {source} was rejected");
            Err((anyhow::Error::new(error).context(context), Some(source)))
        }
        Err(error) => Err((error.into(), Some(source))),
    }
}

fn status(cx: &Context, user: Option<User>, token_source: Option<String>) -> Status {
    let settings = &cx.settings;
    let connection = &settings.connection;
    let (host, host_line) = match &connection.endpoint {
        Endpoint::Platform(host) => (host.value.to_string(), with_origin(host)),
        Endpoint::Mock => ("mock".to_owned(), "the mock inside this program".to_owned()),
    };
    let project = cx.project_named().map(|project| project.to_string());
    let project_line = match (&connection.project, &project) {
        (Some(setting), _) => with_origin(setting),
        (None, Some(project)) => format!("{project} (default)"),
        (None, None) => "none".to_owned(),
    };
    let mut lines = vec![
        ("host", host_line),
        ("project", project_line),
        (
            "token",
            token_source
                .as_ref()
                .map_or("none".to_owned(), |from| format!("from {from}")),
        ),
        ("store", with_origin(&settings.store)),
        (
            "timeout",
            format!("{} per call", duration::describe(connection.api_timeout)),
        ),
    ];
    if let Some(path) = &connection.ca_cert {
        lines.push((
            "ca-cert",
            format!("{} ({})", path.value.display(), path.from),
        ));
    }
    if let Some(profile) = &settings.profile {
        lines.push(("profile", format!("{} ({})", profile.value, profile.from)));
    }
    Status {
        signed_in: user.is_some(),
        host,
        project,
        token_source,
        user: user.map(|user| user.email),
        lines,
    }
}

fn with_origin<T: std::fmt::Display>(setting: &Setting<T>) -> String {
    format!("{} ({})", setting.value, setting.from)
}
