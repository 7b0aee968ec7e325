//! Faults that a test asks for.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, Farewell, FreeSwitch, Rule, Script, Settings, Strike};

use crate::program::{EVENTS, Esl, LIMIT, Program};

fn call(settings: Settings) -> (FreeSwitch, cordboard_test_support::freeswitch::Call, Esl, String) {
    let (switch, program) = (FreeSwitch::start(settings).unwrap(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (esl, uuid) = program.take(EVENTS);
    (switch, call, esl, uuid)
}

#[test]
fn writes_in_pieces_are_the_same_frames() {
    let (switch, call, mut esl, uuid) = call(Settings::fast());
    switch.faults(|faults| faults.split_writes = Some(7));
    assert_eq!(esl.ask(&format!("api uuid_exists {uuid}")), "true");
    call.hang_up();
    assert_eq!(esl.event("CHANNEL_HANGUP_COMPLETE").get("Unique-ID"), uuid);
    switch.finish();
}

#[test]
fn a_link_is_cut_while_the_call_goes_on() {
    let (_switch, call, mut esl, _) = call(Settings::fast());
    assert_eq!(call.control_count(), 1);
    assert_eq!(call.strike_control(&Strike::Reset), 1);
    assert!(esl.drain().is_empty());
    // The socket was the last action.
    assert_eq!(call.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
}

#[test]
fn bytes_between_two_frames() {
    let (_switch, call, mut esl, uuid) = call(Settings::fast());
    call.strike_control(&Strike::foreign_event("CHANNEL_HANGUP", "somebody-else"));
    assert_eq!(esl.event("CHANNEL_HANGUP").get("Unique-ID"), "somebody-else");
    call.strike_control(&Strike::huge_header(100_000));
    let huge = esl.frame(LIMIT).unwrap();
    assert_eq!(huge.get("X-Huge").len(), 100_000);
    assert_eq!(esl.ask(&format!("api uuid_exists {uuid}")), "true", "and the connection goes on");
}

#[test]
fn slow_replies_and_late_halves() {
    let switch = FreeSwitch::start(Settings::fast()).unwrap();
    let program = Program::listen();
    switch.faults(|faults| faults.socket_delay = Duration::from_millis(150));
    let start = std::time::Instant::now();
    switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    assert!(start.elapsed() >= Duration::from_millis(150));
    switch.faults(|faults| faults.reply_delay = Duration::from_millis(120));
    let asked = std::time::Instant::now();
    esl.ask(&format!("api uuid_exists {uuid}"));
    assert!(asked.elapsed() >= Duration::from_millis(120));
}

#[test]
fn last_words_are_lost_without_linger() {
    let (switch, program) = (FreeSwitch::start(Settings::fast()).unwrap(), Program::listen());
    switch.faults(|faults| faults.farewell = Farewell::Lost);
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let mut esl = program.accept();
    esl.send("connect");
    esl.frame(LIMIT).unwrap();
    esl.ask("event plain CHANNEL_HANGUP_COMPLETE");
    call.hang_up();
    let frames = esl.drain();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0].get("Content-Disposition"), "disconnect");
    let filter = || switch.violations().iter().any(|violation| violation.rule == Rule::Filter).then_some(());
    cordboard_test_support::waiting::wait_until("the missing filter", LIMIT, filter).unwrap();
}

#[test]
fn a_crowd_of_calls_loses_nobody() {
    const CALLS: usize = 200;
    let (switch, program) = (FreeSwitch::start(Settings::fast()).unwrap(), Program::listen());
    let calls: Vec<_> = (0..CALLS)
        .map(|_| switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())])))
        .collect();
    let mut taken: Vec<(Esl, String)> = (0..CALLS).map(|_| program.take("CHANNEL_HANGUP_COMPLETE")).collect();
    for call in &calls {
        call.hang_up();
    }
    for (esl, uuid) in &mut taken {
        assert_eq!(esl.event("CHANNEL_HANGUP_COMPLETE").get("Unique-ID"), uuid);
    }
    assert!(switch.legs().is_empty());
    drop(taken);
    switch.finish();
}
