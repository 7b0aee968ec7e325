//! Notices: people are written of leads, missed calls and failed hand-offs.

use std::time::Duration;

use cordboard_schema::dialplan::NextStep;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::house::House;

const PATH: &str = "/api/v1/notices";
const SOON: Duration = Duration::from_secs(20);

#[test]
fn who_is_told_is_set_whole_and_checked() {
    let house = House::open();
    let nobody = json!({ "email": [], "sms": [] });
    let none = json!({
        "new_lead": nobody, "missed_call": nobody, "failed_handoff": nobody, "webhook_off": nobody,
    });
    assert_eq!(house.json(PATH), none);
    let wanted = json!({ "new_lead": { "email": ["owner@example.com"], "sms": ["+4930123456"] } });
    for _ in 0..2 {
        assert_eq!(house.send("PUT", PATH, &wanted).status, 200);
    }
    assert_eq!(house.json(PATH)["new_lead"], wanted["new_lead"]);
    for (body, named) in [
        (json!({ "new_lead": { "email": ["nobody"] } }), "e-mail"),
        (json!({ "new_lead": { "email": ["a@b\r\nBcc: c@d"] } }), "e-mail"),
        (json!({ "missed_call": { "sms": ["030123456"] } }), "country"),
        (json!({ "missed_call": { "sms": vec!["+4930123456"; 11] } }), "at most 10"),
    ] {
        let detail = house.send("PUT", PATH, &body).problem(422);
        assert!(detail.contains(named), "{detail}");
    }
    assert_eq!(house.json(PATH)["new_lead"], wanted["new_lead"], "a bad body changes nothing");
}

#[test]
fn a_missed_call_is_told_by_letter_and_where_no_text_can_be_sent_the_log_says_so() {
    let house = House::open();
    let to = json!({ "email": ["owner@example.com", "nowhere@example.com"], "sms": ["+4930123456"] });
    house.send("PUT", PATH, &json!({ "missed_call": to }));
    let mut said = Conversation::new(house.store.organization_id());
    let mut entries = vec![said.started()];
    entries.extend(said.ended(NextStep::Hangup));
    house.journal(entries);
    let over = || {
        let items = house.json(&format!("{PATH}/deliveries"))["items"].clone();
        let over = items.as_array()?.iter().filter(|delivery| delivery["state"] != "waiting").count();
        (over == 3).then_some(items)
    };
    let items = wait_until("three deliveries", SOON, over).unwrap();
    let of = |channel: &str, target: &str| -> Value {
        let is_it = |delivery: &&Value| delivery["channel"] == channel && delivery["target"] == target;
        items.as_array().unwrap().iter().find(is_it).unwrap().clone()
    };
    let letter = of("email", "owner@example.com");
    assert_eq!((&letter["state"], &letter["answer"]), (&json!("delivered"), &json!("250 ok")));
    assert_eq!(letter["event"], "missed_call");
    let refused = of("email", "nowhere@example.com");
    assert_eq!((&refused["state"], &refused["attempts"]), (&json!("failed"), &json!(1)));
    let text = of("sms", "+4930123456");
    assert_eq!(text["state"], "failed");
    assert!(text["answer"].as_str().unwrap().contains("can't be sent"), "{text}");
    let subjects: Vec<String> = house.letters.all().into_iter().map(|sent| sent.letter.subject).collect();
    assert_eq!(subjects, ["Missed call from +49301234"; 2]);
}

#[test]
fn of_a_call_that_was_answered_nobody_is_told() {
    let house = House::open();
    let settings = json!({ "missed_call": { "email": ["owner@example.com"] } });
    house.send("PUT", PATH, &settings);
    let mut said = Conversation::new(house.store.organization_id());
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    house.journal(entries);
    assert_eq!(house.json(&format!("{PATH}/deliveries"))["items"], json!([]));
}
