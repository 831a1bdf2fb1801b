//! Notices that nobody reads stdout any more, even if nothing is written.

use std::time::Duration;

use tokio::time;

use crate::terminal;

/// How often to check.
const INTERVAL: Duration = Duration::from_millis(200);

/// Waits until stdout has no reader.
pub(super) async fn gone() {
    while terminal::stdout_is_read() {
        time::sleep(INTERVAL).await;
    }
}
