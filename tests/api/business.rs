//! The business profile: its contents, and edits by two users at once.

use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::Setup;

const PATH: &str = "/api/v1/business-profile";

fn plumber(revision: u64) -> Value {
    json!({
        "revision": revision,
        "trade": "plumber",
        "name": "Müller & Daughter",
        "services": [
            { "name": "Estimate", "description": "At your place.", "duration_minutes": 45,
              "price": { "type": "fixed", "amount_minor": 4900, "currency": "EUR" } },
            { "name": "Bathroom", "description": "", "duration_minutes": null, "price": { "type": "on_request" } },
        ],
        "area": "Berlin",
        "hours": {
            "monday": [{ "from": "08:00", "to": "12:00" }, { "from": "13:00", "to": "17:00" }],
            "tuesday": [], "wednesday": [], "thursday": [], "saturday": [], "sunday": [],
            "friday": [{ "from": "18:00", "to": "02:00" }],
        },
        "holidays": [{ "name": "Christmas", "from": "2026-12-24", "to": "2026-12-26", "hours": [] }],
        "time_zone": "Europe/Berlin",
        "languages": ["de", "en"],
        "faq": [{ "question": "Sundays?", "answer": "No." }],
        "may_promise": ["A call back within two hours"],
        "never_promise": ["A discount"],
        "escalation": { "targets": ["operator", "+15550100001"], "when": "open_hours", "otherwise": "call_again" },
        "sms_templates": [{ "name": "Confirmation", "text": "See you on {appointment}. {business}" }],
        "notes": "The dog is friendly.",
    })
}

/// Returns the faults for which a body is refused, as `field: reason`.
fn faults(setup: &Setup, body: &Value) -> Vec<String> {
    let answer = setup.send("PUT", PATH, body);
    assert_eq!(answer.problem_code(422), "invalid");
    let told = answer.json();
    let fault =
        |fault: &Value| format!("{} {}", fault["field"].as_str().unwrap(), fault["reason"].as_str().unwrap());
    told["errors"].as_array().unwrap().iter().map(fault).collect()
}

#[test]
fn a_business_is_described_and_shown_as_it_was_sent() {
    let setup = Setup::open();
    let first = setup.get(PATH);
    assert_eq!(first.header("etag"), Some("\"0\""));
    assert_eq!((&first.json()["revision"], &first.json()["name"]), (&json!(0), &json!("")));

    let set = setup.send("PUT", PATH, &plumber(0));
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(set.header("etag"), Some("\"1\""));
    let mut expected = plumber(1);
    expected["updated_at"] = set.json()["updated_at"].clone();
    assert!(expected["updated_at"].is_string());
    assert_eq!(set.json(), expected);
    assert_eq!(setup.json(PATH), expected);
    assert_eq!(
        setup.send("PUT", PATH, &expected).json()["revision"],
        2,
        "the shown profile can be sent back"
    );
    let log = setup.json("/api/v1/audit-log");
    assert_eq!(log["items"][0]["action"], "business_profile.changed");
}

#[test]
fn the_second_of_two_simultaneous_edits_gets_the_current_state() {
    let setup = Setup::open();
    assert_eq!(setup.send("PUT", PATH, &plumber(0)).status, 200);
    let (mut mine, mut theirs) = (plumber(1), plumber(1));
    mine["area"] = "Potsdam".into();
    theirs["notes"] = "The cat is not.".into();
    assert_eq!(setup.send("PUT", PATH, &mine).status, 200);

    let late = setup.send("PUT", PATH, &theirs);
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    let now = late.json()["current"].clone();
    assert_eq!((&now["revision"], &now["area"]), (&json!(2), &json!("Potsdam")));
    assert_eq!(setup.json(PATH), now, "nothing of the first edit is lost");

    theirs["area"] = now["area"].clone();
    theirs["revision"] = now["revision"].clone();
    assert_eq!(setup.send("PUT", PATH, &theirs).status, 200);
    let both = setup.json(PATH);
    assert_eq!((&both["area"], &both["notes"]), (&json!("Potsdam"), &json!("The cat is not.")));

    // The first description is an edit, too.
    let setup = Setup::open();
    assert_eq!(setup.send("PUT", PATH, &plumber(0)).status, 200);
    assert_eq!(setup.send("PUT", PATH, &plumber(0)).problem_code(409), "edited_meanwhile");
    assert_eq!(setup.send("PUT", PATH, &plumber(2)).problem_code(409), "edited_meanwhile");
    assert_eq!(setup.send("PUT", PATH, &plumber(u64::MAX)).problem_code(409), "edited_meanwhile");
}

#[test]
fn the_revision_may_be_in_the_header() {
    let setup = Setup::open();
    let mut body = plumber(0);
    body.as_object_mut().unwrap().remove("revision");
    let put = |header: &str, body: &Value| setup.send_with("PUT", PATH, header, body.to_string().as_bytes());
    assert_eq!(put("If-Match: \"0\"\r\n", &body).status, 200);
    assert_eq!(put("If-Match: \"0\"\r\n", &body).problem_code(409), "edited_meanwhile");
    assert_eq!(put("If-Match: \"1\"\r\n", &body).header("etag"), Some("\"2\""));
    for header in ["", "If-Match: *\r\n", "If-Match: 2\r\n", "If-Match: W/\"2\"\r\n"] {
        assert_eq!(put(header, &body).problem_code(422), "invalid", "{header}");
    }
    assert_eq!(
        put("If-Match: \"2\"\r\n", &plumber(1)).problem_code(422),
        "invalid",
        "header and body name different revisions"
    );
}

#[test]
fn invalid_values_are_refused_and_all_reported_at_once() {
    let setup = Setup::open();
    let told = faults(
        &setup,
        &json!({
            "time_zone": "Europe/Berlinn",
            "name": "a\nb",
            "hours": { "monday": [{ "from": "08:00", "to": "12:00" }, { "from": "11:00", "to": "13:00" }] },
            "holidays": [{ "name": "backwards", "from": "2026-12-26", "to": "2026-12-24" }],
            "services": [{ "name": "x", "price": { "type": "fixed", "amount_minor": -1, "currency": "EUR" } }],
        }),
    );
    let fields: Vec<&str> = told.iter().filter_map(|fault| fault.split(' ').next()).collect();
    assert_eq!(fields, ["revision", "name", "services", "hours", "holidays", "time_zone"]);
    assert!(told[5].contains("the nearest is `Europe/Berlin`"), "{told:?}");
    for (member, bad) in [
        ("time_zone", json!("../../etc/passwd")),
        ("time_zone", json!("'; DROP TABLE calls; --")),
        ("hours", json!({ "monday": [{ "from": "8:00", "to": "12:00" }] })),
        ("hours", json!({ "someday": [] })),
        (
            "services",
            json!([{ "name": "x", "price": { "type": "fixed", "amount_minor": 1, "currency": "euro" } }]),
        ),
        ("languages", json!(["<script>"])),
        ("colour", json!("red")),
        ("sms_templates", json!([{ "name": "x", "text": "{password}" }])),
        ("sms_templates", json!([{ "name": "x", "text": "a" }, { "name": "X", "text": "b" }])),
    ] {
        let mut body = plumber(0);
        body[member] = bad.clone();
        faults(&setup, &body);
        assert_eq!(setup.json(PATH)["revision"], 0, "{member}: {bad}");
    }
    let long = "x".repeat(300_000);
    let mut body = plumber(0);
    body["notes"] = long.into();
    assert_eq!(setup.send("PUT", PATH, &body).problem_code(413), "body_too_long");
}

#[test]
fn text_in_any_script_is_kept_unchanged() {
    let setup = Setup::open();
    let odd = "👩‍🔧 سباكة \u{200f}الأمانة שרברבות '; DROP TABLE business_profiles; -- <script>alert(1)</script> {{7*7}} =1+1";
    let mut body = plumber(0);
    for member in ["trade", "name", "area", "notes"] {
        body[member] = odd.into();
    }
    body["services"][0]["name"] = odd.into();
    body["faq"] = json!([{ "question": odd, "answer": odd }]);
    body["may_promise"] = json!([odd]);
    body["never_promise"] = json!([odd]);
    body["holidays"][0]["name"] = odd.into();
    let set = setup.send("PUT", PATH, &body);
    assert_eq!(set.status, 200, "{set:?}");
    let shown = setup.json(PATH);
    for member in
        ["trade", "name", "area", "notes", "services", "faq", "may_promise", "never_promise", "holidays"]
    {
        assert_eq!(shown[member], body[member], "{member}");
    }
}

#[test]
fn first_steps_show_as_done_and_can_be_dismissed() {
    let setup = Setup::open();
    let path = "/api/v1/onboarding";
    let none = json!({ "test_call": false, "business": false, "phone_line": false, "team": false, "published": false });
    assert_eq!(setup.json(path), json!({ "steps": none, "dismissed": false }));
    let body = json!({ "revision": 0, "name": "Lovelace Plumbing" });
    assert_eq!(setup.send("PUT", PATH, &body).status, 200);
    let profile = setup.json("/api/v1/agent-profiles")["items"][0]["id"].as_str().unwrap().to_owned();
    let publish = format!("/api/v1/agent-profiles/{profile}/publish");
    assert_eq!(setup.send("POST", &publish, &json!({ "note": "Our words" })).status, 200);
    let shown = setup.send("PUT", path, &json!({ "dismissed": true })).json();
    assert_eq!(
        (&shown["steps"]["business"], &shown["steps"]["published"]),
        (&json!(true), &json!(true)),
        "{shown}"
    );
    assert_eq!(shown["dismissed"], true);
    assert_eq!(setup.send("PUT", path, &json!({ "dismissed": false })).json()["dismissed"], false);
    setup.send("PUT", path, &json!({ "dismissed": "yes" })).problem(422);

    // A caller by telephone, and an invited user.
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.send("POST", "/api/v1/invitations", &json!({ "email": "bo@example.com", "role": "agent" }));
    let steps = setup.json(path)["steps"].clone();
    assert_eq!(steps["phone_line"], true, "{steps}");
    assert_eq!(steps["team"], true, "{steps}");
    assert_eq!(steps["test_call"], false, "{steps}");
}
