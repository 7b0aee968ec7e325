//! Sound in both directions of a leg.

use std::time::Duration;

use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::ToLeg;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use crate::asterisk::{Asterisk, audio_message, message, samples};
use crate::stage::{Call, LEG, Listener, Stage, soon};
use crate::virtual_time::virtually;

const RATE: SampleRate = SampleRate::HZ_8000;
const ITEM: ItemId = ItemId(7);

/// A leg at this rate, with its port.
async fn joined(stage: &mut Stage, rate: SampleRate) -> (Asterisk, Call, Port) {
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(rate, 1).await;
    let port = call.joined().await;
    (asterisk, call, port)
}

#[actix::test]
async fn a_leg_answers_at_the_rate_of_its_first_audio() {
    let mut stage = Stage::open();
    for rate in SampleRate::ALL {
        let (mut asterisk, _call, port) = joined(&mut stage, rate).await;
        assert_eq!(port.ear.rate(), rate);
        for _ in 0..3 {
            assert_eq!(asterisk.hears().await, Frame::silence(rate));
        }
    }
}

#[test]
fn a_caller_without_audio_gets_silence_of_8_khz() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        let began = Instant::now();
        assert_eq!(asterisk.hears().await, Frame::silence(RATE));
        let waited_ms = began.elapsed().as_millis();
        assert_eq!(call.joined().await.ear.rate(), RATE);
        // The leg waits for their audio, then an ear begins at any moment of the next frame. Asterisk hangs up after
        // 2 s without audio.
        assert!((200..=220).contains(&waited_ms), "{waited_ms} ms");
    });
}

#[actix::test]
async fn every_sample_is_heard_at_any_rate_and_packet_length() {
    let mut stage = Stage::open();
    for (kind, bytes) in [(0x10, 320), (0x10, 480), (0x10, 100), (0x10, 321), (0x12, 640), (0x18, 7_680)] {
        let (mut asterisk, mut call) = stage.leg().await;
        let payload: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
        asterisk.send(&message(kind, &payload)).await;
        let listener = Listener::plugged(&call.joined().await);
        let said: Vec<i16> =
            payload.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        for _ in 0..5 {
            asterisk.send(&message(kind, &payload)).await;
            assert_eq!(listener.hears_samples(said.len()).await, said, "{bytes} bytes of kind {kind:#x}");
        }
    }
}

#[actix::test]
async fn an_utterance_is_sent_in_frames_and_reported_when_finished() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call, port) = joined(&mut stage, RATE).await;
    let assistant = Port::new(LegId(2), RATE, Pace::Flowing);
    plug(&assistant.mouth, &port.ear);
    let spoken: Vec<i16> = (1..=500).collect();
    assistant.mouth.speak(Some(ITEM), Frame::pcm(RATE, &spoken[..]));
    assistant.mouth.end_item(ITEM);

    let mut heard = Vec::new();
    while heard.len() < spoken.len() {
        let frame = asterisk.hears().await;
        let is_silence_before = heard.is_empty() && samples(&frame)[0] == 0;
        if !is_silence_before {
            heard.extend_from_slice(samples(&frame));
        }
    }
    assert_eq!(heard[..500], spoken);
    assert_eq!(heard[500..], [0; 140], "the last frame is padded");
    let played = Fact::PlayedUntil { item: ITEM, heard_ms: 62, end: PlayedEnd::Finished };
    assert_eq!(call.fact().await, played);
    assert_eq!(asterisk.hears().await, Frame::silence(RATE), "silence goes on");
}

#[test]
fn a_cleared_item_is_silent_within_a_frame() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, _call, port) = joined(&mut stage, RATE).await;
        let assistant = Port::new(LegId(2), RATE, Pace::Flowing);
        plug(&assistant.mouth, &port.ear);
        assistant.mouth.speak(Some(ITEM), Frame::pcm(RATE, vec![5; 80_000]));
        while samples(&asterisk.hears().await)[0] == 0 {}
        port.ear.clear(CordId { from: LegId(2), to: LEG });
        let mut sent_before = 0;
        while samples(&asterisk.hears().await)[0] != 0 {
            sent_before += 1;
        }
        assert!(sent_before <= 1, "{sent_before} frames were played after the clearing");
    });
}

#[actix::test]
async fn digits_are_played_as_tones_over_what_the_caller_hears() {
    let mut stage = Stage::open();
    for rate in SampleRate::ALL {
        let (mut asterisk, call, _port) = joined(&mut stage, rate).await;
        call.order(ToLeg::SendDtmf(vec![Digit::ONE, Digit::HASH]));
        let mut sounding = 0;
        let mut ceased = 0;
        while sounding < 10 || ceased < 5 {
            let is_silent = samples(&asterisk.hears().await).iter().all(|sample| *sample == 0);
            sounding += u32::from(!is_silent);
            ceased = if is_silent && sounding > 5 { ceased + 1 } else { 0 };
            assert!(sounding <= 10, "200 ms of tones are 10 frames at {rate:?}");
        }
    }
}

/// Asterisk gives up on a payload that pauses for 5 ms, so a frame has to be sent in one piece.
#[actix::test]
async fn a_frame_is_one_write() {
    let mut stage = Stage::open();
    let (mut asterisk, _call, _port) = joined(&mut stage, RATE).await;
    let mut buffer = [0; 65_536];
    for _ in 0..25 {
        let read = soon("a frame", asterisk.stream.read(&mut buffer)).await.unwrap();
        assert_eq!(read % 323, 0, "a frame came in pieces: {read} bytes");
    }
}

#[actix::test]
async fn a_key_is_reported_once_and_is_not_audio() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    // A key before any audio: the call first learns of the leg.
    asterisk.send(&message(0x03, b"5")).await;
    let listener = Listener::plugged(&call.joined().await);
    asterisk.send(&[message(0x03, b"#"), audio_message(RATE, 9)].concat()).await;
    assert_eq!(listener.hears_samples(160).await, [9; 160]);
    asterisk.hang_up().await;
    assert_eq!(call.left().await.1, "5#");
}

#[actix::test]
async fn a_key_right_after_first_audio_keeps_the_legs_rate() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.send(&[audio_message(SampleRate::HZ_16000, 9), message(0x03, b"5")].concat()).await;
    assert_eq!(call.joined().await.ear.rate(), SampleRate::HZ_16000);
}

#[test]
fn a_missing_dialplan_codec_is_reported_once_after_500_ms() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        let began = Instant::now();
        let found = loop {
            pace.tick().await;
            asterisk.send(&message(0x10, &[0xff; 160])).await;
            // The leg has read what came a tick before.
            let found = call.findings_so_far();
            if !found.is_empty() {
                break found;
            }
            assert!(began.elapsed() < Duration::from_secs(1), "not named");
        };
        assert!((500..=520).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
        assert!(found.len() == 1 && found[0].contains("add /c(slin)"), "{found:?}");
        for _ in 0..50 {
            asterisk.send(&message(0x10, &[0xff; 160])).await;
        }
        asterisk.hang_up().await;
        assert_eq!(call.findings_to_the_end().await, Vec::<String>::new());
    });
}

#[test]
fn frames_come_every_20_ms() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, _call, _port) = joined(&mut stage, RATE).await;
        let _first = asterisk.hears().await;
        let mut last = Instant::now();
        for _ in 0..100 {
            let _frame = asterisk.hears().await;
            assert_eq!(last.elapsed(), Duration::from_millis(20));
            last = Instant::now();
        }
    });
}
