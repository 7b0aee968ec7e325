//! Users who are removed or disabled in the middle of a call: they hear no more of it, and the caller goes on.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::stage::Stage;
use crate::suites::book::{between, until};
use crate::suites::desks::stands;
use crate::world::virtually;

/// The length of sound that is played at once.
const FRAME: Duration = Duration::from_millis(20);

async fn leaves(method: &str, body: &Value, status: u16) {
    let stage = Stage::open().await;
    let (mut desk, visitor, ada) = stage.talking().await;
    let at = format!("/api/v1/users/{}", stage.ada.id.as_str().unwrap());
    stage.setup.send(method, &at, body, status).await;
    let left = Instant::now();
    until("no more sound for the removed user", async || ada.is_let_go().then_some(())).await;
    assert!(left.elapsed() <= FRAME, "{:?}", left.elapsed());
    assert!(visitor.hears_something().await <= FRAME, "the assistant is there at once");
    let again = ada.come_back_here(stage.setup.server.http).await;
    until("no way back", async || again.is_let_go().then_some(())).await;
    assert_eq!(again.ready(), None, "they came back");
    let (_, code, reason) = desk.until_closed().await;
    assert_eq!(code, 1008, "{reason}");
    let handed_back = stage.event(&visitor.call_id, "handed_back").await;
    let returned = stage.event(&visitor.call_id, "caller_returned").await;
    assert_eq!(between(&handed_back, &returned), Duration::ZERO);
    assert_eq!(stage.call(&visitor.call_id).await["state"], "live");
}

#[test]
fn a_removed_user_leaves_the_caller_to_the_assistant() {
    virtually(async || {
        leaves("DELETE", &Value::Null, 204).await;
    });
}

#[test]
fn a_disabled_user_leaves_the_caller_to_the_assistant() {
    virtually(async || {
        leaves("PUT", &json!({ "name": "Ada", "role": "agent", "status": "disabled" }), 200).await;
    });
}

/// On a phone, whose sound does not end with a sign-in, they could still hear and talk.
#[test]
fn a_disabled_colleague_is_no_longer_asked() {
    virtually(async || {
        let (stage, bo, mut bos) = Stage::open_with("Bo", "bo").await;
        let (mut adas, visitor, _ada) = stage.talking().await;
        adas.done(json!({ "command": "consult", "call_id": visitor.call_id, "target": "bo" })).await;
        stands(&mut adas, &visitor.call_id, "held").await;
        let offer = bos.event_of("offered").await["offer"].clone();
        bos.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut bos, &visitor.call_id, "connecting").await;
        let _bo = stage.audio(&mut bos, &visitor.call_id).await;
        stands(&mut bos, &visitor.call_id, "consulted").await;
        let at = format!("/api/v1/users/{}", bo.id.as_str().unwrap());
        let disabled = json!({ "name": "Bo", "role": "agent", "status": "disabled" });
        let asked = Instant::now();
        stage.setup.send("PUT", &at, &disabled, 200).await;
        let again = stands(&mut adas, &visitor.call_id, "talking").await;
        assert_eq!(again["last_consult"], json!({ "how": "colleague_left" }));
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    });
}
