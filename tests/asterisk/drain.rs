//! SIGTERM with a caller on the line.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::Span;
use cordboard_test_support::sip::HungUpBy;

use super::ear::{assert_heard_out, figure, wait_operator};
use super::house::{Cordboard, LIMIT};

#[test]
fn live_calls_hear_a_goodbye_and_new_ones_go_to_the_fallback() {
    let settings = [("calls.drain_timeout_s", "6"), ("calls.fallback_extension", "operator")];
    let mut cordboard = Cordboard::start(&settings);
    let call = cordboard.dial("100", "+15550180");
    let id = cordboard.call_from("+15550180");
    cordboard.wait_says(&id, "greeting");
    cordboard.server.terminate().unwrap();
    let asked_at = Instant::now();
    let late = cordboard.dial("100", "+15550181");
    wait_operator(&late);

    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    figure(&format!("the caller was let go {:.1} s after SIGTERM", asked_at.elapsed().as_secs_f64()));
    let heard = call.heard();
    let goodbye = assert_heard_out(&heard, "goodbye_shutdown");
    let rest = heard.part(Span { start: goodbye.until, end: heard.length() });
    assert!(rest.length() < Duration::from_secs(3), "hung up, not left ringing: {:?}", rest.length());
    let status = cordboard.server.wait_ended(LIMIT).unwrap();
    assert!(status.success(), "{status}");

    cordboard.server.restart().unwrap();
    let row = cordboard.call(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"server_stopped".into(), &"server".into()));
    assert_eq!(cordboard.calls_from("+15550181")[0]["hangup_cause"], "draining");
}
