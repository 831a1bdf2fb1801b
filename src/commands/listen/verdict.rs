//! What an end means: the last line, and the exit code.

use std::time::Duration;

use super::taking::{End, State};
use crate::{
    model::{
        duration,
        failure::{Failure, Kind},
        text::counted,
    },
    output::received::{Differs, Expected, Nearest, Verdict},
    receiver::{
        expect::Difference,
        judge::{Judge, Tracked},
    },
};

/// How the expectations stand at the end.
pub(super) fn verdict(judge: &Judge, end: End) -> Verdict {
    let differs = |one: &Difference| Differs {
        field: one.field.clone(),
        expected: one.expected.clone(),
        found: one.found.clone(),
    };
    let nearest = |one: &Tracked| {
        let (number, differences) = one.nearest.as_ref().filter(|_| !one.is_met())?;
        Some(Nearest {
            expect: one.expectation.text.clone(),
            number: *number,
            differs: differences.iter().map(differs).collect(),
        })
    };
    let expected = |one: &Tracked| Expected {
        expect: one.expectation.text.clone(),
        count: one.expectation.count,
        seen: one.seen,
    };
    Verdict {
        r#type: "result",
        met: judge.is_met() && !matches!(end, End::Unexpected(_)),
        deliveries: judge.deliveries,
        expected: judge.tracked.iter().map(expected).collect(),
        unexpected: judge.unexpected.clone(),
        unexpected_count: judge.unexpected_count,
        nearest: judge.tracked.iter().filter_map(nearest).collect(),
    }
}

/// Ends with 7 if something was expected and not met.
pub(super) fn outcome(
    verdict: &Verdict,
    end: End,
    timeout: Option<Duration>,
    hint: String,
) -> anyhow::Result<()> {
    if verdict.met {
        return Ok(());
    }
    let unmet = counted(verdict.unmet() as u64, "expectation");
    let message = match (end, timeout) {
        (End::Unexpected(number), _) => format!("delivery {number} was not expected"),
        (End::TimedOut, Some(timeout)) => {
            format!("{unmet} not met within {}", duration::describe(timeout))
        }
        _ => format!("stopped with {unmet} not met"),
    };
    let failure = Failure::new(Kind::Failed, message);
    // Something has arrived, so the way is open.
    if matches!(end, End::Unexpected(_)) {
        return Err(failure.into());
    }
    Err(failure.with_hint(hint).into())
}

/// What to do if something that was expected didn't arrive.
pub(super) fn hint(state: &State) -> String {
    let (refused, why) = &state.refused;
    let repeats = state.judge.repeats;
    if *refused > 0 {
        let was = if *refused == 1 {
            "was"
        } else {
            "were, the last one"
        };
        return format!("{} {was} refused: {why}", counted(*refused, "delivery"));
    }
    if repeats > 0 {
        let were = if repeats == 1 { "was" } else { "were" };
        let repeats = counted(repeats, "repeat");
        return format!("{repeats} {were} not counted; --count-repeats counts them");
    }
    "if nothing arrives from a webhook: `ubihook doctor NAME`".to_owned()
}
