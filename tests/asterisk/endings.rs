//! Hang-ups, from each side.

use cordboard_test_support::ami::Originate;
use cordboard_test_support::server::Token;
use cordboard_test_support::sip::HungUpBy;
use serde_json::Value;

use super::setup::Shared;
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::book::{Book, Channel, assert_left};
use cordboard_test_support::ear::{assert_monitored, speech};

/// Checks how the call ended, and that its leg has left.
fn assert_ended(cordboard: &Shared, id: &str, by: &str, leg: &str) {
    let row = cordboard.ended(id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &by.into()), "{row}");
    assert_eq!(cordboard.event(id, "leg_left")["how"], leg);
    cordboard.finished_recording(id, Channel::Caller);
}

#[test]
fn the_caller_hangs_up() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("100", "+15550120");
    let id = cordboard.call_from("+15550120");
    cordboard.wait_says(&id, "greeting");
    call.hang_up().unwrap();
    let row = cordboard.ended(&id);
    assert_left(&row);
    let how = if row["hangup_by"] == "caller" { "closed" } else { "broken" };
    assert_eq!(cordboard.event(&id, "leg_left")["how"], how);
    cordboard.finished_recording(&id, Channel::Caller);
}

#[test]
fn a_program_hangs_up_through_the_api() {
    let cordboard = Shared::enter();
    let call = cordboard.dial("100", "+15550121");
    let id = cordboard.call_from("+15550121");
    cordboard.wait_says(&id, "greeting");
    let path = format!("/api/v1/calls/{id}/hangup");
    let answer = cordboard.server.post(&path, &Value::Null, Token::Admin).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    assert_ended(&cordboard, &id, "api", "released");
    let again = cordboard.server.post(&path, &Value::Null, Token::Admin).unwrap();
    assert_eq!(again.status, 409, "{}", again.text());
}

#[test]
fn the_switch_hangs_up_a_greeted_local_channel() {
    let cordboard = Shared::enter();
    let (ami, folder) = (&cordboard.setup.ami, cordboard.setup.asterisk.folder());
    let (spoken, heard) = (folder.join("question"), folder.join("local-heard"));
    speech("hello_question").resampled(8000).write_wav(&spoken.with_extension("wav")).unwrap();
    let mark = ami.mark();
    ami.originate(&Originate {
        channel: &format!("Local/{}@outside/n", cordboard.way_to("100")),
        place: ("people", "polite"),
        caller: "+15550122",
        variables: &[("SPEECH", &spoken.display().to_string()), ("HEARD", &heard.display().to_string())],
        channel_id: "local-caller",
    })
    .unwrap();
    let id = cordboard.call_from("+15550122");
    cordboard.wait_said(&id, "greeting");
    // The question follows the greeting, and a reply the question.
    cordboard.event(&id, "caller_said");
    ami.press("local-caller-other", '#').unwrap();
    cordboard.wait_says(&id, "repeat");
    ami.hangup("local-caller").unwrap();
    ami.wait_event(mark, LIMIT, "Hangup", &[("Uniqueid", "local-caller")]).unwrap();
    assert_ended(&cordboard, &id, "caller", "closed");
    let heard = cordboard.setup.asterisk.recording(&heard.with_extension("wav"), LIMIT).unwrap();
    assert_monitored(&heard, "greeting");
}
