//! Sound of a caller over an audio WebSocket.

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Announcement, Fact};
use serde_json::json;

use crate::leg_call::Listener;
use crate::stream_module::{Module, audio, frame, text};
use crate::stream_stage::Stage;

#[actix::test]
async fn the_first_message_sets_the_rate_and_is_heard() {
    for (samples, rate) in [(160, SampleRate::HZ_8000), (320, SampleRate::HZ_16000)] {
        let mut stage = Stage::open();
        let (mut module, mut call) = stage.leg().await;
        module.send(&audio(&vec![5; samples])).await;
        let port = call.joined().await;
        assert_eq!(port.ear.rate(), rate);
        let listener = Listener::plugged(&port);
        module.send(&audio(&vec![6; samples])).await;
        assert_eq!(listener.hears_samples(samples).await, vec![6; samples]);
    }
}

#[actix::test]
async fn a_silent_caller_joins_at_the_requested_rate() {
    let mut stage = Stage::open();
    let (_module, mut call) = stage.leg().await;
    assert_eq!(call.joined().await.ear.rate(), SampleRate::HZ_8000);
}

/// Bytes that are read after the request belong to the stream, whatever part of a message they are.
#[actix::test]
async fn sound_that_came_with_the_request_is_heard() {
    let sound = [audio(&[1; 160]), audio(&[2; 160])].concat();
    for cut in [1, 168, 200, sound.len()] {
        let mut stage = Stage::open();
        let mut module = Module::connect(stage.address).await;
        let request = crate::stream_module::request(&format!("/{}", crate::stream_module::CHANNEL));
        module.send(&[&request[..], &sound[..cut]].concat()).await;
        let mut call = stage.start_leg().await;
        module.send(&sound[cut..]).await;
        call.joined().await;
        module.say_goodbye().await;
        assert_eq!(call.left().await.0, LegEnd::Closed, "cut at {cut}");
    }
}

/// The phone has the call on hold: no frames arrive, and that ends nothing.
#[actix::test]
async fn a_gap_does_not_end_the_leg() {
    let mut stage = Stage::open();
    let (mut module, _call, port) = stage.joined_leg().await;
    let listener = Listener::plugged(&port);
    module.say(2).await;
    assert_eq!(listener.hears_samples(160).await, [2; 160]);
    tokio::time::pause();
    tokio::time::sleep(std::time::Duration::from_secs(300)).await;
    tokio::time::resume();
    module.say(3).await;
    assert_eq!(listener.hears_samples(160).await, [3; 160]);
}

/// For a dialplan that has no control connection on which to announce the caller.
#[actix::test]
async fn the_metadata_at_the_start_names_the_caller() {
    let long = "7".repeat(300);
    let odd = json!({ "from": "1\r\n2", "to": long }).to_string();
    for (metadata, from, to) in [
        (r#"{"from":"+4930123","to":"5000","tenant":"acme"}"#, Some("+4930123"), Some("5000")),
        (r#"{"to":"5000","from":17}"#, None, Some("5000")),
    ] {
        let mut stage = Stage::open();
        let (mut module, mut call) = stage.leg().await;
        module.send(&[text(metadata), text(r#"{"from":"somebody else"}"#), audio(&[1; 160])].concat()).await;
        let announcement = Announcement {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            ..Announcement::default()
        };
        assert_eq!(call.fact().await, Fact::Announced { announcement });
        call.joined().await;
    }
    let mut stage = Stage::open();
    let (mut module, mut call) = stage.leg().await;
    module.send(&[text(&odd), audio(&[1; 160])].concat()).await;
    call.joined().await;
}

#[actix::test]
async fn texts_and_odd_messages_are_ignored() {
    let mut stage = Stage::open();
    let (mut module, mut call) = stage.leg().await;
    let odd = [
        text(r#"{"call_id":"1"}"#),
        text("not JSON at all"),
        text(r#"{"type":"streamAudio"}"#),
        text(&"x".repeat(20_000)),
        frame(2, &[]),
        frame(2, &[1]),
        frame(2, &[0; 40_000]),
        frame(10, b"pong"),
    ];
    module.send(&odd.concat()).await;
    module.say(8).await;
    let port = call.joined().await;
    let listener = Listener::plugged(&port);
    module.send(&odd.concat()).await;
    module.say(9).await;
    assert_eq!(listener.hears_samples(160).await, [9; 160]);
    module.say_goodbye().await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
}

#[actix::test]
async fn a_ping_is_answered() {
    let mut stage = Stage::open();
    let (mut module, _call, _port) = stage.joined_leg().await;
    module.send(&frame(9, b"ping")).await;
    assert_eq!(module.message().await.unwrap(), Some((10, b"ping".to_vec())));
}

/// Longer messages, which `STREAM_BUFFER_SIZE=100` produces, are cut into frames of 20 ms.
#[actix::test]
async fn longer_messages_are_heard_whole() {
    let mut stage = Stage::open();
    let (mut module, mut call) = stage.leg().await;
    module.send(&audio(&[1; 800])).await;
    let listener = Listener::plugged(&call.joined().await);
    let said: Vec<i16> = (0..800).collect();
    module.send(&audio(&said)).await;
    assert_eq!(listener.hears().await, said[..160]);
    assert_eq!(listener.hears_samples(640).await, said[160..]);
}
