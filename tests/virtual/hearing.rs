//! The sound that callers hear, to the millisecond: in virtual time nothing of a prompt is lost or late.

use cordboard_test_support::audio::{Share, Sound, share_heard};
use cordboard_test_support::ear::prompt;

/// Correlation finds a prompt exactly to the sample; the call's rate and the prompt's may differ.
const DRIFT_MS_MAX: f64 = 0.2;

/// Checks that a sound was heard whole, from its first sample to its last, and without a pause in it.
#[track_caller]
pub(crate) fn assert_whole(heard: &Sound, said: &Sound) -> Share {
    let share = share_heard(heard, &said.resampled(heard.rate));
    let share = share.unwrap_or_else(|| panic!("nothing of it in {:?}", heard.length()));
    assert_eq!((share.heard, share.missed), (1.0, 0), "{share:?}");
    assert!(share.drift_ms.abs() <= DRIFT_MS_MAX, "{share:?}");
    share
}

/// The same for a shipped prompt.
#[track_caller]
pub(crate) fn assert_heard(heard: &Sound, line: &str) -> Share {
    assert_whole(heard, &prompt(line))
}
