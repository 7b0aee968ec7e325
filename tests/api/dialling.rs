//! Targets to which calls may be transferred and which they may dial: extensions and dial policy, changed by programs.

use cordboard::config::{Config, Dialling, ExtensionName, Extensions, Loaded};
use cordboard::store::query;
use cordboard_schema::time::UnixMs;
use serde_json::{Value, json};

use crate::setup::Setup;

const PATH: &str = "/api/v1/extensions";
const POLICY: &str = "/api/v1/dial-policy";

fn house_with_operator() -> Setup {
    let name: ExtensionName = "operator".parse().unwrap();
    let config = Config {
        extensions: Extensions::from_iter([(name, "internal,2001,1".parse().unwrap())]),
        ..Config::default()
    };
    Setup::open_with(Loaded::from(config))
}

fn at(name: &str) -> String {
    format!("{PATH}/{name}")
}

#[test]
fn an_extension_is_created_shown_changed_and_removed() {
    let setup = house_with_operator();
    let listed = setup.json(PATH);
    let operator = json!({
        "name": "operator", "title": "", "target": "internal,2001,1", "origin": "configuration",
        "revision": listed["items"][0]["revision"],
    });
    assert_eq!(listed, json!({ "items": [operator], "next_cursor": null }));

    let wanted = json!({ "name": "sales", "title": " Sales, second floor ", "target": "internal, 2002, 1" });
    let made = setup.send("POST", PATH, &wanted);
    assert_eq!((made.status, made.header("location")), (201, Some(&*at("sales"))));
    let sales = json!({
        "name": "sales", "title": "Sales, second floor", "target": "internal,2002,1", "origin": "organization",
        "revision": made.json()["revision"],
    });
    assert!(sales["revision"].is_string());
    assert_eq!(made.json(), sales);
    assert_eq!(setup.json(&at("sales")), sales);
    assert_eq!(setup.json(PATH)["items"], json!([operator, sales]), "by name");
    assert_eq!(setup.send("POST", PATH, &wanted).problem_code(409), "name_taken");

    let changed = setup.send("PUT", &at("sales"), &json!({ "target": "internal,2003,1" }));
    assert_eq!((changed.status, &changed.json()["target"]), (200, &json!("internal,2003,1")));
    assert_eq!(setup.json(&at("sales"))["title"], "", "a `PUT` replaces all of it");
    assert_eq!(setup.send("DELETE", &at("sales"), &Value::Null).status, 204);
    setup.get(&at("sales")).problem(404);
    setup.send("DELETE", &at("sales"), &Value::Null).problem(404);
    setup.send("PUT", &at("sales"), &json!({ "target": "internal,2003,1" })).problem(404);
}

#[test]
fn a_configured_extension_stays_until_the_organization_replaces_it() {
    let setup = house_with_operator();
    let target = json!({ "target": "elsewhere,1,1" });
    assert_eq!(setup.send("PUT", &at("operator"), &target).problem_code(409), "configured");
    assert_eq!(setup.send("DELETE", &at("operator"), &Value::Null).problem_code(409), "configured");
    let own = json!({ "name": "operator", "target": "elsewhere,1,1" });
    assert_eq!(setup.send("POST", PATH, &own).status, 201);
    let shown = setup.json(&at("operator"));
    assert_eq!((&shown["target"], &shown["origin"]), (&json!("elsewhere,1,1"), &json!("organization")));
    assert_eq!(setup.json(PATH)["items"].as_array().unwrap().len(), 1);
    assert_eq!(setup.send("DELETE", &at("operator"), &Value::Null).status, 204);
    assert_eq!(setup.json(&at("operator"))["origin"], "configuration");
}

#[test]
fn no_extension_contains_dialplan_syntax() {
    let setup = Setup::open();
    for target in ["internal,2001", "internal,20 01,1", "internal,2001&park,1", "a,${x},1", "a,1\r\nb,1"] {
        let answer = setup.send("POST", PATH, &json!({ "name": "sales", "target": target }));
        assert_eq!(answer.problem_code(422), "invalid", "{target:?}");
    }
    for name in ["", "Sales", "a b", "a/b", "ä"] {
        let answer = setup.send("POST", PATH, &json!({ "name": name, "target": "internal,1,1" }));
        assert_eq!(answer.json()["errors"][0]["field"], "name", "{name:?}");
    }
    for title in ["x".repeat(101), "a\nb".to_owned()] {
        let body = json!({ "name": "sales", "title": title, "target": "internal,1,1" });
        assert_eq!(setup.send("POST", PATH, &body).json()["errors"][0]["field"], "title");
    }
    assert_eq!(setup.json(PATH)["items"], json!([]));
}

#[test]
fn a_dial_policy_only_narrows_the_configured_one() {
    let allowed = ["+49*", "110"].map(|pattern| pattern.parse().unwrap());
    let dial_policy =
        Dialling { numbers_allowed: Some(allowed.into_iter().collect()), ..Dialling::default() };
    let setup = Setup::open_with(Loaded::from(Config { dial_policy, ..Config::default() }));
    let configured = json!({ "numbers_allowed": ["+49*", "110"], "per_call_max": 5, "per_day_max": 1000 });
    let usual = json!({ "numbers_allowed": [], "per_call_max": 5, "per_day_max": 1000 });
    assert_eq!(unrevised(setup.json(POLICY)), configured);
    let wanted = json!({ "numbers_allowed": ["+4930*", "110"], "per_call_max": 2, "per_day_max": 0 });
    for _ in 0..2 {
        let set = setup.send("PUT", POLICY, &wanted);
        assert_eq!((set.status, unrevised(set.json())), (200, wanted.clone()));
        assert_eq!(unrevised(setup.json(POLICY)), wanted);
    }
    let mut named = wanted.clone();
    named["per_day_max"] = json!(7);
    let changed = setup.send("PATCH", POLICY, &json!({ "per_day_max": 7 })).json();
    assert_eq!((unrevised(changed), unrevised(setup.json(POLICY))), (named.clone(), named));
    assert_eq!(setup.send("PATCH", POLICY, &json!({ "per_call_max": 6 })).problem_code(422), "invalid");
    let whole = setup.send("PUT", POLICY, &json!({})).json();
    assert_eq!(unrevised(whole), usual, "a `PUT` replaces all of it");
    for (body, named) in [
        (json!({ "numbers_allowed": ["*"] }), "is not a pattern"),
        (json!({ "numbers_allowed": ["1\r\n2"] }), "is not a pattern"),
        (json!({ "numbers_allowed": vec!["1"; 101] }), "at most 100"),
        (json!({ "per_call_max": 6 }), "at most 5"),
        (json!({ "per_day_max": 1_001 }), "at most 1000"),
        (json!({ "numbers_allowed": ["+44*"] }), "dial_policy.numbers_allowed"),
        (json!({ "per_day_max": -1 }), "-1"),
    ] {
        let detail = setup.send("PUT", POLICY, &body).problem(422);
        assert!(detail.contains(named), "{body}: {detail}");
    }
    assert_eq!(unrevised(setup.json(POLICY)), usual);
}

/// Returns a policy without its revision.
fn unrevised(mut policy: Value) -> Value {
    policy.as_object_mut().unwrap().remove("revision").unwrap();
    policy
}

#[test]
fn new_calls_get_the_changed_dialling_settings() {
    let setup = Setup::open();
    setup.send("POST", PATH, &json!({ "name": "sales", "target": "internal,2002,1" }));
    setup.send("PUT", POLICY, &json!({ "per_call_max": 2 }));
    let (store, day) = (setup.store.clone(), UnixMs(0));
    let organization_id = store.organization_id();
    let read = store.reads().run(move |connection| query::dialling_everywhere(connection, day));
    let dialling = actix::System::new().block_on(read).unwrap().found.remove(&organization_id).unwrap();
    assert_eq!(dialling.extensions["sales"], "internal,2002,1".parse().unwrap());
    assert_eq!((dialling.policy.unwrap().per_call_max, dialling.dialled_today), (2, 0));
}
