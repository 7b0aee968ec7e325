//! The two halves of a call, control and audio, in every order; one that comes late, and one that never comes.

use std::time::Duration;

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::{assert_not_heard, speech};
use cordboard_test_support::freeswitch::{Action, Script, Sent, Source};

use super::setup::{Callee, Setup};
use super::way::{AudioTransport, for_both_ways};
use crate::book::Book;
use crate::hearing::{assert_heard, assert_whole};
use crate::suites::handoff::{Party, Switchboard};
use crate::world::virtually;

/// Longer than any case lasts.
const NEVER: Duration = Duration::from_secs(600);

/// A dialplan that starts the audio itself, and hands over control after this many ms.
fn audio_first(setup: &Setup, control_after_ms: u64) -> Vec<Action> {
    let stream = Action::audio_stream(setup.server.addresses.audio_stream, "8k");
    vec![Action::answer(), stream, Action::sleep(control_after_ms), setup.socket(), Action::park()]
}

#[test]
fn audio_that_precedes_control_is_used_as_the_only_stream() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        // At once, a little later, and so late that most of the time to meet is over.
        for control_after_ms in [0, 500, 3_500] {
            let caller = setup.dial(Script::to("5000"), audio_first(&setup, control_after_ms)).await;
            setup.wait_said(&caller.id, "greeting").await;
            assert_heard(&Party::heard(&caller.phone), "greeting");
            setup.converses(&caller).await;
            caller.phone.hang_up();
            setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
            assert_eq!(setup.events_of(&caller.id, "leg_joined").await.len(), 1, "{control_after_ms} ms");
        }
        setup.close().await;
    });
}

fn starts(setup: &Setup) -> Vec<Sent> {
    let is_start = |sent: &Sent| {
        sent.command.line.contains("uuid_audio_stream") && sent.command.line.contains(" start ")
    };
    setup.switch.sent().into_iter().filter(is_start).collect()
}

/// When they were sent, counted from the first.
fn after_first(starts: &[Sent]) -> Vec<Duration> {
    starts.iter().map(|start| start.at - starts[0].at).collect()
}

#[test]
fn a_stream_that_comes_too_late_is_started_once_more() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        setup.switch.faults(|faults| faults.stream_delay = Duration::from_secs(3));
        let caller = setup.rings(Script::to("5000"), vec![setup.socket(), Action::park()]).await;
        setup.wait("the start", async || starts(&setup).pop()).await;
        setup.switch.faults(|faults| faults.stream_delay = Duration::ZERO);
        setup.event(&caller.id, "answered").await;
        setup.wait_said(&caller.id, "greeting").await;
        assert_heard(&Party::heard(&caller.phone), "greeting");
        setup.converses(&caller).await;
        caller.phone.hang_up();
        setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        let starts = starts(&setup);
        // The first one is up after 3 s and is released; 300 ms later the next is started.
        assert_eq!(after_first(&starts), [Duration::ZERO, Duration::from_millis(3_300)]);
        setup.close().await;
    });
}

#[test]
fn no_stream_is_released_while_it_joins() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        // Around the 2.5 s after which a start is repeated: some streams have just come by then, others are already up.
        for late_ms in (2_380..=2_520).step_by(10) {
            setup.switch.faults(|faults| faults.stream_delay = Duration::from_millis(late_ms));
            let begun = starts(&setup).len();
            let caller = setup.rings(Script::to("5000"), vec![setup.socket(), Action::park()]).await;
            setup.wait("the start", async || (starts(&setup).len() > begun).then_some(())).await;
            setup.switch.faults(|faults| faults.stream_delay = Duration::ZERO);
            setup.event(&caller.id, "answered").await;
            let left = setup.events_of(&caller.id, "leg_left").await;
            assert!(left.iter().all(|left| left["how"] != "released"), "{late_ms} ms: {left:#?}");
            setup.wait_said(&caller.id, "greeting").await;
            caller.phone.hang_up();
            setup.assert_ended(&caller.id, "normal_clearing", "caller").await;
        }
        setup.close().await;
    });
}

#[test]
fn a_call_whose_stream_never_comes_goes_on_by_prompts() {
    virtually(async || {
        let setup = Setup::open(AudioTransport::Websocket).await;
        setup.switch.faults(|faults| faults.stream_delay = NEVER);
        let caller = setup.dial(Script::to("5000"), vec![setup.socket(), Action::park()]).await;
        let said = setup.event(&caller.id, "assistant_said").await;
        assert_eq!((&said["text"], &said["end"]), (&"(prompt: greeting)".into(), &"finished".into()));
        assert_heard(&Party::heard(&caller.phone), "greeting");
        assert!(caller.phone.heard().frames.iter().all(|frame| frame.source == Source::Playback));
        let starts = starts(&setup);
        // The server waits for it for 2.5 s, and 1.5 s more for its end.
        assert_eq!(after_first(&starts), [Duration::ZERO, Duration::from_secs(4)]);
        // The time to meet is 5 s; the start is sent 20 ms into it.
        assert_eq!(caller.phone.heard().frames[0].at - starts[0].at, Duration::from_millis(4_980));
        caller.phone.press('*');
        setup.assert_ended(&caller.id, "normal_clearing", "assistant").await;
        assert_heard(&Party::heard(&caller.phone), "goodbye");
        setup.close().await;
    });
}

for_both_ways!(simultaneous_calls_are_never_mixed_up);

async fn simultaneous_calls_are_never_mixed_up(way: AudioTransport) {
    let setup = Setup::open(way).await;
    let dial = async |number: &str| {
        let script = Script::to(number).from(&format!("77{number}"), "Somebody");
        setup.dial(script, vec![setup.socket(), Action::park()]).await
    };
    let (one, other) = (dial("5001").await, dial("5002").await);
    let cases = [(&one, "5001", "message_text", "repeat"), (&other, "5002", "interruption", "unknown_key")];
    for (caller, ..) in cases {
        setup.wait_says(&caller.id, "greeting").await;
    }
    one.phone.press('#');
    other.phone.press('7');
    for (caller, _, words, line) in cases {
        setup.wait_said(&caller.id, line).await;
        caller.phone.say(&speech(words));
    }
    for (caller, number, ..) in cases {
        caller.phone.said().await;
        setup
            .wait("the caller's speech", async || setup.events_of(&caller.id, "transcript").await.pop())
            .await;
        caller.phone.hang_up();
        let row = setup.ended(&caller.id).await;
        assert_eq!((&row["to"], &row["from"]), (&number.into(), &format!("77{number}").into()));
    }
    assert_recorded(&setup, &one, "message_text", "interruption").await;
    assert_recorded(&setup, &other, "interruption", "message_text").await;
    assert_heard(&Party::heard(&other.phone), "unknown_key");
    assert_not_heard(&Party::heard(&one.phone), "unknown_key");
    setup.close().await;
}

/// The recording has all of this caller's words, and none of the other's.
async fn assert_recorded(setup: &Setup, caller: &Callee, own: &str, others: &str) {
    let recorded = setup.recording(&caller.id, Channel::Caller).await;
    assert_whole(&recorded, &speech(own));
    let share = share_heard(&recorded, &speech(others).resampled(recorded.rate));
    assert!(share.as_ref().is_none_or(|share| share.heard < 0.3), "{share:?}");
}
