//! Files of settings: our own `config.toml`, and the sign-in of the official CLI, which is an ini
//! file. Both readers get the whole input.

use ubihook::inside::{
    commands::ubiops_cli,
    config::{
        Env, Flags, UnknownProfile,
        file::{self, Profile, Profiles},
        resolve,
    },
    model::Scrubber,
};

use super::held::{SECRET, tells_no_secret, text};

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    match file::parse(text) {
        Ok(profiles) => {
            for profile in profiles.values() {
                holds_no_token(profile);
            }
            takes_a_profile(text, &profiles);
            resolves(&profiles);
        }
        Err((line, problem)) => {
            assert!(
                (1..=text.lines().count().max(1) + 1).contains(&line),
                "{line}"
            );
            assert!(!problem.contains('\n'), "{problem}");
            if only_in_values(text) {
                assert!(!problem.contains(SECRET), "{problem}");
            }
        }
    }
    sign_in(text);
}

/// Whether the secret stands nowhere but in quotes behind an equals sign.
fn only_in_values(text: &str) -> bool {
    text.match_indices(SECRET).all(|(at, _)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        line.split_once('=').is_some_and(|(key, before)| {
            let bare = |c: char| c.is_ascii_alphanumeric();
            let quoted = before.trim_start().strip_prefix('"');
            key.trim().chars().all(bare)
                && quoted.is_some_and(|rest| !rest.contains(['"', '\\', '=']))
        })
    })
}

fn holds_no_token(profile: &Profile) {
    let Profile {
        host,
        project,
        store,
        output,
    } = profile;
    for text in [host, project, store, output].into_iter().flatten() {
        assert!(!text.is_empty());
        let lower = text.trim_start().to_lowercase();
        assert!(!lower.starts_with("token ") && !lower.starts_with("bearer "));
    }
}

/// Signing in changes one profile, and leaves the others as they are.
fn takes_a_profile(text: &str, profiles: &Profiles) {
    let new = Profile {
        host: Some("https://a.example/v2".to_owned()),
        store: Some("file".to_owned()),
        ..Profile::default()
    };
    let first = profiles.keys().next().map_or("new", String::as_str);
    for name in [first, "a name.with \"marks\""] {
        let text = file::with_profile(text, name, &new).expect("it has been read before");
        let mut wanted = profiles.clone();
        let known = wanted.entry(name.to_owned()).or_default();
        known.host.clone_from(&new.host);
        known.store.clone_from(&new.store);
        assert_eq!(file::parse(&text), Ok(wanted), "{text}");
    }
}

fn resolves(profiles: &Profiles) {
    for name in profiles.keys() {
        let flags = Flags {
            profile: Some(name.clone()),
            ..Flags::default()
        };
        let resolved = resolve(&flags, &Env::default(), profiles, UnknownProfile::Refuse);
        if let Err(error) = resolved
            && !name.contains(SECRET)
        {
            tells_no_secret(&error);
        }
    }
}

fn sign_in(text: &str) {
    match ubiops_cli::parse(text, &Scrubber::default()) {
        Ok(Some(sign_in)) => {
            let header = sign_in.token.header().expose();
            assert!(header.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
            assert_eq!(format!("{:?}", sign_in.token), "Token([secret])");
        }
        Ok(None) => {}
        Err(invalid) => tells_no_secret(&invalid),
    }
}
