//! `GET /api/customer/data`: who is calling, for the agent who gets the caller.

use bytes::Bytes;
use cordboard::cache::Cache;
use cordboard_schema::cache_key::{KeyExtension, KeySpace};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::permission::Role;
use serde_json::{Value, json};
use std::time::Duration;

use crate::isolation::{another_organization, somebody};
use crate::people::{bearer, owner};
use crate::setup::Setup;

const SID: &str = "CA0123456789abcdef0123456789abcdef";
const OTHER_SID: &str = "CA1123456789abcdef0123456789abcdef";
const CALL: &str = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10";
const OTHER_CALL: &str = "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e11";

fn profile(organization_id: OrganizationId, sid: Option<&str>, call_id: &str, name: &str) -> Value {
    let mut profile = json!({
        "organization_id": organization_id, "source": "twilio", "call_id": call_id,
        "customer": { "id": null, "name": name, "email": "", "phone": "", "known_by": "nothing" },
        "conversation_history": [
            { "role": "caller", "content": "<img src=x onerror=alert(1)>", "at": "2026-11-22T10:00:00.000Z" },
        ],
        "activities": [], "summary": "", "earlier_calls": [],
    });
    if let Some(sid) = sid {
        profile["call_sid"] = json!(sid);
    }
    profile
}

/// Caches a profile under all its keys for extension 2001.
fn cache(setup: &Setup, profile: &Value) {
    let organization_id: OrganizationId = profile["organization_id"].as_str().unwrap().parse().unwrap();
    let space = KeySpace::of(organization_id, setup.store.organization_id());
    let call_id: CallId = profile["call_id"].as_str().unwrap().parse().unwrap();
    let sid = profile["call_sid"].as_str().map(|sid| sid.parse().unwrap());
    let keys = space.customer_keys(&KeyExtension::new("2001").unwrap(), sid.as_ref(), call_id);
    let value = Bytes::from(profile.to_string());
    setup.block_on(setup.cache.set(&keys, value, Duration::from_secs(60))).unwrap();
}

fn path(query: &str) -> String {
    format!("/api/customer/data?extension=2001{query}")
}

#[test]
fn a_profile_is_found_by_sid_then_id_then_extension() {
    let setup = Setup::open();
    let first = setup.store.organization_id();
    cache(&setup, &profile(first, Some(SID), CALL, "Anna"));
    cache(&setup, &profile(first, None, OTHER_CALL, "Bert"));
    for (query, source, name) in [
        (format!("&call_sid={SID}"), "call_sid", "Anna"),
        (format!("&call_sid={SID}&call_id={OTHER_CALL}"), "call_sid", "Anna"),
        (format!("&call_id={CALL}"), "call_id", "Anna"),
        (format!("&call_sid={OTHER_SID}&call_id={OTHER_CALL}"), "call_id", "Bert"),
        (String::new(), "extension", "Bert"),
        ("&call_sid=&call_id=".to_owned(), "extension", "Bert"),
    ] {
        let told = setup.get(&path(&query)).json();
        assert_eq!((&told["source"], &told["customer"]["name"]), (&json!(source), &json!(name)), "{query}");
        assert_eq!(told["profile_source"], "twilio");
        let content = &told["conversation_history"][0]["content"];
        assert_eq!(content, "<img src=x onerror=alert(1)>", "text stays text");
        assert!(told.get("organization_id").is_none());
    }
}

#[test]
fn a_caller_is_shown_with_later_changes() {
    let setup = Setup::open();
    let mut new = profile(setup.store.organization_id(), None, CALL, "");
    new["customer"]["phone"] = json!("+49 170 5550001");
    cache(&setup, &new);
    let known = || setup.json(&path(&format!("&call_id={CALL}")))["customer"].clone();
    assert_eq!(known(), new["customer"], "no customer has this number");
    let saved = json!({ "phone": "+491705550001", "name": "Anna Example", "email": "anna@example.com" });
    let saved = setup.send("POST", "/api/v1/customers", &saved).json();
    let now = json!({
        "id": saved["id"], "name": "Anna Example", "email": "anna@example.com", "phone": "+491705550001",
        "known_by": "number",
    });
    assert_eq!(known(), now);
    // Customers of another organization are not searched.
    let other = another_organization(&setup);
    let mut theirs = new.clone();
    theirs["organization_id"] = json!(other);
    cache(&setup, &theirs);
    let eve = somebody(&setup, other, Role::Owner);
    let told = bearer(&setup, "GET", &path(&format!("&call_id={CALL}")), &eve, &Value::Null).json();
    assert_eq!(told["customer"], new["customer"]);
    // A customer who was found by their number is shown with their current data until they are removed.
    let mut found = new.clone();
    found["customer"] = now;
    cache(&setup, &found);
    let at = format!("/api/v1/customers/{}", saved["id"].as_str().unwrap());
    assert_eq!(setup.send("PATCH", &at, &json!({ "name": "Anna Brown" })).status, 200);
    assert_eq!(known()["name"], "Anna Brown");
    assert_eq!(setup.send("DELETE", &at, &Value::Null).status, 204);
    let gone = known();
    assert_eq!((&gone["id"], &gone["name"], &gone["email"]), (&Value::Null, &json!(""), &json!("")));
    assert_eq!(gone["known_by"], "nothing");
}

#[test]
fn naming_a_call_never_shows_another_calls_caller() {
    let setup = Setup::open();
    cache(&setup, &profile(setup.store.organization_id(), Some(SID), CALL, "Anna"));
    let named = [
        format!("&call_sid={OTHER_SID}"),
        format!("&call_id={OTHER_CALL}"),
        format!("&call_sid={OTHER_SID}&call_id={OTHER_CALL}"),
    ];
    for query in named {
        let answer = setup.get(&path(&query));
        answer.problem(404);
        assert_eq!(answer.json()["code"], "profile_not_cached", "{query}");
    }
    setup.get("/api/customer/data?extension=2002").problem(404);
}

#[test]
fn invalid_values_are_named() {
    let setup = Setup::open();
    let long = "1".repeat(80);
    for (query, named) in [
        ("".to_owned(), "extension"),
        ("?extension=".to_owned(), "`extension`"),
        (format!("?extension={long}"), "`extension`"),
        ("?extension=2001&call_sid=17".to_owned(), "`call_sid`"),
        ("?extension=2001&call_id=17".to_owned(), "`call_id`"),
        ("?extension=2001&user=17".to_owned(), "user"),
    ] {
        let detail = setup.get(&format!("/api/customer/data{query}")).problem(400);
        assert!(detail.contains(named), "{query}: {detail}");
    }
    setup.get("/api/customer/data?extension=20%3A01%2A%0A").problem(404);
}

#[test]
fn agents_only_see_callers_of_their_own_extension() {
    let setup = Setup::open();
    let first = setup.store.organization_id();
    let other = another_organization(&setup);
    cache(&setup, &profile(first, Some(SID), CALL, "Anna"));
    setup.request("GET", &path(""), &[]).problem(401);
    let eve = somebody(&setup, other, Role::Owner);
    for query in ["".to_owned(), format!("&call_sid={SID}"), format!("&call_id={CALL}")] {
        let answer = bearer(&setup, "GET", &path(&query), &eve, &Value::Null);
        answer.problem(404);
        assert!(!String::from_utf8_lossy(&answer.body).contains("Anna"));
    }
    // The organization in the value counts, not the one in the key.
    let mut forged = profile(other, Some(SID), CALL, "Anna");
    cache(&setup, &forged);
    assert_eq!(bearer(&setup, "GET", &path(""), &eve, &Value::Null).status, 200);
    forged["organization_id"] = json!(first);
    let key = KeySpace::of(other, first).customer(&KeyExtension::new("2001").unwrap());
    let value = Bytes::from(forged.to_string());
    setup.block_on(setup.cache.set(&[key], value, Duration::from_secs(60))).unwrap();
    bearer(&setup, "GET", &path(""), &eve, &Value::Null).problem(404);

    let agent = somebody(&setup, first, Role::Agent);
    let answer = bearer(&setup, "GET", &path(""), &agent, &Value::Null);
    answer.problem(403);
    assert_eq!(answer.json()["code"], "not_allowed");
    let supervisor = somebody(&setup, first, Role::Supervisor);
    assert_eq!(bearer(&setup, "GET", &path(""), &supervisor, &Value::Null).status, 200);
}

#[test]
fn a_program_needs_both_scopes_for_customer_data() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    cache(&setup, &profile(setup.store.organization_id(), None, CALL, "Anna"));
    for (scopes, status) in [
        (vec!["customers_read", "calls_read"], 200),
        (vec!["customers_read"], 403),
        (vec!["calls_read"], 403),
    ] {
        let body = json!({ "name": scopes.join(" "), "scopes": scopes });
        let made = bearer(&setup, "POST", "/api/v1/api-tokens", &ada, &body);
        assert_eq!(made.status, 201, "{made:?}");
        let token = made.json()["token"].clone();
        assert_eq!(bearer(&setup, "GET", &path(""), &token, &Value::Null).status, status, "{scopes:?}");
    }
}
