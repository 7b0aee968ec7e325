//! Who is there, and whether they take calls.

use cordboard_test_support::desk::{sees, sees_first};
use serde_json::{Value, json};

use crate::house::{House, standing};

fn presence(intent: &str, reason: Option<&str>) -> Value {
    let presence = match reason {
        Some(reason) => json!({ "intent": intent, "reason": reason }),
        None => json!({ "intent": intent }),
    };
    json!({ "command": "set_presence", "presence": presence })
}

#[test]
fn an_agent_who_opens_a_desk_takes_calls_and_everybody_sees_it() {
    let house = House::open();
    let (ada, ben) = (house.agent("Ada"), house.agent("Ben"));
    let (mut bens, snapshot) = house.desk(&ben);
    sees_first((&mut bens, &snapshot), &ada, "offline");
    let (mut adas, _) = house.desk(&ada);
    let seen = sees(&mut bens, &ada, "available");
    assert_eq!(
        (&seen["name"], &seen["activity"], &seen["audio"]),
        (&json!("Ada"), &json!("idle"), &json!("browser"))
    );
    let (_, snapshot) = house.desk(&ben);
    let available = ("available".to_owned(), "idle".to_owned());
    assert_eq!(standing(&snapshot["agents"], &ada), available);
    assert_eq!(standing(&snapshot["agents"], &ben), available);
    adas.done(presence("away", Some("Lunch")));
    let seen = sees(&mut bens, &ada, "away");
    assert_eq!(seen["presence"]["reason"], "Lunch");
}

#[test]
fn what_is_said_on_one_desk_shows_on_the_other_and_nothing_is_left_out() {
    let house = House::open();
    let ada = house.agent("Ada");
    let ((mut one, _), (mut other, _)) = (house.desk(&ada), house.desk(&ada));
    one.done(presence("away", Some("Break")));
    sees(&mut other, &ada, "away");
    other.done(presence("available", None));
    // From the snapshot on every event has the next number.
    let mut last = 1;
    loop {
        let event = one.event();
        assert_eq!(event["seq"], last + 1, "{event}");
        last += 1;
        if event["kind"] == "changed" && standing(&event["agents"], &ada).0 == "available" && last > 2 {
            break;
        }
    }
    one.done(json!({ "command": "snapshot" }));
    let again = one.event();
    assert_eq!((&again["kind"], &again["seq"]), (&json!("snapshot"), &json!(last + 1)), "the numbers go on");
    assert_eq!(standing(&again["agents"], &ada).0, "available");
}

#[test]
fn being_away_has_a_reason_where_the_organization_has_named_some() {
    let house = House::open();
    let ada = house.agent("Ada");
    let (mut desk, snapshot) = house.desk(&ada);
    let reasons = snapshot["presence_reasons"].as_array().unwrap();
    let names: Vec<&str> = reasons.iter().map(|reason| reason["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Lunch", "Break", "Training"]);
    assert_eq!(snapshot["dispositions"][0]["name"], "Resolved");
    for (intent, reason) in [("away", None), ("away", Some("Holiday")), ("offline", None)] {
        let answer = desk.ask(presence(intent, reason));
        assert_eq!(answer["error"]["kind"], "invalid", "{answer}");
        assert_eq!(answer["error"]["errors"][0]["field"], "presence");
    }
    for reason in reasons {
        let path = format!("/api/v1/presence-reasons/{}", reason["id"].as_str().unwrap());
        house.send("DELETE", &path, &Value::Null, 204);
    }
    desk.done(presence("away", None));
    sees(&mut desk, &ada, "away");
}

#[test]
fn what_is_wanted_next_can_be_taken_back() {
    let house = House::open();
    let ada = house.agent("Ada");
    let (mut desk, snapshot) = house.desk(&ada);
    sees_first((&mut desk, &snapshot), &ada, "available");
    // Who has nothing to do is there at once.
    desk.done(json!({ "command": "set_next_presence", "presence": { "intent": "away", "reason": "Lunch" } }));
    assert_eq!(sees(&mut desk, &ada, "away")["next_presence"], Value::Null);
    desk.done(json!({ "command": "set_next_presence", "presence": null }));
}

#[test]
fn who_leads_others_looks_first_and_who_closes_every_desk_is_offline_after_a_while() {
    let house = House::open();
    let (ada, sam) = (house.agent("Ada"), house.person("Sam", "supervisor"));
    let (mut sams, snapshot) = house.desk(&sam);
    sees_first((&mut sams, &snapshot), &sam, "away");
    let (one, _) = house.desk(&ada);
    let (other, _) = house.desk(&ada);
    sees(&mut sams, &ada, "available");
    one.close();
    other.close();
    sees(&mut sams, &ada, "offline");
}

#[test]
fn a_queue_and_a_new_colleague_show_on_desks_that_are_open() {
    let house = House::open();
    let ada = house.agent("Ada");
    let (mut desk, snapshot) = house.desk(&ada);
    assert_eq!(snapshot["queues"], json!([]));
    let queue = json!({ "name": "sales", "title": "Sales", "members": [{ "user_id": ada.id }] });
    house.send("POST", "/api/v1/queues", &queue, 201);
    let shown = loop {
        let floor = desk.event_of("floor");
        if floor["queues"] != json!([]) {
            break floor["queues"][0].clone();
        }
    };
    assert_eq!(
        (&shown["name"], &shown["waiting"], &shown["members"]),
        (&json!("sales"), &json!(0), &json!([ada.id]))
    );
    let ben = house.agent("Ben");
    sees(&mut desk, &ben, "offline");
}
