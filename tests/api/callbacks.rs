//! Callbacks: callers who asked to be called back, and the agents who handle them.

use cordboard::store::change;
use cordboard_schema::ids::{CallId, CallbackId};
use cordboard_schema::permission::Role;
use cordboard_schema::wrap_up::{Callback, CallbackState};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::now;
use crate::floor::{Person, each, last_done};
use crate::setup::Setup;

const PATH: &str = "/api/v1/callbacks";

/// Creates a callback about this.
pub(crate) fn callback(setup: &Setup, about: &str) -> Callback {
    let callback = Callback {
        id: CallbackId(Uuid::now_v7()),
        organization_id: setup.store.organization_id(),
        queue_id: None,
        call_id: CallId(Uuid::now_v7()),
        customer_id: None,
        phone: "+493012345678".parse().unwrap(),
        about: about.to_owned(),
        state: CallbackState::Open,
        user_id: None,
        created_at: now(),
        updated_at: now(),
    };
    let making = callback.clone();
    setup.change(move |connection| change::insert_callback(connection, &making))
}

fn at(callback: &Callback, action: &str) -> String {
    format!("{PATH}/{}{action}", callback.id)
}

#[test]
fn an_agent_claims_releases_and_finishes_a_callback() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let (roof, door) = (callback(&setup, "a new roof 🦊"), callback(&setup, "a door"));
    let open = ada.send(&setup, "GET", &format!("{PATH}?state=open"), &Value::Null).json();
    assert_eq!(each(&open, "about"), ["a new roof 🦊", "a door"]);
    let claimed = ada.send(&setup, "POST", &at(&roof, "/claim"), &Value::Null);
    let shown = claimed.json();
    assert_eq!((claimed.status, &shown["state"], &shown["user_id"]), (200, &json!("claimed"), &ada.id));
    assert_eq!(setup.json(&at(&roof, "")), shown);
    assert_eq!(last_done(&setup).0, "callback.claimed");
    assert_eq!(each(&setup.json(&format!("{PATH}?state=open")), "id"), [json!(door.id)]);
    let hers = format!("{PATH}?user_id={}", ada.id.as_str().unwrap());
    assert_eq!(each(&setup.json(&hers), "id"), [json!(roof.id)]);

    let released = ada.send(&setup, "POST", &at(&roof, "/release"), &Value::Null).json();
    assert_eq!((&released["state"], &released["user_id"]), (&json!("open"), &Value::Null));
    assert_eq!(last_done(&setup).0, "callback.released");
    for _ in 0..2 {
        let done = ada.send(&setup, "POST", &at(&roof, "/done"), &Value::Null);
        assert_eq!((done.status, &done.json()["state"]), (200, &json!("done")));
    }
    assert_eq!(last_done(&setup).0, "callback.done");
    assert_eq!(each(&setup.json(&format!("{PATH}?state=done")), "user_id"), [ada.id]);
    let page = setup.json(&format!("{PATH}?limit=1"));
    assert_eq!(each(&page, "id"), [json!(roof.id)]);
    let next = setup.json(&format!("{PATH}?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()));
    assert_eq!(each(&next, "id"), [json!(door.id)]);
}

#[test]
fn a_second_claim_names_who_has_the_callback() {
    let setup = Setup::open();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Agent));
    let boss = Person::of(&setup, "Barbara", Role::Admin);
    let roof = callback(&setup, "a new roof");
    let says = |person: &Person, action: &str| person.send(&setup, "POST", &at(&roof, action), &Value::Null);
    assert_eq!(says(&ada, "/claim").status, 200);
    assert_eq!(says(&ada, "/claim").status, 200, "the callback is hers already");
    for action in ["/claim", "/release", "/done"] {
        let refused = says(&grace, action);
        assert_eq!(refused.problem_code(409), "claimed", "{action}");
        assert!(refused.problem(409).contains("Ada"), "{action}: {refused:?}");
    }
    // A program claims no callback, and neither does a user who is no agent: both may release one.
    assert_eq!(setup.send("POST", &at(&roof, "/claim"), &Value::Null).problem_code(403), "not_allowed");
    assert_eq!(says(&boss, "/release").json()["state"], "open");
    assert_eq!(says(&grace, "/claim").json()["user_id"], grace.id);
    assert_eq!(setup.send("POST", &at(&roof, "/done"), &Value::Null).json()["user_id"], grace.id);
    for action in ["/claim", "/release", "/done"] {
        assert_eq!(says(&ada, action).problem_code(409), "done", "{action}");
    }
    let nobodys = format!("{PATH}/{}", Uuid::now_v7());
    setup.get(&nobodys).problem(404);
    ada.send(&setup, "POST", &format!("{nobodys}/claim"), &Value::Null).problem(404);
}

#[test]
fn one_of_eight_simultaneous_claims_gets_the_callback() {
    let setup = Setup::open();
    let roof = callback(&setup, "a new roof");
    let path = at(&roof, "/claim");
    let agents: Vec<Person> =
        (0..8).map(|number| Person::of(&setup, &format!("agent{number}"), Role::Agent)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |agent| {
            let (setup, path) = (&setup, &path);
            scope.spawn(move || Person::send(agent, setup, "POST", path, &Value::Null).status)
        };
        let asked: Vec<_> = agents.iter().map(ask).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}
