//! Injected faults: `METHOD PATH=EFFECT[xN]`, as typed and as a control call sends it.

use std::{str::FromStr, time::Duration};

use crate::model::{duration, invalid::Invalid};

/// The effect on a call.
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
}

/// An injected fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In upper case; `None` for every method.
    method: Option<String>,
    path: String,
    /// Its effect.
    pub effect: Effect,
    /// How often it applies; `None` for always.
    pub times: Option<u32>,
}

impl Fault {
    /// Whether it applies to a call: `path` is the part after the project, or after the version.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|own| own == method) && fits(&self.path, path)
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

impl FromStr for Fault {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let form = "must be `METHOD PATH=EFFECT`, with `xN` after it for N times";
        let (call, effect) = text.rsplit_once('=').ok_or_else(|| invalid(form))?;
        let (method, path) = call.trim().split_once(' ').ok_or_else(|| invalid(form))?;
        let path = path.trim();
        if !path.starts_with(['/', '*']) {
            return Err(invalid("needs a path that begins with `/` or is `*`"));
        }
        let method = method.to_ascii_uppercase();
        let known = ["GET", "POST", "PATCH", "PUT", "DELETE", "*"];
        if !known.contains(&method.as_str()) {
            let rule = "needs a method: GET, POST, PATCH, PUT, DELETE, or `*` for any";
            return Err(invalid(rule));
        }
        let (effect, times) = times(effect.trim())?;
        Ok(Self {
            method: (method != "*").then_some(method),
            path: path.to_owned(),
            effect: effect_of(effect)?,
            times,
        })
    }
}

/// An effect without a repeat count.
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

fn effect_of(text: &str) -> Result<Effect, Invalid> {
    let effect = match text.split_once(':') {
        None if text == "cut" => Some(Effect::Cut),
        None if text == "truncate" => Some(Effect::Truncate),
        None => text
            .parse()
            .ok()
            .filter(|status| (300..=599).contains(status))
            .map(Effect::Status),
        Some(("delay", time)) => duration::parse(time).ok().map(Effect::Delay),
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
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_star_matches_any_text() {
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
