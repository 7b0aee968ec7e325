//! A program that changes a thing reads it, changes a member, and sends the whole back.

use serde_json::{Value, json};

use crate::floor::faulty;
use crate::isolation::{First, concrete, first};
use crate::people::bearer;
use crate::quality::ended;
use crate::setup::Setup;

/// Every route that takes back what `GET` shows, or the list above it.
const TABLE: [(&str, &str); 47] = [
    ("PATCH", "/api/v1/activities/{id}"),
    ("PUT", "/api/v1/agent-profiles/{id}"),
    ("PATCH", "/api/v1/agent-profiles/{id}"),
    ("PATCH", "/api/v1/agent-profiles/{id}/drafts/{draft}"),
    ("PUT", "/api/v1/agent-profiles/{id}/examples/{example_id}"),
    ("PUT", "/api/v1/agent-profiles/{id}/tools/{tool_id}"),
    ("PUT", "/api/v1/agents/{id}"),
    ("PUT", "/api/v1/alarm-rules"),
    ("PATCH", "/api/v1/appointments/{id}"),
    ("PUT", "/api/v1/business-profile"),
    ("PUT", "/api/v1/call-views/{id}"),
    ("PUT", "/api/v1/calls/{id}/notes/{note_id}"),
    ("PUT", "/api/v1/calls/{id}/score"),
    ("PUT", "/api/v1/calls/{id}/wrap-up-draft"),
    ("PUT", "/api/v1/campaigns/{id}"),
    ("PATCH", "/api/v1/campaigns/{id}"),
    ("PUT", "/api/v1/campaigns/{id}/contact-links/{link_id}"),
    ("PATCH", "/api/v1/campaigns/{id}/contact-links/{link_id}"),
    ("PATCH", "/api/v1/customers/{id}"),
    ("PUT", "/api/v1/dial-policy"),
    ("PATCH", "/api/v1/dial-policy"),
    ("PUT", "/api/v1/dispositions/{id}"),
    ("PUT", "/api/v1/dtmf-actions/{profile_id}/{digits}"),
    ("PUT", "/api/v1/extensions/{name}"),
    ("PUT", "/api/v1/integrations/{kind}"),
    ("PATCH", "/api/v1/leads/{id}"),
    ("PUT", "/api/v1/metrics/report/mail"),
    ("PUT", "/api/v1/notices"),
    ("PATCH", "/api/v1/notices"),
    ("PUT", "/api/v1/onboarding"),
    ("PUT", "/api/v1/organization"),
    ("PUT", "/api/v1/phone-numbers/{id}"),
    ("PUT", "/api/v1/presence-reasons/{id}"),
    ("PUT", "/api/v1/queues/{id}"),
    ("PUT", "/api/v1/retention"),
    ("PATCH", "/api/v1/retention"),
    ("PUT", "/api/v1/scorecard"),
    ("PUT", "/api/v1/supervision-policy"),
    ("PUT", "/api/v1/talk-links/{id}"),
    ("PATCH", "/api/v1/talk-links/{id}"),
    ("PUT", "/api/v1/users/{id}"),
    ("PUT", "/api/v1/webhooks/{id}"),
    // They take only a part of what is shown, or nothing shows what they take.
    ("PATCH", "/api/v1/auth/me"),
    ("PATCH", "/api/v1/messages/{id}"),
    ("PATCH", "/api/v1/calls/{id}/tags"),
    ("PUT", "/api/v1/calls/{id}/tags"),
    ("PUT", "/api/v1/calls/{id}/supervision"),
];

/// The routes at the end of the table, which are not tried.
const NOT_TRIED: usize = 5;

/// Routes of the installation, of a dialplan or of an order.
const OTHERS: [&str; 5] = [
    "/api/v1/admin/log-level",
    "/api/v1/dispositions/order",
    "/api/v1/organizations/{id}/grants",
    "/api/v1/presence-reasons/order",
    "/api/v1/webrtc/{session}",
];

/// Members that say that and when something was changed.
const OF_A_CHANGE: [&str; 6] =
    ["action", "has_unpublished_changes", "published_version", "revision", "sequence", "updated_at"];

/// Returns what is shown of a thing: at its own address, or in the list above.
fn shown(setup: &Setup, owner: &Value, path: &str) -> Value {
    let answer = bearer(setup, "GET", path, owner, &Value::Null);
    if answer.status == 200 {
        return answer.json();
    }
    let parts: Vec<&str> = path.split('/').collect();
    let is_key = path.contains("/dtmf-actions/");
    let list = parts[..parts.len() - if is_key { 2 } else { 1 }].join("/");
    let all = bearer(setup, "GET", &list, owner, &Value::Null).json();
    let last = parts[parts.len() - 1];
    let is_it = |item: &&Value| if is_key { item["digits"] == last } else { item["id"] == last };
    all["items"].as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{path}: {all}")).clone()
}

/// Gives the things what the table needs: a header, a key, a score, a draft and a weekly mail.
fn prepared(setup: &Setup, first: &First, call: &str) {
    let profile = first.id("profile_id");
    let header = json!({
        "name": "look_up", "description": "Looks up.", "method": "GET", "url": "https://tools.example/stock",
        "parameters": { "type": "object" }, "headers": [{ "name": "x-key", "value": "tiger-77-of-the-shop" }],
    });
    let card = json!({
        "questions": [{ "id": "greeted", "text": "Was the caller greeted?", "kind": "yes_no" }],
        "picks": { "random_percent": 0, "handed_off": false, "shorter_than_s": null, "alarm": false },
    });
    for (path, body) in [
        (format!("/api/v1/agent-profiles/{profile}/tools/{}", first.id("tool_id")), header),
        (
            format!("/api/v1/dtmf-actions/{profile}/{}", first.id("digits")),
            json!({ "action": { "action": "repeat" } }),
        ),
        ("/api/v1/scorecard".to_owned(), card),
        (format!("/api/v1/calls/{call}/score"), json!({ "answers": { "greeted": true } })),
        (format!("/api/v1/calls/{call}/wrap-up-draft"), json!({ "note": "calls again" })),
        ("/api/v1/metrics/report/mail".to_owned(), json!({ "weekday": 1, "hour": 8, "tz": "Europe/Berlin" })),
    ] {
        let answer = bearer(setup, "PUT", &path, &first.owner, &body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

fn without_change(mut thing: Value) -> Value {
    thing.as_object_mut().unwrap().retain(|name, _| !OF_A_CHANGE.contains(&name.as_str()));
    thing
}

#[test]
fn things_can_be_sent_back_as_they_are_shown() {
    let setup = Setup::open();
    let first = first(&setup);
    let call = ended(&setup);
    prepared(&setup, &first, &call);
    let mut wrong = Vec::new();
    for (method, template) in &TABLE[..TABLE.len() - NOT_TRIED] {
        let is_of_ended = template.ends_with("/score") || template.ends_with("/wrap-up-draft");
        let path = match is_of_ended {
            true => template.replace("{id}", &call),
            false => concrete(template, &first).remove(0),
        };
        let before = shown(&setup, &first.owner, &path);
        let mut mistaken = before.clone();
        mistaken["colour"] = json!("red");
        let refused = bearer(&setup, method, &path, &first.owner, &mistaken);
        if refused.status != 422 || !refused.text().contains("colour") {
            wrong.push(format!("{method} {path} with another member: {refused:?}"));
        }
        let answer = bearer(&setup, method, &path, &first.owner, &before);
        let after = shown(&setup, &first.owner, &path);
        if answer.status != 200 || without_change(before.clone()) != without_change(after.clone()) {
            wrong.push(format!("{method} {path}: {answer:?}\nbefore: {before}\nafter: {after}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Things of which `POST` makes a copy.
const COPIED: [&str; 7] = [
    "/api/v1/call-views/{id}",
    "/api/v1/campaigns/{id}",
    "/api/v1/campaigns/{id}/contact-links/{link_id}",
    "/api/v1/dtmf-actions/{profile_id}/{digits}",
    "/api/v1/extensions/{name}",
    "/api/v1/queues/{id}",
    "/api/v1/talk-links/{id}",
];

#[test]
fn things_can_be_copied_from_what_is_shown() {
    let setup = Setup::open();
    let first = first(&setup);
    let key = format!("/api/v1/dtmf-actions/{}/{}", first.id("profile_id"), first.id("digits"));
    let repeat = json!({ "action": { "action": "repeat" } });
    assert_eq!(bearer(&setup, "PUT", &key, &first.owner, &repeat).status, 200);
    for (number, template) in COPIED.iter().enumerate() {
        let path = concrete(template, &first).remove(0);
        let mut copy = shown(&setup, &first.owner, &path);
        let (segments, member, value) = if path == key {
            (3, "digits", json!("7"))
        } else {
            (2, "name", json!(format!("copied{number}")))
        };
        copy[member] = value;
        let list = path.rsplitn(segments, '/').last().unwrap();
        let made = bearer(&setup, "POST", list, &first.owner, &copy);
        assert_eq!(made.status, 201, "{list}: {made:?}");
        for same in [member, "settings", "calls_max", "mapping", "target", "action", "members"] {
            assert_eq!(made.json()[same], copy[same], "{list}: {same}");
        }
        assert!(copy["id"].is_null() || made.json()["id"] != copy["id"], "{list}");
        copy["colour"] = json!("red");
        assert_eq!(bearer(&setup, "POST", list, &first.owner, &copy).status, 422, "{list}: a mistake");
    }
}

#[test]
fn the_table_has_every_route_that_changes_a_thing() {
    let routes = cordboard::web::paths().into_iter().flat_map(|(path, methods)| {
        let changes = methods.split(", ").filter(|method| ["PUT", "PATCH"].contains(method));
        changes.map(move |method| (method.to_owned(), path.to_owned())).collect::<Vec<_>>()
    });
    let mut missing: Vec<(String, String)> =
        routes.filter(|(_, path)| !OTHERS.contains(&path.as_str())).collect();
    missing.retain(|(method, path)| !TABLE.contains(&(method.as_str(), path.as_str())));
    assert!(missing.is_empty(), "a new route belongs into the table: {missing:?}");
}

#[test]
fn a_member_of_the_server_keeps_its_value() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/queues", &json!({ "name": "sales", "id": "mine" })).json();
    assert_ne!(made["id"], "mine");
    let path = format!("/api/v1/queues/{}", made["id"].as_str().unwrap());
    let mut changed = made.clone();
    changed["title"] = json!("Sales");
    changed["id"] = json!(["another"]);
    let changed = setup.send("PUT", &path, &changed).json();
    assert_eq!((&changed["id"], &changed["title"]), (&made["id"], &json!("Sales")));
}

#[test]
fn a_change_of_another_id_is_refused_by_name() {
    let setup = Setup::open();
    let first = first(&setup);
    let other = "0193a000-0000-7000-8000-0000000000ff";
    for (template, member) in [
        ("/api/v1/agent-profiles/{id}", "id"),
        ("/api/v1/agent-profiles/{id}/drafts/{draft}", "id"),
        ("/api/v1/campaigns/{id}", "id"),
        ("/api/v1/campaigns/{id}/contact-links/{link_id}", "id"),
        ("/api/v1/campaigns/{id}/contact-links/{link_id}", "campaign_id"),
        ("/api/v1/talk-links/{id}", "id"),
    ] {
        let path = concrete(template, &first).remove(0);
        let patch = |body: &Value| bearer(&setup, "PATCH", &path, &first.owner, body);
        let before = shown(&setup, &first.owner, &path);
        let refused = patch(&json!({ member: other, "name": "of-another" }));
        assert_eq!(faulty(&refused), [member], "{path}: {refused:?}");
        assert_eq!(shown(&setup, &first.owner, &path), before, "{path}: nothing else of it is done");
        let mut same = before.clone();
        same["id"] = json!(before["id"].as_str().unwrap().to_uppercase());
        let taken = patch(&same);
        assert_eq!(taken.status, 200, "{path}: {taken:?}");
    }
}

/// A program that wants to link a lead with another call would believe that it is done.
#[test]
fn a_change_of_what_never_changes_is_refused_by_name() {
    let setup = Setup::open();
    let first = first(&setup);
    let other = "0193a000-0000-7000-8000-0000000000ff";
    for (template, member, value) in [
        ("/api/v1/customers/{id}", "id", other),
        ("/api/v1/leads/{id}", "id", other),
        ("/api/v1/leads/{id}", "call_id", other),
        ("/api/v1/appointments/{id}", "call_id", other),
        ("/api/v1/activities/{id}", "call_id", other),
        ("/api/v1/activities/{id}", "type", "event"),
    ] {
        let path = concrete(template, &first).remove(0);
        let patch = |body: &Value| bearer(&setup, "PATCH", &path, &first.owner, body);
        let before = shown(&setup, &first.owner, &path);
        let refused = patch(&json!({ member: value, "notes": "Of another." }));
        assert_eq!(faulty(&refused), [member], "{path}: {refused:?}");
        let reason = &refused.json()["errors"][0]["reason"];
        assert_eq!(reason, "can't be changed: only the server sets it", "{path}");
        assert_eq!(shown(&setup, &first.owner, &path), before, "{path}: nothing else of it is done");
        // The same value is no change, however a program writes an id, and times of the server differ.
        let mut same = before.clone();
        same["id"] = json!(before["id"].as_str().unwrap().to_uppercase());
        same["updated_at"] = json!("2020-01-01T00:00:00.000Z");
        let taken = patch(&same);
        assert_eq!(taken.status, 200, "{path}: {taken:?}");
    }
}
