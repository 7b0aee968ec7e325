//! Connections that were accepted before the ports for calls closed, and have not said which call they belong to: they get time for that before calls
//! drain.

use std::time::Duration;

use cordboard_actors::live_count::LiveCount;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

/// How long they may take. Asterisk identifies its calls at once.
const WAIT: Duration = Duration::from_secs(1);
/// Interval of checks whether they have.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Waits for the handshakes under way. They belong to ports that the service manager has passed. The others have ended with their ports, and are
/// counted until they have run once more.
pub(super) async fn let_in(handshakes: &LiveCount) {
    let all_are_in = async {
        yield_now().await;
        while handshakes.now() > 0 {
            sleep(POLL_INTERVAL).await;
        }
    };
    // Handshakes that are incomplete by then are refused.
    let _ = timeout(WAIT, all_are_in).await;
}
