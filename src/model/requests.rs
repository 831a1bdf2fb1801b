//! Requests of a deployment or pipeline as the platform lists them, and which of them fire an event:
//! pure.

use serde::Deserialize;

use crate::model::{event::Phase, payload::RequestStatus};

/// A request in a list. Only what is needed to count it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    /// Its status, which may be one that is not known yet.
    pub status: String,
    /// When it began to be processed.
    #[serde(default)]
    pub time_started: Option<String>,
}

/// The statuses of requests that have ended, which the platform lists together.
pub(crate) const ENDED: [RequestStatus; 3] = [
    RequestStatus::Completed,
    RequestStatus::Failed,
    RequestStatus::Cancelled,
];

/// The statuses of requests that have not, which it lists apart from the others.
pub(crate) const ACTIVE: [RequestStatus; 2] = [RequestStatus::Pending, RequestStatus::Processing];

/// The statuses of ended requests that fire events of this phase.
pub(crate) fn firing(phase: Phase) -> &'static [RequestStatus] {
    match phase {
        // A request that was cancelled while it was pending has never started.
        Phase::Started | Phase::Finished => &ENDED,
        Phase::Completed => &[RequestStatus::Completed],
        Phase::Failed => &[RequestStatus::Failed],
    }
}

impl Request {
    /// Whether one that hasn't ended has fired an event of this phase since a time, which the platform's list of them
    /// doesn't narrow.
    pub(crate) fn has_started(&self, since: Option<&str>, phase: Phase) -> bool {
        let started = self.time_started.as_deref();
        phase == Phase::Started
            && started.is_some_and(|started| since.is_none_or(|since| started >= since))
    }

    /// Whether it has fired an event of this phase.
    pub(crate) fn fires(&self, phase: Phase) -> bool {
        let status = RequestStatus::named(&self.status);
        if phase == Phase::Started {
            return self.time_started.is_some();
        }
        status.is_some_and(|status| firing(phase).contains(&status))
    }
}

/// How many requests there are of each status, in words: `2 completed, 1 failed`.
pub(crate) fn by_status(requests: &[Request]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for request in requests {
        match counts
            .iter_mut()
            .find(|(status, _)| *status == request.status)
        {
            Some((_, count)) => *count += 1,
            None => counts.push((&request.status, 1)),
        }
    }
    let words: Vec<_> = counts
        .iter()
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(status: &str, started: bool) -> Request {
        Request {
            status: status.to_owned(),
            time_started: started.then(|| "2026-02-03T10:11:12Z".to_owned()),
        }
    }

    #[test]
    fn one_that_has_not_ended_may_have_started() {
        let processing = request("processing", true);
        for (since, phase, expected) in [
            (None, Phase::Started, true),
            (Some("2026-02-03T10:11:11Z"), Phase::Started, true),
            (Some("2026-02-03T10:11:13Z"), Phase::Started, false),
            (None, Phase::Finished, false),
        ] {
            assert_eq!(processing.has_started(since, phase), expected);
        }
        assert!(!request("pending", false).has_started(None, Phase::Started));
    }

    #[test]
    fn each_phase_has_its_own_requests() {
        let all = [
            request("completed", true),
            request("failed", true),
            request("cancelled", true),
            request("cancelled", false),
            request("processing", true),
            request("pending", false),
            request("odd", false),
        ];
        let fired = |phase| all.iter().filter(|one| one.fires(phase)).count();
        assert_eq!(Phase::ALL.map(fired), [4, 1, 1, 4]);
        assert_eq!(
            by_status(&all),
            "1 completed, 1 failed, 2 cancelled, 1 processing, 1 pending, 1 odd"
        );
    }
}
