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

use crate::setup::Setup;
use crate::way::{AudioTransport, for_both_ways};

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
fn setup(way: AudioTransport) -> Setup {
    Setup::open_among(way, &[("freeswitch.ring_timeout_s", "30")])
}

fn who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more(way: AudioTransport) {
    let setup = setup(way);
    suite::who_accepts_at_the_desk_has_the_caller_and_the_phone_rings_no_more(&setup);
    setup.server.wait_balanced(LIMIT).unwrap();
}

fn who_answers_the_phone_has_the_caller_and_the_offer_is_gone(way: AudioTransport) {
    suite::who_answers_the_phone_has_the_caller_and_the_offer_is_gone(&setup(way));
}

fn who_is_handed_back_talks_with_the_assistant_again(way: AudioTransport) {
    suite::who_is_handed_back_talks_with_the_assistant_again(&setup(way));
}

fn who_is_passed_on_is_joined_with_the_phone_that_is_answered(way: AudioTransport) {
    suite::who_is_passed_on_is_joined_with_the_phone_that_is_answered(&setup(way));
}

fn who_is_held_by_an_agent_hears_music_and_then_them(way: AudioTransport) {
    suite::who_is_held_by_an_agent_hears_music_and_then_them(&setup(way));
}

/// However many files a stream's playback takes for it.
fn whom_an_agent_calls_talks_with_them(way: AudioTransport) {
    suite::whom_an_agent_calls_talks_with_them(&setup(way));
}

fn who_hangs_up_while_it_rings_has_it_ring_no_more(way: AudioTransport) {
    suite::who_hangs_up_while_it_rings_has_it_ring_no_more(&setup(way));
}

/// The phone is parked and sends its sound by unicast, however the caller's comes.
fn who_lifts_their_handset_has_the_caller_until_they_put_it_down(way: AudioTransport) {
    let setup = setup(way);
    suite::who_lifts_their_handset_has_the_caller_until_they_put_it_down(&setup);
    setup.server.wait_balanced(LIMIT).unwrap();
}

fn a_desk_phone_rings_no_more_once_its_agent_has_declined(way: AudioTransport) {
    suite::a_desk_phone_rings_no_more_once_its_agent_has_declined(&setup(way));
}

/// The next process can't know which switch rings it: it asks all of them.
#[test]
fn a_desk_phone_rings_no_more_once_its_server_has_died() {
    let mut setup = setup(AudioTransport::Websocket);
    let mut agent = Agent::open_with(&setup, Person::Rings, "phone");
    let caller = agent.caller_who_knows(&setup, "desk_phones");
    agent.is_offered(&setup, &caller);
    let phone = setup.telephone_of(&agent.extension);
    setup.server.restart().unwrap();
    Party::wait_over(&phone);
    // A program that is killed leaves its channels alive: that is the case.
    let left = setup.switch.take_violations();
    assert!(left.iter().all(|violation| violation.rule == Rule::LeftAlive), "{left:?}");
    caller.phone.hang_up();
    Book::ended(&setup, &caller.id);
    Switchboard::close(&setup);
}

fn somebody_on_a_phone_is_asked_and_has_the_caller(way: AudioTransport) {
    suite::somebody_on_a_phone_is_asked_and_has_the_caller(&setup(way));
}

fn what_an_agent_says_is_heard_to_its_end_and_in_order(way: AudioTransport) {
    let setup = setup(way);
    let mut agent = Agent::open(&setup, Person::Rings);
    let caller = agent.caller(&setup);
    let offer = agent.is_offered(&setup, &caller);
    let voice = agent.accepts(&setup, &caller, &offer);
    let mut words = speech("hello_question");
    for name in ["interruption", "thanks_bye"] {
        words.samples.extend(speech(name).resampled(words.rate).samples);
    }
    voice.say(&words);
    let last = speech("thanks_bye");
    setup.wait("the last words of the agent", || has_heard(&caller.phone.heard(), &last).then_some(()));
    let heard = caller.phone.heard();
    let share = share_heard(&heard, &words.resampled(heard.rate)).unwrap();
    // Wherever a busy machine is late by a frame, 20 ms of silence tear a part; behind a stall of its own a cord lets go what is late.
    assert!(share.heard >= 0.7, "{share:?}");
    assert!((-400.0..=600.0).contains(&share.drift_ms), "lost, or put in between: {share:?}");
    agent.desk.done(json!({ "command": "hang_up", "call_id": caller.id }));
    Switchboard::assert_ended(&setup, &caller, "normal_clearing", "agent");
    Switchboard::close(&setup);
}

/// The house lets it ring for 3 s, of which two are listened to.
fn who_waits_hears_music_until_somebody_speaks(way: AudioTransport) {
    let setup = Setup::open(way);
    let mut agent = Agent::open(&setup, Person::Rings);
    let caller = agent.caller(&setup);
    setup.wait_said(&caller.id, "greeting");
    agent.is_offered(&setup, &caller);
    let began = Instant::now();
    let gone = agent.desk.event_of("offer_gone");
    assert!(["missed", "withdrawn"].iter().any(|why| gone["why"] == *why), "{gone}");
    let listened = began..began + Duration::from_secs(2);
    let ear = caller.phone.0.heard();
    let loud = ear.frames.iter().filter(|frame| listened.contains(&frame.at));
    let loud = loud.filter(|frame| rms(&frame.samples) >= SILENCE_RMS).count();
    assert!(loud > 50, "{loud} frames of music");
    // Nobody took over: the assistant says so.
    setup.wait_said(&caller.id, "transfer_refused");
    caller.phone.hang_up();
    Switchboard::assert_ended(&setup, &caller, "normal_clearing", "caller");
    Switchboard::close(&setup);
}
