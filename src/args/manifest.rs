//! `-f PATH` of commands for many webhooks: files, folders and standard input as one manifest.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    file::{
        NEEDED, PROTECT, Problem, Problems, bytes, contents, has_known_ending, is_stdin,
        missing_keys, parse_each, shown, together,
    },
    header::check_plain,
};
use crate::model::{
    draft::{Draft, DraftValue, Part, PartialDraft},
    failure::Failure,
    invalid::Invalid,
    labels::OWNER,
    plan::Wanted,
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
    let mut mistakes = Vec::new();
    for path in files(paths)? {
        let shown = format!("-f {}", shown(&path));
        match bytes(&shown, &path, MAX_BYTES).await {
            Ok(bytes) => {
                let parse = |text: &str| reading.add(&path, text, options.allow_plain);
                mistakes.extend(
                    parse_each(&shown, &bytes, parse)
                        .err()
                        .into_iter()
                        .flatten(),
                );
            }
            Err(failure) => mistakes.push(failure),
        }
    }
    if mistakes.is_empty() {
        return Ok(reading.into());
    }
    Err(together(mistakes))
}

/// Reads the text of a single file.
pub(crate) fn parse(text: &str, allow_plain: bool) -> Result<Manifest, Problems> {
    let mut reading = Reading::default();
    reading.add(Path::new("-"), text, allow_plain)?;
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
    /// Adds the text of a file.
    fn add(&mut self, path: &Path, text: &str, allow_plain: bool) -> Result<(), Problems> {
        let (contents, mut problems) = contents(text);
        if contents.webhooks.is_empty() && !contents.is_empty_list {
            problems.unless_any(())?;
            return Err(Problem::whole("no webhook in it").into());
        }
        for (line, owner) in contents.owners {
            let place = place(path, line);
            match &self.owner {
                Some((known, by)) if *known != owner => {
                    let rule = format!("differs from the owner of {by}");
                    problems.add(Problem::at(line, &Invalid::new("owner", rule)));
                }
                Some(_) => {}
                None => self.owner = Some((owner, place)),
            }
        }
        for (line, draft) in contents.webhooks {
            check(&draft, allow_plain, &mut problems);
            let place = place(path, line);
            if let Some(name) = &draft.name {
                if let Some(other) = self.places.get(name.as_str()) {
                    let rule = format!("`{name}` is also at {other}");
                    problems.add(Problem::at(line, &Invalid::new("name", rule)));
                } else {
                    self.places.insert(name.as_str().to_owned(), place.clone());
                }
            }
            let draft = whole(draft, line, &mut problems);
            self.wanted
                .extend(draft.map(|draft| Wanted { draft, place }));
        }
        problems.unless_any(())
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

fn whole(draft: PartialDraft, line: u64, problems: &mut Problems) -> Option<Draft> {
    let missing = draft.unwritten();
    if !missing.is_empty() {
        problems.add(Problem::on(line, missing_keys(&missing)).with_hint(NEEDED));
        return None;
    }
    let whole = draft.whole().map_err(|invalid| Problem::at(line, &invalid));
    problems.keep(whole)?
}

fn check(draft: &PartialDraft, allow_plain: bool, problems: &mut Problems) {
    let at =
        |part: Part, invalid: &Invalid| Problem::at(draft.lines.of(&part).unwrap_or(1), invalid);
    if draft.labels.iter().any(|labels| labels.contains_key(OWNER)) {
        let rule = format!("`{OWNER}` is set by `owner` or --owner");
        let invalid = Invalid::new("labels", rule);
        problems.add(at(Part::Label(OWNER.to_owned()), &invalid));
    }
    for header in &draft.headers {
        if matches!(header.value, DraftValue::Plain(_)) {
            let checked = check_plain(allow_plain, &header.key);
            let part = || Part::Header(header.key.clone());
            problems.keep(checked.map_err(|invalid| at(part(), &invalid).with_hint(PROTECT)));
        }
    }
}
