//! The caller is sent on, without anybody being asked there first.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use serde_json::json;

use crate::house::{House, WENT_TO};
use crate::way::{Way, for_both_ways};

for_both_ways!(a_program_sends_the_caller_on, two_keys_send_the_caller_on);

fn a_program_sends_the_caller_on(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.ask_of(&caller, "transfer", &json!({ "target": "operator" }));
    house.assert_ended(&caller, "call_transferred", "api");
    assert_went_on(&house, &caller);
    house.close();
}

fn two_keys_send_the_caller_on(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    caller.phone.press('1');
    house.event(&caller.id, "dtmf");
    caller.phone.press('2');
    assert_eq!(house.event(&caller.id, "key_pressed")["digits"], "12", "key 1 alone would take a message");
    house.assert_ended(&caller, "call_transferred", "caller");
    assert_went_on(&house, &caller);
    house.close();
}

/// They were told so, live, and are where they were sent.
fn assert_went_on(house: &House, caller: &crate::house::Caller) {
    assert_heard_out(&caller.heard(), "transferring");
    house.wait("the caller at the operator's", || caller.phone.variable(WENT_TO));
    assert_eq!(caller.phone.hangup_cause(), None);
    caller.phone.hang_up();
}
