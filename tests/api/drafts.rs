//! The second draft of a profile: created, edited, compared, tried, published and discarded next to the first one.

use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::floor::Person;
use crate::isolation::{another_organization, somebody};
use crate::people::bearer;
use crate::replays::{at, over, stored};
use crate::setup::Setup;

const PROFILES: &str = "/api/v1/agent-profiles";

/// Returns the current draft of that name.
fn draft(setup: &Setup, slot: &str) -> Value {
    setup.json(&at(setup, &format!("/drafts/{slot}")))
}

fn change(setup: &Setup, slot: &str, change: &Value) -> Value {
    let changed = setup.send("PATCH", &at(setup, &format!("/drafts/{slot}")), change);
    assert_eq!(changed.status, 200, "{changed:?}");
    changed.json()
}

fn begin(setup: &Setup, from: &Value) -> Value {
    let begun = setup.send("POST", &at(setup, "/drafts"), from);
    assert_eq!(begun.status, 201, "{begun:?}");
    begun.json()
}

/// Returns the words that callers hear first.
fn published(setup: &Setup) -> Value {
    let version = setup.json(&at(setup, ""))["published_version"].clone();
    setup.json(&at(setup, &format!("/versions/{version}")))["profile"]["notice"].clone()
}

#[test]
fn either_of_two_parallel_drafts_can_be_edited_and_published() {
    let setup = Setup::open();
    setup.get(&at(&setup, "/drafts/b")).problem(404);
    assert_eq!(setup.json(&at(&setup, "/drafts"))["items"].as_array().unwrap().len(), 1);
    change(&setup, "a", &json!({ "notice": "Of A.", "greeting": "Hello." }));
    assert_eq!(published(&setup), Value::Null, "a change of a draft was published");

    let begun = begin(&setup, &json!({}));
    assert_eq!((&begun["draft"], &begun["profile"]["notice"]), (&json!("b"), &json!("Of A.")));
    assert_eq!(begun["profile"]["revision"], 1);
    assert_eq!(setup.send("POST", &at(&setup, "/drafts"), &json!({})).problem_code(409), "draft_exists");
    change(&setup, "b", &json!({ "notice": "Of B.", "revision": 1 }));
    assert_eq!(draft(&setup, "a")["notice"], "Of A.", "the first draft is unchanged");
    assert_eq!(draft(&setup, "a"), setup.json(&at(&setup, "")), "the first draft is the profile's own");
    let both = setup.json(&at(&setup, "/drafts"));
    assert_eq!(both["items"][1]["profile"], draft(&setup, "b"));

    let diff = setup.json(&at(&setup, "/diff?from_draft=a&to_draft=b"));
    assert_eq!(diff["changes"], json!([{ "field": "notice", "old": "Of A.", "new": "Of B." }]));
    assert_eq!(
        (&diff["from"], &diff["from_draft"], &diff["to"], &diff["to_draft"]),
        (&Value::Null, &json!("a"), &Value::Null, &json!("b"))
    );
    assert_eq!(setup.json(&at(&setup, "/diff?to_draft=b"))["from"], 1, "a version and the second draft");

    let note = json!({ "note": "The better one", "revision": 2 });
    let made = setup.send("POST", &at(&setup, "/drafts/b/publish"), &note);
    assert_eq!((made.status, &made.json()["version"]), (200, &json!(2)), "{made:?}");
    assert_eq!(published(&setup), "Of B.");
    let [first, second] = ["a", "b"].map(|slot| draft(&setup, slot));
    assert_eq!((&first["notice"], &first["has_unpublished_changes"]), (&json!("Of A."), &json!(true)));
    assert_eq!((&second["notice"], &second["has_unpublished_changes"]), (&json!("Of B."), &json!(false)));
    assert_eq!((&first["published_version"], &second["published_version"]), (&json!(2), &json!(2)));

    assert_eq!(setup.send("POST", &at(&setup, "/drafts/a/publish"), &json!({})).json()["version"], 3);
    assert_eq!(published(&setup), "Of A.");
    assert_eq!(draft(&setup, "b")["has_unpublished_changes"], true, "callers hear the other draft");

    assert_eq!(setup.send("DELETE", &at(&setup, "/drafts/b"), &json!({})).status, 204);
    setup.send("DELETE", &at(&setup, "/drafts/b"), &json!({})).problem(404);
    setup.send("POST", &at(&setup, "/drafts/b/publish"), &json!({})).problem(404);
    let begun = begin(&setup, &json!({ "version": 2 }));
    assert_eq!(begun["profile"]["notice"], "Of B.", "the draft begins as the version");
    change(&setup, "a", &json!({ "notice": "Worse." }));
    assert_eq!(setup.send("DELETE", &at(&setup, "/drafts/a"), &json!({})).status, 204);
    let first = draft(&setup, "a");
    assert_eq!((&first["notice"], &first["has_unpublished_changes"]), (&json!("Of A."), &json!(false)));
    assert_eq!(draft(&setup, "b")["notice"], "Of B.", "the other draft stays");

    let log = setup.json("/api/v1/audit-log");
    let told = |action: &str| {
        log["items"].as_array().unwrap().iter().filter(|line| line["action"] == action).count()
    };
    assert_eq!(
        [told("profile.draft_begun"), told("profile.draft_discarded"), told("profile.published")],
        [2; 3]
    );
}

#[test]
fn discarding_an_unreadable_draft_brings_back_what_was_published() {
    let setup = Setup::open();
    change(&setup, "a", &json!({ "notice": "Of A." }));
    assert_eq!(setup.send("POST", &at(&setup, "/drafts/a/publish"), &json!({})).status, 200);
    begin(&setup, &json!({}));
    change(&setup, "b", &json!({ "notice": "Of B." }));
    change(&setup, "a", &json!({ "notice": "Worse." }));

    let drafts = at(&setup, "/drafts");
    let discard = |slot: &str| setup.send("DELETE", &format!("{drafts}/{slot}"), &json!({})).status;
    setup.stranger().batch_execute("UPDATE agent_profiles SET style = '?'").unwrap();
    assert_eq!(setup.get(&format!("{drafts}/a")).status, 500);
    assert_eq!(discard("b"), 500, "the second draft may be readable");
    assert_eq!(discard("a"), 204);
    let first = draft(&setup, "a");
    assert_eq!((&first["notice"], &first["has_unpublished_changes"]), (&json!("Of A."), &json!(false)));
    assert_eq!(draft(&setup, "b")["notice"], "Of B.");

    setup.stranger().batch_execute("UPDATE second_drafts SET profile = '?'").unwrap();
    assert_eq!(setup.get(&format!("{drafts}/b")).status, 500);
    assert_eq!(discard("b"), 204);
    setup.get(&format!("{drafts}/b")).problem(404);
    assert_eq!(draft(&setup, "a")["notice"], "Of A.");
}

#[test]
fn unreadable_drafts_are_listed_with_readable_ones() {
    let setup = Setup::open();
    let other =
        setup.send("POST", PROFILES, &json!({ "name": "night", "language": "en", "greeting": "Hello." }));
    assert_eq!(other.status, 201, "{other:?}");
    begin(&setup, &json!({}));
    let (own, drafts) = (setup.json(&at(&setup, "")), at(&setup, "/drafts"));
    let id = own["id"].as_str().unwrap();
    assert_eq!(setup.json(PROFILES)["unreadable"], json!([]));
    assert_eq!(setup.json(&drafts)["unreadable"], json!([]));

    setup.stranger().batch_execute("UPDATE second_drafts SET profile = '?'").unwrap();
    let one = setup.json(&drafts);
    assert_eq!((names(&one["items"], "draft"), names(&one["unreadable"], "draft")), (vec!["a"], vec!["b"]));
    let spoil = format!("UPDATE agent_profiles SET style = '?' WHERE id = '{id}'");
    setup.stranger().batch_execute(&spoil).unwrap();
    let none = setup.json(&drafts);
    assert_eq!((names(&none["items"], "draft"), names(&none["unreadable"], "draft")), (vec![], vec!["a"]));

    let listed = setup.json(PROFILES);
    assert_eq!(names(&listed["items"], "name"), ["night"]);
    let [told] = listed["unreadable"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&told["id"], &told["name"]), (&own["id"], &own["name"]));
    assert_eq!(told["is_published"], true);
    assert!(told["fault"].as_str().unwrap().contains("agent_profiles.style"), "{told}");

    // Operations over all profiles still work.
    let found = setup.json(&format!("/api/v1/search?q={}", own["name"].as_str().unwrap()));
    assert_eq!(names(&found["profiles"], "id"), [id]);
    assert_eq!(setup.get("/api/v1/dtmf-actions").status, 200);
    let third = setup.send("POST", PROFILES, &json!({ "name": "third", "language": "en" }));
    assert_eq!(third.status, 201, "{third:?}");
    assert_eq!(setup.send("DELETE", &format!("{PROFILES}/{id}"), &json!({})).status, 204);
    let listed = setup.json(PROFILES);
    assert_eq!(
        (names(&listed["items"], "name"), &listed["unreadable"]),
        (vec!["night", "third"], &json!([]))
    );
}

/// Returns this member of each item.
fn names<'a>(items: &'a Value, member: &str) -> Vec<&'a str> {
    items.as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

#[test]
fn invalid_changes_are_refused_and_outdated_ones_are_conflicts() {
    let setup = Setup::open();
    begin(&setup, &json!({}));
    change(&setup, "b", &json!({ "notice": "Mine.", "revision": 1 }));
    let patch = |body: &Value| setup.send("PATCH", &at(&setup, "/drafts/b"), body);
    let late = patch(&json!({ "notice": "Theirs.", "revision": 1 }));
    assert_eq!(late.problem_code(409), "edited_meanwhile");
    assert_eq!(late.json()["current"], draft(&setup, "b"));
    let stale = json!({ "revision": 1 });
    let publish = at(&setup, "/drafts/b/publish");
    assert_eq!(setup.send("POST", &publish, &stale).problem_code(409), "edited_meanwhile");
    for (body, field) in [
        (json!({ "name": "another" }), "name"),
        (json!({ "publish": true }), "publish"),
        (json!({ "style": { "pace": 101 } }), "style"),
    ] {
        assert_eq!(patch(&body).json()["errors"][0]["field"], field);
    }
    assert_eq!((&draft(&setup, "b")["notice"], &published(&setup)), (&json!("Mine."), &Value::Null));
    setup.get(&at(&setup, "/drafts/c")).problem(400);
    setup.send("POST", &at(&setup, "/drafts"), &json!({ "version": 9 })).problem(404);

    // Renaming the profile renames both drafts.
    change(&setup, "a", &json!({ "name": "Renamed" }));
    assert_eq!(draft(&setup, "b")["name"], "Renamed");

    let new =
        setup.send("POST", "/api/v1/agent-profiles", &json!({ "name": "never", "publish": false })).json();
    let path = format!("/api/v1/agent-profiles/{}/drafts/a", new["id"].as_str().unwrap());
    assert_eq!(setup.send("DELETE", &path, &json!({})).problem_code(409), "never_published");

    let eve = somebody(&setup, another_organization(&setup), Role::Owner);
    for (method, rest) in
        [("GET", ""), ("GET", "/b"), ("PATCH", "/b"), ("DELETE", "/b"), ("POST", "/b/publish")]
    {
        bearer(&setup, method, &at(&setup, &format!("/drafts{rest}")), &eve, &json!({})).problem(404);
    }
    assert_eq!(draft(&setup, "b")["notice"], "Mine.", "another organization changed it");
}

#[test]
fn replays_examples_and_test_calls_use_the_requested_draft() {
    let setup = Setup::open();
    let call = stored(&setup);
    let body = |draft: &str| json!({ "call_id": call, "draft": draft });
    setup.send("POST", &at(&setup, "/replays"), &body("b")).problem(404);
    setup.send("POST", &at(&setup, "/test-calls"), &json!({ "draft": "b" })).problem(404);
    change(&setup, "a", &json!({ "notice": "Of A." }));
    begin(&setup, &json!({}));
    change(&setup, "b", &json!({ "notice": "Of B." }));
    for (slot, notice, revision) in [("a", "Of A.", 2), ("b", "Of B.", 2)] {
        let begun = setup.send("POST", &at(&setup, "/replays"), &body(slot));
        let replay = over(&setup, &begun.json());
        let said = replay["call"]["turns"][0]["new"]["said"].as_str().unwrap();
        assert!(said.starts_with(notice), "{said}");
        assert_eq!((&replay["draft"], &replay["draft_revision"]), (&json!(slot), &json!(revision)));
    }
    let example = json!({ "call_id": call, "name": "Says so", "expectations": { "words": ["Of B."] } });
    assert_eq!(setup.send("POST", &at(&setup, "/examples"), &example).status, 201);
    for (body, passed) in [(json!({}), 0), (json!({ "draft": "b" }), 1), (json!({ "version": 1 }), 0)] {
        let run = over(&setup, &setup.send("POST", &at(&setup, "/example-runs"), &body).json());
        assert_eq!((&run["state"], &run["passed"]), (&json!("done"), &json!(passed)), "{body}: {run:#}");
    }
    assert_eq!(setup.send("POST", &at(&setup, "/test-calls"), &json!({ "draft": "b" })).status, 201);
}

#[test]
fn test_calls_hide_user_names_that_look_like_numbers() {
    let setup = Setup::open();
    for (name, from) in [("Ada", "Some(\"Ada\")"), ("+19005550100", "None")] {
        let person = Person::of(&setup, name, Role::Admin);
        setup.heard();
        let begun = person.send(&setup, "POST", &at(&setup, "/test-calls"), &json!({}));
        assert_eq!(begun.status, 201, "{begun:?}");
        let heard = setup.heard().join("\n");
        assert!(heard.contains(&format!("{from} Some(\"Test call\")")), "{heard}");
    }
}
