//! Wrap-ups that are due when a server dies.

use cordboard_test_support::control::TaskProgram;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::suites::book::until;
use crate::world::Stage as Lives;

/// Ada has talked with a visitor and has hung up; it is on disk.
async fn talked(stage: &Stage) -> Value {
    let (mut desk, visitor, _audio) = stage.talking().await;
    desk.done(json!({ "command": "hang_up", "call_id": visitor.call_id })).await;
    until("the call's agent", async || {
        let agent = stage.call(&visitor.call_id).await["agents"][0].clone();
        (agent["outcome"] == "talked" && agent["left_at"].is_string()).then_some(())
    })
    .await;
    visitor.call_id
}

/// Waits until the desk shows exactly these calls as due.
async fn is_due((desk, snapshot): (&mut TaskProgram, &Value), calls: &[&Value]) {
    let are_these = |wrap_ups: &Value| {
        let due = wrap_ups.as_array().unwrap().iter().map(|due| &due["call_id"]);
        due.collect::<Vec<_>>() == calls
    };
    if !are_these(&snapshot["wrap_ups"]) {
        while !are_these(&desk.event_of("work").await["wrap_ups"]) {}
    }
}

#[test]
fn due_wrap_ups_outlive_a_dying_server_until_written() {
    let mut lives = Lives::new();
    let (left, first) = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let first = talked(&stage).await;
        (stage.left(), first)
    });
    let (left, second) = lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let (mut desk, snapshot) = stage.setup.desk(&stage.ada).await;
        is_due((&mut desk, &snapshot), &[&first]).await;
        let said = json!({ "call_id": first, "note": "Wanted the blue one." });
        stage.setup.as_person(&stage.ada, "POST", "/api/v1/wrap-ups", &said, 201).await;
        while desk.event_of("work").await["wrap_ups"] != json!([]) {}
        desk.close().await;
        stage.calls_know(&["operator"]).await;
        let second = talked(&stage).await;
        (stage.left(), second)
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let (mut desk, snapshot) = stage.setup.desk(&stage.ada).await;
        is_due((&mut desk, &snapshot), &[&second]).await;
    });
}

#[test]
fn agents_talking_when_the_server_dies_have_a_wrap_up() {
    let mut lives = Lives::new();
    let (left, call_id) = lives.run(async |folder| {
        let stage = Stage::open_at(folder).await;
        let (_desk, visitor, _audio) = stage.talking().await;
        until("the call's agent", async || {
            (stage.call(&visitor.call_id).await["agents"][0]["outcome"] == "talking").then_some(())
        })
        .await;
        (stage.left(), visitor.call_id)
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        let (mut desk, snapshot) = stage.setup.desk(&stage.ada).await;
        is_due((&mut desk, &snapshot), &[&call_id]).await;
    });
}
