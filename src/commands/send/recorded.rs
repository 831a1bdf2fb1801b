//! The deliveries of a recording, as they are sent again.

use std::{path::Path, time::Duration};

use super::route::Route;
use crate::{
    commands::{context::Context, narrow::Narrow},
    deliver::{Headers, Message},
    input,
    model::{
        assignment::Assignment, failure::Failure, json::Json, received::Received, shell::quote_path,
    },
    receiver::{
        body::Content,
        replay::{Replay, offset},
    },
};

/// Far more than recordings of tests have.
const MAX_RECORDING: usize = 1 << 30;

/// The deliveries that are sent again.
#[derive(Debug)]
pub(super) struct Recorded {
    replay: Replay,
    changes: Vec<Assignment>,
}

impl Recorded {
    /// Reads a recording; `-` is standard input.
    pub(super) async fn read(cx: &Context, path: &Path, only: &[String]) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |why: String| Failure::usage(format!("-f {shown}: {why}"));
        let bytes = match path.as_os_str() == "-" {
            true if cx.terminal.stdin => {
                return Err(failed("standard input is a terminal".to_owned()));
            }
            true => input::stdin(MAX_RECORDING).await,
            false => input::file(path, MAX_RECORDING).await,
        };
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let replay = Replay::read(bytes);
        let mut replay = replay.map_err(|line| {
            let without = format!("sed {line}d {} > whole.ndjson", quote_path(path));
            failed(format!("line {line} is not a recorded delivery"))
                .with_hint(format!("to leave it out: {without}"))
        })?;
        if replay.is_empty() {
            let hint = "ubihook listen --record FILE makes a recording";
            return Err(failed("there are no deliveries in it".to_owned()).with_hint(hint));
        }
        if replay.is_cut {
            cx.output.warn(&format!(
                "{shown}: the last line is not a whole delivery, and is not sent"
            ));
        }
        let narrow = Narrow::parse(Vec::new(), "--only", only, replay.known)?;
        replay.retain(|_, facts| narrow.takes(None, facts));
        if replay.is_empty() {
            return Err(failed("none of its deliveries matches --only".to_owned()));
        }
        Ok(Self {
            replay,
            changes: Vec::new(),
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.replay.len()
    }

    /// Changes fields of all payloads that have them; refuses what none of them has.
    pub(super) fn set(&mut self, changes: Vec<Assignment>) -> Result<(), Failure> {
        for change in &changes {
            let mut refused = None;
            let mut is_possible = false;
            for received in self.replay.deliveries() {
                let mut payload = received.payload.unwrap_or_else(Json::empty);
                match change.apply(&mut payload) {
                    Ok(()) => is_possible = true,
                    Err(invalid) => refused = refused.or(Some(invalid)),
                }
                if is_possible {
                    break;
                }
            }
            if let Some(invalid) = refused.filter(|_| !is_possible) {
                return Err(Failure::invalid("--set", &invalid));
            }
        }
        self.changes = changes;
        Ok(())
    }

    /// Checks that the route has a value for each protected header, and that all can be sent.
    pub(super) fn check(&self, route: &Route, headers: &Headers) -> Result<(), Failure> {
        self.replay.deliveries().try_for_each(|received| {
            route.check(&received)?;
            let headers = route.headers_of(&received, headers.clone());
            let number = received.number;
            let refused =
                |_| Failure::usage(format!("a header of delivery {number} can't be sent"));
            headers.map(|_| ()).map_err(refused)
        })
    }

    /// Each delivery, and how long after the first one it is due.
    pub(super) fn messages(
        &self,
        route: &Route,
        headers: &Headers,
        at_recorded_speed: bool,
    ) -> impl Iterator<Item = (Duration, Message)> {
        let first = self.replay.deliveries().next();
        self.replay.deliveries().filter_map(move |received| {
            let after = first.as_ref().filter(|_| at_recorded_speed);
            let after = after.map_or(Duration::ZERO, |first| offset(first, &received));
            // They were checked before.
            let headers = route.headers_of(&received, headers.clone()).ok()?;
            let message = Message {
                body: self.body(*received),
                headers: Some(headers),
                wants_answer: false,
            };
            Some((after, message))
        })
    }

    fn body(&self, mut received: Received) -> Vec<u8> {
        if let Some(payload) = &mut received.payload {
            for change in &self.changes {
                // A payload without the field stays as it is.
                let _ = change.apply(payload);
            }
        }
        Content::restore(&received)
    }
}
