//! A program's commands to a live call.

use cordboard_actors::messages::CommandRefused;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::switch::Capability;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::{ADMIN, Setup};

fn hangup(setup: &Setup, id: impl std::fmt::Display) -> crate::setup::Answer {
    let authorization = format!("Bearer {ADMIN}");
    setup.request("POST", &format!("/api/v1/calls/{id}/hangup"), &[("Authorization", &authorization)])
}

#[test]
fn a_hangup_ends_live_calls_and_conflicts_for_ended_ones() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.answers.lock().unwrap().end_call = Ok(());
    assert_eq!(hangup(&setup, said.call_id).status, 202);
    assert_eq!(setup.heard(), [format!("end {} Api normal_clearing", said.call_id)]);

    setup.answers.lock().unwrap().end_call = Err(cordboard_actors::messages::NoSuchCall);
    setup.journal(said.ended(NextStep::Hangup));
    assert_eq!(hangup(&setup, said.call_id).problem_code(409), "call_over");
    hangup(&setup, uuid::Uuid::now_v7()).problem(404);
}

#[test]
fn commands_to_speak_and_play_digits_reach_the_call() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.answers.lock().unwrap().instruct = Ok(());
    let (id, path) = (said.call_id, format!("/api/v1/calls/{}", said.call_id));
    assert_eq!(setup.send("POST", &format!("{path}/say"), &json!({ "text": " Good day. " })).status, 202);
    assert_eq!(setup.heard(), [format!("instruct {id} Say(\"Good day.\")")]);
    let longest = json!({ "text": "ä".repeat(2_000) });
    assert_eq!(setup.send("POST", &format!("{path}/say"), &longest).status, 202);
    setup.heard();
    assert_eq!(setup.send("POST", &format!("{path}/dtmf"), &json!({ "digits": "1*#D" })).status, 202);
    assert_eq!(setup.heard(), [format!("instruct {id} SendDtmf([Digit(1), Digit(*), Digit(#), Digit(D)])")]);
    assert_eq!(setup.send("POST", &format!("{path}/dtmf"), &json!({ "digits": "5".repeat(32) })).status, 202);
}

#[test]
fn an_unanswered_command_is_not_reported_as_refused() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().held = Some(Vec::new());
    let path = format!("/api/v1/calls/{}/say", uuid::Uuid::now_v7());
    let unknown = std::thread::scope(|scope| {
        let asked = scope.spawn(|| setup.send("POST", &path, &json!({ "text": "Good day." })));
        setup.wait_heard(1);
        // The registry dies while the call has the command.
        setup.answers.lock().unwrap().held = None;
        asked.join().unwrap()
    });
    assert_eq!(unknown.problem_code(503), "outcome_unknown");
    assert_eq!(unknown.header("retry-after"), None, "repeated without a look, it would be said twice");
    let detail = unknown.problem(503);
    assert!(detail.contains("may be carried out all the same"), "{detail}");
}

#[test]
fn invalid_texts_and_digits_reach_no_call() {
    let setup = Setup::open();
    let path = format!("/api/v1/calls/{}", uuid::Uuid::now_v7());
    let say = |body: Value| setup.send("POST", &format!("{path}/say"), &body);
    for text in [String::new(), "  \n".to_owned(), "x".repeat(2_001), "a\u{0}b".to_owned()] {
        let answer = say(json!({ "text": text }));
        assert_eq!(answer.problem_code(422), "invalid", "{text:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "text");
    }
    for digits in ["", "12a", "1 2", "١", &"1".repeat(33)] {
        let answer = setup.send("POST", &format!("{path}/dtmf"), &json!({ "digits": digits }));
        assert_eq!(answer.problem_code(422), "invalid", "{digits:?}");
        assert_eq!(answer.json()["errors"][0]["field"], "digits");
    }
    assert_eq!(say(json!({})).problem_code(422), "invalid");
    assert_eq!(say(json!({ "text": "x", "loud": true })).problem_code(422), "invalid");
    assert_eq!(say(json!({ "text": 1 })).problem_code(422), "invalid");
    assert_eq!(setup.send_text("POST", &format!("{path}/say"), "{").problem_code(400), "bad_input");
    assert_eq!(setup.send_text("POST", &format!("{path}/say"), "").problem_code(400), "bad_input");
    let huge = format!("{{\"text\":\"{}\"}}", "x".repeat(40_000));
    assert_eq!(setup.send_text("POST", &format!("{path}/say"), &huge).problem_code(413), "body_too_long");
    let authorization = format!("Bearer {ADMIN}");
    let plain = [("Authorization", &*authorization), ("Content-Type", "text/plain")];
    assert_eq!(setup.request("POST", &format!("{path}/say"), &plain).problem_code(415), "not_json");
    assert!(setup.heard().is_empty());
}

#[test]
fn commands_to_hold_and_transfer_reach_the_call() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().instruct = Ok(());
    let id = uuid::Uuid::now_v7();
    let path = format!("/api/v1/calls/{id}");
    let sales = json!({ "target": "sales" });
    for (verb, body, command) in [
        ("hold", &Value::Null, "Hold"),
        ("unhold", &Value::Null, "Unhold"),
        ("park", &Value::Null, "Park"),
        (
            "variables",
            &json!({ "variables": { "order": "4711", "_tier": "" } }),
            "SetVariables({\"_tier\": \"\", \"order\": \"4711\"})",
        ),
        ("transfer", &sales, "Transfer(\"sales\")"),
        ("handoff", &sales, "Handoff(\"sales\")"),
    ] {
        assert_eq!(setup.send("POST", &format!("{path}/{verb}"), body).status, 202, "{verb}");
        assert_eq!(setup.heard(), [format!("instruct {id} {command}")]);
    }
    for target in ["", "+4930123", "user/1001", "Sales", "sales\r\n"] {
        for verb in ["transfer", "handoff"] {
            let answer = setup.send("POST", &format!("{path}/{verb}"), &json!({ "target": target }));
            assert_eq!(answer.problem_code(422), "invalid", "{target:?}: a name, not a number");
        }
    }
    let many: serde_json::Map<_, _> = (0..33).map(|n| (format!("v{n}"), json!("x"))).collect();
    for variables in [
        json!({}),
        Value::Object(many),
        json!({ "SHELL(ls)": "x" }),
        json!({ "4711": "x" }),
        json!({ "": "x" }),
        json!({ "order": "a\r\nAction: Logoff" }),
        json!({ "order": "x".repeat(256) }),
    ] {
        let answer = setup.send("POST", &format!("{path}/variables"), &json!({ "variables": variables }));
        assert_eq!(answer.problem_code(422), "invalid", "{variables}");
        assert_eq!(answer.json()["errors"][0]["field"], "variables");
    }
    assert!(setup.heard().is_empty());
}

#[test]
fn a_refused_command_says_why() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let path = format!("/api/v1/calls/{}/say", said.call_id);
    let say = |path: &str| setup.send("POST", path, &json!({ "text": "Good day." }));
    for (refused, status, code) in [
        (CommandRefused::Busy, 503, "unavailable"),
        (CommandRefused::NotConversing, 409, "not_conversing"),
        (CommandRefused::Incapable(Capability::Hold), 409, "incapable"),
        (CommandRefused::AlreadyHeld, 409, "already_held"),
        (CommandRefused::NotHeld, 409, "not_held"),
        (CommandRefused::NoSuchTarget, 409, "no_such_target"),
        (CommandRefused::HandoffUnderWay, 409, "handoff_under_way"),
        (CommandRefused::CannotSpeakText, 422, "cannot_speak_text"),
        (CommandRefused::NoSuchCall, 409, "call_over"),
    ] {
        setup.answers.lock().unwrap().instruct = Err(refused);
        assert_eq!(say(&path).problem_code(status), code);
    }
    let unknown = format!("/api/v1/calls/{}/say", uuid::Uuid::now_v7());
    assert_eq!(say(&unknown).problem_code(404), "not_found");
}
