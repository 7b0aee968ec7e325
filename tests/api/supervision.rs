//! The policy for supervision, and alarms of live calls, as the API shows and sets them.

use cordboard::store::{Raising, change};
use cordboard_actors::world;
use cordboard_schema::alarm::{ALARM_PHRASES_MAX, ALARM_RULES_MAX, ALARMS_RATE, AlarmCause, NewAlarm};
use cordboard_schema::ids::{AlarmId, CallId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::Setup;

/// An alarm of a call, as a rule of this name raises it.
fn alarm(setup: &Setup, call_id: CallId, rule: &str) -> NewAlarm {
    NewAlarm {
        id: AlarmId(world::new_id()),
        organization_id: setup.store.organization_id(),
        call_id,
        rule: rule.to_owned(),
        cause: AlarmCause::CallerWaits { longer_than_s: 60 },
        at: crate::entries::now(),
    }
}

/// Raises an alarm; returns its id.
pub(crate) fn raised(setup: &Setup, call_id: CallId, rule: &str) -> String {
    let alarm = alarm(setup, call_id, rule);
    let id = alarm.id.to_string();
    assert_eq!(setup.change(move |connection| change::raise_alarm(connection, &alarm)), Raising::Raised);
    id
}

#[test]
fn the_policy_is_replaced_and_only_names_supervising_roles() {
    let setup = Setup::open();
    let path = "/api/v1/supervision-policy";
    let mut policy = json!({
        "listen": "supervisor", "whisper": "supervisor", "barge": "supervisor", "take_over": "supervisor",
        "silent": false, "tell_caller": false,
    });
    assert_eq!(setup.json(path), policy);
    policy["barge"] = json!("owner");
    policy["take_over"] = Value::Null;
    policy["silent"] = json!(true);
    assert_eq!(setup.send("PUT", path, &policy).status, 200);
    assert_eq!(setup.json(path), policy);
    policy["whisper"] = json!("agent");
    let refused = setup.send("PUT", path, &policy);
    assert_eq!(
        (refused.status, refused.json()["errors"][0]["code"].clone()),
        (422, json!("supervising_role"))
    );
    assert_eq!(setup.send("PUT", path, &json!({ "listen": "owner" })).status, 422, "a part of it");
    let log = setup.json("/api/v1/audit-log")["items"].to_string();
    assert!(log.contains("barge owner, take over nobody, agents do not see it"), "{log}");
}

#[test]
fn alarm_rules_are_replaced_together_and_checked() {
    let setup = Setup::open();
    let path = "/api/v1/alarm-rules";
    assert_eq!(setup.json(path)["rules"], json!([]));
    let rules = json!({ "rules": [
        { "name": "Waits", "enabled": true, "on": "caller_waits", "longer_than_s": 60 },
        { "name": "Lawyer", "enabled": false, "on": "words_said", "phrases": ["my lawyer"], "by": "caller" },
        { "name": "Fails", "enabled": true, "on": "assistant_failed" },
    ] });
    let set = setup.send("PUT", path, &rules).json();
    assert_eq!(set["rules"], rules["rules"]);
    assert_eq!(setup.json(path), set);
    for bad in [
        json!({ "name": "", "enabled": true, "on": "assistant_failed" }),
        json!({ "name": "Quick", "enabled": true, "on": "silence", "longer_than_s": 1 }),
        json!({ "name": "Nothing", "enabled": true, "on": "words_said", "phrases": ["?!"] }),
        json!({ "name": "Moon", "enabled": true, "on": "full_moon" }),
    ] {
        assert_eq!(setup.send("PUT", path, &json!({ "rules": [bad] })).status, 422, "{bad}");
    }
    assert_eq!(setup.json(path), set, "a refused change took effect");
    let phrases = vec!["a lawyer, my attorney or whoever speaks for me"; ALARM_PHRASES_MAX];
    let many: Vec<Value> = (0..ALARM_RULES_MAX)
        .map(|n| json!({ "name": format!("Words {n}"), "enabled": true, "on": "words_said", "phrases": phrases, "by": "caller" }))
        .collect();
    assert_eq!(
        setup.send("PUT", path, &json!({ "rules": many })).status,
        200,
        "the largest valid set fits in a body"
    );
}

#[test]
fn alarms_are_raised_once_acknowledged_once_and_limited() {
    let setup = Setup::open();
    let call = |number: u128| CallId(Uuid::from_u128(number));
    let id = raised(&setup, call(1), "Waits");
    let again = alarm(&setup, call(1), "Waits");
    assert_eq!(setup.change(move |connection| change::raise_alarm(connection, &again)), Raising::Known);
    let open = setup.json("/api/v1/alarms?open=true")["items"].clone();
    assert_eq!((open.as_array().unwrap().len(), &open[0]["rule"]), (1, &json!("Waits")));
    assert_eq!(open[0]["detail"], "the caller has waited for 60 s");
    let seen = setup.send("POST", &format!("/api/v1/alarms/{id}/acknowledge"), &Value::Null).json();
    assert!(seen["acknowledged_at"].is_string(), "{seen}");
    let later = setup.send("POST", &format!("/api/v1/alarms/{id}/acknowledge"), &Value::Null).json();
    assert_eq!(later["acknowledged_at"], seen["acknowledged_at"], "the first acknowledgement stays");
    assert_eq!(setup.json("/api/v1/alarms?open=true")["items"], json!([]));
    assert_eq!(setup.json("/api/v1/alarms")["items"].as_array().unwrap().len(), 1);
    for number in 2..=u128::try_from(ALARMS_RATE).unwrap() {
        raised(&setup, call(number), "Waits");
    }
    let more = alarm(&setup, call(10_000), "Waits");
    assert_eq!(setup.change(move |connection| change::raise_alarm(connection, &more)), Raising::TooMany);
    // The clock was ahead when those were raised.
    let now = alarm(&setup, call(10_001), "Waits");
    let now = NewAlarm { at: now.at - 3_600_000, ..now };
    assert_eq!(setup.change(move |connection| change::raise_alarm(connection, &now)), Raising::Raised);
    let log = setup.json("/api/v1/audit-log?limit=200")["items"].to_string();
    assert!(log.contains("alarm.raised") && log.contains("alarm.acknowledged"), "{log}");
}
