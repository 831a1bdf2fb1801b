//! Whether a webhook is older than a call, by the platform's own clock.
//!
//! That clock is only visible in the `Date` of responses, in whole seconds. If whole seconds
//! can't settle it, assume that the webhook was created the moment the call began, compute when the
//! platform's clock would then reach its next full second, and send one request just before that. If
//! the response's `Date` already shows that second, the assumption is wrong: the webhook is older.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{Project, clock::Bounds, send::Call};
use crate::model::{routes, webhook::Webhook};

/// How long before the full second to ask: a webhook that is older than the call by less than this
/// counts as created by it, and a slower response decides nothing.
const MARGIN: Duration = Duration::from_millis(50);
/// How many times to ask at most.
const MAX_CALLS: u32 = 3;

impl Project {
    /// Whether a webhook was created after a call began. If that can't be determined, it was not.
    pub(super) async fn was_made_since(&self, there: &Webhook, begun: Instant) -> bool {
        let made = there.creation_date.as_deref();
        let Some(Ok(made)) = made.map(str::parse::<Timestamp>) else {
            return false;
        };
        let Some(Bounds { earliest, latest }) = self.client.0.clock.at(begun) else {
            return false;
        };
        // A date in whole seconds can be any moment of its second.
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
        for _ in 0..MAX_CALLS {
            if let Some(decided) = self.ask_when(made, begun).await {
                return decided;
            }
        }
        false
    }

    /// Asks once; `None` if the response came too late to decide.
    async fn ask_when(&self, made: Timestamp, begun: Instant) -> Option<bool> {
        // The platform's time, if the webhook was created at the moment of the call.
        let soonest = begun.elapsed() + MARGIN;
        let then = made.checked_add(soonest).ok()?;
        let full = Timestamp::from_second(then.as_second() + 1).ok()?;
        let rest = Duration::try_from(full.duration_since(then)).ok()?;
        tokio::time::sleep(rest).await;
        let asked = Instant::now();
        // Even an error will do: only its date counts.
        let _ = self
            .client
            .perform(&Call::get(routes::STATUS.fill(&[])))
            .await;
        let (date, read) = self.client.0.clock.last()?;
        if read < asked {
            // This response had no date.
            return None;
        }
        if date < full {
            return Some(true);
        }
        (asked.elapsed() < MARGIN).then_some(false)
    }
}
