//! Dual mode on a switch that has no `mod_audio_stream`: the call goes on by prompts.

use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::AudioModule;

use crate::stage::{Inbound, Stage};

#[test]
fn a_call_without_audio_goes_on_by_prompts_and_keys() {
    let stage = Stage::open("dual", Inbound::None, &[("calls.meet_timeout_s", "2")]);
    stage.switch.faults(|faults| faults.audio_module = AudioModule::Missing);
    let caller = stage.answered(stage.controlled());
    stage.wait_played(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    let asked = |command: &str| command.contains("uuid_audio_stream") && command.contains(" start ");
    let starts = stage.switch.sent().iter().filter(|sent| asked(&sent.command.line)).count();
    assert_eq!(starts, 2, "asked once, and once more");
    caller.phone.press('0');
    assert_eq!(caller.wait_went_to(), "people,operator,1");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id).0, "call_transferred");
    stage.close();
}

#[test]
fn audio_that_can_not_reach_us_is_done_without_too() {
    // Nobody listens there.
    let elsewhere = [("freeswitch.audio_url", "ws://127.0.0.1:1"), ("calls.meet_timeout_s", "2")];
    let stage = Stage::open("dual", Inbound::None, &elsewhere);
    let caller = stage.answered(stage.controlled());
    stage.wait_played(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "caller".to_owned()));
    stage.close();
}
