//! Messages to the port of audio WebSockets, and over one, that no `mod_audio_stream` sends.

use std::time::Duration;

use cordboard_test_support::freeswitch::Strike;
use uuid::Uuid;

use super::stage::{Inbound, Stage, stage};
use super::stranger::{Stranger, frame};
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::Setting;

/// How long a channel may be unconfirmed.
const MEET: Duration = Duration::from_secs(2);
const SETTINGS: [Setting<'static>; 1] = [("calls.meet_timeout_s", "2")];
/// How long the server waits for a closing frame.
const GOODBYE: Duration = Duration::from_millis(200);
/// The UUID of a stranger without a call.
const NOBODY: Uuid = Uuid::from_u128(0xBAD);

/// A stranger with an unknown UUID is in no conversation, and the call that it made ends like this, after this time.
async fn is_turned_away(stage: &Stage, (cause, by): (&str, &str), after: Duration) {
    let mut stranger = Stranger::asks(stage.server.addresses.audio_stream, NOBODY, "").await;
    assert_eq!(stranger.status().await, 101, "control may be on its way");
    stranger.speaks().await;
    // They send no closing frame, and the server waits for it.
    assert_eq!(stranger.until_closed().await, after + GOODBYE);
    let id = stage.wait("the call", async || stage.id_of(&NOBODY.to_string()).await).await;
    assert_eq!(stage.ending(&id).await, (cause.to_owned(), by.to_owned()));
    assert!(stage.events_of(&id, "answered").await.is_empty(), "nobody was greeted");
    assert!(stage.row(&id).await["recording_ms"].is_null(), "nobody was recorded");
    stage.wait_figure(&format!("cordboard_calls_ended_total{{cause=\"{cause}\"}}"), 1).await;
    stage.wait_figure("cordboard_audio_stream_connections_total{outcome=\"arrived\"}", 1).await;
}

#[test]
fn an_unconfirmed_channel_is_turned_away_when_control_stays_away() {
    stage("dual", Inbound::None, &SETTINGS, async |stage| {
        is_turned_away(stage, ("audio_unconfirmed", "server"), MEET).await;
    });
}

#[test]
fn channels_unknown_to_their_switch_are_turned_away_at_once() {
    stage("dual", Inbound::Configured, &[], async |stage| {
        is_turned_away(stage, ("channel_gone", "switch"), Duration::ZERO).await;
    });
}

#[test]
fn a_wrong_token_is_refused_at_once() {
    stage("dual", Inbound::None, &[], async |stage| {
        for query in ["?token=wrong", "?token=", "?token=%00", &format!("?token={}", "x".repeat(4_000))] {
            let mut stranger = Stranger::asks(stage.server.addresses.audio_stream, NOBODY, query).await;
            assert_eq!(stranger.status().await, 403, "{query}");
            assert_eq!(stranger.until_closed().await, Duration::ZERO, "{query}");
        }
        assert_eq!(stage.id_of(&NOBODY.to_string()).await, None, "it is not a call");
        stage.wait_figure("cordboard_audio_stream_connections_total{outcome=\"wrong_token\"}", 4).await;
    });
}

#[test]
fn a_second_websocket_is_refused_while_the_first_goes_on() {
    stage("dual", Inbound::Configured, &[], async |stage| {
        let caller = stage.greeted().await;
        let uuid = Uuid::parse_str(caller.phone.uuid()).unwrap();
        for query in ["", "?token=wrong"] {
            let mut second = Stranger::asks(stage.server.addresses.audio_stream, uuid, query).await;
            assert_eq!(second.status().await, 403, "{query}");
            second.until_closed().await;
        }
        stage.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        assert!(caller.phone.is_streaming());
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
    });
}

#[test]
fn texts_that_are_not_json_do_no_harm() {
    stage("dual", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        let deep = "[".repeat(20_000);
        let texts =
            ["", "no json", "{\"half\":", "null", "{\"type\":\"streamAudio\"}", "\u{0}", deep.as_str()];
        for text in texts {
            assert!(caller.phone.strike_audio(Strike::Inject(frame(1, text.as_bytes()))));
        }
        stage.wait_said(&caller.id, "greeting").await;
        assert_heard(&caller.heard(), "greeting");
        caller.phone.press('7');
        stage.wait_said(&caller.id, "unknown_key").await;
        caller.phone.hang_up();
        stage.assert_ended(&caller, "normal_clearing", "caller").await;
    });
}

#[test]
fn audio_that_breaks_the_protocol_is_closed_and_started_again() {
    stage("dual", Inbound::None, &[], async |stage| {
        let caller = stage.greeted().await;
        let struck = stage.server.passed();
        // A reserved bit, and a kind of frame that does not exist.
        assert!(caller.phone.strike_audio(Strike::Inject(vec![0xf3, 0x80, 0, 0, 0, 0])));
        stage.event(&caller.id, "interrupted").await;
        // A hang-up closes the audio, too, so the server waits for that.
        let settled = struck + Duration::from_millis(300);
        assert_eq!(stage.times_of(&caller.id, "interrupted").await, [settled]);
        stage.wait_said(&caller.id, "welcome_back").await;
        assert_heard(&caller.heard(), "welcome_back");
        caller.phone.hang_up();
        assert_eq!(stage.ending(&caller.id).await.1, "caller");
    });
}
