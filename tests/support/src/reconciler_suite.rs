//! Our calls and the switch's channels, compared, as callers notice it: one case that every switch passes, without knowing how a channel
//! vanishes from its switch.

use std::time::{Duration, Instant};

use crate::handoff_suite::{Caller, Switchboard};

/// How long a call may outlive its channel.
const MISSED_MAX: Duration = Duration::from_secs(10);
/// How long a caller is silent: more than two comparisons.
const SILENT: Duration = Duration::from_secs(12);

/// One caller's channel vanishes without notice: their call ends. The other caller is silent for long: their call goes on.
pub fn a_vanished_channel_ends_its_call_and_silence_does_not<S: Switchboard>(
    setup: &S,
    gone: &Caller<S::Phone>,
    silent: &Caller<S::Phone>,
    vanish: impl FnOnce(),
) {
    let since = Instant::now();
    vanish();
    setup.assert_ended(gone, "channel_gone", "switch");
    assert!(since.elapsed() < MISSED_MAX, "{:?}", since.elapsed());
    setup.wait("a long silence", || (since.elapsed() > SILENT).then_some(()));
    assert_eq!(setup.call(&silent.id)["state"], "live");
    setup.converses(silent);
}
