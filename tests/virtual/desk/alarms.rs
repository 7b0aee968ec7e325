//! Alarms of live calls: raised at their moment, once, and passed on.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{Stage, Visitor};
use crate::suites::book::until;
use crate::world::virtually;

/// Sets the organization's rules.
async fn rules(stage: &Stage, rules: Value) {
    stage.setup.send("PUT", "/api/v1/alarm-rules", &json!({ "rules": rules }), 200).await;
}

/// The alarms of a call, oldest first.
async fn alarms(stage: &Stage, visitor: &Visitor) -> Vec<Value> {
    let all = stage.setup.send("GET", "/api/v1/alarms", &Value::Null, 200).await;
    let mut mine: Vec<Value> = all["items"].as_array().unwrap().clone();
    mine.retain(|alarm| alarm["call_id"] == visitor.call_id);
    mine.reverse();
    mine
}

/// Milliseconds from one moment of the API to another.
fn between(from: &Value, to: &Value) -> i64 {
    let at = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    (at(to) - at(from)).num_milliseconds()
}

#[test]
fn silence_raises_one_alarm_at_its_moment() {
    virtually(async || {
        let stage = Stage::open().await;
        rules(&stage, json!([{ "name": "Silence", "enabled": true, "on": "silence", "longer_than_s": 6 }]))
            .await;
        let visitor = stage.visitor().await;
        let said = stage.event(&visitor.call_id, "played_until").await;
        until("an alarm", async || (!alarms(&stage, &visitor).await.is_empty()).then_some(())).await;
        let [alarm] = alarms(&stage, &visitor).await.try_into().unwrap();
        assert_eq!(between(&said["at"], &alarm["at"]), 6_000);
        assert_eq!(alarm["detail"], "nobody has said anything for 6 s");
        // The call goes on, and is silent again and again.
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(alarms(&stage, &visitor).await.len(), 1, "one alarm a rule and a call");
    });
}

#[test]
fn a_caller_who_waits_raises_an_alarm_until_acknowledged() {
    virtually(async || {
        let stage = Stage::open().await;
        rules(
            &stage,
            json!([{ "name": "Waits", "enabled": true, "on": "caller_waits", "longer_than_s": 5 }]),
        )
        .await;
        let mut desk = stage.desk().await;
        let visitor = stage.visitor().await;
        visitor.caller.press('0');
        desk.event_of("offered").await;
        let asked = stage.event(&visitor.call_id, "agent_requested").await;
        until("an alarm", async || (!alarms(&stage, &visitor).await.is_empty()).then_some(())).await;
        let [alarm] = alarms(&stage, &visitor).await.try_into().unwrap();
        assert_eq!(between(&asked["at"], &alarm["at"]), 5_000);
        let seen = format!("/api/v1/alarms/{}/acknowledge", alarm["id"].as_str().unwrap());
        let seen = stage.setup.send("POST", &seen, &Value::Null, 200).await;
        assert!(seen["acknowledged_at"].is_string(), "{seen}");
        let open = stage.setup.send("GET", "/api/v1/alarms?open=true", &Value::Null, 200).await;
        assert_eq!(open["items"], json!([]));
    });
}

#[test]
fn a_caller_who_is_answered_in_time_raises_no_alarm() {
    virtually(async || {
        let stage = Stage::open().await;
        rules(
            &stage,
            json!([{ "name": "Waits", "enabled": true, "on": "caller_waits", "longer_than_s": 5 }]),
        )
        .await;
        let (_desk, visitor, _ada) = stage.talking().await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert!(alarms(&stage, &visitor).await.is_empty(), "Ada has them");
    });
}

#[test]
fn live_calls_follow_rules_that_are_changed_meanwhile() {
    virtually(async || {
        let stage = Stage::open().await;
        let rule = |name: &str, enabled, s| json!({ "name": name, "enabled": enabled, "on": "silence", "longer_than_s": s });
        rules(&stage, json!([rule("Soon", true, 6)])).await;
        let visitor = stage.visitor().await;
        stage.event(&visitor.call_id, "played_until").await;
        rules(&stage, json!([rule("Soon", false, 6), rule("Later", true, 8)])).await;
        until("an alarm", async || (!alarms(&stage, &visitor).await.is_empty()).then_some(())).await;
        let [alarm] = alarms(&stage, &visitor).await.try_into().unwrap();
        assert_eq!(alarm["rule"], "Later");
    });
}
