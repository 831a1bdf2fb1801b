//! What `--expect`, `--match` or `--set` says, on the first line; and a payload for it.

use ubihook::inside::{
    model::{Assignment, Json},
    receiver::{Expectation, Facts, Known, conditions},
};

use super::held::text;

pub fn target(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (line, payload) = text.split_once('\n').unwrap_or((text, "{}"));
    let payload = payload.parse::<Json>().ok();
    for known in [Known::Payloads, Known::Any] {
        let facts = Facts {
            method: "POST",
            path: "/a?b",
            payload: payload.as_ref(),
            known,
        };
        if let Ok(conditions) = conditions(line, known) {
            let all_met = conditions.iter().all(|one| one.is_met(&facts));
            // The same conditions as an expectation; one of them may be called `count`.
            if conditions.iter().all(|one| one.field != "count") {
                let expected = Expectation::parse(line, known).unwrap();
                assert_eq!(expected.count, 1);
                assert_eq!(expected.differences(&facts).is_empty(), all_met);
            }
            for (at, one) in conditions.iter().enumerate() {
                assert!(known.check(&one.field).is_ok());
                assert!(
                    conditions[..at]
                        .iter()
                        .all(|other| other.field != one.field)
                );
            }
        }
        if let Ok(expected) = Expectation::parse(line, known) {
            assert_eq!(expected.text, line);
            assert!(expected.count > 0);
            for one in expected.differences(&facts) {
                assert_ne!(one.expected, one.found);
            }
        }
    }
    if let (Some(payload), Ok(change)) = (&payload, line.parse::<Assignment>()) {
        let mut changed = payload.clone();
        if change.apply(&mut changed).is_ok() {
            assert_eq!(changed.as_str().parse::<Json>().unwrap(), changed);
            assert_eq!(changed.at(&change.field), Some(change.value.as_str()));
        } else {
            assert_eq!(&changed, payload);
        }
    }
    if let Some(payload) = payload
        && let Ok(value) = serde_json::from_str(payload.as_str())
    {
        let facts = Facts {
            method: "POST",
            path: "/",
            payload: Some(&payload),
            known: Known::Any,
        };
        // A payload contains itself.
        assert!(
            Expectation::containing(value, 1)
                .differences(&facts)
                .is_empty()
        );
    }
}
