//! Injected faults: `METHOD PATH=EFFECT[xN]`, as typed and as a control call sends it.

use std::{fmt, str::FromStr, time::Duration};

use super::paths;
use crate::{
    mock::served::METHODS,
    model::{duration, invalid::Invalid, text::did_you_mean},
};

/// What happens to a call or a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is refused with this status, and not processed.
    Status(u16),
    /// It is processed later.
    Delay(Duration),
    /// It is processed, and its connection closed before the response.
    Cut,
    /// It is processed, and its connection closed in the middle of the response body.
    Truncate,
    /// It is refused for this many seconds, as the platform limits rates.
    RateLimit(u32),
    /// A delivery arrives twice.
    Twice,
    /// A delivery never arrives.
    Drop,
    /// A delivery arrives after the one that follows it.
    Swap,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Delay(time) => write!(f, "delay:{}", duration::short(*time)),
            Self::Cut => f.write_str("cut"),
            Self::Truncate => f.write_str("truncate"),
            Self::RateLimit(seconds) => write!(f, "ratelimit:{seconds}"),
            Self::Twice => f.write_str("twice"),
            Self::Drop => f.write_str("drop"),
            Self::Swap => f.write_str("swap"),
        }
    }
}

/// What a fault applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Call {
        /// In upper case; nothing for every method.
        method: Option<String>,
        /// Below the project, or below the version.
        path: String,
    },
    Delivery {
        /// A name, or a pattern.
        webhook: String,
    },
}

/// An injected fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    of: Of,
    /// What happens.
    pub effect: Effect,
    /// How often it applies; `None` for always.
    pub times: Option<u32>,
}

impl Fault {
    /// Whether it applies to a call: `path` is the part after the project, or after the version.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        match &self.of {
            Of::Call {
                method: own,
                path: pattern,
            } => own.as_deref().is_none_or(|own| own == method) && fits(pattern, path),
            Of::Delivery { .. } => false,
        }
    }

    /// Whether it applies to deliveries of a webhook.
    pub(crate) fn matches_delivery(&self, name: &str) -> bool {
        match &self.of {
            Of::Call { .. } => false,
            Of::Delivery { webhook } => fits(webhook, name),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Of::Call { method, path } => {
                write!(
                    f,
                    "{} {path}={}",
                    method.as_deref().unwrap_or("*"),
                    self.effect
                )?;
            }
            Of::Delivery { webhook } => write!(f, "deliver {webhook}={}", self.effect)?,
        }
        self.times.map_or(Ok(()), |times| write!(f, "x{times}"))
    }
}

/// Whether a path matches a pattern, in which `*` matches any text.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => rest.is_empty(),
    }
}

fn invalid(rule: &str) -> Invalid {
    Invalid::new("fault", rule).instead("'POST /webhooks=503x2'")
}

/// The same of a fault of deliveries.
fn invalid_delivery(rule: &str) -> Invalid {
    Invalid::new("fault", rule).instead("'deliver WEBHOOK=delay:2s'")
}

impl FromStr for Fault {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let form = "must be `METHOD PATH=EFFECT` or `deliver WEBHOOK=EFFECT`, with `xN` after it for N \
                    times";
        let (what, effect) = text.rsplit_once('=').ok_or_else(|| invalid(form))?;
        let (word, of) = what.trim().split_once(' ').ok_or_else(|| invalid(form))?;
        let of = of.trim();
        let (effect, times) = times(effect.trim())?;
        let is_delivery = word.eq_ignore_ascii_case("deliver");
        Ok(Self {
            of: if is_delivery {
                Of::Delivery {
                    webhook: of.to_owned(),
                }
            } else {
                call(word, of)?
            },
            effect: effect_of(effect, is_delivery)?,
            times,
        })
    }
}

/// The calls that a fault is about: there must be such calls.
fn call(method: &str, path: &str) -> Result<Of, Invalid> {
    if !path.starts_with(['/', '*']) {
        return Err(invalid("needs a path that begins with `/` or is `*`"));
    }
    let method = method.to_ascii_uppercase();
    if method != "*" && !METHODS.contains(&&*method) {
        let rule = "needs a method: GET, POST, PATCH, PUT, DELETE, or `*` for any";
        return Err(invalid(rule));
    }
    let path = paths::below_project(path);
    let methods = paths::methods(path);
    if methods.is_empty() {
        let rule = format!("names `{path}`, a path that the mock doesn't serve");
        let near = paths::near(path);
        return Err(Invalid::new("fault", did_you_mean(&rule, near)));
    }
    if method != "*" && !methods.contains(&&*method) {
        let known = methods.join(", ");
        let rule =
            format!("names {method} `{path}`, which the mock doesn't serve: it serves {known}");
        return Err(invalid(&rule));
    }
    Ok(Of::Call {
        method: (method != "*").then_some(method),
        path: path.to_owned(),
    })
}

/// An effect without how often.
fn times(effect: &str) -> Result<(&str, Option<u32>), Invalid> {
    let Some((effect, times)) = effect.rsplit_once('x') else {
        return Ok((effect, None));
    };
    match times.parse() {
        Ok(times @ 1..) => Ok((effect, Some(times))),
        _ => Err(invalid(
            "needs a repeat count of at least 1 after `x`: `503x2`",
        )),
    }
}

fn effect_of(text: &str, is_delivery: bool) -> Result<Effect, Invalid> {
    let delay = |time| duration::parse(time).ok().map(Effect::Delay);
    if is_delivery {
        let effect = match text.split_once(':') {
            None if text == "twice" => Some(Effect::Twice),
            None if text == "drop" => Some(Effect::Drop),
            None if text == "swap" => Some(Effect::Swap),
            Some(("delay", time)) => delay(time),
            _ => None,
        };
        let rule = "needs an effect on deliveries: `delay:2s`, `twice`, `drop` or `swap`";
        return effect.ok_or_else(|| invalid_delivery(rule));
    }
    let effect = match text.split_once(':') {
        None if text == "cut" => Some(Effect::Cut),
        None if text == "truncate" => Some(Effect::Truncate),
        None => text
            .parse()
            .ok()
            .filter(|status| (300..=599).contains(status))
            .map(Effect::Status),
        Some(("delay", time)) => delay(time),
        Some(("ratelimit", seconds)) => seconds.parse().ok().map(Effect::RateLimit),
        Some(_) => None,
    };
    effect.ok_or_else(|| {
        invalid(
            "needs an effect: a status from 300 to 599, `delay:2s`, `cut`, `truncate` or \
             `ratelimit:30`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_which_call_what_and_how_often() {
        let fault: Fault = "post /webhooks=503x2".parse().unwrap();
        assert_eq!((fault.effect, fault.times), (Effect::Status(503), Some(2)));
        assert!(fault.matches("POST", "/webhooks"));
        assert!(!fault.matches("GET", "/webhooks") && !fault.matches("POST", "/webhooks/a"));
        let effect = |text: &str| format!("* *={text}").parse::<Fault>().map(|f| f.effect);
        assert_eq!(
            effect("delay:500ms"),
            Ok(Effect::Delay(Duration::from_millis(500)))
        );
        assert_eq!(effect("ratelimit:3x1"), Ok(Effect::RateLimit(3)));
        assert_eq!(effect("cut"), Ok(Effect::Cut));
        assert_eq!(effect("truncate"), Ok(Effect::Truncate));
        for bad in ["200", "99", "slow", "delay:x", "503x0", "503x", ""] {
            assert!(effect(bad).is_err(), "{bad}");
        }
        for bad in [
            "/webhooks=503",
            "GET webhooks=503",
            "FETCH /=503",
            "GET /webhooks",
            "* *=swap",
            "deliver w=503",
            "deliver=drop",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fault_of_deliveries_names_webhooks() {
        let fault: Fault = "deliver orders-*=delay:1s x2"
            .replace(" x", "x")
            .parse()
            .unwrap();
        assert_eq!(
            (fault.effect, fault.times),
            (Effect::Delay(Duration::from_secs(1)), Some(2))
        );
        assert!(fault.matches_delivery("orders-failed") && !fault.matches_delivery("other"));
        assert!(!fault.matches("GET", "/webhooks"));
        for effect in ["twice", "drop", "swap"] {
            assert!(format!("deliver w={effect}").parse::<Fault>().is_ok());
        }
    }

    #[test]
    fn a_fault_that_no_call_can_meet_is_refused() {
        let refused = |text: &str| text.parse::<Fault>().unwrap_err().rule;
        assert!(
            refused("POST /webhook=503").contains("`/webhook`, a path that the mock doesn't serve")
        );
        assert!(refused("DELETE /webhooks=503").ends_with("it serves GET, POST"));
        for path in [
            "/projects/demo/webhooks",
            "/v2/projects/demo/webhooks",
            "/projects/*/webhooks",
        ] {
            let fault: Fault = format!("GET {path}=503").parse().unwrap();
            assert!(fault.matches("GET", "/webhooks"), "{path}");
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, path, expected) in [
            ("*", "/webhooks/a", true),
            ("/webhooks/*", "/webhooks/a", true),
            ("/webhooks/*", "/webhooks", false),
            (
                "/deployments/*/requests",
                "/deployments/d/versions/v/requests",
                true,
            ),
            (
                "/deployments/*/requests",
                "/deployments/d/requests/r",
                false,
            ),
            ("/*/d*", "/deployments/d", true),
            ("/webhooks", "/webhooks-tests", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
