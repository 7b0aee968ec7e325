//! Calls that are handed to agents at their desks.

use serde_json::{Value, json};

use super::setup::standing;
use super::stage::Stage;
use crate::suites::book::until;
use crate::suites::desks::{IN_TURN, MUSIC_IN_TURN, has_heard, is_heard, says, sees_first, stands};
use crate::world::virtually;

#[test]
fn a_visitor_who_presses_zero_talks_with_an_informed_agent() {
    virtually(async || {
        let stage = Stage::open().await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        assert_eq!(offer["call_id"], visitor.call_id);
        // It rings, so the profile is there.
        let id = visitor.call_id.as_str().unwrap();
        let path = format!("/api/customer/data?extension=operator&call_id={id}");
        let profile = stage.setup.as_person(&stage.ada, "GET", &path, &Value::Null, 200).await;
        assert_eq!((&profile["call_id"], &profile["source"]), (&visitor.call_id, &json!("call_id")));
        // The caller does not wait in silence.
        assert!(visitor.hears_something().await <= MUSIC_IN_TURN);

        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        let ada = stage.audio(&mut desk, &visitor.call_id).await;
        let call = stands(&mut desk, &visitor.call_id, "talking").await;
        assert!(call["talks_since"].is_string() && call["is_muted"] == false, "{call}");
        is_heard(&ada, &visitor.caller, 500.0).await;
        is_heard(&visitor.caller, &ada, 700.0).await;

        desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
        let over = stage.event(&visitor.call_id, "ended").await;
        assert_eq!((&over["by"], &over["cause"]), (&json!("agent"), &json!("normal_clearing")));
        until("the end of both", async || (visitor.caller.is_let_go() && ada.is_let_go()).then_some(()))
            .await;
        let work = desk.event_of("work").await;
        assert_eq!((&work["calls"], &work["wrap_ups"][0]["call_id"]), (&json!([]), &visitor.call_id));
        let agent = &stage.call(&visitor.call_id).await["agents"][0];
        assert_eq!((&agent["user_id"], &agent["outcome"]), (&stage.ada.id, &json!("talked")));
        let said = json!({ "call_id": visitor.call_id, "note": "Wanted the blue one." });
        stage.setup.as_person(&stage.ada, "POST", "/api/v1/wrap-ups", &said, 201).await;
        assert_eq!(desk.event_of("work").await["wrap_ups"], json!([]));
        let (_, snapshot) = stage.setup.desk(&stage.ada).await;
        assert_eq!(standing(&snapshot["agents"], &stage.ada), ("available".to_owned(), "idle".to_owned()));
    });
}

#[test]
fn held_visitors_hear_music_and_muted_agents_are_not_heard() {
    virtually(async || {
        let stage = Stage::open().await;
        let (mut desk, visitor, ada) = stage.talking().await;
        is_heard(&ada, &visitor.caller, 500.0).await;
        desk.done(json!({ "command": "hold", "call_id": visitor.call_id })).await;
        let held = stands(&mut desk, &visitor.call_id, "held").await;
        assert!(held["held_since"].is_string(), "{held}");
        assert!(visitor.hears_something().await <= MUSIC_IN_TURN);
        let before = ada.heard().length();
        says(&visitor.caller, 700.0).await;
        assert_eq!(
            desk.refusal(json!({ "command": "hold", "call_id": visitor.call_id })).await,
            "already_held"
        );
        desk.done(json!({ "command": "unhold", "call_id": visitor.call_id })).await;
        stands(&mut desk, &visitor.call_id, "talking").await;
        is_heard(&visitor.caller, &ada, 900.0).await;
        assert!(!has_heard(&ada, 700.0, before) && has_heard(&ada, 900.0, before));

        desk.done(json!({ "command": "mute", "call_id": visitor.call_id })).await;
        assert_eq!(stands(&mut desk, &visitor.call_id, "talking").await["is_muted"], true);
        let before = visitor.caller.heard().length();
        says(&ada, 500.0).await;
        desk.done(json!({ "command": "unmute", "call_id": visitor.call_id })).await;
        assert_eq!(stands(&mut desk, &visitor.call_id, "talking").await["is_muted"], false);
        is_heard(&ada, &visitor.caller, 600.0).await;
        assert!(!has_heard(&visitor.caller, 500.0, before));
    });
}

#[test]
fn a_visitor_handed_back_talks_with_the_assistant_again() {
    virtually(async || {
        let stage = Stage::open().await;
        let (mut desk, visitor, ada) = stage.talking().await;
        let note = "Wants the blue one.";
        desk.done(json!({ "command": "hand_back", "call_id": visitor.call_id, "note": note })).await;
        assert_eq!(stage.event(&visitor.call_id, "handed_back").await["note"], note);
        assert!(visitor.hears_something().await <= IN_TURN);
        until("the end of the agent's audio", async || ada.is_let_go().then_some(())).await;
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
        let refused = desk.refusal(json!({ "command": "hold", "call_id": visitor.call_id })).await;
        assert_eq!(refused, "not_in_call");
        visitor.caller.press('*');
        assert_eq!(stage.event(&visitor.call_id, "ended").await["by"], "assistant");
        // An operator can follow it in the log, in this order.
        let (log, id) = (stage.setup.world.log(), visitor.call_id.as_str().unwrap());
        let mut course = log.lines().filter(|line| line.contains(" INFO ") && line.contains(id));
        for words in [
            "hand-off: asked to take over",
            "hand-off: offered at a desk",
            "hand-off: accepted at a desk",
            "hand-off: agent and caller talk",
            "hand-off: the agent returns the caller to the assistant",
        ] {
            assert!(course.any(|line| line.contains(words)), "{words:?} is not in its place in the log");
        }
    });
}

#[test]
fn when_an_agent_declines_the_assistant_tells_the_visitor_so() {
    virtually(async || {
        let stage = Stage::open().await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        desk.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
        assert_eq!(desk.event_of("offer_gone").await["why"], "declined");
        assert_eq!(stage.event(&visitor.call_id, "offer_passed").await["user_id"], stage.ada.id);
        assert_eq!(stage.event(&visitor.call_id, "handoff_abandoned").await["failure"], "declined");
        assert!(visitor.hears_something().await <= IN_TURN);
        let call = stage.call(&visitor.call_id).await;
        assert_eq!((&call["state"], &call["agents"][0]["outcome"]), (&json!("live"), &json!("declined")));
        // When a caller hangs up meanwhile, the offer is withdrawn.
        visitor.caller.press('0');
        desk.event_of("offered").await;
        visitor.caller.hang_up();
        assert_eq!(desk.event_of("offer_gone").await["why"], "withdrawn");
    });
}

#[test]
fn a_reloaded_page_has_the_call_and_its_audio_again() {
    virtually(async || {
        let stage = Stage::open().await;
        let (desk, visitor, ada) = stage.talking().await;
        // The page closes, with both of its sockets.
        ada.break_socket();
        desk.close().await;
        let (mut desk, snapshot) = stage.setup.desk(&stage.ada).await;
        let state = visitor.among(&snapshot["calls"]).map(|call| call["state"].clone());
        assert!(state == Some(json!("audio_lost")) || state == Some(json!("talking")), "{snapshot}");
        // Meanwhile the visitor hears music.
        assert!(visitor.hears_something().await <= MUSIC_IN_TURN);
        let again = stage.audio(&mut desk, &visitor.call_id).await;
        stands(&mut desk, &visitor.call_id, "talking").await;
        is_heard(&again, &visitor.caller, 500.0).await;
        is_heard(&visitor.caller, &again, 700.0).await;
        // A connection that replaces it sends it away.
        let third = stage.audio(&mut desk, &visitor.call_id).await;
        until("the end of the audio before", async || again.is_let_go().then_some(())).await;
        is_heard(&third, &visitor.caller, 600.0).await;
    });
}

#[test]
fn a_queue_offers_its_agents_a_call_that_one_takes() {
    virtually(async || {
        let stage = Stage::open().await;
        let ben = stage.setup.agent("Ben").await;
        let queues = stage.setup.send("GET", "/api/v1/queues", &Value::Null, 200).await;
        let at = format!("/api/v1/queues/{}", queues["items"][0]["id"].as_str().unwrap());
        let members = json!([{ "user_id": stage.ada.id }, { "user_id": ben.id }]);
        let all =
            json!({ "name": "support", "title": "Support", "strategy": "ring_all", "members": members });
        stage.setup.send("PUT", &at, &all, 200).await;
        let (mut adas, (mut bens, snapshot)) = (stage.desk().await, stage.setup.desk(&ben).await);
        sees_first((&mut bens, &snapshot), &ben, "available").await;
        let visitor = stage.visitor().await;
        let id = visitor.call_id.as_str().unwrap();
        let support = json!({ "target": "support" });
        stage.setup.send("POST", &format!("/api/v1/calls/{id}/handoff"), &support, 202).await;
        let (offer, late) = (
            adas.event_of("offered").await["offer"].clone(),
            bens.event_of("offered").await["offer"].clone(),
        );
        assert_eq!((&offer["queue_id"], &late["call_id"]), (&queues["items"][0]["id"], &visitor.call_id));
        // An agent without an extension of their own looks the caller up by the queue's name.
        let path = format!("/api/customer/data?extension=support&call_id={id}");
        assert_eq!(
            stage.setup.as_person(&ben, "GET", &path, &Value::Null, 200).await["call_id"],
            visitor.call_id
        );
        adas.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let gone = bens.event_of("offer_gone").await;
        assert_eq!((&gone["why"], &gone["taken_by"]), (&json!("taken_by"), &json!("Ada")));
        stands(&mut adas, &visitor.call_id, "connecting").await;
        let ada = stage.audio(&mut adas, &visitor.call_id).await;
        stands(&mut adas, &visitor.call_id, "talking").await;
        is_heard(&ada, &visitor.caller, 500.0).await;
        assert_eq!(bens.refusal(json!({ "command": "accept", "offer_id": late["id"] })).await, "offer_gone");
    });
}

#[test]
fn no_other_user_can_reach_the_call() {
    virtually(async || {
        let stage = Stage::open().await;
        let (_desk, visitor, _ada) = stage.talking().await;
        let ben = stage.setup.agent("Ben").await;
        let stranger = stage.setup.stranger().await;
        for (person, refused) in [(&ben, "not_in_call"), (&stranger, "not_found")] {
            let (mut desk, _) = stage.setup.desk(person).await;
            for command in ["hang_up", "hold", "mute"] {
                let asked = json!({ "command": command, "call_id": visitor.call_id });
                assert_eq!(desk.refusal(asked).await, refused, "{command}");
            }
            let audio = json!({ "command": "audio", "call_id": visitor.call_id });
            assert!(["not_in_call", "no_agent"].contains(&desk.refusal(audio).await.as_str()));
        }
        assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
    });
}
