//! The caller waits: in our music, or because their own telephone holds the call.

use std::time::Duration;

use cordboard_test_support::audio::{SILENCE_RMS, rms};
use cordboard_test_support::ear::speech;
use cordboard_test_support::freeswitch::HeardFrame;
use serde_json::Value;
use tokio::time::sleep;

use super::phone::now;
use super::setup::{Callee, Setup};
use super::way::{AudioTransport, for_both_ways};
use crate::book::{Book, ms};
use crate::hearing::assert_heard;
use crate::suites::handoff::{Party, Switchboard};
use crate::world::virtually;

for_both_ways!(
    a_held_caller_hears_music_and_is_heard_by_nobody,
    a_telephone_that_holds_the_call_is_welcomed_back,
);

/// How soon a hold is noticed, in ticks of the switch.
const NOTICED: Duration = Duration::from_millis(60);
/// How long the caller is held.
const HELD: Duration = Duration::from_secs(4);

async fn a_held_caller_hears_music_and_is_heard_by_nobody(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    let asked = setup.server.passed();
    setup.ask_of(&caller.id, "hold", &Value::Null).await;
    caller.phone.say(&speech("interruption"));
    hears_music(&caller, way).await;
    let back = setup.server.passed();
    setup.ask_of(&caller.id, "unhold", &Value::Null).await;
    assert_welcomed_back(&setup, &caller, (asked, back)).await;
    setup.close().await;
}

/// FreeSWITCH's own packages contain no music.
#[test]
fn a_switch_without_music_leaves_nobody_in_silence() {
    virtually(async || {
        let nothing = [("freeswitch.hold_music", "/nowhere/music.wav")];
        let setup = Setup::open_among(AudioTransport::Websocket, &nothing).await;
        let caller = setup.caller().await;
        setup.wait_said(&caller.id, "greeting").await;
        let asked = setup.server.passed();
        setup.ask_of(&caller.id, "hold", &Value::Null).await;
        setup.event(&caller.id, "hold_began").await;
        let began = now();
        sleep(HELD).await;
        let heard = caller.phone.heard();
        let is_loud = |frame: &&HeardFrame| frame.at > began && rms(&frame.samples) >= SILENCE_RMS;
        let loud = heard.frames.iter().filter(is_loud).count();
        let most_of_it = (HELD - Duration::from_secs(1)).as_millis() / 20;
        assert!(loud as u128 >= most_of_it, "{loud} packets of music in {HELD:?}");
        let back = setup.server.passed();
        setup.ask_of(&caller.id, "unhold", &Value::Null).await;
        assert_welcomed_back(&setup, &caller, (asked, back)).await;
        setup.close().await;
    });
}

async fn a_telephone_that_holds_the_call_is_welcomed_back(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let caller = setup.caller().await;
    setup.wait_says(&caller.id, "greeting").await;
    sleep(Duration::from_secs(1)).await;
    let asked = setup.server.passed();
    caller.phone.hold();
    setup.event(&caller.id, "hold_began").await;
    // Longer than an accidental press; if the phone did not hold, this would come through.
    caller.phone.say(&speech("hello_question"));
    sleep(HELD).await;
    let back = setup.server.passed();
    caller.phone.unhold();
    assert_welcomed_back(&setup, &caller, (asked, back)).await;
    setup.close().await;
}

/// The caller hears music for a while, which begins at once, or with the first file that the switch plays.
pub(super) async fn hears_music(caller: &Callee, way: AudioTransport) {
    let began = now();
    sleep(HELD).await;
    let heard = caller.phone.heard();
    let is_loud = |frame: &&HeardFrame| frame.at > began && rms(&frame.samples) >= SILENCE_RMS;
    let loud: Vec<&HeardFrame> = heard.frames.iter().filter(is_loud).collect();
    let first = loud[0].at - began;
    let late =
        if way == AudioTransport::Websocket { Duration::from_millis(320) } else { Duration::from_millis(40) };
    assert!(first <= late, "{first:?}");
    assert!(loud.windows(2).all(|pair| pair[1].at - pair[0].at == Duration::from_millis(20)), "a pause");
}

/// The hold was as long as the journal records, nothing was heard from the caller, and the conversation goes on.
async fn assert_welcomed_back(setup: &Setup, caller: &Callee, (asked, back): (Duration, Duration)) {
    let held = ms(&setup.event(&caller.id, "hold_ended").await["held_ms"]);
    let began = setup.times_of(&caller.id, "hold_began").await[0];
    let ended = setup.times_of(&caller.id, "hold_ended").await[0];
    assert_eq!(held, ended - began);
    assert!(began - asked <= NOTICED && ended - back <= NOTICED, "{asked:?}, {began:?}; {back:?}, {ended:?}");
    setup.wait_said(&caller.id, "welcome_back").await;
    assert_heard(&Party::heard(&caller.phone), "welcome_back");
    assert_eq!(setup.events_of(&caller.id, "transcript").await.len(), 0, "nothing was heard of the caller");
    setup.converses(caller).await;
    caller.phone.hang_up();
    setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
}
