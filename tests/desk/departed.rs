//! People who are removed or disabled in the middle of a call: they hear no more of it, and the caller goes on.

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::stage::Stage;

fn leaves(method: &str, body: &Value, status: u16) {
    let stage = Stage::open();
    let (mut desk, visitor, ada) = stage.talking();
    let at = format!("/api/v1/users/{}", stage.ada.id.as_str().unwrap());
    stage.house.send(method, &at, body, status);
    wait_until("no more sound for who was removed", LIMIT, || ada.is_let_go().then_some(())).unwrap();
    let again = ada.come_back(stage.house.server.addresses().http);
    wait_until("no way back", LIMIT, || again.is_let_go().then_some(())).unwrap();
    assert_eq!(again.ready(), None, "they came back");
    let (_, code, reason) = desk.until_closed();
    assert_eq!(code, 1008, "{reason}");
    stage.event(&visitor.call_id, "handed_back");
    visitor.hears_something();
    assert_eq!(stage.call(&visitor.call_id)["state"], "live");
}

#[test]
fn somebody_who_is_removed_hears_no_more_of_the_call_and_its_caller_goes_on_with_the_assistant() {
    leaves("DELETE", &Value::Null, 204);
}

#[test]
fn somebody_who_is_disabled_hears_no_more_of_the_call_and_its_caller_goes_on_with_the_assistant() {
    leaves("PUT", &json!({ "name": "Ada", "role": "agent", "status": "disabled" }), 200);
}
