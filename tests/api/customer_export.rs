//! Exporting everything about a customer: the file's content, and who may have it.

use std::collections::BTreeSet;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::limits::{EXPORTED_CALLS_AT_ONCE, EXPORTED_LINES_AT_ONCE};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::audit::lines;
use crate::customer_doubles::made;
use crate::entries::Conversation;
use crate::floor::Person;
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::Setup;

const PATH: &str = "/api/v1/customers";
const ADA: &str = "+493011111111";
const BOB: &str = "+493033333333";

/// Returns the items of a list of the file.
fn list<'a>(file: &'a Value, name: &str) -> &'a [Value] {
    file[name].as_array().unwrap_or_else(|| panic!("no list {name}: {file}"))
}

#[test]
fn a_person_gets_everything_that_is_stored_about_them() {
    let setup = Setup::open();
    let first = setup.store.organization_id();
    let (agent, admin) = (somebody(&setup, first, Role::Agent), somebody(&setup, first, Role::Admin));
    let stranger = somebody(&setup, another_organization(&setup), Role::Owner);
    let ada = made(&setup, PATH, &json!({ "name": "Ada Lovelace", "phone": ADA }));
    made(&setup, PATH, &json!({ "name": "Bob", "phone": BOB }));
    let [of_ada, _] = [("Ada", ADA), ("Bob", BOB)].map(|(name, number)| {
        made(&setup, "/api/v1/leads", &json!({ "name": name, "need": "A roof", "phone": number }));
        let mut said = Conversation::new(first);
        setup.journal(said.live_by(number));
        setup.journal(said.ended(NextStep::Hangup));
        let call = format!("/api/v1/calls/{}", said.call_id);
        made(&setup, &format!("{call}/notes"), &json!({ "text": format!("{name} wants it blue") }));
        assert_eq!(setup.send("PUT", &format!("{call}/tags"), &json!({ "tags": ["roof"] })).status, 200);
        said.call_id
    });
    let by_letter = json!({ "number": ADA, "evidence": "by letter" });
    assert_eq!(setup.send("POST", "/api/v1/suppressions", &by_letter).status, 200);

    let path = format!("{PATH}/{ada}/export");
    let export = |token: &Value| bearer(&setup, "GET", &path, token, &Value::Null);
    assert_eq!(export(&stranger).problem_code(404), "not_found");
    assert_eq!(export(&agent).problem_code(403), "forbidden", "an agent hands out no calls");
    let scopes = json!({ "name": "CRM", "scopes": ["customers_read", "business_write"] });
    let token = setup.send("POST", "/api/v1/api-tokens", &scopes).json()["token"].clone();
    assert_eq!(export(&token).problem_code(403), "forbidden", "a token that may read no calls");

    let answer = export(&admin);
    assert_eq!(answer.status, 200, "{answer:?}");
    let named = "attachment; filename=\"customer-ada-lovelace.json\"; \
                 filename*=UTF-8''customer-ada-lovelace.json";
    assert_eq!(answer.header("content-disposition"), Some(named));
    let file = answer.json();
    assert_eq!((&file["customer"]["id"], &file["customer"]["phone"]), (&json!(ada), &json!(ADA)));
    let [call] = list(&file, "calls") else { panic!("{file}") };
    assert_eq!((&call["call"]["id"], &call["call"]["tags"]), (&json!(of_ada), &json!(["roof"])));
    assert_eq!(call["notes"][0]["text"], "Ada wants it blue");
    let words: Vec<&Value> = list(call, "transcript").iter().map(|line| &line["text"]).collect();
    assert_eq!(words, ["Hello, this is", "I would like a table"]);
    assert_eq!(call["journal_path"], format!("/api/v1/calls/{of_ada}/events"));
    assert_eq!((list(&file, "leads").len(), &file["leads"][0]["name"]), (1, &json!("Ada")));
    assert_eq!(file["do_not_call"][0]["evidence"], "by letter");
    for none in ["no_texts", "appointments", "messages", "callbacks", "contacts", "attempts"] {
        assert!(list(&file, none).is_empty(), "{none}: {file}");
    }
    assert!(!answer.text().contains(BOB), "nothing of others: {file}");

    let exported = lines(&setup, "customer.exported", 1);
    assert_eq!(exported.len(), 1, "a refused export is in the log: {exported:?}");
    assert_eq!((&exported[0]["subject"], &exported[0]["detail"]), (&json!(ada), &json!("")));
    assert_eq!(exported[0]["actor"]["kind"], "user");
}

#[test]
fn drafts_about_the_persons_calls_are_in_their_file() {
    let setup = Setup::open();
    let agents = ["Grace", "Hue"].map(|name| Person::of(&setup, name, Role::Agent));
    let ada = made(&setup, PATH, &json!({ "name": "Ada", "phone": ADA }));
    for number in [ADA, BOB] {
        let mut said = Conversation::new(setup.store.organization_id());
        setup.journal(said.live_by(number));
        let path = format!("/api/v1/calls/{}/wrap-up-draft", said.call_id);
        for agent in &agents {
            let note = json!({ "note": format!("{number} wants a roof") });
            assert_eq!(agent.send(&setup, "PUT", &path, &note).status, 200);
        }
    }
    let file = setup.json(&format!("{PATH}/{ada}/export"));
    let [call] = list(&file, "calls") else { panic!("{file}") };
    let drafts = list(call, "wrap_up_drafts");
    let of: BTreeSet<&str> = drafts.iter().filter_map(|draft| draft["user_id"].as_str()).collect();
    assert_eq!(
        of,
        agents.iter().filter_map(|agent| agent.id.as_str()).collect(),
        "of each agent of the call"
    );
    assert!(drafts.iter().all(|draft| draft["note"] == format!("{ADA} wants a roof")), "{file}");
    assert!(!file.to_string().contains(BOB), "nothing of others: {file}");
}

#[test]
fn long_and_many_calls_are_exported_without_a_gap() {
    let setup = Setup::open();
    let ada = made(&setup, PATH, &json!({ "name": "Ada", "phone": ADA }));
    let first = setup.store.organization_id();
    let calls = usize::try_from(EXPORTED_CALLS_AT_ONCE).unwrap() + 1;
    // In a whole number of parts: the last one of its transcript has no line.
    let long = 2 * usize::try_from(EXPORTED_LINES_AT_ONCE).unwrap();
    for call in 0..calls {
        let mut said = Conversation::new(first);
        let mut entries = said.live_by(ADA);
        if call == 0 {
            entries.extend((2..long).map(|number| said.said(&format!("Number {number}"))));
        }
        entries.extend(said.ended(NextStep::Hangup));
        setup.journal(entries);
    }
    let file = setup.json(&format!("{PATH}/{ada}/export"));
    let lengths: Vec<usize> =
        list(&file, "calls").iter().map(|call| list(call, "transcript").len()).collect();
    assert_eq!((lengths.len(), lengths[0], &lengths[1..]), (calls, long, &vec![2; calls - 1][..]));
    let lines = list(&file["calls"][0], "transcript").iter().skip(2);
    let expected = (2..long).map(|number| format!("Number {number}"));
    assert!(lines.map(|line| line["text"].as_str().unwrap().to_owned()).eq(expected), "each line once");
}
