//! Whether a webhook is older than a call, by the platform's own clock.
//!
//! That clock shows itself in the `Date` of answers, in whole seconds. Where a second is too much to
//! decide, one question decides it: it is asked just before the clock would go on to a full second
//! if the webhook had been made at the very moment of the call. If the clock has gone on already,
//! the webhook is older.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{Project, clock::Bounds, send::Call};
use crate::model::webhook::Webhook;

/// How long before the full second it is asked: a webhook that is older than the call by less than
/// this counts as made by it, and an answer that takes longer decides nothing.
const MARGIN: Duration = Duration::from_millis(50);
/// How often it is asked.
const MOST: u32 = 3;

impl Project {
    /// Whether a webhook was made since a call was begun. What can't be told was not.
    pub(super) async fn was_made_since(&self, there: &Webhook, begun: Instant) -> bool {
        let made = there.creation_date.as_deref();
        let Some(Ok(made)) = made.map(str::parse::<Timestamp>) else {
            return false;
        };
        let Some(Bounds { earliest, latest }) = self.client.0.clock.at(begun) else {
            return false;
        };
        // A date in whole seconds may be any moment of its second.
        let made = match made.subsec_nanosecond() {
            0 => made
                .saturating_add(SignedDuration::from_secs(1))
                .unwrap_or(made),
            _ => made,
        };
        if made >= latest {
            return true;
        }
        if made < earliest {
            return false;
        }
        for _ in 0..MOST {
            if let Some(decided) = self.ask_when(made, begun).await {
                return decided;
            }
        }
        false
    }

    /// Asks once; nothing where the answer came too late to decide.
    async fn ask_when(&self, made: Timestamp, begun: Instant) -> Option<bool> {
        // The platform's time, if the webhook was made at the moment of the call.
        let soonest = begun.elapsed() + MARGIN;
        let then = made.checked_add(soonest).ok()?;
        let full = Timestamp::from_second(then.as_second() + 1).ok()?;
        let rest = Duration::try_from(full.duration_since(then)).ok()?;
        tokio::time::sleep(rest).await;
        let asked = Instant::now();
        // Whatever it answers: its date counts.
        let _ = self.client.perform(&Call::get("/status".to_owned())).await;
        let (date, _) = self.client.0.clock.last()?;
        if date < full {
            return Some(true);
        }
        (asked.elapsed() < MARGIN).then_some(false)
    }
}
