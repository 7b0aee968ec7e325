//! Every command: its effect, its answer, and its refusals.

use std::collections::BTreeSet;
use std::time::Duration;

use cordboard_actors::messages::{CommandRefused, NoSuchCall};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::switch::Capability;
use cordboard_schema::wire::control::Command;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::Setup;
use crate::{program, sockets};

#[test]
fn commands_for_a_call_reach_it() {
    let setup = Setup::open();
    let mut program = program(&setup);
    {
        let mut answers = setup.answers.lock().unwrap();
        (answers.instruct, answers.end_call) = (Ok(()), Ok(()));
    }
    let id = uuid::Uuid::now_v7();
    for (command, more, heard) in [
        ("hold", json!({}), "instruct ID Hold"),
        ("unhold", json!({}), "instruct ID Unhold"),
        ("park", json!({}), "instruct ID Park"),
        (
            "setVariables",
            json!({ "variables": { "order": "4711" } }),
            "instruct ID SetVariables({\"order\": \"4711\"})",
        ),
        ("transfer", json!({ "target": "sales" }), "instruct ID Transfer(\"sales\")"),
        ("bridge", json!({ "target": "sales" }), "instruct ID Handoff(\"sales\")"),
        ("say", json!({ "text": " Good day. " }), "instruct ID Say(\"Good day.\")"),
        ("sendDtmf", json!({ "digits": "1#" }), "instruct ID SendDtmf([Digit(1), Digit(#)])"),
        ("hangup", json!({}), "end ID Api normal_clearing"),
    ] {
        let mut asked = more;
        asked["command"] = command.into();
        asked["call_id"] = id.to_string().into();
        assert_eq!(program.done(asked), json!({}), "{command}");
        assert_eq!(setup.heard(), [heard.replace("ID", &id.to_string())]);
    }
}

#[test]
fn a_command_is_audited_even_if_its_socket_ends() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().held = Some(Vec::new());
    let mut program = program(&setup);
    let id = uuid::Uuid::now_v7();
    program.begin(json!({ "command": "say", "call_id": id.to_string(), "text": "Good day." }));
    assert_eq!(setup.wait_heard(1), [format!("instruct {id} Say(\"Good day.\")")]);
    program.close();
    let is_over = || (sockets(&setup)["used"] == 0).then_some(());
    wait_until("the end of the socket", Duration::from_secs(10), is_over).unwrap();
    for reply in setup.answers.lock().unwrap().held.take().unwrap() {
        reply.send(Ok(())).unwrap();
    }
    wait_until("the audit entry", Duration::from_secs(10), || {
        let log = setup.json("/api/v1/audit-log?limit=200").to_string();
        (log.contains("call.said") && log.contains(&id.to_string())).then_some(())
    })
    .unwrap();
}

#[test]
fn a_refusal_gives_the_same_reason_as_the_api() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.journal(said.ended(NextStep::Hangup));
    let hold = json!({ "command": "hold", "call_id": said.call_id });
    for (refused, kind, title) in [
        (CommandRefused::NotConversing, "not_conversing", "Conflict"),
        (CommandRefused::Incapable(Capability::Hold), "incapable", "Conflict"),
        (CommandRefused::AlreadyHeld, "already_held", "Conflict"),
        (CommandRefused::NotHeld, "not_held", "Conflict"),
        (CommandRefused::NoSuchTarget, "no_such_target", "Conflict"),
        (CommandRefused::HandoffUnderWay, "handoff_under_way", "Conflict"),
        (CommandRefused::CannotSpeakText, "cannot_speak_text", "Unprocessable Entity"),
        (CommandRefused::NoSuchCall, "call_over", "Conflict"),
    ] {
        setup.answers.lock().unwrap().instruct = Err(refused);
        let answer = program.ask(hold.clone());
        assert_eq!((&answer["ok"], &answer["error"]["kind"]), (&json!(false), &json!(kind)));
        assert_eq!(answer["error"]["title"], title);
        assert!(answer["error"]["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        assert!(answer.get("result").is_none());
    }
    setup.answers.lock().unwrap().end_call = Err(NoSuchCall);
    assert_eq!(program.refusal(json!({ "command": "hangup", "call_id": said.call_id })), "call_over");
    let nobody = uuid::Uuid::now_v7();
    for command in ["hangup", "hold", "unhold", "getCall"] {
        assert_eq!(
            program.refusal(json!({ "command": command, "call_id": nobody })),
            "not_found",
            "{command}"
        );
    }
}

#[test]
fn invalid_commands_reach_no_call() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let id = uuid::Uuid::now_v7().to_string();
    let mut invalid = |command: Value, field: &str| {
        let answer = program.ask(command.clone());
        assert_eq!(answer["error"]["kind"], "invalid", "{command}: {answer}");
        assert_eq!(answer["error"]["errors"][0]["field"], field, "{command}");
    };
    for text in ["", " \n", "a\u{0}b", &"x".repeat(2_001)] {
        invalid(json!({ "command": "say", "call_id": id, "text": text }), "text");
    }
    for digits in ["", "12a", &"1".repeat(33)] {
        invalid(json!({ "command": "sendDtmf", "call_id": id, "digits": digits }), "digits");
    }
    for target in ["", "+4930123", "user/1001", "Sales", "sales\r\n"] {
        for command in ["transfer", "bridge"] {
            invalid(json!({ "command": command, "call_id": id, "target": target }), "target");
        }
    }
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    invalid(
        json!({ "command": "setAgentProfile", "profile_id": profile, "profile": { "name": "" } }),
        "name",
    );
    for variables in [json!({}), json!({ "SHELL(ls)": "x" }), json!({ "order": "a\nb" })] {
        let command = json!({ "command": "setVariables", "call_id": id, "variables": variables });
        invalid(command, "variables");
    }
    invalid(json!({ "command": "subscribe", "topics": [] }), "topics");
    let call = json!({ "to": "sales" });
    for key in ["", "two words", &"k".repeat(256)] {
        invalid(json!({ "command": "originate", "key": key, "call": call }), "key");
    }
    assert_eq!(program.refusal(json!({ "command": "listCalls", "limit": 0 })), "bad_input");
    assert_eq!(program.refusal(json!({ "command": "listCalls", "q": "x".repeat(300) })), "bad_input");
    assert!(setup.heard().is_empty());
}

#[test]
fn unknown_members_and_members_of_a_wrong_type_are_refused() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let id = uuid::Uuid::now_v7().to_string();
    for command in [
        json!({ "command": "hangup", "call_id": id, "cause": "busy" }),
        json!({ "command": "hangup" }),
        json!({ "command": "hangup", "call_id": "17" }),
        json!({ "command": "say", "call_id": id, "text": 1 }),
        json!({ "command": "listCalls", "sort": "newest" }),
        json!({ "command": "listAgentProfiles", "limit": 1 }),
        json!({ "command": "listExtensions", "call_id": id }),
        json!({ "command": "unsubscribe", "topics": ["calls"] }),
        json!({ "command": "subscribe", "topics": ["weather"] }),
        json!({ "command": "subscribe", "topics": ["calls"], "after": -1 }),
        json!({ "command": "setAgentProfile", "profile_id": id, "profile": { "name": "x", "colour": "red" } }),
        json!({ "command": "originate", "key": "k", "call": { "to": "sales", "dial": "PJSIP/1" } }),
        json!({ "command": "Hangup", "call_id": id }),
        json!({ "command": 7 }),
        json!({}),
    ] {
        assert_eq!(program.refusal(command.clone()), "invalid", "{command}");
    }
    assert!(setup.heard().is_empty());
}

#[test]
fn calls_are_listed_and_shown_as_the_api_shows_them() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let (mut live, mut over) =
        (Conversation::new(setup.store.organization_id()), Conversation::new(setup.store.organization_id()));
    setup.journal(live.live());
    setup.journal(over.live());
    setup.journal(over.ended(NextStep::Hangup));
    assert_eq!(program.done(json!({ "command": "listCalls" })), setup.json("/api/v1/calls"));
    let ended = program.done(json!({ "command": "listCalls", "state": "ended" }));
    assert_eq!(ended, setup.json("/api/v1/calls?state=ended"));
    assert_eq!(ended["items"].as_array().unwrap().len(), 1);
    let first = program.done(json!({ "command": "listCalls", "limit": 1 }));
    let second =
        program.done(json!({ "command": "listCalls", "limit": 1, "cursor": first["next_cursor"].clone() }));
    assert_eq!(second["next_cursor"], Value::Null);
    assert_ne!(first["items"], second["items"]);
    let shown = program.done(json!({ "command": "getCall", "call_id": live.call_id }));
    assert_eq!(shown, setup.json(&format!("/api/v1/calls/{}", live.call_id)));
}

#[test]
fn profiles_are_listed_and_changed() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let listed = program.done(json!({ "command": "listAgentProfiles" }));
    assert_eq!(listed, setup.json("/api/v1/agent-profiles"));
    let id = listed["items"][0]["id"].clone();
    let before = listed["items"][0].clone();
    let profile = json!({ "greeting": "Good evening." });
    let changed = program.done(json!({ "command": "setAgentProfile", "profile_id": id, "profile": profile }));
    let mut expected = before.clone();
    for (member, value) in
        [("greeting", json!("Good evening.")), ("revision", json!(2)), ("published_version", json!(2))]
    {
        expected[member] = value;
    }
    assert_eq!(changed, expected, "a field that was not named has changed");
    assert_eq!(setup.json("/api/v1/agent-profiles")["items"][0], changed);
    let stale = json!({ "greeting": null, "revision": 1 });
    let stale = json!({ "command": "setAgentProfile", "profile_id": id, "profile": stale });
    let refused = program.ask(stale)["error"].clone();
    assert_eq!(refused["kind"], "edited_meanwhile");
    let present = setup.json(&format!("/api/v1/agent-profiles/{}", id.as_str().unwrap()));
    assert_eq!(refused["current"], present, "what its change is to be merged with");
    let emptied = json!({ "greeting": null, "revision": 2 });
    let emptied = json!({ "command": "setAgentProfile", "profile_id": id, "profile": emptied });
    assert_eq!(program.done(emptied)["greeting"], Value::Null);

    let longest = json!({ "name": "concierge", "instructions": "ä".repeat(40_000) });
    program.done(json!({ "command": "setAgentProfile", "profile_id": id, "profile": longest }));
    let nobody = uuid::Uuid::now_v7();
    let unknown = json!({ "command": "setAgentProfile", "profile_id": nobody, "profile": profile });
    assert_eq!(program.refusal(unknown), "not_found");
    setup.send("POST", "/api/v1/agent-profiles", &json!({ "name": "sales" }));
    let taken = json!({ "command": "setAgentProfile", "profile_id": id, "profile": { "name": "sales" } });
    assert_eq!(program.refusal(taken), "name_taken");
}

#[test]
fn extensions_are_listed() {
    let setup = Setup::open();
    let mut program = program(&setup);
    setup.send("POST", "/api/v1/extensions", &json!({ "name": "sales", "target": "internal,2001,1" }));
    let listed = program.done(json!({ "command": "listExtensions" }));
    assert_eq!(listed, setup.json("/api/v1/extensions"));
    assert_eq!(listed["items"][0]["name"], "sales");
}

#[test]
fn a_call_is_made_once_for_a_key() {
    let setup = Setup::open();
    let mut program = program(&setup);
    let call = json!({ "to": "+493012345", "variables": { "order": "4711" } });
    let originate = |key: &str, call: &Value| json!({ "command": "originate", "key": key, "call": call });
    let first = program.ask(originate("order-4711", &call))["result"].clone();
    assert_eq!((&first["direction"], &first["state"]), (&json!("outbound"), &json!("dialling")), "{first}");
    let again = program.ask(originate("order-4711", &call))["result"].clone();
    assert_eq!(first["id"], again["id"]);
    let other = json!({ "to": "+493054321" });
    assert_eq!(program.refusal(originate("order-4711", &other)), "idempotency_key_reused");
    for to in ["a,b", "PJSIP/1&PJSIP/2", "+49@trunk", "1\r\nAction: Logoff", &"1".repeat(500)] {
        assert_eq!(program.refusal(originate("order-4712", &json!({ "to": to }))), "invalid", "{to:?}");
    }
}

/// The existing commands, by the names that serde lists for an unknown one.
#[test]
fn the_list_of_commands_matches_the_wire() {
    let refusal = serde_json::from_value::<Command>(json!({ "command": "?" })).unwrap_err().to_string();
    let (_, expected) = refusal.split_once("expected one of ").unwrap();
    let known: BTreeSet<&str> = expected.split(", ").map(|name| name.trim_matches('`')).collect();
    assert_eq!(known, Command::NAMES.iter().copied().collect());
    assert_eq!(known.len(), 28);
}
