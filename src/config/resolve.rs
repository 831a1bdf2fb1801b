//! Flag, then environment, then profile, then default: pure.

use std::{ffi::OsStr, path::PathBuf, str::FromStr, time::Duration};

use clap::ValueEnum;

use super::{
    About, Color, Connection, Endpoint, Fault, Folders, Format, Provenance, Setting, Settings,
    env::Env,
    file::{Profile, Profiles},
    flags::Flags,
    proxy::Proxies,
};
use crate::model::{
    duration,
    failure::Failure,
    host::ApiHost,
    invalid::Invalid,
    name::ProjectName,
    secret::Raw,
    shell::quote,
    store::StoreChoice,
    text::{nearest, unseen},
    token::Token,
};

const API_TIMEOUT: Duration = Duration::from_secs(30);
const HOSTS: [&str; 4] = [
    "UBIHOOK_HOST",
    "UBIOPS_API_HOST",
    "UBIOPS_API_URL",
    "UBIOPS_BASE_URL",
];
const PROJECTS: [&str; 2] = ["UBIHOOK_PROJECT", "UBIOPS_PROJECT"];
/// The profile that is used if none is named.
pub(crate) const DEFAULT_PROFILE: &str = "default";

static NO_PROFILE: Profile = Profile {
    host: None,
    project: None,
    store: None,
    output: None,
};

/// What to do if a named profile doesn't exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownProfile {
    /// Report an error.
    Refuse,
    /// Accept it: signing in will create it.
    Allow,
}

/// Resolves all settings.
pub fn resolve(
    flags: &Flags,
    env: &Env,
    profiles: &Profiles,
    unknown: UnknownProfile,
) -> Result<Settings, Failure> {
    settle(flags, env, profiles, unknown, &mut Faults(None))
}

/// The same for a verb that reports what is wrong with the settings: an invalid one gets its
/// default, and is listed in `faults` together with those that are already known.
pub(crate) fn resolve_leniently(
    flags: &Flags,
    env: &Env,
    profiles: &Profiles,
    known: Vec<Fault>,
) -> Settings {
    let mut faults = Faults(Some(known));
    let settled = settle(flags, env, profiles, UnknownProfile::Refuse, &mut faults);
    let settings = settled.expect("each failure is listed");
    Settings {
        faults: faults.0.unwrap_or_default(),
        ..settings
    }
}

/// Where a wrong setting is listed; without a list, it is an error.
struct Faults(Option<Vec<Fault>>);

impl Faults {
    fn or<T>(
        &mut self,
        about: About,
        picked: Result<T, Failure>,
        default: impl FnOnce() -> T,
    ) -> Result<T, Failure> {
        match (picked, &mut self.0) {
            (Err(failure), Some(list)) => {
                list.push(Fault { about, failure });
                Ok(default())
            }
            (picked, _) => picked,
        }
    }
}

fn settle(
    flags: &Flags,
    env: &Env,
    profiles: &Profiles,
    unknown: UnknownProfile,
    faults: &mut Faults,
) -> Result<Settings, Failure> {
    let picked = pick_profile(flags, env, profiles, unknown);
    let (profile_name, profile) = faults.or(About::File, picked, || (None, &NO_PROFILE))?;
    let layers = Layers {
        env,
        profile: profile_name.as_ref().map(|name| name.value.as_str()),
    };
    let mock = faults.or(About::Host, pick_mock(flags, env), || flags.mock)?;
    let (endpoint, project) = if mock {
        // The mock has its own project: a project name in the environment is for the real platform.
        let picked = layers.pick(project_named, ("--project", &flags.project), &[], None);
        (Endpoint::Mock, faults.or(About::Project, picked, || None)?)
    } else {
        let host = layers.pick(
            ApiHost::from_str,
            ("--host", &flags.host),
            &HOSTS,
            profile.host.as_ref(),
        );
        let host = faults.or(About::Host, host, || None)?;
        let host = host.unwrap_or_else(|| by_default(ApiHost::public()));
        let project = layers.pick(
            project_named,
            ("--project", &flags.project),
            &PROJECTS,
            profile.project.as_ref(),
        );
        let project = faults.or(About::Project, project, || None)?;
        (Endpoint::Platform(host), project)
    };
    let token = faults.or(About::Token, pick_token(env, mock), || None)?;
    let output = if let Some(value) = flags.output {
        Some(by_flag("--output", value))
    } else {
        let picked = layers.pick(
            format_named,
            ("", &None),
            &["UBIHOOK_OUTPUT"],
            profile.output.as_ref(),
        );
        faults.or(About::Other, picked, || None)?
    };
    let ca_cert = pick_path("--ca-cert", flags.ca_cert.as_ref(), "UBIHOOK_CA_CERT", env);
    let timeout = pick_timeout(flags, &layers);
    let no_input = env.switch("UBIHOOK_NO_INPUT");
    let mock_db = pick_path("--db", None, "UBIHOOK_MOCK_DB", env);
    Ok(Settings {
        connection: Connection {
            endpoint,
            token,
            project,
            api_timeout: faults.or(About::Other, timeout, || API_TIMEOUT)?,
            ca_cert: faults.or(About::CaCert, ca_cert, || None)?,
            proxies: Proxies::find(env),
            insecure_http: flags.insecure_http,
        },
        store: {
            let store = pick_store(flags, &layers, mock, profile);
            faults.or(About::Store, store, || by_default(StoreChoice::None))?
        },
        output: output.unwrap_or_else(|| by_default(Format::Table)),
        color: {
            let color = pick_color(flags, &layers);
            faults.or(About::Other, color, || shared_color(env))?
        },
        no_input: flags.no_input || faults.or(About::Other, no_input, || None)?.unwrap_or(false),
        quiet: flags.quiet,
        profile: profile_name,
        mock_db: faults.or(About::Other, mock_db, || None)?,
        folders: Folders::find(env),
        faults: Vec::new(),
    })
}

fn pick_token(env: &Env, mock: bool) -> Result<Option<Setting<Raw>>, Failure> {
    let from = Provenance::Env("UBIOPS_API_TOKEN");
    let Some(text) = env.text("UBIOPS_API_TOKEN")?.filter(|_| !mock) else {
        return Ok(None);
    };
    Token::check(text).map_err(|invalid| Failure::usage(format!("{from}: {}", invalid.rule)))?;
    Ok(Some(Setting {
        value: Raw::new(text),
        from,
    }))
}

/// The output format for errors that occur before the other settings are resolved.
pub(crate) fn format(flag: Option<Format>, env: &Env) -> Option<Format> {
    let from_env = || {
        let text = env.get("UBIHOOK_OUTPUT")?.to_str()?;
        Format::from_str(text, true).ok()
    };
    flag.or_else(from_env)
}

/// The color before the settings are resolved, or if they can't be.
pub(crate) fn color(flag: Option<Color>, env: &Env) -> Color {
    let from_env = || color_named(env.get("UBIHOOK_COLOR")?.to_str()?).ok();
    flag.or_else(from_env).unwrap_or_else(|| shared_color(env))
}

struct Layers<'a> {
    env: &'a Env,
    profile: Option<&'a str>,
}

impl Layers<'_> {
    /// The value of the first layer that has one, checked.
    fn pick<T>(
        &self,
        parse: fn(&str) -> Result<T, Invalid>,
        (flag, given): (&'static str, &Option<String>),
        variables: &[&'static str],
        in_profile: Option<&String>,
    ) -> Result<Option<Setting<T>>, Failure> {
        let (text, from) = if let Some(text) = given {
            (text.clone(), Provenance::Flag(flag))
        } else if let Some((name, text)) = self.first(variables)? {
            (text.to_owned(), Provenance::Env(name))
        } else if let (Some(text), Some(profile)) = (in_profile, self.profile) {
            (text.clone(), Provenance::Profile(profile.to_owned()))
        } else {
            return Ok(None);
        };
        match parse(&text) {
            Ok(value) => Ok(Some(Setting { value, from })),
            Err(invalid) => {
                let why = unseen(&text).unwrap_or(invalid.rule);
                Err(Failure::usage(format!("{from}: {why}")))
            }
        }
    }

    fn first(&self, variables: &[&'static str]) -> Result<Option<(&'static str, &str)>, Failure> {
        for name in variables {
            if let Some(text) = self.env.text(name)? {
                return Ok(Some((name, text)));
            }
        }
        Ok(None)
    }
}

/// A space or control character around a name is never intended, and can't be seen in a message.
fn project_named(text: &str) -> Result<ProjectName, Invalid> {
    match unseen(text) {
        Some(why) => Err(Invalid::new("project", why)),
        None => text.parse(),
    }
}

fn format_named(text: &str) -> Result<Format, Invalid> {
    let rule = "must be `table`, `json`, `ndjson`, `yaml` or `name`";
    Format::from_str(text, true).map_err(|_| Invalid::new("output", rule))
}

fn color_named(text: &str) -> Result<Color, Invalid> {
    let rule = "must be `auto`, `always` or `never`";
    Color::from_str(text, true).map_err(|_| Invalid::new("color", rule))
}

fn by_flag<T>(flag: &'static str, value: T) -> Setting<T> {
    Setting {
        value,
        from: Provenance::Flag(flag),
    }
}

fn by_default<T>(value: T) -> Setting<T> {
    Setting {
        value,
        from: Provenance::Default,
    }
}

fn pick_profile<'a>(
    flags: &Flags,
    env: &Env,
    profiles: &'a Profiles,
    unknown: UnknownProfile,
) -> Result<(Option<Setting<String>>, &'a Profile), Failure> {
    let named = match (&flags.profile, env.text("UBIHOOK_PROFILE")?) {
        (Some(name), _) => Some(by_flag("--profile", name.clone())),
        (None, Some(name)) => Some(Setting {
            value: name.to_owned(),
            from: Provenance::Env("UBIHOOK_PROFILE"),
        }),
        (None, None) => None,
    };
    if let Some((name, why)) = named.as_ref().and_then(|it| Some((it, unseen(&it.value)?))) {
        return Err(Failure::usage(format!("{}: {why}", name.from)));
    }
    match named {
        Some(name) => match profiles.get(&name.value) {
            Some(profile) => Ok((Some(name), profile)),
            None if unknown == UnknownProfile::Allow => Ok((Some(name), &NO_PROFILE)),
            None => {
                let near = nearest(&name.value, profiles.keys().map(String::as_str));
                let error = Failure::usage(format!("{}: no such profile", name.from));
                let hint = if let Some(near) = near {
                    format!("ubihook --profile {} …", quote(near))
                } else {
                    let known: Vec<_> = profiles.keys().map(|known| quote(known)).collect();
                    let known = match known.len() {
                        0 => String::new(),
                        _ => format!("known profiles: {}\n", known.join(", ")),
                    };
                    format!("{known}ubihook auth login --profile {}", quote(&name.value))
                };
                Err(error.with_hint(hint))
            }
        },
        None => match profiles.get(DEFAULT_PROFILE) {
            Some(profile) => Ok((Some(by_default(DEFAULT_PROFILE.to_owned())), profile)),
            None => Ok((None, &NO_PROFILE)),
        },
    }
}

fn pick_mock(flags: &Flags, env: &Env) -> Result<bool, Failure> {
    let from_env = env.switch("UBIHOOK_MOCK")?.unwrap_or(false);
    // clap doesn't detect conflicts between flags before and after the verb; its own rule only
    // serves completion.
    let contradicts = match (flags.mock, from_env) {
        (true, _) => Some(("--mock", "remove one of them")),
        (_, true) => Some(("UBIHOOK_MOCK", "unset UBIHOOK_MOCK, or remove --host")),
        _ => None,
    };
    if let Some((mock, hint)) = contradicts.filter(|_| flags.host.is_some()) {
        return Err(
            Failure::usage(format!("--host and {mock} can't be used together")).with_hint(hint),
        );
    }
    Ok(flags.mock || from_env)
}

fn pick_timeout(flags: &Flags, layers: &Layers<'_>) -> Result<Duration, Failure> {
    if let Some(timeout) = flags.api_timeout {
        return Ok(timeout);
    }
    let from_env = layers.pick(
        duration::call_time,
        ("", &None),
        &["UBIHOOK_API_TIMEOUT"],
        None,
    )?;
    Ok(from_env.map_or(API_TIMEOUT, |setting| setting.value))
}

fn pick_store(
    flags: &Flags,
    layers: &Layers<'_>,
    mock: bool,
    profile: &Profile,
) -> Result<Setting<StoreChoice>, Failure> {
    let picked = match flags.store {
        Some(value) => Some(by_flag("--store", value)),
        // A profile's store is for its host, which the mock doesn't use.
        None => layers.pick(
            StoreChoice::from_str,
            ("", &None),
            &["UBIHOOK_STORE"],
            profile.store.as_ref().filter(|_| !mock),
        )?,
    };
    let picked = picked.unwrap_or_else(|| by_default(StoreChoice::Auto));
    // Values for the mock are stored next to its database; in the keyring only if it is named
    // explicitly.
    let value = match picked.value {
        StoreChoice::Auto if mock => StoreChoice::File,
        value => value,
    };
    Ok(Setting { value, ..picked })
}

fn pick_color(flags: &Flags, layers: &Layers<'_>) -> Result<Color, Failure> {
    let from_env = || layers.pick(color_named, ("", &None), &["UBIHOOK_COLOR"], None);
    let color = match flags.color {
        Some(color) => Some(color),
        None => from_env()?.map(|setting| setting.value),
    };
    Ok(color.unwrap_or_else(|| shared_color(layers.env)))
}

/// The color according to the variables that many programs share.
fn shared_color(env: &Env) -> Color {
    let is = |name: &str, holds: fn(&OsStr) -> bool| env.get(name).is_some_and(holds);
    if env.get("NO_COLOR").is_some() {
        Color::Never
    } else if is("CLICOLOR_FORCE", |value| value != "0") {
        Color::Always
    } else if is("CLICOLOR", |value| value == "0") {
        Color::Never
    } else {
        Color::Auto
    }
}

fn pick_path(
    flag: &'static str,
    given: Option<&PathBuf>,
    variable: &'static str,
    env: &Env,
) -> Result<Option<Setting<PathBuf>>, Failure> {
    let (path, from) = match (given, env.get(variable)) {
        (Some(path), _) => (path.clone(), Provenance::Flag(flag)),
        (None, Some(path)) => (path.into(), Provenance::Env(variable)),
        (None, None) => return Ok(None),
    };
    match path.to_str().and_then(unseen) {
        Some(why) => Err(Failure::usage(format!("{from}: {why}"))),
        None => Ok(Some(Setting { value: path, from })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_of(
        flag: Option<&str>,
        env: &[(&str, &str)],
        profile: Option<&str>,
    ) -> (String, String) {
        let flags = Flags {
            host: flag.map(str::to_owned),
            ..Flags::default()
        };
        let profile = Profile {
            host: profile.map(str::to_owned),
            ..Profile::default()
        };
        let profiles = [("default".to_owned(), profile)].into();
        let env = Env::of(env.iter().copied());
        let settings = resolve(&flags, &env, &profiles, UnknownProfile::Refuse).unwrap();
        match settings.connection.endpoint {
            Endpoint::Platform(host) => (host.value.to_string(), host.from.to_string()),
            Endpoint::Mock => unreachable!("no mock was asked for"),
        }
    }

    #[test]
    fn each_layer_wins_over_the_next() {
        let all = [
            ("UBIHOOK_HOST", "a.example"),
            ("UBIOPS_API_URL", "b.example"),
        ];
        let (host, from) = host_of(Some("f.example"), &all, Some("p.example"));
        assert_eq!(
            (host.as_str(), from.as_str()),
            ("https://f.example/v2", "--host")
        );
        assert_eq!(host_of(None, &all, Some("p.example")).1, "UBIHOOK_HOST");
        assert_eq!(
            host_of(None, &all[1..], Some("p.example")).1,
            "UBIOPS_API_URL"
        );
        assert_eq!(
            host_of(None, &[("UBIHOOK_HOST", "")], Some("p.example")).1,
            "profile `default`"
        );
        assert_eq!(host_of(None, &[], None).0, "https://api.ubiops.com/v2");
    }

    fn resolved(flags: &Flags, env: &[(&str, &str)]) -> Result<Settings, Failure> {
        resolve(
            flags,
            &Env::of(env.iter().copied()),
            &Profiles::new(),
            UnknownProfile::Refuse,
        )
    }

    #[test]
    fn the_mock_takes_neither_token_nor_project_nor_host_from_the_environment() {
        let env = [
            ("UBIHOOK_MOCK", "yes"),
            ("UBIOPS_API_TOKEN", "abc"),
            ("UBIOPS_PROJECT", "real"),
            ("UBIOPS_API_HOST", "api.example"),
        ];
        let settings = resolved(&Flags::default(), &env).unwrap();
        assert_eq!(settings.connection.endpoint, Endpoint::Mock);
        assert!(settings.connection.token.is_none());
        assert!(settings.connection.project.is_none());
        assert_eq!(settings.store.value, StoreChoice::File);
        let host = Flags {
            host: Some("a.example".to_owned()),
            ..Flags::default()
        };
        assert!(resolved(&host, &env).is_err());
    }

    #[test]
    fn a_bad_value_is_told_with_its_origin_and_never_repeated() {
        for (name, bad) in [
            ("UBIOPS_API_HOST", "https://u:hunter2@a.example"),
            ("UBIOPS_API_TOKEN", "Basic hunter2"),
            ("UBIHOOK_STORE", "hunter2"),
            ("UBIHOOK_OUTPUT", "hunter2"),
            ("UBIHOOK_API_TIMEOUT", "hunter2"),
            ("UBIHOOK_COLOR", "hunter2"),
            ("UBIHOOK_PROFILE", "hunter2"),
            ("UBIHOOK_MOCK", "hunter2"),
        ] {
            let error = resolved(&Flags::default(), &[(name, bad)])
                .unwrap_err()
                .to_string();
            assert!(error.contains(name), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_color_is_overruled_by_what_speaks_of_us() {
        let color = |env: &[(&str, &str)]| resolved(&Flags::default(), env).unwrap().color;
        assert_eq!(color(&[("NO_COLOR", "1")]), Color::Never);
        assert_eq!(
            color(&[("NO_COLOR", "1"), ("UBIHOOK_COLOR", "always")]),
            Color::Always
        );
        assert_eq!(color(&[]), Color::Auto);
        for (env, expected) in [
            (&[("CLICOLOR", "0")][..], Color::Never),
            (&[("CLICOLOR", "1")], Color::Auto),
            (&[("CLICOLOR_FORCE", "0")], Color::Auto),
            (&[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], Color::Always),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], Color::Never),
            (
                &[("CLICOLOR_FORCE", "1"), ("UBIHOOK_COLOR", "never")],
                Color::Never,
            ),
            (&[("CLICOLOR", "0"), ("UBIHOOK_COLOR", "auto")], Color::Auto),
        ] {
            assert_eq!(color(env), expected, "{env:?}");
            assert_eq!(super::color(None, &Env::of(env.iter().copied())), expected);
        }
    }
}
