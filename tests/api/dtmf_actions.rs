//! Actions of keys, set one at a time.

use serde_json::{Value, json};

use crate::setup::Setup;

const PATH: &str = "/api/v1/dtmf-actions";

fn receptionist(setup: &Setup) -> Value {
    setup.json("/api/v1/agent-profiles")["items"][0].clone()
}

fn at(profile: &Value, digits: &str) -> String {
    format!("{PATH}/{}/{digits}", profile["id"].as_str().unwrap())
}

/// Returns an action without its revision.
fn unrevised(mut action: Value) -> Value {
    action.as_object_mut().unwrap().remove("revision").unwrap();
    action
}

#[test]
fn the_keys_of_all_profiles_are_listed() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let listed = setup.json(PATH);
    assert!(listed["next_cursor"].is_null());
    let operator = json!({
        "profile_id": profile["id"], "digits": "0", "action": { "action": "transfer_call", "target": "operator" },
    });
    let items: Vec<Value> = listed["items"].as_array().unwrap().iter().cloned().map(unrevised).collect();
    assert!(items.len() == 4 && items.contains(&operator), "{items:?}");
}

#[test]
fn a_key_sequences_action_is_set_changed_and_removed() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let sequence = json!({
        "profile_id": profile["id"], "digits": "12#", "action": { "action": "request_handoff", "target": "sales" },
    });
    let made = setup.send("POST", PATH, &sequence);
    assert_eq!((made.status, unrevised(made.json())), (201, sequence.clone()));
    assert_eq!(made.header("location"), Some(&*at(&profile, "12%23")));
    assert_eq!(setup.send("POST", PATH, &sequence).problem_code(409), "keys_taken");

    let says = json!({ "action": { "action": "say", "text": "We open at nine." } });
    let set = setup.send("PUT", &at(&profile, "12%23"), &says);
    assert_eq!((set.status, &set.json()["action"]), (200, &says["action"]));
    assert_eq!(
        setup.send("PUT", &at(&profile, "7"), &json!({ "action": { "action": "repeat" } })).status,
        200
    );
    let keys = receptionist(&setup)["dtmf_actions"].clone();
    assert!(
        keys.as_array().unwrap().contains(&json!({ "digits": "12#", "action": says["action"] })),
        "{keys}"
    );

    assert_eq!(setup.send("DELETE", &at(&profile, "12%23"), &Value::Null).status, 204);
    setup.send("DELETE", &at(&profile, "12%23"), &Value::Null).problem(404);
    let left: Vec<Value> =
        setup.json(PATH)["items"].as_array().unwrap().iter().map(|on| on["digits"].clone()).collect();
    assert_eq!(left.len(), 5, "{left:?}");
    assert!(!left.contains(&json!("12#")));
}

#[test]
fn one_key_counts_for_callers_whatever_drafts_wait() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let own = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
    let send = |method: &str, path: &str, body: &Value| {
        let answer = setup.send(method, path, body);
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
    };
    let draft = |slot: &str| setup.json(&format!("{own}/drafts/{slot}"));
    let published = || {
        let version = setup.json(&own)["published_version"].clone();
        setup.json(&format!("{own}/versions/{version}"))["profile"].clone()
    };
    let has_seven = |profile: &Value| {
        let keys = profile["dtmf_actions"].as_array().unwrap();
        keys.iter().any(|on| on["digits"] == "7")
    };
    send("PATCH", &format!("{own}/drafts/a"), &json!({ "greeting": "Of a draft." }));
    send("POST", &format!("{own}/drafts"), &json!({}));
    send("PUT", &at(&profile, "7"), &json!({ "action": { "action": "repeat" } }));
    assert!(has_seven(&published()) && has_seven(&draft("a")) && has_seven(&draft("b")));
    assert_eq!(published()["greeting"], profile["greeting"], "nothing else is published");
    assert_eq!(draft("a")["has_unpublished_changes"], true);

    send("POST", &format!("{own}/drafts/b/publish"), &json!({}));
    assert!(has_seven(&published()), "the second draft has it, too");
    send("DELETE", &at(&profile, "7"), &Value::Null);
    assert!(!has_seven(&published()) && !has_seven(&draft("a")) && !has_seven(&draft("b")));
    assert_eq!(published()["greeting"], "Of a draft.", "callers still have the second draft");
    assert_eq!(
        (&draft("a")["has_unpublished_changes"], &draft("b")["has_unpublished_changes"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn invalid_keys_and_impossible_actions_are_refused() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let post = |digits: &str, action: Value| {
        let body = json!({ "profile_id": profile["id"], "digits": digits, "action": action });
        setup.send("POST", PATH, &body).problem_code(422)
    };
    let repeat = json!({ "action": "repeat" });
    for digits in ["", "12a", "1 2", "123456789"] {
        assert_eq!(post(digits, repeat.clone()), "invalid", "{digits:?}");
    }
    for action in [
        json!({ "action": "dance" }),
        json!({ "action": "transfer_call", "target": "two words" }),
        json!({ "action": "request_handoff", "target": "" }),
        json!({ "action": "say", "text": " " }),
        json!({ "action": "say", "text": "a\u{0}b" }),
        json!({ "action": "say", "text": "x".repeat(1_001) }),
    ] {
        assert_eq!(post("5", action.clone()), "invalid", "{action}");
        let put = setup.send("PUT", &at(&profile, "5"), &json!({ "action": action }));
        assert_eq!(put.problem_code(422), "invalid", "{action}");
    }
    let nobody = json!({ "id": uuid::Uuid::now_v7() });
    setup.send("PUT", &at(&nobody, "5"), &json!({ "action": repeat })).problem(404);
    setup.send("PUT", &at(&profile, "5x"), &json!({ "action": repeat })).problem(400);
    assert_eq!(setup.json(PATH)["items"].as_array().unwrap().len(), 4, "nothing was changed");
}
