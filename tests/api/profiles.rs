//! Agent profiles, created, changed and removed by programs.

use cordboard::config::{Config, Loaded};
use serde_json::{Value, json};

use crate::floor::faulty;
use crate::setup::Setup;

const PATH: &str = "/api/v1/agent-profiles";

fn names(setup: &Setup) -> Vec<String> {
    let page = setup.json(PATH);
    assert!(page["next_cursor"].is_null());
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn at(profile: &Value) -> String {
    format!("{PATH}/{}", profile["id"].as_str().unwrap())
}

fn usual_style() -> Value {
    json!({
        "formality": 50,
        "warmth": 50,
        "pace": 50,
        "verbosity": 50,
        "assertiveness": 50,
        "interruptibility": 50,
        "response_delay_ms": null,
        "silence_reminder_s": null,
    })
}

#[test]
fn extraction_fields_and_topics_are_set_and_wrong_ones_named() {
    let setup = Setup::open();
    let asked = json!({
        "name": "sales",
        "extraction": [{
            "name": "reason", "title": "Reason", "kind": "choice", "choices": ["order", "complaint"],
            "question": "Why did the caller call?",
        }],
        "topics": [{ "name": "delivery", "title": "Delivery", "words": ["deliver*", "on its way"] }],
    });
    let sales = setup.send("POST", PATH, &asked).json();
    assert_eq!((&sales["extraction"], &sales["topics"]), (&asked["extraction"], &asked["topics"]));
    assert_eq!(setup.json(&at(&sales)), sales);
    let version = setup.json(&format!("{}/versions/1", at(&sales)));
    assert!(version.to_string().contains("on its way"), "{version}");
    let topics = setup.json("/api/v1/call-topics");
    assert_eq!(topics["items"], json!([{ "name": "delivery", "title": "Delivery" }]));

    let mut wrong = asked.clone();
    wrong["extraction"][0]["name"] = json!("Reason!");
    wrong["extraction"][0]["choices"] = json!(["order"]);
    wrong["topics"][0]["words"] = json!(["?"]);
    let refused = setup.send("PATCH", &at(&sales), &wrong);
    assert_eq!(refused.status, 422);
    assert_eq!(
        faulty(&refused),
        ["extraction.0.name", "extraction.0.choices", "topics.0.words"],
        "{refused:?}"
    );
    let emptied = setup.send("PATCH", &at(&sales), &json!({ "extraction": null, "topics": [] })).json();
    assert_eq!((&emptied["extraction"], &emptied["topics"]), (&json!([]), &json!([])));
    assert_eq!(setup.json("/api/v1/call-topics")["items"], json!([]));
}

#[test]
fn a_profile_is_created_shown_changed_and_removed() {
    let setup = Setup::open();
    assert_eq!(names(&setup), ["receptionist"]);
    let made = setup.send("POST", PATH, &json!({ "name": "sales" }));
    assert_eq!(made.status, 201, "{made:?}");
    let sales = made.json();
    assert_eq!(made.header("location"), Some(&*at(&sales)));
    assert_eq!(setup.json(&at(&sales)), sales);
    let defaults = json!({
        "id": sales["id"],
        "name": "sales",
        "language": "en",
        "instructions": "",
        "greeting": null,
        "voice": null,
        "speed_percent": 100,
        "turn_detection":
            { "type": "server_vad", "threshold_percent": 50, "prefix_padding_ms": 300, "silence_duration_ms": 500 },
        "noise_reduction": null,
        "transcription": true,
        "max_output_tokens": null,
        "agent": null,
        "voices": [],
        "must_stay_in": null,
        "shadow": null,
        "tools": [],
        "dtmf_actions": [],
        "after_handoff": "release",
        "assistant_in_handoff": "released",
        "handoff_style": "blind",
        "handoff_words": { "enabled": true, "target": null, "phrases": {} },
        "style": usual_style(),
        "notice": null,
        "extraction": [],
        "topics": [],
        "revision": 1,
        "published_version": 1,
        "has_unpublished_changes": false,
    });
    assert_eq!(sales, defaults);

    let wanted = json!({
        "revision": 1,
        "name": "Vertrieb",
        "language": "de-DE",
        "instructions": "Sei kurz. 🙂",
        "greeting": "Guten Tag!",
        "voice": "marin",
        "speed_percent": 110,
        "turn_detection": { "type": "semantic_vad", "eagerness": "high" },
        "noise_reduction": "near_field",
        "transcription": false,
        "max_output_tokens": 4096,
        "agent": null,
        "voices": [],
        "must_stay_in": null,
        "shadow": null,
        "tools": ["end_call", "transfer_call"],
        "dtmf_actions": [
            { "digits": "0", "action": { "action": "transfer_call", "target": "operator" } },
            { "digits": "12#", "action": { "action": "request_handoff", "target": "sales" } },
            { "digits": "5", "action": { "action": "say", "text": "Wir öffnen um neun." } },
        ],
        "after_handoff": "return",
        "assistant_in_handoff": "kept",
        "handoff_style": "warm",
        "handoff_words": { "enabled": true, "target": "sales", "phrases": { "de": ["einen Menschen bitte"] } },
        "style": usual_style(),
        "notice": "Dieses Gespräch wird aufgezeichnet.",
        "extraction": [{ "name": "gaeste", "title": "Gäste", "kind": "number", "choices": [], "question": "Wie viele?" }],
        "topics": [{ "name": "tisch", "title": "Tisch", "words": ["Tisch*", "reservier*"] }],
    });
    let changed = setup.send("PUT", &at(&sales), &wanted);
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = wanted.clone();
    expected["id"] = sales["id"].clone();
    expected["revision"] = 2.into();
    expected["published_version"] = 2.into();
    expected["has_unpublished_changes"] = false.into();
    assert_eq!(changed.json(), expected);
    assert_eq!(setup.json(&at(&sales)), expected);
    assert_eq!(names(&setup), ["receptionist", "Vertrieb"], "the oldest first");

    let removed = setup.send("DELETE", &at(&sales), &Value::Null);
    assert_eq!((removed.status, removed.body.len()), (204, 0));
    setup.get(&at(&sales)).problem(404);
    setup.send("DELETE", &at(&sales), &Value::Null).problem(404);
    setup.send("PUT", &at(&sales), &wanted).problem(404);
    assert_eq!(names(&setup), ["receptionist"]);
}

#[test]
fn a_change_keeps_unnamed_members_and_null_empties_them() {
    let setup = Setup::open();
    let receptionist = setup.json(PATH)["items"][0].clone();
    assert_ne!((&receptionist["tools"], &receptionist["dtmf_actions"]), (&json!([]), &json!([])));
    let changed = setup.send("PATCH", &at(&receptionist), &json!({ "greeting": "Good evening." }));
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = receptionist.clone();
    for (member, value) in
        [("greeting", json!("Good evening.")), ("revision", json!(2)), ("published_version", json!(2))]
    {
        expected[member] = value;
    }
    assert_eq!(changed.json(), expected, "a member that was not named has changed");

    let emptied = json!({ "greeting": null, "instructions": null, "tools": null, "dtmf_actions": null, "notice": null });
    let emptied = setup.send("PATCH", &at(&receptionist), &emptied).json();
    assert_eq!((&emptied["greeting"], &emptied["instructions"]), (&Value::Null, &json!("")));
    assert_eq!((&emptied["tools"], &emptied["dtmf_actions"]), (&json!([]), &json!([])));
    for member in ["name", "language", "speed_percent", "style", "publish"] {
        let answer = setup.send("PATCH", &at(&receptionist), &json!({ member: null }));
        assert_eq!(answer.problem_code(422), "invalid", "{member} was emptied");
    }
    let stale = setup.send("PATCH", &at(&receptionist), &json!({ "greeting": "Late.", "revision": 2 }));
    assert_eq!(stale.problem_code(409), "edited_meanwhile");
    assert_eq!(stale.json()["current"], emptied);
}

#[test]
fn replacing_a_whole_profile_requires_naming_its_revision() {
    let setup = Setup::open();
    let receptionist = setup.json(PATH)["items"][0].clone();
    let blind = setup.send("PUT", &at(&receptionist), &json!({ "name": "receptionist" }));
    assert_eq!(blind.problem_code(422), "invalid");
    assert_eq!(blind.json()["errors"][0]["field"], "revision");
    assert_eq!(setup.json(&at(&receptionist)), receptionist, "it was emptied");
    let whole = setup.send("PUT", &at(&receptionist), &json!({ "name": "receptionist", "revision": 1 }));
    assert_eq!((whole.status, &whole.json()["instructions"]), (200, &json!("")));
}

#[test]
fn a_name_belongs_to_one_profile() {
    let setup = Setup::open();
    let receptionist = setup.json(PATH)["items"][0].clone();
    let taken = setup.send("POST", PATH, &json!({ "name": " receptionist " }));
    assert_eq!(taken.problem_code(409), "name_taken");
    let other = setup.send("POST", PATH, &json!({ "name": "other" })).json();
    let own = json!({ "name": "receptionist", "revision": 1 });
    for method in ["PATCH", "PUT"] {
        assert_eq!(setup.send(method, &at(&other), &own).problem_code(409), "name_taken");
    }
    assert_eq!(setup.send("PUT", &at(&receptionist), &own).status, 200);
    assert_eq!(names(&setup), ["receptionist", "other"]);
}

#[test]
fn profiles_that_calls_need_are_kept() {
    let setup = Setup::open();
    let last = setup.json(PATH)["items"][0].clone();
    assert_eq!(setup.send("DELETE", &at(&last), &Value::Null).problem_code(409), "last_profile");

    let mut config = Config::default();
    config.legs.audiosocket.default_profile = Some("receptionist".to_owned());
    let setup = Setup::open_with(Loaded::from(config));
    let default = setup.json(PATH)["items"][0].clone();
    setup.send("POST", PATH, &json!({ "name": "other" }));
    assert_eq!(setup.send("DELETE", &at(&default), &Value::Null).problem_code(409), "profile_in_use");
    for method in ["PATCH", "PUT"] {
        let renamed = setup.send(method, &at(&default), &json!({ "name": "reception", "revision": 1 }));
        assert_eq!(renamed.problem_code(409), "profile_in_use");
    }
    assert_eq!(names(&setup), ["receptionist", "other"]);
}

#[test]
fn all_faults_of_a_profile_are_reported_at_once() {
    let setup = Setup::open();
    let answer = setup.send(
        "POST",
        PATH,
        &json!({
            "name": "a\nb",
            "language": "english please",
            "instructions": "x".repeat(40_001),
            "greeting": "x".repeat(1_001),
            "voice": "two words",
            "speed_percent": 151,
            "turn_detection":
                { "type": "server_vad", "threshold_percent": 101, "prefix_padding_ms": 0, "silence_duration_ms": 1 },
            "max_output_tokens": 0,
            "tools": ["end_call", "end_call"],
            "dtmf_actions": [{ "digit": "1", "action": { "action": "repeat" } }, { "digit": "1", "action": { "action": "repeat" } }],
        }),
    );
    assert_eq!(answer.problem_code(422), "invalid");
    let told = answer.json();
    let fields: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "name",
            "language",
            "instructions",
            "greeting",
            "voice",
            "speed_percent",
            "max_output_tokens",
            "turn_detection",
            "tools",
            "dtmf_actions"
        ]
    );
    for (body, named) in [
        (json!({ "name": "x", "tools": ["format_disk"] }), "format_disk"),
        (
            json!({ "name": "x", "dtmf_actions": [{ "digit": "x", "action": { "action": "repeat" } }] }),
            "DTMF digit",
        ),
        (json!({ "name": "x", "turn_detection": { "type": "mind_reading" } }), "mind_reading"),
        (json!({ "name": "x", "speed": 1.1 }), "speed"),
        (
            json!({ "name": "x", "voices": [{ "provider": "hal" }] }),
            "names hal, which is no provider: openai, ",
        ),
        (
            json!({ "name": "x", "shadow": { "provider": "hal", "share_percent": 1, "month_cost_max_micros": 1 } }),
            "names hal, which is no provider: openai, ",
        ),
        (json!({ "name": "x", "voices": [{ "provider": "Open AI" }] }), "lower case letters"),
        (json!({}), "name"),
    ] {
        let detail = setup.send("POST", PATH, &body).problem(422);
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(names(&setup), ["receptionist"]);
}

#[test]
fn programs_that_send_single_keys_still_work() {
    let setup = Setup::open();
    let old = json!({ "name": "old", "dtmf_actions": [{ "digit": "0", "action": { "action": "repeat" } }] });
    let made = setup.send_of_before("POST", PATH, &old);
    assert_eq!(made.json()["dtmf_actions"], json!([{ "digits": "0", "action": { "action": "repeat" } }]));
}

#[test]
fn a_profile_may_be_long_but_not_too_long() {
    let setup = Setup::open();
    let long = json!({ "name": "long", "instructions": "🙂".repeat(40_000) });
    assert_eq!(setup.send("POST", PATH, &long).status, 201);
    let longer = json!({ "name": "longer", "instructions": "x".repeat(200_000) });
    assert_eq!(setup.send("POST", PATH, &longer).problem_code(413), "body_too_long");
}

#[test]
fn a_change_refused_by_the_database_is_not_made_later() {
    use diesel::connection::SimpleConnection as _;
    let setup = Setup::open();
    let mut stranger = setup.stranger();
    stranger.batch_execute("BEGIN IMMEDIATE").unwrap();
    let answer = setup.send("POST", PATH, &json!({ "name": "late" }));
    assert_eq!(answer.problem_code(503), "unavailable");
    stranger.batch_execute("ROLLBACK").unwrap();
    assert_eq!(setup.send("POST", PATH, &json!({ "name": "next" })).status, 201);
    assert_eq!(names(&setup), ["receptionist", "next"]);
}
