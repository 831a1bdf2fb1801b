//! How often things are polled. Several processes may work on one database: a mock that is served,
//! mocks inside commands, `mock request`. SQLite can't notify one process of another's changes, so
//! each polls. A poll is one cheap read (`PRAGMA data_version`, or one row).

use std::time::Duration;

/// While a call waits for the end of its request, or a command for its deliveries: short, since
/// someone is waiting.
pub(crate) const CALL: Duration = Duration::from_millis(20);

/// For changes by other processes. The engine's periodic work has the same interval; `ticks`
/// converts durations to it.
pub(crate) const DATABASE: Duration = Duration::from_millis(50);

/// The longest interval between checks for due times and old rows, even without a notification.
pub(crate) const LATEST: Duration = Duration::from_secs(1);

/// A duration in intervals of `DATABASE`.
#[expect(clippy::cast_possible_truncation, reason = "a few minutes at most")]
pub(crate) const fn ticks(time: Duration) -> u32 {
    (time.as_millis() / DATABASE.as_millis()) as u32
}
