//! Queues, agents, phone numbers, rules for alarms and the scorecard: of two who edit one at the same time, the second gets what the first has made of it.

use serde_json::{Value, json};

use crate::floor::Person;
use crate::setup::Setup;
use cordboard_schema::permission::Role;

/// Two have seen the same state: the first saves, the second is informed of it, looks, and saves then.
fn the_second_is_told(setup: &Setup, path: &str, first: Value, second: Value, member: &str) {
    let seen = setup.json(path);
    let revision = seen["revision"].as_str().unwrap().to_owned();
    let put = |tag: &str, body: &Value| {
        setup.send_with("PUT", path, &format!("If-Match: \"{tag}\"\r\n"), body.to_string().as_bytes())
    };
    let saved = put(&revision, &first);
    assert_eq!(saved.status, 200, "{path}: {saved:?}");
    let now = saved.json()["revision"].as_str().unwrap().to_owned();
    assert_ne!(now, revision);
    assert_eq!(setup.json(path)["revision"], json!(now), "what is answered is what is shown");

    let late = put(&revision, &second);
    assert_eq!(late.problem_code(409), "edited_meanwhile", "{path}");
    assert_eq!(late.json()["current"][member], first[member]);
    assert_eq!(setup.json(path)[member], first[member], "{path}: the last one won silently");
    // The body may say it as well; what it was shown is sent back.
    let mut in_body = second.clone();
    in_body["revision"] = json!(revision);
    assert_eq!(setup.send("PUT", path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(put(&now, &second).status, 200);
    assert_eq!(put("*", &first).status, 200, "whoever says any means any");
    assert_eq!(setup.send("PUT", path, &second).status, 200, "programs of before say none");
    assert_eq!(setup.json(path)[member], second[member]);
}

#[test]
fn two_who_edit_a_queue() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/queues", &json!({ "name": "sales" })).json();
    let path = format!("/api/v1/queues/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json(&path)["revision"], made["revision"]);
    let body = |title: &str| json!({ "name": "sales", "title": title });
    the_second_is_told(&setup, &path, body("Sales, first line"), body("<b>Sales</b>"), "title");
}

#[test]
fn two_who_edit_an_agent() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let path = format!("/api/v1/agents/{}", ada.id.as_str().unwrap());
    the_second_is_told(&setup, &path, json!({ "calls_max": 2 }), json!({ "calls_max": 3 }), "calls_max");
}

#[test]
fn two_who_edit_a_phone_number() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let body = |label: &str| json!({ "number": "+493012345678", "profile_id": profile, "label": label });
    let made = setup.send("POST", "/api/v1/phone-numbers", &body("Main")).json();
    let path = format!("/api/v1/phone-numbers/{}", made["id"].as_str().unwrap());
    the_second_is_told(&setup, &path, body("Office"), body("Shop"), "label");
}

#[test]
fn two_who_edit_the_rules_for_alarms() {
    let setup = Setup::open();
    let body = |name: &str| json!({ "rules": [{ "name": name, "enabled": true, "on": "assistant_failed" }] });
    the_second_is_told(&setup, "/api/v1/alarm-rules", body("Fails"), body("<b>Fails</b>"), "rules");
}

#[test]
fn two_who_edit_the_scorecard() {
    let setup = Setup::open();
    let picks = json!({ "random_percent": 10, "handed_off": false, "shorter_than_s": null, "alarm": false });
    let body =
        |text: &str| json!({ "questions": [{ "id": "q1", "text": text, "kind": "text" }], "picks": picks });
    the_second_is_told(&setup, "/api/v1/scorecard", body("Why?"), body("Why not?"), "questions");
}
