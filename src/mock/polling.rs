//! How often things are polled. Several processes may work on one database: a mock that is served,
//! mocks inside commands, `mock request`. SQLite can't notify one of what another has changed, so
//! each looks for itself. Looking costs one cheap read (`PRAGMA data_version`, or one row).

use std::time::Duration;

/// While a call waits for the end of its request, or a command for its deliveries: short, since
/// somebody is waiting.
pub(crate) const CALL: Duration = Duration::from_millis(20);

/// For changes of other processes. The engine does its periodic work in the same beat; `ticks`
/// converts times to it.
pub(crate) const DATABASE: Duration = Duration::from_millis(50);

/// At the latest, even if nothing was notified: for what is due by the clock and for old rows.
pub(crate) const LATEST: Duration = Duration::from_secs(1);

/// Whether stdout still has a reader: a quiet mock never writes to the closed pipe.
pub(crate) const READER: Duration = Duration::from_millis(200);

/// A duration in beats of `DATABASE`.
#[expect(clippy::cast_possible_truncation, reason = "a few minutes at most")]
pub(crate) const fn ticks(time: Duration) -> u32 {
    (time.as_millis() / DATABASE.as_millis()) as u32
}
