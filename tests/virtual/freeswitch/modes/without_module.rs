//! Dual mode on a switch without `mod_audio_stream`: the call goes on by prompts.

use std::time::Duration;

use cordboard_test_support::freeswitch::{AudioModule, Sent};

use super::stage::{Inbound, stage};
use crate::book::Book;
use crate::hearing::assert_heard;

#[test]
fn a_call_without_audio_goes_on_by_prompts_and_keys() {
    stage("dual", Inbound::None, &[("calls.meet_timeout_s", "2")], async |stage| {
        stage.switch.faults(|faults| faults.audio_module = AudioModule::Missing);
        let caller = stage.answered(stage.controlled()).await;
        stage.wait_played(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        let is_start = |sent: &&Sent| {
            let line = &sent.command.line;
            line.contains("uuid_audio_stream") && line.contains(" start ")
        };
        let sent = stage.switch.sent();
        let starts: Vec<_> = sent.iter().filter(is_start).collect();
        assert_eq!(starts.len(), 2, "asked once, and once more");
        // Refused within two ticks of the switch, the request is repeated 500 ms later.
        assert_eq!(starts[1].at - starts[0].at, Duration::from_millis(540));
        // The time to meet is 2 s; the start is sent 20 ms into it.
        assert_eq!(caller.phone.heard().frames[0].at - starts[0].at, Duration::from_millis(1_980));
        caller.phone.press('0');
        assert_eq!(stage.went_to(&caller).await, "people,operator,1");
        caller.phone.hang_up();
        assert_eq!(stage.ending(&caller.id).await.0, "call_transferred");
    });
}

#[test]
fn a_call_goes_on_without_audio_that_cant_connect() {
    // Nothing listens there.
    let elsewhere = [("freeswitch.audio_url", "ws://127.0.0.1:1"), ("calls.meet_timeout_s", "2")];
    stage("dual", Inbound::None, &elsewhere, async |stage| {
        let caller = stage.answered(stage.controlled()).await;
        assert_eq!(stage.times_of(&caller.id, "answered").await, [Duration::from_secs(2)]);
        stage.wait_played(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
    });
}
