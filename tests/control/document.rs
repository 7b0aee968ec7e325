//! The control socket's document, compared with the code and with the server's real messages.

use std::collections::BTreeSet;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::wire::control::{Command, EventKind, Request, ServerMessage};
use cordboard_test_support::control::Received;
use cordboard_test_support::json_references::references_in;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::program;
use crate::setup::Setup;

fn document(setup: &Setup) -> Value {
    let answer = setup.request("GET", "/api/asyncapi.json", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.json()
}

/// Checks a message of that name against its schema; panics if the name has none.
fn check(document: &Value, name: &str, message: &Value) {
    let described = &document["components"]["messages"][name]["payload"];
    assert!(described.is_object(), "no message {name}");
    let mut schema = described.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(message).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{name}: {faults:?}\n{message}");
}

fn example(document: &Value, name: &str) -> Value {
    let example = document["components"]["messages"][name]["examples"][0]["payload"].clone();
    assert!(example.is_object(), "{name} has no example");
    example
}

#[test]
fn every_command_and_every_event_is_described() {
    let setup = Setup::open();
    let document = document(&setup);
    assert_eq!(document["asyncapi"], "3.0.0");
    let commands: BTreeSet<String> = Command::NAMES.iter().map(|name| (*name).to_owned()).collect();
    let events: BTreeSet<String> = EventKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();

    let operations = document["operations"].as_object().unwrap();
    let received = |(_, operation): &(&String, &Value)| operation["action"] == "receive";
    let described: BTreeSet<String> =
        operations.iter().filter(received).map(|(name, _)| name.clone()).collect();
    assert_eq!(described, commands);
    for name in &commands {
        let operation = &operations[name];
        let at = |message: &str| json!({ "$ref": format!("#/channels/control/messages/{message}") });
        assert_eq!(operation["messages"], json!([at(name)]));
        assert_eq!(operation["reply"]["messages"], json!([at(&format!("{name}Answer")), at("refusal")]));
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    let answers = commands.iter().map(|name| format!("{name}Answer"));
    let all: BTreeSet<String> =
        commands.iter().cloned().chain(answers).chain(events).chain(["refusal".to_owned()]).collect();
    for place in [&document["channels"]["control"]["messages"], &document["components"]["messages"]] {
        assert_eq!(place.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), all);
    }
    for (name, message) in document["components"]["messages"].as_object().unwrap() {
        assert!(message["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
    let references = references_in(&document);
    assert!(references.len() > 60);
    for reference in references {
        let place = document.pointer(reference.strip_prefix('#').unwrap());
        assert!(place.is_some_and(|place| !place.is_null()), "{reference} leads nowhere");
    }
}

#[test]
fn the_examples_are_valid_messages() {
    let setup = Setup::open();
    let document = document(&setup);
    for name in Command::NAMES {
        let command = example(&document, name);
        check(&document, name, &command);
        let parsed = Request::<Command>::parse(&command.to_string()).unwrap();
        assert_eq!((parsed.command.name(), parsed.id.to_string()), (*name, "7".to_owned()));

        let answer = format!("{name}Answer");
        let answered = example(&document, &answer);
        check(&document, &answer, &answered);
        let parsed = ServerMessage::parse(&answered.to_string()).unwrap();
        assert!(matches!(parsed, ServerMessage::Answer(answer) if answer.ok && answer.error.is_none()));

        // A property that is not described is not accepted.
        let mut odd = command.clone();
        odd["colour"] = "red".into();
        assert!(Request::<Command>::parse(&odd.to_string()).is_err(), "{name}");
    }
    let refusal = example(&document, "refusal");
    check(&document, "refusal", &refusal);
    let parsed = ServerMessage::parse(&refusal.to_string()).unwrap();
    assert!(matches!(parsed, ServerMessage::Answer(answer) if !answer.ok && answer.error.is_some()));
    for kind in EventKind::ALL {
        let event = example(&document, kind.name());
        check(&document, kind.name(), &event);
        let parsed = ServerMessage::parse(&event.to_string()).unwrap();
        assert!(matches!(parsed, ServerMessage::Event { kind: parsed, .. } if parsed == kind));
    }
}

#[test]
fn the_servers_messages_match_the_document() {
    let setup = Setup::open();
    let document = document(&setup);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.send("POST", "/api/v1/extensions", &json!({ "name": "sales", "target": "internal,2001,1" }));
    let mut program = program(&setup);
    let profile = program.done(json!({ "command": "listAgentProfiles" }))["items"][0]["id"].clone();
    for command in Command::NAMES {
        let mut asked = example(&document, command);
        for (member, value) in [("call_id", json!(said.call_id)), ("profile_id", profile.clone())] {
            if asked.get(member).is_some() {
                asked[member] = value;
            }
        }
        let answer = program.ask(asked);
        let name = if answer["ok"] == true { format!("{command}Answer") } else { "refusal".to_owned() };
        check(&document, &name, &answer);
    }
    program.done(json!({ "command": "unsubscribe" }));
    program.send("{}");
    let nameless = std::iter::from_fn(|| match program.receive() {
        Received::Message(message) => Some(message),
        other => panic!("no message but {other:?}"),
    });
    let nameless = { nameless }.find(|message| message.get("ok").is_some()).unwrap();
    assert_eq!(nameless["id"], Value::Null);
    check(&document, "refusal", &nameless);

    program.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts", "actors", "metrics"] }));
    setup.store.journal(vec![said.said("is it so?")]);
    setup.store.journal(said.ended(NextStep::Hangup));
    let mut kinds = BTreeSet::new();
    // It has no events about a dialler, because it has none: tests/osdial covers those.
    while kinds.len() < EventKind::ALL.len() - 1 {
        let event = program.event();
        let kind = event["kind"].as_str().unwrap().to_owned();
        check(&document, &kind, &event);
        kinds.insert(kind);
    }
}
