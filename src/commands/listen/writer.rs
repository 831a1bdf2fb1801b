//! A thread that records each delivery, prints it, and then has it answered. It takes whatever has
//! gathered while it was busy at once, so that one write to disk serves many.

use std::{
    io,
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::{
    inspect::Listened,
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
    /// Nothing is ever sent: it fails when the thread ends.
    ended: oneshot::Receiver<()>,
}

impl Writer {
    /// Starts it.
    pub(super) fn start(
        stream: Stream,
        output: Output,
        record: Option<Record>,
        listened: Option<Listened>,
    ) -> anyhow::Result<Self> {
        let (decided, taken) = mpsc::channel();
        let mut records = Records {
            record,
            output,
            has_failed: false,
        };
        let (alive, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("listen writer".to_owned())
            .spawn(move || {
                // Dropped even if this panics.
                let _alive: oneshot::Sender<()> = alive;
                write(&stream, &mut records, listened.as_ref(), &taken)
            })
            .context("could not start a thread")?;
        let decided = Handle(decided);
        Ok(Self {
            decided,
            thread,
            ended,
        })
    }

    /// Waits until it ends although more may come, because of a bug.
    pub(super) async fn ended(&mut self) {
        let _ = (&mut self.ended).await;
    }

    /// Hands deliveries to it. It runs until all of these are gone.
    pub(super) fn handle(&self) -> Handle {
        self.decided.clone()
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> Result<(), output::Error> {
        drop(self.decided);
        let bug = |_| Err(io::Error::other("the thread that writes has ended").into());
        self.thread.join().unwrap_or_else(bug)
    }
}

fn write(
    stream: &Stream,
    records: &mut Records,
    listened: Option<&Listened>,
    decided: &mpsc::Receiver<Decided>,
) -> Result<(), output::Error> {
    let mut result = Ok(());
    let mut is_read = true;
    while let Ok(first) = decided.recv() {
        let mut group = vec![first];
        group.extend(decided.try_iter().take(GROUP - 1));
        let recorded = records.write(&mut group);
        if let Some(listened) = listened {
            listened.add(group.iter().map(|one| &one.shown.received));
        }
        if is_read {
            let shown = group.iter().map(|one| &one.shown);
            match stream.all_as(shown, recorded.as_deref()) {
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
    /// Records a group, and returns its lines if that is all of it. If it fails, each is answered with
    /// 500, so that its sender tries again.
    fn write(&mut self, group: &mut [Decided]) -> Option<String> {
        let Record { recording, path } = self.record.as_mut()?;
        let recorded = group.iter().filter(|one| one.is_recorded);
        let lines: String = recorded.map(|one| Stream::line(&one.shown)).collect();
        if lines.is_empty() {
            return None;
        }
        let Err(error) = recording.append(&lines) else {
            self.has_failed = false;
            return group.iter().all(|one| one.is_recorded).then_some(lines);
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
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::{config::Format, output::OutputOptions, terminal::Terminal};

    const DELIVERY: &str = r#"{"type":"delivery","number":1,"time":"2026-02-03T10:11:12Z",
        "method":"POST","path":"/","event":null,"request_id":null,"headers":[],"bytes":0,
        "verified":null,"repeat":false,"answered":200,"duration_ms":0,"problem":null}"#;

    struct Panics;

    impl Write for Panics {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("as a bug would");
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_panic_while_writing_ends_it_with_an_error() {
        let output = Output::on(Box::new(Panics), Box::new(io::sink()), Terminal::default());
        let output = output.with_options(OutputOptions {
            format: Format::Ndjson,
            ..OutputOptions::default()
        });
        let mut writer = Writer::start(Stream::of(&output), output, None, None).unwrap();
        let (to, answer) = oneshot::channel();
        writer.handle().write(Decided {
            shown: Shown {
                received: serde_json::from_str(DELIVERY).unwrap(),
                brief: true,
            },
            reply: Reply::of(200, Duration::ZERO),
            to,
            is_recorded: false,
        });
        writer.ended().await;
        // Its sender is not answered as if all were well.
        assert!(answer.await.is_err());
        let error = writer.finish().unwrap_err();
        assert!(error.to_string().contains("has ended"), "{error}");
    }
}
