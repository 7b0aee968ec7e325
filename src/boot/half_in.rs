//! Those who came in before the ports of calls closed, and have not said who they are: they are let in before calls drain.

use std::time::Duration;

use cordboard_actors::live_count::LiveCount;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

/// How long they may take; Asterisk says it at once.
const WAIT: Duration = Duration::from_secs(1);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for the handshakes that are under way. They are those of ports that the service manager has given: the others have ended with
/// their ports, and are counted until they have run once more.
pub(super) async fn let_in(handshakes: &LiveCount) {
    let all_are_in = async {
        yield_now().await;
        while handshakes.now() > 0 {
            sleep(LOOK).await;
        }
    };
    // Handshakes that are not complete by then are refused.
    let _ = timeout(WAIT, all_are_in).await;
}
