//! Callers of FreeSWITCH who are led to agents at their desks: the suite of every switch, over both ways of audio. The
//! extension's phone rings, too.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::{SILENCE_RMS, Sound, Span, rms, samples_in, tone, tone_share};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::desk_suite::{self as suite, Agent};
use cordboard_test_support::freeswitch::Rule;
use cordboard_test_support::handoff_suite::{Party, Person, Switchboard};
use serde_json::json;

use crate::setup::Setup;
use crate::way::{AudioTransport, for_both_ways};

/// An agent's tones, each midway between two notes: no music is taken for one.
const TONES_HZ: [u32; 6] = [1077, 1210, 1357, 1524, 1710, 1920];
/// Length of each.
const TONE_LENGTH: Duration = Duration::from_millis(600);
/// Sample rate of an agent's sound.
const RATE: u32 = 16_000;
/// So much is looked at in one go for a tone: between two silences of 20 ms there is mostly more.
const WINDOW: Duration = Duration::from_millis(40);

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

/// The tones of an agent that are heard from that moment on, in their order; each once for as long as it goes on.
fn tones_in(heard: &Sound, from: Duration) -> Vec<u32> {
    let heard = heard.part(Span { start: from, end: heard.length() });
    let tone_of = |part: &[i16]| {
        let is_heard =
            |hz: &u32| rms(part) >= SILENCE_RMS && tone_share(part, f64::from(*hz), heard.rate) > 0.8;
        TONES_HZ.into_iter().find(is_heard)
    };
    let mut tones: Vec<u32> =
        heard.samples.chunks(samples_in(WINDOW, heard.rate)).filter_map(tone_of).collect();
    tones.dedup();
    tones
}

fn what_an_agent_says_is_heard_to_its_end_and_in_order(way: AudioTransport) {
    let setup = setup(way);
    let mut agent = Agent::open(&setup, Person::Rings);
    let caller = agent.caller(&setup);
    let offer = agent.is_offered(&setup, &caller);
    let voice = agent.accepts(&setup, &caller, &offer);
    let before = caller.phone.heard().length();
    let tones = TONES_HZ.map(|hz| tone(f64::from(hz), 8_000.0, TONE_LENGTH, RATE).samples);
    voice.say(&Sound { rate: RATE, samples: tones.concat() });
    // Wherever a busy machine is late by a frame, 20 ms of silence tear a tone; behind a stall of its own a cord lets go what is late. A tone is
    // longer than that.
    let heard = || tones_in(&caller.phone.heard(), before);
    setup.wait("the last tone of the agent", || (heard().last() == TONES_HZ.last()).then_some(()));
    assert_eq!(heard(), TONES_HZ);
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
