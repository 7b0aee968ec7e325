//! The caller is sent on, without anybody being asked there first.

use serde_json::json;

use super::house::{Callee, House, WENT_TO};
use super::way::{Way, for_both_ways};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Switchboard;

for_both_ways!(a_program_sends_the_caller_on, two_keys_send_the_caller_on);

async fn a_program_sends_the_caller_on(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.wait_says(&caller.id, "greeting").await;
    house.ask_of(&caller.id, "transfer", &json!({ "target": "operator" })).await;
    house.assert_ended(&caller.id, "call_transferred", "api").await;
    went_on(house, &caller).await;
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
    house.assert_ended(&caller.id, "call_transferred", "caller").await;
    went_on(house, &caller).await;
}

/// They were told so, live, and are where they were sent.
async fn went_on(house: House, caller: &Callee) {
    assert_heard(&caller.phone.heard().sound(), "transferring");
    house.wait("the caller at the operator's", async || caller.phone.variable(WENT_TO)).await;
    assert_eq!(caller.phone.hangup_cause(), None);
    caller.phone.hang_up();
    house.close().await;
}
