//! A program that the switch calls: opening, applications, prompts, keys, and the end.

use std::time::Duration;

use cordboard_test_support::freeswitch::{Action, FreeSwitch, Rule, Script, Settings};

use crate::program::{EVENTS, LIMIT, Program};

fn switch() -> FreeSwitch {
    FreeSwitch::start(Settings::default()).unwrap()
}

#[test]
fn callers_hear_a_prompt_press_a_key_and_hang_up() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(
        Script::to("5000").runs([Action::set("cordboard_tenant", "acme"), Action::socket(program.address())]),
    );
    let mut esl = program.accept();
    assert!(esl.is_silent(Duration::from_millis(100)), "FreeSWITCH waits for connect");
    esl.send("connect");
    let block = esl.frame(LIMIT).unwrap();
    assert_eq!(block.get("Event-Name"), "CHANNEL_DATA");
    assert_eq!(block.get("variable_cordboard_tenant"), "acme");
    assert_eq!(block.get("Caller-Destination-Number"), "5000");
    assert_eq!(block.get("Answer-State"), "ringing");
    assert_eq!((block.get("Socket-Mode"), block.get("Control")), ("async", "full"));
    assert_eq!(block.reply(), "+OK\n");
    assert_eq!(esl.ask("linger 1"), "+OK will linger 1 seconds");
    assert_eq!(esl.ask(&format!("event plain {EVENTS}")), "+OK event listener enabled plain");
    let uuid = call.uuid().to_owned();
    esl.ask(&format!("filter Unique-ID {uuid}"));

    esl.execute("answer", "", "");
    assert_eq!(esl.event("CHANNEL_ANSWER").get("Answer-State"), "answered");
    esl.event("CHANNEL_EXECUTE_COMPLETE");
    assert!(call.is_answered());

    esl.execute("playback", "tone_stream://%(400,0,440)", "\nEvent-UUID: say-1");
    let stop = esl.event("PLAYBACK_STOP");
    assert_eq!((stop.get("Playback-Status"), stop.get("variable_playback_ms")), ("done", "400"));
    let complete = esl.event("CHANNEL_EXECUTE_COMPLETE");
    assert_eq!(complete.get("Application-UUID"), "say-1");
    assert_eq!(complete.get("Application-Response"), "FILE PLAYED");
    let heard = call.heard().sound();
    let first = heard.first_sound().unwrap();
    assert!(heard.length() - first >= Duration::from_millis(395), "{:?}", heard.length());

    call.press('5');
    let key = esl.event("DTMF");
    assert_eq!(
        (key.get("DTMF-Digit"), key.get("DTMF-Duration"), key.get("DTMF-Source")),
        ("5", "960", "RTP")
    );

    call.hang_up();
    let names = esl.names_until(|frame| frame.get("Content-Type") == "text/disconnect-notice");
    assert_eq!(
        names,
        [
            "CHANNEL_HANGUP",
            "CHANNEL_EXECUTE_COMPLETE socket",
            "CHANNEL_HANGUP_COMPLETE",
            "text/disconnect-notice"
        ]
    );
    assert_eq!(call.disposition(), Some("recv_bye"));
    assert_eq!(esl.ask(&format!("api uuid_exists {uuid}")), "false");
    let last = esl.drain();
    assert_eq!(last.last().unwrap().get("Content-Disposition"), "disconnect");
    switch.finish();
}

#[test]
fn prompts_without_a_lock_start_inside_each_other() {
    let (switch, program) = (switch(), Program::listen());
    let _call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, _) = program.take(EVENTS);
    for (id, ms) in [("outer", 300), ("inner", 100)] {
        esl.ask(&format!(
            "sendmsg\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: \
             tone_stream://%({ms},0,440)\nEvent-UUID: {id}"
        ));
    }
    let ends: Vec<String> =
        (0..2).map(|_| esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID").to_owned()).collect();
    assert_eq!(ends, ["inner", "outer"]);
    let rules: Vec<Rule> = switch.take_violations().iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [Rule::EventLock, Rule::EventLock]);
}

#[test]
fn a_locked_queue_plays_in_order_until_break_all() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, uuid) = program.take(EVENTS);
    for id in ["one", "two", "three"] {
        esl.execute("playback", "tone_stream://%(5000,0,440)", &format!("\nEvent-UUID: {id}"));
    }
    call.wait_heard("the first prompt", LIMIT, |heard| (heard.frames.len() > 5).then_some(())).unwrap();
    assert_eq!(esl.ask(&format!("api uuid_break {uuid}")), "+OK\n");
    assert_eq!(esl.event("PLAYBACK_STOP").get("Playback-Status"), "break");
    assert_eq!(esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID"), "one");
    let so_far = call.heard().frames.len();
    call.wait_heard("the second prompt", LIMIT, |heard| (heard.frames.len() > so_far + 5).then_some(()))
        .unwrap();
    assert_eq!(esl.ask(&format!("api uuid_break {uuid} all")), "+OK\n");
    assert_eq!(esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID"), "two");
    // The third one gets no EXECUTE_COMPLETE: the next is for what comes later.
    esl.execute("set", "a=b", "\nEvent-UUID: later");
    assert_eq!(esl.event("CHANNEL_EXECUTE_COMPLETE").get("Application-UUID"), "later");
    assert_eq!(call.variable("a").as_deref(), Some("b"));
    esl.ask("sendmsg\ncall-command: hangup");
    assert_eq!(call.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
}

#[test]
fn an_unknown_application_hangs_the_call_up() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    let (mut esl, _) = program.take(EVENTS);
    esl.execute("frobnicate", "", "");
    assert_eq!(call.wait_over(LIMIT).unwrap(), "DESTINATION_OUT_OF_ORDER");
    assert_eq!(switch.take_violations()[0].rule, Rule::Application);
}

#[test]
fn the_dialplan_continues_when_the_program_leaves_or_is_absent() {
    let (switch, program) = (switch(), Program::listen());
    let fallback = [
        Action::app("socket", "127.0.0.1:1 async full"),
        Action::socket(program.address()),
        Action::set("fell", "through"),
        Action::hangup("NO_ROUTE_DESTINATION"),
    ];
    let call = switch.call(Script::to("5008").runs(fallback));
    let (esl, _) = program.take(EVENTS);
    drop(esl);
    assert_eq!(call.wait_over(LIMIT).unwrap(), "NO_ROUTE_DESTINATION");
    assert_eq!(call.variable("fell").as_deref(), Some("through"));
    assert_eq!(switch.take_violations()[0].rule, Rule::LeftAlive);

    // The socket is the last action: the call ends.
    let call = switch.call(Script::to("5000").runs([Action::answer(), Action::socket(program.address())]));
    drop(program.take(EVENTS));
    assert_eq!(call.wait_over(LIMIT).unwrap(), "NORMAL_CLEARING");
}

#[test]
fn a_cancel_before_the_answer_is_an_originator_cancel() {
    let (switch, program) = (switch(), Program::listen());
    let call = switch.call(Script::to("5000").runs([Action::socket(program.address())]));
    let (mut esl, _) = program.take(EVENTS);
    call.hang_up();
    let hangup = esl.event("CHANNEL_HANGUP");
    assert_eq!(hangup.get("Hangup-Cause"), "ORIGINATOR_CANCEL");
    let complete = esl.event("CHANNEL_HANGUP_COMPLETE");
    assert_eq!(complete.get("variable_sip_hangup_disposition"), "recv_cancel");
    switch.finish();
}
