//! The presence of agents, and whether they take calls.

use std::time::Duration;

use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::Person;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::setup::{Setup, standing};
use crate::suites::desks::{sees, sees_first};
use crate::world::virtually;

fn presence(intent: &str, reason: Option<&str>) -> Value {
    let presence = match reason {
        Some(reason) => json!({ "intent": intent, "reason": reason }),
        None => json!({ "intent": intent }),
    };
    json!({ "command": "set_presence", "presence": presence })
}

#[test]
fn an_agent_who_opens_a_desk_is_shown_as_available() {
    virtually(async || {
        let setup = Setup::open().await;
        let (ada, ben) = (setup.agent("Ada").await, setup.agent("Ben").await);
        let (mut bens, snapshot) = setup.desk(&ben).await;
        sees_first((&mut bens, &snapshot), &ada, "offline").await;
        let (mut adas, _) = setup.desk(&ada).await;
        let seen = sees(&mut bens, &ada, "available").await;
        assert_eq!(
            (&seen["name"], &seen["activity"], &seen["audio"]),
            (&json!("Ada"), &json!("idle"), &json!("browser"))
        );
        let (_, snapshot) = setup.desk(&ben).await;
        let available = ("available".to_owned(), "idle".to_owned());
        assert_eq!(standing(&snapshot["agents"], &ada), available);
        assert_eq!(standing(&snapshot["agents"], &ben), available);
        adas.done(presence("away", Some("Lunch"))).await;
        let seen = sees(&mut bens, &ada, "away").await;
        assert_eq!(seen["presence"]["reason"], "Lunch");
    });
}

#[test]
fn presence_set_on_one_desk_shows_on_another_without_gaps() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let ((mut one, _), (mut other, _)) = (setup.desk(&ada).await, setup.desk(&ada).await);
        one.done(presence("away", Some("Break"))).await;
        sees(&mut other, &ada, "away").await;
        other.done(presence("available", None)).await;
        // After the snapshot every event has the next number.
        let mut last = 1;
        loop {
            let event = one.event().await;
            assert_eq!(event["seq"], last + 1, "{event}");
            last += 1;
            if event["kind"] == "changed" && standing(&event["agents"], &ada).0 == "available" && last > 2 {
                break;
            }
        }
        one.done(json!({ "command": "snapshot" })).await;
        let again = one.event().await;
        assert_eq!(
            (&again["kind"], &again["seq"]),
            (&json!("snapshot"), &json!(last + 1)),
            "the numbers go on"
        );
        assert_eq!(standing(&again["agents"], &ada).0, "available");
    });
}

#[test]
fn being_away_needs_a_reason_where_the_organization_names_some() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let (mut desk, snapshot) = setup.desk(&ada).await;
        let reasons = snapshot["presence_reasons"].as_array().unwrap();
        let names: Vec<&str> = reasons.iter().map(|reason| reason["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Lunch", "Break", "Training"]);
        assert_eq!(snapshot["dispositions"][0]["name"], "Resolved");
        for (intent, reason) in [("away", None), ("away", Some("Holiday")), ("offline", None)] {
            let answer = desk.ask(presence(intent, reason)).await;
            assert_eq!(answer["error"]["kind"], "invalid", "{answer}");
            assert_eq!(answer["error"]["errors"][0]["field"], "presence");
        }
        for reason in reasons {
            let path = format!("/api/v1/presence-reasons/{}", reason["id"].as_str().unwrap());
            setup.send("DELETE", &path, &Value::Null, 204).await;
        }
        desk.done(presence("away", None)).await;
        sees(&mut desk, &ada, "away").await;
    });
}

#[test]
fn a_requested_next_presence_can_be_withdrawn() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let (mut desk, snapshot) = setup.desk(&ada).await;
        sees_first((&mut desk, &snapshot), &ada, "available").await;
        // An agent without work is there at once.
        desk.done(
            json!({ "command": "set_next_presence", "presence": { "intent": "away", "reason": "Lunch" } }),
        )
        .await;
        assert_eq!(sees(&mut desk, &ada, "away").await["next_presence"], Value::Null);
        desk.done(json!({ "command": "set_next_presence", "presence": null })).await;
    });
}

#[test]
fn supervisors_start_away_and_agents_without_desks_soon_go_offline() {
    virtually(async || {
        let setup = Setup::open().await;
        let (ada, sam) = (setup.agent("Ada").await, setup.person("Sam", "supervisor").await);
        let (mut sams, snapshot) = setup.desk(&sam).await;
        sees_first((&mut sams, &snapshot), &sam, "away").await;
        let (one, _) = setup.desk(&ada).await;
        let (other, _) = setup.desk(&ada).await;
        sees(&mut sams, &ada, "available").await;
        one.close().await;
        other.close().await;
        let closed = Instant::now();
        sees(&mut sams, &ada, "offline").await;
        assert_eq!(closed.elapsed(), Duration::from_secs(15));
    });
}

#[test]
fn an_away_agent_whose_line_was_lost_stays_away() {
    virtually(async || {
        let setup = Setup::open().await;
        let (ada, ben) = (setup.agent("Ada").await, setup.agent("Ben").await);
        let (mut adas, snapshot) = setup.desk(&ada).await;
        sees_first((&mut adas, &snapshot), &ada, "available").await;
        adas.done(presence("away", Some("Lunch"))).await;
        adas.close().await;
        let header = format!("Bearer {}", ada.token);
        for (path, reason) in [
            ("/ws/desk?away=Lunch", json!("Lunch")),
            ("/ws/desk?away=missed_call", json!("missed_call")),
            ("/ws/desk?away=Holiday", Value::Null),
            ("/ws/desk?away=", Value::Null),
        ] {
            is_offline(&setup, &ben, &ada).await;
            let headers = [("Authorization", header.as_str())];
            let mut back = TaskProgram::knock_at(setup.server.http, path, &headers).await.unwrap();
            let snapshot = back.event().await;
            let seen = sees_first((&mut back, &snapshot), &ada, "away").await;
            assert_eq!(seen["presence"]["reason"], reason, "{path}");
            back.close().await;
        }
    });
}

#[test]
fn an_available_supervisor_whose_line_was_lost_stays_available() {
    virtually(async || {
        let setup = Setup::open().await;
        let (sam, ben) = (setup.person("Sam", "supervisor").await, setup.agent("Ben").await);
        let (mut sams, snapshot) = setup.desk(&sam).await;
        sees_first((&mut sams, &snapshot), &sam, "away").await;
        sams.done(presence("available", None)).await;
        sams.close().await;
        let header = format!("Bearer {}", sam.token);
        for (path, intent) in [
            ("/ws/desk?available=true", "available"),
            ("/ws/desk?available=false", "away"),
            ("/ws/desk?available=true&away=", "away"),
        ] {
            is_offline(&setup, &ben, &sam).await;
            let headers = [("Authorization", header.as_str())];
            let mut back = TaskProgram::knock_at(setup.server.http, path, &headers).await.unwrap();
            let snapshot = back.event().await;
            sees_first((&mut back, &snapshot), &sam, intent).await;
            back.close().await;
        }
    });
}

#[test]
fn new_queues_and_colleagues_show_on_open_desks() {
    virtually(async || {
        let setup = Setup::open().await;
        let ada = setup.agent("Ada").await;
        let (mut desk, snapshot) = setup.desk(&ada).await;
        assert_eq!(snapshot["queues"], json!([]));
        let queue = json!({ "name": "sales", "title": "Sales", "members": [{ "user_id": ada.id }] });
        setup.send("POST", "/api/v1/queues", &queue, 201).await;
        let shown = loop {
            let floor = desk.event_of("floor").await;
            if floor["queues"] != json!([]) {
                break floor["queues"][0].clone();
            }
        };
        assert_eq!(
            (&shown["name"], &shown["waiting"], &shown["members"]),
            (&json!("sales"), &json!(0), &json!([ada.id]))
        );
        let ben = setup.agent("Ben").await;
        sees(&mut desk, &ben, "offline").await;
    });
}

/// The desk of a user who may not see it, and what others see of a user once their socket is gone.
#[test]
fn a_user_who_may_see_no_desk_is_offline() {
    virtually(async || {
        let setup = Setup::open().await;
        let (ada, ben) = (setup.agent("Ada").await, setup.agent("Ben").await);
        let (mut bens, snapshot) = setup.desk(&ben).await;
        sees_first((&mut bens, &snapshot), &ada, "offline").await;
        setup.world.sql("ALTER TABLE dispositions RENAME TO gone").await;
        let mut adas = TaskProgram::at_desk(setup.server.http, &ada.token).await;
        let (_, code, reason) = adas.until_closed().await;
        assert_eq!(code, 1013, "{reason}");
        setup.world.sql("ALTER TABLE gone RENAME TO dispositions").await;
        is_offline(&setup, &ben, &ada).await;
    });
}

#[test]
fn a_desk_refused_a_snapshot_works_on_and_closes_normally() {
    virtually(async || {
        let setup = Setup::open().await;
        let (ada, ben) = (setup.agent("Ada").await, setup.agent("Ben").await);
        let (mut adas, snapshot) = setup.desk(&ada).await;
        sees_first((&mut adas, &snapshot), &ada, "available").await;
        setup.world.sql("ALTER TABLE dispositions RENAME TO gone").await;
        let refused = adas.ask(json!({ "command": "snapshot" })).await;
        assert_eq!(refused["ok"], false, "{refused}");
        setup.world.sql("ALTER TABLE gone RENAME TO dispositions").await;
        adas.done(presence("away", Some("Lunch"))).await;
        sees(&mut adas, &ada, "away").await;
        adas.close().await;
        is_offline(&setup, &ben, &ada).await;
    });
}

/// A minute later this user is offline, as a new desk of another one shows.
async fn is_offline(setup: &Setup, other: &Person, person: &Person) {
    sleep(Duration::from_secs(60)).await;
    let (_, snapshot) = setup.desk(other).await;
    assert_eq!(standing(&snapshot["agents"], person).0, "offline");
}
