//! The API document, compared with the server that it describes.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::limits::{IDEMPOTENCY_KEYS_OF_ONE_MAX, IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX};
use cordboard_test_support::json_references::references_in;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::{ADMIN, Answer, Setup};

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

fn document(setup: &Setup) -> Value {
    let answer = setup.request("GET", "/api/openapi.json", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.json()
}

/// Returns every operation: its path, its method in upper case, and its description in the document.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                all.push((path.clone(), method.to_uppercase(), operation.clone()));
            }
        }
    }
    all
}

#[test]
fn document_and_router_have_the_same_paths_and_methods() {
    let setup = Setup::open();
    let document = document(&setup);
    assert_eq!(document["openapi"], "3.1.0");
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&document) {
        documented.entry(path).or_default().insert(method);
    }
    let routed: BTreeMap<String, BTreeSet<String>> = cordboard::web::paths()
        .into_iter()
        .map(|(path, allowed)| (path.to_owned(), allowed.split(", ").map(str::to_owned).collect()))
        .collect();
    assert_eq!(documented, routed);

    // The list matches the server: the answer to an unknown method names the allowed ones.
    for (path, methods) in documented {
        let concrete = filled(&path, &some_id());
        let answer = setup.send("PROPFIND", &concrete, &Value::Null);
        answer.problem(405);
        let allowed: BTreeSet<String> =
            answer.header("allow").unwrap().split(", ").map(str::to_owned).collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[test]
fn every_answer_is_one_that_the_document_names() {
    let setup = Setup::open();
    let document = document(&setup);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let mut seen = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let is_endless = path == "/api/v1/live";
        let bodies = [
            Value::Null,
            json!({}),
            json!({ "text": "x", "digits": "1", "name": "x", "level": "info" }),
            json!({ "name": "x", "target": "internal,1,1" }),
            json!({ "target": "sales" }),
            json!({ "call_id": some_id() }),
            json!({ "extension": "200" }),
            json!({ "ids": [some_id()] }),
            json!({ "url": "http://127.0.0.1:1/", "events": ["call.ended"] }),
            json!({ "profile_id": some_id(), "digits": "1", "action": { "action": "repeat" } }),
            json!({ "action": { "action": "repeat" } }),
            json!([]),
        ];
        let ids = [said.call_id.to_string(), some_id(), "17".to_owned()];
        let mut addresses = Vec::from(ids.map(|id| filled(&path, &id)));
        // A request without a body is sent only once to each address.
        let takes_body = !operation["requestBody"].is_null();
        let bodies = if takes_body { &bodies[..] } else { &bodies[..2] };
        if !takes_body {
            addresses.dedup();
        }
        for concrete in addresses {
            let check = |answer: &Answer| {
                let status = answer.status.to_string();
                let documented = &operation["responses"][&status];
                assert!(!documented.is_null(), "{method} {concrete} answered {status}: {answer:?}");
                if answer.status >= 400 && answer.header("content-type") == Some("application/problem+json") {
                    assert!(
                        !documented["content"]["application/problem+json"].is_null(),
                        "{method} {path} {status}"
                    );
                }
                answer.status
            };
            for body in bodies {
                if !is_endless {
                    seen.insert(check(&setup.send(&method, &concrete, body)));
                }
            }
            seen.insert(check(&setup.send(
                &method,
                &format!("{concrete}?limit=0&cursor=x&call_id=x"),
                &Value::Null,
            )));
            seen.insert(check(&setup.send(
                &method,
                &format!("{concrete}?{}", "x".repeat(5_000)),
                &Value::Null,
            )));
            let plain = [("Authorization", &*format!("Bearer {ADMIN}")), ("Content-Type", "text/plain")];
            if !is_endless {
                seen.insert(check(&setup.request(&method, &concrete, &plain)));
            }
            let stranger = setup.request(&method, &concrete, &[]);
            seen.insert(check(&stranger));
            let is_open = operation["security"].as_array().is_some_and(|needed| needed.contains(&json!({})));
            assert_eq!(stranger.status == 401, !is_open, "{method} {path}: {}", stranger.status);
        }
    }
    for status in [200, 202, 400, 401, 404, 409, 414, 415, 422] {
        assert!(seen.contains(&status), "the walk met no {status}");
    }
}

#[test]
fn all_references_resolve_and_everything_is_described() {
    let setup = Setup::open();
    let document = document(&setup);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let references = references_in(&document);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name} is missing");
    }
    for (path, method, operation) in operations(&document) {
        for part in ["summary", "operationId"] {
            assert!(
                operation[part].as_str().is_some_and(|text| !text.is_empty()),
                "{method} {path}: no {part}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let named = format!("{method} {path} {}", parameter["name"]);
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{named}");
        }
    }
    let mut ids: Vec<String> =
        operations(&document).iter().map(|(_, _, operation)| operation["operationId"].to_string()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "two operations have the same id: {ids:?}");
}

#[test]
fn a_call_in_an_answer_matches_the_document() {
    let setup = Setup::open();
    let document = document(&setup);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let call = setup.json(&format!("/api/v1/calls/{}", said.call_id));
    let described: BTreeSet<&String> = ["Call", "CallView"]
        .iter()
        .flat_map(|name| members(&document["components"]["schemas"][name]))
        .collect();
    assert_eq!(call.as_object().unwrap().keys().collect::<BTreeSet<_>>(), described);
    let kinds = document["components"]["schemas"]["Fact"]["oneOf"].as_array().unwrap();
    assert_eq!(kinds.len(), cordboard_schema::event::Fact::KINDS.len());
}

fn members(schema: &Value) -> Vec<&String> {
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
    let of_parts = schema["allOf"].as_array().into_iter().flatten().flat_map(members);
    own.chain(of_parts).collect()
}

#[test]
fn parameters_document_all_limits_of_the_server() {
    let setup = Setup::open();
    let document = document(&setup);
    let mut lists = 0;
    for (path, method, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (schema, name) = (&parameter["schema"], parameter["name"].as_str().unwrap());
            let is = format!("{method} {path} {name}: {schema}");
            if let Some(format) = schema["format"].as_str().filter(|format| format.contains("int")) {
                assert!(schema["maximum"].is_number(), "{is}, of {format}");
            }
            if name == "Idempotency-Key" {
                let bounds = ["minLength", "maxLength", "pattern"].map(|bound| schema[bound].clone());
                assert_eq!(bounds, [json!(1), json!(255), json!("^[!-~]+$")], "{is}");
            }
            if name == "limit" {
                lists += 1;
                assert_eq!((&schema["minimum"], &schema["maximum"]), (&json!(1), &json!(200)), "{is}");
                for beyond in [0, 201] {
                    let asked = format!("{}?limit={beyond}", filled(&path, &some_id()));
                    let status = setup.get(&asked).status;
                    assert!([400, 404].contains(&status), "{asked}: {status}");
                }
            }
        }
    }
    assert!(lists > 10, "{lists} lists");
}

#[test]
fn every_operation_names_the_scope_that_a_token_needs() {
    let setup = Setup::open();
    let document = document(&setup);
    let rows = include_str!("identities/routes.txt").lines().filter(|line| !line.starts_with('#'));
    let needed: BTreeMap<(&str, &str), Option<&str>> = rows
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (method, path, who) = (words.next()?, words.next()?, words.next()?);
            let scope = match who {
                "socket" | "feed" => words.next(),
                "local" | "known" | "dialplan" | "session" | "page" | "everybody" => None,
                scope => Some(scope),
            };
            Some(((method, path), scope))
        })
        .collect();
    for (path, method, operation) in operations(&document) {
        let scope = needed.get(&(method.as_str(), path.as_str())).copied().flatten();
        assert_eq!(operation["x-permission"].as_str(), scope, "{method} {path}");
    }
}

#[test]
fn the_document_says_how_many_keys_one_token_has() {
    let setup = Setup::open();
    let document = document(&setup);
    let mut keyed = 0;
    for (path, method, operation) in operations(&document) {
        let has_key = |parameter: &Value| parameter["name"] == "Idempotency-Key";
        // Keys of calls are not counted.
        if path == "/api/v1/calls"
            || !operation["parameters"].as_array().is_some_and(|all| all.iter().any(has_key))
        {
            continue;
        }
        keyed += 1;
        let said = operation["responses"]["429"]["description"].as_str().unwrap_or_default().replace(',', "");
        for most in [IDEMPOTENCY_KEYS_OF_ONE_MAX, IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX] {
            assert!(said.contains(&most.to_string()), "{method} {path}: {said}");
        }
    }
    assert!(keyed > 10, "{keyed} operations take a key");
}

/// Returns a path with a value for each of its parameters.
fn filled(path: &str, id: &str) -> String {
    let ids = ["{id}", "{uuid}", "{profile_id}", "{delivery_id}", "{tool_id}"]
        .iter()
        .fold(path.to_owned(), |path, place| path.replace(place, id));
    ids.replace("{kind}", "openai")
        .replace("{digits}", "12")
        .replace("{name}", "sales")
        .replace("{port}", "9100")
        .replace("{token}", "nosuchlink")
        .replace("{version}", "1")
}

fn some_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
