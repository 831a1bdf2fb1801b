//! A line that is shown while the command waits: only on a terminal, and removed without a trace.

use std::{
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::Output;
use crate::{
    columns::{cut, width},
    model::{duration, text::printable},
};

/// A shorter wait shows nothing, to avoid flicker.
const FIRST: Duration = Duration::from_millis(150);
const PAUSE: Duration = Duration::from_millis(100);
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ERASE: &[u8] = b"\r\x1b[K";

/// The line; it is shown until this is dropped.
#[must_use = "the line disappears when this is dropped"]
pub struct Progress {
    drawn: Option<(Sender<()>, JoinHandle<()>, Output)>,
    what: Arc<Mutex<String>>,
}

impl Progress {
    /// Changes what is shown.
    pub fn say(&self, what: &str) {
        let mut shown = self.what.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = printable(what).into_owned();
    }
}

impl Output {
    /// Shows what the command waits for, how long it has waited, and the maximum. Only on a
    /// terminal; other messages appear above it.
    pub fn progress(&self, what: &str, at_most: Option<Duration>) -> Progress {
        let what = Arc::new(Mutex::new(printable(what).into_owned()));
        let (true, Some(columns)) = (
            !self.options.quiet && !self.options.format.is_for_programs(),
            self.terminal.redrawable(),
        ) else {
            return Progress { drawn: None, what };
        };
        let line = Line {
            what: Arc::clone(&what),
            at_most: at_most.map(duration::describe),
            columns,
            begun: Instant::now(),
        };
        let (stop, stopped) = mpsc::channel();
        let output = self.clone();
        let drawing = thread::Builder::new().spawn(move || {
            let mut pause = FIRST;
            for frame in FRAMES.iter().cycle() {
                if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                output.draw(&line, frame);
                pause = PAUSE;
            }
        });
        // Without a thread nothing is drawn, which is the only effect.
        Progress {
            drawn: drawing.ok().map(|drawing| (stop, drawing, self.clone())),
            what,
        }
    }

    /// The command waits this long for the platform's rate limit.
    pub fn limited(&self, wait: Duration) {
        self.lock().limited = Some(Instant::now() + wait);
    }

    fn draw(&self, line: &Line, frame: &str) {
        let mut streams = self.lock();
        let limited = streams.limited.unwrap_or(line.begun);
        let line = line.text(frame, limited.saturating_duration_since(Instant::now()));
        streams.alive = true;
        let _ = streams.err.write_all(format!("\r{line}\x1b[K").as_bytes());
    }
}

impl super::Streams {
    /// Clears the line, so that something else can be written in its place.
    pub(super) fn clear_line(&mut self) {
        if std::mem::take(&mut self.alive) {
            let _ = self.err.write_all(ERASE);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, drawing, output)) = self.drawn.take() {
            drop(stop);
            let _ = drawing.join();
            output.lock().clear_line();
        }
    }
}

struct Line {
    what: Arc<Mutex<String>>,
    at_most: Option<String>,
    columns: usize,
    begun: Instant,
}

impl Line {
    /// The text, which says so if the command waits for the platform's rate limit.
    fn text(&self, frame: &str, limited: Duration) -> String {
        let elapsed = self.begun.elapsed().as_secs();
        let time = match &self.at_most {
            Some(at_most) => format!(" · {elapsed} s of {at_most}"),
            None => format!(" · {elapsed} s"),
        };
        // Two for the frame, and one that stays free.
        let what = self.what.lock().unwrap_or_else(PoisonError::into_inner);
        let what = match limited.as_secs() + u64::from(limited.subsec_nanos() > 0) {
            0 => what.clone(),
            seconds => format!("waiting {seconds} s for the rate limit; {what}"),
        };
        let what = cut(&what, self.columns.saturating_sub(width(&time) + 3));
        format!("{frame} {what}{time}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_fits_and_keeps_its_time() {
        let line = |columns| Line {
            what: Arc::new(Mutex::new(
                "waiting for https://hooks.example.org to answer".to_owned(),
            )),
            at_most: Some("20 s".to_owned()),
            columns,
            begun: Instant::now(),
        };
        assert_eq!(
            line(80).text("⠋", Duration::ZERO),
            "⠋ waiting for https://hooks.example.org to answer · 0 s of 20 s"
        );
        let limited = line(80).text("⠋", Duration::from_millis(11_200));
        assert!(
            limited.starts_with("⠋ waiting 12 s for the rate limit; waiting for https://"),
            "{limited}"
        );
        for columns in [20, 30, 40] {
            let text = line(columns).text("⠋", Duration::ZERO);
            assert!(
                width(&text) < columns && text.ends_with("… · 0 s of 20 s"),
                "{text}"
            );
        }
    }
}
