//! What comes to the port of audio WebSockets, and over one, that no `mod_audio_stream` sends.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use cordboard_test_support::freeswitch::Strike;
use uuid::Uuid;

use crate::stage::{Inbound, Stage};
use crate::stranger::{Stranger, frame};

/// How long a channel may be unconfirmed, in s.
const MEET: [(&str, &str); 1] = [("calls.meet_timeout_s", "2")];
/// When it is still waited for, and not yet given up.
const MEETING: Duration = Duration::from_millis(1_500);
/// What is refused from its first bytes is refused within this time.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A stranger with a UUID that nobody knows is in no conversation, and the call that it made ends so.
fn is_turned_away(stage: Stage, (cause, by): (&str, &str)) -> Duration {
    let uuid = Uuid::new_v4();
    let mut stranger = Stranger::asks(stage.server.addresses().audio_stream, uuid, "");
    assert_eq!(stranger.status(), 101, "control may be on its way");
    stranger.speaks();
    let waited = stranger.wait_closed();
    let id = stage.wait("the call", || stage.id_of(uuid));
    assert_eq!(stage.ending(&id), (cause.to_owned(), by.to_owned()));
    assert!(stage.events_of(&id, "answered").is_empty(), "nobody was greeted");
    assert!(stage.call(&id)["recording_ms"].is_null(), "nobody was recorded");
    stage.wait_figure(&format!("cordboard_calls_ended_total{{cause=\"{cause}\"}}"), 1);
    stage.wait_figure("cordboard_audio_stream_connections_total{outcome=\"arrived\"}", 1);
    stage.close();
    waited
}

#[test]
fn a_channel_that_nobody_confirms_is_turned_away_when_control_has_not_come() {
    let waited = is_turned_away(Stage::open("dual", Inbound::None, &MEET), ("audio_unconfirmed", "server"));
    assert!(waited >= MEETING, "turned away after {waited:?}");
}

#[test]
fn a_channel_that_its_switch_does_not_know_is_turned_away_at_once() {
    let waited = is_turned_away(Stage::open("dual", Inbound::Configured, &[]), ("channel_gone", "switch"));
    assert!(waited < AT_ONCE, "turned away after {waited:?}");
}

#[test]
fn a_wrong_token_is_refused_at_once() {
    let stage = Stage::open("dual", Inbound::None, &[]);
    let uuid = Uuid::new_v4();
    for query in ["?token=wrong", "?token=", "?token=%00", &format!("?token={}", "x".repeat(4_000))] {
        let mut stranger = Stranger::asks(stage.server.addresses().audio_stream, uuid, query);
        assert_eq!(stranger.status(), 403, "{query}");
        assert!(stranger.wait_closed() < AT_ONCE);
    }
    assert_eq!(stage.id_of(uuid), None, "it is no call");
    stage.wait_figure("cordboard_audio_stream_connections_total{outcome=\"wrong_token\"}", 4);
    stage.close();
}

#[test]
fn a_second_websocket_of_a_call_is_refused_and_the_first_goes_on() {
    let stage = Stage::open("dual", Inbound::Configured, &[]);
    let caller = stage.answered(stage.controlled());
    caller.wait_heard(Duration::from_secs(1));
    let uuid = Uuid::parse_str(caller.phone.uuid()).unwrap();
    for query in ["", "?token=wrong"] {
        let mut second = Stranger::asks(stage.server.addresses().audio_stream, uuid, query);
        assert_eq!(second.status(), 403, "{query}");
        second.wait_closed();
    }
    stage.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    assert!(caller.phone.is_streaming());
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "caller".to_owned()));
    stage.close();
}

#[test]
fn texts_that_are_no_json_harm_nobody() {
    let stage = Stage::open("dual", Inbound::None, &[]);
    let caller = stage.answered(stage.controlled());
    caller.wait_heard(Duration::from_secs(1));
    let deep = "[".repeat(20_000);
    let texts = ["", "no json", "{\"half\":", "null", "{\"type\":\"streamAudio\"}", "\u{0}", deep.as_str()];
    for text in texts {
        assert!(caller.phone.strike_audio(Strike::Inject(frame(1, text.as_bytes()))));
    }
    stage.wait_said(&caller.id, "greeting");
    assert_heard_out(&caller.heard(), "greeting");
    caller.phone.press('7');
    stage.wait_said(&caller.id, "unknown_key");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id), ("normal_clearing".to_owned(), "caller".to_owned()));
    stage.close();
}

#[test]
fn audio_that_breaks_the_protocol_is_closed_and_started_again() {
    let stage = Stage::open("dual", Inbound::None, &[]);
    let caller = stage.answered(stage.controlled());
    caller.wait_heard(Duration::from_secs(1));
    // A reserved bit, and a kind of frame that does not exist.
    assert!(caller.phone.strike_audio(Strike::Inject(vec![0xf3, 0x80, 0, 0, 0, 0])));
    stage.event(&caller.id, "interrupted");
    stage.wait_said(&caller.id, "welcome_back");
    assert_heard_out(&caller.heard(), "welcome_back");
    caller.phone.hang_up();
    assert_eq!(stage.ending(&caller.id).1, "caller");
    stage.close();
}
