//! Admission: with a valid token, once, in time, or with the newest resume.

use std::time::Duration;

use cordboard_actors::media::{PipeEnd, PipedMessage};
use cordboard_actors::web::{AudioPasses, TurnedAway};
use cordboard_schema::call::LegEnd;
use serde_json::{Value, json};

use crate::stage::{Browser, CALL, NAME, grant, hello, knocks, passes};

async fn turned_away(passes: &AudioPasses, first: PipedMessage) -> (TurnedAway, Value) {
    let (outcome, mut end) = knocks(passes, &[first]).await;
    let turned_away = outcome.expect_err("it was admitted");
    (turned_away, bye(&mut end).await)
}

/// The goodbye that it gets; the socket is closed after it.
async fn bye(end: &mut PipeEnd) -> Value {
    let Some(PipedMessage::Text(text)) = end.outgoing.recv().await else { panic!("no reason was sent") };
    assert!(end.outgoing.recv().await.is_none());
    serde_json::from_str(&text).unwrap()
}

fn text(message: &Value) -> PipedMessage {
    PipedMessage::Text(message.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_token_admits_its_audio_once() {
    let passes = passes();
    let token = passes.mint(grant());
    let first = text(&hello(24_000, "token", &token));
    let (audio, _end) = knocks(&passes, std::slice::from_ref(&first)).await;
    let audio = audio.unwrap();
    assert_eq!((audio.call, audio.name, audio.rate.hz(), audio.resumed), (CALL, NAME, 24_000, None));
    let (why, bye) = turned_away(&passes, first).await;
    assert!(matches!(why, TurnedAway::BadToken), "{why:?}");
    assert_eq!((&bye["type"], &bye["cause"]), (&json!("bye"), &json!("bad_token")));
}

#[tokio::test(start_paused = true)]
async fn foreign_and_old_tokens_are_refused() {
    let passes = passes();
    let token = passes.mint(grant());
    let forged = AudioPasses::new([8; 32]).mint(grant());
    let (none, both) = (
        json!({ "type": "hello", "version": 1, "rate": 24_000 }),
        json!({ "type": "hello", "version": 1, "rate": 24_000, "token": token, "resume": token }),
    );
    let long = "x".repeat(1_000);
    for message in [
        none,
        both,
        hello(24_000, "token", &forged),
        hello(24_000, "token", &long),
        hello(24_000, "resume", &token),
    ] {
        let (why, _) = turned_away(&passes, text(&message)).await;
        assert!(matches!(why, TurnedAway::BadToken), "{why:?}");
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    let (why, _) = turned_away(&passes, text(&hello(24_000, "token", &token))).await;
    assert!(matches!(why, TurnedAway::BadToken), "{why:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unusable_hello_is_refused_and_keeps_its_token() {
    let passes = passes();
    let token = passes.mint(grant());
    let mut newer = hello(24_000, "token", &token);
    newer["version"] = json!(2);
    let firsts = [
        text(&newer),
        text(&hello(8_000, "token", &token)),
        text(&json!({ "type": "bye" })),
        text(&json!([token])),
        PipedMessage::Text("x".repeat(100_000)),
        PipedMessage::Binary(vec![0; 960]),
    ];
    for first in firsts {
        let (why, bye) = turned_away(&passes, first).await;
        assert_eq!(bye["cause"], "bad_hello", "{why:?}");
        assert!(!bye["words"].as_str().unwrap().contains(&token));
    }
    assert!(knocks(&passes, &[text(&hello(16_000, "token", &token))]).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_silent_browser_is_refused_after_5_s() {
    let passes = passes();
    let (outcome, mut end) = knocks(&passes, &[]).await;
    assert!(matches!(outcome, Err(TurnedAway::Silent)));
    assert_eq!(bye(&mut end).await["cause"], "bad_hello");
}

#[actix::test]
async fn coming_back_replaces_the_former_connection() {
    let passes = passes();
    let token = passes.mint(grant());
    let (browser, mut call, _port) = Browser::come(&passes, &hello(24_000, "token", &token)).await;
    let first = browser.resume.clone();
    let again = text(&hello(24_000, "resume", &first));
    let (audio, end) = knocks(&passes, std::slice::from_ref(&again)).await;
    assert_eq!(call.left().await.0, LegEnd::Broken, "the first connection was ended");
    let (second, _call, _port) = Browser::start(audio.unwrap(), end).await;
    assert_ne!(second.resume, first);
    let (why, _) = turned_away(&passes, again).await;
    assert!(matches!(why, TurnedAway::BadToken), "a resume is valid once: {why:?}");
}

/// The network has swallowed what the server said last, so the browser knows no other.
#[actix::test]
async fn a_resume_stays_valid_if_ready_was_lost() {
    let passes = passes();
    let token = passes.mint(grant());
    let (browser, _call, _port) = Browser::come(&passes, &hello(24_000, "token", &token)).await;
    let again = hello(24_000, "resume", &browser.resume);
    for _ in 0..2 {
        let (lost, mut call, _port) = Browser::come(&passes, &again).await;
        lost.breaks();
        assert_eq!(call.left().await.0, LegEnd::Broken);
    }
    let (back, mut call, _port) = Browser::come(&passes, &again).await;
    back.says(&[0; 480]).await;
    back.breaks();
    assert_eq!(call.left().await.0, LegEnd::Broken);
    let (why, _) = turned_away(&passes, text(&again)).await;
    assert!(matches!(why, TurnedAway::BadToken), "its ready was read: {why:?}");
}
