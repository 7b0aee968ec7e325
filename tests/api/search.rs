//! Search by a few letters or digits: a few results of each kind, and none of a kind that the user may not read.

use cordboard_schema::call::Direction;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::floor::Person;
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::Setup;

fn find(setup: &Setup, who: &Person, q: &str) -> Value {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    who.send(setup, "GET", &format!("/api/v1/search?q={q}"), &Value::Null).json()
}

fn titles(found: &Value, kind: &str) -> Vec<String> {
    found[kind].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn letters_or_digits_find_a_few_of_each_kind() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    Person::of(&setup, "Brenda", Role::Agent);
    for name in ["Brenner", "brenner & sons", "Bren%", "Smith"] {
        let body = json!({ "name": name, "phone": null, "email": "x@example.com" });
        assert_eq!(ada.send(&setup, "POST", "/api/v1/customers", &body).status, 201);
    }
    let customer = json!({ "name": "", "phone": "+493055501007" });
    assert_eq!(ada.send(&setup, "POST", "/api/v1/customers", &customer).status, 201);
    for n in 0..7 {
        ada.send(
            &setup,
            "POST",
            "/api/v1/leads",
            &json!({ "name": format!("Lead {n}"), "need": "a brenner oven" }),
        );
    }
    ada.send(&setup, "POST", "/api/v1/agent-profiles", &json!({ "name": "Frau Brenner", "language": "de" }));
    let mut call = Conversation::new(setup.store.organization_id());
    setup.journal(call.live());

    let found = find(&setup, &ada, "BREN");
    assert_eq!(titles(&found, "customers"), ["Bren%", "brenner & sons", "Brenner"], "newest first");
    assert_eq!(titles(&found, "leads"), ["Lead 6", "Lead 5", "Lead 4", "Lead 3", "Lead 2"], "five at most");
    assert_eq!(titles(&found, "agents"), ["Brenda"]);
    assert_eq!(titles(&found, "profiles"), ["Frau Brenner"]);
    assert_eq!(titles(&find(&setup, &ada, "n%"), "customers"), ["Bren%"], "no character is a wildcard");
    assert_eq!(find(&setup, &ada, "+49 30 / 555-01007")["customers"][0]["detail"], "+493055501007");

    ada.send(&setup, "POST", "/api/v1/leads", &json!({ "name": "Özgür Öztürk", "need": "Крыша" }));
    for typed in ["öztürk", "ÖZGÜR Ö", "özgür", "крыша", "КРЫША"] {
        assert_eq!(titles(&find(&setup, &ada, typed), "leads"), ["Özgür Öztürk"], "{typed}");
    }
    let shown = setup.json(&format!("/api/v1/calls/{}", call.call_id));
    let from = shown["from"].as_str().unwrap();
    let found = find(&setup, &ada, &from[from.len() - 4..]);
    assert_eq!(found["calls"][0]["id"], shown["id"]);
    assert_eq!(found["calls"][0]["at"], shown["started_at"]);
}

#[test]
fn a_call_of_ours_is_found_under_its_callee() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut started = said.started_by("+4930100", "+491705550");
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut started.event {
        *direction = Direction::Outbound;
    }
    setup.journal(vec![started]);
    let found = find(&setup, &ada, "170555");
    assert_eq!(titles(&found, "calls"), ["+491705550"]);
    assert_eq!(found["calls"][0]["detail"], "+4930100");
}

#[test]
fn search_only_finds_what_the_user_may_read() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let agent = Person::of(&setup, "Grace", Role::Agent);
    ada.send(
        &setup,
        "POST",
        "/api/v1/agent-profiles",
        &json!({ "name": "Grace at night", "language": "en" }),
    );
    ada.send(&setup, "POST", "/api/v1/leads", &json!({ "name": "Grace Kelly" }));
    assert_eq!(titles(&find(&setup, &ada, "grace"), "profiles"), ["Grace at night"]);
    let found = find(&setup, &agent, "grace");
    assert_eq!(found["profiles"], json!([]), "agents may not read profiles");
    assert_eq!(titles(&found, "leads"), ["Grace Kelly"]);

    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let theirs = bearer(&setup, "GET", "/api/v1/search?q=grace", &eve, &Value::Null).json();
    for (kind, found) in theirs.as_object().unwrap() {
        assert_eq!(found, &json!([]), "{kind} of another organization");
    }
    for bad in ["", "?q=", "?q=%20", "?q=a&kind=leads"] {
        ada.send(&setup, "GET", &format!("/api/v1/search{bad}"), &Value::Null).problem(400);
    }
    let long = "x".repeat(101);
    ada.send(&setup, "GET", &format!("/api/v1/search?q={long}"), &Value::Null).problem(400);
}
