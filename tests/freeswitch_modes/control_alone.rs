//! `freeswitch.mode = "esl"`: control and no audio. Prompts that the switch plays, keys, people.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{assert_heard_out, share_of};
use serde_json::json;
use uuid::Uuid;

use crate::stage::{Caller, Inbound, Stage};
use crate::stranger::Stranger;

/// A caller in the middle of the greeting.
fn greeted(stage: &Stage) -> Caller {
    let caller = stage.answered(stage.controlled());
    caller.wait_heard(Duration::from_secs(1));
    caller
}

#[test]
fn the_greeting_is_a_prompt_that_the_switch_plays() {
    let stage = Stage::open("esl", Inbound::None, &[]);
    let caller = stage.answered(stage.controlled());
    stage.wait_played(&caller.id, "greeting");
    let row = stage.call(&caller.id);
    assert_eq!((&row["from"], &row["to"]), (&"1001".into(), &"5000".into()), "{row}");
    assert!(!caller.phone.is_streaming(), "no audio is asked for");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "caller".to_owned()));
    assert_heard_out(&caller.heard(), "greeting");
    let said = stage.transcript(&caller.id);
    assert_eq!(said[0]["text"], "(prompt: greeting)", "what was played is written down: {said:?}");
    stage.close();
}

#[test]
fn keys_cut_the_prompt_and_do_what_they_do() {
    let stage = Stage::open("esl", Inbound::None, &[]);
    let caller = greeted(&stage);
    caller.phone.press('#');
    stage.wait("the end of the greeting", || stage.prompts(&caller.id).pop());
    let heard_so_far = caller.heard().length();
    caller.wait_heard(heard_so_far + Duration::from_secs(2));
    caller.phone.press('7');
    stage.wait_played(&caller.id, "unknown_key");
    caller.phone.press('*');

    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "assistant".to_owned()));
    let played = stage.prompts(&caller.id);
    let played: Vec<(&str, &str)> = played.iter().map(|(line, end)| (&line[..], &end[..])).collect();
    assert_eq!(
        played,
        [
            ("greeting", "cleared"),
            ("greeting", "cleared"),
            ("unknown_key", "finished"),
            ("goodbye", "finished")
        ]
    );
    let heard = caller.heard();
    assert_heard_out(&heard, "unknown_key");
    let goodbye = assert_heard_out(&heard, "goodbye");
    let before = heard.part(Span { start: heard_so_far, end: goodbye.at });
    let again = share_of(&before, "greeting");
    assert!(again.heard > 0.1, "from its beginning: {again:?}");
    caller.phone.wait_over(LIMIT).unwrap();
    stage.close();
}

#[test]
fn key_0_leads_to_the_operator() {
    let stage = Stage::open("esl", Inbound::None, &[]);
    let caller = greeted(&stage);
    caller.phone.press('0');
    assert_eq!(caller.wait_went_to(), "people,operator,1");
    assert_heard_out(&caller.heard(), "transferring");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id).0, "call_transferred");
    stage.close();
}

#[test]
fn a_silent_caller_is_asked_and_then_told_goodbye() {
    let impatient = [("calls.silence_prompt_s", "1"), ("calls.silence_goodbye_s", "1")];
    let stage = Stage::open("esl", Inbound::None, &impatient);
    let caller = stage.answered(stage.controlled());
    assert_eq!(stage.ending(&caller.id), ("caller_silent".to_owned(), "assistant".to_owned()));
    let heard = caller.heard();
    for line in ["greeting", "still_there", "goodbye_silence"] {
        assert_heard_out(&heard, line);
    }
    caller.phone.wait_over(LIMIT).unwrap();
    stage.close();
}

#[test]
fn a_person_takes_over_when_a_program_asks() {
    let stage = Stage::open("esl", Inbound::Configured, &[]);
    let caller = stage.answered(stage.controlled());
    stage.wait_played(&caller.id, "greeting");
    stage.ask_of(&caller, "handoff", &json!({ "target": "anna" }));
    let anna = stage.wait("anna's telephone", || stage.switch.leg_at("1002"));
    anna.answer();
    stage.event(&caller.id, "handoff_bridged");
    assert_eq!(caller.phone.bridged_to().as_deref(), Some(anna.uuid()));
    caller.phone.hang_up();
    stage.ended(&caller.id);
    stage.wait("the end of anna's leg", || anna.hangup_cause());
    stage.close();
}

#[test]
fn an_audio_websocket_is_refused() {
    let stage = Stage::open("esl", Inbound::None, &[]);
    let caller = greeted(&stage);
    let uuid = Uuid::parse_str(caller.phone.uuid()).unwrap();
    let mut stranger = Stranger::asks(stage.server.addresses().audio_stream, uuid, "");
    assert_eq!(stranger.status(), 403);
    stranger.wait_closed();
    // Nobody noticed.
    stage.wait_played(&caller.id, "greeting");
    caller.phone.hang_up();
    stage.ended(&caller.id);
    stage.close();
}
