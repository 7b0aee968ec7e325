//! Our calls and the switch's channels, compared, as callers notice it: one case that every switch passes, without knowing how a channel vanishes
//! from its switch.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::handoff::{Caller, Party, Switchboard};
use crate::world::when;

/// How often calls and channels are compared.
const COMPARED_EVERY: Duration = Duration::from_secs(5);
/// How long a caller is silent: more than two comparisons.
const SILENT: Duration = Duration::from_secs(12);

/// One caller's channel vanishes without notice: their call ends with the second comparison that misses it. The other caller is silent for long:
/// their call goes on.
pub(crate) async fn a_vanished_channel_ends_its_call_and_silence_does_not<S: Switchboard>(
    setup: S,
    vanish: impl FnOnce(&S::Phone),
) {
    let [silent, gone]: [Caller<S::Phone>; 2] = [setup.caller().await, setup.caller().await];
    let (since, vanished) = (Instant::now(), setup.server().passed());
    vanish(&gone.phone);
    setup.assert_ended(&gone.id, "channel_gone", "switch").await;
    let ended = when(&setup.journal(&gone.id).await, "ended");
    let missed = ended - vanished;
    assert!(missed > COMPARED_EVERY && missed <= 2 * COMPARED_EVERY, "{missed:?}");
    sleep(SILENT.saturating_sub(since.elapsed())).await;
    assert_eq!(setup.row(&silent.id).await["state"], "live");
    setup.converses(&silent).await;
    silent.phone.hang_up();
    setup.assert_ended(&silent.id, "normal_clearing", "caller").await;
    setup.close().await;
}
