//! A visitor who uses aiortc, an independent WebRTC implementation: what both sides say is what both sides hear.

use std::path::Path;
use std::time::Duration;

use cordboard_test_support::aiortc;
use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::{Book, Channel, text};
use cordboard_test_support::ear::{figure, share_of, speech};
use cordboard_test_support::server::{Server, Token};
use serde_json::json;

/// The share of the speech that has to be found again, in pieces of 400 ms: on a busy machine both jitter buffers make up parts.
const HEARD_MIN: f64 = 0.8;

struct Setup(Server);

impl Book for Setup {
    fn server(&self) -> &Server {
        &self.0
    }
}

#[test]
fn aiortc_and_the_server_hear_each_other() {
    aiortc::install();
    let settings = [
        ("webrtc.enabled", "true"),
        ("webrtc.listen", "127.0.0.1:0"),
        ("calls.silence_prompt_s", "300"),
        // Until Python has loaded its packages.
        ("calls.meet_timeout_s", "30"),
    ];
    let setup = Setup(Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap());
    let server = &setup.0;
    let profiles = server.get("/api/v1/agent-profiles", Token::Admin).unwrap().json();
    let link = json!({ "name": "By aiortc", "profile_id": profiles["items"][0]["id"] });
    let made = server.post("/api/v1/talk-links", &link, Token::Admin).unwrap().json();
    let secret = text(&made["url"]).rsplit('/').next().unwrap().to_owned();
    let begun = server.post(&format!("/api/v1/talk/{secret}/calls"), &json!({}), Token::None).unwrap().json();
    let id = text(&begun["call_id"]);
    let said = speech("message_text");
    // The greeting takes 8 s unless it is interrupted: speech after the first second does that.
    let talked =
        aiortc::talk(server.addresses().http, &text(&begun["token"]), &said, Duration::from_secs(12));
    let row = setup.ended(&id);
    assert_eq!((&row["leg_kind"], &row["hangup_cause"]), (&json!("webrtc"), &json!("normal_clearing")));
    assert_eq!(row["hangup_by"], "caller");
    let steps = server.get("/api/v1/onboarding", Token::Admin).unwrap().json();
    assert_eq!(steps["steps"]["test_call"], true, "a call in a browser: {steps}");
    let actors = server.get("/api/v1/admin/actors", Token::Admin).unwrap().json();
    let opened = |kind: &str| {
        let kinds = actors["ledger"].as_array().unwrap();
        kinds.iter().find(|entry| entry["kind"] == kind).unwrap()["opened"].clone()
    };
    assert_eq!((opened("legs_webrtc"), opened("legs_web")), (json!(1), json!(0)));
    assert!(talked.told.iter().any(|told| told["type"] == "ready"), "{:?}", talked.told);

    let recorded = setup.finished_recording(&id, Channel::Caller);
    let up = share_heard(&recorded, &said.resampled(recorded.rate)).unwrap();
    let barge_in = setup.event(&id, "barge_in");
    let down = share_of(&talked.heard, "greeting");
    let until_ms = (down.until - down.at).as_secs_f64() * 1_000.0;
    figure(&format!(
        "aiortc: {:.0} % of its words are recorded; it has heard {until_ms:.0} ms of a greeting that was cut after {} ms",
        up.heard * 100.0,
        barge_in["heard_ms"]
    ));
    assert!(up.heard >= HEARD_MIN, "{up:?}");
    assert!(until_ms > 800.0, "{down:?}");
}
