//! The inbox: who handles what, what is done, and how much waits.

use cordboard::store::change;
use cordboard_schema::call::Direction;
use cordboard_schema::ids::MessageId;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::callbacks::callback;
use crate::entries::now;
use crate::floor::{Person, each, last_done};
use crate::setup::Setup;

const ACTIVITIES: &str = "/api/v1/activities";
const MESSAGES: &str = "/api/v1/messages";

/// An incoming text message.
pub(crate) fn text_from(setup: &Setup, from: &str, body: &str) -> Message {
    let message = Message {
        id: MessageId(Uuid::now_v7()),
        organization_id: setup.store.organization_id(),
        customer_id: None,
        call_id: None,
        direction: Direction::Inbound,
        from: from.to_owned(),
        to: "+493011111111".to_owned(),
        body: body.to_owned(),
        template: None,
        status: MessageStatus::Received,
        sid: Some(format!("SM{}", Uuid::now_v7().simple())),
        error_code: None,
        segments: Some(1),
        done_at: None,
        done_by: None,
        created_at: now(),
        updated_at: now(),
    };
    let making = message.clone();
    setup.change(move |connection| change::create_message(connection, &making));
    message
}

fn counts(told: &Value) -> [i64; 6] {
    ["callbacks", "messages", "todos", "overdue", "texts", "mine"].map(|name| told[name].as_i64().unwrap())
}

#[test]
fn a_to_do_loses_its_owner_when_they_are_removed() {
    let setup = Setup::open();
    let (ada, tom) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Tom", Role::Agent));
    let todo = json!({ "type": "todo", "title": "Order pumps", "owner_id": tom.id, "due_at": "2026-01-01T08:00:00Z" });
    let made = ada.send(&setup, "POST", ACTIVITIES, &todo);
    assert_eq!((made.status, &made.json()["owner_id"]), (201, &tom.id), "{made:?}");
    let path = made.header("location").unwrap().to_owned();
    let others = setup.send("POST", ACTIVITIES, &json!({ "type": "todo", "title": "Call Ada" })).json();
    assert_eq!(others["owner_id"], Value::Null);

    let whose = |owner: &Value| {
        let query = format!("{ACTIVITIES}?type=todo&open=true&owner_id={}", owner.as_str().unwrap());
        each(&setup.json(&query), "title")
    };
    assert_eq!((whose(&tom.id), whose(&ada.id)), (vec![json!("Order pumps")], vec![]));
    assert_eq!(counts(&tom.send(&setup, "GET", "/api/v1/inbox", &Value::Null).json()), [0, 0, 2, 1, 0, 1]);
    assert_eq!(counts(&ada.send(&setup, "GET", "/api/v1/inbox", &Value::Null).json()), [0, 0, 2, 1, 0, 0]);

    let mine = ada.send(&setup, "PATCH", &path, &json!({ "owner_id": ada.id })).json();
    assert_eq!(mine["owner_id"], ada.id);
    assert_eq!(last_done(&setup).0, "activity.updated");
    for nobody in [json!(Uuid::now_v7()), json!("Ada")] {
        ada.send(&setup, "PATCH", &path, &json!({ "owner_id": nobody })).problem(422);
    }

    // Done, and reopened.
    let done = ada.send(&setup, "PATCH", &path, &json!({ "completed": true })).json();
    assert_eq!((&done["action"], &done["owner_id"]), (&json!("completed"), &ada.id));
    assert_eq!(each(&setup.json(&format!("{ACTIVITIES}?open=false")), "title"), [json!("Order pumps")]);
    let again = ada.send(&setup, "PATCH", &path, &json!({ "completed": false })).json();
    assert_eq!((&again["action"], &again["owner_id"]), (&json!("updated"), &ada.id));

    let gone = setup.send("DELETE", &format!("/api/v1/users/{}", ada.id.as_str().unwrap()), &Value::Null);
    assert!(gone.status < 300, "{gone:?}");
    assert_eq!(setup.json(&path)["owner_id"], Value::Null);
}

#[test]
fn to_dos_that_are_due_are_listed_without_the_others() {
    let setup = Setup::open();
    for (title, due_at) in [
        ("Now", json!("2026-01-01T08:00:00Z")),
        ("Later", json!("2026-06-01T08:00:00Z")),
        ("Ever", json!(null)),
    ] {
        let todo = json!({ "type": "todo", "title": title, "due_at": due_at });
        assert_eq!(setup.send("POST", ACTIVITIES, &todo).status, 201, "{title}");
    }
    let due =
        |before: &str| each(&setup.json(&format!("{ACTIVITIES}?type=todo&due_before={before}")), "title");
    assert!(due("2026-01-01T08:00:00Z").is_empty());
    assert_eq!(due("2026-01-01T08:00:01Z"), [json!("Now")]);
    assert_eq!(due("2027-01-01T00:00:00Z"), [json!("Later"), json!("Now")]);
    // Nobody means such a time: every to-do with a day is due before it.
    assert_eq!(due("9999-01-01T00:00:00Z").len(), 2);
}

#[test]
fn done_to_dos_are_listed_last_done_first_across_pages() {
    let setup = Setup::open();
    let made = ["One", "Two", "Three"].map(|title| {
        let made = setup.send("POST", ACTIVITIES, &json!({ "type": "todo", "title": title }));
        made.header("location").unwrap().to_owned()
    });
    // Done at one time: the newer one comes first.
    for (path, at) in made.iter().zip(["2026-03-03", "2026-01-01", "2026-01-01"]) {
        assert_eq!(setup.send("PATCH", path, &json!({ "completed": true })).status, 200);
        let id = path.rsplit('/').next().unwrap();
        let sql = format!("UPDATE activities SET updated_at = '{at} 08:00:00' WHERE id = '{id}'");
        setup.change(move |connection| Ok(connection.batch_execute(&sql)?));
    }
    let list = format!("{ACTIVITIES}?type=todo&open=false&last_done_first=true&limit=1");
    let (mut path, mut titles) = (list.clone(), Vec::new());
    loop {
        let page = setup.json(&path);
        titles.extend(each(&page, "title"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{list}&cursor={cursor}");
    }
    assert_eq!(titles, [json!("One"), json!("Three"), json!("Two")]);
    for wrong in ["open=false&last_done_first=true&cursor=17", "open=true&last_done_first=true", "cursor=17"]
    {
        setup.get(&format!("{ACTIVITIES}?{wrong}")).problem(400);
    }
}

#[test]
fn done_callbacks_and_texts_come_last_done_first_across_pages() {
    let setup = Setup::open();
    let asked = ["One", "Two", "Three"].map(|about| callback(&setup, about).id.to_string());
    let texts = ["One", "Two", "Three"].map(|body| text_from(&setup, "+493012345678", body).id.to_string());
    // Done at one time: the newer one comes first.
    for (n, at) in ["2026-03-03", "2026-01-01", "2026-01-01"].into_iter().enumerate() {
        let sql = format!(
            "UPDATE callbacks SET state = 'done', updated_at = '{at} 08:00:00' WHERE id = '{}'; \
             UPDATE messages SET done_at = '{at} 08:00:00' WHERE id = '{}'",
            asked[n], texts[n],
        );
        setup.change(move |connection| Ok(connection.batch_execute(&sql)?));
    }
    callback(&setup, "Waits");
    text_from(&setup, "+493012345678", "Waits");
    for (list, member, wrong) in [
        ("/api/v1/callbacks?state=done", "about", "state=open"),
        ("/api/v1/messages?direction=inbound&done=true", "body", "direction=inbound&done=false"),
    ] {
        let list = format!("{list}&last_done_first=true&limit=1");
        let (mut path, mut found) = (list.clone(), Vec::new());
        loop {
            let page = setup.json(&path);
            found.extend(each(&page, member));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("{list}&cursor={cursor}");
        }
        assert_eq!(found, [json!("One"), json!("Three"), json!("Two")], "{list}");
        let (bare, _) = list.split_once('?').unwrap();
        setup.get(&format!("{list}&cursor=17")).problem(400);
        setup.get(&format!("{bare}?cursor=17")).problem(400);
        setup.get(&format!("{bare}?{wrong}&last_done_first=true")).problem(400);
    }
}

#[test]
fn messages_left_by_callers_are_listed_apart_from_call_notes() {
    let setup = Setup::open();
    for title in ["Asked for the opening hours", "Message from +493055501, 6.7 s"] {
        let event = json!({ "type": "event", "title": title, "at": "2026-01-01T08:00:00Z" });
        assert_eq!(setup.send("POST", ACTIVITIES, &event).status, 201, "{title}");
    }
    let spoken = "UPDATE activities SET audio_from_ms = 0, audio_to_ms = 6700 WHERE title LIKE 'Message%'";
    setup.stranger().batch_execute(spoken).unwrap();
    let titles = |query: &str| each(&setup.json(&format!("{ACTIVITIES}?type=event&{query}")), "title");
    assert_eq!(titles("audio=true"), [json!("Message from +493055501, 6.7 s")]);
    assert_eq!(titles("audio=false"), [json!("Asked for the opening hours")]);
    assert_eq!(titles("open=true").len(), 2);
}

#[test]
fn a_text_stays_done_by_the_first_person_until_reopened() {
    let setup = Setup::open();
    let (ada, tom) = (Person::of(&setup, "Ada", Role::Agent), Person::of(&setup, "Tom", Role::Agent));
    let text = text_from(&setup, "+493012345678", "<b>Half past two</b> suits us");
    callback(&setup, "a door");
    let path = format!("{MESSAGES}/{}", text.id);
    let open = format!("{MESSAGES}?direction=inbound&done=false");
    assert_eq!(each(&setup.json(&open), "id"), [json!(text.id)]);
    assert_eq!(counts(&ada.send(&setup, "GET", "/api/v1/inbox", &Value::Null).json()), [1, 0, 0, 0, 1, 0]);

    let done = ada.send(&setup, "PATCH", &path, &json!({ "done": true }));
    assert_eq!((done.status, &done.json()["done_by"]), (200, &ada.id), "{done:?}");
    assert_eq!(last_done(&setup).0, "message.updated");
    let twice = tom.send(&setup, "PATCH", &path, &json!({ "done": true })).json();
    assert_eq!((&twice["done_by"], &twice["done_at"]), (&ada.id, &done.json()["done_at"]));
    assert_eq!(each(&setup.json(&open), "id"), [] as [Value; 0]);
    assert_eq!(each(&setup.json(&format!("{MESSAGES}?done=true")), "id"), [json!(text.id)]);

    let again = tom.send(&setup, "PATCH", &path, &json!({ "done": false })).json();
    assert_eq!((&again["done_by"], &again["done_at"]), (&Value::Null, &Value::Null));
    assert_eq!(setup.json(&path), again);
    for body in [json!({}), json!({ "done": "yes" }), json!({ "done": true, "body": "other words" })] {
        ada.send(&setup, "PATCH", &path, &body).problem(422);
    }
}
