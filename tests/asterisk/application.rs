//! The application `AudioSocket()`, for an Asterisk without the channel driver.

use cordboard_test_support::sip::HungUpBy;

use super::ear::wait_operator;
use super::setup::{Cordboard, Shared};
use cordboard_test_support::book::{Book, LIMIT, assert_left};
use cordboard_test_support::ear::{assert_heard_out, figure};

#[test]
fn the_application_carries_a_call_and_continues_through_next() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("300", "+15550170");
    let id = cordboard.call_from("+15550170");
    cordboard.wait_said(&id, "greeting");
    call.press('0');
    wait_operator(&call);
    call.hang_up().unwrap();
    assert_heard_out(&call.heard(), "greeting");
    assert_heard_out(&call.heard(), "transferring");
    assert_eq!(cordboard.ended(&id)["hangup_cause"], "call_transferred");
}

#[test]
fn the_application_ends_with_goodbye_or_with_the_caller() {
    let cordboard = Shared::enter();
    let leaving = cordboard.dial("300", "+15550171");
    let id = cordboard.call_from("+15550171");
    cordboard.wait_says(&id, "greeting");
    leaving.press('*');
    assert_eq!(leaving.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    assert_heard_out(&leaving.heard(), "goodbye");
    assert_eq!(cordboard.ended(&id)["hangup_cause"], "normal_clearing");

    let hanging_up = cordboard.dial("300", "+15550172");
    let id = cordboard.call_from("+15550172");
    cordboard.wait_says(&id, "greeting");
    hanging_up.hang_up().unwrap();
    assert_left(&cordboard.ended(&id));
}

/// Its limits: some callers of a killed Cordboard are hung up, the others come back. None is left in between.
#[test]
fn callers_of_a_killed_cordboard_are_hung_up_or_return() {
    let mut cordboard = Cordboard::start(&[]);
    let call = cordboard.dial("300", "+15550173");
    let id = cordboard.call_from("+15550173");
    cordboard.wait_says(&id, "greeting");
    cordboard.server.kill().unwrap();
    cordboard.server.restart().unwrap();
    let is_back = cordboard.wait("the caller back, or hung up", || {
        let resumed = !cordboard.events_of(&id, "resumed").is_empty();
        (resumed || call.ended().is_some()).then_some(resumed)
    });
    figure(if is_back { "the caller came back" } else { "the caller was hung up" });
    if is_back {
        cordboard.wait_said(&id, "welcome_back");
    }
}
