//! Customers, activities and messages, as a program sees them.

use std::collections::BTreeSet;

use cordboard::store::{DeliveryReport, MessageName, change};
use cordboard_schema::call::Direction;
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::{CustomerId, MessageId};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::CSV_CUSTOMERS_AT_ONCE;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::lines;
use crate::entries::{Conversation, now};
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::Setup;

const PATH: &str = "/api/v1/customers";

/// Texts that people write, and that mean something elsewhere.
const ODD: [&str; 7] = [
    "=HYPERLINK(\"http://evil\")",
    "<script>alert(1)</script>",
    "'; DROP TABLE customers; --",
    "Åsa 🦊👩‍👩‍👧",
    "محمد عبد الله",
    "\u{202e}kraM",
    "100%_\\",
];

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn made(setup: &Setup, body: &Value) -> Value {
    let answer = setup.send("POST", PATH, body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

#[test]
fn a_customer_is_created_shown_changed_and_removed() {
    let setup = Setup::open();
    let answer = setup.send(
        "POST",
        PATH,
        &json!({ "phone": "0049 30 / 1234-5678", "name": " Ada ", "tags": ["regular"] }),
    );
    let customer = answer.json();
    assert_eq!(answer.status, 201, "{customer}");
    let path = answer.header("location").unwrap().to_owned();
    assert_eq!((&customer["phone"], &customer["name"]), (&json!("+493012345678"), &json!("Ada")));
    assert_eq!((&customer["verified"], &customer["sms_opted_out"]), (&json!(false), &json!(false)));
    assert_eq!(setup.json(&path), customer);
    let with_zero = setup.json(&format!("{PATH}?phone=%2B49%20030%2012345678"));
    assert_eq!(ids(&with_zero), [customer["id"].as_str().unwrap()]);
    let begun_with_zero = setup.json(&format!("{PATH}?q=%2B49%20030%201234"));
    assert_eq!(ids(&begun_with_zero), [customer["id"].as_str().unwrap()]);
    assert!(customer.get("organization_id").is_none());

    let answer =
        setup.send("PATCH", &path, &json!({ "verified": true, "notes": "two\nlines", "phone": null }));
    let changed = answer.json();
    assert_eq!(answer.status, 200, "{changed}");
    assert_eq!(
        (&changed["phone"], &changed["name"], &changed["verified"]),
        (&json!(null), &json!("Ada"), &json!(true))
    );
    assert_eq!(setup.json(&path), changed);

    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    setup.get(&path).problem(404);
    setup.send("DELETE", &path, &Value::Null).problem(404);
    setup.send("PATCH", &path, &json!({})).problem(404);
    let log = setup.json("/api/v1/audit-log");
    let actions: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|line| line["action"].clone()).collect();
    assert_eq!(actions, ["customer.deleted", "customer.updated", "customer.created"]);
}

#[test]
fn changing_an_outdated_customer_is_a_conflict() {
    let setup = Setup::open();
    let customer = made(&setup, &json!({ "name": "Ada", "notes": "Prefers mornings." }));
    let path = format!("{PATH}/{}", customer["id"].as_str().unwrap());
    let seen = setup.get(&path).header("etag").unwrap().to_owned();
    assert_eq!(seen, format!("\"{}\"", customer["updated_at"].as_str().unwrap()));
    let patch = |tag: &str, body: &Value| {
        let header = format!("If-Match: {tag}\r\n");
        setup.send_with("PATCH", &path, &header, body.to_string().as_bytes())
    };
    let first = patch(&seen, &json!({ "notes": "Prefers evenings." }));
    assert_eq!(first.status, 200, "{first:?}");
    let now = first.header("etag").unwrap().to_owned();
    assert_ne!(now, seen);
    // The other user has the earlier state.
    let late = patch(&seen, &json!({ "notes": "Prefers noon." }));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"]["notes"], "Prefers evenings.");
    assert_eq!(setup.json(&path)["notes"], "Prefers evenings.");
    assert_eq!(patch("\"yesterday\"", &json!({})).problem_code(409), "edited_meanwhile");
    assert_eq!(patch(&now, &json!({ "notes": "Prefers noon." })).status, 200);
    assert_eq!(patch("*", &json!({ "notes": "Prefers nothing." })).status, 200);
    assert_eq!(
        setup.send("PATCH", &path, &json!({ "notes": "" })).status,
        200,
        "a change without a revision is accepted"
    );
}

#[test]
fn two_customers_can_not_share_a_number() {
    let setup = Setup::open();
    made(&setup, &json!({ "phone": "+493012345678" }));
    let other = made(&setup, &json!({}));
    made(&setup, &json!({}));
    assert_eq!(
        setup.send("POST", PATH, &json!({ "phone": "+49 3012345678" })).problem_code(409),
        "phone_taken"
    );
    let path = format!("{PATH}/{}", other["id"].as_str().unwrap());
    assert_eq!(
        setup.send("PATCH", &path, &json!({ "phone": "+493012345678" })).problem_code(409),
        "phone_taken"
    );
}

#[test]
fn a_file_of_customers_is_previewed_and_imported_once() {
    let setup = Setup::open();
    let ada = made(&setup, &json!({ "phone": "+493011111111", "notes": "rings twice" }));
    let file = "Vorname;Nachname;Telefon;E-Mail;Sprache;Plan\n\
                Ada;Lovelace;030 11111111;ada@example.com;Deutsch;gold\n\
                Bo;=1+1;0302222222;nowhere;;\n\
                Cy;;+44 7911 123456;;en;\n\
                Di;;07911 123456;;;\n\
                Ed;;+44 7911 123456;;;\n";
    let path = format!("{PATH}.csv?country_code=49");
    let counts = |answer: &Value| {
        ["rows", "created", "changed", "unchanged", "refused"].map(|count| answer[count].as_u64().unwrap())
    };
    let wrong = |answer: &Value| {
        let of = |one: &Value| (one["row"].as_u64().unwrap(), one["field"].as_str().unwrap().to_owned());
        answer["errors"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let seen = setup.send_text("POST", &format!("{path}&preview=true"), file).json();
    assert_eq!(counts(&seen), [5, 2, 1, 0, 2], "{seen}");
    assert_eq!(seen["columns"][5], json!({ "name": "Plan", "field": "skip", "examples": ["gold"] }));
    assert_eq!(wrong(&seen), [(3, "email".to_owned()), (6, "phone".to_owned())]);
    assert_eq!(seen["refused_rows"], json!([]));

    // The client says what the last column has, and the number without a country code is British.
    let path = format!("{PATH}.csv?country_code=44&columns=first_name,last_name,phone,email,language,notes");
    let seen = setup.send_text("POST", &format!("{path}&preview=true"), file).json();
    assert_eq!(wrong(&seen)[0], (3, "email".to_owned()), "{seen}");
    assert_eq!(wrong(&seen).iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3, 5, 6]);
    let path = path.replace("country_code=44", "country_code=49");
    assert_eq!(ids(&setup.json(PATH)).len(), 1, "a preview creates nobody");

    let done = setup.send_text("POST", &path, file).json();
    assert_eq!(counts(&done), [5, 2, 1, 0, 2], "{done}");
    let refused = &done["refused_rows"][0];
    assert_eq!(refused["cells"], json!(["Bo", "'=1+1", "0302222222", "nowhere", "", ""]));
    assert_eq!((&refused["row"], &refused["faults"][0]["code"]), (&json!(3), &json!("email")));
    assert_eq!(done["refused_rows"][1]["faults"][0]["code"], "row_twice");
    let of_ada = format!("{PATH}/{}", ada["id"].as_str().unwrap());
    let known = setup.json(&of_ada);
    assert_eq!((&known["name"], &known["notes"]), (&json!("Ada Lovelace"), &json!("rings twice")));
    assert_eq!((&known["email"], &known["language"]), (&json!("ada@example.com"), &json!("de")));

    assert_eq!(counts(&setup.send_text("POST", &path, file).json()), [5, 0, 0, 3, 2]);
    assert_eq!(ids(&setup.json(PATH)).len(), 3, "nobody is there twice");
    let again = setup.send_text("POST", &format!("{path}&overwrite=true"), file).json();
    assert_eq!(counts(&again), [5, 0, 1, 2, 2], "{again}");
    assert_eq!(setup.json(&of_ada)["notes"], "Plan: gold");
    let log = lines(&setup, "customers.imported", 3);
    assert_eq!(log[2]["detail"], "2 created, 1 changed");

    // An exported file changes nothing.
    let export = setup.get(&format!("{PATH}.csv")).text();
    let same = setup.send_text("POST", &format!("{PATH}.csv?overwrite=true"), &export).json();
    assert_eq!(counts(&same), [3, 0, 0, 3, 0], "{same}");
}

#[test]
fn invalid_imports_of_customers_are_refused_whole() {
    let setup = Setup::open();
    let path = format!("{PATH}.csv");
    for query in ["country_code=0", "country_code=x", "columns=colour"] {
        setup.send_text("POST", &format!("{path}?{query}"), "phone\n").problem(400);
    }
    for file in ["", "name\nAda\n", "phone,name\n+493011111111,\"Ada\n"] {
        assert_eq!(setup.send_text("POST", &path, file).problem_code(422), "invalid", "{file:?}");
    }
    // The do-not-call list has a right of its own.
    let token = json!({ "name": "Import", "scopes": ["customers_write"] });
    let token = setup.send("POST", "/api/v1/api-tokens", &token).json()["token"].clone();
    let import = |query: &str| {
        bearer(&setup, "POST", &format!("{path}?{query}"), &token, &json!({})).problem_code(403)
    };
    assert_eq!(import("columns=do_not_call"), "forbidden");
    let file = "phone,name,do not call\n+493011111111,Ada,yes\n+493022222222,Bo,no\n";
    let done = setup.send_text("POST", &path, file).json();
    assert_eq!((&done["created"], &done["do_not_call"]), (&json!(2), &json!(1)), "{done}");
    let listed = setup.json("/api/v1/suppressions");
    let listed: Vec<_> = listed["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(listed, [&json!("+493011111111")]);
}

#[test]
fn customers_with_any_name_are_kept_unchanged_and_found() {
    let setup = Setup::open();
    for odd in ODD {
        let body = json!({ "name": odd, "address": odd, "notes": odd, "tags": [odd] });
        let customer = made(&setup, &body);
        for field in ["name", "address", "notes"] {
            assert_eq!(customer[field], *odd, "{field}");
        }
        let q: String = url::form_urlencoded::byte_serialize(odd.to_uppercase().as_bytes()).collect();
        let found = setup.json(&format!("{PATH}?q={q}"));
        assert_eq!(ids(&found), [customer["id"].as_str().unwrap()], "{odd}");
    }
    made(&setup, &json!({ "phone": "+12025550123" }));
    assert_eq!(ids(&setup.json(&format!("{PATH}?q=555012"))).len(), 1);
    assert_eq!(ids(&setup.json(&format!("{PATH}?q=%2B1%20(202)%20555-01"))).len(), 1, "as people write it");
    assert_eq!(ids(&setup.json(&format!("{PATH}?phone=%2B1%20202%20555%200123"))).len(), 1);
    assert_eq!(ids(&setup.json(&format!("{PATH}?q=%25"))).len(), 1, "a wildcard is an ordinary character");
    let first = setup.json(&format!("{PATH}?limit=5"));
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(ids(&setup.json(&format!("{PATH}?cursor={cursor}"))).len(), 3);
}

#[test]
fn exported_customers_run_nothing_in_a_spreadsheet() {
    let setup = Setup::open();
    let organization_id = setup.store.organization_id();
    // More than are held in memory at a time, in a whole number of parts.
    let many = 2 * CSV_CUSTOMERS_AT_ONCE - 1;
    let numbers: Vec<_> = (0..many).collect();
    // A change has 2 s, on a busy machine as well.
    for some in numbers.chunks(100) {
        let some = some.to_vec();
        setup.change(move |connection| {
            for number in some {
                let phone = format!("+4930{number:06}").parse().unwrap();
                let id = CustomerId(Uuid::now_v7());
                change::create_customer(connection, &Customer::new(id, organization_id, Some(phone), now()))?;
            }
            Ok(())
        });
    }
    made(
        &setup,
        &json!({
            "name": "=cmd|' /C calc'!A1", "phone": "+493055500001", "other_numbers": ["+493055500002"],
            "tags": ["@SUM(1)", "roof"], "notes": "two\nlines", "verified": true,
        }),
    );
    let answer = setup.get("/api/v1/customers.csv?limit=10");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").unwrap(), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").unwrap().contains("customers.csv"));
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut file = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        file.headers().unwrap().iter().skip(3).take(3).collect::<Vec<_>>(),
        ["name", "phone", "other_numbers"]
    );
    let rows: Vec<csv::StringRecord> = file.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), usize::try_from(many).unwrap() + 1);
    let odd: Vec<&str> = rows[0].iter().skip(3).collect();
    let expected = [
        "'=cmd|' /C calc'!A1",
        "'+493055500001",
        "'+493055500002",
        "",
        "",
        "",
        "'@SUM(1), roof",
        "two\nlines",
        "true",
        "false",
    ];
    assert_eq!(odd, expected);
    let phones: BTreeSet<&str> = rows.iter().filter_map(|row| row.get(4)).collect();
    assert_eq!(phones.len(), rows.len(), "a customer is in the file twice");

    // The filters of the list, and its refusals.
    let narrowed = setup.get("/api/v1/customers.csv?q=55500002").text();
    assert_eq!((narrowed.matches("calc").count(), narrowed.matches("'+4930").count()), (1, 2), "{narrowed}");
    assert_eq!(setup.get("/api/v1/customers.csv?phone=%2B4930000007").text().lines().count(), 2);
    assert_eq!(setup.get("/api/v1/customers.csv?q=nobody").text().lines().count(), 1);
    for refused in ["columns=1", "phone=12", "limit=0"] {
        setup.get(&format!("/api/v1/customers.csv?{refused}")).problem(400);
    }
    let exported = lines(&setup, "customers.exported", 4);
    assert_eq!(exported.len(), 4, "a refused export is in the log: {exported:?}");
    assert_eq!(exported[0]["detail"], r#"{"q":"nobody"}"#);

    // No customers of another organization.
    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    let hers = bearer(&setup, "GET", "/api/v1/customers.csv", &eve, &Value::Null);
    assert_eq!((hers.status, hers.text().lines().count()), (200, 1), "{hers:?}");
}

#[test]
fn all_faults_of_a_customer_are_reported_at_once() {
    let setup = Setup::open();
    let body = json!({
        "name": "two\nlines", "email": "nobody", "language": "deutsch bitte", "notes": "\u{0}",
        "address": "x".repeat(301), "tags": [""],
    });
    let answer = setup.send("POST", PATH, &body);
    answer.problem(422);
    let problem = answer.json();
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|fault| &fault["field"]).collect();
    assert_eq!(fields, ["name", "address", "notes", "email", "language", "tags"]);
    for phone in ["030 1234", "+49", "=+493012345678", "+49 30 1234 5678 9999 9"] {
        setup.send("POST", PATH, &json!({ "phone": phone })).problem(422);
    }
    setup.get(&format!("{PATH}?phone=12")).problem(400);
}

#[test]
fn events_and_to_dos_are_created_changed_and_completed() {
    let setup = Setup::open();
    let path = "/api/v1/activities";
    let todo = setup.send(
        "POST",
        path,
        &json!({ "type": "todo", "title": "Call Ada", "due_at": "2026-11-23T09:00:00+01:00" }),
    );
    assert_eq!(todo.status, 201, "{todo:?}");
    let (place, todo) = (todo.header("location").unwrap().to_owned(), todo.json());
    assert_eq!((&todo["due_at"], &todo["action"]), (&json!("2026-11-23T08:00:00.000Z"), &json!("created")));
    let event = setup
        .send("POST", path, &json!({ "type": "event", "title": "Open day", "at": "2026-12-01T08:00:00Z" }))
        .json();
    let changed = setup.send("PATCH", &place, &json!({ "title": "Call Ada back" })).json();
    assert_eq!((&changed["action"], &changed["due_at"]), (&json!("updated"), &todo["due_at"]));
    let done = setup.send("PATCH", &place, &json!({ "completed": true })).json();
    assert_eq!((&done["action"], &done["title"]), (&json!("completed"), &json!("Call Ada back")));
    assert_eq!(setup.json(&place), done);
    assert_eq!(ids(&setup.json(&format!("{path}?type=event"))), [event["id"].as_str().unwrap()]);
    assert_eq!(ids(&setup.json(&format!("{path}?action=completed"))), [done["id"].as_str().unwrap()]);

    setup.send("PATCH", &place, &json!({ "at": "2026-12-01T08:00:00Z" })).problem(422);
    for body in [
        json!({ "type": "event", "title": "x", "due_at": "2026-12-01T08:00:00Z" }),
        json!({ "type": "todo", "title": " " }),
        json!({ "type": "todo", "title": "x", "due_at": "2500-12-01T08:00:00Z" }),
        json!({ "type": "todo", "title": "x", "call_id": Uuid::now_v7() }),
    ] {
        setup.send("POST", path, &body).problem(422);
    }
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let body = json!({ "type": "todo", "title": "x", "call_id": said.call_id });
    assert_eq!(setup.send("POST", path, &body).status, 201);
    assert_eq!(ids(&setup.json(&format!("{path}?call_id={}", said.call_id))).len(), 1);
}

#[test]
fn a_messages_state_never_goes_back() {
    let setup = Setup::open();
    let organization_id = setup.store.organization_id();
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        organization_id,
        customer_id: None,
        call_id: None,
        direction: Direction::Outbound,
        from: "+493011111111".to_owned(),
        to: "+493012345678".to_owned(),
        body: "See you 🦊".to_owned(),
        template: None,
        status: MessageStatus::Sending,
        sid: Some("SM1".to_owned()),
        error_code: None,
        segments: Some(1),
        done_at: None,
        done_by: None,
        created_at: now(),
        updated_at: now(),
    };
    setup.change(move |connection| change::create_message(connection, &message));
    let follow = |sid: &'static str, status| {
        setup.change(move |connection| {
            let heard = DeliveryReport { status, sid: None, error_code: None };
            Ok(change::hear_of_text(
                connection,
                None,
                &MessageName::Sid(sid.to_owned()),
                &heard,
                (&OwnNumbers::default(), now()),
            )?
            .is_some())
        })
    };
    for told in [MessageStatus::Delivered, MessageStatus::Sent, MessageStatus::Delivered] {
        assert!(follow("SM1", told));
        let page = setup.json("/api/v1/messages?direction=outbound");
        assert_eq!(page["items"][0]["status"], "delivered");
        assert_eq!(page["items"][0]["body"], "See you 🦊");
    }
    assert!(!follow("SM2", MessageStatus::Sent));
    assert_eq!(setup.json("/api/v1/messages?status=queued")["items"], json!([]));
}
