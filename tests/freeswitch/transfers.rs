//! The caller is sent on, without anybody being asked there first.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::handoff_suite::{
    Person, Switchboard, who_can_not_be_sent_there_stays_with_the_assistant,
};
use serde_json::json;

use crate::house::{House, WENT_TO};
use crate::way::{Way, for_both_ways};

for_both_ways!(
    a_program_sends_the_caller_on,
    two_keys_send_the_caller_on,
    a_phone_that_is_not_registered_is_found_out_before,
    a_caller_whom_the_dialplan_sends_nowhere_was_not_transferred,
);

fn a_program_sends_the_caller_on(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.ask_of(&caller, "transfer", &json!({ "target": "operator" }));
    assert_went_on(&house, &caller);
    house.assert_ended(&caller, "call_transferred", "api");
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
    assert_went_on(&house, &caller);
    house.assert_ended(&caller, "call_transferred", "caller");
    house.close();
}

fn a_phone_that_is_not_registered_is_found_out_before(way: Way) {
    let house = House::shared(way);
    let desk = Switchboard::person(&*house, Person::Unregistered);
    who_can_not_be_sent_there_stays_with_the_assistant(&*house, &[(&desk, "unregistered")]);
}

/// A FreeSWITCH answers no question about its dialplan, and says that all went well.
fn a_caller_whom_the_dialplan_sends_nowhere_was_not_transferred(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    house.ask_of(&caller, "transfer", &json!({ "target": "nowhere" }));
    house.assert_ended(&caller, "no_route_destination", "switch");
    assert_eq!(house.call(&caller.id)["failure"], "unallocated");
    assert_eq!(house.event(&caller.id, "transfer_failed")["failure"], "unallocated");
    house.close();
}

/// They were told so, live, and are where they were sent.
fn assert_went_on(house: &House, caller: &crate::house::Caller) {
    house.wait("the caller at the operator's", || caller.phone.variable(WENT_TO));
    assert_heard_out(&caller.heard(), "transferring");
    assert_eq!(caller.phone.hangup_cause(), None);
    caller.phone.hang_up();
}
