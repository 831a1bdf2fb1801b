//! What `doctor` has looked at, and the one sentence that says what is most likely wrong: pure.

use serde::Serialize;

/// The outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It is as it should be.
    Pass,
    /// It may be a problem, or become one.
    Warn,
    /// It is a problem.
    Fail,
    /// It could not be looked at, or there is nothing to look at.
    Skip,
}

impl Status {
    /// Its name in JSON and in text.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// The checks of the setup, in order. The ids are an interface.
pub(crate) const SET_UP: [&str; 14] = [
    "config",
    "host",
    "project",
    "token",
    "store",
    "reachable",
    "tls",
    "proxy",
    "clock",
    "keyring",
    "state",
    "index",
    "completion",
    "mock",
];

/// The checks of one webhook, in the order of an event's path.
pub(crate) const OF_WEBHOOK: [&str; 11] = [
    "webhook",
    "enabled",
    "object",
    "version",
    "event",
    "requests",
    "url",
    "headers",
    "last_test",
    "log",
    "deliveries",
];

/// Without these, the platform can't be asked about a webhook.
const ESSENTIAL: [&str; 7] = [
    "config",
    "host",
    "project",
    "token",
    "reachable",
    "tls",
    "proxy",
];

/// What one check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// Its name, which stays the same.
    pub id: &'static str,
    pub status: Status,
    /// What was looked at.
    pub subject: String,
    /// What was found: a clause that is understood without the subject.
    pub found: String,
    /// The next command to type, or what to change.
    pub hint: Option<String>,
    /// How well a warning explains why nothing arrives.
    #[serde(skip)]
    pub explains: u8,
}

impl Check {
    fn new(id: &'static str, status: Status, subject: &str, found: impl Into<String>) -> Self {
        Self {
            id,
            status,
            subject: subject.to_owned(),
            found: found.into(),
            hint: None,
            explains: 0,
        }
    }

    /// A check that has found nothing wrong.
    pub(crate) fn pass(id: &'static str, subject: &str, found: impl Into<String>) -> Self {
        Self::new(id, Status::Pass, subject, found)
    }

    /// A check that has found something doubtful.
    pub(crate) fn warn(id: &'static str, subject: &str, found: impl Into<String>) -> Self {
        Self::new(id, Status::Warn, subject, found)
    }

    /// A check that has found a problem.
    pub(crate) fn fail(id: &'static str, subject: &str, found: impl Into<String>) -> Self {
        Self::new(id, Status::Fail, subject, found)
    }

    /// A check that could not be made, with the reason.
    pub(crate) fn skip(id: &'static str, subject: &str, why: impl Into<String>) -> Self {
        Self::new(id, Status::Skip, subject, why)
    }

    /// Sets what to do next.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.hinted(Some(hint.into()))
    }

    /// Sets what to do next, if something helps.
    #[must_use]
    pub(crate) fn hinted(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Sets how well the warning explains that nothing arrives.
    #[must_use]
    pub(crate) fn explaining(self, explains: u8) -> Self {
        Self { explains, ..self }
    }

    /// How likely it is what the user is looking for; nothing if it is not a problem.
    fn weight(&self) -> Option<u8> {
        let is_of_webhook = OF_WEBHOOK.contains(&self.id);
        match self.status {
            Status::Pass | Status::Skip => None,
            Status::Fail if ESSENTIAL.contains(&self.id) => Some(30),
            Status::Fail if is_of_webhook => Some(29),
            Status::Fail => Some(28),
            Status::Warn if is_of_webhook => Some(10 + self.explains),
            Status::Warn => Some(1),
        }
    }
}

/// Whether no check has failed.
pub(crate) fn is_ok(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.status != Status::Fail)
}

/// The most likely problem: of equally likely ones the first.
pub(crate) fn worst(checks: &[Check]) -> Option<&Check> {
    let mut worst: Option<(u8, &Check)> = None;
    for check in checks {
        let Some(weight) = check.weight() else {
            continue;
        };
        if worst.is_none_or(|(most, _)| weight > most) {
            worst = Some((weight, check));
        }
    }
    worst.map(|(_, check)| check)
}

/// The verdict in one sentence; about the webhook, if one is named.
pub(crate) fn verdict(checks: &[Check], webhook: Option<&str>) -> String {
    let worst = worst(checks);
    let Some(name) = webhook else {
        return match worst {
            None => "the setup works".to_owned(),
            Some(check) if check.status == Status::Warn => {
                format!("the setup works, with a warning: {}", check.found)
            }
            Some(check) => check.found.clone(),
        };
    };
    let named =
        worst.filter(|check| check.status == Status::Fail || OF_WEBHOOK.contains(&check.id));
    if let Some(check) = named {
        return check.found.clone();
    }
    // The end of the path is the most telling.
    let passed = |id: &&str| {
        let mut all = checks.iter();
        all.find(|check| check.id == *id && check.status == Status::Pass)
    };
    let evidence = ["deliveries", "log", "last_test", "requests"];
    match evidence.iter().find_map(passed) {
        Some(check) => format!("found nothing wrong with webhook `{name}`: {}", check.found),
        None => format!("found nothing wrong with webhook `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_comes_before_a_warning_and_the_set_up_before_the_webhook() {
        let warned = Check::warn("keyring", "k", "no keyring");
        let url = Check::warn("url", "u", "is loopback").explaining(2);
        let due = Check::warn("requests", "r", "nothing was due").explaining(1);
        let failed = Check::fail("last_test", "t", "answered 401");
        let token = Check::fail("token", "t", "no token");
        let of = |checks: &[&Check], name| {
            let checks: Vec<_> = checks.iter().map(|check| (*check).clone()).collect();
            verdict(&checks, name)
        };
        assert_eq!(of(&[], None), "the setup works");
        assert_eq!(
            of(&[&warned], None),
            "the setup works, with a warning: no keyring"
        );
        assert_eq!(of(&[&warned, &due], Some("a")), "nothing was due");
        assert_eq!(of(&[&due, &url], Some("a")), "is loopback");
        assert_eq!(of(&[&warned, &url, &failed], Some("a")), "answered 401");
        assert_eq!(of(&[&token, &failed], Some("a")), "no token");
        assert_eq!(
            of(&[&warned], Some("a")),
            "found nothing wrong with webhook `a`"
        );
        let arrived = Check::pass("deliveries", "d", "it was answered 200");
        assert_eq!(
            of(&[&warned, &arrived], Some("a")),
            "found nothing wrong with webhook `a`: it was answered 200"
        );
    }

    #[test]
    fn only_a_failure_is_not_ok() {
        assert!(is_ok(&[
            Check::warn("url", "u", "w"),
            Check::skip("log", "l", "s")
        ]));
        assert!(!is_ok(&[Check::fail("url", "u", "f")]));
    }
}
