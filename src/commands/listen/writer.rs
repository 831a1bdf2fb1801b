//! A thread that prints each delivery and then has it answered. It takes whatever has gathered while
//! it was busy at once.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::{
    output::{self, count::Stream, received::Shown},
    receiver::serve::Reply,
};

/// How many deliveries are written at once.
const GROUP: usize = 256;

/// A delivery whose response is known.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) shown: Shown,
    pub(super) reply: Reply,
    /// Where the response goes.
    pub(super) to: oneshot::Sender<Reply>,
}

/// The thread.
#[derive(Debug)]
pub(super) struct Writer {
    decided: mpsc::Sender<Decided>,
    thread: JoinHandle<Result<(), output::Error>>,
}

impl Writer {
    /// Starts it. `unread` is sent to once nobody reads stdout any more.
    pub(super) fn start(stream: Stream) -> anyhow::Result<Self> {
        let (decided, taken) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("listen writer".to_owned())
            .spawn(move || write(&stream, &taken))
            .context("could not start a thread")?;
        Ok(Self { decided, thread })
    }

    /// Has a delivery printed and answered.
    pub(super) fn write(&self, decided: Decided) {
        // Its end is reported when it is joined.
        let _ = self.decided.send(decided);
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> Result<(), output::Error> {
        drop(self.decided);
        self.thread.join().unwrap_or(Ok(()))
    }
}

fn write(stream: &Stream, decided: &mpsc::Receiver<Decided>) -> Result<(), output::Error> {
    let mut result = Ok(());
    let mut is_read = true;
    while let Ok(first) = decided.recv() {
        let mut group = vec![first];
        group.extend(decided.try_iter().take(GROUP - 1));
        if is_read {
            match stream.all(group.iter().map(|one| &one.shown)) {
                Ok(still) => is_read = still,
                Err(error) => (is_read, result) = (false, Err(error)),
            }
        }
        for Decided { reply, to, .. } in group {
            // A sender that is gone needs no answer.
            let _ = to.send(reply);
        }
    }
    result
}
