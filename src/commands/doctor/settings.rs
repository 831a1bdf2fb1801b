//! Checks of the settings: the file, the host, the project, the store. None of them makes a call.

use crate::{
    commands::context::Context,
    config::{About, Endpoint, Fault, Setting, Settings},
    model::{checkup::Check, failure::Explain as _, store::StoreChoice},
};

pub(super) fn checks(cx: &Context) -> Vec<Check> {
    let settings = &cx.settings;
    vec![
        config(settings),
        host(settings),
        project(
            settings,
            cx.project_named().map(|name| name.to_string()).as_deref(),
        ),
        store(settings),
    ]
}

/// The check of a setting that can't be used.
pub(super) fn fault(
    settings: &Settings,
    id: &'static str,
    subject: &str,
    about: &[About],
) -> Option<Check> {
    let is_one = |fault: &&Fault| about.contains(&fault.about);
    let Fault { failure, .. } = settings.faults.iter().find(is_one)?;
    Some(Check::fail(id, subject, failure.to_string()).hinted(failure.hint()))
}

fn with_origin<T: std::fmt::Display>(setting: &Setting<T>) -> String {
    format!("{} ({})", setting.value, setting.from)
}

fn config(settings: &Settings) -> Check {
    let path = settings.folders.config_file();
    let subject = match &path {
        Some(path) => path.display().to_string(),
        None => "settings".to_owned(),
    };
    if let Some(check) = fault(settings, "config", &subject, &[About::File, About::Other]) {
        return check;
    }
    let found = match (&settings.profile, &path) {
        (Some(profile), _) => format!("profile {}", with_origin(profile)),
        (None, Some(path)) if path.exists() => "no profile is used".to_owned(),
        (None, _) => "no settings file: flags and variables only".to_owned(),
    };
    let output = settings.output.value;
    let output = format!("{output:?}").to_lowercase();
    let from = &settings.output.from;
    Check::pass(
        "config",
        &subject,
        format!("{found}; output {output} ({from})"),
    )
}

fn host(settings: &Settings) -> Check {
    if let Some(check) = fault(settings, "host", "host", &[About::Host]) {
        return check;
    }
    match &settings.connection.endpoint {
        Endpoint::Platform(host) => Check::pass("host", "host", with_origin(host)),
        Endpoint::Mock => Check::pass("host", "host", "the mock inside this program"),
    }
}

fn project(settings: &Settings, named: Option<&str>) -> Check {
    if let Some(check) = fault(settings, "project", "project", &[About::Project]) {
        return check;
    }
    match (&settings.connection.project, named) {
        (Some(project), _) => Check::pass("project", "project", with_origin(project)),
        (None, Some(name)) => Check::pass("project", "project", format!("{name} (default)")),
        (None, None) => Check::fail("project", "project", "no project is specified")
            .hint("add --project, or set UBIOPS_PROJECT"),
    }
}

fn store(settings: &Settings) -> Check {
    if let Some(check) = fault(settings, "store", "store", &[About::Store]) {
        return check;
    }
    let found = with_origin(&settings.store);
    match settings.store.value {
        StoreChoice::None => Check::warn(
            "store",
            "store",
            format!("{found}: protected values are not stored on this machine"),
        )
        .hint("add --store file, or unset UBIHOOK_STORE"),
        _ => Check::pass("store", "store", found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{env::Env, file::Profiles, flags::Flags, resolve_leniently},
        model::{checkup::Status, failure::Failure},
    };

    fn with(env: &[(&str, &str)], known: Vec<Fault>) -> Settings {
        let env = Env::of(env.iter().copied());
        resolve_leniently(&Flags::default(), &env, &Profiles::new(), known)
    }

    #[test]
    fn each_wrong_setting_is_a_check_that_fails() {
        for (name, check) in [
            ("UBIHOOK_OUTPUT", config as fn(&Settings) -> Check),
            ("UBIHOOK_COLOR", config),
            ("UBIHOOK_API_TIMEOUT", config),
            ("UBIHOOK_NO_INPUT", config),
            ("UBIHOOK_PROFILE", config),
            ("UBIHOOK_HOST", host),
            ("UBIHOOK_MOCK", host),
            ("UBIHOOK_STORE", store),
            ("UBIOPS_PROJECT", |settings| project(settings, None)),
        ] {
            let found = check(&with(&[(name, "a wrong one ")], Vec::new()));
            assert_eq!(found.status, Status::Fail, "{name}");
            assert!(
                found
                    .found
                    .contains(name.trim_start_matches("UBIHOOK_PROFILE"))
            );
            assert!(!found.found.contains("a wrong one"), "{name}");
        }
        let failure = Failure::usage("config.toml:3: what");
        let about = About::File;
        let found = config(&with(&[], vec![Fault { about, failure }]));
        assert_eq!(found.status, Status::Fail);
        assert_eq!(found.found, "config.toml:3: what");
    }

    #[test]
    fn right_ones_pass_with_their_source() {
        let settings = with(
            &[("UBIHOOK_HOST", "a.example"), ("UBIOPS_PROJECT", "p")],
            Vec::new(),
        );
        assert_eq!(host(&settings).found, "https://a.example/v2 (UBIHOOK_HOST)");
        assert_eq!(project(&settings, None).found, "p (UBIOPS_PROJECT)");
        assert_eq!(config(&settings).status, Status::Pass);
        assert_eq!(store(&settings).found, "auto (default)");
        let none = with(&[("UBIHOOK_STORE", "none")], Vec::new());
        assert_eq!(store(&none).status, Status::Warn);
        assert_eq!(project(&none, None).status, Status::Fail);
    }
}
