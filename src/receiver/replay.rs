//! A recording that is read, to be sent again.

use std::{ops::Range, time::Duration};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{
    expect::{Facts, Known},
    record::Line,
};
use crate::model::{header::is_of_connection, received::Received};

/// Whether a header belongs to one connection or call, so that it isn't passed on.
pub(crate) fn is_of_one_call(name: &str) -> bool {
    let mut own = ["expect", "user-agent"].into_iter();
    is_of_connection(name) || own.any(|own| own.eq_ignore_ascii_case(name))
}

/// The deliveries of a recording.
#[derive(Debug)]
pub(crate) struct Replay {
    bytes: Zeroizing<Vec<u8>>,
    /// Where the deliveries are.
    lines: Vec<Range<usize>>,
    /// Whether the last line is not whole.
    pub(crate) is_cut: bool,
    /// Which fields its payloads can have.
    pub(crate) known: Known,
}

impl Replay {
    /// Reads a recording. Fails with the number of the first line that is neither a delivery nor
    /// another line of `listen`, unless it is the last one.
    pub(crate) fn read(bytes: Zeroizing<Vec<u8>>) -> Result<Self, usize> {
        let mut lines = Vec::new();
        let mut broken = None;
        let mut known = Known::Payloads;
        let mut start = 0;
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let range = start..start + line.len();
            start = range.end;
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Some(number) = broken {
                return Err(number);
            }
            match Line::read(line) {
                Line::Delivery(received) => {
                    if received.event.is_none() || received.request_id.is_none() {
                        known = Known::Any;
                    }
                    lines.push(range);
                }
                Line::Other => {}
                Line::Broken => broken = Some(number + 1),
            }
        }
        let is_cut = broken.is_some();
        Ok(Self {
            bytes,
            lines,
            is_cut,
            known,
        })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The deliveries, in order.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = Box<Received>> {
        self.lines
            .iter()
            .filter_map(|range| match Line::read(&self.bytes[range.clone()]) {
                Line::Delivery(received) => Some(received),
                _ => None,
            })
    }

    /// Keeps only some deliveries.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Received, &Facts<'_>) -> bool) {
        let known = self.known;
        let bytes = &self.bytes;
        self.lines.retain(|range| {
            let Line::Delivery(received) = Line::read(&bytes[range.clone()]) else {
                return false;
            };
            let facts = Facts {
                method: &received.method,
                path: &received.path,
                payload: received.payload.as_ref(),
                known,
            };
            keep(&received, &facts)
        });
    }
}

/// How long after the first delivery another one arrived.
pub(crate) fn offset(first: &Received, other: &Received) -> Duration {
    let time = |received: &Received| received.time.parse::<Timestamp>().ok();
    let (Some(first), Some(other)) = (time(first), time(other)) else {
        return Duration::ZERO;
    };
    Duration::try_from(other.duration_since(first)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"type":"delivery","number":1,"time":"2026-02-03T10:11:12.5Z","method":"POST","path":"/","event":"pipeline_request_failed","request_id":"r","headers":[],"payload":{"n":1.50},"bytes":4,"verified":null,"repeat":false,"answered":200,"duration_ms":0,"problem":null}"#;

    fn read(text: &str) -> Result<Replay, usize> {
        Replay::read(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn deliveries_are_read_up_to_a_line_that_is_not_whole() {
        let text = format!("{{\"type\":\"ready\"}}\n\n{ONE}\n{ONE}\n{}", &ONE[..40]);
        let replay = read(&text).unwrap();
        assert_eq!((replay.len(), replay.is_cut), (2, true));
        let bodies: Vec<_> = replay
            .deliveries()
            .map(|one| one.payload.unwrap().to_string())
            .collect();
        assert_eq!(bodies, [r#"{"n":1.50}"#; 2]);
        assert_eq!(read(&format!("{ONE}\nx\n{ONE}\n")).unwrap_err(), 2);
        assert!(read(&format!("{ONE}\nx\n")).unwrap().is_cut);
        assert!(read("").unwrap().is_empty());
        let any = ONE.replace("\"r\"", "null");
        assert_eq!(read(&any).unwrap().known, Known::Any);
    }

    #[test]
    fn pauses_are_those_between_the_deliveries() {
        let at = |time: &str| {
            let line = ONE.replace("2026-02-03T10:11:12.5Z", time);
            read(&line).unwrap().deliveries().next().unwrap()
        };
        let first = at("2026-02-03T10:11:12.5Z");
        for (time, millis) in [
            ("2026-02-03T10:11:13.75Z", 1250),
            ("2026-02-03T10:11:12.5Z", 0),
            // A clock that was set back.
            ("2026-02-03T10:11:11Z", 0),
            ("never", 0),
        ] {
            assert_eq!(
                offset(&first, &at(time)),
                Duration::from_millis(millis),
                "{time}"
            );
        }
    }
}
