//! Calls that agents begin: to colleagues here, and the error where a number can't be called. Calls over a switch are tested with each switch
//! (`desk_suite`).

use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::TaskProgram;
use cordboard_test_support::desk::{Person, standing};
use serde_json::{Value, json};

use super::stage::Stage;
use crate::suites::desks::{has_not, hears_something, is_heard, sees_first, stands};
use crate::suites::party::Party as _;
use crate::world::{Stage as Lives, virtually};

/// Ada and Bo at their desks; Bo takes calls at the extension `bo`.
struct Two {
    stage: Stage,
    adas: TaskProgram,
    bo: Person,
    bos: TaskProgram,
}

impl Two {
    async fn open() -> Self {
        let (stage, bo, bos) = Stage::open_with("Bo", "bo").await;
        let adas = stage.desk().await;
        Self { stage, adas, bo, bos }
    }

    async fn at(stage: Stage) -> Self {
        let (bo, bos) = stage.joined_by("Bo", "bo").await;
        let adas = stage.desk().await;
        Self { stage, adas, bo, bos }
    }

    /// Ada calls Bo; returns the call, her audio, and Bo's offer.
    async fn calls(&mut self) -> (Value, Caller, Value) {
        let id =
            self.adas.done(json!({ "command": "call_colleague", "target": "bo" })).await["call_id"].clone();
        let begun = stands(&mut self.adas, &id, "dialling").await;
        assert_eq!(begun["dialling"]["to"], "bo");
        let ada = self.stage.audio(&mut self.adas, &id).await;
        let offer = self.bos.event_of("offered").await["offer"].clone();
        assert_eq!((&offer["call_id"], &offer["by"]), (&id, &self.stage.ada.id));
        (id, ada, offer)
    }

    /// Ada's activity, as a newly opened desk shows it.
    async fn adas_activity(&self) -> String {
        let (_desk, snapshot) = self.stage.setup.desk(&self.stage.ada).await;
        let agents = snapshot["agents"].as_array().unwrap();
        standing(agents.iter().find(|agent| agent["user_id"] == self.stage.ada.id).unwrap()).1
    }
}

#[test]
fn colleagues_talk_without_anybody_else() {
    virtually(async || {
        let mut two = Two::open().await;
        let (id, ada, offer) = two.calls().await;
        // She hears it ring.
        hears_something(&ada).await;
        two.bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let bo = two.stage.audio(&mut two.bos, &id).await;
        let talking = stands(&mut two.bos, &id, "talking").await;
        assert_eq!((&talking["colleague"], &talking["others"]), (&two.stage.ada.id, &json!([])));
        assert_eq!(stands(&mut two.adas, &id, "talking").await["colleague"], two.bo.id);
        is_heard(&ada, &bo, 500.0).await;
        is_heard(&bo, &ada, 700.0).await;
        let refused = two.adas.refusal(json!({ "command": "hold", "call_id": id })).await;
        assert_eq!(refused, "not_conversing");
        let again = two.adas.refusal(json!({ "command": "call_colleague", "target": "bo" })).await;
        assert_eq!(again, "in_call");

        two.bos.done(json!({ "command": "hang_up", "call_id": id })).await;
        // Nothing is recorded of a conversation among colleagues.
        assert_eq!(
            (has_not(&mut two.adas, &id).await, has_not(&mut two.bos, &id).await),
            (json!([]), json!([]))
        );
        ada.over().await;
        bo.over().await;
        two.stage.event(&id, "ended").await;
        let row = two.stage.call(&id).await;
        let told = (&row["direction"], &row["from"], &row["to"], &row["hangup_by"]);
        assert_eq!(told, (&json!("internal"), &json!("Ada"), &json!("bo"), &json!("agent")), "{row}");
        let kinds: Vec<Value> =
            two.stage.events(&id).await.iter().map(|event| event["kind"].clone()).collect();
        assert!(!kinds.contains(&json!("assistant_ready")), "{kinds:?}");
    });
}

#[test]
fn the_other_agent_learns_of_declined_and_abandoned_calls() {
    virtually(async || {
        let mut two = Two::open().await;
        let (id, ada, offer) = two.calls().await;
        two.bos.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
        let told = two.adas.event_of("not_reached").await;
        assert_eq!(
            (&told["call_id"], &told["to"], &told["failure"]),
            (&id, &json!("bo"), &json!("declined"))
        );
        assert_eq!(has_not(&mut two.adas, &id).await, json!([]));
        ada.over().await;

        let (id, ada, offer) = two.calls().await;
        two.adas.done(json!({ "command": "hang_up", "call_id": id })).await;
        let gone = two.bos.event_of("offer_gone").await;
        assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("withdrawn")));
        ada.over().await;
        two.stage.event(&id, "ended").await;
        assert_eq!(two.stage.call(&id).await["failure"], "caller_left");
    });
}

#[test]
fn a_call_between_colleagues_ends_when_one_is_removed() {
    virtually(async || {
        let mut two = Two::open().await;
        let (id, ada, offer) = two.calls().await;
        two.bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let _bo = two.stage.audio(&mut two.bos, &id).await;
        stands(&mut two.adas, &id, "talking").await;
        let at = format!("/api/v1/users/{}", two.bo.id.as_str().unwrap());
        two.stage.setup.send("DELETE", &at, &Value::Null, 204).await;
        assert_eq!(two.stage.event(&id, "ended").await["by"], "agent", "nobody has waited for Bo's sound");
        ada.over().await;
        assert_eq!(has_not(&mut two.adas, &id).await, json!([]));
    });
}

#[test]
fn an_impossible_call_is_refused_and_leaves_the_agent_free() {
    virtually(async || {
        let mut two = Two::open().await;
        let call = |target: &str| json!({ "command": "call_colleague", "target": target });
        assert_eq!(two.adas.refusal(call("nobody")).await, "no_such_target");
        assert_eq!(two.adas.refusal(call("operator")).await, "no_such_target", "herself");
        two.bos
            .done(json!({ "command": "set_presence", "presence": { "intent": "away", "reason": "Lunch" } }))
            .await;
        assert_eq!(two.adas.refusal(call("bo")).await, "unavailable");
        two.bos.done(json!({ "command": "set_presence", "presence": { "intent": "available" } })).await;

        // No switch here could call a number.
        assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "+49301234" })).await, "not_allowed");
        assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "nobody" })).await, "not_found");
        assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "Anton!" })).await, "invalid");
        assert_eq!(two.adas.refusal(json!({ "command": "dial" })).await, "invalid");
        assert_eq!(two.adas_activity().await, "idle");
        let (_, _, offer) = two.calls().await;
        two.bos.done(json!({ "command": "decline", "offer_id": offer["id"] })).await;
    });
}

#[test]
fn a_server_that_dies_leaves_no_call_between_colleagues() {
    let mut lives = Lives::new();
    let (left, id) = lives.run(async |folder| {
        let mut two = Two::at(Stage::open_at(folder).await).await;
        let (id, _ada, offer) = two.calls().await;
        two.bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        let _bo = two.stage.audio(&mut two.bos, &id).await;
        stands(&mut two.adas, &id, "talking").await;
        two.stage.event(&id, "agent_joined").await;
        (two.stage.left(), id)
    });
    lives.run(async |folder| {
        let stage = Stage::again(folder, left).await;
        stage.event(&id, "ended").await;
        let row = stage.call(&id).await;
        let told = (&row["hangup_cause"], &row["hangup_by"]);
        assert_eq!(told, (&json!("server_restart"), &json!("server")), "{row}");
        let (mut adas, snapshot) = stage.setup.desk(&stage.ada).await;
        assert_eq!((&snapshot["calls"], &snapshot["wrap_ups"]), (&json!([]), &json!([])));
        sees_first((&mut adas, &snapshot), &stage.ada, "available").await;
    });
}
