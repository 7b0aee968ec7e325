//! Calls, their journal and transcript, and hanging up, as a program sees them.

use cordboard_schema::dialplan::NextStep;
use serde_json::json;

use crate::entries::Conversation;
use crate::house::{ADMIN, House};

fn hangup(house: &House, id: impl std::fmt::Display) -> crate::house::Answer {
    let authorization = format!("Bearer {ADMIN}");
    house.request("POST", &format!("/api/v1/calls/{id}/hangup"), &[("Authorization", &authorization)])
}

#[test]
fn a_call_is_shown_with_what_was_said() {
    let house = House::open();
    let mut said = Conversation::new(house.store.organization_id());
    house.journal(said.live());
    house.journal(said.ended(NextStep::Hangup));
    let path = format!("/api/v1/calls/{}", said.call_id);
    let call = house.json(&path);
    assert_eq!(call["id"], said.call_id.to_string());
    assert_eq!(call["state"], "ended");
    assert_eq!(call["from"], "+49301234");
    assert_eq!(call["outside_ids"], json!([{ "kind": "audiosocket", "value": said.uuid.to_string() }]));
    assert_eq!((&call["hangup_cause"], &call["hangup_by"]), (&json!("normal_clearing"), &json!("caller")));
    assert!(call["started_at"].as_str().unwrap().ends_with('Z'));
    assert!(call.get("organization_id").is_none());

    let first = house.json(&format!("{path}/events?limit=3"));
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let second = house.json(&format!("{path}/events?cursor={}", first["next_cursor"].as_str().unwrap()));
    let kinds: Vec<_> = second["items"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["assistant_said", "caller_said", "leg_left", "ended"]);
    assert_eq!(second["items"][0]["seq"], 4);
    assert!(second["items"][0]["at"].as_str().unwrap().ends_with('Z'));
    assert!(second["next_cursor"].is_null());

    let transcript = house.json(&format!("{path}/transcript"));
    let line = &transcript["items"][1];
    assert_eq!((&line["role"], &line["text"]), (&json!("caller"), &json!("I would like a table")));
}

#[test]
fn every_call_is_on_exactly_one_page() {
    let house = House::open();
    let mut ids = Vec::new();
    for _ in 0..7 {
        let mut said = Conversation::new(house.store.organization_id());
        house.journal(said.live());
        ids.insert(0, said.call_id.to_string());
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.json(&format!("/api/v1/calls?state=live&limit=3{cursor}"));
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|call| call["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    assert_eq!(house.json("/api/v1/calls?state=ended")["items"], json!([]));
}

#[test]
fn a_live_call_is_hung_up_and_one_that_is_over_is_a_conflict() {
    let house = House::open();
    let mut said = Conversation::new(house.store.organization_id());
    house.journal(said.live());
    house.answers.lock().unwrap().end_call = Ok(());
    assert_eq!(hangup(&house, said.call_id).status, 202);
    assert_eq!(house.heard(), [format!("end {} Api normal_clearing", said.call_id)]);

    house.answers.lock().unwrap().end_call = Err(cordboard_actors::messages::NoSuchCall);
    house.journal(said.ended(NextStep::Hangup));
    assert_eq!(hangup(&house, said.call_id).problem(409), "the call is over");
    hangup(&house, uuid::Uuid::now_v7()).problem(404);
}

#[test]
fn activities_are_listed_by_call() {
    let house = House::open();
    let page = house.json(&format!("/api/v1/activities?call_id={}", uuid::Uuid::now_v7()));
    assert_eq!(page, json!({ "items": [], "next_cursor": null }));
}
