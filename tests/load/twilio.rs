//! The server with callers of Twilio, beside those of an Asterisk.

use super::{assert_measured, load_two_calls};

#[test]
fn callers_of_twilio_are_measured_beside_audiosocket() {
    let loaded = load_two_calls(&["--switch", "audiosocket,twilio"]);
    loaded.assert_succeeded();
    loaded.runs().iter().for_each(assert_measured);
    let twilio = &loaded.runs()[1];
    assert_eq!((&twilio["switch"], &twilio["webhook_answered"]["count"]), (&"twilio".into(), &2.into()));
    assert!(twilio["webhook_answered"]["p99_ms"].as_f64() > Some(0.0), "{twilio:#}");
    assert_eq!(twilio["frames_lost_to_caller"], 0, "what is sent is heard: {twilio:#}");
    let table = loaded.table();
    assert!(table.contains("TWILIO TO AUDIOSOCKET"), "{table}");
    assert!(table.lines().any(|line| line.starts_with("webhook to TwiML p99, ms")), "{table}");
}
