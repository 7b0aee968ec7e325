//! The person at `people,operator,1`, in a caller's ear.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::sip::SipCall;
use cordboard_test_support::waiting::wait_until_every;

/// The voice of the person.
const OPERATOR_HZ: f64 = 425.0;

/// Waits until the person has been speaking for half a second.
pub(crate) fn wait_operator(call: &SipCall) {
    wait_until_every(Duration::from_millis(100), "the operator in the caller's ear", LIMIT, || {
        let heard = call.heard();
        let end = heard.length();
        let last = heard.part(Span { start: end.saturating_sub(Duration::from_millis(500)), end });
        let speaks = last.rms() > 500.0 && last.tone_share(OPERATOR_HZ) > 0.9;
        assert!(speaks || call.ended().is_none(), "the call ended before the operator was heard");
        speaks.then_some(())
    })
    .unwrap();
}
