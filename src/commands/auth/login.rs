//! `auth login`: takes a token unseen, tries it, keeps it for its host, writes the profile.

use std::io::Read;

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::host;
use crate::{
    api::Client,
    commands::{Error, Kind, context::Context},
    config::file::{self, Profile},
    model::{name::ProjectName, secret::Secret, store::StoreChoice, text::nearest, token::Token},
    output::auth::SignedIn,
    secrets::{self, Host, custody::Place},
};

/// The profile that is used where none is named.
const DEFAULT_PROFILE: &str = "default";
/// Far longer than any token.
const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// Sign in with an API token
///
/// The token is typed unseen, tried, kept in the store for this host, and never shown. Host,
/// project and store are written to the profile.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Read the token from stdin
    #[arg(long)]
    token_stdin: bool,
}

/// Signs in.
pub(super) async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let host = host(cx)?;
    if cx.settings.store.value == StoreChoice::None {
        return Err(Error::new(
            Kind::Usage,
            "with the store `none` there is no place for the token",
        )
        .hint("choose --store keyring or --store file, or set UBIOPS_API_TOKEN instead")
        .into());
    }
    let config = cx.settings.folders.config_file().ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "there is no place for config.toml: HOME is not set",
        )
    })?;
    let typed = read_token(&args, cx).await?;
    let token = Token::parse(typed.expose())
        .map_err(|invalid| Error::new(Kind::Usage, format!("the token {}", invalid.rule)))?;
    let client = cx.client_for(token.clone())?;
    check_store(cx).await?;
    let user = client.user().await.context("the token was not kept")?;
    let project = project(cx, &client).await?;
    let place = cx
        .custody()?
        .keep_token(&Host::platform(&host), &token)
        .await
        .context("the token is right, but could not be kept")?;
    if place.kind == secrets::Kind::None {
        return Err(no_place(&place).into());
    }
    let name = cx.settings.profile.as_ref();
    let name = name.map_or_else(|| DEFAULT_PROFILE.to_owned(), |name| name.value.clone());
    let profile = Profile {
        host: Some(host.to_string()),
        project: project.as_ref().map(ToString::to_string),
        store: Some(place.kind.to_string()),
        output: None,
    };
    file::save(&config, &name, &profile).context("the token was kept, but not the profile")?;
    warn_of_variables(cx);
    Ok(cx.output.show(&SignedIn {
        result: "signed_in",
        host: host.to_string(),
        project: project.map(|project| project.to_string()),
        store: Some(place.kind.as_str()),
        user: Some(user.email),
        profile: Some(name),
    })?)
}

/// Looks for a place before the token goes anywhere.
async fn check_store(cx: &mut Context) -> anyhow::Result<()> {
    let place = cx.custody()?.place().await?;
    if place.kind == secrets::Kind::None {
        return Err(no_place(&place).into());
    }
    Ok(())
}

fn no_place(place: &Place) -> Error {
    let why = place
        .why_none
        .as_ref()
        .map_or_else(String::new, |why| format!(": {why}"));
    Error::new(Kind::Secret, format!("the token could not be kept{why}"))
        .hint("--store file keeps it in a file that only you can read; or set UBIOPS_API_TOKEN")
}

async fn read_token(args: &Args, cx: &Context) -> anyhow::Result<Secret> {
    if args.token_stdin {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(MAX_TOKEN_BYTES)
            .read_to_string(&mut text)
            .map_err(|_| Error::new(Kind::Usage, "no token could be read from stdin"))?;
        return Ok(Secret::new(text));
    }
    if !cx.prompt.is_possible() {
        return Err(Error::new(
            Kind::Usage,
            "the token would be asked for, and nobody can be asked here",
        )
        .hint("give it to `ubihook auth login --token-stdin`, or set UBIOPS_API_TOKEN")
        .into());
    }
    Ok(cx.prompt.password("API token").await?)
}

/// The project that is named, if the platform has it; asked for where none is and somebody can be.
async fn project(cx: &mut Context, client: &Client) -> anyhow::Result<Option<ProjectName>> {
    let wanted = cx.settings.connection.project.as_ref();
    let projects = client.projects().await?;
    let names = || projects.iter().map(|project| project.name.as_str());
    match wanted {
        Some(wanted) if names().any(|name| name == wanted.value.as_str()) => {
            Ok(Some(wanted.value.clone()))
        }
        Some(wanted) => {
            let message = format!("the token may see no project `{}`", wanted.value);
            let error = Error::new(Kind::NotFound, message);
            Err(match nearest(wanted.value.as_str(), names()) {
                Some(near) => error.hint(format!("did you mean --project {near}?")),
                None => error,
            }
            .into())
        }
        None if cx.prompt.is_possible() && !projects.is_empty() => {
            let items: Vec<_> = names().map(str::to_owned).collect();
            let chosen = cx.prompt.choose("project", items.clone()).await?;
            Ok(Some(items[chosen].parse()?))
        }
        None => Ok(None),
    }
}

/// What was just written is of no use where the environment says something else.
fn warn_of_variables(cx: &Context) {
    if cx.settings.connection.token.is_some() {
        cx.output
            .warn("UBIOPS_API_TOKEN is set, and wins over the token that was just kept");
    }
}
