//! The audit log: who acted on calls, on the node and on exported data.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use cordboard_actors::messages::CommandRefused;
use cordboard_schema::event::Fact;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::inside::control;
use crate::isolation::{frame, until};
use crate::people::{bearer, owner};
use crate::setup::{ADMIN, Setup};

/// Returns the lines of the log with this action, newest first, once there are `count`: some of them are written with a delay.
pub(crate) fn lines(setup: &Setup, action: &str, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let log = setup.json("/api/v1/audit-log?limit=200");
        let found: Vec<Value> = log["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["action"] == action)
            .cloned()
            .collect();
        if found.len() >= count {
            return found;
        }
        assert!(Instant::now() < deadline, "{action} is in the log {} times: {log}", found.len());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_log_can_be_filtered_by_actor_and_subject() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let token = json!({ "name": "Exporter", "scopes": ["calls_read"] });
    assert_eq!(bearer(&setup, "POST", "/api/v1/api-tokens", &ada, &token).status, 201);
    assert_eq!(setup.send("POST", "/api/v1/api-tokens", &token).status, 201);
    let made = lines(&setup, "api_token.made", 2);
    let user =
        made.iter().find(|line| line["actor"]["kind"] == "user").unwrap()["actor"]["id"].as_str().unwrap();
    let asked = |query: &str| -> BTreeSet<(String, String)> {
        let log = setup.json(&format!("/api/v1/audit-log?limit=200&{query}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = log["items"].as_array().unwrap().iter();
        lines.map(|line| (text(&line["actor"]["kind"]), text(&line["action"]))).collect()
    };
    let of = |kind: &str, action: &str| (kind.to_owned(), action.to_owned());
    let (by_ada, by_token) = (of("user", "api_token.made"), of("installation", "api_token.made"));
    assert_eq!(asked("about=api_token"), [by_ada.clone(), by_token.clone()].into());
    assert_eq!(asked(&format!("about=api_token&who={user}")), [by_ada].into());
    assert_eq!(asked("about=api_token&who=installation"), [by_token].into());
    // A name without a dot matches as a whole, not as a prefix.
    assert!(asked("about=sign_in").contains(&of("user", "sign_in")));
    assert_eq!(asked("about=sign"), BTreeSet::new());
    assert_eq!(asked("about=apixtoken"), BTreeSet::new());
    assert_eq!(asked(&format!("who={}", uuid::Uuid::now_v7())), BTreeSet::new());
    for (bad, why) in [
        ("who=ada", "`who`"),
        ("who=", "`who`"),
        ("about=", "`about`"),
        ("about=a%25", "`about`"),
        ("about=A", "`about`"),
    ] {
        let said = setup.get(&format!("/api/v1/audit-log?{bad}")).problem(400);
        assert!(said.contains(why), "{bad}: {said}");
    }
}

#[test]
fn the_log_names_who_commands_a_call_without_the_words() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    setup.answers.lock().unwrap().instruct = Ok(());
    setup.answers.lock().unwrap().end_call = Ok(());
    let id = uuid::Uuid::now_v7().to_string();
    for (command, body, action, detail) in [
        ("say", json!({ "text": "the code is 4711" }), "call.said", "16 characters"),
        ("dtmf", json!({ "digits": "4711" }), "call.dtmf_sent", "4 digits"),
        ("hold", Value::Null, "call.held", ""),
        ("unhold", Value::Null, "call.unheld", ""),
        ("park", Value::Null, "call.parked", ""),
        ("variables", json!({ "variables": { "pin": "4711" } }), "call.variables_set", "pin"),
        ("transfer", json!({ "target": "sales" }), "call.transferred", "to sales"),
        ("handoff", json!({ "target": "sales" }), "call.handed_off", "to sales"),
        ("hangup", Value::Null, "call.hung_up", ""),
    ] {
        let answer = bearer(&setup, "POST", &format!("/api/v1/calls/{id}/{command}"), &ada, &body);
        assert_eq!(answer.status, 202, "{command}: {answer:?}");
        let line = &lines(&setup, action, 1)[0];
        assert_eq!((&line["subject"], &line["detail"]), (&json!(id), &json!(detail)), "{command}");
        assert_eq!(line["actor"]["kind"], "user", "{command}");
    }
    let log = setup.json("/api/v1/audit-log?limit=200").to_string();
    assert!(!log.contains("4711"), "{log}");
    assert!(!log.contains("request.done"), "{log}");
    // A command that a call refuses leaves no line either.
    setup.answers.lock().unwrap().instruct = Err(CommandRefused::NotConversing);
    bearer(&setup, "POST", &format!("/api/v1/calls/{id}/hold"), &ada, &Value::Null).problem(409);
    let placed = bearer(&setup, "POST", "/api/v1/calls", &ada, &json!({ "to": "operator" }));
    assert_eq!(placed.status, 201, "{placed:?}");
    let line = &lines(&setup, "call.placed", 1)[0];
    assert_eq!((&line["subject"], &line["detail"]), (&placed.json()["id"], &json!("to operator")));
    assert_eq!(lines(&setup, "call.held", 1).len(), 1);
}

#[test]
fn the_log_names_who_commands_calls_over_a_control_socket() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().end_call = Ok(());
    let mut socket = control(&setup, &json!(ADMIN));
    until(&mut socket, "snapshot");
    let id = uuid::Uuid::now_v7();
    socket
        .write_all(&frame(format!(r#"{{"id":"2","command":"hangup","call_id":"{id}"}}"#).as_bytes()))
        .unwrap();
    until(&mut socket, r#""id":"2","ok":true"#);
    let line = &lines(&setup, "call.hung_up", 1)[0];
    assert_eq!((&line["subject"], &line["actor"]["kind"]), (&json!(id.to_string()), &json!("installation")));
}

#[test]
fn retention_of_the_log_has_a_minimum_and_is_logged() {
    let setup = Setup::open();
    for method in ["PUT", "PATCH"] {
        let refused = setup.send(method, "/api/v1/retention", &json!({ "audit_log_days": 89 }));
        assert_eq!(refused.status, 422, "{refused:?}");
        assert_eq!(refused.json()["errors"][0]["field"], "audit_log_days");
    }
    let set = setup.send("PATCH", "/api/v1/retention", &json!({ "audit_log_days": 90 })).json();
    assert_eq!((&set["audit_log_days"], &set["calls_days"]), (&json!(90), &Value::Null));
    let told = "recordings for ever, words for ever, calls for ever, customers for ever, audit log 90 days";
    assert_eq!(lines(&setup, "retention.set", 1)[0]["detail"], told);
    let due = setup.send("POST", "/api/v1/retention/preview", &json!({ "audit_log_days": 90 })).json();
    assert_eq!(due["audit_log"], 0, "all entries are young");
}

#[test]
fn drains_and_exports_are_in_the_audit_log() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    assert_eq!(setup.send("POST", "/api/v1/admin/drain", &json!({ "timeout_s": 7 })).status, 202);
    assert_eq!(lines(&setup, "node.drained", 1)[0]["detail"], "live calls have 7 s");
    for (path, accept) in [("/api/v1/leads.csv", "*/*"), ("/api/v1/leads", "text/csv")] {
        let token = format!("Bearer {}", ada.as_str().unwrap());
        let answer = setup.request("GET", path, &[("Authorization", token.as_str()), ("Accept", accept)]);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(lines(&setup, "leads.exported", 2)[0]["detail"], "{}", "all of them");
    assert_eq!(bearer(&setup, "GET", "/api/v1/leads", &ada, &Value::Null).status, 200);
    assert_eq!(lines(&setup, "leads.exported", 2).len(), 2, "a page of the list is not an export");
}

/// Creates a call with a recording of some bytes.
fn recorded(setup: &Setup) -> String {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    std::fs::write(setup.recording_path(&format!("{}.wav", said.call_id)), vec![7; 50_000]).unwrap();
    setup.journal(vec![said.entry(Fact::RecordingStarted { offset_ms: 0 })]);
    format!("/api/v1/calls/{}/recording", said.call_id)
}

#[test]
fn playing_a_recording_in_parts_leaves_one_audit_line() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let path = recorded(&setup);
    let part = |token: &str, from: usize| {
        let headers =
            [("Authorization", format!("Bearer {token}")), ("Range", format!("bytes={from}-{}", from + 999))];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(setup.request("GET", &path, &headers).status, 206);
    };
    for from in 0..20 {
        part(ada.as_str().unwrap(), from * 1_000);
    }
    part(ADMIN, 0);
    let played = lines(&setup, "recording.played", 2);
    assert_eq!(played.len(), 2, "one line for each person: {played:?}");
    assert_eq!(
        (&played[0]["actor"]["kind"], &played[1]["actor"]["kind"]),
        (&json!("installation"), &json!("user"))
    );
}

#[test]
fn playing_a_recording_does_not_wait_for_the_writer() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let path = recorded(&setup);
    let mut stranger = setup.stranger();
    stranger.batch_execute("BEGIN IMMEDIATE").unwrap();
    let token = format!("Bearer {}", ada.as_str().unwrap());
    let headers = [("Authorization", token.as_str()), ("Range", "bytes=0-999")];
    let answer = setup.request("GET", &path, &headers);
    assert_eq!((answer.status, answer.body.len()), (206, 1_000), "{answer:?}");
    stranger.batch_execute("ROLLBACK").unwrap();
    assert_eq!(lines(&setup, "recording.played", 1).len(), 1, "the line waited for the writer");
}

#[test]
fn every_changing_route_leaves_its_own_line_in_the_log() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let me = bearer(&setup, "GET", "/api/v1/auth/me", &ada, &Value::Null).json();
    let me = me["user"]["id"].as_str().unwrap().to_owned();
    let profile = bearer(&setup, "GET", "/api/v1/agent-profiles", &ada, &Value::Null).json();
    let profile = profile["items"][0]["id"].as_str().unwrap().to_owned();
    // The method, the path of the route, the path of its row (`{}` is the row created last), and a body. An order names all items.
    let slot = json!({ "service": "Repair", "starts_at": "2027-03-01T10:00:00Z", "ends_at": "2027-03-01T11:00:00Z" });
    let tool = json!({
        "name": "look_up", "description": "Looks up", "method": "GET", "url": "https://tools.example/x",
        "parameters": { "type": "object", "properties": {} },
    });
    let hook = json!({ "url": "https://hooks.example/x", "events": ["call.started"] });
    let link = json!({ "name": "Site", "profile_id": profile, "enabled": true });
    let number = json!({ "number": "+4930555000111", "profile_id": profile });
    let tools = format!("/api/v1/agent-profiles/{profile}/tools");
    let keys = format!("/api/v1/dtmf-actions/{profile}/7");
    let keyed = json!({ "profile_id": profile, "digits": "7", "action": { "action": "repeat" } });
    let rows: Vec<(&str, &str, String, Value)> = vec![
        (
            "POST",
            "/api/v1/api-tokens",
            "/api/v1/api-tokens".into(),
            json!({ "name": "x", "scopes": ["calls_read"] }),
        ),
        ("DELETE", "/api/v1/api-tokens/{id}", "/api/v1/api-tokens/{}".into(), Value::Null),
        (
            "POST",
            "/api/v1/invitations",
            "/api/v1/invitations".into(),
            json!({ "email": "a@example.org", "role": "agent" }),
        ),
        ("DELETE", "/api/v1/invitations/{id}", "/api/v1/invitations/{}".into(), Value::Null),
        (
            "PUT",
            "/api/v1/users/{id}",
            format!("/api/v1/users/{me}"),
            json!({ "name": "Ada", "role": "owner", "status": "active" }),
        ),
        ("PUT", "/api/v1/organization", "/api/v1/organization".into(), json!({ "name": "Ada's" })),
        (
            "PUT",
            "/api/v1/business-profile",
            "/api/v1/business-profile".into(),
            json!({ "revision": 0, "name": "Ada's" }),
        ),
        ("POST", "/api/v1/phone-numbers", "/api/v1/phone-numbers".into(), number.clone()),
        ("PUT", "/api/v1/phone-numbers/{id}", "/api/v1/phone-numbers/{}".into(), number),
        ("DELETE", "/api/v1/phone-numbers/{id}", "/api/v1/phone-numbers/{}".into(), Value::Null),
        ("POST", "/api/v1/customers", "/api/v1/customers".into(), json!({ "name": "Jo" })),
        ("PATCH", "/api/v1/customers/{id}", "/api/v1/customers/{}".into(), json!({ "name": "Joe" })),
        ("DELETE", "/api/v1/customers/{id}", "/api/v1/customers/{}".into(), Value::Null),
        ("POST", "/api/v1/appointments", "/api/v1/appointments".into(), slot),
        ("PATCH", "/api/v1/appointments/{id}", "/api/v1/appointments/{}".into(), json!({ "notes": "x" })),
        ("POST", "/api/v1/appointments/feed", "/api/v1/appointments/feed".into(), Value::Null),
        ("DELETE", "/api/v1/appointments/feed", "/api/v1/appointments/feed".into(), Value::Null),
        ("PUT", "/api/v1/agents/{id}", format!("/api/v1/agents/{me}"), json!({ "extension": "200" })),
        ("POST", "/api/v1/queues", "/api/v1/queues".into(), json!({ "name": "sales" })),
        ("PUT", "/api/v1/queues/{id}", "/api/v1/queues/{}".into(), json!({ "name": "sales" })),
        ("DELETE", "/api/v1/queues/{id}", "/api/v1/queues/{}".into(), Value::Null),
        ("POST", "/api/v1/dispositions", "/api/v1/dispositions".into(), json!({ "name": "Sold" })),
        ("PUT", "/api/v1/dispositions/{id}", "/api/v1/dispositions/{}".into(), json!({ "name": "Won" })),
        ("PUT", "/api/v1/dispositions/order", "/api/v1/dispositions/order".into(), Value::Null),
        ("DELETE", "/api/v1/dispositions/{id}", "/api/v1/dispositions/{}".into(), Value::Null),
        ("POST", "/api/v1/presence-reasons", "/api/v1/presence-reasons".into(), json!({ "name": "Errand" })),
        (
            "PUT",
            "/api/v1/presence-reasons/{id}",
            "/api/v1/presence-reasons/{}".into(),
            json!({ "name": "Long errand" }),
        ),
        ("PUT", "/api/v1/presence-reasons/order", "/api/v1/presence-reasons/order".into(), Value::Null),
        ("DELETE", "/api/v1/presence-reasons/{id}", "/api/v1/presence-reasons/{}".into(), Value::Null),
        (
            "PUT",
            "/api/v1/integrations/{kind}",
            "/api/v1/integrations/openai".into(),
            json!({ "secrets": { "api_key": "sk-x" } }),
        ),
        ("DELETE", "/api/v1/integrations/{kind}", "/api/v1/integrations/openai".into(), Value::Null),
        ("POST", "/api/v1/webhooks", "/api/v1/webhooks".into(), hook.clone()),
        ("PUT", "/api/v1/webhooks/{id}", "/api/v1/webhooks/{}".into(), hook),
        ("POST", "/api/v1/webhooks/{id}/secret", "/api/v1/webhooks/{}/secret".into(), Value::Null),
        ("DELETE", "/api/v1/webhooks/{id}", "/api/v1/webhooks/{}".into(), Value::Null),
        ("PUT", "/api/v1/notices", "/api/v1/notices".into(), json!({})),
        ("PATCH", "/api/v1/notices", "/api/v1/notices".into(), json!({})),
        ("PATCH", "/api/v1/retention", "/api/v1/retention".into(), json!({ "calls_days": 3_650 })),
        ("PATCH", "/api/v1/dial-policy", "/api/v1/dial-policy".into(), json!({ "per_call_max": 1 })),
        ("POST", "/api/v1/agent-profiles/{id}/tools", tools.clone(), tool.clone()),
        ("PUT", "/api/v1/agent-profiles/{id}/tools/{tool_id}", format!("{tools}/{{}}"), tool),
        ("DELETE", "/api/v1/agent-profiles/{id}/tools/{tool_id}", format!("{tools}/{{}}"), Value::Null),
        ("POST", "/api/v1/dtmf-actions", "/api/v1/dtmf-actions".into(), keyed),
        (
            "PUT",
            "/api/v1/dtmf-actions/{profile_id}/{digits}",
            keys.clone(),
            json!({ "action": { "action": "repeat" } }),
        ),
        ("DELETE", "/api/v1/dtmf-actions/{profile_id}/{digits}", keys, Value::Null),
        (
            "POST",
            "/api/v1/extensions",
            "/api/v1/extensions".into(),
            json!({ "name": "desk", "target": "internal,7,1" }),
        ),
        (
            "PUT",
            "/api/v1/extensions/{name}",
            "/api/v1/extensions/desk".into(),
            json!({ "target": "internal,8,1" }),
        ),
        ("DELETE", "/api/v1/extensions/{name}", "/api/v1/extensions/desk".into(), Value::Null),
        ("POST", "/api/v1/talk-links", "/api/v1/talk-links".into(), link.clone()),
        ("PUT", "/api/v1/talk-links/{id}", "/api/v1/talk-links/{}".into(), link),
        ("PATCH", "/api/v1/talk-links/{id}", "/api/v1/talk-links/{}".into(), json!({ "enabled": false })),
        ("DELETE", "/api/v1/talk-links/{id}", "/api/v1/talk-links/{}".into(), Value::Null),
        ("POST", "/api/v1/auth/logout", "/api/v1/auth/logout".into(), Value::Null),
    ];
    let (mut last, mut walked) = (String::new(), BTreeSet::new());
    for (method, route, path, body) in &rows {
        let path = path.replace("{}", &last);
        let body = match path.strip_suffix("/order") {
            Some(list) => {
                let listed = bearer(&setup, "GET", list, &ada, &Value::Null).json();
                let ids = listed["items"].as_array().unwrap().iter().map(|row| row["id"].clone());
                json!({ "ids": ids.collect::<Vec<_>>() })
            }
            None => body.clone(),
        };
        let answer = bearer(&setup, method, &path, &ada, &body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        if *method == "POST"
            && let Some(id) = serde_json::from_slice::<Value>(&answer.body)
                .ok()
                .and_then(|made| made["id"].as_str().map(str::to_owned))
        {
            last = id;
        }
        let audited = cordboard::web::audited_routes();
        let (_, _, words) = audited.iter().find(|(listed, at, _)| listed == method && at == route).unwrap();
        assert!(!lines(&setup, words[0], 1).is_empty());
        walked.insert((*method, *route));
    }
    let log = setup.json("/api/v1/audit-log?limit=200");
    let forgotten: Vec<&Value> =
        log["items"].as_array().unwrap().iter().filter(|line| line["action"] == "request.done").collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    assert!(walked.len() >= 45, "{}", walked.len());
}
