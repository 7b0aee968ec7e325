//! Notes and tags of calls, and the export of calls.

use cordboard_schema::call::Direction;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::floor::{Person, each, faulty, last_done};
use crate::isolation::{another_organization, somebody};
use crate::setup::{ADMIN, Setup};

/// Creates a call of the first organization; returns its path.
fn call(setup: &Setup, from: &str) -> String {
    let (path, entries) = over(setup, from);
    setup.journal(entries);
    path
}

/// Creates a finished call; returns its path and its journal, which is not written yet.
fn over(setup: &Setup, from: &str) -> (String, Vec<JournalEntry>) {
    let mut said = Conversation::new(setup.store.organization_id());
    let entries = [said.live_by(from), said.ended(NextStep::Hangup)].concat();
    (format!("/api/v1/calls/{}", said.call_id), entries)
}

#[test]
fn a_call_is_tagged_and_found_by_its_tags() {
    let setup = Setup::open();
    let (roof, other) = (call(&setup, "+49301"), call(&setup, "+49302"));
    let set = |path: &str, tags: Value| setup.send("PUT", &format!("{path}/tags"), &json!({ "tags": tags }));
    assert_eq!(
        set(&roof, json!([" Roof ", "urgent", "roof", "<b>x</b>"])).json(),
        json!({ "tags": ["<b>x</b>", "Roof", "urgent"] })
    );
    assert_eq!(last_done(&setup), ("call.tagged".to_owned(), "<b>x</b>, Roof, urgent".to_owned()));
    // Tags keep the spelling with which they were first written.
    assert_eq!(set(&other, json!(["ROOF"])).json(), json!({ "tags": ["Roof"] }));
    assert_eq!(setup.json(&roof)["tags"], json!(["<b>x</b>", "Roof", "urgent"]));
    let known = setup.json("/api/v1/call-tags");
    assert_eq!(known["items"][0], json!({ "tag": "Roof", "calls": 2 }));
    assert_eq!(each(&known, "tag").len(), 3);
    let tagged = |query: &str| each(&setup.json(&format!("/api/v1/calls?{query}")), "tags");
    assert_eq!(tagged("tag=urgent"), [json!(["<b>x</b>", "Roof", "urgent"])]);
    assert_eq!(tagged("tag=Roof&q=table").len(), 2);
    assert_eq!(tagged("tag=nothing").len(), 0);
    for tags in [json!([""]), json!(["a\nb"]), json!(["x".repeat(41)]), json!(vec!["x"; 21])] {
        assert_eq!(faulty(&set(&roof, tags)), ["tags"]);
    }
    assert_eq!(set(&roof, json!([])).json(), json!({ "tags": [] }));
    assert_eq!(setup.json(&format!("{roof}/tags")), json!({ "tags": [] }));
    // Tags are not in the journal.
    let kinds = each(&setup.json(&format!("{roof}/events")), "kind");
    assert!(!kinds.iter().any(|kind| kind.as_str().unwrap().contains("tag")), "{kinds:?}");
}

#[test]
fn tags_that_two_people_add_both_stay() {
    let setup = Setup::open();
    let (roof, other) = (call(&setup, "+49301"), call(&setup, "+49302"));
    let put = setup.send("PUT", &format!("{other}/tags"), &json!({ "tags": ["Urgent"] }));
    assert_eq!(put.status, 200, "{put:?}");
    let path = format!("{roof}/tags");
    let patch = |body: Value| setup.send("PATCH", &path, &body);
    assert_eq!(patch(json!({ "add": ["roof"] })).json(), json!({ "tags": ["roof"] }));
    // The second has not seen the first's tag.
    let both = patch(json!({ "add": [" urgent ", "ROOF"] }));
    assert_eq!(both.json(), json!({ "tags": ["Urgent", "roof"] }), "each as it was first written");
    assert_eq!(setup.get(&path).header("etag"), both.header("etag"));
    assert_eq!(last_done(&setup), ("call.tagged".to_owned(), "Urgent, roof".to_owned()));
    let swapped = patch(json!({ "remove": ["URGENT", "nothing"], "add": ["sold"] }));
    assert_eq!(swapped.json(), json!({ "tags": ["roof", "sold"] }));
    let many: Vec<String> = (0..19).map(|number| format!("n{number}")).collect();
    assert_eq!(patch(json!({ "add": many })).problem_code(409), "too_many");
    assert_eq!(faulty(&patch(json!({ "add": [""] }))), ["add"]);
    assert_eq!(faulty(&patch(json!({ "remove": ["x".repeat(41)] }))), ["remove"]);
    assert_eq!(setup.json(&path), json!({ "tags": ["roof", "sold"] }));
}

#[test]
fn notes_are_their_authors_own() {
    let setup = Setup::open();
    let [ada, grace, root] = [("Ada", Role::Agent), ("Grace", Role::Agent), ("Root", Role::Admin)]
        .map(|(name, role)| Person::of(&setup, name, role));
    let path = format!("{}/notes", call(&setup, "+49301"));
    let body = json!({ "text": "<script>She wants\na new roof 🦊" });
    let made = ada.send(&setup, "POST", &path, &body);
    assert_eq!(made.status, 201, "{made:?}");
    let note = format!("{path}/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(made.header("location").unwrap(), note);
    let shown = &grace.send(&setup, "GET", &path, &Value::Null).json()["items"][0];
    assert_eq!(
        (&shown["text"], &shown["author"], &shown["is_mine"]),
        (&body["text"], &json!("Ada"), &json!(false))
    );
    assert_eq!(grace.send(&setup, "PUT", &note, &json!({ "text": "No." })).problem_code(403), "not_allowed");
    assert_eq!(grace.send(&setup, "DELETE", &note, &Value::Null).problem_code(403), "not_allowed");
    let changed = ada.send(&setup, "PUT", &note, &json!({ "text": "Two roofs." })).json();
    assert_eq!((&changed["text"], &changed["is_mine"]), (&json!("Two roofs."), &json!(true)));
    assert!(changed["updated_at"].as_str() > changed["created_at"].as_str(), "{changed}");
    assert_eq!(faulty(&ada.send(&setup, "POST", &path, &json!({ "text": " " }))), ["text"]);
    assert_eq!(faulty(&ada.send(&setup, "POST", &path, &json!({ "text": "x".repeat(5_000) }))), ["text"]);
    assert_eq!(root.send(&setup, "PUT", &note, &json!({ "text": "Mine." })).problem_code(403), "not_allowed");
    assert_eq!(root.send(&setup, "DELETE", &note, &Value::Null).status, 204);
    assert_eq!(setup.json(&path)["items"], json!([]));
    // A request that is repeated with its key writes one note.
    let bearer = format!("Bearer {ADMIN}");
    for _ in 0..2 {
        let head = [("Authorization", bearer.as_str()), ("Idempotency-Key", "a-note-of-mine")];
        assert_eq!(setup.ask("POST", &path, &head, &json!({ "text": "Once." })).status, 201);
    }
    assert_eq!(each(&setup.json(&path), "text"), [json!("Once.")]);
}

#[test]
fn a_shared_call_waits_until_the_colleague_is_done() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Agent));
    let path = format!("{}/shares", call(&setup, "+49301"));
    let body = json!({ "user_id": grace.id, "note": "Is this yours?" });
    assert_eq!(ada.send(&setup, "POST", &path, &body).status, 201);
    assert_eq!(ada.send(&setup, "POST", &path, &body).problem_code(409), "shared_already");
    let waiting =
        |who: &Person| who.send(&setup, "GET", "/api/v1/call-shares", &Value::Null).json()["items"].clone();
    let share = waiting(&grace)[0].clone();
    assert_eq!(
        (&share["by"], &share["note"], &share["from"], &share["seen_at"]),
        (&json!("Ada"), &json!("Is this yours?"), &json!("+49301"), &Value::Null)
    );
    assert_eq!(waiting(&ada), json!([]));
    let done = format!("/api/v1/call-shares/{}", share["id"].as_str().unwrap());
    ada.send(&setup, "DELETE", &done, &Value::Null).problem(404);
    assert_eq!(grace.send(&setup, "DELETE", &done, &Value::Null).status, 204);
    assert_eq!(waiting(&grace), json!([]));
    let shown = &setup.json(&path)["items"][0];
    assert_eq!(shown["name"], "Grace");
    assert!(shown["seen_at"].as_str().unwrap().ends_with('Z'), "{shown}");
    // Calls are only shared with people of the organization.
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let me = crate::people::bearer(&setup, "GET", "/api/v1/auth/me", &eve, &Value::Null).json();
    assert_eq!(
        faulty(&ada.send(&setup, "POST", &path, &json!({ "user_id": me["user"]["id"] }))),
        ["user_id"]
    );
    assert_eq!(ada.send(&setup, "POST", &path, &body).status, 201);
    let again = setup.json(&path);
    assert_eq!(each(&again, "seen_at"), [Value::Null], "one with each colleague, however often it is shared");
    // A removed user has no shared calls waiting.
    assert_eq!(setup.send("DELETE", &grace.at("/api/v1/users"), &Value::Null).status, 204);
    assert_eq!(each(&setup.json(&path), "name"), [Value::Null; 0]);
}

#[test]
fn a_shared_call_of_ours_names_its_callee() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Agent));
    let mut said = Conversation::new(setup.store.organization_id());
    let mut started = said.started_by("+4930100", "+491705550");
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut started.event {
        *direction = Direction::Outbound;
    }
    setup.journal(vec![started]);
    let path = format!("/api/v1/calls/{}/shares", said.call_id);
    let body = json!({ "user_id": grace.id, "note": "" });
    assert_eq!(ada.send(&setup, "POST", &path, &body).status, 201);
    let share = &grace.send(&setup, "GET", "/api/v1/call-shares", &Value::Null).json()["items"][0];
    assert_eq!(
        (&share["direction"], &share["to"], &share["from"]),
        (&json!("outbound"), &json!("+491705550"), &json!("+4930100"))
    );
}

#[test]
fn exported_calls_run_nothing_in_a_spreadsheet() {
    let setup = Setup::open();
    // More than are held in memory at a time.
    for hundred in 0..6 {
        let numbers = (0..503).skip(100 * hundred).take(100);
        let calls = numbers.flat_map(|number| over(&setup, &format!("+4930{number:04}")).1);
        setup.journal(calls.collect());
    }
    let odd = call(&setup, "=cmd|' /C calc'!A1");
    setup.send("PUT", &format!("{odd}/tags"), &json!({ "tags": ["@SUM(1)", "roof, old"] }));
    let answer = setup.get("/api/v1/calls.csv?limit=10");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").unwrap(), "text/csv; charset=utf-8");
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 505, "{}", lines[0]);
    assert!(lines[0].starts_with("id,started_at,"), "{}", lines[0]);
    assert!(
        lines[1].contains(",'=cmd|' /C calc'!A1,100,") && lines[1].contains(",\"'@SUM(1), roof, old\","),
        "{}",
        lines[1]
    );
    assert!(lines[504].contains(",'+49300000,100,"), "{}", lines[504]);
    assert_eq!(last_done(&setup).0, "calls.exported");
    let narrowed = String::from_utf8(setup.get("/api/v1/calls.csv?from=%2B49300001&q=table").body).unwrap();
    assert_eq!(narrowed.lines().count(), 2, "{narrowed}");
    setup.get("/api/v1/calls.csv?columns=1").problem(400);
}
