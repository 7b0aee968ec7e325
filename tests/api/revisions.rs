//! Queues, users, agents, extensions, actions of keys, phone numbers, links, webhooks, integrations, campaigns, notices, retention, the dial policy,
//! rules for alarms, the scorecard, scores and notes of calls, custom tools, saved views, examples and whatever has an `ETag`: when two users edit one at
//! the same time, the second gets the state that the first has saved.

use cordboard_test_support::receiver::Receiver;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::floor::Person;
use crate::people::{PASSWORD, post};
use crate::quality::ended;
use crate::replays::stored;
use crate::setup::Setup;
use cordboard_schema::permission::Role;

/// Two users have seen the same state: the first saves, the second gets the conflict, reads the state, and saves then.
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
    assert_eq!(setup.json(path)[member], first[member], "{path}: the last edit won silently");
    // The revision may be in the body as well; a shown state is sent back.
    let mut in_body = second.clone();
    in_body["revision"] = json!(revision);
    assert_eq!(setup.send("PUT", path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(put(&now, &second).status, 200);
    assert_eq!(put("*", &first).status, 200, "`*` matches every revision");
    assert_eq!(setup.send("PUT", path, &second).status, 200, "older programs send no revision");
    assert_eq!(setup.json(path)[member], second[member]);
}

#[test]
fn concurrent_edits_of_a_queue_conflict() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/queues", &json!({ "name": "sales" })).json();
    let path = format!("/api/v1/queues/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json(&path)["revision"], made["revision"]);
    let body = |title: &str| json!({ "name": "sales", "title": title });
    the_second_is_told(&setup, &path, body("Sales, first line"), body("<b>Sales</b>"), "title");
}

#[test]
fn concurrent_edits_of_a_user_conflict() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let path = ada.at("/api/v1/users");
    let seen = setup.json(&path);
    assert_eq!(setup.json("/api/v1/users")["items"][0], seen, "the list shows the same");
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(post(&setup, "/api/v1/auth/login", login).status, 200);
    assert_eq!(setup.json(&path)["revision"], seen["revision"], "a sign-in is not an edit");
    // A user whom the first editor disabled is not enabled by the form that the second editor had open.
    let body = |name: &str, status: &str| json!({ "name": name, "role": "agent", "status": status });
    the_second_is_told(&setup, &path, body("Ada", "disabled"), body("<b>Ada</b>", "active"), "status");
}

#[test]
fn concurrent_edits_of_an_agent_conflict() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let path = format!("/api/v1/agents/{}", ada.id.as_str().unwrap());
    the_second_is_told(&setup, &path, json!({ "calls_max": 2 }), json!({ "calls_max": 3 }), "calls_max");
}

#[test]
fn concurrent_edits_of_an_extension_conflict() {
    let setup = Setup::open();
    let made = setup
        .send("POST", "/api/v1/extensions", &json!({ "name": "sales", "target": "internal,2001,1" }))
        .json();
    let path = "/api/v1/extensions/sales";
    assert_eq!(setup.json(path), made);
    let body = |title: &str, target: &str| json!({ "title": title, "target": target });
    let (first, second) = (body("Sales", "internal,2002,1"), body("<b>Sales</b>", "internal,2001,1"));
    the_second_is_told(&setup, path, first, second, "target");
}

/// The actions of keys, as the list of all shows them.
#[test]
fn concurrent_edits_of_a_key_conflict() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let path = format!("/api/v1/dtmf-actions/{}/7", profile.as_str().unwrap());
    let seen = || {
        let listed = setup.json("/api/v1/dtmf-actions");
        listed["items"].as_array().unwrap().iter().find(|on| on["digits"] == "7").cloned()
    };
    let says = |text: &str| json!({ "action": { "action": "say", "text": text } });
    let put = |tag: &str, text: &str| {
        let headers = format!("If-Match: \"{tag}\"\r\n");
        setup.send_with("PUT", &path, &headers, says(text).to_string().as_bytes())
    };
    assert_eq!(put("", "We open at nine.").status, 200);
    let first = seen().unwrap();
    // The second editor saw keys without actions.
    let late = put("", "We open at ten.");
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], first);
    assert_eq!(seen().unwrap(), first, "the last edit won silently");
    let revision = first["revision"].as_str().unwrap();
    let second = put(revision, "We open at ten.").json();
    assert_eq!(seen().unwrap(), second, "the answer is the shown state");
    assert_eq!(put(revision, "We open at eleven.").problem_code(409), "edited_meanwhile");
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    put(second["revision"].as_str().unwrap(), "We open at eleven.").problem(404);
    assert_eq!(seen(), None);
    assert_eq!(setup.send("PUT", &path, &says("Hello.")).status, 200, "older programs send no revision");
}

#[test]
fn concurrent_edits_of_a_phone_number_conflict() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let body = |label: &str| json!({ "number": "+493012345678", "profile_id": profile, "label": label });
    let made = setup.send("POST", "/api/v1/phone-numbers", &body("Main")).json();
    let path = format!("/api/v1/phone-numbers/{}", made["id"].as_str().unwrap());
    the_second_is_told(&setup, &path, body("Office"), body("Shop"), "label");
}

#[test]
fn concurrent_edits_of_alarm_rules_conflict() {
    let setup = Setup::open();
    let body = |name: &str| json!({ "rules": [{ "name": name, "enabled": true, "on": "assistant_failed" }] });
    the_second_is_told(&setup, "/api/v1/alarm-rules", body("Fails"), body("<b>Fails</b>"), "rules");
}

#[test]
fn concurrent_edits_of_the_scorecard_conflict() {
    let setup = Setup::open();
    let picks = json!({ "random_percent": 10, "handed_off": false, "shorter_than_s": null, "alarm": false });
    let body =
        |text: &str| json!({ "questions": [{ "id": "q1", "text": text, "kind": "text" }], "picks": picks });
    the_second_is_told(&setup, "/api/v1/scorecard", body("Why?"), body("Why not?"), "questions");
}

/// A change of one member: with an outdated revision it is refused, and with any revision it is accepted.
fn a_change_by_name_asks_for_the_revision_too(setup: &Setup, path: &str, change: &Value) {
    let patch = |headers: &str| setup.send_with("PATCH", path, headers, change.to_string().as_bytes());
    let late = patch("If-Match: \"0123456789abcdef\"\r\n");
    assert_eq!(late.problem_code(409), "edited_meanwhile", "{path}");
    let seen = setup.json(path);
    assert_eq!(late.json()["current"], seen);
    let revision = seen["revision"].as_str().unwrap();
    let saved = patch(&format!("If-Match: \"{revision}\"\r\n"));
    assert_eq!(saved.status, 200, "{path}: {saved:?}");
    let saved = saved.json();
    assert_ne!(saved["revision"], seen["revision"]);
    assert_eq!(setup.json(path), saved, "the answer is the shown state");
    for (member, value) in seen.as_object().unwrap() {
        let is_other = change.get(member).is_some() || member == "revision";
        assert!(is_other || saved[member] == *value, "{path}: {member} was not named, and has changed");
    }
    assert_eq!(patch("").json(), saved, "older programs send no revision");
}

#[test]
fn concurrent_edits_of_a_talk_link_conflict() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    let body = |name: &str| json!({ "name": name, "profile_id": profile, "enabled": true });
    let made = setup.send("POST", "/api/v1/talk-links", &body("Site")).json();
    let path = format!("/api/v1/talk-links/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json("/api/v1/talk-links")["items"][0]["revision"], made["revision"]);
    the_second_is_told(&setup, &path, body("Shop"), body("<b>Shop</b>"), "name");
    a_change_by_name_asks_for_the_revision_too(&setup, &path, &json!({ "enabled": false }));
    // A signing secret is not part of an edit: the revision stays.
    let before = setup.json(&path)["revision"].clone();
    let signed = setup.send("POST", &format!("{path}/signing-secret"), &Value::Null).json();
    assert_eq!((&signed["revision"], &setup.json(&path)["revision"]), (&before, &before));
}

#[test]
fn concurrent_edits_of_a_contact_link_conflict() {
    let setup = Setup::open();
    let campaign = setup.send("POST", "/api/v1/campaigns", &json!({ "name": "Renewals" })).json();
    let links = format!("/api/v1/campaigns/{}/contact-links", campaign["id"].as_str().unwrap());
    let body = |name: &str| json!({ "name": name, "enabled": true, "expires_at": "2100-01-01T00:00:00Z" });
    let made = setup.send("POST", &links, &body("Form")).json();
    let path = format!("{links}/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json(&links)["items"][0]["revision"], made["revision"]);
    the_second_is_told(&setup, &path, body("Form 7"), body("<b>Form</b>"), "name");
    a_change_by_name_asks_for_the_revision_too(&setup, &path, &json!({ "enabled": false }));
}

#[test]
fn concurrent_edits_of_a_webhook_conflict() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let body = |url: &str, enabled: bool| json!({ "url": receiver.url(url), "events": ["call.ended"], "enabled": enabled });
    let made = setup.send("POST", "/api/v1/webhooks", &body("/ok", true)).json();
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap());
    let seen = setup.json(&path);
    assert_eq!(made["revision"], seen["revision"]);
    assert_eq!(setup.json("/api/v1/webhooks")["items"], json!([seen]));
    let rolled = setup.send("POST", &format!("{path}/secret"), &Value::Null).json();
    assert_eq!(rolled["revision"], seen["revision"], "a new secret is not an edit");
    // A webhook that the first editor switched off is not switched on by the form that the second editor had open.
    the_second_is_told(&setup, &path, body("/ok", false), body("/ok/new", true), "enabled");
}

#[test]
fn concurrent_edits_of_an_integration_conflict() {
    let setup = Setup::open();
    let path = "/api/v1/integrations/openai";
    let body =
        |url: &str, key: &str| json!({ "settings": { "base_url": url }, "secrets": { "api_key": key } });
    let (first, second) = ("https://one.example.com/v1", "https://two.example.com/v1");
    let key = "sk-live-0123456789-abcd";
    assert_eq!(setup.send("PUT", path, &body("https://example.com/v1", key)).status, 200);
    the_second_is_told(&setup, path, body(first, key), body(second, key), "settings");
    let seen = setup.json(path);
    assert_eq!(setup.json("/api/v1/integrations")["items"], json!([seen]));
    // Another key is another state, although both are shown in the same way.
    let other = setup.send("PUT", path, &body(second, "sk-live-9876543210-abcd")).json();
    assert_eq!(other["secrets"], seen["secrets"]);
    let late = setup.send_with(
        "PUT",
        path,
        &format!("If-Match: {}\r\n", seen["revision"]),
        body(second, key).to_string().as_bytes(),
    );
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], setup.json(path));
}

/// When two users set up a service at the same time, the second has not seen the first one's setup. An editor who saves has not seen a removal.
#[test]
fn concurrent_setups_and_removals_of_an_integration_conflict() {
    let setup = Setup::open();
    let path = "/api/v1/integrations/openai";
    let put = |tag: &str, key: &str| {
        let body = json!({ "secrets": { "api_key": key } }).to_string();
        setup.send_with("PUT", path, &format!("If-Match: \"{tag}\"\r\n"), body.as_bytes())
    };
    assert_eq!(put("", "sk-live-0123456789-abcd").status, 200);
    let seen = setup.json(path);
    let late = put("", "sk-live-9876543210-wxyz");
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], seen);
    assert_eq!(setup.json(path), seen, "the last edit won silently");
    assert_eq!(setup.send("DELETE", path, &Value::Null).status, 204);
    put(seen["revision"].as_str().unwrap(), "sk-live-9876543210-wxyz").problem(404);
    setup.get(path).problem(404);
    assert_eq!(put("", "sk-live-9876543210-wxyz").status, 200);
}

#[test]
fn concurrent_edits_of_a_campaign_conflict() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/campaigns", &json!({ "name": "Renewals" })).json();
    let path = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json("/api/v1/campaigns")["items"][0]["revision"], made["revision"]);
    let body = |name: &str| {
        let condition = json!({ "variable": "city", "is": "equals", "value": "Berlin" });
        let filter = json!({ "conditions": [condition] });
        json!({ "name": name, "settings": { "filter": filter, "rules": { "consent": "form 7", "at_once_max": 3 } } })
    };
    the_second_is_told(&setup, &path, body("Renewals in May"), body("<b>Renewals</b>"), "name");
    // A change with an outdated revision is refused, whatever it would change.
    let patch = |body: &Value| {
        setup.send_with("PATCH", &path, "If-Match: \"0123456789abcdef\"\r\n", body.to_string().as_bytes())
    };
    let late = patch(&json!({ "name": "Renewals in May" }));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], setup.json(&path));
    assert_eq!(
        patch(&json!({ "settings": { "answer_timeout_s": 0 } })).problem_code(409),
        "edited_meanwhile"
    );
    // Only the named member and the time of the change differ.
    let seen = setup.json(&path);
    let change = json!({ "settings": { "rules": { "at_once_max": 4 } }, "revision": seen["revision"] });
    let mut expected = seen.clone();
    let saved = setup.send("PATCH", &path, &change).json();
    assert_ne!(saved["revision"], seen["revision"]);
    expected["settings"]["rules"]["at_once_max"] = json!(4);
    for member in ["revision", "updated_at"] {
        expected[member] = saved[member].clone();
    }
    assert_eq!(saved, expected);
    assert_eq!(setup.json(&path), saved);
    let again = setup.send("PATCH", &path, &change);
    assert_eq!(again.problem_code(409), "edited_meanwhile", "that state is outdated");
}

/// An action is not an edit: it is never refused for its revision, and it does not make an open form outdated.
#[test]
fn campaign_actions_never_conflict_with_edits() {
    let setup = Setup::open();
    let made = setup.send("POST", "/api/v1/campaigns", &json!({ "name": "Renewals" })).json();
    let path = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    let stale = "If-Match: \"0123456789abcdef\"\r\n";
    let mut revision = made["revision"].clone();
    for (nth, (act, state)) in
        [("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "stopped")]
            .into_iter()
            .enumerate()
    {
        let acted = setup.send_with("POST", &format!("{path}/{act}"), stale, b"");
        assert_eq!(acted.status, 200, "{act}: {acted:?}");
        let acted = acted.json();
        assert_eq!((&acted["state"], &acted["revision"]), (&json!(state), &revision), "{act}");
        // The form was open before the action.
        let edit = json!({ "name": format!("Renewals {nth}"), "revision": revision });
        let saved = setup.send("PATCH", &path, &edit);
        assert_eq!(saved.status, 200, "{act}: {saved:?}");
        let saved = saved.json();
        assert_eq!(saved["state"], state, "an edit does not change the campaign's state");
        revision = saved["revision"].clone();
    }
}

#[test]
fn concurrent_edits_of_the_notices_conflict() {
    let setup = Setup::open();
    let body = |email: &str| json!({ "new_lead": { "email": [email], "sms": [] } });
    let (first, second) = (body("ada@example.com"), body("grace@example.com"));
    the_second_is_told(&setup, "/api/v1/notices", first, second, "new_lead");
    let change = json!({ "webhook_off": { "email": ["ada@example.com"], "sms": [] } });
    a_change_by_name_asks_for_the_revision_too(&setup, "/api/v1/notices", &change);
}

#[test]
fn concurrent_edits_of_retention_conflict() {
    let setup = Setup::open();
    let body = |days: u32| json!({ "recordings_days": days, "calls_days": 3_000 });
    the_second_is_told(&setup, "/api/v1/retention", body(90), body(180), "recordings_days");
    a_change_by_name_asks_for_the_revision_too(&setup, "/api/v1/retention", &json!({ "words_days": 400 }));
    let for_ever = setup.send("PATCH", "/api/v1/retention", &json!({ "calls_days": null })).json();
    assert_eq!((&for_ever["calls_days"], &for_ever["words_days"]), (&Value::Null, &json!(400)));
}

#[test]
fn concurrent_edits_of_the_dial_policy_conflict() {
    let setup = Setup::open();
    let body = |most: u32| json!({ "per_call_max": most, "per_day_max": 20 });
    the_second_is_told(&setup, "/api/v1/dial-policy", body(2), body(3), "per_call_max");
    a_change_by_name_asks_for_the_revision_too(&setup, "/api/v1/dial-policy", &json!({ "per_day_max": 10 }));
}

#[test]
fn concurrent_edits_of_a_custom_tool_conflict() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].as_str().unwrap().to_owned();
    let tools = format!("/api/v1/agent-profiles/{profile}/tools");
    let body = |description: &str, headers: Value| {
        json!({
            "name": "look_up", "description": description, "method": "GET", "url": "https://shop.example/stock",
            "parameters": { "type": "object" }, "headers": headers,
        })
    };
    let key = |value: &str| json!([{ "name": "x-key", "value": value }]);
    let made = setup.send("POST", &tools, &body("Looks up.", key("tiger-77-of-the-shop"))).json();
    let path = format!("{tools}/{}", made["id"].as_str().unwrap());
    assert_eq!(setup.json(&tools)["items"], json!([setup.json(&path)]));
    assert_eq!(setup.json(&path)["revision"], made["revision"]);
    let kept = || json!([{ "name": "x-key" }]);
    the_second_is_told(
        &setup,
        &path,
        body("Looks up stock.", kept()),
        body("<b>Looks up</b>", kept()),
        "description",
    );
    // Another value is another state, although both are shown in the same way.
    let seen = setup.json(&path);
    let other = setup.send("PUT", &path, &body("<b>Looks up</b>", key("lion-78-of-the-shop"))).json();
    assert_eq!(other["headers"], seen["headers"]);
    assert_ne!(other["revision"], seen["revision"]);
}

#[test]
fn concurrent_edits_of_a_saved_view_conflict() {
    let setup = Setup::open();
    let views = "/api/v1/call-views";
    let body = |name: &str, default: bool| json!({ "name": name, "shared": true, "default": default });
    let made = setup.send("POST", views, &body("Missed", true)).json();
    let path = format!("{views}/{}", made["id"].as_str().unwrap());
    let shown = || setup.json(views)["items"][0].clone();
    assert_eq!(shown(), made);
    let put = |tag: &Value, body: &Value| {
        setup.send_with("PUT", &path, &format!("If-Match: {tag}\r\n"), body.to_string().as_bytes())
    };
    let saved = put(&made["revision"], &body("Missed today", true)).json();
    assert_eq!(shown(), saved, "what is answered is what is shown");
    let late = put(&made["revision"], &body("<b>Missed</b>", true));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], saved);
    let mut in_body = body("<b>Missed</b>", true);
    in_body["revision"] = made["revision"].clone();
    assert_eq!(setup.send("PUT", &path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(shown(), saved, "the last edit won silently");
    // Another view that becomes the default instead changes this one.
    assert_eq!(setup.send("POST", views, &body("All", true)).status, 201);
    assert_ne!(shown()["revision"], saved["revision"]);
    assert_eq!(put(&saved["revision"], &body("Missed", true)).problem_code(409), "edited_meanwhile");
    assert_eq!(put(&json!("*"), &body("Missed", false)).status, 200, "`*` matches every revision");
    assert_eq!(
        setup.send("PUT", &path, &body("Missed", false)).status,
        200,
        "older programs send no revision"
    );
}

#[test]
fn concurrent_edits_of_an_example_conflict() {
    let setup = Setup::open();
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].as_str().unwrap().to_owned();
    let examples = format!("/api/v1/agent-profiles/{profile}/examples");
    let body = |name: &str, word: &str| json!({ "name": name, "expectations": { "words": [word] } });
    let mut new = body("Roof", "roof");
    new["call_id"] = json!(stored(&setup));
    let made = setup.send("POST", &examples, &new).json();
    let path = format!("{examples}/{}", made["id"].as_str().unwrap());
    let shown = || setup.json(&examples)["items"][0].clone();
    assert_eq!(shown(), made);
    let put = |tag: &Value, body: &Value| {
        setup.send_with("PUT", &path, &format!("If-Match: {tag}\r\n"), body.to_string().as_bytes())
    };
    // The first editor changes only the expectations.
    let saved = put(&made["revision"], &body("Roof", "tiles")).json();
    assert_eq!(shown(), saved, "what is answered is what is shown");
    let late = put(&made["revision"], &body("<b>Roof</b>", "roof"));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], saved);
    let mut in_body = body("<b>Roof</b>", "roof");
    in_body["revision"] = made["revision"].clone();
    assert_eq!(setup.send("PUT", &path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(shown(), saved, "the last edit won silently");
    assert_eq!(put(&saved["revision"], &body("Tiles", "tiles")).status, 200);
    assert_eq!(
        setup.send("PUT", &path, &body("Roof", "roof")).status,
        200,
        "older programs send no revision"
    );
}

/// Things whose revision is only an `ETag`.
#[test]
fn concurrent_edits_of_things_with_etags_conflict() {
    let setup = Setup::open();
    let made = |path: &str| {
        let made = setup.send("POST", path, &json!({ "name": "Sold" })).json();
        format!("{path}/{}", made["id"].as_str().unwrap())
    };
    let policy = |silent: bool| json!({ "listen": "owner", "silent": silent, "tell_caller": false });
    let name = |name: &str| json!({ "name": name });
    for (path, first, second, member) in [
        ("/api/v1/supervision-policy".to_owned(), policy(true), policy(false), "silent"),
        ("/api/v1/organization".to_owned(), name("Lovelace Roofs"), name("Lovelace Doors"), "name"),
        (made("/api/v1/dispositions"), name("Sold today"), name("Sold later"), "name"),
        (made("/api/v1/presence-reasons"), name("At lunch"), name("Away"), "name"),
        (
            format!("/api/v1/calls/{}/tags", ended(&setup)),
            json!({ "tags": ["roof"] }),
            json!({ "tags": ["door"] }),
            "tags",
        ),
    ] {
        let put = |tag: &str, body: &Value| {
            setup.send_with("PUT", &path, &format!("If-Match: {tag}\r\n"), body.to_string().as_bytes())
        };
        let tag = setup.get(&path).header("etag").unwrap().to_owned();
        let saved = put(&tag, &first);
        assert_eq!(saved.status, 200, "{path}: {saved:?}");
        let now = setup.get(&path).header("etag").unwrap().to_owned();
        assert_eq!(saved.header("etag"), Some(now.as_str()), "{path}: what is answered is what is shown");
        let late = put(&tag, &second);
        assert_eq!(late.problem_code(409), "edited_meanwhile", "{path}");
        assert_eq!(late.json()["current"], setup.json(&path), "{path}");
        assert_eq!(setup.json(&path)[member], first[member], "{path}: the last edit won silently");
        assert_eq!(put(&now, &second).status, 200, "{path}");
        assert_eq!(put("*", &first).status, 200, "{path}: `*` matches every revision");
        assert_eq!(setup.send("PUT", &path, &second).status, 200, "older programs send no revision");
    }
}

#[test]
fn concurrent_edits_of_a_weekly_mail_conflict() {
    let setup = Setup::open();
    let (path, ada) = ("/api/v1/metrics/report/mail", Person::of(&setup, "Ada", Role::Owner));
    let authorization = format!("Bearer {}", ada.token.as_str().unwrap());
    let tag = || {
        let answer = setup.request("GET", path, &[("Authorization", &authorization)]);
        answer.header("etag").unwrap().to_owned()
    };
    let put = |tag: &str, hour: u8| {
        let body = json!({ "weekday": 1, "hour": hour, "tz": "Europe/Berlin" }).to_string();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/json\r\nIf-Match: {tag}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = Answer::parse(&setup.raw(&head));
        answer.check("PUT", path, body.as_bytes());
        answer
    };
    let none = tag();
    assert_eq!(put(&none, 8).status, 200);
    let late = put(&none, 9);
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"]["wanted"]["hour"], 8);
    assert_eq!(put(&tag(), 9).status, 200);
    // The answer without a mail, sent back, stops it.
    let stop =
        ada.send(&setup, "PUT", path, &json!({ "wanted": null, "next_at": null, "can_be_sent": true }));
    assert_eq!((stop.status, &stop.json()["wanted"]), (200, &Value::Null), "{stop:?}");
    assert_eq!(crate::floor::faulty(&ada.send(&setup, "PUT", path, &json!({}))), ["weekday", "hour", "tz"]);
}

#[test]
fn concurrent_edits_of_a_score_conflict() {
    let setup = Setup::open();
    let card = json!({
        "questions": [{ "id": "friendly", "text": "How friendly was it?", "kind": "one_to_five" }],
        "picks": { "random_percent": 0, "handed_off": false, "shorter_than_s": null, "alarm": false },
    });
    assert_eq!(setup.send("PUT", "/api/v1/scorecard", &card).status, 200);
    let path = format!("/api/v1/calls/{}/score", ended(&setup));
    let body = |points: u8| json!({ "answers": { "friendly": points } });
    let put = |tag: &Value, body: &Value| {
        setup.send_with("PUT", &path, &format!("If-Match: {tag}\r\n"), body.to_string().as_bytes())
    };
    // Both have opened the card while nobody had filled it in.
    let unfilled = setup.json(&path)["revision"].clone();
    let filled = put(&unfilled, &body(3)).json();
    assert_eq!(setup.json(&path), filled, "what is answered is what is shown");
    let late = put(&unfilled, &body(1));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], filled);
    let mut in_body = body(1);
    in_body["revision"] = unfilled;
    assert_eq!(setup.send("PUT", &path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(setup.json(&path), filled, "the last edit won silently");
    assert_eq!(put(&filled["revision"], &body(1)).status, 200);
    assert_eq!(put(&json!("*"), &body(2)).status, 200, "`*` matches every revision");
    assert_eq!(setup.send("PUT", &path, &body(4)).status, 200, "older programs send no revision");
}

#[test]
fn a_note_that_another_window_has_changed_is_not_overwritten() {
    let setup = Setup::open();
    let notes = format!("/api/v1/calls/{}/notes", ended(&setup));
    let body = |text: &str| json!({ "text": text });
    let made = setup.send("POST", &notes, &body("A roof.")).json();
    let path = format!("{notes}/{}", made["id"].as_str().unwrap());
    let shown = || setup.json(&notes)["items"][0].clone();
    assert_eq!(shown(), made);
    let put = |tag: &Value, body: &Value| {
        setup.send_with("PUT", &path, &format!("If-Match: {tag}\r\n"), body.to_string().as_bytes())
    };
    let saved = put(&made["revision"], &body("Two roofs.")).json();
    assert_eq!(shown(), saved, "what is answered is what is shown");
    let late = put(&made["revision"], &body("<b>Three</b> roofs."));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], saved);
    let mut in_body = body("<b>Three</b> roofs.");
    in_body["revision"] = made["revision"].clone();
    assert_eq!(setup.send("PUT", &path, &in_body).problem_code(409), "edited_meanwhile");
    assert_eq!(shown(), saved, "the last edit won silently");
    assert_eq!(put(&saved["revision"], &body("Three roofs.")).status, 200);
    assert_eq!(setup.send("PUT", &path, &body("A door.")).status, 200, "older programs send no revision");
}
