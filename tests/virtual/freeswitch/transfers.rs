//! The caller is sent on, without anybody being asked there first.

use serde_json::json;

use super::house::{Callee, House, WENT_TO};
use super::way::{Way, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::{Person, Switchboard, stays_with_the_assistant};

for_both_ways!(
    a_program_sends_the_caller_on,
    two_keys_send_the_caller_on,
    a_phone_that_is_not_registered_is_found_out_before,
    a_caller_whom_the_dialplan_sends_nowhere_was_not_transferred,
);

async fn a_program_sends_the_caller_on(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.wait_says(&caller.id, "greeting").await;
    house.ask_of(&caller.id, "transfer", &json!({ "target": "operator" })).await;
    went_on(house, &caller, "api").await;
}

async fn two_keys_send_the_caller_on(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.wait_says(&caller.id, "greeting").await;
    caller.phone.press('1');
    house.event(&caller.id, "dtmf").await;
    caller.phone.press('2');
    let pressed = house.event(&caller.id, "key_pressed").await;
    assert_eq!(pressed["digits"], "12", "key 1 alone would take a message");
    went_on(house, &caller, "caller").await;
}

async fn a_phone_that_is_not_registered_is_found_out_before(way: Way) {
    let house = House::open(way).await;
    let desk = Switchboard::person(&house, Person::Unregistered);
    stays_with_the_assistant(house, &[(&desk, "unregistered")]).await;
}

/// A FreeSWITCH answers no question about its dialplan, and says that all went well.
async fn a_caller_whom_the_dialplan_sends_nowhere_was_not_transferred(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.wait_says(&caller.id, "greeting").await;
    house.ask_of(&caller.id, "transfer", &json!({ "target": "nowhere" })).await;
    house.assert_ended(&caller.id, "no_route_destination", "switch").await;
    assert_eq!(house.row(&caller.id).await["failure"], "unallocated");
    assert_eq!(house.event(&caller.id, "transfer_failed").await["failure"], "unallocated");
    house.close().await;
}

/// They were told so, live, and are where they were sent.
async fn went_on(house: House, caller: &Callee, by: &str) {
    house.wait("the caller at the operator's", async || caller.phone.variable(WENT_TO)).await;
    assert_heard(&caller.phone.heard().sound(), "transferring");
    assert_eq!(caller.phone.hangup_cause(), None);
    caller.phone.hang_up();
    house.assert_ended(&caller.id, "call_transferred", by).await;
    house.close().await;
}
