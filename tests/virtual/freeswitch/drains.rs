//! The server is asked to stop, as by SIGTERM. (What the next one resumes: `tests/freeswitch`.)

use std::time::Duration;

use tokio::join;
use tokio::time::sleep;

use super::setup::Setup;
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::suites::handoff::Switchboard;
use crate::world::Setting;

const SECOND: Duration = Duration::from_secs(1);

/// How long a drain may take for what remains of a call: a recording that is closed, and a dialplan that asks for its next step.
const LEFT_BEHIND: Duration = Duration::from_millis(1_500);

const DRAIN: [Setting<'static>; 1] = [("calls.drain_timeout_s", "60")];

for_both_ways!(a_drain_ends_with_the_last_call);

async fn a_drain_ends_with_the_last_call(way: AudioTransport) {
    let setup = Setup::open_among(way, &DRAIN).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    let (took, ()) = join!(setup.server.stops(), async {
        sleep(2 * SECOND).await;
        caller.phone.hang_up();
    });
    assert!(took >= 2 * SECOND && took <= 2 * SECOND + LEFT_BEHIND, "{took:?}");
    setup.close().await;
}
