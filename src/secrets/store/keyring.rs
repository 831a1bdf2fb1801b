//! The OS keyring: Secret Service on Linux, the platform's own elsewhere. The only file that uses
//! the keyring crates. Each call runs on a thread of its own, with a deadline: a keyring may wait
//! for a password that no one types, and a bus may accept a call and never respond.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use keyring_core::error::PlatformError;
use tokio::time;
use zeroize::Zeroizing;

use crate::{
    model::{
        secret::Raw,
        text::{cut, printable},
    },
    secrets::{
        apart::Jobs,
        error::Unusable,
        key::Entry,
        store::{Change, Deadlines, Note},
    },
};

const SERVICE: &str = "ubihook";
const WAITING: &str = "waiting for the keyring to be unlocked";

/// The most bytes that an entry takes, where there is a limit: of Windows, for one credential.
const MOST: Option<usize> = if cfg!(windows) { Some(2560) } else { None };

/// The keyring, with its deadlines.
pub(in crate::secrets) struct Keyring {
    waits: Deadlines,
    note: Note,
    noted: AtomicBool,
    // A call that hangs holds the connection's lock, so every later one would wait as long.
    hung: OnceLock<Unusable>,
    jobs: Jobs,
}

impl Keyring {
    /// Doesn't access the keyring yet.
    pub(in crate::secrets) fn new(waits: Deadlines, note: Note, jobs: Jobs) -> Self {
        Self {
            waits,
            note,
            noted: AtomicBool::new(false),
            hung: OnceLock::new(),
            jobs,
        }
    }

    /// Whether a keyring responds, determined without writing to it or unlocking it.
    pub(super) async fn probe(&self) -> Result<(), Unusable> {
        let nothing = Entry {
            user: "probe".to_owned(),
            label: "ubihook: probe".to_owned(),
        };
        self.call(move || get(&nothing).map(drop)).await
    }

    pub(super) async fn get(&self, entries: Vec<Entry>) -> Result<Vec<Option<Raw>>, Unusable> {
        self.call(move || entries.iter().map(get).collect()).await
    }

    pub(super) async fn apply(&self, changes: Vec<Change>) -> Result<(), Unusable> {
        check_sizes(&changes, MOST)?;
        self.call(move || changes.iter().try_for_each(apply)).await
    }

    async fn call<T, F>(&self, job: F) -> Result<T, Unusable>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Unusable> + Send + 'static,
    {
        if let Some(hung) = self.hung.get() {
            return Err(hung.clone());
        }
        let Deadlines {
            note_after,
            give_up_after,
        } = self.waits;
        let mut answer = std::pin::pin!(time::timeout(give_up_after, self.jobs.run(job)));
        let waited = match note_after {
            None => answer.await,
            Some(after) => tokio::select! {
                biased;
                waited = &mut answer => waited,
                () = time::sleep(after) => {
                    if !self.noted.swap(true, Ordering::Relaxed) {
                        (self.note)(WAITING);
                    }
                    answer.await
                }
            },
        };
        match waited {
            Ok(Ok(answered)) => answered,
            Ok(Err(_lost)) => Err(Unusable::Failed(
                "the call to the keyring ended unexpectedly".into(),
            )),
            Err(_late) => {
                let hung = self.hung.get_or_init(|| Unusable::NoAnswer(give_up_after));
                Err(hung.clone())
            }
        }
    }
}

/// Refuses all changes if one is too long: otherwise those before it would be made.
fn check_sizes(changes: &[Change], most: Option<usize>) -> Result<(), Unusable> {
    let Some(most) = most else { return Ok(()) };
    let is_too_long = |change: &Change| match change {
        Change::Keep(_, record) => record.text().expose().len() > most,
        Change::Remove(_) => false,
    };
    if changes.iter().any(is_too_long) {
        return Err(Unusable::TooLong { most });
    }
    Ok(())
}

fn get(entry: &Entry) -> Result<Option<Raw>, Unusable> {
    match open(entry)?.get_secret() {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let text = std::str::from_utf8(&bytes);
            let changed = |_| Unusable::Changed {
                user: entry.user.clone(),
            };
            text.map(|text| Some(Raw::new(text))).map_err(changed)
        }
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(error) => Err(in_words(error, entry)),
    }
}

fn apply(change: &Change) -> Result<(), Unusable> {
    match change {
        Change::Keep(entry, record) => set(entry, &record.text()),
        Change::Remove(entry) => match open(entry)?.delete_credential() {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(in_words(error, entry)),
        },
    }
}

/// Read back before any other copy is removed: a service may accept a value and lose it.
fn set(entry: &Entry, text: &Raw) -> Result<(), Unusable> {
    // As bytes: on Windows, a password would be stored in a different encoding from the one it is
    // read in.
    let done = open(entry)?.set_secret(text.expose().as_bytes());
    done.map_err(|error| in_words(error, entry))?;
    if get(entry)?.as_ref() == Some(text) {
        return Ok(());
    }
    let user = entry.user.clone();
    Err(Unusable::Changed { user })
}

fn open(entry: &Entry) -> Result<keyring_core::Entry, Unusable> {
    use keyring_core::Error as E;
    // Checked first: opening an entry after a failed connection hides the reason.
    if let Err(error) = keyring::Entry::store_status() {
        return Err(match error {
            E::PlatformFailure(error) | E::NoStorageAccess(error) => unreachable_in_words(error),
            _ => Unusable::NoKeyring,
        });
    }
    let label = HashMap::from([("label", entry.label.as_str())]);
    let labeled = keyring_core::Entry::new_with_modifiers(SERVICE, &entry.user, &label);
    match labeled {
        // Not every platform's store has labels.
        Err(E::Invalid(..) | E::NotSupportedByStore(_)) => {
            keyring_core::Entry::new(SERVICE, &entry.user)
        }
        opened => opened,
    }
    .map_err(|error| in_words(error, entry))
}

/// The store crates report their causes only as text.
fn unreachable_in_words(error: &PlatformError) -> Unusable {
    let text = error.to_string();
    let absent = [
        "Failed to connect",
        "ServiceUnknown",
        "no secret service provider",
        "not provided by any",
        "not supported",
        "No such file",
        "NoServer",
        "NoReply",
        "Spawn",
        "I/O error",
    ];
    if absent.iter().any(|part| text.contains(part)) {
        Unusable::NoKeyring
    } else {
        failed(&text)
    }
}

fn in_words(error: keyring_core::Error, entry: &Entry) -> Unusable {
    use keyring_core::Error as E;
    let user = entry.user.clone();
    match error {
        E::Ambiguous(_) => Unusable::Ambiguous { user },
        E::NoStorageAccess(error) if error.to_string().contains("not returned") => {
            Unusable::NeverUnlocked
        }
        E::NoStorageAccess(_) => Unusable::Locked,
        E::PlatformFailure(error) => {
            let text = error.to_string();
            if text.contains("IsLocked") {
                Unusable::Locked
            } else {
                failed(&text)
            }
        }
        E::BadEncoding(_) | E::BadDataFormat(..) => Unusable::Changed { user },
        E::TooLong(_, most) => Unusable::TooLong {
            most: usize::try_from(most).unwrap_or(usize::MAX),
        },
        E::NoDefaultStore => Unusable::NoKeyring,
        _ => Unusable::Failed("the keyring refused the call".to_owned()),
    }
}

/// Messages of the bus or of the system; they contain calls and addresses, not what was sent.
fn failed(text: &str) -> Unusable {
    Unusable::Failed(format!(
        "the keyring failed: {}",
        cut(&printable(text), 200)
    ))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        thread,
        time::Duration,
    };

    use keyring_core::Error as E;

    use super::*;
    use crate::secrets::record::{Known, Open, Record};

    fn entry() -> Entry {
        Entry {
            user: "u".to_owned(),
            label: "l".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_keyring_that_hangs_is_waited_for_once_and_noted_once() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let waits = Deadlines {
            note_after: Some(Duration::from_millis(10)),
            give_up_after: Duration::from_millis(200),
        };
        let note = Arc::new(move |text: &str| heard.lock().unwrap().push(text.to_owned()));
        let keyring = Keyring::new(waits, note, Jobs::default());
        let slow = || {
            thread::sleep(Duration::from_millis(30));
            Ok(())
        };
        keyring.call(slow).await.unwrap();
        keyring.call(slow).await.unwrap();
        assert_eq!(*said.lock().unwrap(), [WAITING]);
        let hang = || {
            thread::sleep(Duration::from_mins(10));
            Ok(())
        };
        let error = keyring.call(hang).await.unwrap_err();
        assert!(matches!(error, Unusable::NoAnswer(_)));
        let later = keyring.call(|| -> Result<(), Unusable> { panic!("it is not asked again") });
        assert!(later.await.is_err());
    }

    #[test]
    fn errors_are_sentences_without_what_was_stored() {
        let platform = |text: &str| -> PlatformError { text.to_owned().into() };
        for (error, words) in [
            (E::Ambiguous(vec![]), "more than one entry `u`"),
            (
                E::NoStorageAccess(platform("SS error: prompt dismissed")),
                "is locked",
            ),
            (
                E::NoStorageAccess(platform("SS error: result not returned from SS API")),
                "never been unlocked",
            ),
            (
                E::PlatformFailure(platform("org.freedesktop.Secret.Error.IsLocked: x")),
                "is locked",
            ),
            (E::BadEncoding(b"hunter2".to_vec()), "does not contain"),
            (E::TooLong("password".to_owned(), 9), "at most 9"),
        ] {
            let said = in_words(error, &entry()).to_string();
            assert!(said.contains(words) && !said.contains("hunter2"), "{said}");
        }
        for absent in [
            "zbus error: Failed to connect to address unix:path=/x",
            "no secret service provider or dbus session found",
        ] {
            let why = unreachable_in_words(&platform(absent));
            assert!(matches!(why, Unusable::NoKeyring));
        }
    }

    fn keep(value: &str) -> Change {
        let entry = Entry {
            user: "a".to_owned(),
            label: "a".to_owned(),
        };
        let known = Some(Known::new(Raw::new(value), None));
        let open: Vec<Open> = Vec::new();
        Change::Keep(entry, Record { known, open })
    }

    #[test]
    fn what_is_longer_than_a_credential_of_windows_is_refused_with_all_that_comes_with_it() {
        let (fits, too_long) = ("x".repeat(2560), "x".repeat(2561));
        let windows = Some(2560);
        check_sizes(&[keep(&fits), keep("é")], windows).unwrap();
        let refused = check_sizes(&[keep("short"), keep(&too_long)], windows).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the keyring accepts at most 2560 bytes for one entry, and this value is longer, alone or with the one that it replaces"
        );
        assert!(refused.hint().unwrap().contains("--store file"));
        // Counted in bytes, and with the value that may still be the platform's.
        let wide = "é".repeat(1281);
        assert!(check_sizes(&[keep(&wide)], windows).is_err());
        check_sizes(&[keep(&too_long)], None).unwrap();
        if cfg!(windows) {
            assert_eq!(MOST, windows);
        }
    }
}
