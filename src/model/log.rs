//! The platform's log lines (reference, section 8), and the periods they are requested for.

pub(crate) mod pages;
pub(crate) mod seen;

use serde::{Deserialize, Serialize};

use crate::model::lenient::or_default;

/// A line from the platform's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogLine {
    /// Nanoseconds since 1970.
    pub(crate) timestamp: i64,
    /// The same as text, for languages whose numbers are not exact enough.
    #[serde(default, deserialize_with = "or_default")]
    timestamp_str: String,
    /// The text.
    pub(crate) log: String,
    /// What the line is about.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) metadata: Metadata,
}

/// The labels of a line; only those that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// The webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_name: Option<String>,
    /// Whether the platform wrote it, as opposed to code of a user. Not read here.
    #[serde(skip_deserializing)]
    pub(crate) system: bool,
    /// `info` or `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<String>,
}

impl LogLine {
    /// A line at that time, in nanoseconds since 1970.
    pub(crate) fn new(timestamp: i64, log: String, metadata: Metadata) -> Self {
        Self {
            timestamp,
            timestamp_str: timestamp.to_string(),
            log,
            metadata,
        }
    }
}

/// A period: from its start up to its end, which isn't part of it. In nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// The first nanosecond.
    pub(crate) start: i64,
    /// The first nanosecond after it.
    pub(crate) end: i64,
}

impl Period {
    fn contains(self, time: i64) -> bool {
        (self.start..self.end).contains(&time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_any_labels() {
        for (json, webhook) in [
            (r#"{"timestamp":1770113472345678901,"log":"x"}"#, None),
            (r#"{"timestamp":1,"log":"x","metadata":null}"#, None),
            (
                r#"{"timestamp":1,"timestamp_str":null,"log":"x","metadata":
                    {"webhook_name":"a","system":"true","level":null,"process_id":5}}"#,
                Some("a"),
            ),
        ] {
            let line: LogLine = serde_json::from_str(json).unwrap();
            assert_eq!(line.metadata.webhook_name.as_deref(), webhook, "{json}");
        }
    }
}
