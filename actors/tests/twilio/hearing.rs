//! Speech and keys of the caller.

use cordboard_schema::call::LegEnd;
use serde_json::json;

use crate::leg_call::Listener;
use crate::stage::Twilio;

/// A loudness that mu-law reproduces exactly.
const WORD: i16 = 4_092;

#[actix::test]
async fn the_caller_is_heard_in_pieces_of_any_length() {
    let (twilio, _call, port) = Twilio::joined_leg().await;
    let listener = Listener::plugged(&port);
    let mut at = 0;
    for samples in [160, 8, 800, 80] {
        twilio.says(at / 8, &vec![WORD; samples as usize]).await;
        assert_eq!(listener.hears_samples(samples as usize).await, vec![WORD; samples as usize]);
        at += samples;
    }
}

#[actix::test]
async fn lost_sound_is_silence_of_its_length() {
    let (twilio, _call, port) = Twilio::joined_leg().await;
    let listener = Listener::plugged(&port);
    twilio.says(5, &[WORD; 160]).await;
    listener.hears_samples(160).await;
    twilio.says(85, &[WORD; 160]).await;
    let heard = listener.hears_samples(480 + 160).await;
    assert!(heard[..480].iter().all(|sample| *sample == 0) && heard[480..] == [WORD; 160]);
}

#[actix::test]
async fn a_repeated_or_late_piece_does_not_lengthen_the_sound() {
    const OTHER: i16 = 1_884;
    let (twilio, _call, port) = Twilio::joined_leg().await;
    let listener = Listener::plugged(&port);
    twilio.says_piece(1, 5, &[WORD; 160]).await;
    listener.hears_samples(160).await;
    for (chunk, timestamp_ms) in [(3, 45), (2, 25), (3, 45)] {
        twilio.says_piece(chunk, timestamp_ms, &[WORD; 160]).await;
    }
    twilio.says_piece(4, 65, &[OTHER; 160]).await;
    let heard = listener.hears_samples(3 * 160).await;
    let wanted = [[0; 160], [WORD; 160], [OTHER; 160]].concat();
    assert_eq!(heard, wanted);
}

#[actix::test]
async fn the_outbound_track_is_not_taken_for_the_caller() {
    let (twilio, _call, port) = Twilio::joined_leg().await;
    let listener = Listener::plugged(&port);
    let media = json!({ "track": "outbound", "chunk": "1", "timestamp": "5", "payload": "////" });
    twilio.sends(json!({ "event": "media", "media": media })).await;
    twilio.says(5, &[WORD; 160]).await;
    assert_eq!(listener.hears_samples(160).await, [WORD; 160]);
}

#[actix::test]
async fn keys_reach_the_call_in_their_order() {
    let (twilio, mut call, _port) = Twilio::joined_leg().await;
    for digit in ["1", "#", "D"] {
        twilio.presses(digit).await;
    }
    for _ in 0..100 {
        twilio.presses("5").await;
    }
    twilio.stops().await;
    let (how, digits) = call.left().await;
    assert_eq!((how, digits), (LegEnd::Closed, format!("1#D{}", "5".repeat(100))));
}

#[actix::test]
async fn unknown_messages_are_ignored() {
    let (twilio, mut call, port) = Twilio::joined_leg().await;
    let listener = Listener::plugged(&port);
    for odd in [
        json!([]),
        json!({ "event": "speed" }),
        json!({ "event": "media", "media": { "timestamp": "x", "payload": "" } }),
        json!({ "event": "media", "media": { "timestamp": "5", "payload": "!" } }),
        json!({ "event": "mark", "mark": { "name": "cb-99-99" } }),
        json!({ "event": "mark", "mark": { "name": "theirs" } }),
        json!({ "event": "start" }),
    ] {
        twilio.sends(odd).await;
    }
    twilio.says(5, &[WORD; 160]).await;
    assert_eq!(listener.hears_samples(160).await, [WORD; 160]);
    twilio.stops().await;
    assert_eq!(call.left().await, (LegEnd::Closed, String::new()));
}
