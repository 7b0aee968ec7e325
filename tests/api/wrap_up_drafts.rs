//! Drafts of wrap-ups: what an agent has written about a call so far is only visible to them, wherever they sign in.

use cordboard_schema::permission::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::floor::{Person, faulty};
use crate::setup::Setup;

/// Creates a call in which this agent talked; returns its id, and the path of their draft.
fn call(setup: &Setup, agent: &Person) -> (Value, String) {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.journal(said.joined(agent.user_id()));
    (json!(said.call_id), path(&said.call_id.to_string()))
}

fn path(call: &str) -> String {
    format!("/api/v1/calls/{call}/wrap-up-draft")
}

#[test]
fn only_its_agent_sees_a_draft_until_the_wrap_up() {
    let setup = Setup::open();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Owner));
    let (call, path) = call(&setup, &ada);
    let empty = json!({ "disposition_id": null, "note": "", "updated_at": null });
    let shown = |to: &Person| {
        let answer = to.send(&setup, "GET", &path, &Value::Null);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    assert_eq!(shown(&ada), empty);
    let lines = || setup.json("/api/v1/audit-log?limit=200")["items"].as_array().unwrap().len();
    let before = lines();
    let resolved = setup.json("/api/v1/dispositions")["items"][0]["id"].clone();
    let body = json!({ "disposition_id": resolved, "note": "She wants\na new roof 🦊" });
    let kept = ada.send(&setup, "PUT", &path, &body);
    assert_eq!(kept.status, 200, "{kept:?}");
    let kept = kept.json();
    assert_eq!((&kept["note"], &kept["disposition_id"]), (&body["note"], &resolved));
    assert!(kept["updated_at"].is_string(), "{kept}");
    assert_eq!(shown(&ada), kept);
    // Not even the owner sees it.
    assert_eq!(shown(&grace), empty);
    assert_eq!(ada.send(&setup, "PUT", &path, &json!({ "note": "two roofs" })).status, 200);
    let last = shown(&ada);
    assert_eq!(
        (&last["note"], &last["disposition_id"]),
        (&json!("two roofs"), &Value::Null),
        "the last draft is kept"
    );
    assert_eq!(ada.send(&setup, "PUT", &path, &json!({ "note": "" })).json(), empty);
    assert_eq!(shown(&ada), empty);
    assert_eq!(ada.send(&setup, "PUT", &path, &body).status, 200);
    assert_eq!(lines(), before, "drafts are not audited");

    let wrap_up = json!({ "call_id": call, "note": "A roof." });
    assert_eq!(ada.send(&setup, "POST", "/api/v1/wrap-ups", &wrap_up).status, 201);
    assert_eq!(shown(&ada), empty);
    assert_eq!(ada.send(&setup, "PUT", &path, &body).problem_code(409), "already_written");
    assert_eq!(shown(&ada), empty);
}

#[test]
fn a_draft_of_another_window_is_not_overwritten() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let (_, path) = call(&setup, &ada);
    let authorization = format!("Bearer {}", ada.token.as_str().unwrap());
    let put = |tag: &str, note: &str| {
        let head = [("Authorization", authorization.as_str()), ("If-Match", tag)];
        setup.ask("PUT", &path, &head, &json!({ "note": note }))
    };
    let first = put("\"\"", "A roof.");
    assert_eq!(first.status, 200, "{first:?}");
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("{}", first.json()["updated_at"]), "what is shown is enough to make it");
    // Another window has not seen any draft.
    let late = put("\"\"", "A door.");
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], first.json());
    assert_eq!(ada.send(&setup, "GET", &path, &Value::Null).json(), first.json());
    let second = put(&tag, "Two roofs.");
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(put(&tag, "Three roofs.").problem_code(409), "edited_meanwhile");
    // An emptied draft is none.
    assert_eq!(put("*", "").header("etag"), Some("\"\""));
    assert_eq!(put(second.header("etag").unwrap(), "A door.").problem_code(409), "edited_meanwhile");
    assert_eq!(put("\"\"", "A door.").status, 200);
    assert_eq!(ada.send(&setup, "PUT", &path, &json!({ "note": "x" })).status, 200, "without a revision");
}

#[test]
fn a_draft_has_the_limits_of_a_wrap_up() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let (_, path) = call(&setup, &ada);
    for (body, wrong) in [
        (json!({ "note": "x".repeat(4_001) }), "note"),
        (json!({ "note": "\u{7}" }), "note"),
        (json!({ "note": "x", "disposition_id": Uuid::now_v7() }), "disposition_id"),
        (json!({}), "body"),
        (json!({ "note": "x", "user_id": ada.id }), "body"),
    ] {
        assert_eq!(faulty(&ada.send(&setup, "PUT", &path, &body)), [wrong], "{body}");
    }
    assert_eq!(ada.send(&setup, "PUT", &path, &json!({ "note": "\u{fc}".repeat(4_000) })).status, 200);
    let nobodys = self::path(&Uuid::now_v7().to_string());
    ada.send(&setup, "PUT", &nobodys, &json!({ "note": "x" })).problem(404);
    ada.send(&setup, "GET", &nobodys, &Value::Null).problem(404);
    ada.send(&setup, "GET", &self::path("17"), &Value::Null).problem(400);
    // A program writes no wrap-up.
    assert_eq!(setup.send("PUT", &path, &json!({ "note": "x" })).problem_code(403), "not_allowed");
    assert_eq!(setup.get(&path).problem_code(403), "not_allowed");
}
