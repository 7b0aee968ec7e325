//! The two halves of a call, control and audio, in every order; one that comes late, and one that never comes.

use std::time::Duration;

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::{Book, Channel, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, assert_not_heard, speech};
use cordboard_test_support::freeswitch::{Action, Script, Source};

use crate::house::{Caller, House};
use crate::way::{Way, for_both_ways};

/// Longer than any case lasts.
const NEVER: Duration = Duration::from_secs(600);

/// A dialplan that starts the audio itself, and hands control over after a while, in ms.
fn audio_first(house: &House, control_after_ms: u64) -> Vec<Action> {
    let stream = Action::audio_stream(house.server.addresses().audio_stream, "8k");
    vec![Action::answer(), stream, Action::sleep(control_after_ms), house.socket(), Action::park()]
}

#[test]
fn audio_that_is_there_before_control_is_taken_and_no_other_is_started() {
    let house = House::shared(Way::Websocket);
    // At once, a little later, and so late that most of the time to meet is over.
    for control_after_ms in [0, 500, 3_500] {
        let caller = house.dial(Script::to("5000"), audio_first(&house, control_after_ms));
        house.wait_says(&caller.id, "greeting");
        house.converses(&caller);
        caller.phone.hang_up();
        house.assert_ended(&caller, "normal_clearing", "caller");
        assert_eq!(house.events_of(&caller.id, "leg_joined").len(), 1, "{control_after_ms} ms");
    }
    house.close();
}

#[test]
fn a_stream_that_does_not_come_in_time_is_started_once_more() {
    let house = House::open(Way::Websocket);
    house.switch.faults(|faults| faults.stream_delay = Duration::from_secs(3));
    let caller = house.rings(Script::to("5000"), vec![house.socket(), Action::park()]);
    let is_start = |line: &str| line.contains("uuid_audio_stream") && line.contains(" start ");
    house.switch.wait_sent("the start", LIMIT, |sent| is_start(&sent.command.line)).unwrap();
    house.switch.faults(|faults| faults.stream_delay = Duration::ZERO);
    house.event(&caller.id, "answered");
    house.wait_said(&caller.id, "greeting");
    house.converses(&caller);
    caller.phone.hang_up();
    house.assert_ended(&caller, "normal_clearing", "caller");
    let starts = house.switch.sent().iter().filter(|sent| is_start(&sent.command.line)).count();
    assert!(starts > 1, "{starts}");
    assert_heard_out(&caller.heard(), "greeting");
    house.close();
}

#[test]
fn a_call_whose_stream_never_comes_goes_on_by_prompts() {
    let house = House::open(Way::Websocket);
    house.switch.faults(|faults| faults.stream_delay = NEVER);
    let caller = house.dial(Script::to("5000"), vec![house.socket(), Action::park()]);
    let said = house.event(&caller.id, "assistant_said");
    assert_eq!((&said["text"], &said["end"]), (&"(prompt: greeting)".into(), &"finished".into()));
    assert_heard_out(&caller.heard(), "greeting");
    assert!(caller.phone.heard().frames.iter().all(|frame| frame.source == Source::Playback));
    caller.phone.press('*');
    house.assert_ended(&caller, "normal_clearing", "assistant");
    assert_heard_out(&caller.heard(), "goodbye");
    house.close();
}

for_both_ways!(two_calls_at_once_are_never_crossed);

fn two_calls_at_once_are_never_crossed(way: Way) {
    let house = House::shared(way);
    let dial = |number: &str| {
        let script = Script::to(number).from(&format!("77{number}"), "Somebody");
        house.dial(script, vec![house.socket(), Action::park()])
    };
    let (one, other) = (dial("5001"), dial("5002"));
    let cases = [(&one, "5001", "message_text", "repeat"), (&other, "5002", "interruption", "unknown_key")];
    for (caller, ..) in cases {
        house.wait_says(&caller.id, "greeting");
    }
    one.phone.press('#');
    other.phone.press('7');
    for (caller, _, words, line) in cases {
        house.wait_said(&caller.id, line);
        caller.phone.say(&speech(words));
    }
    for (caller, number, ..) in cases {
        caller.phone.wait_said(LIMIT).unwrap();
        house.wait("what the caller said", || house.events_of(&caller.id, "transcript").pop());
        caller.phone.hang_up();
        let row = house.ended(&caller.id);
        assert_eq!((&row["to"], &row["from"]), (&number.into(), &format!("77{number}").into()));
    }
    assert_recorded(&house, &one, "message_text", "interruption");
    assert_recorded(&house, &other, "interruption", "message_text");
    assert_heard_out(&other.heard(), "unknown_key");
    assert_not_heard(&one.heard(), "unknown_key");
    house.close();
}

/// Of this caller's words all is there, and of the other's nothing.
fn assert_recorded(house: &House, caller: &Caller, own: &str, others: &str) {
    let recorded = house.finished_recording(&caller.id, Channel::Caller);
    let share = |name: &str| {
        share_heard(&recorded, &speech(name).resampled(recorded.rate)).map_or(0.0, |share| share.heard)
    };
    // On a busy machine the sound of a piece is torn; another caller's would be there whole.
    assert!(share(own) > 0.5 && share(others) < 0.3, "{own}: {}, {others}: {}", share(own), share(others));
}
