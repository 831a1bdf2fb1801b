//! One lock per webhook among the commands of this machine: held from the first read of a webhook
//! to the last write of its values, so that two changes of one webhook never mix.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use tokio::time::{self, Instant};

use crate::{
    files,
    secrets::{
        apart::Jobs,
        error::Error,
        key::{Site, digest},
        store::Note,
    },
};

const PAUSE: Duration = Duration::from_millis(10);
const NOTE_AFTER: Duration = Duration::from_secs(1);
const GIVE_UP_AFTER: Duration = Duration::from_mins(5);

/// The locks of some webhooks, held until this is dropped and the command's last job has ended.
#[derive(Debug, Default)]
pub struct Locks {
    held: Vec<files::Lock>,
    jobs: Jobs,
}

impl Drop for Locks {
    fn drop(&mut self) {
        self.jobs.release(std::mem::take(&mut self.held));
    }
}

/// Takes the locks of these names, waiting for other processes that hold one.
///
/// Without a writable folder there is no lock: a change that stores nothing must not require one.
pub(super) async fn take(
    folder: Option<&Path>,
    site: &Site,
    names: &[&str],
    note: &Note,
    jobs: &Jobs,
) -> Result<Locks, Error> {
    let Some(folder) = folder else {
        return Ok(Locks::default());
    };
    // Always in the same order, so that two commands never wait for each other.
    let paths: BTreeSet<PathBuf> = names.iter().map(|name| path(folder, site, name)).collect();
    let (begun, mut noted) = (Instant::now(), false);
    let mut locks = Locks {
        held: Vec::new(),
        jobs: jobs.clone(),
    };
    for path in paths {
        loop {
            match files::try_lock(&path) {
                Ok(Some(lock)) => break locks.held.push(lock),
                // A file that can't be made: nothing can be stored there either. One that exists is
                // taken by other commands, so it is an error.
                Err(files::Error::Io(..)) if files::is_absent(&path) => break,
                Err(error) => return Err(Error::Index(error)),
                Ok(None) => {}
            }
            if begun.elapsed() > GIVE_UP_AFTER {
                return Err(Error::Busy(names.join("`, `")));
            }
            if !noted && begun.elapsed() > NOTE_AFTER {
                noted = true;
                note("waiting for another ubihook process that is changing this webhook");
            }
            time::sleep(PAUSE).await;
        }
    }
    Ok(locks)
}

/// The lock file of a name: there are 256, so that the folder stays small. Two webhooks that share
/// one occasionally wait for each other.
fn path(folder: &Path, site: &Site, name: &str) -> PathBuf {
    let digest = digest(&json!([site.host.as_str(), site.project.as_str(), name]));
    folder.join(format!("webhook-{}.lock", &digest[..2]))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{model::host::ApiHost, secrets::key::Host};

    fn site() -> Site {
        Site {
            host: Host::platform(&ApiHost::public()),
            project: "demo".parse().unwrap(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_command_waits_and_reports_it() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notes);
        let note: Note = Arc::new(move |text: &str| heard.lock().unwrap().push(text.to_owned()));
        let (site, path, jobs) = (site(), folder.path().to_owned(), Jobs::default());
        let first = take(Some(&path), &site, &["a", "b"], &note, &jobs)
            .await
            .unwrap();
        let second = take(Some(&path), &site, &["b"], &note, &jobs);
        let mut second = std::pin::pin!(second);
        tokio::select! {
            _ = &mut second => panic!("the lock is held"),
            () = time::sleep(NOTE_AFTER * 2) => {}
        }
        assert_eq!(notes.lock().unwrap().len(), 1);
        drop(first);
        let _held = second.await.unwrap();
        let third = take(Some(&path), &site, &["b", "c"], &note, &jobs).await;
        assert!(matches!(third, Err(Error::Busy(_))), "{third:?}");
    }

    #[tokio::test]
    async fn without_a_folder_that_can_be_written_there_is_no_lock() {
        let (note, jobs): (Note, _) = (Arc::new(|_| {}), Jobs::default());
        for folder in [None, Some(Path::new("/dev/null/locks"))] {
            take(folder, &site(), &["a"], &note, &jobs).await.unwrap();
        }
    }
}
