//! Drafts of profiles, and their published versions.

use cordboard::store::query;
use cordboard_schema::profile::PublishedProfile;
use serde_json::{Value, json};

use crate::setup::Setup;

const PATH: &str = "/api/v1/agent-profiles";

/// Returns the receptionist's draft.
fn draft(setup: &Setup) -> Value {
    setup.json(PATH)["items"][0].clone()
}

fn at(profile: &Value, rest: &str) -> String {
    format!("{PATH}/{}{rest}", profile["id"].as_str().unwrap())
}

/// Returns the profiles of new calls.
fn published(setup: &Setup) -> Vec<PublishedProfile> {
    let organization_id = setup.store.organization_id();
    let read = move |connection: &mut cordboard::store::Connection| {
        query::published_profiles(connection, organization_id)
    };
    setup.store.reads().run_blocking(read).unwrap()
}

fn greeting(setup: &Setup) -> Option<String> {
    published(setup)[0].profile.greeting.clone()
}

#[test]
fn a_draft_changes_nothing_until_it_is_published() {
    let setup = Setup::open();
    let first = draft(&setup);
    assert_eq!((&first["revision"], &first["published_version"]), (&json!(1), &json!(1)));
    let body = json!({ "greeting": "Hello.", "publish": false });
    let kept = setup.send("PATCH", &at(&first, ""), &body).json();
    assert_eq!((&kept["revision"], &kept["published_version"]), (&json!(2), &json!(1)));
    assert_eq!(kept["has_unpublished_changes"], true);
    assert_eq!(greeting(&setup), None, "a draft was published");

    let diff = setup.json(&at(&first, "/diff"));
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &Value::Null));
    let changes = diff["changes"].as_array().unwrap();
    let greetings = changes.iter().find(|change| change["field"] == "greeting").unwrap();
    assert_eq!(*greetings, json!({ "field": "greeting", "old": null, "new": "Hello." }));
    assert!(!changes.iter().any(|change| change["field"] == "name"), "{changes:?}");

    let made = setup.send("POST", &at(&first, "/publish"), &json!({ "note": "A greeting 👋" }));
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!((&made.json()["version"], &made.json()["note"]), (&json!(2), &json!("A greeting 👋")));
    assert_eq!(greeting(&setup).as_deref(), Some("Hello."));
    assert_eq!(published(&setup)[0].profile.version, 2);
    assert_eq!(setup.json(&at(&first, "/diff"))["changes"], json!([]));
    assert_eq!(draft(&setup)["has_unpublished_changes"], false);
}

#[test]
fn an_emptied_list_is_a_difference() {
    let setup = Setup::open();
    let first = draft(&setup);
    let topics = json!([{ "name": "delivery", "title": "Delivery", "words": ["parcel"] }]);
    assert_eq!(setup.send("PATCH", &at(&first, ""), &json!({ "topics": topics })).status, 200);
    let emptied = json!({ "topics": [], "publish": false });
    assert_eq!(setup.send("PATCH", &at(&first, ""), &emptied).status, 200);
    let changes = setup.json(&at(&first, "/diff"))["changes"].clone();
    assert_eq!(changes, json!([{ "field": "topics", "old": topics, "new": null }]));
    let back = setup.json(&at(&first, "/diff?from_draft=a&to=2"))["changes"].clone();
    assert_eq!(back, json!([{ "field": "topics", "old": null, "new": topics }]));
    for (query, field) in [("from=1&from_draft=a", "from"), ("to=2&to_draft=a", "to")] {
        let both = setup.get(&at(&first, &format!("/diff?{query}")));
        assert_eq!(crate::floor::faulty(&both), [field], "{query}");
    }
}

#[test]
fn programs_without_drafts_publish_with_each_change() {
    let setup = Setup::open();
    let first = draft(&setup);
    setup.send("PATCH", &at(&first, ""), &json!({ "greeting": "Hello." }));
    assert_eq!(greeting(&setup).as_deref(), Some("Hello."));
    let keys = json!({ "profile_id": first["id"], "digits": "12#", "action": { "action": "repeat" } });
    assert_eq!(setup.send("POST", "/api/v1/dtmf-actions", &keys).status, 201);
    assert_eq!(published(&setup)[0].profile.dtmf_actions.len(), 5, "one more than a new profile has");
    assert_eq!(draft(&setup)["published_version"], 3);

    // Setting one key does not publish other changes of the draft.
    let more = json!({ "greeting": "Draft.", "publish": false });
    setup.send("PATCH", &at(&first, ""), &more);
    setup.send("POST", "/api/v1/dtmf-actions", &keys);
    assert_eq!(greeting(&setup).as_deref(), Some("Hello."));
    assert_eq!(draft(&setup)["has_unpublished_changes"], true);
}

#[test]
fn a_version_never_changes_and_can_be_restored() {
    let setup = Setup::open();
    let first = draft(&setup);
    for word in ["Hello.", "Good evening."] {
        setup.send("PATCH", &at(&first, ""), &json!({ "greeting": word }));
    }
    let second = setup.json(&at(&first, "/versions/2"));
    assert_eq!(second["profile"]["greeting"], "Hello.");
    let back = setup.send("POST", &at(&first, "/rollback"), &json!({ "version": 2, "note": "as it was" }));
    assert_eq!(back.json()["version"], 4, "{back:?}");
    assert_eq!(greeting(&setup).as_deref(), Some("Hello."));
    assert_eq!(draft(&setup)["greeting"], "Hello.");
    assert_eq!(setup.json(&at(&first, "/diff?from=2&to=4"))["changes"], json!([]));
    assert_eq!(setup.json(&at(&first, "/versions/2")), second, "a version was changed");

    let page = setup.json(&at(&first, "/versions?limit=3"));
    let numbers = |page: &Value| -> Vec<u64> {
        page["items"].as_array().unwrap().iter().map(|item| item["version"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers(&page), [4, 3, 2]);
    let rest = setup
        .json(&at(&first, &format!("/versions?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())));
    assert_eq!(numbers(&rest), [1]);

    setup.get(&at(&first, "/versions/9")).problem(404);
    setup.get(&at(&first, "/diff?from=9")).problem(404);
    setup.send("POST", &at(&first, "/rollback"), &json!({ "version": 9 })).problem(404);
    let nobody = json!({ "id": uuid::Uuid::now_v7().to_string() });
    for path in ["/versions", "/versions/1", "/diff"] {
        setup.get(&at(&nobody, path)).problem(404);
    }
    setup.send("POST", &at(&nobody, "/publish"), &json!({})).problem(404);
    let long = json!({ "note": "x".repeat(501) });
    assert_eq!(setup.send("POST", &at(&first, "/publish"), &long).problem_code(422), "invalid");
}

#[test]
fn the_second_of_two_profile_edits_is_a_conflict() {
    let setup = Setup::open();
    let first = draft(&setup);
    let edit = |greeting: &str, revision: u64| {
        let body = json!({ "name": "receptionist", "greeting": greeting, "revision": revision });
        setup.send("PUT", &at(&first, ""), &body)
    };
    assert_eq!(edit("Mine.", 1).status, 200);
    let late = edit("Theirs.", 1);
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], draft(&setup));
    assert_eq!(greeting(&setup).as_deref(), Some("Mine."), "the first edit was lost");
    let stale = json!({ "revision": 1 });
    assert_eq!(setup.send("POST", &at(&first, "/publish"), &stale).problem_code(409), "edited_meanwhile");
    assert_eq!(edit("Both.", 2).status, 200);

    let mut shown = draft(&setup);
    let path = at(&shown, "");
    shown.as_object_mut().unwrap().remove("id");
    assert_eq!(
        setup.send("PUT", &path, &shown).status,
        200,
        "the shown profile can be sent back without its id"
    );
    assert_eq!(setup.send("PUT", &path, &shown).problem_code(409), "edited_meanwhile");
}

#[test]
fn new_calls_get_the_business_and_the_sliders() {
    let setup = Setup::open();
    let first = draft(&setup);
    let body = json!({
        "style": { "pace": 100, "silence_reminder_s": 5 },
        "notice": " This call is recorded. ",
    });
    assert_eq!(setup.send("PATCH", &at(&first, ""), &body).status, 200);
    let business = json!({ "revision": 0, "name": "Müller & Daughter", "time_zone": "Europe/Berlin" });
    assert_eq!(setup.send("PUT", "/api/v1/business-profile", &business).status, 200);
    let named = json!({ "greeting": "{{business_name}}, {{date}}. {{of_another_house}}" });
    assert_eq!(setup.send("PATCH", &at(&first, ""), &named).status, 200);
    let call = published(&setup)[0].for_call("2026-11-21T14:40:00Z".parse().unwrap());
    assert_eq!(call.greeting.as_deref(), Some("Müller & Daughter, 21 November 2026. {{of_another_house}}"));
    assert!(call.instructions.contains("Name: Müller & Daughter\n"), "{}", call.instructions);
    assert!(call.instructions.contains("15:40 (Europe/Berlin)"));
    assert_eq!((call.speech.speed_percent, call.version), (120, 3));
    assert_eq!(call.notice.as_deref(), Some("This call is recorded."));

    for (member, bad) in [("style", json!({ "pace": 101 })), ("notice", json!("x".repeat(1_001)))] {
        let mut wrong = body.clone();
        wrong[member] = bad;
        assert_eq!(setup.send("PATCH", &at(&first, ""), &wrong).json()["errors"][0]["field"], member);
    }
}
