//! Wrap-ups: what agents write about their calls, and the dispositions that they choose from.

use cordboard_actors::line::PendingRequest;
use cordboard_actors::messages::{AgentAction, FromDesk, ToRouter};
use cordboard_schema::permission::Role;
use cordboard_schema::switch::HandoffFailure;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::entries::Conversation;
use crate::floor::{Person, each, faulty, last_done};
use crate::setup::Setup;

const PATH: &str = "/api/v1/wrap-ups";
const DISPOSITIONS: &str = "/api/v1/dispositions";

/// Creates a call in which these agents talked; returns its id in the API.
fn call(setup: &Setup, agents: &[&Person]) -> Value {
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    for agent in agents.iter().map(|agent| agent.user_id()) {
        setup.journal(said.joined(agent));
        setup.journal(vec![said.left(agent, 61_500)]);
    }
    json!(said.call_id)
}

/// Returns the agents and calls whose wrap-ups were reported to the router since the last request.
fn told(setup: &Setup) -> Vec<(Value, Value)> {
    let mut desks = setup.desks.lock().unwrap();
    let said = std::iter::from_fn(|| desks.try_recv().ok());
    said.map(|message| match message {
        ToRouter::FromDesk(PendingRequest {
            request: FromDesk { organization_id, user_id, said: AgentAction::WrappedUp(call_id) },
            ..
        }) if organization_id == setup.store.organization_id() => (json!(user_id), json!(call_id)),
        other => panic!("the router received {other:?}"),
    })
    .collect()
}

fn of(call: &Value) -> String {
    format!("{PATH}?call_id={}", call.as_str().unwrap())
}

#[test]
fn each_agent_of_a_call_writes_one_wrap_up() {
    let setup = Setup::open();
    let (ada, grace) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Grace", Role::Agent));
    let call = call(&setup, &[&ada, &grace]);
    let began = setup.json(&format!("/api/v1/calls/{}", call.as_str().unwrap()))["started_at"].clone();
    let resolved = setup.json(DISPOSITIONS)["items"][0].clone();
    let body = json!({
        "call_id": call, "disposition_id": resolved["id"], "note": "She wants\na new roof 🦊", "started_at": began,
    });
    let answer = ada.send(&setup, "POST", PATH, &body);
    let written = answer.json();
    assert_eq!((answer.status, answer.header("location")), (201, Some(&*of(&call))), "{written}");
    let ended = written["ended_at"].clone();
    let expected = json!({
        "call_id": call, "user_id": ada.id, "queue_id": null, "disposition_id": resolved["id"], "disposition": "Resolved",
        "note": "She wants\na new roof 🦊", "started_at": began, "ended_at": ended,
    });
    assert_eq!(written, expected);
    assert_eq!(last_done(&setup), ("wrap_up.written".to_owned(), "Resolved".to_owned()));
    assert_eq!(told(&setup), [(ada.id.clone(), call.clone())]);

    // Sent again, as after a lost answer.
    let again = ada.send(&setup, "POST", PATH, &body);
    assert_eq!((again.status, again.json()), (200, written.clone()));
    let other = json!({ "call_id": call, "note": "something else" });
    assert_eq!(ada.send(&setup, "POST", PATH, &other).problem_code(409), "already_written");
    // A refused request finishes no wrap-up; a repeated one does, because the first answer may have been lost.
    assert_eq!(told(&setup), [(ada.id.clone(), call.clone())]);
    assert_eq!(grace.send(&setup, "POST", PATH, &other).status, 201);
    assert_eq!(told(&setup), [(grace.id.clone(), call.clone())]);
    // Later readers see the disposition of that time.
    let path = format!("{DISPOSITIONS}/{}", resolved["id"].as_str().unwrap());
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(setup.send("DELETE", &ada.at("/api/v1/users"), &Value::Null).status, 204);
    let all = grace.send(&setup, "GET", &of(&call), &Value::Null).json();
    assert_eq!(all["items"][0], written);
    assert_eq!(each(&all, "user_id"), [ada.id, grace.id]);
}

#[test]
fn only_agents_who_talked_can_wrap_up_a_call() {
    let setup = Setup::open();
    let [ada, grace, linus] = ["Ada", "Grace", "Linus"].map(|name| Person::of(&setup, name, Role::Agent));
    let boss = Person::of(&setup, "Boss", Role::Owner);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    setup.journal(vec![said.passed(grace.user_id(), HandoffFailure::Declined)]);
    let joining = said.joined(linus.user_id());
    setup.journal(joining[..1].to_vec());
    let body = json!({ "call_id": said.call_id, "note": "the roof" });
    for nobody in [&ada, &grace, &linus, &boss] {
        assert_eq!(nobody.send(&setup, "POST", PATH, &body).problem_code(409), "not_your_call");
    }
    assert_eq!(setup.json(&of(&json!(said.call_id)))["items"], json!([]));
    assert_eq!(told(&setup), []);
    // The wrap-up of a call that was deleted is no longer due, because nobody could write it.
    let deleted = json!(Uuid::now_v7());
    let body_of_deleted = json!({ "call_id": deleted, "note": "the roof" });
    assert_eq!(faulty(&ada.send(&setup, "POST", PATH, &body_of_deleted)), ["call_id"]);
    assert_eq!(told(&setup), [(ada.id.clone(), deleted)]);
    // An agent who is still talking may begin to write.
    setup.journal(joining[1..].to_vec());
    assert_eq!(linus.send(&setup, "POST", PATH, &body).status, 201);
    assert_eq!(told(&setup), [(linus.id.clone(), json!(said.call_id))]);
}

#[test]
fn a_wrap_up_ends_despite_a_calendar_set_back() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    entries.extend(said.joined(ada.user_id()));
    entries.push(said.left(ada.user_id(), 61_500));
    for entry in &mut entries {
        entry.at = entry.at + 3_600_000;
    }
    let left = json!(entries.last().unwrap().at.to_rfc3339());
    setup.journal(entries);
    let body = json!({ "call_id": said.call_id, "note": "the roof", "started_at": left });
    let written = ada.send(&setup, "POST", PATH, &body);
    assert_eq!((written.status, &written.json()["started_at"]), (201, &left), "{written:?}");
    assert_eq!(told(&setup), [(ada.id.clone(), json!(said.call_id))]);
    assert_eq!(ada.send(&setup, "POST", PATH, &body).status, 200, "the same request again");
}

#[test]
fn a_wrap_up_needs_a_known_call_and_queue_requirements() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let call = call(&setup, &[&ada]);
    let asks = json!({ "name": "help", "wrap_up_required": true });
    let queue = setup.send("POST", "/api/v1/queues", &asks).json()["id"].clone();
    let nobodys = Uuid::now_v7();
    for (body, wrong) in [
        (
            json!({
                "call_id": nobodys, "queue_id": nobodys, "disposition_id": nobodys, "note": "\u{7}",
                "started_at": "2120-01-01T00:00:00Z",
            }),
            vec!["note", "call_id", "started_at", "disposition_id", "queue_id"],
        ),
        (json!({ "call_id": call, "queue_id": queue }), vec!["disposition_id"]),
        (json!({ "call_id": call, "started_at": "2020-01-01T00:00:00Z" }), vec!["started_at"]),
        (json!({ "call_id": call, "note": "x".repeat(4_001) }), vec!["note"]),
        (json!({ "call_id": call, "user_id": ada.id }), vec!["body"]),
        (json!({ "note": "of which call?" }), vec!["body"]),
    ] {
        assert_eq!(faulty(&ada.send(&setup, "POST", PATH, &body)), wrong, "{body}");
    }
    let chosen = setup.json(DISPOSITIONS)["items"][2]["id"].clone();
    let body = json!({ "call_id": call, "queue_id": queue, "disposition_id": chosen });
    // A program has no calls of its own.
    assert_eq!(setup.send("POST", PATH, &body).problem_code(403), "not_allowed");
    assert_eq!(setup.json(&of(&call))["items"], json!([]));
    let written = ada.send(&setup, "POST", PATH, &body);
    assert_eq!((written.status, &written.json()["queue_id"]), (201, &queue));
    setup.get(PATH).problem(400);
    setup.get(&format!("{PATH}?call_id=17")).problem(400);
    // If no disposition is left, none is required: the agent could never finish, and would get no more calls.
    let call = self::call(&setup, &[&ada]);
    for disposition in each(&setup.json(DISPOSITIONS), "id") {
        let path = format!("{DISPOSITIONS}/{}", disposition.as_str().unwrap());
        assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    }
    let body = json!({ "call_id": call, "queue_id": queue });
    assert_eq!(ada.send(&setup, "POST", PATH, &body).status, 201);
}

#[test]
fn a_required_disposition_can_not_be_evaded() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Agent);
    let asks = json!({ "name": "help", "wrap_up_required": true });
    let help = setup.send("POST", "/api/v1/queues", &asks).json()["id"].clone();
    let other = setup.send("POST", "/api/v1/queues", &json!({ "name": "sales" })).json()["id"].clone();
    let chosen = setup.json(DISPOSITIONS)["items"][2]["id"].clone();
    let came_by = serde_json::from_value(help.clone()).unwrap();
    let called = || {
        let mut said = Conversation::new(setup.store.organization_id());
        setup.journal(said.live());
        setup.journal(said.joined_by(ada.user_id(), Some(came_by)));
        json!(said.call_id)
    };
    let call = called();
    for body in [json!({ "call_id": call }), json!({ "call_id": call, "queue_id": other })] {
        assert_eq!(faulty(&ada.send(&setup, "POST", PATH, &body)), ["disposition_id"], "{body}");
    }
    let body = json!({ "call_id": call, "queue_id": other, "disposition_id": chosen });
    let written = ada.send(&setup, "POST", PATH, &body);
    assert_eq!((written.status, &written.json()["queue_id"]), (201, &help));
    assert_eq!(ada.send(&setup, "POST", PATH, &body).status, 200, "the same request again");
    // A removed queue requires nothing.
    let call = called();
    let at = format!("/api/v1/queues/{}", help.as_str().unwrap());
    assert_eq!(setup.send("DELETE", &at, &Value::Null).status, 204);
    assert_eq!(ada.send(&setup, "POST", PATH, &json!({ "call_id": call, "queue_id": help })).status, 201);
}

#[test]
fn each_organization_orders_its_own_dispositions() {
    let setup = Setup::open();
    let all = setup.json(DISPOSITIONS);
    assert_eq!(each(&all, "name"), ["Resolved", "Follow up", "Wrong number"]);
    assert_eq!(each(&all, "position"), [1, 2, 3]);
    let made = setup.send("POST", DISPOSITIONS, &json!({ "name": "Sold" }));
    assert_eq!((made.status, &made.json()["position"]), (201, &json!(4)));
    assert_eq!(last_done(&setup), ("disposition.created".to_owned(), "Sold".to_owned()));
    assert_eq!(setup.send("POST", DISPOSITIONS, &json!({ "name": "Sold" })).problem_code(409), "name_taken");
    let mut ids = each(&setup.json(DISPOSITIONS), "id");
    ids.reverse();
    let ordered = setup.send("PUT", &format!("{DISPOSITIONS}/order"), &json!({ "ids": ids })).json();
    assert_eq!(each(&ordered, "name"), ["Sold", "Wrong number", "Follow up", "Resolved"]);
    assert_eq!(each(&setup.json(DISPOSITIONS), "id"), ids);
    let path = format!("{DISPOSITIONS}/{}", ids[0].as_str().unwrap());
    assert_eq!(setup.send("PUT", &path, &json!({ "name": "Ordered" })).json()["name"], "Ordered");
    assert_eq!(setup.send("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(each(&setup.json(DISPOSITIONS), "position"), [1, 2, 3]);
    setup.get(&path).problem(404);
    for wrong in [json!([]), json!([ids[1], ids[2], ids[2]]), json!([ids[1], ids[2], ids[3], ids[0]])] {
        let answer = setup.send("PUT", &format!("{DISPOSITIONS}/order"), &json!({ "ids": wrong }));
        assert_eq!(faulty(&answer), ["ids"], "{wrong}");
    }
}
