//! Queues of callers who wait for one of several agents, as administrators see them.

use cordboard::config::{Config, ExtensionName, Extensions, Loaded};
use cordboard::store::query;
use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::floor::{Person, each, faulty, last_done};
use crate::setup::Setup;

const PATH: &str = "/api/v1/queues";

/// A server whose configuration has the extension `operator`.
fn setup() -> Setup {
    let name: ExtensionName = "operator".parse().unwrap();
    let extensions = Extensions::from_iter([(name, "internal,2001,1".parse().unwrap())]);
    Setup::open_with(Loaded::from(Config { extensions, ..Config::default() }))
}

fn made(setup: &Setup, body: &Value) -> Value {
    let answer = setup.send("POST", PATH, body);
    assert_eq!(answer.status, 201, "{body}: {answer:?}");
    answer.json()
}

fn at(queue: &Value) -> String {
    format!("{PATH}/{}", queue["id"].as_str().unwrap())
}

/// The disk has corrupted a queue, and a program has changed one of its members.
#[test]
fn unreadable_queues_are_shown_partly_and_can_be_saved() {
    let setup = setup();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Agent));
    let members = json!([{ "user_id": ada.id }, { "user_id": grace.id }]);
    let wanted =
        json!({ "name": "sales", "title": "Sales", "ring_s": 30, "priority": 7, "members": members });
    let (sales, help) = (made(&setup, &wanted), made(&setup, &json!({ "name": "help" })));
    let spoil = format!(
        "UPDATE queues SET strategy = '?', priority = -1 WHERE name = 'sales'; \
         UPDATE queue_members SET tier = 1000 WHERE user_id = '{}'",
        grace.id.as_str().unwrap()
    );
    setup.stranger().batch_execute(&spoil).unwrap();
    let shown = setup.json(&at(&sales));
    assert_eq!(
        (&shown["title"], &shown["ring_s"], &shown["priority"]),
        (&json!("Sales"), &json!(30), &json!(0))
    );
    assert_eq!(shown["members"], json!([{ "user_id": ada.id, "tier": 0 }]));
    assert_eq!(setup.json(PATH)["items"], json!([help, shown]));
    let on_floor = || {
        let first = setup.store.organization_id();
        let floor = setup.change(move |connection| query::floor(connection, first));
        floor.queues.iter().map(|queue| (queue.name.clone(), queue.members.len())).collect::<Vec<_>>()
    };
    assert_eq!(on_floor(), [("help".to_owned(), 0)]);
    // It can be saved as it is shown.
    let mut anew = wanted;
    anew["revision"] = shown["revision"].clone();
    assert_eq!(setup.send("PUT", &at(&sales), &anew).status, 200);
    assert_eq!(on_floor(), [("help".to_owned(), 0), ("sales".to_owned(), 2)]);
    let again = setup.json(&at(&sales));
    assert_eq!((&again["priority"], &again["strategy"]), (&json!(7), &json!("longest_idle")));
}

#[test]
fn changes_to_queues_are_shown_and_reach_the_router() {
    let setup = setup();
    let first = setup.store.organization_id();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Agent));
    let answer = setup.send("POST", PATH, &json!({ "name": "help" }));
    let help = answer.json();
    assert_eq!((answer.status, answer.header("location")), (201, Some(&*at(&help))));
    let usual = json!({
        "id": help["id"], "name": "help", "title": "", "strategy": "longest_idle", "ring_s": 20, "skills": [],
        "members": [], "priority": 0, "max_wait_s": 300, "max_waiting": 20, "overflow": { "to": "message" },
        "in_hours_only": false, "tells_position": true, "wrap_up_s": 60, "wrap_up_required": false,
        "revision": help["revision"],
    });
    assert_eq!(help, usual);
    assert_eq!(last_done(&setup), ("queue.created".to_owned(), "help".to_owned()));
    setup.router.wait_told(1, first);

    let mut wanted = json!({
        "name": "support", "title": "الدعم 📞", "strategy": "ring_all", "ring_s": 5, "skills": ["German", "vip"],
        "members": [{ "user_id": grace.id, "tier": 2 }, { "user_id": ada.id }], "priority": 255, "max_wait_s": 7200,
        "max_waiting": 1000, "overflow": { "to": "extension", "name": "operator" }, "in_hours_only": true,
        "tells_position": false, "wrap_up_s": 3600, "wrap_up_required": true,
    });
    let changed = setup.send("PUT", &at(&help), &wanted);
    assert_eq!(changed.status, 200, "{changed:?}");
    wanted["id"] = help["id"].clone();
    wanted["revision"] = changed.json()["revision"].clone();
    wanted["skills"] = json!(["german", "vip"]);
    wanted["members"] = json!([{ "user_id": ada.id, "tier": 0 }, { "user_id": grace.id, "tier": 2 }]);
    assert_eq!(changed.json(), wanted);
    assert_eq!(setup.json(&at(&help)), wanted);
    assert_eq!(grace.send(&setup, "GET", PATH, &Value::Null).json()["items"], json!([wanted]));
    setup.router.wait_told(1, first);

    // A removed user waits for no calls.
    assert_eq!(setup.send("DELETE", &grace.at("/api/v1/users"), &Value::Null).status, 204);
    assert_eq!(setup.json(&at(&help))["members"], json!([{ "user_id": ada.id, "tier": 0 }]));
    setup.router.wait_told(1, first);

    assert_eq!(setup.send("DELETE", &at(&help), &Value::Null).status, 204);
    setup.router.wait_told(1, first);
    setup.send("DELETE", &at(&help), &Value::Null).problem(404);
    setup.send("PUT", &at(&help), &json!({ "name": "help" })).problem(404);
    setup.get(&at(&help)).problem(404);
}

#[test]
fn all_faults_of_a_queue_are_reported_at_once() {
    let setup = setup();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let body = json!({
        "name": "Not a name", "title": "a\nb", "ring_s": 4, "max_wait_s": 9, "max_waiting": 0, "wrap_up_s": 3601,
        "skills": [""], "members": [{ "user_id": ada.id }, { "user_id": ada.id }, { "user_id": Uuid::now_v7() }],
        "overflow": { "to": "queue", "name": "nowhere" },
    });
    let wrong = [
        "name",
        "title",
        "ring_s",
        "max_wait_s",
        "max_waiting",
        "wrap_up_s",
        "skills",
        "members",
        "members",
        "overflow",
    ];
    assert_eq!(faulty(&setup.send("POST", PATH, &body)), wrong);
    for (member, value) in [
        ("ring_s", json!(121)),
        ("max_wait_s", json!(7201)),
        ("max_waiting", json!(1001)),
        ("wrap_up_s", json!(4)),
        ("title", json!("x".repeat(101))),
        ("overflow", json!({ "to": "extension", "name": "nobody" })),
        ("members", json!([{ "user_id": Uuid::now_v7() }])),
    ] {
        let mut body = json!({ "name": "help" });
        body[member] = value;
        assert_eq!(faulty(&setup.send("POST", PATH, &body)), [member], "{body}");
    }
    for (member, value) in [
        ("priority", json!(256)),
        ("ring_s", json!(-1)),
        ("strategy", json!("random")),
        ("overflow", json!({ "to": "queue" })),
        ("overflow", json!({ "to": "queue", "name": "x", "text": "x" })),
        ("members", json!([{ "user_id": ada.id, "role": "boss" }])),
        ("organization_id", json!(Uuid::now_v7())),
    ] {
        let mut body = json!({ "name": "help" });
        body[member] = value;
        // An unknown member is a fault of the whole body.
        let told = if member == "organization_id" { "body" } else { member };
        assert_eq!(faulty(&setup.send("POST", PATH, &body)), [told], "{body}");
    }
    assert_eq!(setup.json(PATH)["items"], json!([]));
}

#[test]
fn queue_names_are_unique_among_all_targets() {
    let setup = setup();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let extension = |name: &str| json!({ "name": name, "target": "internal,1,1" });
    assert_eq!(setup.send("POST", "/api/v1/extensions", &extension("sales")).status, 201);
    assert_eq!(setup.send("PUT", &ada.at("/api/v1/agents"), &json!({ "extension": "200" })).status, 200);
    let help = made(&setup, &json!({ "name": "help" }));
    let other = made(&setup, &json!({ "name": "other" }));
    // Names of the configuration, the organization, an agent and a queue.
    for taken in ["operator", "sales", "200", "help"] {
        let body = json!({ "name": taken });
        assert_eq!(setup.send("POST", PATH, &body).problem_code(409), "name_taken", "{taken}");
        assert_eq!(setup.send("PUT", &at(&other), &body).problem_code(409), "name_taken", "{taken}");
    }
    let as_extension = setup.send("POST", "/api/v1/extensions", &extension("help"));
    assert_eq!(as_extension.problem_code(409), "name_taken");
    assert_eq!(setup.send("PUT", &at(&help), &json!({ "name": "help" })).status, 200, "it is its own");
}

#[test]
fn queues_never_overflow_in_a_circle_or_into_removed_ones() {
    let setup = setup();
    let into = |name: &str| json!({ "to": "queue", "name": name });
    let last = made(&setup, &json!({ "name": "last", "overflow": { "to": "callback" } }));
    let middle = made(&setup, &json!({ "name": "middle", "overflow": into("last") }));
    made(&setup, &json!({ "name": "first", "overflow": into("middle") }));
    for back in ["first", "middle", "last"] {
        let round = json!({ "name": "last", "overflow": into(back) });
        assert_eq!(faulty(&setup.send("PUT", &at(&last), &round)), ["overflow"], "{back}");
    }
    let itself = json!({ "name": "new", "overflow": into("new") });
    assert_eq!(faulty(&setup.send("POST", PATH, &itself)), ["overflow"]);
    // A renamed queue is found as well.
    assert_eq!(setup.send("PUT", &at(&last), &json!({ "name": "end" })).status, 200);
    assert_eq!(setup.json(&at(&middle))["overflow"], into("end"));
    let refused = setup.send("DELETE", &at(&last), &Value::Null);
    assert_eq!(refused.problem_code(409), "in_use");
    assert!(refused.problem(409).contains("`middle`"));
    assert_eq!(setup.send("PUT", &at(&middle), &json!({ "name": "middle" })).status, 200);
    assert_eq!(setup.send("DELETE", &at(&last), &Value::Null).status, 204);
    assert_eq!(each(&setup.json(PATH), "name"), ["first", "middle"]);
}
