//! The live view: server-sent events, as a page or a program sees them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::LIVE_CLIENTS_MAX;
use cordboard_schema::permission::Role;
use cordboard_schema::switch::HandoffFailure;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::floor::Person;
use crate::house::{ADMIN, House};
use crate::people::{bearer, owner};

pub(crate) use cordboard_test_support::live::Viewer;

fn open(house: &House, query: &str) -> Viewer {
    open_as(house, query, ADMIN)
}

pub(crate) fn open_as(house: &House, query: &str, token: &str) -> Viewer {
    Viewer::open(house.address, query, token)
}

/// Kinds of the next entries until one of that kind, and the last row sent before or right after it.
fn until(viewer: &mut Viewer, kind: &str) -> Vec<String> {
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|last| last != kind) {
        let event = viewer.event();
        if event["kind"] == "entry" {
            kinds.push(event["entry"]["kind"].as_str().unwrap().to_owned());
        }
    }
    kinds
}

/// A call's row as the live view tells it: without what people have written beside it.
fn row(house: &House, id: CallId) -> Value {
    let mut row = house.json(&format!("/api/v1/calls/{id}"));
    assert_eq!(row.as_object_mut().and_then(|row| row.remove("tags")), Some(json!([])));
    row
}

#[test]
fn a_snapshot_comes_first_and_then_everything_that_happens() {
    let house = House::open();
    let mut before = Conversation::new(house.store.organization_id());
    house.store.journal(before.live());
    let mut over = Conversation::new(house.store.organization_id());
    house.store.journal(over.live());
    house.store.journal(over.ended(NextStep::Hangup));

    let mut viewer = open(&house, "");
    let snapshot = viewer.event();
    assert_eq!((&snapshot["kind"], &snapshot["seq"]), (&json!("snapshot"), &json!(1)));
    let calls = snapshot["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0], row(&house, before.call_id));

    let said = before.said("is somebody looking?");
    house.store.journal(vec![said]);
    let event = viewer.event();
    assert_eq!((&event["kind"], &event["seq"]), (&json!("entry"), &json!(2)));
    assert_eq!(event["entry"]["call_id"], before.call_id.to_string());
    assert_eq!((&event["entry"]["seq"], &event["entry"]["kind"]), (&json!(6), &json!("caller_said")));
    assert_eq!(event["entry"]["text"], "is somebody looking?");

    house.store.journal(before.ended(NextStep::Hangup));
    let events: Vec<Value> = (0..3).map(|_| viewer.event()).collect();
    assert_eq!(events[1]["entry"]["kind"], "ended");
    assert_eq!((&events[2]["kind"], &events[2]["call"]["state"]), (&json!("call"), &json!("ended")));
    assert_eq!(events[2]["seq"], 5, "without gaps");
    house.store.journal(vec![before.entry(Fact::RecordingFinished { duration_ms: 4_000 })]);
    assert_eq!(viewer.event()["entry"]["kind"], "recording_finished");
    assert_eq!(viewer.event()["call"]["recording_ms"], 4_000, "what comes after the end is told too");

    let mut new = Conversation::new(house.store.organization_id());
    house.store.journal(new.live());
    let started: Vec<Value> = (0..2).map(|_| viewer.event()).collect();
    assert_eq!(started[0]["entry"]["kind"], "call_started");
    assert_eq!(
        (&started[1]["call"]["id"], &started[1]["call"]["state"]),
        (&json!(new.call_id.to_string()), &json!("waiting"))
    );
}

#[test]
fn a_view_of_one_call_shows_no_other() {
    let house = House::open();
    let (mut one, mut other) =
        (Conversation::new(house.store.organization_id()), Conversation::new(house.store.organization_id()));
    house.journal(one.live());
    house.journal(other.live());
    let mut viewer = open(&house, &format!("?call_id={}", one.call_id));
    let mut all = open(&house, "");
    assert_eq!(viewer.event()["calls"].as_array().unwrap().len(), 1);
    assert_eq!(all.event()["calls"].as_array().unwrap().len(), 2);
    house.journal(vec![other.said("not for you"), one.said("for you")]);
    let event = viewer.event();
    assert_eq!(
        (&event["seq"], &event["entry"]["text"]),
        (&json!(2), &json!("for you")),
        "numbers have no gaps"
    );
    assert_eq!(until(&mut all, "caller_said").len(), 1);
    house.get("/api/v1/live?call_id=17").problem(400);
    house.get("/api/v1/live?calls=17").problem(400);
}

#[test]
fn a_client_that_does_not_read_is_cut_off_and_the_others_are_not() {
    let house = House::open();
    let mut said = Conversation::new(house.store.organization_id());
    house.journal(said.live());
    let mut sleeper = TcpStream::connect(house.address).unwrap();
    write!(
        sleeper,
        "GET /api/v1/live HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\r\n"
    )
    .unwrap();
    let mut reader = open(&house, "");
    reader.event();
    // More than the kernel's buffers and the queue hold.
    let text = "x".repeat(20_000);
    let began = Instant::now();
    for _ in 0..2_500 {
        house.store.journal(vec![said.said(&text)]);
        reader.event();
    }
    let mut got = Vec::new();
    sleeper.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    sleeper.read_to_end(&mut got).unwrap();
    assert!(got.len() < 2_500 * text.len(), "nothing was cut off");
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn so_many_may_look_and_a_place_that_is_left_is_free_again() {
    let house = House::open();
    let mut viewers: Vec<Viewer> = (0..LIVE_CLIENTS_MAX).map(|_| open(&house, "")).collect();
    viewers.iter_mut().for_each(|viewer| assert_eq!(viewer.event()["kind"], "snapshot"));
    let refused = house.get("/api/v1/live");
    assert_eq!(refused.problem_code(503), "unavailable");
    assert!(refused.header("retry-after").is_some());
    viewers.clear();
    let mut said = Conversation::new(house.store.organization_id());
    house.store.journal(said.live());
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        // A client that is gone is noticed when something is written to it.
        house.store.journal(vec![said.said("hello?")]);
        let mut stream = TcpStream::connect(house.address).unwrap();
        write!(stream, "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\n\r\n")
            .unwrap();
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).unwrap();
        if status.contains("200") {
            break;
        }
        assert!(Instant::now() < deadline, "{status}");
    }
}

#[test]
fn a_server_that_stops_ends_its_live_views() {
    let house = House::open();
    let mut viewer = open(&house, "");
    viewer.event();
    let began = Instant::now();
    drop(house);
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    // Whether it is closed or broken off.
    let _ = viewer.rest();
}

#[test]
fn agents_are_named_as_soon_as_they_are_asked() {
    let house = House::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&house, name, Role::Agent));
    let mut said = Conversation::new(house.store.organization_id());
    house.store.journal(said.live());
    house.store.journal(vec![said.passed(ada.user_id(), HandoffFailure::NoAnswer)]);
    let mut viewer = open(&house, "");
    let seen = |call: &Value| -> Vec<(Value, Value)> {
        let agents = call["agents"].as_array().unwrap().iter();
        agents.map(|agent| (agent["name"].clone(), agent["outcome"].clone())).collect()
    };
    let missed = (json!("Ada"), json!("missed"));
    assert_eq!(seen(&viewer.event()["calls"][0]), std::slice::from_ref(&missed));
    house.journal(said.joined(grace.user_id()));
    for outcome in ["accepted", "talking"] {
        assert_eq!(viewer.event()["kind"], "entry");
        assert_eq!(seen(&viewer.event()["call"]), [missed.clone(), (json!("Grace"), json!(outcome))]);
    }
    let whole = open(&house, "").event();
    assert_eq!(whole["calls"][0], row(&house, said.call_id));
}

#[test]
fn who_has_signed_out_is_shown_nothing_of_what_happens_then() {
    let house = House::open();
    let ada = owner(&house, "ada@example.com");
    let mut viewer = open_as(&house, "", ada.as_str().unwrap());
    assert_eq!(viewer.event()["kind"], "snapshot");
    assert_eq!(bearer(&house, "POST", "/api/v1/auth/logout", &ada, &Value::Null).status, 204);
    let mut said = Conversation::new(house.store.organization_id());
    house.journal(said.live());
    let rest = viewer.rest().unwrap();
    assert!(!rest.contains("data:"), "{rest}");
}
