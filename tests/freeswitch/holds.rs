//! The caller waits: in music of ours, or because their own telephone holds the call.

use std::time::{Duration, Instant};

use cordboard_test_support::book::{Book, LIMIT, ms};
use cordboard_test_support::ear::{assert_heard_out, speech};
use serde_json::Value;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(
    a_caller_on_hold_hears_music_and_is_heard_by_nobody,
    a_telephone_that_holds_the_call_is_welcomed_back,
);

fn a_caller_on_hold_hears_music_and_is_heard_by_nobody(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.ask_of(&caller, "hold", &Value::Null);
    house.event(&caller.id, "hold_began");
    let began = Instant::now();
    caller.phone.say(&speech("interruption"));
    caller.phone.wait_said(LIMIT).unwrap();
    caller.wait_sound(began, Duration::from_secs(1));
    let held = began.elapsed();
    house.ask_of(&caller, "unhold", &Value::Null);

    let held_ms = ms(&house.event(&caller.id, "hold_ended")["held_ms"]);
    assert!(u128::from(held_ms) >= held.as_millis(), "{held_ms} ms of {held:?}");
    house.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    assert_eq!(house.events_of(&caller.id, "transcript").len(), 0, "nothing was heard of the caller");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}

fn a_telephone_that_holds_the_call_is_welcomed_back(way: Way) {
    let house = House::shared(way);
    let caller = house.caller();
    house.wait_says(&caller.id, "greeting");
    caller.phone.hold();
    house.event(&caller.id, "hold_began");
    // Longer than a slip of the finger; and with a phone that holds nothing of it comes through.
    caller.phone.say(&speech("hello_question"));
    caller.phone.wait_said(LIMIT).unwrap();
    caller.phone.unhold();
    assert!(ms(&house.event(&caller.id, "hold_ended")["held_ms"]) >= 3_000);
    house.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    assert_eq!(house.events_of(&caller.id, "transcript").len(), 0);
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    house.close();
}
