//! Talk links: who makes them, who talks over them, and who is turned away.

use cordboard_actors::messages::Refused;
use cordboard_schema::ids::CallId;
use cordboard_test_support::browser;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::house::{Answer, House};

const PATH: &str = "/api/v1/talk-links";

fn receptionist(house: &House) -> Value {
    house.json("/api/v1/agent-profiles")["items"][0]["id"].clone()
}

fn at(link: &Value) -> String {
    format!("{PATH}/{}", link["id"].as_str().unwrap())
}

/// A new link with these values besides.
fn link(house: &House, more: &Value) -> Value {
    let mut body = json!({ "name": "Our website", "profile_id": receptionist(house) });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = house.send("POST", PATH, &body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

/// What its visitors ask.
fn visitors(link: &Value) -> String {
    format!("/api/v1/talk/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap())
}

/// A visitor begins a call: nobody is signed in.
fn begin(house: &House, link: &Value) -> Answer {
    house.request("POST", &format!("{}/calls", visitors(link)), &[])
}

/// The registry takes the next calls, or not.
fn registry_says(house: &House, answer: Result<CallId, Refused>) {
    house.answers.lock().unwrap().expect = answer;
}

#[test]
fn a_link_is_made_shown_changed_and_removed_and_its_address_is_told_once() {
    let house = House::open();
    let profile = receptionist(&house);
    let made = house.send("POST", PATH, &json!({ "name": " Our website ", "profile_id": profile }));
    assert_eq!(made.status, 201, "{made:?}");
    let (mut link, location) = (made.json(), made.header("location").unwrap().to_owned());
    assert_eq!(location, at(&link));
    let url = link.as_object_mut().unwrap().remove("url").unwrap();
    let token = url.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(url.as_str().unwrap().ends_with(&format!("/talk/{token}")) && token.len() == 40, "{url}");
    let known = json!({
        "id": link["id"], "name": "Our website", "profile_id": profile, "enabled": true, "calls_max": 5,
        "calls_per_hour_max": 20, "created_at": link["created_at"], "last_used_at": null,
    });
    assert_eq!(link, known);
    assert_eq!(house.json(&at(&link)), known);
    assert_eq!(house.json(PATH)["items"], json!([known]));
    assert!(!crate::people::holds(&house, &token), "the token itself is kept");

    let body = json!({
        "name": "Van", "profile_id": profile, "enabled": false, "calls_max": 1, "calls_per_hour_max": 2,
    });
    let changed = house.send("PUT", &at(&link), &body);
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = known;
    for (name, value) in body.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!(changed.json(), expected);

    assert_eq!(house.send("DELETE", &at(&link), &Value::Null).status, 204);
    house.get(&at(&link)).problem(404);
    house.send("PUT", &at(&link), &body).problem(404);
    house.send("DELETE", &at(&link), &Value::Null).problem(404);
    let audit = house.json("/api/v1/audit-log");
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..3], ["talk_link.removed", "talk_link.changed", "talk_link.made"]);
}

#[test]
fn all_that_is_wrong_with_a_link_is_told_at_once() {
    let house = House::open();
    let bad = json!({ "name": "", "profile_id": receptionist(&house), "calls_max": 0, "calls_per_hour_max": 10_001 });
    let answer = house.send("POST", PATH, &bad);
    answer.problem(422);
    let told = answer.json();
    let mut fields: Vec<&str> =
        told["errors"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["calls_max", "calls_per_hour_max", "name"]);
    let foreign = json!({ "name": "x", "profile_id": Uuid::now_v7().to_string() });
    assert_eq!(house.send("POST", PATH, &foreign).json()["errors"][0]["field"], "profile_id");
}

#[test]
fn a_profile_that_answers_over_a_link_stays() {
    let house = House::open();
    let sales = house.send("POST", "/api/v1/agent-profiles", &json!({ "name": "sales" })).json();
    let path = format!("/api/v1/agent-profiles/{}", sales["id"].as_str().unwrap());
    let link = link(&house, &json!({ "profile_id": sales["id"] }));
    assert_eq!(house.send("DELETE", &path, &Value::Null).problem_code(409), "profile_has_talk_link");
    assert_eq!(house.send("DELETE", &at(&link), &Value::Null).status, 204);
    assert_eq!(house.send("DELETE", &path, &Value::Null).status, 204);
}

#[test]
fn a_visitor_is_told_whose_link_it_is_and_begins_a_call() {
    let house = House::open();
    let call = CallId(Uuid::now_v7());
    registry_says(&house, Ok(call));
    let link = link(&house, &json!({}));
    let shown = house.request("GET", &visitors(&link), &[]);
    assert_eq!((shown.status, shown.json()["name"].clone()), (200, json!("Our website")));
    assert!(!shown.json()["business"].as_str().unwrap().is_empty());
    let begun = begin(&house, &link);
    assert_eq!(begun.status, 201, "{begun:?}");
    let begun = begun.json();
    assert_eq!((&begun["call_id"], &begun["expires_in_s"]), (&json!(call.to_string()), &json!(60)));
    assert_eq!(begun["token"].as_str().unwrap().len(), 22);
    let heard = house.heard().pop().unwrap();
    assert!(
        heard.starts_with("expect web ") && heard.contains(r#"Some("Web visitor") Some("Our website")"#),
        "{heard}"
    );
    let used = || house.json(&at(&link))["last_used_at"].is_string().then_some(());
    cordboard_test_support::waiting::wait_until(
        "its use in the list",
        std::time::Duration::from_secs(10),
        used,
    )
    .unwrap();
}

#[test]
fn a_link_that_is_switched_off_or_unknown_is_none() {
    let house = House::open();
    let mut off = link(&house, &json!({ "enabled": false }));
    for _ in 0..2 {
        house.request("GET", &visitors(&off), &[]).problem(404);
        begin(&house, &off).problem(404);
        off["url"] = json!("http://here/talk/nosuchlink");
    }
    assert_eq!(house.heard(), Vec::<String>::new());
}

#[test]
fn where_there_is_no_room_a_visitor_is_told_when_to_come_back() {
    let house = House::open();
    registry_says(&house, Err(Refused::NoCapacity { max: 1 }));
    let link = link(&house, &json!({ "calls_max": 1 }));
    let full = begin(&house, &link);
    full.problem(503);
    assert!(full.header("retry-after").is_some());
    registry_says(&house, Ok(CallId(Uuid::now_v7())));
    assert_eq!(begin(&house, &link).status, 201, "the line of a call that did not begin is free");
    let taken = begin(&house, &link);
    assert!(taken.problem(503).contains("all lines of this link are taken"), "{taken:?}");
    assert!(taken.header("retry-after").is_some());
}

#[test]
fn one_address_calls_so_often_in_an_hour_and_no_more() {
    let house = House::open();
    registry_says(&house, Ok(CallId(Uuid::now_v7())));
    let (one, other) = (link(&house, &json!({ "calls_per_hour_max": 2 })), link(&house, &json!({})));
    for _ in 0..2 {
        assert_eq!(begin(&house, &one).status, 201);
    }
    let late = begin(&house, &one);
    assert_eq!(late.problem_code(429), "too_many_calls");
    let wait: u32 = late.header("retry-after").unwrap().parse().unwrap();
    assert!((3_000..=3_601).contains(&wait), "{wait} s");
    assert_eq!(begin(&house, &other).status, 201, "another link counts for itself");
}

#[test]
fn an_address_that_tries_token_after_token_waits() {
    let house = House::open();
    let guess = |n: u32| house.request("GET", &format!("/api/v1/talk/guess{n}"), &[]).status;
    let answers: Vec<u16> = (0..61).map(guess).collect();
    assert!(answers[..60].iter().all(|status| *status == 404), "{answers:?}");
    assert_eq!(answers[60], 429);
}

#[test]
fn a_browser_without_a_token_of_ours_is_told_why_and_let_go() {
    let house = House::open();
    let hello = json!({ "type": "hello", "version": 1, "rate": 24_000, "token": "forged" });
    let mut newer = hello.clone();
    newer["version"] = json!(2);
    let firsts = [
        (Message::text(hello.to_string()), "bad_token"),
        (Message::text(newer.to_string()), "bad_hello"),
        (Message::text("hello"), "bad_hello"),
        (Message::text(json!({ "type": "bye" }).to_string()), "bad_hello"),
        (Message::binary(vec![0; 960]), "bad_hello"),
    ];
    for (first, cause) in firsts {
        let mut socket = browser::open(house.address, None).unwrap();
        socket.send(first).unwrap();
        let bye = browser::next_text(&mut socket).unwrap();
        assert_eq!((&bye["type"], &bye["cause"]), (&json!("bye"), &json!(cause)), "{bye}");
        assert!(!bye.to_string().contains("forged"));
        assert_eq!(browser::next_text(&mut socket), None, "it is let go");
    }
    let mut socket = browser::open(house.address, None).unwrap();
    let _ = socket.send(Message::binary(vec![0; 1_000_000]));
    assert_eq!(browser::next_text(&mut socket), None, "a message of a megabyte ends it");
}

#[test]
fn a_page_of_another_site_opens_no_audio() {
    let house = House::open();
    assert_eq!(browser::open(house.address, Some("https://evil.example")).err(), Some(403));
    assert_eq!(browser::open(house.address, Some("null")).err(), Some(403));
    assert!(browser::open(house.address, Some(&format!("http://{}", house.address))).is_ok());
    assert_eq!(house.get("/ws/audio").problem_code(426), "no_upgrade");
}

#[test]
fn sockets_that_say_nothing_keep_no_visitor_out() {
    let house = House::open();
    let mut silent: Vec<_> = (0..300).map(|_| browser::open(house.address, None).unwrap()).collect();
    let mut visitor = browser::open(house.address, None).expect("the visitor is refused");
    let hello = json!({ "type": "hello", "version": 1, "token": "forged", "rate": 16_000 });
    visitor.send(Message::text(hello.to_string())).unwrap();
    let told = browser::next_text(&mut visitor).unwrap();
    assert_eq!(told["cause"], "bad_token", "whoever says hello is listened to: {told}");
    // The oldest went for another; the newest has its 5 s, and is told.
    assert_eq!(browser::next_text(&mut silent[0]), None);
    let newest = browser::next_text(silent.last_mut().unwrap()).unwrap();
    assert_eq!(newest["cause"], "bad_hello", "{newest}");
    let shown = house.json("/api/v1/admin/actors");
    let rows = shown["ledger"].as_array().unwrap();
    let row = |kind: &str| rows.iter().find(|row| row["kind"] == kind).unwrap();
    assert_eq!(row("handshakes")["opened"], 0, "the ports of switches have a counter of their own");
    assert!(row("handshakes_web")["opened"].as_u64().unwrap() > 300);
}
