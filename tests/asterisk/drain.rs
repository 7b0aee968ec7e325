//! SIGTERM with callers on the line.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::Span;
use cordboard_test_support::sip::{Codec, HungUpBy};

use super::crowd::crowd;
use super::ear::wait_operator;
use super::setup::Cordboard;
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, figure};

/// From the last word to the hang-up. A caller whose dialplan gets no answer keeps ringing for 30 s.
const LET_GO_MAX: Duration = Duration::from_secs(3);

#[test]
fn live_calls_hear_goodbye_and_new_ones_reach_the_fallback() {
    let settings = [("calls.drain_timeout_s", "6"), ("calls.fallback_extension", "operator")];
    let mut cordboard = Cordboard::start(&settings);
    let calls = crowd(&cordboard, "100", Codec::Pcmu, "+155505");
    cordboard.server.terminate().unwrap();
    let asked_at = Instant::now();
    let late = cordboard.dial("100", "+15550180");
    wait_operator(&late);

    for (call, _) in &calls {
        assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    }
    figure(&format!("the callers were let go {:.1} s after SIGTERM", asked_at.elapsed().as_secs_f64()));
    for (call, _) in &calls {
        let heard = call.heard();
        let goodbye = assert_heard_out(&heard, "goodbye_shutdown");
        let rest = heard.part(Span { start: goodbye.until, end: heard.length() });
        assert!(rest.length() < LET_GO_MAX, "left ringing: {:?}", rest.length());
    }
    let status = cordboard.server.wait_ended(LIMIT).unwrap();
    assert!(status.success(), "{status}");

    cordboard.server.restart().unwrap();
    for (_, id) in &calls {
        let row = cordboard.call(id);
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"server_stopped".into(), &"server".into()));
    }
    assert_eq!(cordboard.calls_from("+15550180")[0]["hangup_cause"], "draining");
}

#[test]
fn a_second_signal_lets_the_callers_go_at_once() {
    let mut cordboard = Cordboard::start(&[]);
    let calls = crowd(&cordboard, "100", Codec::Pcmu, "+155506");
    cordboard.server.terminate().unwrap();
    cordboard.wait("the drain", || cordboard.server.log().contains("draining: no new calls").then_some(()));
    cordboard.server.terminate().unwrap();
    let asked_at = Instant::now();
    for (call, _) in &calls {
        assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    }
    figure(&format!(
        "the callers were let go {:.1} s after the second signal",
        asked_at.elapsed().as_secs_f64()
    ));
    assert!(asked_at.elapsed() < LET_GO_MAX, "left ringing: {:?}", asked_at.elapsed());
    let status = cordboard.server.wait_ended(LIMIT).unwrap();
    assert!(status.success(), "{status}");

    cordboard.server.restart().unwrap();
    for (_, id) in &calls {
        assert_eq!(cordboard.call(id)["hangup_cause"], "server_stopped");
    }
}

#[test]
fn asterisk_is_still_answered_after_the_last_call() {
    let cordboard = Cordboard::start(&[("calls.drain_timeout_s", "0")]);
    let mark = cordboard.setup.ami.mark();
    let call = cordboard.dial("600", "+15550181");
    cordboard.wait_says(&cordboard.call_from("+15550181"), "greeting");
    cordboard.server.terminate().unwrap();
    let told = [("UserEvent", "Told"), ("Caller", "+15550181")];
    let told = cordboard.setup.ami.wait_event(mark, LIMIT, "UserEvent", &told).unwrap();
    assert_eq!(told.get("Next"), Some("hangup"));
    assert_heard_out(&call.heard(), "goodbye_shutdown");
}
