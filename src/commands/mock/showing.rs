//! Shows what a mock does while it runs: its calls, its delivery attempts, and its warnings. A task
//! of its own prints them, so that an output that nobody reads delays neither the mock nor its end.

use std::time::Duration;

use tokio::{
    sync::oneshot,
    task::{self, JoinHandle},
    time,
};

use crate::{
    commands::context::Context,
    mock::{AttemptFilter, Attempts, CallReports, Calls, Error, Mock, Warnings, call_reports},
    model::text::counted,
    output::{self, Output, call::Activity, count::Stream},
};

/// The maximum number of attempts that are shown at once.
const PAGE: usize = 1000;
/// How long the last lines may take.
const LAST: Duration = Duration::from_millis(500);

/// What is shown, and where.
pub(super) struct Lines {
    stream: Stream,
    calls: Calls,
    payload: bool,
}

impl Lines {
    /// Shows lines on a stream. The mock has to report its calls to the other half. Attempts are
    /// shown with what they sent if `payload` is set.
    pub(super) fn on(stream: Stream, payload: bool) -> (CallReports, Self) {
        let (reports, calls) = call_reports();
        let lines = Self {
            stream,
            calls,
            payload,
        };
        (reports, lines)
    }
}

/// The task.
pub(super) struct Showing {
    task: JoinHandle<Result<(), output::Error>>,
    stop: oneshot::Sender<()>,
}

impl Showing {
    /// Starts to show what this mock does; without `lines`, only its warnings.
    pub(super) fn start(cx: &Context, mock: &Mock, lines: Option<Lines>) -> Result<Self, Error> {
        let watch = |Lines {
                         stream,
                         calls,
                         payload,
                     }| {
            let filter = AttemptFilter {
                payload,
                ..AttemptFilter::default()
            };
            Ok::<_, Error>(Watched {
                stream,
                calls,
                attempts: Some(mock.attempts(filter)?),
                has_more: false,
            })
        };
        let watched = lines.map(watch).transpose()?;
        let (stop, stopped) = oneshot::channel();
        let show = show(watched, mock.warnings(), cx.output.clone(), stopped);
        let task = tokio::spawn(show);
        Ok(Self { task, stop })
    }

    /// Shows what is left. Returns whether the output was still read: otherwise, writing more would
    /// wait forever.
    pub(super) async fn finish(self) -> Result<bool, output::Error> {
        // If the task has ended, it is known below.
        let _ = self.stop.send(());
        match time::timeout(LAST, self.task).await {
            Ok(Ok(shown)) => shown.map(|()| true),
            // Its panic was reported when it happened.
            Ok(Err(_)) => Ok(true),
            Err(_) => Ok(false),
        }
    }
}

async fn show(
    mut watched: Option<Watched>,
    mut warnings: Warnings,
    output: Output,
    mut stopped: oneshot::Receiver<()>,
) -> Result<(), output::Error> {
    let mut result = Ok(());
    loop {
        let (lines, warning) = tokio::select! {
            warning = warnings.next() => (Vec::new(), Some(warning)),
            lines = next(&mut watched) => (lines, None),
            _ = &mut stopped => break,
        };
        match write(&mut watched, &output, lines, warning).await {
            Ok(true) => {}
            Ok(false) => watched = None,
            Err(error) => (watched, result) = (None, Err(error)),
        }
    }
    loop {
        let lines = watched.as_mut().map(Watched::rest).unwrap_or_default();
        if lines.is_empty() || !write(&mut watched, &output, lines, None).await? {
            return result;
        }
    }
}

/// Writes on another thread, because it may block. Returns whether lines are still read.
async fn write(
    watched: &mut Option<Watched>,
    output: &Output,
    lines: Vec<Activity>,
    warning: Option<String>,
) -> Result<bool, output::Error> {
    let missed = watched.as_ref().map_or(0, |watched| watched.calls.missed());
    let stream = watched.as_ref().map(|watched| watched.stream.clone());
    let output = output.clone();
    let write = move || {
        let is_read = stream.map_or(Ok(true), |stream| stream.all(&lines));
        if missed > 0 {
            let calls = counted(missed, "call");
            output.warn(&format!(
                "{calls} not shown: the output was not read quickly enough"
            ));
        }
        if let Some(warning) = warning {
            output.warn(&warning);
        }
        is_read
    };
    // A panic was reported when it happened.
    task::spawn_blocking(write).await.unwrap_or(Ok(false))
}

/// Waits for something to show.
async fn next(watched: &mut Option<Watched>) -> Vec<Activity> {
    match watched {
        Some(watched) => watched.next().await,
        None => std::future::pending().await,
    }
}

/// What the mock does.
struct Watched {
    stream: Stream,
    calls: Calls,
    /// `None` once they can't be read any more.
    attempts: Option<Attempts>,
    /// Whether there may be more attempts than were read.
    has_more: bool,
}

impl Watched {
    async fn next(&mut self) -> Vec<Activity> {
        loop {
            tokio::select! {
                calls = self.calls.next() => return calls.into_iter().map(Activity::Call).collect(),
                () = changed(&mut self.attempts), if !self.has_more => {}
                () = std::future::ready(()), if self.has_more => {}
            }
            let attempts = self.attempts();
            if !attempts.is_empty() {
                return attempts;
            }
        }
    }

    /// What has happened since.
    fn rest(&mut self) -> Vec<Activity> {
        let calls = self.calls.rest().into_iter().map(Activity::Call);
        let mut lines: Vec<_> = calls.collect();
        lines.extend(self.attempts());
        lines
    }

    /// The next attempts. If they can't be read, the mock itself warns of that.
    fn attempts(&mut self) -> Vec<Activity> {
        let read = self.attempts.as_mut().map(|attempts| attempts.read(PAGE));
        let Some(Ok(page)) = read else {
            (self.attempts, self.has_more) = (None, false);
            return Vec::new();
        };
        self.has_more = page.len() == PAGE;
        page.into_iter().map(Activity::Attempt).collect()
    }
}

/// Waits until there may be more attempts.
async fn changed(attempts: &mut Option<Attempts>) {
    let changed = match attempts {
        Some(attempts) => attempts.changed().await,
        None => return std::future::pending().await,
    };
    if changed.is_err() {
        *attempts = None;
    }
}
