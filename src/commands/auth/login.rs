//! `auth login`: reads a token without echo, checks it, stores it for its host, and writes the
//! profile.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{
    host,
    ubiops_cli::{self, SignIn},
};
use crate::{
    api::{self, Client},
    commands::{
        context::Context,
        near,
        verb::{Example, Needs, Run},
    },
    config::{
        DEFAULT_PROFILE, Endpoint, Provenance, Setting,
        file::{self, Profile},
    },
    input,
    model::{
        failure::{Explain, Failure, Kind},
        host::ApiHost,
        name::ProjectName,
        objects::User,
        store::StoreChoice,
        store::StoreKind,
        token::Token,
    },
    output::auth::SignedIn,
    secrets::{Host, custody::Place},
};

/// Far longer than any token.
const MAX_TOKEN_BYTES: usize = 64 << 10;

/// Sign in with an API token
///
/// Prompts for the token (hidden input), checks it, and stores it for this host. It is never shown.
/// Host, project and store are saved in the profile. A host has one token, which all profiles with
/// that host and store use; for a second account on the same host, set UBIOPS_API_TOKEN.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Read the token from stdin
    #[arg(long)]
    token_stdin: bool,

    /// Copy the sign-in of the official CLI
    ///
    /// The official CLI's sign-in is not modified. ubihook looks for it next to the ubiops program
    /// in $PATH, in the active virtual environment and where pipx installs programs. PATH names its
    /// file or environment instead.
    #[arg(long, value_name = "PATH", num_args = 0..=1, conflicts_with = "token_stdin")]
    from_ubiops: Option<Vec<PathBuf>>,
}

impl Run for Args {
    const NAME: &'static str = "login";
    const EXAMPLES: &'static [Example] = &[
        (
            "Read the token from a file; store it in a file that only you can read",
            "ubihook auth login --project demo --store file --token-stdin < token.txt",
        ),
        (
            "Sign in with a profile of its own, for another project or host",
            "ubihook auth login --profile work --project demo --store file \\\n    \
             --token-stdin < token.txt\n\
             ubihook list --profile work",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            new_profile: true,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        host(cx)?;
        if cx.settings.store.value == StoreChoice::None {
            return Err(Failure::new(
                Kind::Usage,
                "with the store `none`, the token can't be stored",
            )
            .with_hint("choose --store keyring or --store file, or set UBIOPS_API_TOKEN instead")
            .into());
        }
        let config = cx.settings.folders.config_file().ok_or_else(|| {
            Failure::new(Kind::Usage, "cannot write config.toml: HOME is not set")
        })?;
        let (token, client, user) = match &self.from_ubiops {
            Some(named) => {
                let token = take_over(cx, named.first().map(PathBuf::as_path)).await?;
                let (client, user) = try_out(cx, &token).await?;
                (token, client, user)
            }
            None if self.token_stdin && cx.terminal.stdin => {
                must_prompt(cx)?;
                check_store(cx).await?;
                ask_token(cx).await?
            }
            None if self.token_stdin => {
                let token = read_token(cx).await?;
                let (client, user) = try_out(cx, &token).await?;
                (token, client, user)
            }
            None => ask(cx).await?,
        };
        let project = project(cx, &client).await?;
        let host = host(cx)?;
        let place = keep(cx, &host, &token).await?;
        let name = cx.settings.profile.as_ref();
        let name = name.map_or_else(|| DEFAULT_PROFILE.to_owned(), |name| name.value.clone());
        let profile = Profile {
            host: Some(host.to_string()),
            project: project.as_ref().map(ToString::to_string),
            store: Some(place.kind.to_string()),
            output: None,
        };
        file::save(&config, &name, &profile)
            .context("the token was stored, but the profile could not be saved")?;
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
}

/// Checks that there is a usable store before the token is sent anywhere.
async fn check_store(cx: &mut Context) -> anyhow::Result<()> {
    let place = cx.custody()?.place().await?;
    if place.kind == StoreKind::None {
        return Err(no_place(&place).into());
    }
    Ok(())
}

fn no_place(place: &Place) -> Failure {
    let why = place
        .why_none
        .as_ref()
        .map_or_else(String::new, |why| format!(": {why}"));
    Failure::new(Kind::Secret, format!("the token could not be stored{why}")).with_hint(
        "--store file stores it in a file that only you can read; or set UBIOPS_API_TOKEN",
    )
}

async fn keep(cx: &mut Context, host: &ApiHost, token: &Token) -> anyhow::Result<Place> {
    let place = cx
        .custody()?
        .keep_token(&Host::platform(host), token)
        .await
        .context("the token is valid, but could not be stored")?;
    if place.kind == StoreKind::None {
        return Err(no_place(&place).into());
    }
    Ok(place)
}

async fn try_out(cx: &mut Context, token: &Token) -> anyhow::Result<(Client, User)> {
    let client = cx.client_for(token.clone()).await?;
    check_store(cx).await?;
    let _waiting = cx.output.progress("checking the token", None);
    let user = client.user().await.context("the token was not stored")?;
    Ok((client, user))
}

/// Prompts for the host if none is specified, and for a token until the platform accepts it.
async fn ask(cx: &mut Context) -> anyhow::Result<(Token, Client, User)> {
    must_prompt(cx)?;
    check_store(cx).await?;
    if let Endpoint::Platform(host) = &cx.settings.connection.endpoint
        && host.from == Provenance::Default
    {
        let check = |text: &str| {
            text.parse::<ApiHost>()
                .map(drop)
                .map_err(|invalid| invalid.rule)
        };
        let or = Some(host.value.to_string());
        let typed = cx
            .prompt
            .line("Host of the API", or, Box::new(check))
            .await?;
        set_host(cx, typed.parse()?, Provenance::Default);
    }
    ask_token(cx).await
}

fn must_prompt(cx: &Context) -> anyhow::Result<()> {
    if cx.prompt.is_possible() {
        return Ok(());
    }
    let message = format!("cannot prompt for the token: {}", cx.why_no_prompt());
    Err(Failure::new(Kind::Usage, message)
        .with_hint("ubihook auth login --token-stdin < FILE\nor set UBIOPS_API_TOKEN")
        .into())
}

async fn ask_token(cx: &mut Context) -> anyhow::Result<(Token, Client, User)> {
    loop {
        let check = |text: &str| Token::check(text).map_err(|invalid| invalid.rule);
        let typed = cx.prompt.password("API token", Box::new(check)).await?;
        let token = Token::parse(typed.expose(), &cx.scrubber)
            .map_err(|invalid| Failure::new(Kind::Usage, format!("the token {}", invalid.rule)))?;
        match try_out(cx, &token).await {
            Ok((client, user)) => return Ok((token, client, user)),
            Err(error) if is_refusal(&error) => {
                cx.output.warn(&error.root_cause().to_string());
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_refusal(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<api::Error>();
    error.is_some_and(|error| error.kind() == Kind::Auth)
}

fn set_host(cx: &mut Context, value: ApiHost, from: Provenance) {
    cx.settings.connection.endpoint = Endpoint::Platform(Setting { value, from });
}

/// Copies host, token and project from the official CLI. Its token is only sent to its own host; a
/// different `--host` is refused.
async fn take_over(cx: &mut Context, path: Option<&Path>) -> anyhow::Result<Token> {
    let (sign_in, file) = ubiops_cli::find(path, &cx.env, &cx.scrubber).await?;
    let SignIn {
        host,
        token,
        is_short_lived,
        project,
    } = sign_in;
    let host = host.unwrap_or_else(ApiHost::public);
    if let Endpoint::Platform(ours) = &cx.settings.connection.endpoint
        && matches!(ours.from, Provenance::Flag(_))
        && ours.value != host
    {
        let message = format!(
            "the official CLI is signed in to {host}, but --host is {}",
            ours.value
        );
        return Err(Failure::new(Kind::Usage, message)
            .with_hint("remove --host")
            .into());
    }
    set_host(cx, host, Provenance::Default);
    let named = |from: &Provenance| matches!(from, Provenance::Flag(_) | Provenance::Env(_));
    let ours = &mut cx.settings.connection.project;
    if !ours.as_ref().is_some_and(|ours| named(&ours.from)) {
        *ours = project.map(|value| Setting {
            value,
            from: Provenance::Default,
        });
    }
    cx.output
        .note(&format!("using the sign-in from {}", file.display()));
    if is_short_lived {
        cx.output.warn(
            "this sign-in uses a password, so its token expires within three hours; an API \
             token doesn't",
        );
    }
    Ok(token)
}

async fn read_token(cx: &Context) -> anyhow::Result<Token> {
    let text = input::stdin(MAX_TOKEN_BYTES)
        .await
        .and_then(input::as_text)
        .map_err(|error| Failure::new(Kind::Usage, format!("the token on stdin {error}")))?;
    let token = Token::parse(&text, &cx.scrubber);
    Ok(
        token
            .map_err(|invalid| Failure::new(Kind::Usage, format!("the token {}", invalid.rule)))?,
    )
}

/// The specified project, if the platform has it. If none is specified, prompts for one where that
/// is possible.
async fn project(cx: &mut Context, client: &Client) -> anyhow::Result<Option<ProjectName>> {
    let wanted = cx.settings.connection.project.as_ref();
    let projects = client.projects().await?;
    let names = || projects.iter().map(|project| project.name.as_str());
    match wanted {
        Some(wanted) if names().any(|name| name == wanted.value.as_str()) => {
            Ok(Some(wanted.value.clone()))
        }
        Some(wanted) => {
            let message = format!("the token has no access to project `{}`", wanted.value);
            let known: Vec<_> = names().collect();
            let hint = near::of_names("--project", wanted.value.as_str(), &known);
            Err(Failure::new(Kind::NotFound, message).hinted(hint).into())
        }
        None if cx.prompt.is_possible() && !projects.is_empty() => {
            cx.choose_of(projects).await.map(Some)
        }
        None => Ok(None),
    }
}

/// Warns about environment variables that override what was just written.
fn warn_of_variables(cx: &Context) {
    if cx.settings.connection.token.is_some() {
        cx.output
            .warn("UBIOPS_API_TOKEN is set and overrides the token that was just stored");
    }
}
