//! Leads, as programs and spreadsheets see them.

use std::collections::BTreeSet;

use cordboard::store::change;
use cordboard_schema::ids::{CallId, LeadId};
use cordboard_schema::lead::Lead;
use cordboard_schema::limits::CSV_LEADS_AT_ONCE;
use cordboard_schema::permission::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::now;
use crate::floor::Person;
use crate::people::{bearer, owner};
use crate::setup::{ADMIN, Setup};

const PATH: &str = "/api/v1/leads";

/// Creates a lead of a caller who wants this.
pub(crate) fn lead(setup: &Setup, name: &str, need: &str) -> Lead {
    let lead = Lead {
        id: LeadId(Uuid::now_v7()),
        organization_id: setup.store.organization_id(),
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
        next_step: String::new(),
        notes: String::new(),
        created_at: now(),
        updated_at: now(),
    };
    let making = lead.clone();
    setup.change(move |connection| change::create_lead(connection, &making));
    lead
}

/// Returns the id of a user of the organization.
fn user(setup: &Setup) -> String {
    let token = owner(setup, "grace@example.com");
    let me = bearer(setup, "GET", "/api/v1/auth/me", &token, &Value::Null).json();
    me["user"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_lead_can_be_qualified_and_assigned() {
    let setup = Setup::open();
    let lead = lead(&setup, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let grace = user(&setup);
    let shown = setup.json(&path);
    assert_eq!((&shown["status"], &shown["need"]), (&json!("new"), &json!("a new roof")));
    let body = json!({ "status": "qualified", "value_minor": 1_250_000, "currency": "EUR", "owner_id": grace, "notes": "call at 5" });
    let answer = setup.send("PATCH", &path, &body);
    let changed = answer.json();
    assert_eq!(answer.status, 200, "{changed}");
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!(changed["name"], "Ada");
    assert_eq!(setup.json(&path), changed);
    assert_eq!(setup.json(&format!("{PATH}?status=qualified&owner_id={grace}"))["items"], json!([changed]));
    assert_eq!(setup.json(&format!("{PATH}?status=new"))["items"], json!([]));
    assert_eq!(setup.json(&format!("{PATH}?until=2020-01-01T00:00:00Z"))["items"], json!([]));
    let log = setup.json("/api/v1/audit-log");
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["detail"]),
        (&json!("lead.updated"), &json!("new to qualified"))
    );
}

#[test]
fn an_owner_who_was_removed_stays_with_their_lead() {
    let setup = Setup::open();
    let (roof, door) = (lead(&setup, "Ada", "a new roof"), lead(&setup, "Bo", "a door"));
    let [roof, door] = [roof, door].map(|lead| format!("{PATH}/{}", lead.id));
    let tom = Person::of(&setup, "Tom", Role::Agent);
    assert_eq!(setup.send("PATCH", &roof, &json!({ "owner_id": tom.id })).status, 200);
    let file = setup.get(&format!("{PATH}.csv")).text();
    assert_eq!(setup.send("DELETE", &tom.at("/api/v1/users"), &Value::Null).status, 204);
    let noted = setup.send("PATCH", &roof, &json!({ "owner_id": tom.id, "notes": "call at 5" }));
    assert_eq!((noted.status, &noted.json()["owner_id"]), (200, &tom.id));
    setup.send("PATCH", &door, &json!({ "owner_id": tom.id })).problem(422);
    setup.send("POST", PATH, &json!({ "name": "Eve", "owner_id": tom.id })).problem(422);
    let seen = setup.send_text("POST", &format!("{PATH}.csv?preview=true"), &file).json();
    assert_eq!((&seen["good"], &seen["errors"]), (&json!(2), &json!([])), "{seen}");
}

#[test]
fn misheard_details_of_a_lead_can_be_corrected() {
    let setup = Setup::open();
    let lead = lead(&setup, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let customer =
        setup.send("POST", "/api/v1/customers", &json!({ "name": "Eda", "phone": "+49 30 8765432" })).json();
    let body = json!({
        "name": "Eda Zo\u{308}ller", "phone": "+49 (0)30 8765432", "need": " a new hoof ", "urgency": "", "budget": "little",
        "address": "Elm Street 1"
    });
    let answer = setup.send("PATCH", &path, &body);
    let changed = answer.json();
    assert_eq!(answer.status, 200, "{changed}");
    let wanted = json!({
        "name": "Eda Z\u{f6}ller", "phone": "+49308765432", "need": "a new hoof", "urgency": "", "budget": "little",
        "address": "Elm Street 1", "customer_id": customer["id"], "status": "new", "call_id": lead.call_id
    });
    for (field, value) in wanted.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!(setup.json(&path), changed);
    // A number of nobody known leaves the lead with its customer.
    let unknown = setup.send("PATCH", &path, &json!({ "phone": "+49 030 8765433" })).json();
    assert_eq!((&unknown["phone"], &unknown["customer_id"]), (&json!("+49308765433"), &customer["id"]));
    let none = setup.send("PATCH", &path, &json!({ "phone": null })).json();
    assert_eq!((&none["phone"], &none["name"]), (&Value::Null, &json!("Eda Z\u{f6}ller")));
}

#[test]
fn a_deleted_lead_leaves_its_appointment() {
    let setup = Setup::open();
    let lead = lead(&setup, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let body = json!({ "service": "Estimate", "starts_at": "2032-03-01T09:00:00Z", "lead_id": lead.id });
    let made = setup.send("POST", "/api/v1/appointments", &body);
    let place = made.header("location").unwrap();
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(setup.json(PATH)["items"], json!([]));
    let left = setup.json(place);
    assert_eq!((&left["lead_id"], &left["status"]), (&Value::Null, &json!("confirmed")));
    let log = setup.json("/api/v1/audit-log");
    assert_eq!(log["items"][0]["action"], "lead.deleted");
    setup.send("DELETE", &path, &Value::Null).problem(404);
}

#[test]
fn leads_are_found_by_words_and_without_an_owner() {
    let setup = Setup::open();
    let roof = lead(&setup, "Ada Ölmez", "a new roof").id.to_string();
    let gutter = lead(&setup, "Eve", "a 100 % dry gutter").id.to_string();
    let grace = user(&setup);
    let owned = setup.send(
        "PATCH",
        &format!("{PATH}/{gutter}"),
        &json!({ "owner_id": grace, "notes": "Rings On Friday" }),
    );
    assert_eq!(owned.status, 200, "{owned:?}");
    let found = |query: &str| -> Vec<String> {
        let page = setup.json(&format!("{PATH}?{query}"));
        page["items"].as_array().unwrap().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("q=ROOF", vec![&roof]),
        // Each word anywhere, in another order and another case; letters other than A to Z, too.
        ("q=roof+%C3%96LMEZ", vec![&roof]),
        ("q=roof+eve", vec![]),
        ("q=friday+gutter", vec![&gutter]),
        ("q=100+%25", vec![&gutter]),
        ("q=_", vec![]),
        ("q=+3012345678", vec![&gutter, &roof]),
        ("q=+", vec![&gutter, &roof]),
        ("since=-9999-01-01T00:00:00Z&until=%2B12345-01-01T00:00:00Z", vec![&gutter, &roof]),
        ("since=%2B12345-01-01T00:00:00Z", vec![]),
        ("owner_id=none", vec![&roof]),
        ("owner_id=none&q=eve", vec![]),
        ("q=eve&status=won", vec![]),
    ] {
        assert_eq!(found(query).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let csv = setup.get("/api/v1/leads.csv?q=roof").text();
    assert!(csv.contains("Ada") && !csv.contains("Eve"), "{csv}");
}

#[test]
fn an_export_has_the_leads_of_every_part() {
    let setup = Setup::open();
    // More than are held in memory at a time, in a whole number of parts.
    let many = 2 * usize::try_from(CSV_LEADS_AT_ONCE).unwrap();
    let first = lead(&setup, "Ada", "a roof");
    // A change has 2 s, also on a busy machine.
    for at in (1..many).step_by(100) {
        let first = first.clone();
        setup.change(move |connection| {
            for _ in at..many.min(at + 100) {
                let other = Lead { id: LeadId(Uuid::now_v7()), call_id: None, ..first.clone() };
                change::create_lead(connection, &other)?;
            }
            Ok(())
        });
    }
    let text = setup.get(&format!("{PATH}.csv?limit=10")).text();
    let file = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let ids: BTreeSet<String> = file.into_records().map(|row| row.unwrap()[0].to_owned()).collect();
    assert_eq!(ids.len(), many);
}

#[test]
fn invalid_lead_changes_are_refused_and_change_nothing() {
    let setup = Setup::open();
    let lead = lead(&setup, "Ada", "a new roof");
    let path = format!("{PATH}/{}", lead.id);
    let before = setup.json(&path);
    for body in [
        json!({ "status": "sold" }),
        json!({ "value_minor": -1, "currency": "EUR" }),
        json!({ "value_minor": 5 }),
        json!({ "currency": "euro" }),
        json!({ "owner_id": "" }),
        json!({ "owner_id": CallId(Uuid::now_v7()) }),
        json!({ "notes": "\u{7}" }),
        json!({ "phone": "12" }),
        json!({ "need": "x".repeat(4_001) }),
        json!({ "name": " ", "phone": null, "need": "" }),
        json!({ "caller": "Ada" }),
    ] {
        setup.send("PATCH", &path, &body).problem(422);
    }
    assert_eq!(setup.json(&path), before);
    setup.send("PATCH", &format!("{PATH}/{}", Uuid::now_v7()), &json!({})).problem(404);
}

#[test]
fn simultaneous_changes_to_a_lead_lose_nothing() {
    let setup = Setup::open();
    let lead = lead(&setup, "Ada", "a new roof");
    let path = &format!("{PATH}/{}", lead.id);
    let grace = user(&setup);
    std::thread::scope(|scope| {
        for body in
            [json!({ "notes": "one" }), json!({ "owner_id": grace }), json!({ "status": "contacted" })]
        {
            let setup = &setup;
            scope.spawn(move || while setup.send("PATCH", path, &body).status == 409 {});
        }
    });
    let shown = setup.json(path);
    assert_eq!(
        (&shown["notes"], &shown["owner_id"], &shown["status"]),
        (&json!("one"), &json!(grace), &json!("contacted"))
    );
}

#[test]
fn exported_leads_run_nothing_that_a_caller_said() {
    let setup = Setup::open();
    lead(&setup, "=cmd|' /C calc'!A0", "a \"new\" roof,\nand a door 🦊");
    lead(&setup, "محمد", "@SUM(1)");
    lead(&setup, "Ada", "a roof;=1+1\n- a door");
    let by_name = setup.get(&format!("{PATH}.csv"));
    let accept = [
        ("Authorization", &*format!("Bearer {ADMIN}")),
        ("Accept", "text/csv;q=0.9, application/json;q=0.5"),
    ];
    let by_type = setup.request("GET", PATH, &accept);
    assert_eq!(by_name.body, by_type.body);
    for answer in [&by_name, &by_type] {
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        assert!(answer.header("content-disposition").unwrap().contains("leads.csv"));
    }
    let file = String::from_utf8(by_name.body).unwrap();
    // Without the mark Excel assumes another encoding.
    let file = file.strip_prefix('\u{feff}').unwrap();
    assert!(
        file.contains("'=cmd|' /C calc'!A0,'+493012345678,\"a \"\"new\"\" roof,\nand a door 🦊\""),
        "{file}"
    );
    assert!(file.contains("محمد,'+493012345678,'@SUM(1),today"), "{file}");
    // Quotation marks in the middle of a line separate nothing for a program that splits cells at semicolons.
    assert!(file.contains("\"a roof;'=1+1\n- a door\""), "{file}");
    assert!(file.starts_with("id,created_at,updated_at,status,name,phone,need"), "{file}");
    let none = setup.get(&format!("{PATH}.csv?status=won"));
    assert_eq!(String::from_utf8(none.body).unwrap().lines().count(), 1);
    assert_eq!(setup.json(PATH)["items"].as_array().map(Vec::len), Some(3), "{}", Value::Null);
}

#[test]
fn users_can_create_leads() {
    let setup = Setup::open();
    let grace = user(&setup);
    let customer =
        setup.send("POST", "/api/v1/customers", &json!({ "name": "Ada", "phone": "+49 30 12345678" })).json();
    let body = json!({
        "name": " Ada ", "phone": "+49 30 1234 5678", "need": "a new roof", "status": "contacted", "value_minor": 5_000,
        "currency": "EUR", "owner_id": grace, "next_step": "send the drawing", "notes": "came by\nthe shop"
    });
    let answer = setup.send("POST", PATH, &body);
    let made = answer.json();
    assert_eq!(answer.status, 201, "{made}");
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(&*path));
    assert_eq!(setup.json(&path), made);
    let told = (&made["name"], &made["phone"], &made["customer_id"], &made["call_id"], &made["next_step"]);
    let wanted =
        (&json!("Ada"), &json!("+493012345678"), &customer["id"], &Value::Null, &json!("send the drawing"));
    assert_eq!(told, wanted, "its customer has the lead's number");
    let changed = setup.send("PATCH", &path, &json!({ "next_step": "ring on Friday" })).json();
    assert_eq!(
        (&changed["next_step"], &changed["notes"]),
        (&json!("ring on Friday"), &json!("came by\nthe shop"))
    );
    let log = setup.json("/api/v1/audit-log");
    assert_eq!(log["items"][1]["action"], "lead.created");
    for body in [
        json!({}),
        json!({ "name": "Ada", "value_minor": 5 }),
        json!({ "name": "Ada", "phone": "12" }),
        json!({ "name": "Ada", "owner_id": Uuid::now_v7() }),
        json!({ "name": "Ada", "customer_id": Uuid::now_v7() }),
        json!({ "name": "Ada", "next_step": "x".repeat(301) }),
        json!({ "name": "Ada", "call_id": Uuid::now_v7() }),
    ] {
        setup.send("POST", PATH, &body).problem(422);
    }
    assert_eq!(setup.json(PATH)["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_file_is_previewed_then_imported_without_its_wrong_rows() {
    let setup = Setup::open();
    let grace = user(&setup);
    let file = format!(
        "Name;Phone;Need;Value;Currency;Owner id;Next step;Colour\nAda;+49 30 12345678;a roof;1200;EUR;{grace};ring;red\n\
         Eve;12;a door;;;;;\n=1+1;;@SUM(A1);;;;;\nBo;;a wall;;;{};;\n",
        Uuid::now_v7()
    );
    let seen = setup.send_text("POST", &format!("{PATH}.csv?preview=true"), &file).json();
    assert_eq!((&seen["rows"], &seen["good"], &seen["made"]), (&json!(4), &json!(2), &json!(0)), "{seen}");
    assert_eq!(seen["unknown_columns"], json!(["Colour"]));
    let wrong: Vec<_> =
        seen["errors"].as_array().unwrap().iter().map(|one| (&one["row"], &one["field"])).collect();
    assert_eq!(wrong, [(&json!(3), &json!("phone")), (&json!(5), &json!("owner_id"))]);
    assert_eq!(setup.json(PATH)["items"], json!([]), "a preview creates nothing");
    let done = setup.send_text("POST", &format!("{PATH}.csv"), &file).json();
    assert_eq!((&done["good"], &done["made"]), (&json!(2), &json!(2)), "{done}");
    let leads = setup.json(PATH);
    let names: Vec<_> = leads["items"].as_array().unwrap().iter().map(|lead| &lead["name"]).collect();
    assert_eq!(names, [&json!("=1+1"), &json!("Ada")]);
    assert_eq!(
        (&leads["items"][1]["value_minor"], &leads["items"][1]["owner_id"]),
        (&json!(120_000), &json!(grace))
    );
    let log = setup.json("/api/v1/audit-log");
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["detail"]),
        (&json!("leads.imported"), &json!("2 leads"))
    );
    // An exported file imports unchanged.
    let export = String::from_utf8(setup.get(&format!("{PATH}.csv")).body).unwrap();
    let again = setup.send_text("POST", &format!("{PATH}.csv?preview=true"), &export).json();
    assert_eq!(
        (&again["good"], &again["errors"], &again["unknown_columns"]),
        (&json!(2), &json!([]), &json!([])),
        "{export}"
    );
    assert_eq!(
        (&again["first"][0]["name"], &again["first"][1]["next_step"]),
        (&json!("=1+1"), &json!("ring"))
    );

    let old = b"name;need\nJ\xfcrgen M\xfcller;ein Dach f\xfcr das Geb\xe4ude\n";
    let seen = setup.send_with("POST", &format!("{PATH}.csv?preview=true"), "", old).json();
    assert_eq!(
        (&seen["encoding"], &seen["first"][0]["name"]),
        (&json!("windows-1252"), &json!("Jürgen Müller"))
    );
    setup.send_text("POST", &format!("{PATH}.csv"), "a,b\n1,2\n").problem(422);
    setup.send_text("POST", &format!("{PATH}.csv"), &"x".repeat(2 * 1024 * 1024 + 1)).problem(413);
    let file_of = |rows: usize| format!("name\n{}", "Ada\n".repeat(rows));
    let most = setup.send_text("POST", &format!("{PATH}.csv?preview=true"), &file_of(5_000)).json();
    assert_eq!(most["good"], 5_000);
    setup.send_text("POST", &format!("{PATH}.csv"), &file_of(5_001)).problem(422);
    // More than are written at once.
    let many = setup.send_text("POST", &format!("{PATH}.csv"), &file_of(1_100)).json();
    assert_eq!(many["made"], 1_100);
}
