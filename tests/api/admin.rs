//! Draining, the log's level, the configuration.

use std::ffi::OsString;
use std::sync::Once;

use cordboard::config::{Config, LogFormat, LogLevel, Sources};
use cordboard::telemetry;
use serde_json::{Value, json};

use crate::setup::Setup;

#[test]
fn a_drain_carries_the_time_for_live_calls() {
    let setup = Setup::open();
    let drain = |body: Value| setup.send("POST", "/api/v1/admin/drain", &body);
    assert_eq!(drain(json!({ "timeout_s": 60 })).status, 202);
    assert_eq!(drain(json!({})).status, 202);
    assert_eq!(setup.wait_heard(2), ["drain 60000", "drain 30000"]);
    assert_eq!(drain(json!({ "timeout_s": 3_601 })).problem_code(422), "invalid");
    assert_eq!(drain(json!({ "timeout_s": -1 })).problem_code(422), "invalid");
    assert!(setup.heard().is_empty());
}

/// Has this process log errors only, as a server does. A process can set that up once.
pub(crate) fn keep_log() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let log = cordboard::config::Log { level: LogLevel::Error, format: LogFormat::Text };
        let told_by = std::panic::take_hook();
        // Kept until the process ends.
        std::mem::forget(telemetry::start(&log, &Default::default()).unwrap());
        // A test that fails next to this one still reports why.
        std::panic::set_hook(told_by);
    });
}

#[test]
fn the_log_level_changes_while_the_server_runs() {
    keep_log();
    let setup = Setup::open();
    let path = "/api/v1/admin/log-level";
    assert_eq!(setup.json(path), json!({ "level": "error" }));
    assert!(!tracing::enabled!(target: "cordboard", tracing::Level::WARN));
    let answer = setup.send("PUT", path, &json!({ "level": "debug" }));
    assert_eq!((answer.status, answer.json()), (200, json!({ "level": "debug" })));
    assert!(tracing::enabled!(target: "cordboard", tracing::Level::DEBUG));
    assert!(!tracing::enabled!(target: "actix_server", tracing::Level::DEBUG));
    assert_eq!(setup.send("PUT", path, &json!({ "level": "loud" })).problem_code(422), "invalid");
    assert_eq!(setup.send("PUT", path, &json!({ "level": "error" })).status, 200);
    assert_eq!(setup.json(path), json!({ "level": "error" }));
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let environment = [("CORDBOARD_ADMIN_TOKEN", "hidden-tiger"), ("CORDBOARD_CALLS__MAX", "7")]
        .map(|(variable, value)| (OsString::from(variable), OsString::from(value)))
        .to_vec();
    let setup = Setup::open_with(Config::load(&Sources { environment, ..Sources::default() }).unwrap());
    let answer = setup.get("/api/v1/admin/config");
    assert!(!String::from_utf8_lossy(&answer.body).contains("tiger"));
    let listed = answer.json();
    assert!(listed["next_cursor"].is_null());
    let setting = |name: &str| {
        let items = listed["items"].as_array().unwrap();
        items.iter().find(|setting| setting["name"] == name).unwrap().clone()
    };
    let max = setting("calls.max");
    assert_eq!(
        (&max["value"], &max["source"]),
        (&json!("7"), &json!("CORDBOARD_CALLS__MAX in the environment"))
    );
    assert!(max["doc"].as_str().unwrap().contains("calls at the same time"));
    assert_eq!(setting("admin_token")["value"], "set");
    assert_eq!(setting("dialplan_token")["value"], "unset");
    assert_eq!(setting("audiosocket.allow")["value"], Value::Null);
}
