//! Custom tools: created by administrators, requested by assistants, and no way into the network.

use cordboard_actors::messages::RunCustomTool;
use cordboard_schema::ids::CallId;
use cordboard_schema::tool::ToolOutcome;
use cordboard_test_support::receiver::Receiver;
use serde_json::{Value, json};

use crate::people::holds;
use crate::setup::Setup;

/// Returns the path of the tools of the server's first profile.
fn path(setup: &Setup) -> String {
    let profiles = setup.json("/api/v1/agent-profiles");
    format!("/api/v1/agent-profiles/{}/tools", profiles["items"][0]["id"].as_str().unwrap())
}

/// A tool that looks an article up at this address.
fn look_up(url: &str) -> Value {
    json!({
        "name": "look_up",
        "description": "Looks up an article.",
        "method": "GET",
        "url": url,
        "parameters": {
            "type": "object",
            "properties": { "article": { "type": ["string", "integer"] }, "page": { "type": "integer" } },
            "required": ["article"],
            "additionalProperties": false,
        },
        "timeout_ms": 400,
    })
}

fn made(setup: &Setup, body: &Value) -> Value {
    let answer = setup.send("POST", &path(setup), body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// Runs a tool as a call does.
fn run(setup: &Setup, tool: &Value, arguments: Value) -> ToolOutcome {
    let Value::Object(arguments) = arguments else { panic!("the arguments are not an object") };
    let run = RunCustomTool {
        organization_id: setup.store.organization_id(),
        call_id: CallId(uuid::Uuid::now_v7()),
        tool: tool["id"].as_str().unwrap().parse().unwrap(),
        arguments,
    };
    actix::System::new().block_on(setup.tools.send(run)).unwrap()
}

fn done(outcome: ToolOutcome) -> String {
    let ToolOutcome::Done { note, .. } = outcome else { panic!("{outcome:?}") };
    note
}

#[test]
fn a_tool_sends_arguments_and_returns_the_answer_as_data() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let get = made(&setup, &look_up(&receiver.url("/articles/{article}?x=1")));
    let note = done(run(&setup, &get, json!({ "article": "a b/..", "page": 2 })));
    assert!(note.contains("no instruction"), "{note}");
    assert_eq!(receiver.received()[0].path, "/articles/a%20b%2F..?x=1&page=2");
    let mut body = look_up(&receiver.url("/echo"));
    body["method"] = json!("POST");
    body["name"] = json!("order");
    let post = made(&setup, &body);
    let note = done(run(&setup, &post, json!({ "article": 7 })));
    assert!(note.ends_with("POST /echo {\"article\":7}"), "{note}");
}

#[test]
fn a_secret_header_is_sent_and_stored_encrypted() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let mut body = look_up(&receiver.url("/ok"));
    body["headers"] = json!([{ "name": "Authorization", "value": "Bearer tiger-77-of-the-shop" }]);
    let tool = made(&setup, &body);
    assert_eq!(tool["headers"], json!([{ "name": "authorization", "ends_with": "shop" }]));
    done(run(&setup, &tool, json!({ "article": 1 })));
    assert_eq!(receiver.received()[0].header("authorization"), Some("Bearer tiger-77-of-the-shop"));
    assert!(!holds(&setup, "tiger-77"), "the secret is in the database in clear");
    let at = format!("{}/{}", path(&setup), tool["id"].as_str().unwrap());
    body["headers"] = json!([{ "name": "authorization" }]);
    body["description"] = json!("Looks up.");
    assert_eq!(setup.send("PUT", &at, &body).status, 200, "it keeps its value");
    done(run(&setup, &tool, json!({ "article": 1 })));
    assert_eq!(receiver.received()[1].header("authorization"), Some("Bearer tiger-77-of-the-shop"));
    body["url"] = json!("https://elsewhere.example/");
    let refused = setup.send("PUT", &at, &body);
    assert_eq!(refused.json()["errors"][0]["field"], "headers", "{refused:?}");
}

#[test]
fn a_secret_repeated_by_a_service_reaches_no_assistant() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let mut body = look_up(&receiver.url("/echo"));
    body["method"] = json!("POST");
    body["headers"] = json!([{ "name": "Authorization", "value": "Bearer tiger-77-of-the-shop" }]);
    let tool = made(&setup, &body);
    let told =
        done(run(&setup, &tool, json!({ "article": "Bearer tiger-77-of-the-shop, tiger-77-of-the-shop" })));
    assert!(told.contains("••••••••, ••••••••") && !told.contains("tiger-77"), "{told}");
}

#[test]
fn a_tools_failures_are_reported_to_the_assistant() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let mut number = 0;
    let mut at = |place: &str| {
        number += 1;
        let mut body = look_up(&receiver.url(place));
        body["name"] = json!(format!("tool_{number}"));
        made(&setup, &body)
    };
    let article = || json!({ "article": 1 });
    let tool = at("/ok/{article}");
    for arguments in
        [json!({}), json!({ "article": [] }), json!({ "article": 1, "more": 1 }), json!({ "article": ".." })]
    {
        let outcome = run(&setup, &tool, arguments.clone());
        assert!(matches!(outcome, ToolOutcome::Refused { .. }), "{arguments}: {outcome:?}");
    }
    assert_eq!(receiver.received(), [], "invalid arguments are not sent");
    assert_eq!(run(&setup, &at("/slow"), article()), ToolOutcome::TimedOut);
    for (place, named) in [("/status/500", "answered 500"), ("/redirect/inside", "not followed")] {
        let ToolOutcome::Failed { reason, .. } = run(&setup, &at(place), article()) else {
            panic!("{place}")
        };
        assert!(reason.contains(named), "{reason}");
    }
    let note = done(run(&setup, &at("/big"), article()));
    assert!(note.len() < 4_300 && note.ends_with("(the rest is cut off)"), "{} bytes", note.len());
    let gone = at("/ok");
    setup.send("DELETE", &format!("{}/{}", path(&setup), gone["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(
        run(&setup, &gone, article()),
        ToolOutcome::Refused { reason: "the tool was removed".to_owned() }
    );
}

/// A schema with `count` patterns, each of which is large when compiled.
fn with_patterns(count: usize) -> Value {
    let one = |number: usize| (number.to_string(), json!({ "pattern": r"\PL{20}N" }));
    let mut properties: serde_json::Map<_, _> = (0..count).map(one).collect();
    properties.insert("article".to_owned(), json!({}));
    json!({ "type": "object", "properties": properties })
}

#[test]
fn a_schema_beyond_a_bound_is_refused_with_the_bound() {
    let setup = Setup::open();
    let mut body = look_up("https://shop.example/{article}");
    for (schema, told) in [
        (with_patterns(269), "it has 269 patterns, and may have 16"),
        (with_patterns(16), "it can't be read"),
    ] {
        body["parameters"] = schema;
        let refused = setup.send("POST", &path(&setup), &body);
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (422, &json!("parameters")));
        let reason = refused.json()["errors"][0]["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains(told), "{reason}");
    }
}

#[test]
fn an_invalid_tool_is_refused_with_all_its_faults() {
    let setup = Setup::open();
    let path = path(&setup);
    let good = look_up("https://shop.example/{article}");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (field, value) in [
        ("name", json!("end_call")),
        ("name", json!("Look Up")),
        ("description", json!(" ")),
        ("url", json!("https://{article}/")),
        ("url", json!("https://shop.example/{other}")),
        ("url", json!("http://10.0.0.1/{article}")),
        ("parameters", json!({ "type": "array" })),
        ("parameters", json!({ "type": "object", "properties": { "article": { "type": "thing" } } })),
        ("parameters", json!({ "type": "object", "properties": { "article": { "$ref": "#" } } })),
        ("parameters", with_patterns(269)),
        ("headers", json!([{ "name": "Host", "value": "x" }])),
        ("headers", json!([{ "name": "X-A", "value": "a\r\nb: c" }])),
        ("headers", json!([{ "name": "x-a", "value": "1" }, { "name": "X-A", "value": "2" }])),
        ("timeout_ms", json!(10_001)),
    ] {
        let answer = setup.send("POST", &path, &with(field, value.clone()));
        assert_eq!(answer.problem_code(422), "invalid", "{field} {value}");
        let told = answer.json()["errors"].clone();
        assert!(told.as_array().unwrap().iter().any(|fault| fault["field"] == field), "{value}: {told}");
    }
    made(&setup, &good);
    assert_eq!(setup.send("POST", &path, &good).problem_code(409), "name_taken");
    assert_eq!(setup.json(&path)["items"].as_array().unwrap().len(), 1);
    setup.get("/api/v1/agent-profiles/0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10/tools").problem(404);
}

#[test]
fn new_calls_know_their_profiles_tools_without_address_or_secrets() {
    let setup = Setup::open();
    let mut body = look_up("https://shop.example/{article}");
    body["headers"] = json!([{ "name": "x-key", "value": "tiger-77" }]);
    made(&setup, &body);
    let (store, organization_id) = (setup.store.clone(), setup.store.organization_id());
    let read = store
        .reads()
        .run(move |connection| cordboard::store::query::published_profiles(connection, organization_id));
    let profiles = actix::System::new().block_on(read).unwrap();
    assert_eq!(profiles[0].profile.custom_tools[0].name, "look_up");
    let journalled = serde_json::to_string(&profiles[0].profile).unwrap();
    assert!(!journalled.contains("shop.example") && !journalled.contains("x-key"), "{journalled}");
}
