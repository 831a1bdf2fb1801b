//! Errors of secrets, typed so that a caller can distinguish them. No error contains a value, or
//! text of a library that could contain one.

use std::path::{Path, PathBuf};

use crate::{
    files,
    model::{
        failure::{Explain, Kind},
        header::HeaderName,
        shell::{quote, read_variable, rename_file, show_file},
        source::{SOURCES, Source, looks_like_a_value},
        store::StoreKind,
    },
};

/// Why a secret can't be read or stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no value for this header and destination.
    #[error(transparent)]
    Missing(Box<Missing>),
    /// The store can't be used.
    #[error("the store `{kind}` can't be used: {why}")]
    Store {
        kind: StoreKind,
        /// What is wrong with it.
        why: Unusable,
    },
    /// The source of a value can't be used.
    #[error("can't read the value of `{header}` from {place}: {why}", place = place(.from))]
    Source {
        /// The header that the value is for.
        header: HeaderName,
        /// Where the value was to be read from.
        from: Source,
        /// What is wrong with it, as a phrase.
        why: String,
        /// Whether this is a CI job, where nothing can be typed.
        in_ci: bool,
    },
    /// A change of this value was interrupted, and may have arrived.
    #[error(transparent)]
    Unsettled(Unsettled),
    /// The store has a value that was replaced later, and could not be removed then.
    #[error(
        "the store `{kind}` still has an old value of `{header}`: it was replaced, but could not be removed: {why}"
    )]
    Superseded {
        header: HeaderName,
        /// The webhook's name.
        webhook: String,
        kind: StoreKind,
        /// Why it could not be removed.
        why: String,
    },
    /// A state file would become larger than the limit for reading it.
    #[error("{} is full: the limit is 4 MiB and 10,000 values", .path.display())]
    Full {
        path: PathBuf,
        /// The stores that don't need this file.
        others: &'static [StoreKind],
    },
    /// Another command has been changing the same webhook for too long.
    #[error("another ubihook process has been changing webhook `{0}` for 5 minutes")]
    Busy(String),
    /// The index can't be read or written.
    #[error("the secrets index can't be used: {0}")]
    Index(files::Error),
    /// A state file has unexpected content.
    #[error("{} {why}", .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, as the rest of a sentence.
        why: String,
        /// Whether nothing can be read from it any more, so that a new one loses nothing.
        is_broken: bool,
    },
}

impl Error {
    /// Whether it is a state file that nothing can be read from any more.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(
            self,
            Self::State {
                is_broken: true,
                ..
            }
        )
    }
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Index(_) | Self::State { .. } => Kind::Unexpected,
            _ => Kind::Secret,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(missing) => Some(missing.hint()),
            Self::Unsettled(Unsettled { header, webhook })
            | Self::Superseded {
                header, webhook, ..
            } => Some(send_again(webhook, header)),
            Self::Full { others, .. } => {
                let options = others.iter().map(|kind| format!("`--store {kind}`"));
                Some(format!("add {}", options.collect::<Vec<_>>().join(" or ")))
            }
            Self::Busy(_) => None,
            Self::Store { why, .. } => why.hint(),
            Self::Source {
                header,
                from,
                why,
                in_ci,
            } => Some(source_hint(header, from, why, *in_ci)),
            Self::Index(error) => file_hint(error).or_else(|| {
                Some("add `--store none` if nothing is to be stored on this machine".to_owned())
            }),
            Self::State { path, .. } => Some(set_aside(path)),
        }
    }
}

/// A value that the platform may or may not have.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is unknown which value the platform has for header `{header}` of webhook `{webhook}`: a \
     command was interrupted while it sent a new one"
)]
pub struct Unsettled {
    pub header: HeaderName,
    /// The webhook's name.
    pub webhook: String,
}

/// A value that isn't stored here, with what is known about it.
#[derive(Debug, thiserror::Error)]
#[error("no stored value of `{header}` for {origin}{}", known(.origin, .other.as_ref(), .why_none.as_ref()))]
pub struct Missing {
    pub header: HeaderName,
    /// The webhook's name.
    pub webhook: String,
    /// The origin that the value was to be sent to.
    pub origin: String,
    /// Where one is according to the index: for another origin, or in another store.
    pub other: Option<(String, StoreKind)>,
    /// Why this command has no store although one was requested.
    pub why_none: Option<Unusable>,
    /// The store of this command.
    pub store: StoreKind,
}

/// What is wrong with a store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unusable {
    /// There is no keyring.
    #[error("no keyring is available in this session")]
    NoKeyring,
    /// It waits for a password that no one enters.
    #[error("the keyring is locked")]
    Locked,
    /// It has never been set up: there is no collection to write to.
    #[error("the keyring has never been unlocked, so it has no collection to write to")]
    NeverUnlocked,
    /// There is no folder for its file.
    #[error("there is no folder for its file: neither HOME nor XDG_STATE_HOME is set")]
    NoFolder,
    /// No response within the deadline.
    #[error("the keyring did not respond within {} s", .0.as_secs_f32())]
    NoAnswer(std::time::Duration),
    /// A value is longer than one entry may be.
    #[error(
        "the keyring accepts at most {most} bytes for one entry, and this value is longer, alone or with the one that it replaces"
    )]
    TooLong { most: usize },
    /// Several entries of the same name, at least one of them foreign.
    #[error("the keyring has more than one entry `{user}` of the service `ubihook`")]
    Ambiguous {
        /// The entries' user name.
        user: String,
    },
    /// It returned a value other than the one that was stored.
    #[error("the entry `{user}` does not contain the value that was stored")]
    Changed {
        /// The entry's user name.
        user: String,
    },
    /// Any other error, in the operating system's own words.
    #[error("{0}")]
    Failed(String),
    /// Its file has unexpected content.
    #[error("{} {why}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, as the rest of a sentence.
        why: String,
    },
    /// Its file can't be used.
    #[error("{0}")]
    File(std::sync::Arc<files::Error>),
}

impl Unusable {
    /// Whether this means that no keyring is available, so that `auto` continues without one.
    pub(super) fn is_absent(&self) -> bool {
        matches!(
            self,
            Self::NoKeyring | Self::Locked | Self::NeverUnlocked | Self::NoAnswer(_)
        )
    }
}

impl Error {
    /// Whether only the index is at fault, which decides nothing.
    pub fn is_of_index(&self) -> bool {
        matches!(self, Self::Index(_) | Self::State { .. })
    }
}

impl Missing {
    /// The other origin that this command's store has a value for.
    pub(crate) fn other_origin(&self) -> Option<&str> {
        let other = self.other.as_ref();
        let (origin, _) = other.filter(|(_, kind)| *kind == self.store)?;
        (*origin != self.origin).then_some(origin)
    }

    fn hint(&self) -> String {
        let (webhook, header) = (quote(&self.webhook), quote(self.header.as_str()));
        let again = match self.store {
            // The value given to an update would not be stored.
            StoreKind::None => format!("ubihook test {webhook} --secret-header {header}"),
            _ => send_again(&self.webhook, &self.header),
        };
        match self.elsewhere() {
            Some(kind) => format!("ubihook test {webhook} --store {kind}"),
            None if self.other_origin().is_some() => {
                let to = &self.origin;
                format!("{again}\nor ubihook test {webhook} --keep-secrets, if {to} may receive it")
            }
            None => again,
        }
    }

    /// The other store that has a value for this origin. The file can be used, whatever is wrong with the keyring.
    pub(crate) fn elsewhere(&self) -> Option<StoreKind> {
        let (origin, kind) = self.other.as_ref()?;
        let is_usable = self.why_none.is_none() || *kind == StoreKind::File;
        (*origin == self.origin && is_usable).then_some(*kind)
    }

    /// Whether nothing else is known: no value for another origin or in another store, and a store to keep one in.
    pub(crate) fn is_nowhere(&self) -> bool {
        self.other.is_none() && self.store != StoreKind::None
    }
}

/// The command that resolves the doubt: afterwards the platform is known to have this value.
fn send_again(webhook: &str, header: &HeaderName) -> String {
    let (webhook, header) = (quote(webhook), quote(header.as_str()));
    format!("ubihook update {webhook} --secret-header {header}")
}

impl Unusable {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Broken { path, .. } => Some(set_aside(path)),
            Self::File(error) => file_hint(error),
            Self::Ambiguous { user } | Self::Changed { user } => Some(show_entry(user)),
            Self::NoFolder if cfg!(windows) => {
                Some(r"$env:LOCALAPPDATA = 'C:\path\to\a\folder\of\yours'".to_owned())
            }
            Self::NoFolder => Some("export HOME=/path/to/a/folder/of/yours".to_owned()),
            Self::TooLong { .. }
            | Self::NoKeyring
            | Self::Locked
            | Self::NeverUnlocked
            | Self::NoAnswer(_) => {
                let stores =
                    "add `--store file` (a 0600 file) or `--store none` (nothing is stored)";
                Some(stores.to_owned())
            }
            Self::Failed(_) => None,
        }
    }
}

/// The command that shows the keyring's entry of a user.
fn show_entry(user: &str) -> String {
    if cfg!(windows) {
        "cmdkey /list".to_owned()
    } else if cfg!(target_os = "macos") {
        format!(
            "security find-generic-password -s ubihook -a {}",
            quote(user)
        )
    } else {
        format!(
            "secret-tool search --all service ubihook username {}",
            quote(user)
        )
    }
}

fn file_hint(error: &files::Error) -> Option<String> {
    use files::Error as E;
    match error {
        E::Link(path) | E::NotAFile(path) | E::Foreign(path) => Some(show_file(path)),
        error => error.hint(),
    }
}

fn source_hint(header: &HeaderName, source: &Source, why: &str, in_ci: bool) -> String {
    match source {
        Source::Env(name) if looks_like_a_value(name) => {
            let header = quote(header.as_str());
            format!(
                "write the name of the variable, without `$`: --secret-header {header}=env:NAME"
            )
        }
        Source::Env(name) if in_ci => {
            format!(
                "pass the variable {name} to this step of the CI job, from the CI system's secrets"
            )
        }
        Source::Env(name) => read_variable(name),
        // The file was found: a device, or another file.
        Source::File(_) if why == TOO_LONG => {
            "file:PATH must name a file that contains only the value".to_owned()
        }
        Source::File(path) => show_file(path),
        Source::Cmd(line) => format!(
            "run {} by itself with the same arguments, to see what is wrong",
            quote(line.program())
        ),
        Source::Stdin | Source::Prompt => {
            let header = quote(header.as_str());
            format!(
                "use another source: --secret-header {header}=SOURCE, where SOURCE is {SOURCES}"
            )
        }
    }
}

/// What is wrong with a source that contains more than a value can.
pub(super) const TOO_LONG: &str = "it is longer than 64 KiB";

fn set_aside(path: &Path) -> String {
    rename_file(path, &path.with_added_extension("old"))
}

fn place(source: &Source) -> String {
    match source {
        Source::Env(name) if looks_like_a_value(name) => {
            "an environment variable (its name is not shown, because it looks like a value)"
                .to_owned()
        }
        Source::Env(name) => format!("the variable `{name}`"),
        Source::File(path) => format!("the file {}", path.display()),
        Source::Stdin => "standard input".to_owned(),
        Source::Prompt => "the prompt".to_owned(),
        // Its arguments may be private.
        Source::Cmd(line) => format!("the command `{}`", line.program()),
    }
}

fn known(origin: &str, other: Option<&(String, StoreKind)>, why_none: Option<&Unusable>) -> String {
    let why = why_none.map_or_else(String::new, |why| format!(": {why}"));
    match other {
        Some((at, kind)) if at == origin => format!("{why}; the store `{kind}` has one"),
        Some((at, kind)) => format!("{why}; the store `{kind}` has one for {at} only"),
        None => why,
    }
}
