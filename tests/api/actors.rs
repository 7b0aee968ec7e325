//! An administrator's view of the actors.

use cordboard::config::{Config, Sources};
use cordboard_actors::vitals::{AssistantShown, CallShown, LegShown, StepShown};
use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CallId, LegId, OrganizationId};
use cordboard_schema::switch::ControlId;
use cordboard_schema::time::UnixMs;
use serde_json::json;
use uuid::Uuid;

use crate::entries::Conversation;
use crate::isolation::another_organization;
use crate::setup::Setup;

#[test]
fn the_tree_shows_vital_signs_of_calls_and_limits_used() {
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
    assert_eq!(shown["limits"][0], json!({ "name": "calls", "organization": null, "used": 1, "max": 100 }));
    assert_eq!(shown["failures"], json!([]));
}

#[test]
fn each_organization_shows_todays_cost_of_its_calls() {
    let environment = vec![("CORDBOARD_COSTS__DAILY_CAP".into(), "0.0005".into())];
    let setup = Setup::open_with(Config::load(&Sources { environment, ..Sources::default() }).unwrap());
    let first = setup.store.organization_id();
    let other = another_organization(&setup);
    // The same costs on two days: midnight may pass before they are read.
    for later_ms in [0, 24 * 3_600_000] {
        for (organization_id, cost_micros) in [(first, 30), (other, 400), (other, 7)] {
            let mut said = Conversation::new(organization_id);
            let mut entries = said.live();
            entries.push(said.entry(Decision::Charged { model: "voice".to_owned(), cost_micros }));
            entries.iter_mut().for_each(|entry| entry.at = entry.at + later_ms);
            setup.journal(entries);
        }
    }
    let shown = setup.json("/api/v1/admin/actors");
    let limits = shown["limits"].as_array().unwrap();
    let spent: Vec<_> = limits
        .iter()
        .filter(|limit| limit["name"] == "daily_cost_micros")
        .map(|limit| (limit["organization"]["id"].clone(), limit["used"].clone(), limit["max"].clone()))
        .collect();
    let of = |id: OrganizationId, used: u64| (json!(id), json!(used), json!(500));
    assert_eq!(spent, [of(other, 407), of(first, 30)]);
}

#[test]
fn the_ledger_has_every_kind_with_its_organization() {
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
