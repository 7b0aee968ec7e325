//! Leads, as a program and a spreadsheet see them.

use cordboard::store::change;
use cordboard_schema::ids::{CallId, LeadId};
use cordboard_schema::lead::Lead;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::now;
use crate::house::{ADMIN, House};
use crate::people::{bearer, owner};

const PATH: &str = "/api/v1/leads";

/// Somebody wants this.
pub(crate) fn lead(house: &House, name: &str, need: &str) -> Lead {
    let lead = Lead {
        id: LeadId(Uuid::now_v7()),
        organization_id: house.store.organization_id(),
        customer_id: None,
        call_id: Some(CallId(Uuid::now_v7())),
        name: name.to_owned(),
        phone: Some("+493012345678".parse().unwrap()),
        need: need.to_owned(),
        urgency: "today".to_owned(),
        budget: String::new(),
        address: String::new(),
        status: Default::default(),
        value_minor: None,
        currency: None,
        owner_id: None,
        notes: String::new(),
        created_at: now(),
        updated_at: now(),
    };
    let making = lead.clone();
    house.change(move |connection| change::create_lead(connection, &making));
    lead
}

/// The id of somebody who works there.
fn user(house: &House) -> String {
    let token = owner(house, "grace@example.com");
    let me = bearer(house, "GET", "/api/v1/auth/me", &token, &Value::Null).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_lead_is_worked_on() {
    let house = House::open();
    let lead = lead(&house, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let grace = user(&house);
    let shown = house.json(&path);
    assert_eq!((&shown["status"], &shown["need"]), (&json!("new"), &json!("a new roof")));
    let body = json!({ "status": "qualified", "value_minor": 1_250_000, "currency": "EUR", "owner_id": grace, "notes": "call at 5" });
    let answer = house.send("PATCH", &path, &body);
    let changed = answer.json();
    assert_eq!(answer.status, 200, "{changed}");
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!(changed["name"], "Ada");
    assert_eq!(house.json(&path), changed);
    assert_eq!(house.json(&format!("{PATH}?status=qualified&owner_id={grace}"))["items"], json!([changed]));
    assert_eq!(house.json(&format!("{PATH}?status=new"))["items"], json!([]));
    assert_eq!(house.json(&format!("{PATH}?until=2020-01-01T00:00:00Z"))["items"], json!([]));
    let log = house.json("/api/v1/audit-log");
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["detail"]),
        (&json!("lead.updated"), &json!("new to qualified"))
    );
}

#[test]
fn what_can_not_be_is_refused_and_changes_nothing() {
    let house = House::open();
    let lead = lead(&house, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let before = house.json(&path);
    for body in [
        json!({ "status": "sold" }),
        json!({ "value_minor": -1, "currency": "EUR" }),
        json!({ "value_minor": 5 }),
        json!({ "currency": "euro" }),
        json!({ "owner_id": "" }),
        json!({ "owner_id": CallId(Uuid::now_v7()) }),
        json!({ "notes": "\u{7}" }),
        json!({ "name": "Eve" }),
    ] {
        house.send("PATCH", &path, &body).problem(422);
    }
    assert_eq!(house.json(&path), before);
    house.send("PATCH", &format!("{PATH}/{}", Uuid::now_v7()), &json!({})).problem(404);
}

#[test]
fn of_two_who_change_a_lead_at_the_same_time_nobody_loses_a_word() {
    let house = House::open();
    let lead = lead(&house, "Ada", "a new roof");
    let path = &format!("{PATH}/{}", lead.id);
    let grace = user(&house);
    std::thread::scope(|scope| {
        for body in
            [json!({ "notes": "one" }), json!({ "owner_id": grace }), json!({ "status": "contacted" })]
        {
            let house = &house;
            scope.spawn(move || while house.send("PATCH", path, &body).status == 409 {});
        }
    });
    let shown = house.json(path);
    assert_eq!(
        (&shown["notes"], &shown["owner_id"], &shown["status"]),
        (&json!("one"), &json!(grace), &json!("contacted"))
    );
}

#[test]
fn a_spreadsheet_gets_leads_and_runs_nothing_that_a_caller_said() {
    let house = House::open();
    lead(&house, "=cmd|' /C calc'!A0", "a \"new\" roof,\nand a door 🦊");
    lead(&house, "محمد", "@SUM(1)");
    let by_name = house.get(&format!("{PATH}.csv"));
    let accept = [
        ("Authorization", &*format!("Bearer {ADMIN}")),
        ("Accept", "text/csv;q=0.9, application/json;q=0.5"),
    ];
    let by_type = house.request("GET", PATH, &accept);
    assert_eq!(by_name.body, by_type.body);
    for answer in [&by_name, &by_type] {
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        assert!(answer.header("content-disposition").unwrap().contains("leads.csv"));
    }
    let file = String::from_utf8(by_name.body).unwrap();
    assert!(
        file.contains("'=cmd|' /C calc'!A0,'+493012345678,\"a \"\"new\"\" roof,\nand a door 🦊\""),
        "{file}"
    );
    assert!(file.contains("محمد,'+493012345678,'@SUM(1),today"), "{file}");
    assert!(file.starts_with("id,created_at,updated_at,status,name,phone,need"), "{file}");
    let none = house.get(&format!("{PATH}.csv?status=won"));
    assert_eq!(String::from_utf8(none.body).unwrap().lines().count(), 1);
    assert_eq!(house.json(PATH)["items"].as_array().map(Vec::len), Some(2), "{}", Value::Null);
}
