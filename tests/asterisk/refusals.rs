//! Calls that Cordboard does not accept, and wrong dialplans.

use cordboard_test_support::server::Token;
use serde_json::Value;

use super::ear::wait_operator;
use super::setup::Cordboard;
use cordboard_test_support::book::{Book, assert_left, text};
use cordboard_test_support::ear::assert_not_heard;

#[test]
fn a_caller_beyond_the_limit_reaches_the_fallback_through_next() {
    let settings = [("calls.max", "1"), ("calls.fallback_extension", "operator")];
    let cordboard = Cordboard::start(&settings);
    let first = cordboard.dial("100", "+15550160");
    let id = cordboard.call_from("+15550160");
    cordboard.wait_says(&id, "greeting");

    let second = cordboard.dial("100", "+15550161");
    wait_operator(&second);
    second.hang_up().unwrap();
    let refused = &cordboard.calls_from("+15550161")[0];
    assert_eq!((&refused["state"], &refused["hangup_cause"]), (&"ended".into(), &"no_capacity".into()));
    // It was refused when it was announced and again when its audio came, but it is one call.
    assert_eq!(cordboard.calls().len(), 2, "{:?}", cordboard.calls());
    assert_not_heard(&second.heard(), "greeting");

    // The first call is not affected, and its place is free when it is over.
    cordboard.wait_said(&id, "greeting");
    first.hang_up().unwrap();
    cordboard.ended(&id);
    cordboard.wait("a free place", || {
        (cordboard.server.get("/readyz", Token::None).ok()?.status == 200).then_some(())
    });
    let third = cordboard.dial("100", "+15550162");
    cordboard.wait_says(&cordboard.call_from("+15550162"), "greeting");
    third.hang_up().unwrap();
}

#[test]
fn an_announced_call_without_audio_is_closed() {
    let cordboard = Cordboard::start(&[("calls.meet_timeout_s", "1")]);
    let call = cordboard.dial("500", "+15550163");
    let id = cordboard.call_from("+15550163");
    let row = cordboard.ended(&id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"no_audio".into(), &"server".into()));
    assert_eq!((&row["answered_at"], &row["leg_kind"]), (&Value::Null, &Value::Null));
    // Cordboard has closed the call; Asterisk continues with the caller.
    wait_operator(&call);
}

#[test]
fn a_dialplan_without_a_codec_is_reported() {
    let cordboard = Cordboard::start(&[]);
    let call = cordboard.dial("400", "+15550164");
    let id = cordboard.call_from("+15550164");
    let finding = text(&cordboard.event(&id, "leg_misconfigured")["finding"]);
    assert!(finding.contains("c(slin)"), "{finding}");
    cordboard.wait("the fault in the log", || cordboard.server.log().contains(&finding).then_some(()));
    call.hang_up().unwrap();
    assert_left(&cordboard.ended(&id));
}
