//! Finds and reads the sign-in of the official CLI, and never writes it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use crate::{
    config::env::Env,
    input,
    model::{
        failure::{Failure, Kind},
        host::ApiHost,
        invalid::Invalid,
        name::ProjectName,
        scrub::Scrubber,
        token::Token,
    },
};

/// Far longer than any sign-in.
const MAX_BYTES: usize = 64 << 10;

/// The contents of the official CLI's sign-in (reference, section 1).
#[derive(Debug)]
pub struct SignIn {
    /// The host; absent if it is the CLI's default.
    pub host: Option<ApiHost>,
    /// Its token.
    pub token: Token,
    /// Whether the token comes from a sign-in with a password; it then expires after three hours.
    pub is_short_lived: bool,
    /// Its current project.
    pub project: Option<ProjectName>,
}

/// The sign-in at `path`, or else that of the CLI that this environment would run, and the file
/// that it was read from.
pub(super) async fn find(
    path: Option<&Path>,
    env: &Env,
    scrubber: &Scrubber,
) -> Result<(SignIn, PathBuf), Failure> {
    let candidates = match path {
        Some(path) => at(path),
        None => installed(env),
    };
    let Some(file) = candidates.into_iter().find(|file| file.is_file()) else {
        let message = match path {
            Some(path) => format!("no sign-in of the official CLI at {}", path.display()),
            None => "no sign-in of the official CLI found".to_owned(),
        };
        return Err(Failure::new(Kind::Auth, message).with_hint(
            "ubiops signin\nor name its file: --from-ubiops …/site-packages/ubiops_cli/.config",
        ));
    };
    let shown = file.display();
    let text = input::text(&file, MAX_BYTES)
        .await
        .map_err(|error| Failure::new(Kind::Usage, format!("{shown}: {error}")))?;
    let sign_in = parse(&text, scrubber)
        .map_err(|invalid| Failure::new(Kind::Usage, format!("{shown}: {}", invalid.with_field())))?
        .ok_or_else(|| {
            let message = format!("the official CLI is signed out: {shown} has no token");
            Failure::new(Kind::Auth, message).with_hint("ubiops signin")
        })?;
    Ok((sign_in, file))
}

/// The files to look for, given a path that names the file, the package or the environment.
fn at(path: &Path) -> Vec<PathBuf> {
    let mut files = vec![
        path.to_owned(),
        path.join(".config"),
        path.join("ubiops_cli/.config"),
    ];
    files.extend(below(path));
    files
}

/// The files to look for, beginning with those of the CLI that the environment would run.
fn installed(env: &Env) -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> = Vec::new();
    let programs = env.get("PATH").map(std::env::split_paths);
    let programs = programs
        .into_iter()
        .flatten()
        .flat_map(|folder| ["ubiops", "ubiops.exe"].map(|name| folder.join(name)));
    for program in programs.filter(|program| program.is_file()) {
        prefixes.extend(interpreter(&program).as_deref().and_then(prefix));
        // If it is installed for one user, the interpreter is the system's, but the package isn't.
        prefixes.extend(prefix(&program));
    }
    let folder = |name: &str| env.get(name).map(PathBuf::from);
    prefixes.extend(folder("VIRTUAL_ENV"));
    let home = folder("HOME").or_else(|| folder("USERPROFILE"));
    let pipx = folder("PIPX_HOME").into_iter().chain(
        home.iter()
            .flat_map(|home| [home.join(".local/share/pipx"), home.join(".local/pipx")]),
    );
    prefixes.extend(pipx.map(|pipx| pipx.join("venvs/ubiops-cli")));
    prefixes.iter().flat_map(|prefix| below(prefix)).collect()
}

/// The prefix of `/venv/bin/python` and `/venv/bin/ubiops` is `/venv`.
fn prefix(program: &Path) -> Option<PathBuf> {
    Some(program.parent()?.parent()?.to_owned())
}

/// The file in the package of an environment, for each Python version in it.
fn below(prefix: &Path) -> Vec<PathBuf> {
    let mut found = vec![prefix.join("Lib/site-packages/ubiops_cli/.config")];
    for library in ["lib", "lib64"] {
        let Ok(entries) = fs::read_dir(prefix.join(library)) else {
            continue;
        };
        let is_python = |name: &OsStr| name.to_string_lossy().starts_with("python");
        let pythons = entries
            .flatten()
            .filter(|entry| is_python(&entry.file_name()));
        for python in pythons {
            for packages in ["site-packages", "dist-packages"] {
                found.push(python.path().join(packages).join("ubiops_cli/.config"));
            }
        }
    }
    found
}

/// The interpreter that a script names on its first line, or on the second if the path is too long
/// for the first and a shell starts it.
fn interpreter(program: &Path) -> Option<PathBuf> {
    let file = File::open(program).ok()?.take(4096);
    let mut lines = BufReader::new(file).lines().map_while(Result::ok);
    let first = lines.next()?;
    let named = first.strip_prefix("#!")?.trim();
    if named != "/bin/sh" {
        return Some(named.split(" -").next()?.trim().into());
    }
    let second = lines.next()?;
    let rest = second.strip_prefix("'''exec' ")?;
    let path = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(' ').next()?,
    };
    Some(path.into())
}

/// Parses the file; `None` if it has no token.
pub fn parse(text: &str, scrubber: &Scrubber) -> Result<Option<SignIn>, Invalid> {
    let value =
        |section: &str, key: &str| entry(text, section, key).filter(|text| !text.is_empty());
    let short_lived = value("auth", "tmp_access_token");
    let is_short_lived = short_lived.is_some();
    let token = match (short_lived, value("auth", "service_token")) {
        // It is stored without its prefix, and is not an API token.
        (Some(access), _) if !access.contains(' ') => {
            Token::parse(&format!("Bearer {access}"), scrubber)?
        }
        (Some(token), _) | (None, Some(token)) => Token::parse(&token, scrubber)?,
        (None, None) => return Ok(None),
    };
    Ok(Some(SignIn {
        host: value("auth", "api").map(|host| host.parse()).transpose()?,
        token,
        is_short_lived,
        project: value("default", "project")
            .map(|name| name.parse())
            .transpose()?,
    }))
}

/// A value, read like Python's ConfigParser: exact section names, case-insensitive keys, `=` or
/// `:`, comments on separate lines, `%%` for `%`.
fn entry(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    let mut found = None;
    for line in text.lines() {
        let line = line.trim_end();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            inside = name.0 == section;
            continue;
        }
        if let Some((name, value)) = line.split_once(['=', ':'])
            && inside
            && name.trim().eq_ignore_ascii_case(key)
        {
            found = Some(value.trim().replace("%%", "%"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "[auth]\napi = http://127.0.0.1:4000/v2.1\nemail = robot@example.org\n\
        service_token = Token abc%%123\n\n[default]\nproject = demo\n";

    #[test]
    fn the_sign_in_of_a_service_user_reads() {
        let sign_in = parse(SERVICE, &Scrubber::default()).unwrap().unwrap();
        assert_eq!(sign_in.host.unwrap().as_str(), "http://127.0.0.1:4000/v2.1");
        assert_eq!(sign_in.token.header().expose(), "Token abc%123");
        assert_eq!(sign_in.project.unwrap().as_str(), "demo");
        assert!(!sign_in.is_short_lived);
    }

    #[test]
    fn the_access_token_of_a_password_wins_and_is_a_bearer() {
        let text = SERVICE.replace("[default]", "TMP_access_token: xyz\n[default]");
        let sign_in = parse(&text, &Scrubber::default()).unwrap().unwrap();
        assert_eq!(sign_in.token.header().expose(), "Bearer xyz");
        assert!(sign_in.is_short_lived);
        let text = text.replace("xyz", "Bearer xyz");
        let sign_in = parse(&text, &Scrubber::default()).unwrap().unwrap();
        assert_eq!(sign_in.token.header().expose(), "Bearer xyz");
    }

    #[test]
    fn what_is_said_elsewhere_or_nowhere_is_no_sign_in() {
        for text in [
            "",
            "[auth]\nemail = a@example.org\n",
            "[DEFAULT]\nservice_token = abc\n",
            "[auth]\n# service_token = abc\n",
            "[auth]\nservice_token =\n",
            "service_token = abc\n",
        ] {
            assert!(
                parse(text, &Scrubber::default()).unwrap().is_none(),
                "{text}"
            );
        }
        let error = parse(
            "[auth]\nservice_token = a hunter2 c\n",
            &Scrubber::default(),
        )
        .unwrap_err();
        assert!(!error.rule.contains("hunter2"));
    }

    #[tokio::test]
    async fn it_is_found_beside_the_interpreter_that_the_program_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let package = root.join("a venv/lib/python3.12/site-packages/ubiops_cli");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join(".config"), SERVICE).unwrap();
        let python = root.join("a venv/bin/python");
        let programs = [
            format!("#!{}\nimport sys\n", python.display()),
            format!(
                "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n",
                python.display()
            ),
        ];
        for (number, program) in programs.iter().enumerate() {
            let bin = root.join(format!("bin{number}"));
            fs::create_dir_all(&bin).unwrap();
            fs::write(bin.join("ubiops"), program).unwrap();
            let env = Env::of([("PATH", bin.as_os_str())]);
            let (_, file) = find(None, &env, &Scrubber::default()).await.unwrap();
            assert_eq!(file, package.join(".config"));
        }
        for named in [&package.join(".config"), &package, &root.join("a venv")] {
            assert!(
                find(Some(named), &Env::default(), &Scrubber::default())
                    .await
                    .is_ok(),
                "{}",
                named.display()
            );
        }
        let nothing = find(None, &Env::default(), &Scrubber::default()).await;
        assert!(nothing.is_err());
    }
}
