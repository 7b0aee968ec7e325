//! An administrator's view of the actors.

use cordboard_actors::vitals::{AssistantShown, CallShown, LegShown, StepShown};
use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::ids::{CallId, LegId};
use cordboard_schema::switch::ControlId;
use cordboard_schema::time::UnixMs;
use serde_json::json;
use uuid::Uuid;

use crate::setup::Setup;

#[test]
fn the_tree_shows_calls_with_their_vital_signs_and_limits_with_their_use() {
    let setup = Setup::open();
    let call_id = CallId(Uuid::now_v7());
    let call = CallShown {
        call_id,
        arbiter: 1,
        state: CallState::Interrupted,
        mailbox: 3,
        restarts: 1,
        steps: 42,
        last_step: Some(StepShown { kind: "leg_left", at: UnixMs(1_000) }),
        legs: vec![LegShown { leg: LegId(1), kind: LegKind::Audiosocket, restarts: 0 }],
        controls: vec![ControlId(1)],
        assistant: Some(AssistantShown { leg: LegId(2), provider: None }),
    };
    setup.answers.lock().unwrap().actors = vec![call];
    setup.answers.lock().unwrap().census.calls = 1;
    let shown = setup.json("/api/v1/admin/actors");
    assert_eq!(
        shown["calls"],
        json!([{
            "call_id": call_id.to_string(),
            "arbiter": 1,
            "state": "interrupted",
            "mailbox": 3,
            "restarts": 1,
            "steps": 42,
            "last_step": { "kind": "leg_left", "at": "1970-01-01T00:00:01.000Z" },
            "legs": [{ "leg": 1, "kind": "audiosocket", "restarts": 0 }],
            "controls": [1],
            "assistant": { "leg": 2, "provider": null },
        }])
    );
    assert_eq!((&shown["registry"]["restarts"], &shown["registry"]["mailbox"]), (&json!(1), &json!(0)));
    assert!(shown["registry"]["since"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown["limits"][0], json!({ "name": "calls", "used": 1, "max": 100 }));
    assert_eq!(shown["failures"], json!([]));
}

#[test]
fn the_ledger_names_every_kind_and_whose_it_is() {
    let shown = Setup::open().json("/api/v1/admin/actors");
    let ledger = shown["ledger"].as_array().unwrap();
    let of_calls = |row: &&serde_json::Value| row["is_of_calls"] == true;
    let kinds: Vec<&str> = ledger.iter().filter(of_calls).map(|row| row["kind"].as_str().unwrap()).collect();
    for kind in ["calls", "call_timers", "legs_audiosocket", "control_links", "assistants", "recordings"] {
        assert!(kinds.contains(&kind), "{kind} is missing among {kinds:?}");
    }
    let ports = ledger.iter().find(|row| row["kind"] == "audio_ports").unwrap();
    let nothing = json!({
        "kind": "audio_ports", "is_of_calls": false, "open": 0, "opened": 0, "closed": 0, "most": 0, "oldest_ms": null,
    });
    assert_eq!(*ports, nothing);
}
