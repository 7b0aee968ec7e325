//! A server that is killed while a visitor is offered to an agent, or talks with one: they go on in the same call.

use cordboard_test_support::control::TaskProgram;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::suites::desks::{is_heard, sees_first, stands};
use crate::world::Stage as Lives;

#[test]
fn a_visitor_whose_offer_died_is_offered_once_more() {
    let mut lives = Lives::new();
    let (left, visitor, before) = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let before = desk.event_of("offered").await["offer"]["id"].as_u64().unwrap();
        stage.event(&visitor.call_id, "desk_ringing").await;
        (stage.left(), visitor, before)
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let mut desk = stage.desk().await;
        let back = visitor.caller.come_back_here(stage.setup.server.http).await;
        let offer = desk.event_of("offered").await["offer"].clone();
        assert_eq!(offer["call_id"], visitor.call_id);
        // A desk that stays open over the restart closes the card of each known offer once.
        assert!(offer["id"].as_u64().unwrap() > before, "{offer}, after {before}");
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        let ada = stage.audio(&mut desk, &visitor.call_id).await;
        stands(&mut desk, &visitor.call_id, "talking").await;
        is_heard(&ada, &back, 500.0).await;
        is_heard(&back, &ada, 700.0).await;
    });
}

/// The server has forgotten it: their desk sends it when it reconnects.
#[test]
fn an_agent_at_lunch_is_away_after_a_restart() {
    let mut lives = Lives::new();
    let left = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let mut desk = stage.desk().await;
        let lunch = json!({ "intent": "away", "reason": "Lunch" });
        desk.done(json!({ "command": "set_presence", "presence": lunch })).await;
        stage.left()
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let header = format!("Bearer {}", stage.ada.token);
        let headers = [("Authorization", header.as_str())];
        let at = stage.setup.server.http;
        let mut desk = TaskProgram::knock_at(at, "/ws/desk?away=Lunch", &headers).await.unwrap();
        let snapshot = desk.event().await;
        let seen = sees_first((&mut desk, &snapshot), &stage.ada, "away").await;
        assert_eq!(seen["presence"]["reason"], "Lunch");
    });
}

#[test]
fn a_visitor_whose_connecting_agent_dies_is_offered_once_more() {
    let mut lives = Lives::new();
    let (left, visitor, waited_since) = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        stage.event(&visitor.call_id, "desk_accepted").await;
        (stage.left(), visitor, offer["waits_since"].clone())
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let mut desk = stage.desk().await;
        let _back = visitor.caller.come_back_here(stage.setup.server.http).await;
        let offer = desk.event_of("offered").await["offer"].clone();
        assert_eq!((&offer["call_id"], &offer["waits_since"]), (&visitor.call_id, &waited_since));
        let at = "/api/customer/data?extension=operator";
        let found = stage.setup.as_person(&stage.ada, "GET", at, &Value::Null, 200).await;
        assert_eq!(found["call_id"], visitor.call_id, "{found}");
    });
}

#[test]
fn a_visitor_whose_agent_died_talks_with_the_assistant() {
    let mut lives = Lives::new();
    let (left, visitor) = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let (_desk, visitor, _audio) = stage.talking().await;
        stage.event(&visitor.call_id, "agent_joined").await;
        (stage.left(), visitor)
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let _back = visitor.caller.come_back_here(stage.setup.server.http).await;
        stage.event(&visitor.call_id, "resumed").await;
        // No agent is being asked for them, so their silence is not waiting.
        stage.event(&visitor.call_id, "silence_prompted").await;
    });
}
