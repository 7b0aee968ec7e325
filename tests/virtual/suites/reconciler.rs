//! Our calls and the switch's channels, compared, as callers notice it: one case that every switch passes, told nothing of how
//! a channel vanishes from its switch.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::handoff::{Caller, Party, Switchboard};
use crate::world::when;

/// How often calls and channels are compared.
const COMPARED_EVERY: Duration = Duration::from_secs(5);
/// So long a caller says nothing: two comparisons and more.
const SILENT: Duration = Duration::from_secs(12);

/// The one's channel vanishes, and nobody tells: their call ends with the second comparison that misses it. The other says
/// nothing for long: theirs goes on.
pub(crate) async fn a_call_whose_channel_is_gone_ends_and_a_silent_one_does_not<S: Switchboard>(
    house: S,
    vanish: impl FnOnce(&S::Phone),
) {
    let [silent, gone]: [Caller<S::Phone>; 2] = [house.caller().await, house.caller().await];
    let (since, vanished) = (Instant::now(), house.server().passed());
    vanish(&gone.phone);
    house.assert_ended(&gone.id, "channel_gone", "switch").await;
    let ended = when(&house.journal(&gone.id).await, "ended");
    let missed = ended - vanished;
    assert!(missed > COMPARED_EVERY && missed <= 2 * COMPARED_EVERY, "{missed:?}");
    sleep(SILENT.saturating_sub(since.elapsed())).await;
    assert_eq!(house.row(&silent.id).await["state"], "live");
    house.converses(&silent).await;
    silent.phone.hang_up();
    house.assert_ended(&silent.id, "normal_clearing", "caller").await;
    house.close().await;
}
