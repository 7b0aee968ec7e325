//! The caller waits: in music of ours, or because their own telephone holds the call.

use std::time::Duration;

use cordboard_test_support::audio::{SILENCE_RMS, Span, rms};
use cordboard_test_support::ear::speech;
use serde_json::Value;
use tokio::time::sleep;

use super::house::{Callee, House};
use super::phone::now;
use super::way::{Way, for_both_ways};
use crate::book::{Book, ms};
use crate::hearing::assert_heard;
use crate::suites::handoff::{Party, Switchboard};

for_both_ways!(
    a_caller_on_hold_hears_music_and_is_heard_by_nobody,
    a_telephone_that_holds_the_call_is_welcomed_back,
);

/// How long the caller is held.
const HELD: Duration = Duration::from_secs(4);

async fn a_caller_on_hold_hears_music_and_is_heard_by_nobody(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.ask_of(&caller.id, "hold", &Value::Null).await;
    house.event(&caller.id, "hold_began").await;
    let began = now();
    caller.phone.say(&speech("interruption"));
    sleep(HELD).await;
    let heard = caller.phone.heard();
    let packets = heard.frames.iter().filter(|frame| frame.at > began);
    assert!(packets.clone().count() >= 199 && packets.clone().all(|frame| rms(&frame.samples) >= SILENCE_RMS));
    house.ask_of(&caller.id, "unhold", &Value::Null).await;
    assert_welcomed_back(&house, &caller).await;
    house.close().await;
}

async fn a_telephone_that_holds_the_call_is_welcomed_back(way: Way) {
    let house = House::open(way).await;
    let caller = house.caller().await;
    house.wait_says(&caller.id, "greeting").await;
    sleep(Duration::from_secs(1)).await;
    let pressed = house.server.passed();
    caller.phone.hold();
    house.event(&caller.id, "hold_began").await;
    // Longer than a slip of the finger; and with a phone that holds nothing of it comes through.
    caller.phone.say(&speech("hello_question"));
    sleep(HELD).await;
    let heard = caller.phone.heard().sound();
    let last = heard.part(Span { start: heard.length().saturating_sub(Duration::from_secs(1)), end: heard.length() });
    println!("held at {pressed:?}; {:?} was heard, its last second at {}", heard.length(), last.rms());
    caller.phone.unhold();
    assert_welcomed_back(&house, &caller).await;
    house.close().await;
}

/// The hold was as long as the journal says, nothing was heard of the caller, and the conversation goes on.
async fn assert_welcomed_back(house: &House, caller: &Callee) {
    let held = ms(&house.event(&caller.id, "hold_ended").await["held_ms"]);
    let began = house.times_of(&caller.id, "hold_began").await[0];
    let ended = house.times_of(&caller.id, "hold_ended").await[0];
    assert_eq!(held, ended - began);
    assert!(held >= HELD && held < HELD + Duration::from_millis(100), "{held:?}");
    house.wait_said(&caller.id, "welcome_back").await;
    assert_heard(&Party::heard(&caller.phone), "welcome_back");
    assert_eq!(house.events_of(&caller.id, "transcript").await.len(), 0, "nothing was heard of the caller");
    house.converses(caller).await;
    caller.phone.hang_up();
    house.assert_ended(&caller.id, "normal_clearing", "caller").await;
}
