//! Callers of FreeSWITCH who are led to agents at their desks: the suite of every switch, over both ways of audio. The
//! extension's phone rings, too.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::{SILENCE_RMS, rms, share_heard};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::desk_suite::{self as suite, Agent};
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::Rule;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard, has_heard};
use serde_json::json;

use crate::house::House;
use crate::way::{Way, for_both_ways};

for_both_ways!(
    who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more,
    who_answers_the_phone_has_the_caller_and_the_offer_is_gone,
    who_is_handed_back_talks_with_the_assistant_again,
    who_is_passed_on_is_joined_with_the_phone_that_is_answered,
    who_is_held_by_an_agent_hears_music_and_then_them,
    whom_an_agent_calls_talks_with_them,
    who_hangs_up_while_it_rings_has_it_ring_no_more,
    what_an_agent_says_is_heard_to_its_end_and_in_order,
    who_waits_hears_music_until_somebody_speaks,
    who_lifts_their_handset_has_the_caller_until_they_put_it_down,
    a_desk_phone_rings_no_more_once_its_agent_has_declined,
    somebody_on_a_phone_is_asked_and_has_the_caller,
);

/// A house whose phones and offers have time: how long they ring is no matter here.
fn house(way: Way) -> House {
    House::open_among(way, &[("freeswitch.ring_timeout_s", "30")])
}

fn who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more(way: Way) {
    let house = house(way);
    suite::who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more(&house);
    house.server.wait_balanced(LIMIT).unwrap();
}

fn who_answers_the_phone_has_the_caller_and_the_offer_is_gone(way: Way) {
    suite::who_answers_the_phone_has_the_caller_and_the_offer_is_gone(&house(way));
}

fn who_is_handed_back_talks_with_the_assistant_again(way: Way) {
    suite::who_is_handed_back_talks_with_the_assistant_again(&house(way));
}

fn who_is_passed_on_is_joined_with_the_phone_that_is_answered(way: Way) {
    suite::who_is_passed_on_is_joined_with_the_phone_that_is_answered(&house(way));
}

fn who_is_held_by_an_agent_hears_music_and_then_them(way: Way) {
    suite::who_is_held_by_an_agent_hears_music_and_then_them(&house(way));
}

/// However many files a stream's playback takes for it.
fn whom_an_agent_calls_talks_with_them(way: Way) {
    suite::whom_an_agent_calls_talks_with_them(&house(way));
}

fn who_hangs_up_while_it_rings_has_it_ring_no_more(way: Way) {
    suite::who_hangs_up_while_it_rings_has_it_ring_no_more(&house(way));
}

/// The phone is parked and sends its sound by unicast, however the caller's comes.
fn who_lifts_their_handset_has_the_caller_until_they_put_it_down(way: Way) {
    let house = house(way);
    suite::who_lifts_their_handset_has_the_caller_until_they_put_it_down(&house);
    house.server.wait_balanced(LIMIT).unwrap();
}

fn a_desk_phone_rings_no_more_once_its_agent_has_declined(way: Way) {
    suite::a_desk_phone_rings_no_more_once_its_agent_has_declined(&house(way));
}

/// The next process can't know which switch rings it: it asks all of them.
#[test]
fn a_desk_phone_rings_no_more_once_its_server_has_died() {
    let mut house = house(Way::Websocket);
    let mut agent = Agent::open_with(&house, Person::Rings, "phone");
    let caller = agent.caller_who_knows(&house, "desk_phones");
    agent.is_offered(&house, &caller);
    let phone = house.telephone_of(&agent.extension);
    house.server.restart().unwrap();
    Party::wait_over(&phone);
    // A program that is killed leaves its channels alive: that is the case.
    let left = house.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    caller.phone.hang_up();
    Book::ended(&house, &caller.id);
    Switchboard::close(&house);
}

fn somebody_on_a_phone_is_asked_and_has_the_caller(way: Way) {
    suite::somebody_on_a_phone_is_asked_and_has_the_caller(&house(way));
}

fn what_an_agent_says_is_heard_to_its_end_and_in_order(way: Way) {
    let house = house(way);
    let mut agent = Agent::open(&house, Person::Rings);
    let caller = agent.caller(&house);
    let offer = agent.is_offered(&house, &caller);
    let voice = agent.accepts(&house, &caller, &offer);
    let mut words = speech("hello_question");
    for name in ["interruption", "thanks_bye"] {
        words.samples.extend(speech(name).resampled(words.rate).samples);
    }
    voice.say(&words);
    let last = speech("thanks_bye");
    house.wait("the last words of the agent", || has_heard(&caller.phone.heard(), &last).then_some(()));
    let heard = caller.phone.heard();
    let share = share_heard(&heard, &words.resampled(heard.rate)).unwrap();
    // Wherever a busy machine is late by a frame, 20 ms of silence tear a part; behind a stall of its own a cord lets go what is late.
    assert!(share.heard >= 0.7, "{share:?}");
    assert!((-400.0..=600.0).contains(&share.drift_ms), "lost, or put in between: {share:?}");
    agent.desk.done(json!({ "command": "hang_up", "call_id": caller.id }));
    Switchboard::assert_ended(&house, &caller, "normal_clearing", "agent");
    Switchboard::close(&house);
}

/// The house lets it ring for 3 s, of which two are listened to.
fn who_waits_hears_music_until_somebody_speaks(way: Way) {
    let house = House::open(way);
    let mut agent = Agent::open(&house, Person::Rings);
    let caller = agent.caller(&house);
    house.wait_said(&caller.id, "greeting");
    agent.is_offered(&house, &caller);
    let began = Instant::now();
    let gone = agent.desk.event_of("offer_gone");
    assert!(["missed", "withdrawn"].iter().any(|why| gone["why"] == *why), "{gone}");
    let listened = began..began + Duration::from_secs(2);
    let ear = caller.phone.0.heard();
    let loud = ear.frames.iter().filter(|frame| listened.contains(&frame.at));
    let loud = loud.filter(|frame| rms(&frame.samples) >= SILENCE_RMS).count();
    assert!(loud > 50, "{loud} frames of music");
    // Nobody took over: the assistant says so.
    house.wait_said(&caller.id, "transfer_refused");
    caller.phone.hang_up();
    Switchboard::assert_ended(&house, &caller, "normal_clearing", "caller");
    Switchboard::close(&house);
}
