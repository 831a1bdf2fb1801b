//! Decides which of the mocks on a database delivers: the one that holds the lock.

use std::sync::atomic::Ordering;

use crate::{
    files::{self, Lock},
    mock::hub::Hub,
};

/// The lock, while it is held.
#[derive(Debug, Default)]
pub(super) struct Lead(Option<Lock>);

impl Lead {
    /// Whether this mock delivers.
    pub(super) fn is_held(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the lock if it is free. Returns whether it was just taken.
    pub(super) fn take(&mut self, hub: &Hub) -> bool {
        // If the database's folder was removed, it must not be created again for the lock alone.
        if self.is_held() || hub.store.check().is_err() {
            return false;
        }
        match files::try_lock(&hub.store.lock_path()) {
            Ok(lock) => {
                hub.store.note_delivering(None);
                self.0 = lock;
            }
            Err(files::Error::Io(_, error)) if files::is_out_of_files(&error) => {}
            Err(error) => {
                let why = format!("the mock can't deliver because it can't take its lock: {error}");
                hub.store.note_delivering(Some(why));
            }
        }
        hub.leads.store(self.is_held(), Ordering::Relaxed);
        self.is_held()
    }

    /// Gives up the lock if its file was removed, so that another mock can take it.
    pub(super) fn check(&mut self, hub: &Hub) {
        let path = hub.store.lock_path();
        if self.0.as_ref().is_some_and(|lock| !lock.is_at(&path)) {
            self.0 = None;
            hub.leads.store(false, Ordering::Relaxed);
        }
    }
}
