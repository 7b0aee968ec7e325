//! Calls that agents begin: to colleagues here, and what they are told where a number can't be called. Calls over a switch are tested
//! with each switch (`desk_suite`).

use cordboard_test_support::browser::Caller;
use cordboard_test_support::control::Program;
use cordboard_test_support::desk::{self, Person, has_not, hears_something, is_heard, standing};
use cordboard_test_support::handoff_suite::Party;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Ada and Bo at their desks, who takes calls at the extension `bo`.
struct Two {
    stage: Stage,
    adas: Program,
    bo: Person,
    bos: Program,
}

impl Two {
    fn open() -> Self {
        let (stage, bo, bos) = Stage::open_with("Bo", "bo");
        let adas = stage.desk();
        Self { stage, adas, bo, bos }
    }

    /// Ada calls Bo; the call, her audio, and what Bo is offered.
    fn calls(&mut self) -> (Value, Caller, Value) {
        let id = self.adas.done(json!({ "command": "call_colleague", "target": "bo" }))["call_id"].clone();
        let begun = desk::stands(&mut self.adas, &id, "dialling");
        assert_eq!(begun["dialling"]["to"], "bo");
        let ada = self.stage.audio(&mut self.adas, &id);
        let offer = self.bos.event_of("offered")["offer"].clone();
        assert_eq!((&offer["call_id"], &offer["by"]), (&id, &self.stage.ada.id));
        (id, ada, offer)
    }

    /// What Ada is doing, as a desk that is opened now sees it.
    fn adas_activity(&self) -> String {
        let (_desk, snapshot) = self.stage.house.desk(&self.stage.ada);
        let agents = snapshot["agents"].as_array().unwrap();
        standing(agents.iter().find(|agent| agent["user_id"] == self.stage.ada.id).unwrap()).1
    }
}

#[test]
fn colleagues_talk_and_nobody_else_has_a_part_in_it() {
    let mut two = Two::open();
    let (id, ada, offer) = two.calls();
    // She hears that it rings.
    hears_something(&ada);
    two.bos.done(json!({ "command": "accept", "offer_id": offer["id"] }));
    let bo = two.stage.audio(&mut two.bos, &id);
    let talking = desk::stands(&mut two.bos, &id, "talking");
    assert_eq!((&talking["colleague"], &talking["others"]), (&two.stage.ada.id, &json!([])));
    assert_eq!(desk::stands(&mut two.adas, &id, "talking")["colleague"], two.bo.id);
    is_heard(&ada, &bo, 500.0);
    is_heard(&bo, &ada, 700.0);
    let refused = two.adas.refusal(json!({ "command": "hold", "call_id": id }));
    assert_eq!(refused, "not_conversing");
    let again = two.adas.refusal(json!({ "command": "call_colleague", "target": "bo" }));
    assert_eq!(again, "in_call");

    two.bos.done(json!({ "command": "hang_up", "call_id": id }));
    // Of a talk among themselves nobody writes anything down.
    assert_eq!((has_not(&mut two.adas, &id), has_not(&mut two.bos, &id)), (json!([]), json!([])));
    ada.wait_over();
    bo.wait_over();
    two.stage.event(&id, "ended");
    let row = two.stage.call(&id);
    let told = (&row["direction"], &row["from"], &row["to"], &row["hangup_by"]);
    assert_eq!(told, (&json!("internal"), &json!("Ada"), &json!("bo"), &json!("agent")), "{row}");
    let kinds: Vec<Value> = two.stage.events(&id).iter().map(|event| event["kind"].clone()).collect();
    assert!(!kinds.contains(&json!("assistant_ready")), "{kinds:?}");
}

#[test]
fn a_colleague_who_declines_or_is_given_up_is_told_of() {
    let mut two = Two::open();
    let (id, ada, offer) = two.calls();
    two.bos.done(json!({ "command": "decline", "offer_id": offer["id"] }));
    let told = two.adas.event_of("not_reached");
    assert_eq!((&told["call_id"], &told["to"], &told["failure"]), (&id, &json!("bo"), &json!("declined")));
    assert_eq!(has_not(&mut two.adas, &id), json!([]));
    ada.wait_over();

    let (id, ada, offer) = two.calls();
    two.adas.done(json!({ "command": "hang_up", "call_id": id }));
    let gone = two.bos.event_of("offer_gone");
    assert_eq!((&gone["offer_id"], &gone["why"]), (&offer["id"], &json!("withdrawn")));
    ada.wait_over();
    two.stage.event(&id, "ended");
    assert_eq!(two.stage.call(&id)["failure"], "caller_left");
}

#[test]
fn who_can_not_be_called_is_refused_at_once_and_the_agent_is_free() {
    let mut two = Two::open();
    let call = |target: &str| json!({ "command": "call_colleague", "target": target });
    assert_eq!(two.adas.refusal(call("nobody")), "no_such_target");
    assert_eq!(two.adas.refusal(call("operator")), "no_such_target", "herself");
    two.bos.done(json!({ "command": "set_presence", "presence": { "intent": "away", "reason": "Lunch" } }));
    assert_eq!(two.adas.refusal(call("bo")), "unavailable");
    two.bos.done(json!({ "command": "set_presence", "presence": { "intent": "available" } }));

    // There is no switch here that could call a number.
    assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "+49301234" })), "not_allowed");
    assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "nobody" })), "not_found");
    assert_eq!(two.adas.refusal(json!({ "command": "dial", "to": "Anton!" })), "invalid");
    assert_eq!(two.adas.refusal(json!({ "command": "dial" })), "invalid");
    assert_eq!(two.adas_activity(), "idle");
    let (_, _, offer) = two.calls();
    two.bos.done(json!({ "command": "decline", "offer_id": offer["id"] }));
}

#[test]
fn a_server_that_dies_leaves_no_call_between_colleagues() {
    let mut two = Two::open();
    let (id, _ada, offer) = two.calls();
    two.bos.done(json!({ "command": "accept", "offer_id": offer["id"] }));
    let _bo = two.stage.audio(&mut two.bos, &id);
    desk::stands(&mut two.adas, &id, "talking");
    two.stage.event(&id, "agent_joined");
    two.stage.house.server.restart().unwrap();
    two.stage.event(&id, "ended");
    let row = two.stage.call(&id);
    assert_eq!(
        (&row["hangup_cause"], &row["hangup_by"]),
        (&json!("server_restart"), &json!("server")),
        "{row}"
    );
    let mut adas = two.stage.house.desk(&two.stage.ada);
    let work = (&adas.1["calls"], &adas.1["wrap_ups"]);
    assert_eq!(work, (&json!([]), &json!([])));
    desk::sees_first((&mut adas.0, &adas.1), &two.stage.ada, "available");
}
