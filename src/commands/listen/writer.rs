//! A thread that records each delivery, prints it, and then has it answered. It takes whatever has
//! gathered while it was busy at once, so that one write to disk serves many.

use std::{
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::{
    output::{self, Output, count::Stream, received::Shown},
    receiver::{record::Recording, serve::Reply},
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
    /// Whether it is recorded.
    pub(super) is_recorded: bool,
}

/// Where deliveries are recorded.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) recording: Recording,
    pub(super) path: PathBuf,
}

/// Hands deliveries to the thread.
#[derive(Debug, Clone)]
pub(super) struct Handle(mpsc::Sender<Decided>);

impl Handle {
    /// Has a delivery recorded, printed and answered.
    pub(super) fn write(&self, decided: Decided) {
        // Its end is reported when it is joined.
        let _ = self.0.send(decided);
    }
}

/// The thread.
#[derive(Debug)]
pub(super) struct Writer {
    decided: Handle,
    thread: JoinHandle<Result<(), output::Error>>,
}

impl Writer {
    /// Starts it.
    pub(super) fn start(
        stream: Stream,
        output: Output,
        record: Option<Record>,
    ) -> anyhow::Result<Self> {
        let (decided, taken) = mpsc::channel();
        let mut records = Records {
            record,
            output,
            has_failed: false,
        };
        let thread = thread::Builder::new()
            .name("listen writer".to_owned())
            .spawn(move || write(&stream, &mut records, &taken))
            .context("could not start a thread")?;
        let decided = Handle(decided);
        Ok(Self { decided, thread })
    }

    /// Hands deliveries to it. It runs until all of these are gone.
    pub(super) fn handle(&self) -> Handle {
        self.decided.clone()
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> Result<(), output::Error> {
        drop(self.decided);
        self.thread.join().unwrap_or(Ok(()))
    }
}

fn write(
    stream: &Stream,
    records: &mut Records,
    decided: &mpsc::Receiver<Decided>,
) -> Result<(), output::Error> {
    let mut result = Ok(());
    let mut is_read = true;
    while let Ok(first) = decided.recv() {
        let mut group = vec![first];
        group.extend(decided.try_iter().take(GROUP - 1));
        records.write(&mut group);
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

struct Records {
    record: Option<Record>,
    output: Output,
    has_failed: bool,
}

impl Records {
    /// Records a group. If that fails, each is answered with 500, so that its sender tries again.
    fn write(&mut self, group: &mut [Decided]) {
        let Some(Record { recording, path }) = &mut self.record else {
            return;
        };
        let recorded = group.iter().filter(|one| one.is_recorded);
        let lines: String = recorded.map(|one| Stream::line(&one.shown)).collect();
        if lines.is_empty() {
            return;
        }
        let Err(error) = recording.append(&lines) else {
            self.has_failed = false;
            return;
        };
        if !self.has_failed {
            self.output.warn(&format!(
                "could not record to {}: {error}; deliveries are answered with 500 until that works",
                path.display()
            ));
        }
        self.has_failed = true;
        for one in group.iter_mut().filter(|one| one.is_recorded) {
            one.reply = Reply::of(500, Duration::ZERO);
            one.shown.received.answered = 500;
            one.shown.received.problem = Some("could not be recorded".to_owned());
        }
    }
}
