//! Snapshots that a desk asks for while the database is slow.

use cordboard::store::fault::{self, DatabaseFault};
use cordboard_test_support::control::Received;
use serde_json::json;

use super::stage::Stage;
use crate::suites::desks::stands;
use crate::world::virtually;

#[test]
fn a_slow_snapshot_has_the_call_that_was_just_accepted() {
    virtually(async || {
        fault::set(None);
        let stage = Stage::open().await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        let offer = desk.event_of("offered").await["offer"].clone();
        // The agent comes back to the page, which asks for a snapshot, and accepts while its lists are read.
        fault::set(Some(DatabaseFault::Slow { ms: 1_000 }));
        desk.begin(json!({ "command": "snapshot" })).await;
        desk.done(json!({ "command": "accept", "offer_id": offer["id"] })).await;
        stands(&mut desk, &visitor.call_id, "connecting").await;
        let snapshot = loop {
            // Its answer comes first.
            match desk.receive().await {
                Received::Message(message) if message["kind"] == "snapshot" => break message,
                Received::Message(_) => {}
                other => panic!("{other:?} instead of a snapshot"),
            }
        };
        fault::set(None);
        assert_eq!(snapshot["offers"], json!([]));
        assert!(visitor.among(&snapshot["calls"]).is_some(), "{snapshot}");
    });
}
