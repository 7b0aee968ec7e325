//! `Idempotency-Key`: a client that repeats a request gets the same answer, and nothing is created twice.

use std::thread;

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::people::{holds, owner};
use crate::setup::{ADMIN, Answer, Setup};

const CUSTOMERS: &str = "/api/v1/customers";
const TOKENS: &str = "/api/v1/api-tokens";

fn keyed_as(setup: &Setup, token: &str, (path, key): (&str, &str), body: &Value) -> Answer {
    let authorization = format!("Bearer {token}");
    setup.ask("POST", path, &[("Authorization", &authorization), ("Idempotency-Key", key)], body)
}

fn keyed(setup: &Setup, asked: (&str, &str), body: &Value) -> Answer {
    keyed_as(setup, ADMIN, asked, body)
}

fn count(setup: &Setup, path: &str) -> usize {
    setup.json(path)["items"].as_array().unwrap().len()
}

#[test]
fn the_same_request_is_done_once_and_answered_the_same() {
    let setup = Setup::open();
    let body = json!({ "phone": "+493012345678", "name": "Ada" });
    let first = keyed(&setup, (CUSTOMERS, "import-1"), &body);
    assert_eq!(first.status, 201, "{first:?}");
    let again = keyed(&setup, (CUSTOMERS, "import-1"), &json!({ "name": "Ada", "phone": "+493012345678" }));
    assert_eq!((again.status, again.json()), (201, first.json()));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(count(&setup, CUSTOMERS), 1);

    let other = keyed(&setup, (CUSTOMERS, "import-1"), &json!({ "name": "Grace" }));
    assert_eq!(other.problem_code(422), "idempotency_key_reused");
    let elsewhere = keyed(&setup, ("/api/v1/dispositions", "import-1"), &json!({ "name": "Sold" }));
    assert_eq!(elsewhere.problem_code(422), "idempotency_key_reused");
    assert_eq!(keyed(&setup, (CUSTOMERS, "import-2"), &json!({ "name": "Grace" })).status, 201);
    assert_eq!(count(&setup, CUSTOMERS), 2);
    let without = json!({ "name": "Grace" });
    for _ in 0..2 {
        assert_eq!(
            setup.send("POST", CUSTOMERS, &without).status,
            201,
            "each request without a key is carried out"
        );
    }
}

#[test]
fn an_idempotency_key_belongs_to_its_owner() {
    let setup = Setup::open();
    let owner = owner(&setup, "ada@example.com");
    let body = json!({ "name": "Ada" });
    let ours = keyed(&setup, (CUSTOMERS, "one"), &body);
    let theirs = keyed_as(&setup, owner.as_str().unwrap(), (CUSTOMERS, "one"), &body);
    assert_eq!((ours.status, theirs.status), (201, 201));
    assert_ne!(ours.json()["id"], theirs.json()["id"]);
    assert_eq!(keyed_as(&setup, "no-token", (CUSTOMERS, "one"), &body).status, 401);
}

#[test]
fn a_repeated_key_makes_a_secret_once_without_keeping_it() {
    let setup = Setup::open();
    let body = json!({ "name": "export", "scopes": ["calls_read"], "expires_in_days": null });
    let first = keyed(&setup, (TOKENS, "token-1"), &body);
    assert_eq!(first.status, 201, "{first:?}");
    let made = first.json();
    let again = keyed(&setup, (TOKENS, "token-1"), &body);
    assert_eq!(again.problem_code(409), "answer_not_kept");
    let told = again.problem(409);
    assert!(told.contains(made["id"].as_str().unwrap()), "the id of what was created: {told}");
    assert_eq!(count(&setup, TOKENS), 1);
    assert!(!holds(&setup, made["token"].as_str().unwrap()));
}

#[test]
fn a_refused_request_creates_nothing_and_frees_its_key() {
    let setup = Setup::open();
    let taken = json!({ "phone": "+493012345678" });
    let there = setup.send("POST", CUSTOMERS, &taken).header("location").unwrap().to_owned();
    let refused = keyed(&setup, (CUSTOMERS, "one"), &taken);
    assert_eq!(refused.problem_code(409), "phone_taken");
    assert_eq!(setup.send("DELETE", &there, &Value::Null).status, 204);
    let later = keyed(&setup, (CUSTOMERS, "one"), &taken);
    assert_eq!(later.status, 201, "nothing was created under the key: {later:?}");
    assert_eq!(keyed(&setup, (CUSTOMERS, "one"), &taken).json(), later.json());

    assert_eq!(keyed(&setup, (CUSTOMERS, "two"), &json!({ "phone": "7" })).status, 422);
    assert_eq!(keyed(&setup, (CUSTOMERS, "two"), &json!({ "name": "Ada" })).status, 201);
    // A refusal by the change itself, which alone knows the calls.
    let activity = |call_id: Value| json!({ "type": "todo", "title": "hello", "call_id": call_id });
    let asked = ("/api/v1/activities", "three");
    for _ in 0..2 {
        let refused = keyed(&setup, asked, &activity(json!(uuid::Uuid::nil())));
        assert_eq!(refused.problem_code(422), "invalid", "{refused:?}");
        assert_eq!(refused.json()["errors"][0]["field"], "call_id", "{refused:?}");
    }
    let corrected = keyed(&setup, asked, &activity(Value::Null));
    assert_eq!(corrected.status, 201, "{corrected:?}");
    assert_eq!(keyed(&setup, asked, &activity(Value::Null)).json(), corrected.json());
}

#[test]
fn a_temporary_refusal_leaves_its_key_free() {
    const REASONS: &str = "/api/v1/presence-reasons";
    let setup = Setup::open();
    let mut number = 0;
    let full = loop {
        number += 1;
        let made = setup.send("POST", REASONS, &json!({ "name": format!("reason {number}") }));
        if made.status != 201 {
            break made;
        }
    };
    assert_eq!(full.problem_code(409), "too_many");
    let lunch = json!({ "name": "Lunch" });
    for _ in 0..2 {
        assert_eq!(keyed(&setup, (REASONS, "one"), &lunch).problem_code(409), "too_many");
    }
    let first = setup.json(REASONS)["items"][0]["id"].clone();
    assert_eq!(
        setup.send("DELETE", &format!("{REASONS}/{}", first.as_str().unwrap()), &Value::Null).status,
        204
    );
    let made = keyed(&setup, (REASONS, "one"), &lunch);
    assert_eq!(made.status, 201, "nothing was created under the key before: {made:?}");
    let again = keyed(&setup, (REASONS, "one"), &lunch);
    assert_eq!((again.status, again.json()), (201, made.json()));
}

#[test]
fn invalid_keys_are_refused_and_create_nothing() {
    let setup = Setup::open();
    for key in ["with blank", "", &"k".repeat(256)] {
        let refused = keyed(&setup, (CUSTOMERS, key), &json!({ "name": "Ada" }));
        assert_eq!(refused.json()["errors"][0]["field"], "Idempotency-Key", "{key:?}");
    }
    assert_eq!(count(&setup, CUSTOMERS), 0);
}

/// As after the death of a server between the change and its answer.
#[test]
fn a_lost_answer_never_repeats_its_request() {
    let setup = Setup::open();
    let body = json!({ "name": "Ada" });
    let made = keyed(&setup, (CUSTOMERS, "one"), &body).json();
    let lost = |seconds| {
        let lost = format!(
            "UPDATE idempotent_answers SET status = NULL, body = NULL, created_at = datetime('now', '-{seconds} seconds')"
        );
        setup.stranger().batch_execute(&lost).unwrap();
    };
    lost(0);
    let at_once = keyed(&setup, (CUSTOMERS, "one"), &body);
    assert_eq!(at_once.problem_code(409), "idempotency_key_in_use", "the answer may still arrive");
    assert!(at_once.problem(409).contains("send it again"), "it says what to do: {at_once:?}");
    lost(6);
    let again = keyed(&setup, (CUSTOMERS, "one"), &body);
    assert_eq!(again.problem_code(409), "answer_not_kept");
    assert!(again.problem(409).contains(made["id"].as_str().unwrap()));
    assert_eq!(count(&setup, CUSTOMERS), 1);
    // A day later the key is free.
    setup
        .stranger()
        .batch_execute("UPDATE idempotent_answers SET created_at = datetime('now', '-25 hours')")
        .unwrap();
    assert_eq!(keyed(&setup, (CUSTOMERS, "one"), &json!({ "name": "Grace" })).status, 201);
}

#[test]
fn a_file_is_imported_once_however_often_it_is_sent() {
    const FILE: &str = "/api/v1/leads.csv";
    let setup = Setup::open();
    let send = |path: &str, key: &str, file: &str| {
        setup.send_with("POST", path, &format!("Idempotency-Key: {key}\r\n"), file.as_bytes())
    };
    // Longer than other bodies with a key may be.
    let row = format!("{}\n", "Ada".repeat(20));
    let long = format!("name\n{}", row.repeat(1_200));
    let first = send(FILE, "one", &long);
    assert_eq!((first.status, &first.json()["made"]), (200, &json!(1_200)), "{first:?}");
    let again = send(FILE, "one", &long);
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!(send(FILE, "one", "name\nEve\n").problem_code(422), "idempotency_key_reused");
    // A refused file leaves its key free, and so does one that is only checked.
    send(FILE, "two", "a,b\n1,2\n").problem(422);
    send(FILE, "two", &"x".repeat(2 * 1024 * 1024 + 1)).problem(413);
    assert_eq!(send(&format!("{FILE}?preview=true"), "two", "name\nEve\n").json()["good"], 1);
    assert_eq!(send(FILE, "two", "name\nEve\n").json()["made"], 1);
    // As after the death of a server between the import and its answer.
    let lost = "UPDATE idempotent_answers SET status = NULL, body = NULL, created_at = datetime('now', '-6 seconds')";
    setup.stranger().batch_execute(lost).unwrap();
    assert_eq!(send(FILE, "two", "name\nEve\n").problem_code(409), "answer_not_kept");
    let log = setup.json("/api/v1/audit-log");
    let imports = log["items"].as_array().unwrap().iter().filter(|line| line["action"] == "leads.imported");
    assert_eq!(imports.count(), 2);
}

#[test]
fn one_of_several_simultaneous_requests_is_carried_out() {
    let setup = Setup::open();
    let body = json!({ "name": "Ada" });
    let answers: Vec<Answer> = thread::scope(|scope| {
        let asking: Vec<_> =
            (0..8).map(|_| scope.spawn(|| keyed(&setup, (CUSTOMERS, "one"), &body))).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.problem_code(409), "idempotency_key_in_use");
    }
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert_eq!(count(&setup, CUSTOMERS), 1);
    assert_eq!(keyed(&setup, (CUSTOMERS, "one"), &body).status, 201);
}
