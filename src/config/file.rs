//! `config.toml`: profiles. Unknown keys, and anything that looks like a token, are errors.

use std::{collections::BTreeMap, path::Path};

use toml_edit::{Document, DocumentMut, Item, Table, value};

use crate::{
    files::{self, Guard},
    model::{
        failure::{Explain, Failure},
        text::nearest,
    },
};

const KEYS: [&str; 4] = ["host", "project", "store", "output"];

/// A named set of settings. Values are checked where they are used, so that a mistake in one
/// profile doesn't affect the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The API's address.
    pub host: Option<String>,
    /// Project to work in.
    pub project: Option<String>,
    /// Where protected values are stored.
    pub store: Option<String>,
    /// The output format.
    pub output: Option<String>,
}

/// The file's profiles by name; empty if there is no file.
pub type Profiles = BTreeMap<String, Profile>;

/// Reads the file.
pub(crate) fn load(path: &Path) -> Result<Profiles, Failure> {
    let Some(bytes) = files::read(path, Guard::Unwritable).map_err(unusable)? else {
        return Ok(Profiles::new());
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display())))?;
    parse(&text)
        .map_err(|(line, problem)| Failure::usage(format!("{}:{line}: {problem}", path.display())))
}

/// Adds or changes one profile, and keeps the rest of the file unchanged, including comments.
pub(crate) fn save(path: &Path, name: &str, profile: &Profile) -> Result<(), Failure> {
    load(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    files::ensure_folder(folder).map_err(unusable)?;
    let _lock = files::lock(&files::lock_path(path)).map_err(unusable)?;
    let bytes = files::read(path, Guard::Unwritable)
        .map_err(unusable)?
        .unwrap_or_default();
    let text = String::from_utf8(bytes).ok();
    let text = text
        .and_then(|text| with_profile(&text, name, profile))
        .ok_or_else(|| {
            Failure::usage(format!(
                "{} changed while it was being read",
                path.display()
            ))
        })?;
    files::write(path, text.as_bytes()).map_err(unusable)
}

/// The settings file can't be read or written. The user has to fix this, like an invalid setting.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unusable(error: files::Error) -> Failure {
    Failure::usage(error.to_string()).hinted(error.hint())
}

/// The text of the file with one profile added or changed; `None` if it isn't valid TOML.
pub fn with_profile(text: &str, name: &str, profile: &Profile) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let profiles = document.entry("profile").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let table = &mut profiles[name];
    if table.is_none() {
        *table = Item::Table(Table::new());
    }
    let settings = [
        &profile.host,
        &profile.project,
        &profile.store,
        &profile.output,
    ];
    for (key, setting) in KEYS.into_iter().zip(settings) {
        if let Some(setting) = setting {
            table[key] = value(setting);
        }
    }
    Some(document.to_string())
}

/// A line number, and what is wrong in that line.
pub(crate) type Problem = (usize, String);

/// Reads the text of the file.
pub fn parse(text: &str) -> Result<Profiles, Problem> {
    let line_at = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
    let document = Document::parse(text).map_err(|error| {
        // Only its message: the complete error repeats the line, which may contain a token.
        let line = error.span().map_or(1, |span| line_at(span.start));
        (line, error.message().replace('\n', ", "))
    })?;
    let line_of = |table: &Table, key: &str| {
        let span = table.key(key).and_then(toml_edit::Key::span);
        span.map_or(1, |span| line_at(span.start))
    };
    let mut profiles = Profiles::new();
    for (key, item) in document.as_table() {
        let problem = |text: String| (line_of(document.as_table(), key), text);
        let (true, Some(tables)) = (key == "profile", item.as_table()) else {
            return Err(problem(match key {
                "profile" => "`profile` must be a table: `[profile.NAME]`".to_owned(),
                _ => unknown(key, ["profile"], "only `[profile.NAME]` tables are allowed"),
            }));
        };
        for (name, item) in tables {
            let settings = item.as_table().ok_or_else(|| {
                (
                    line_of(tables, name),
                    format!("`profile.{name}` must be a table"),
                )
            })?;
            let mut profile = Profile::default();
            for (key, item) in settings {
                let problem = |text: String| (line_of(settings, key), text);
                let setting = match key {
                    "host" => &mut profile.host,
                    "project" => &mut profile.project,
                    "store" => &mut profile.store,
                    "output" => &mut profile.output,
                    _ => {
                        let known = "known keys are host, project, store, output";
                        return Err(problem(unknown(key, KEYS, known)));
                    }
                };
                let text = item
                    .as_str()
                    .ok_or_else(|| problem(format!("`{key}` must be a string")))?;
                if looks_like_token(text) {
                    return Err(problem(format!("`{key}` looks like a token: {NO_TOKENS}")));
                }
                *setting = Some(text.to_owned()).filter(|text| !text.is_empty());
            }
            profiles.insert(name.to_owned(), profile);
        }
    }
    Ok(profiles)
}

const NO_TOKENS: &str = "tokens don't belong in this file; sign in with `ubihook auth login`";

fn unknown<'a>(key: &str, known: impl IntoIterator<Item = &'a str>, else_say: &str) -> String {
    let lower = key.to_lowercase();
    if ["token", "secret", "password", "key"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return format!("unknown key `{key}`: {NO_TOKENS}");
    }
    match nearest(key, known) {
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => format!("unknown key `{key}`: {else_say}"),
    }
}

/// `Token …`, `Bearer …`, or at least 32 characters, all of them hexadecimal digits.
fn looks_like_token(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    lower.starts_with("token ")
        || lower.starts_with("bearer ")
        || (lower.len() >= 32 && lower.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_profile_reads() {
        let text = "[profile.default]\nhost = \"a.example\"\n\n[profile.ci]\nstore = \"none\"\n";
        let profiles = parse(text).unwrap();
        assert_eq!(profiles["default"].host.as_deref(), Some("a.example"));
        assert_eq!(profiles["ci"].store.as_deref(), Some("none"));
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_without_their_value() {
        for (text, line, part) in [
            ("[profile.a]\nhots = \"x\"", 2, "did you mean `host`?"),
            ("[profile.a]\ntoken = \"hunter2\"", 2, "auth login"),
            ("token = \"hunter2\"", 1, "auth login"),
            (
                "[profile.a]\nproject = \"Token hunter2\"",
                2,
                "looks like a token",
            ),
            ("[profile.a]\nhost = 3", 2, "must be a string"),
            ("\n[profile.a\nhunter2", 2, ""),
            ("profile = 1", 1, "must be a table"),
            ("[profiles.a]", 1, "did you mean `profile`?"),
        ] {
            let (at, problem) = parse(text).unwrap_err();
            assert_eq!(at, line, "{text}");
            assert!(problem.contains(part), "{problem}");
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn saving_keeps_what_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        files::write(&path, b"# mine\n[profile.default]\nproject = \"p\" # why\n").unwrap();
        let profile = Profile {
            host: Some("h".to_owned()),
            ..Profile::default()
        };
        save(&path, "default", &profile).unwrap();
        save(&path, "new", &profile).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# mine\n[profile.default]\nproject = \"p\" # why\nhost = \"h\"\n"),
            "{text}"
        );
        assert!(text.contains("[profile.new]\nhost = \"h\"\n"), "{text}");
        assert_eq!(
            load(&path).unwrap()["default"].project.as_deref(),
            Some("p")
        );
    }
}
