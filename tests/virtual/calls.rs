//! Whole calls over AudioSocket with the built-in assistant.

use std::time::Duration;

use cordboard_test_support::audiosocket::{LegEnd, Report};
use uuid::Uuid;

use crate::hearing::assert_heard;
use crate::world::{begun, said, when, world};

const FRAME: Duration = Duration::from_millis(20);

/// When the first sound arrived that is not silence, counted from the connection.
fn first_sound(report: &Report) -> Duration {
    let is_sound = |samples: &[i16]| samples.iter().any(|sample| sample.unsigned_abs() > 200);
    report.frames.iter().find(|frame| is_sound(&frame.samples)).unwrap().at
}

/// Checks that frames arrived every 20 ms from the first to the last, each separately.
#[track_caller]
pub(crate) fn assert_even(report: &Report) {
    let uneven = report.frames.windows(2).find(|pair| pair[1].at - pair[0].at != FRAME);
    assert!(uneven.is_none(), "{:?}", uneven.map(|pair| (pair[0].at, pair[1].at)));
    assert_eq!(report.pacing().unwrap().p95_ms, 20.0);
    assert_eq!(report.violations, []);
}

#[test]
fn a_silent_caller_is_greeted_prompted_and_hung_up_on() {
    world(&[("calls.silence_prompt_s", "10"), ("calls.silence_goodbye_s", "7")], async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        let (end, _) = caller.until_ended().await;
        assert_eq!(end, LegEnd::Hangup);

        let report = caller.report();
        assert_even(&report);
        assert!(first_sound(&report) < Duration::from_secs(1), "{:?}", first_sound(&report));
        let heard = report.heard();
        for line in ["greeting", "still_there", "goodbye_silence"] {
            assert_heard(&heard, line);
        }

        let call = world.ended(uuid).await;
        assert_eq!(
            (&call["hangup_cause"], &call["hangup_by"]),
            (&"caller_silent".into(), &"assistant".into())
        );
        let journal = world.journal(&call).await;
        assert_eq!(begun(&journal, "still_there") - said(&journal, "greeting"), Duration::from_secs(10));
        assert_eq!(
            begun(&journal, "goodbye_silence") - said(&journal, "still_there"),
            Duration::from_secs(7)
        );
    });
}

#[test]
fn a_long_call_ends_at_its_time_limit() {
    let settings = [("calls.silence_prompt_s", "600"), ("calls.max_duration_s", "600")];
    world(&settings, async |world| {
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        // A caller who says a word from time to time.
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(130)).await;
            caller.say(&cordboard_test_support::ear::speech("interruption"));
        }
        let (end, _) = caller.until_ended().await;
        assert_eq!(end, LegEnd::Hangup);
        let call = world.ended(uuid).await;
        assert_eq!(call["hangup_cause"], "max_duration");
        let journal = world.journal(&call).await;
        let began = when(&journal, "answered");
        assert_eq!(begun(&journal, "goodbye_max_duration") - began, Duration::from_secs(600));
        assert_even(&caller.report());
    });
}
