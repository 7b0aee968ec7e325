//! The server with callers of Twilio, together with those of an Asterisk.

use serde_json::Value;

use super::{lacking, load_two_calls, not_counted};

#[test]
fn callers_of_twilio_are_measured_with_audiosocket() {
    let of_run = |figures: &Value| {
        let mut lacks = lacking(figures);
        if figures["switch"] == "twilio" {
            lacks.extend(not_counted(figures, &["webhook_answered"], 2));
            if figures["frames_lost_to_caller"] != 0 {
                lacks.push(format!("what is sent is heard: {figures:#}"));
            }
        }
        lacks
    };
    let loaded = load_two_calls(&["--switch", "audiosocket,twilio"], of_run);
    let switches: Vec<&Value> = loaded.runs().iter().map(|figures| &figures["switch"]).collect();
    assert_eq!(switches, ["audiosocket", "twilio"]);
    let twilio = &loaded.runs()[1];
    assert!(twilio["webhook_answered"]["p99_ms"].as_f64() > Some(0.0), "{twilio:#}");
    let table = loaded.table();
    assert!(table.contains("TWILIO TO AUDIOSOCKET"), "{table}");
    assert!(table.lines().any(|line| line.starts_with("webhook to TwiML p99, ms")), "{table}");
}
