//! Phone numbers: their owners, and what callers hear when no assistant answers.

use cordboard::config::{Config, Dialling, ExtensionName, Extensions, Loaded};
use cordboard::store::query;
use cordboard_schema::permission::Role;
use cordboard_schema::phone::E164;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::setup::Setup;

const PATH: &str = "/api/v1/phone-numbers";

fn receptionist(setup: &Setup) -> Value {
    setup.json("/api/v1/agent-profiles")["items"][0]["id"].clone()
}

fn at(number: &Value) -> String {
    format!("{PATH}/{}", number["id"].as_str().unwrap())
}

#[test]
fn a_phone_number_is_added_shown_changed_and_removed() {
    let allowed = ["+4930*"].map(|pattern| pattern.parse().unwrap());
    let dial_policy =
        Dialling { numbers_allowed: Some(allowed.into_iter().collect()), ..Dialling::default() };
    let setup = Setup::open_with(Loaded::from(Config { dial_policy, ..Config::default() }));
    let profile = receptionist(&setup);
    let made = setup.send("POST", PATH, &json!({ "number": "+49 (30) 123-456 78", "profile_id": profile }));
    assert_eq!(made.status, 201, "{made:?}");
    let number = made.json();
    assert_eq!(made.header("location"), Some(&*at(&number)));
    let defaults = json!({
        "id": number["id"],
        "number": "+493012345678",
        "profile_id": profile,
        "proof": "operator",
        "label": "",
        "mode": "media_streams",
        "closed": null,
        "no_capacity": { "do": "hang_up" },
        "blocked": { "do": "hang_up" },
        "blocked_callers": [],
        "block_anonymous": false,
        "unreached": [],
        "revision": number["revision"],
    });
    assert_eq!(number, defaults);
    assert_eq!(setup.json(&at(&number)), number);

    setup.send(
        "PUT",
        "/api/v1/dial-policy",
        &json!({ "numbers_allowed": ["+4930*"], "per_call_max": 2, "per_day_max": 20 }),
    );
    let wanted = json!({
        "number": "+493012345679",
        "profile_id": profile,
        "label": "الخط الرئيسي 📞",
        "mode": "gather",
        "closed": { "do": "voicemail", "text": "We are closed." },
        "no_capacity": { "do": "forward", "target": "+493012345600" },
        "blocked": { "do": "say", "text": "Goodbye." },
        "blocked_callers": ["+49 151 1234567", "+491511234567"],
        "block_anonymous": true,
    });
    let changed = setup.send("PUT", &at(&number), &wanted);
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = wanted;
    expected["id"] = number["id"].clone();
    expected["revision"] = changed.json()["revision"].clone();
    expected["proof"] = json!("operator");
    expected["unreached"] = json!([]);
    expected["blocked_callers"] = json!(["+491511234567"]);
    assert_eq!(changed.json(), expected);
    assert_eq!(setup.json(PATH)["items"], json!([expected]));

    let dialled = |number: &str| {
        let number: E164 = number.parse().unwrap();
        setup.store.reads().run_blocking(move |connection| query::phone_number(connection, &number)).unwrap()
    };
    assert_eq!(dialled("+493012345679").unwrap().organization_id, setup.store.organization_id());
    assert_eq!(dialled("+493012345678"), None, "the entry has another number now");

    assert_eq!(setup.send("DELETE", &at(&number), &Value::Null).status, 204);
    setup.get(&at(&number)).problem(404);
    setup.send("DELETE", &at(&number), &Value::Null).problem(404);
    let actions: Vec<Value> = setup.json("/api/v1/audit-log")["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].clone())
        .filter(|action| action.as_str().unwrap().starts_with("phone_number."))
        .collect();
    assert_eq!(actions, ["phone_number.removed", "phone_number.changed", "phone_number.added"]);
}

#[test]
fn forwarded_callers_are_never_led_in_a_circle() {
    let allowed = ["+4930*"].map(|pattern| pattern.parse().unwrap());
    let dial_policy =
        Dialling { numbers_allowed: Some(allowed.into_iter().collect()), ..Dialling::default() };
    let setup = Setup::open_with(Loaded::from(Config { dial_policy, ..Config::default() }));
    let profile = receptionist(&setup);
    let policy = json!({ "numbers_allowed": ["+4930*"], "per_call_max": 2, "per_day_max": 20 });
    assert_eq!(setup.send("PUT", "/api/v1/dial-policy", &policy).status, 200);
    let [main, night, third, outside] = ["+493012345671", "+493012345672", "+493012345673", "+493012345679"];
    let body = |number: &str, field: &str, target: &str| {
        let mut body = json!({ "number": number, "profile_id": profile });
        body[field] = json!({ "do": "forward", "target": target });
        body
    };
    let refused = |body: &Value, field: &str, path: Option<&str>| {
        let answer = setup.send(path.map_or("POST", |_| "PUT"), path.unwrap_or(PATH), body);
        assert_eq!(answer.problem_code(422), "invalid", "{answer:?}");
        let faults = answer.json()["errors"].clone();
        assert_eq!((&faults[0]["field"], &faults[0]["code"]), (&json!(field), &json!("leads_back")));
    };
    refused(&body(main, "closed", main), "closed", None);
    let add = |body: &Value| {
        let added = setup.send("POST", PATH, body);
        assert_eq!(added.status, 201, "{added:?}");
        added.json()
    };
    let first = add(&body(main, "closed", night));
    add(&body(night, "no_capacity", third));
    refused(&body(third, "blocked", main), "blocked", None);
    let last = add(&body(third, "closed", outside));
    refused(&body(third, "closed", main), "closed", Some(&at(&last)));
    let ended = setup.send("PUT", &at(&first), &body(main, "closed", outside));
    assert_eq!(ended.status, 200, "{ended:?}");
    let changed = setup.send("PUT", &at(&last), &body(third, "closed", main));
    assert_eq!(changed.status, 200, "the circle is open: {changed:?}");
}

#[test]
fn callers_are_forwarded_to_extensions_only_at_a_known_host() {
    let name: ExtensionName = "operator".parse().unwrap();
    let extensions = Extensions::from_iter([(name, "internal,2001,1".parse().unwrap())]);
    let setup = Setup::open_with(Loaded::from(Config { extensions, ..Config::default() }));
    let mut body = json!({ "number": "+493012345671", "profile_id": receptionist(&setup) });
    let added = setup.send("POST", PATH, &body).json();
    assert_eq!(added["unreached"], json!([]));
    body["closed"] = json!({ "do": "forward", "target": "operator" });
    let refused = setup.send("PUT", &at(&added), &body);
    assert_eq!(refused.problem_code(422), "invalid", "{refused:?}");
    let fault = refused.json()["errors"][0].clone();
    assert_eq!((&fault["field"], &fault["code"]), (&json!("closed"), &json!("no_sip_host")));
    // As if the host was removed later.
    let closed = &body["closed"];
    let set =
        format!("UPDATE phone_numbers SET answering = json_set(answering, '$.closed', json('{closed}'))");
    setup.stranger().batch_execute(&set).unwrap();
    let shown = setup.json(&at(&added));
    assert_eq!((&shown["closed"], &shown["unreached"]), (&body["closed"], &json!(["closed"])));
}

#[test]
fn a_number_is_one_organizations_only() {
    let setup = Setup::open();
    let body = json!({ "number": "+493012345678", "profile_id": receptionist(&setup) });
    assert_eq!(setup.send("POST", PATH, &body).status, 201);
    assert_eq!(setup.send("POST", PATH, &body).problem_code(409), "number_taken");
    // Callers and blocked numbers come without the zero of their country.
    let other = setup.send(
        "POST",
        PATH,
        &json!({ "number": "+49 030 12345679", "profile_id": body["profile_id"], "blocked_callers": ["+44 07911 123456"] }),
    );
    assert_eq!(other.json()["number"], "+493012345679");
    assert_eq!(other.json()["blocked_callers"], json!(["+447911123456"]));
    assert_eq!(setup.send("PUT", &at(&other.json()), &body).problem_code(409), "number_taken");
}

#[test]
fn the_loser_of_a_number_learns_no_address_of_others() {
    let setup = Setup::open();
    let other = another_organization(&setup);
    let owner = somebody(&setup, other, Role::Owner);
    let body = json!({ "number": "+493012345678", "profile_id": receptionist(&setup) });
    assert_eq!(setup.send("POST", PATH, &body).status, 201);
    // As a number that was added before numbers were proved.
    let unproved = format!("UPDATE phone_numbers SET organization_id = '{other}', proof = 'none'");
    setup.stranger().batch_execute(&unproved).unwrap();
    assert_eq!(setup.send("POST", PATH, &body).status, 201, "the first organization has it now");
    let log = bearer(&setup, "GET", "/api/v1/audit-log?about=phone_number", &owner, &Value::Null).json();
    let lost = &log["items"][0];
    assert_eq!((&lost["action"], &lost["subject"]), (&json!("phone_number.removed"), &body["number"]));
    assert_eq!(lost["address"], Value::Null, "{lost}");
}

#[test]
fn the_thousandth_number_is_the_last_even_beside_unreadable_ones() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    setup
        .stranger()
        .batch_execute(
            "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 999) \
             INSERT INTO phone_numbers (id, organization_id, number, profile_id, answering, created_at, proof) \
             SELECT 'n' || n, organization_id, '+4930' || (20000000 + n), id, '{', '2026-01-01 00:00:00', 'operator' \
             FROM more, (SELECT id, organization_id FROM agent_profiles LIMIT 1)",
        )
        .unwrap();
    let add = |number: &str| setup.send("POST", PATH, &json!({ "number": number, "profile_id": profile }));
    let last = add("+493012345678");
    assert_eq!(last.status, 201, "{last:?}");
    assert_eq!(add("+493012345679").problem_code(409), "too_many");
}

#[test]
fn a_profile_that_answers_a_number_is_kept() {
    let setup = Setup::open();
    let sales = setup.send("POST", "/api/v1/agent-profiles", &json!({ "name": "sales" })).json();
    let path = format!("/api/v1/agent-profiles/{}", sales["id"].as_str().unwrap());
    let number =
        setup.send("POST", PATH, &json!({ "number": "+493012345678", "profile_id": sales["id"] })).json();
    assert_eq!(setup.send("DELETE", &path, &Value::Null).problem_code(409), "profile_has_number");
    assert_eq!(setup.send("DELETE", &at(&number), &Value::Null).status, 204);
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
}

#[test]
fn invalid_numbers_and_forbidden_targets_are_refused() {
    let setup = Setup::open();
    let profile = receptionist(&setup);
    let answer = setup.send(
        "POST",
        PATH,
        &json!({
            "number": "030 1234567",
            "profile_id": profile,
            "label": "a\nb",
            "blocked_callers": ["+491511234567", "anonymous"],
            "closed": { "do": "forward", "target": "+19005550100" },
            "no_capacity": { "do": "forward", "target": "nobody" },
            "blocked": { "do": "say", "text": " " },
        }),
    );
    assert_eq!(answer.problem_code(422), "invalid");
    let told = answer.json();
    let fields: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!(fields, ["number", "label", "blocked_callers", "closed", "no_capacity", "blocked"]);
    for number in
        ["+0301234567", "+49<script>", "+49301234567'; --", "+٤٩٣٠١٢٣٤٥٦٧", "sip:+49301234567@x", ""]
    {
        let body = json!({ "number": number, "profile_id": profile });
        assert_eq!(setup.send("POST", PATH, &body).problem_code(422), "invalid", "{number}");
    }
    let stranger = json!({ "number": "+493012345678", "profile_id": uuid::Uuid::now_v7() });
    assert_eq!(setup.send("POST", PATH, &stranger).problem_code(422), "invalid");
    assert_eq!(setup.json(PATH)["items"], json!([]));
}
