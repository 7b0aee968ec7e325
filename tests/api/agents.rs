//! Agents: how users take calls at their desks, and their reasons for being away.

use cordboard::store::query;
use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::floor::{Person, each, faulty, last_done};
use crate::setup::Setup;

const PATH: &str = "/api/v1/agents";
const REASONS: &str = "/api/v1/presence-reasons";

fn with_sales() -> Setup {
    let setup = Setup::open();
    let made =
        setup.send("POST", "/api/v1/extensions", &json!({ "name": "200", "target": "internal,200,1" }));
    assert_eq!(made.status, 201, "{made:?}");
    setup
}

#[test]
fn every_user_is_an_agent_whose_settings_reach_the_router() {
    let setup = with_sales();
    let first = setup.store.organization_id();
    let ada = Person::of(&setup, "Ada", Role::Admin);
    let grace = Person::of(&setup, "Grace", Role::Agent);
    let shown = grace.send(&setup, "GET", &grace.at(PATH), &Value::Null).json();
    let usual = json!({
        "user_id": grace.id, "name": "Grace", "extension": null, "audio": "browser", "skills": [], "calls_max": 1,
        "revision": shown["revision"],
    });
    assert_eq!(shown, usual);
    let all = grace.send(&setup, "GET", PATH, &Value::Null).json();
    assert_eq!(each(&all, "name"), ["Ada", "Grace"]);

    let wanted = json!({
        "extension": "200", "audio": "phone", "skills": [" German ", "billing", "german"], "calls_max": 5,
    });
    let set = ada.send(&setup, "PUT", &grace.at(PATH), &wanted);
    let agent = set.json();
    assert_eq!(set.status, 200, "{agent}");
    let skills = json!(["billing", "german"]);
    let set = json!({
        "user_id": grace.id, "name": "Grace", "extension": "200", "audio": "phone", "skills": skills, "calls_max": 5,
        "revision": agent["revision"],
    });
    assert_eq!(agent, set);
    assert_eq!(setup.json(&grace.at(PATH)), agent);
    assert_eq!(last_done(&setup), ("agent.changed".to_owned(), "extension 200".to_owned()));
    setup.router.wait_told(1, first);

    // Members that are left out have their defaults.
    assert_eq!(ada.send(&setup, "PUT", &grace.at(PATH), &json!({})).json(), usual);
    setup.router.wait_told(1, first);
    let page = setup.json(&format!("{PATH}?limit=1"));
    assert_eq!(each(&page, "name"), ["Ada"]);
    let next = setup.json(&format!("{PATH}?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!((each(&next, "name"), &next["next_cursor"]), (vec![json!("Grace")], &Value::Null));
}

#[test]
fn unreadable_agents_are_shown_partly_and_can_be_saved() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let path = ada.at("/api/v1/agents");
    let wanted = json!({ "extension": "200", "skills": ["german"], "calls_max": 3 });
    assert_eq!(setup.send("PUT", &path, &wanted).status, 200);
    setup.stranger().batch_execute("UPDATE agents SET audio = '?', calls_max = 1000").unwrap();
    let shown = setup.json(&path);
    assert_eq!(
        (&shown["extension"], &shown["audio"], &shown["calls_max"], &shown["skills"]),
        (&json!("200"), &json!("browser"), &json!(1), &json!(["german"]))
    );
    let listed = setup.json("/api/v1/agents");
    assert!(listed["items"].as_array().unwrap().contains(&shown), "{listed}");
    let names = || {
        let first = setup.store.organization_id();
        let floor = setup.change(move |connection| query::floor(connection, first));
        floor.agents.into_iter().map(|agent| agent.name).collect::<Vec<_>>()
    };
    assert!(!names().contains(&"Ada".to_owned()));
    let mut anew = wanted;
    anew["revision"] = shown["revision"].clone();
    assert_eq!(setup.send("PUT", &path, &anew).json()["calls_max"], 3);
    assert!(names().contains(&"Ada".to_owned()));
}

#[test]
fn an_agent_shares_no_extension_with_agents_or_queues() {
    let setup = Setup::open();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Agent));
    let at_200 = json!({ "extension": "200" });
    assert_eq!(setup.send("PUT", &ada.at(PATH), &at_200).status, 200);
    assert_eq!(setup.send("PUT", &ada.at(PATH), &at_200).status, 200, "the extension is already hers");
    assert_eq!(setup.send("PUT", &grace.at(PATH), &at_200).problem_code(409), "extension_taken");
    assert_eq!(setup.send("POST", "/api/v1/queues", &json!({ "name": "help" })).status, 201);
    let at_help = json!({ "extension": "help" });
    assert_eq!(setup.send("PUT", &grace.at(PATH), &at_help).problem_code(409), "extension_taken");
    assert_eq!(setup.json(&grace.at(PATH))["extension"], Value::Null);
    // A removed user has no extension.
    assert_eq!(setup.send("DELETE", &ada.at("/api/v1/users"), &Value::Null).status, 204);
    assert_eq!(setup.send("PUT", &grace.at(PATH), &at_200).status, 200);
}

#[test]
fn all_faults_of_an_agent_are_reported_at_once() {
    let setup = with_sales();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let skills: Vec<String> = (0..21).map(|number| format!("skill {number}")).collect();
    for (body, wrong) in [
        (json!({ "extension": "No name!", "skills": skills }), vec!["extension", "skills"]),
        (json!({ "extension": "201", "audio": "phone", "skills": [""] }), vec!["skills", "extension"]),
        (json!({ "audio": "phone" }), vec!["extension"]),
        (json!({ "skills": ["a\u{7}"] }), vec!["skills"]),
        (json!({ "calls_max": 0 }), vec!["calls_max"]),
        (json!({ "calls_max": 6 }), vec!["calls_max"]),
        (json!({ "calls_max": 300 }), vec!["calls_max"]),
        (json!({ "audio": "pigeon" }), vec!["audio"]),
        (json!({ "nickname": "Eve" }), vec!["body"]),
    ] {
        assert_eq!(faulty(&setup.send("PUT", &ada.at(PATH), &body)), wrong, "{body}");
    }
    assert_eq!(setup.json(&ada.at(PATH))["audio"], "browser");
    let nobody = format!("{PATH}/{}", Uuid::now_v7());
    setup.send("PUT", &nobody, &json!({})).problem(404);
    setup.get(&nobody).problem(404);
    setup.get(&format!("{PATH}/17")).problem(400);
}

#[test]
fn the_router_learns_of_changed_and_removed_users() {
    let setup = Setup::open();
    let first = setup.store.organization_id();
    let grace = Person::of(&setup, "Grace", Role::Agent);
    let path = grace.at("/api/v1/users");
    let disabled = json!({ "name": "Grace", "role": "agent", "status": "disabled" });
    assert_eq!(setup.send("PUT", &path, &disabled).status, 200);
    setup.router.wait_told(1, first);
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    setup.router.wait_told(1, first);
    crate::people::owner(&setup, "ada@example.com");
    setup.router.wait_told(1, first);
}

#[test]
fn each_organization_has_its_own_reasons_to_be_away() {
    let setup = Setup::open();
    let names = || each(&setup.json(REASONS), "name");
    assert_eq!(names(), ["Lunch", "Break", "Training"]);
    let made = setup.send("POST", REASONS, &json!({ "name": " Prayer \u{1f54c} " }));
    let reason = made.json();
    assert_eq!((made.status, &reason["name"]), (201, &json!("Prayer \u{1f54c}")));
    let path = format!("{REASONS}/{}", reason["id"].as_str().unwrap());
    assert_eq!(made.header("location"), Some(&*path));
    assert_eq!(setup.json(&path), reason);
    let renamed = setup.send("PUT", &path, &json!({ "name": "Meeting" }));
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Meeting")));
    assert_eq!(last_done(&setup), ("presence_reason.changed".to_owned(), "Meeting".to_owned()));
    let mut ids = each(&setup.json(REASONS), "id");
    ids.rotate_right(1);
    let order = format!("{REASONS}/order");
    let ordered = setup.send("PUT", &order, &json!({ "ids": ids }));
    assert_eq!(each(&ordered.json(), "name"), ["Meeting", "Lunch", "Break", "Training"]);
    assert_eq!(names(), ["Meeting", "Lunch", "Break", "Training"]);
    ids.pop();
    assert_eq!(faulty(&setup.send("PUT", &order, &json!({ "ids": ids }))), ["ids"]);
    for taken in ["Lunch", "Break"] {
        assert_eq!(setup.send("PUT", &path, &json!({ "name": taken })).problem_code(409), "name_taken");
        assert_eq!(setup.send("POST", REASONS, &json!({ "name": taken })).problem_code(409), "name_taken");
    }
    // The last one is reserved for Cordboard.
    for bad in [" ", "a\nb", &"x".repeat(41), "missed_call"] {
        assert_eq!(faulty(&setup.send("POST", REASONS, &json!({ "name": bad }))), ["name"], "{bad:?}");
    }
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    setup.send("DELETE", &path, &Value::Null).problem(404);
    setup.send("PUT", &path, &json!({ "name": "Back" })).problem(404);
    assert_eq!(each(&setup.json(REASONS), "position"), [1, 2, 3]);
    for number in 3..50 {
        let made = setup.send("POST", REASONS, &json!({ "name": format!("reason {number}") }));
        assert_eq!(made.status, 201, "{number}: {made:?}");
    }
    assert_eq!(setup.send("POST", REASONS, &json!({ "name": "one more" })).problem_code(409), "too_many");
}
