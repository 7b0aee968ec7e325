//! Wrap-ups that are due, and a server that dies meanwhile.

use std::time::Duration;

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::control::Program;
use cordboard_test_support::waiting::wait_until_every;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Ada has talked with a visitor and has hung up; it is on disk.
fn talked(stage: &Stage) -> Value {
    let (mut desk, visitor, _audio) = stage.talking();
    desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id }));
    wait_until_every(Duration::from_millis(100), "the call's agent", LIMIT, || {
        let agent = stage.call(&visitor.call_id)["agents"][0].clone();
        (agent["outcome"] == "talked" && agent["left_at"].is_string()).then_some(())
    })
    .unwrap();
    visitor.call_id
}

/// Waits until this is all that the desk says is due.
#[track_caller]
fn is_due((desk, snapshot): (&mut Program, &Value), calls: &[&Value]) {
    let are_these = |wrap_ups: &Value| {
        let due = wrap_ups.as_array().unwrap().iter().map(|due| &due["call_id"]);
        due.collect::<Vec<_>>() == calls
    };
    if !are_these(&snapshot["wrap_ups"]) {
        while !are_these(&desk.event_of("work")["wrap_ups"]) {}
    }
}

#[test]
fn what_is_due_when_the_server_dies_is_due_when_it_lives_until_it_is_written() {
    let mut stage = Stage::open();
    let first = talked(&stage);
    stage.house.server.restart().unwrap();
    let (mut desk, snapshot) = stage.house.desk(&stage.ada);
    is_due((&mut desk, &snapshot), &[&first]);
    let said = json!({ "call_id": first, "note": "Wanted the blue one." });
    stage.house.as_person(&stage.ada, "POST", "/api/v1/wrap-ups", &said, 201);
    while desk.event_of("work")["wrap_ups"] != json!([]) {}
    desk.close();

    stage.calls_know(&["operator"]);
    let second = talked(&stage);
    stage.house.server.restart().unwrap();
    let (mut desk, snapshot) = stage.house.desk(&stage.ada);
    is_due((&mut desk, &snapshot), &[&second]);
}

#[test]
fn who_talks_when_the_server_dies_has_to_write_down_how_it_went() {
    let mut stage = Stage::open();
    let (_desk, visitor, _audio) = stage.talking();
    wait_until_every(Duration::from_millis(100), "the call's agent", LIMIT, || {
        (stage.call(&visitor.call_id)["agents"][0]["outcome"] == "talking").then_some(())
    })
    .unwrap();
    stage.house.server.restart().unwrap();
    let (mut desk, snapshot) = stage.house.desk(&stage.ada);
    is_due((&mut desk, &snapshot), &[&visitor.call_id]);
}
