//! Customers who are probably the same person, and merges of two customers.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::floor::last_done;
use crate::inbox::text_from;
use crate::setup::Setup;

const PATH: &str = "/api/v1/customers";
const DOUBLES: &str = "/api/v1/customers/doubles";

/// Makes a record, and returns its id.
pub(crate) fn made(setup: &Setup, path: &str, body: &Value) -> String {
    let answer = setup.send("POST", path, body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Returns the pairs by their names, with the reasons.
fn pairs(told: &Value) -> Vec<(String, String, Value)> {
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    let pair = |item: &Value| (name(&item["one"]), name(&item["other"]), item["why"].clone());
    told["items"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn likely_doubles_are_shown_until_a_user_separates_them() {
    let setup = Setup::open();
    let ada = made(
        &setup,
        PATH,
        &json!({ "name": "Ada Lovelace", "phone": "+493011111111", "email": "ada@example.com" }),
    );
    let other = made(&setup, PATH, &json!({ "name": "Lovelace, Ada", "email": "ADA@example.com" }));
    let hopper = made(&setup, PATH, &json!({ "name": "Grace Hopper", "phone": "+493022222222" }));
    let lead = json!({ "name": "G.", "need": "A roof", "phone": "+493033333333", "customer_id": hopper });
    made(&setup, "/api/v1/leads", &lead);
    made(&setup, PATH, &json!({ "name": "Rear Admiral", "phone": "+493033333333" }));
    made(&setup, PATH, &json!({ "name": "Ada" }));
    made(&setup, PATH, &json!({ "name": "<script>alert(1)</script>", "notes": "=1+1" }));
    let told = setup.json(DOUBLES);
    let expected = [
        ("Grace Hopper".to_owned(), "Rear Admiral".to_owned(), json!(["number"])),
        ("Ada Lovelace".to_owned(), "Lovelace, Ada".to_owned(), json!(["email", "name"])),
    ];
    assert_eq!((pairs(&told).as_slice(), &told["looked_at"]), (expected.as_slice(), &json!(6)));
    assert_eq!(pairs(&setup.json(&format!("{DOUBLES}?customer_id={other}"))), expected[1..]);

    let apart = json!({ "one_id": other, "other_id": ada });
    for _ in 0..2 {
        assert_eq!(setup.send("POST", DOUBLES, &apart).status, 204);
    }
    assert_eq!(last_done(&setup).0, "customer.kept_apart");
    assert_eq!(pairs(&setup.json(DOUBLES)), expected[..1]);
    setup.send("POST", DOUBLES, &json!({ "one_id": ada, "other_id": ada })).problem(422);
    setup.send("POST", DOUBLES, &json!({ "one_id": ada, "other_id": Uuid::now_v7() })).problem(404);
    setup.send("POST", DOUBLES, &json!({ "one_id": ada })).problem(422);
    setup.get(&format!("{DOUBLES}?customer_id=everybody")).problem(400);
}

#[test]
fn leads_with_our_own_number_cause_no_doubles() {
    let setup = Setup::open();
    let own = "+493098765000";
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone();
    made(&setup, "/api/v1/phone-numbers", &json!({ "number": own, "profile_id": profile }));
    for name in ["Ada Lovelace", "Grace Hopper"] {
        let customer = made(&setup, PATH, &json!({ "name": name }));
        let lead = json!({ "name": name, "need": "A roof", "phone": own, "customer_id": customer });
        made(&setup, "/api/v1/leads", &lead);
    }
    assert_eq!(pairs(&setup.json(DOUBLES)), []);
}

#[test]
fn merging_two_customers_keeps_all_their_records() {
    let setup = Setup::open();
    let kept = made(
        &setup,
        PATH,
        &json!({ "name": "Ada", "phone": "+493011111111", "notes": "Prefers mornings.", "tags": ["regular"], "verified": true }),
    );
    let other = made(
        &setup,
        PATH,
        &json!({ "name": "Ada Lovelace", "phone": "+493022222222", "email": "ada@example.com", "notes": "Has a dog.", "sms_opted_out": true }),
    );
    let lead =
        made(&setup, "/api/v1/leads", &json!({ "name": "Ada", "need": "A roof", "customer_id": other }));
    let slot = json!({ "service": "Visit", "starts_at": "2027-03-01T10:00:00Z", "ends_at": "2027-03-01T11:00:00Z", "customer_id": other });
    let appointment = made(&setup, "/api/v1/appointments", &slot);
    text_from(&setup, "+493022222222", "See you");
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());

    let path = format!("{PATH}/{kept}/merge/{other}");
    let shown = setup.json(&path);
    assert_eq!((&shown["kept"]["name"], &shown["other"]["name"]), (&json!("Ada"), &json!("Ada Lovelace")));
    assert_eq!((&shown["moves"]["leads"], &shown["moves"]["appointments"]), (&json!(1), &json!(1)));
    assert_eq!(shown["merged"]["notes"], "Prefers mornings.\n\nHas a dog.");
    assert_eq!(setup.json(&format!("{PATH}/{other}"))["name"], "Ada Lovelace", "a preview changes nothing");

    // One of them has changed since.
    let seen = |customer: &Value| customer["updated_at"].clone();
    let changed = setup.send("PATCH", &format!("{PATH}/{other}"), &json!({ "language": "en" })).json();
    let stale = json!({ "kept_updated_at": seen(&shown["kept"]), "other_updated_at": seen(&shown["other"]) });
    let refused = setup.send("POST", &path, &stale);
    assert_eq!(refused.problem_code(409), "edited_meanwhile");
    assert_eq!(refused.json()["current"]["language"], "en");

    let body = json!({
        "from_other": ["name"], "notes": "both", "kept_updated_at": seen(&shown["kept"]), "other_updated_at": seen(&changed),
    });
    let answer = setup.send("POST", &path, &body);
    let one = answer.json();
    assert_eq!(answer.status, 200, "{one}");
    assert_eq!(
        (&one["id"], &one["name"], &one["email"]),
        (&json!(kept), &json!("Ada Lovelace"), &json!("ada@example.com"))
    );
    assert_eq!((&one["phone"], &one["other_numbers"]), (&json!("+493011111111"), &json!(["+493022222222"])));
    assert_eq!(
        (&one["sms_opted_out"], &one["verified"]),
        (&json!(true), &json!(false)),
        "the stricter setting wins"
    );
    assert_eq!(setup.json(&format!("{PATH}/{kept}")), one);
    setup.get(&format!("{PATH}/{other}")).problem(404);
    for place in [format!("/api/v1/leads/{lead}"), format!("/api/v1/appointments/{appointment}")] {
        assert_eq!(setup.json(&place)["customer_id"], json!(kept), "{place}");
    }
    let (action, detail) = last_done(&setup);
    assert_eq!(action, "customer.merged");
    assert!(detail.contains(&other) && detail.contains("1 leads, 1 appointments"), "{detail}");

    // They are found by either number, and no other customer can have one of them.
    for number in ["%2B493011111111", "%2B493022222222"] {
        assert_eq!(setup.json(&format!("{PATH}?phone={number}"))["items"][0]["id"], json!(kept));
        assert_eq!(setup.json(&format!("{PATH}?q={}", &number[3..]))["items"][0]["id"], json!(kept));
    }
    let taken = json!({ "phone": "+493022222222" });
    assert_eq!(setup.send("POST", PATH, &taken).problem_code(409), "phone_taken");
    let taken = json!({ "other_numbers": ["+493011111111"] });
    assert_eq!(setup.send("POST", PATH, &taken).problem_code(409), "phone_taken");
    assert_eq!(setup.send("POST", &path, &json!({})).problem_code(404), "not_found");

    // A number that was the other customer's can be removed.
    let without = setup.send("PATCH", &format!("{PATH}/{kept}"), &json!({ "other_numbers": [] })).json();
    assert_eq!(without["other_numbers"], json!([]));
    made(&setup, PATH, &json!({ "phone": "+493022222222" }));
}

#[test]
fn an_impossible_merge_is_refused_and_moves_nothing() {
    let setup = Setup::open();
    let kept = made(&setup, PATH, &json!({ "name": "Ada", "notes": "a".repeat(3_000) }));
    let other = made(&setup, PATH, &json!({ "name": "Ada", "notes": "b".repeat(3_000) }));
    let path = format!("{PATH}/{kept}/merge/{other}");
    assert_eq!(setup.json(&path)["merged"], Value::Null);
    let refused = setup.send("POST", &path, &json!({}));
    refused.problem(422);
    assert_eq!(refused.json()["errors"][0]["field"], "notes");
    setup.send("POST", &format!("{PATH}/{kept}/merge/{kept}"), &json!({})).problem(422);
    for body in [json!({ "from_other": ["notes"] }), json!({ "notes": "mine" }), json!({ "keep": "all" })] {
        setup.send("POST", &path, &body).problem(422);
    }
    setup.get(&format!("{PATH}/{kept}/merge/nobody")).problem(400);
    assert_eq!(setup.json(&format!("{PATH}/{other}"))["name"], "Ada");
    assert_eq!(setup.send("POST", &path, &json!({ "notes": "other" })).json()["notes"], "b".repeat(3_000));
}
