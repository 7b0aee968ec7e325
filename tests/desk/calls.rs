//! Calls that are led to agents at their desks.

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::desk::sees_first;
use cordboard_test_support::waiting::wait_until_every;
use serde_json::{Value, json};

use crate::house::standing;
use crate::stage::{LOOK, Stage, has_heard, is_heard, says, stands};

#[test]
fn a_visitor_who_presses_the_key_talks_with_who_accepts_and_who_knows_already() {
    let stage = Stage::open();
    let mut desk = stage.desk();
    let visitor = stage.visitor();
    visitor.caller.press('0');
    let offer = desk.event_of("offered")["offer"].clone();
    assert_eq!(offer["call_id"], visitor.call_id);
    // It rings, so the profile is there.
    let id = visitor.call_id.as_str().unwrap();
    let path = format!("/api/customer/data?extension=operator&call_id={id}");
    let profile = stage.house.as_person(&stage.ada, "GET", &path, &Value::Null, 200);
    assert_eq!((&profile["call_id"], &profile["source"]), (&visitor.call_id, &json!("call_id")));
    // Nobody waits in silence.
    visitor.hears_something();

    desk.done(json!({ "command": "accept", "offer_id": offer["id"] }));
    stands(&mut desk, &visitor, "connecting");
    let ada = stage.audio(&mut desk, &visitor.call_id);
    let call = stands(&mut desk, &visitor, "talking");
    assert!(call["talks_since"].is_string() && call["is_muted"] == false, "{call}");
    is_heard(&ada, &visitor.caller, 500.0);
    is_heard(&visitor.caller, &ada, 700.0);

    desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id }));
    let over = stage.event(&visitor.call_id, "ended");
    assert_eq!((&over["by"], &over["cause"]), (&json!("agent"), &json!("normal_clearing")));
    wait_until_every(LOOK, "the end of both", LIMIT, || {
        (visitor.caller.is_let_go() && ada.is_let_go()).then_some(())
    })
    .unwrap();
    let work = desk.event_of("work");
    assert_eq!((&work["calls"], &work["wrap_ups"][0]["call_id"]), (&json!([]), &visitor.call_id));
    let agent = &stage.call(&visitor.call_id)["agents"][0];
    assert_eq!((&agent["user_id"], &agent["outcome"]), (&stage.ada.id, &json!("talked")));
    let said = json!({ "call_id": visitor.call_id, "note": "Wanted the blue one." });
    stage.house.as_person(&stage.ada, "POST", "/api/v1/wrap-ups", &said, 201);
    assert_eq!(desk.event_of("work")["wrap_ups"], json!([]));
    let (_, snapshot) = stage.house.desk(&stage.ada);
    assert_eq!(standing(&snapshot["agents"], &stage.ada), ("available".to_owned(), "idle".to_owned()));
}

#[test]
fn who_is_held_hears_music_and_who_is_muted_is_not_heard() {
    let stage = Stage::open();
    let (mut desk, visitor, ada) = stage.talking();
    is_heard(&ada, &visitor.caller, 500.0);
    desk.done(json!({ "command": "hold", "call_id": visitor.call_id }));
    let held = stands(&mut desk, &visitor, "held");
    assert!(held["held_since"].is_string(), "{held}");
    visitor.hears_something();
    let before = ada.heard().length();
    says(&visitor.caller, 700.0);
    assert_eq!(desk.refusal(json!({ "command": "hold", "call_id": visitor.call_id })), "already_held");
    desk.done(json!({ "command": "unhold", "call_id": visitor.call_id }));
    stands(&mut desk, &visitor, "talking");
    is_heard(&visitor.caller, &ada, 900.0);
    assert!(!has_heard(&ada, 700.0, before) && has_heard(&ada, 900.0, before));

    desk.done(json!({ "command": "mute", "call_id": visitor.call_id }));
    assert_eq!(stands(&mut desk, &visitor, "talking")["is_muted"], true);
    let before = visitor.caller.heard().length();
    says(&ada, 500.0);
    desk.done(json!({ "command": "unmute", "call_id": visitor.call_id }));
    assert_eq!(stands(&mut desk, &visitor, "talking")["is_muted"], false);
    is_heard(&ada, &visitor.caller, 600.0);
    assert!(!has_heard(&visitor.caller, 500.0, before));
}

#[test]
fn a_visitor_who_is_handed_back_talks_with_the_assistant_again() {
    let stage = Stage::open();
    let (mut desk, visitor, ada) = stage.talking();
    let note = "Wants the blue one.";
    desk.done(json!({ "command": "hand_back", "call_id": visitor.call_id, "note": note }));
    assert_eq!(stage.event(&visitor.call_id, "handed_back")["note"], note);
    visitor.hears_something();
    wait_until_every(LOOK, "the end of the agent's audio", LIMIT, || ada.is_let_go().then_some(())).unwrap();
    assert_eq!(stage.call(&visitor.call_id)["state"], "live");
    let refused = desk.refusal(json!({ "command": "hold", "call_id": visitor.call_id }));
    assert_eq!(refused, "not_in_call");
    visitor.caller.press('*');
    assert_eq!(stage.event(&visitor.call_id, "ended")["by"], "assistant");
}

#[test]
fn who_declines_leaves_the_visitor_to_the_assistant_who_says_so() {
    let stage = Stage::open();
    let mut desk = stage.desk();
    let visitor = stage.visitor();
    visitor.caller.press('0');
    let offer = desk.event_of("offered")["offer"].clone();
    desk.done(json!({ "command": "decline", "offer_id": offer["id"] }));
    assert_eq!(desk.event_of("offer_gone")["why"], "declined");
    assert_eq!(stage.event(&visitor.call_id, "offer_passed")["user_id"], stage.ada.id);
    assert_eq!(stage.event(&visitor.call_id, "handoff_abandoned")["failure"], "declined");
    visitor.hears_something();
    let call = stage.call(&visitor.call_id);
    assert_eq!((&call["state"], &call["agents"][0]["outcome"]), (&json!("live"), &json!("declined")));
    // Whoever hangs up while it is offered is offered no more.
    visitor.caller.press('0');
    desk.event_of("offered");
    visitor.caller.hang_up();
    assert_eq!(desk.event_of("offer_gone")["why"], "withdrawn");
}

#[test]
fn a_page_that_is_loaded_anew_has_the_call_and_its_audio_again() {
    let stage = Stage::open();
    let (desk, visitor, ada) = stage.talking();
    // The page goes, with both of its sockets.
    ada.break_socket();
    desk.close();
    let (mut desk, snapshot) = stage.house.desk(&stage.ada);
    let state = visitor.among(&snapshot["calls"]).map(|call| call["state"].clone());
    assert!(state == Some(json!("audio_lost")) || state == Some(json!("talking")), "{snapshot}");
    // Meanwhile the visitor hears music.
    visitor.hears_something();
    let again = stage.audio(&mut desk, &visitor.call_id);
    stands(&mut desk, &visitor, "talking");
    is_heard(&again, &visitor.caller, 500.0);
    is_heard(&visitor.caller, &again, 700.0);
    // One that comes in its place sends it away.
    let third = stage.audio(&mut desk, &visitor.call_id);
    wait_until_every(LOOK, "the end of the audio before", LIMIT, || again.is_let_go().then_some(())).unwrap();
    is_heard(&third, &visitor.caller, 600.0);
}

#[test]
fn a_queue_offers_the_call_to_its_agents_and_one_of_them_has_it() {
    let stage = Stage::open();
    let ben = stage.house.agent("Ben");
    let queues = stage.house.send("GET", "/api/v1/queues", &Value::Null, 200);
    let at = format!("/api/v1/queues/{}", queues["items"][0]["id"].as_str().unwrap());
    let members = json!([{ "user_id": stage.ada.id }, { "user_id": ben.id }]);
    let all = json!({ "name": "support", "title": "Support", "strategy": "ring_all", "members": members });
    stage.house.send("PUT", &at, &all, 200);
    let (mut adas, (mut bens, snapshot)) = (stage.desk(), stage.house.desk(&ben));
    sees_first((&mut bens, &snapshot), &ben, "available");
    let visitor = stage.visitor();
    let id = visitor.call_id.as_str().unwrap();
    let support = json!({ "target": "support" });
    stage.house.send("POST", &format!("/api/v1/calls/{id}/handoff"), &support, 202);
    let (offer, late) =
        (adas.event_of("offered")["offer"].clone(), bens.event_of("offered")["offer"].clone());
    assert_eq!((&offer["queue_id"], &late["call_id"]), (&queues["items"][0]["id"], &visitor.call_id));
    // Who has no extension of their own looks the caller up by the queue's name.
    let path = format!("/api/customer/data?extension=support&call_id={id}");
    assert_eq!(stage.house.as_person(&ben, "GET", &path, &Value::Null, 200)["call_id"], visitor.call_id);
    adas.done(json!({ "command": "accept", "offer_id": offer["id"] }));
    let gone = bens.event_of("offer_gone");
    assert_eq!((&gone["why"], &gone["taken_by"]), (&json!("taken_by"), &json!("Ada")));
    stands(&mut adas, &visitor, "connecting");
    let ada = stage.audio(&mut adas, &visitor.call_id);
    stands(&mut adas, &visitor, "talking");
    is_heard(&ada, &visitor.caller, 500.0);
    assert_eq!(bens.refusal(json!({ "command": "accept", "offer_id": late["id"] })), "offer_gone");
}

#[test]
fn nobody_else_gets_near_the_call() {
    let stage = Stage::open();
    let (_desk, visitor, _ada) = stage.talking();
    let ben = stage.house.agent("Ben");
    let stranger = stage.house.stranger();
    for (person, refused) in [(&ben, "not_in_call"), (&stranger, "not_found")] {
        let (mut desk, _) = stage.house.desk(person);
        for command in ["hang_up", "hold", "mute"] {
            let asked = json!({ "command": command, "call_id": visitor.call_id });
            assert_eq!(desk.refusal(asked), refused, "{command}");
        }
        let audio = json!({ "command": "audio", "call_id": visitor.call_id });
        assert!(["not_in_call", "no_agent"].contains(&desk.refusal(audio).as_str()));
    }
    assert_eq!(stage.call(&visitor.call_id)["state"], "live");
}
