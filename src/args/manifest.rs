//! `-f PATH` of commands for many webhooks: files, folders and standard input as one manifest.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    file::{
        Contents, NEEDED, PROTECT, Problem, contents, has_known_ending, is_stdin, missing_keys,
        parse_with, shown,
    },
    header::check_plain,
};
use crate::{
    input,
    model::{
        draft::{Draft, DraftValue, Lines, Part, PartialDraft},
        failure::Failure,
        invalid::Invalid,
        labels::OWNER,
        plan::Wanted,
    },
};

/// Enough for 10,000 webhooks.
const MAX_BYTES: usize = 16 << 20;

/// All webhooks that are wanted, in the order in which they are written.
pub(crate) struct Manifest {
    /// Who owns them, if anyone.
    pub owner: Option<String>,
    pub wanted: Vec<Wanted>,
}

/// How a manifest is read.
pub(crate) struct ManifestOptions<'a> {
    /// `--owner`.
    pub owner: Option<&'a str>,
    /// Whether plain headers may carry credentials.
    pub allow_plain: bool,
}

/// Reads these files and folders.
pub(crate) async fn read(
    paths: &[PathBuf],
    options: &ManifestOptions<'_>,
) -> Result<Manifest, Failure> {
    let mut reading = Reading {
        owner: options
            .owner
            .map(|owner| (owner.to_owned(), "--owner".to_owned())),
        ..Reading::default()
    };
    for path in files(paths)? {
        let bytes = if is_stdin(&path) {
            input::stdin(MAX_BYTES).await
        } else {
            input::file(&path, MAX_BYTES).await
        };
        let shown = format!("-f {}", shown(&path));
        let bytes = bytes.map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
        let parse = |text: &str| reading.add(&path, contents(text)?, options.allow_plain);
        parse_with(&shown, &bytes, parse)?;
    }
    Ok(reading.into())
}

/// Reads the text of a single file.
pub(crate) fn parse(text: &str, allow_plain: bool) -> Result<Manifest, Problem> {
    let mut reading = Reading::default();
    reading.add(Path::new("-"), contents(text)?, allow_plain)?;
    Ok(reading.into())
}

/// The files of all paths, those of a folder in the order of their names. None may be read twice.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !is_stdin(path) && path.is_dir() {
            files.extend(in_folder(path)?);
        } else {
            files.push(path.clone());
        }
    }
    let mut known: HashMap<PathBuf, &Path> = HashMap::new();
    for path in &files {
        let own = if is_stdin(path) {
            path.clone()
        } else {
            // One that can't be resolved can't be read either.
            fs::canonicalize(path).unwrap_or_else(|_| path.clone())
        };
        if known.insert(own, path).is_some() {
            return Err(Failure::usage(format!(
                "-f {}: is given twice",
                shown(path)
            )));
        }
    }
    Ok(files)
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::usage(format!("-f {}: {error}", shown(folder)));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if has_known_ending(&path) && !is_hidden && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let rule = "no *.yaml, *.yml or *.json file in this folder";
        return Err(Failure::usage(format!("-f {}: {rule}", shown(folder))));
    }
    Ok(files)
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    /// The owner, and where it is named.
    owner: Option<(String, String)>,
    wanted: Vec<Wanted>,
    /// The place of each webhook.
    places: HashMap<String, String>,
}

impl From<Reading> for Manifest {
    fn from(reading: Reading) -> Self {
        let owner = reading.owner.map(|(owner, _)| owner);
        let exact = |one: Wanted| Wanted {
            draft: one.draft.exact(owner.as_deref()),
            ..one
        };
        Self {
            wanted: reading.wanted.into_iter().map(exact).collect(),
            owner,
        }
    }
}

impl Reading {
    /// Adds the contents of a file.
    fn add(&mut self, path: &Path, contents: Contents, allow_plain: bool) -> Result<(), Problem> {
        if contents.webhooks.is_empty() && !contents.is_empty_list {
            return Err(Problem::whole("no webhook in it"));
        }
        for (line, owner) in contents.owners {
            let place = place(path, line);
            match &self.owner {
                Some((known, by)) if *known != owner => {
                    let rule = format!("differs from the owner of {by}");
                    return Err(Problem::at(line, &Invalid::new("owner", rule)));
                }
                Some(_) => {}
                None => self.owner = Some((owner, place)),
            }
        }
        for (line, draft) in contents.webhooks {
            let wrong = |invalid: &Invalid| Problem::at(line, invalid);
            let lines = draft.lines.clone();
            let draft = whole(draft, line)?;
            check(&draft, allow_plain, &lines)?;
            let place = place(path, line);
            let name = draft.name.as_str().to_owned();
            if let Some(other) = self.places.get(&name) {
                let rule = format!("`{name}` is also at {other}");
                return Err(wrong(&Invalid::new("name", rule)));
            }
            self.places.insert(name, place.clone());
            self.wanted.push(Wanted { draft, place });
        }
        Ok(())
    }
}

/// The line of a file, as in errors.
fn place(path: &Path, line: u64) -> String {
    let path = if is_stdin(path) {
        "-".to_owned()
    } else {
        shown(path)
    };
    format!("{path}:{line}")
}

fn whole(draft: PartialDraft, line: u64) -> Result<Draft, Problem> {
    let missing = draft.missing();
    let whole = draft.whole();
    let whole = whole.map_err(|invalid| Problem::at(line, &invalid))?;
    whole.ok_or_else(|| Problem::on(line, missing_keys(&missing)).with_hint(NEEDED))
}

fn check(draft: &Draft, allow_plain: bool, lines: &Lines) -> Result<(), Problem> {
    let at =
        |part: Part| move |invalid: &Invalid| Problem::at(lines.of(&part).unwrap_or(1), invalid);
    if draft.labels.iter().any(|labels| labels.contains_key(OWNER)) {
        let rule = format!("`{OWNER}` is set by `owner` or --owner");
        let invalid = Invalid::new("labels", rule);
        return Err(at(Part::Label(OWNER.to_owned()))(&invalid));
    }
    let plain = draft
        .headers
        .iter()
        .filter(|header| matches!(header.value, DraftValue::Plain(_)));
    for header in plain {
        let at = at(Part::Header(header.key.clone()));
        check_plain(allow_plain, &header.key).map_err(|invalid| at(&invalid).with_hint(PROTECT))?;
    }
    Ok(())
}
