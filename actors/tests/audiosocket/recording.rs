//! A leg that is recorded.

use std::time::Duration;

use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::ToLeg;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{ItemId, LegId};

use crate::asterisk::{audio_message, message, samples};
use crate::on_record::OnRecord;
use crate::stage::Stage;
use crate::virtual_time::in_a_world;

const RATE: SampleRate = SampleRate::HZ_8000;
const CALLER: i16 = 100;
const ASSISTANT: i16 = 200;

#[test]
fn a_recording_has_both_sides_and_ends_with_the_leg() {
    in_a_world(async {
        let (record, track) = OnRecord::open(RATE);
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.say(RATE, CALLER).await;
        call.joined().await;
        call.order(ToLeg::Record(track));
        // It answers this once it records.
        call.order(ToLeg::Resync);
        let port = call.joined().await;
        let assistant = Port::new(LegId(2), RATE, Pace::Flowing);
        plug(&assistant.mouth, &port.ear);
        assistant.mouth.speak(Some(ItemId(1)), Frame::pcm(RATE, vec![ASSISTANT; 8_000]));
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        let mut played = 0;
        for _ in 0..60 {
            pace.tick().await;
            asterisk.say(RATE, CALLER).await;
            played += samples(&asterisk.hears().await).iter().filter(|sample| **sample == ASSISTANT).count();
        }
        asterisk.hang_up().await;
        let _end = call.left().await;
        let (left, right) = record.channels().await;
        assert_eq!(played, 8_000);
        assert_eq!(
            right.iter().filter(|sample| **sample == ASSISTANT).count(),
            played,
            "what the caller was played"
        );
        let said = left.iter().filter(|sample| **sample == CALLER).count();
        // All of it, except for what was said before the recording's first tick.
        assert!((58 * 160..=60 * 160).contains(&said), "{} ms of the caller are on record", said / 8);
    });
}

/// A network that keeps sound back for half a second brings all of it in one go.
#[test]
fn words_that_a_network_kept_back_are_on_record() {
    in_a_world(async {
        let (record, track) = OnRecord::open(RATE);
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.say(RATE, CALLER).await;
        call.joined().await;
        call.order(ToLeg::Record(track));
        // It answers this once it records.
        call.order(ToLeg::Resync);
        call.joined().await;
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for number in 0..80 {
            pace.tick().await;
            let frames = match number {
                30..55 => 0,
                55 => 26,
                _ => 1,
            };
            asterisk.send(&audio_message(RATE, CALLER).repeat(frames)).await;
            asterisk.hears().await;
        }
        asterisk.hang_up().await;
        let _end = call.left().await;
        let (left, _) = record.channels().await;
        let said = left.iter().filter(|sample| **sample == CALLER).count();
        assert!((78 * 160..=80 * 160).contains(&said), "{} ms of the caller are on record", said / 8);
    });
}

/// A muted telephone sends no sound, and a key may be its first message: the leg has joined by then, at 8 kHz.
#[test]
fn a_wideband_caller_who_is_silent_at_first_is_recorded() {
    in_a_world(async {
        let (record, track) = OnRecord::open(RATE);
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.send(&message(0x03, b"5")).await;
        call.joined().await;
        assert!(matches!(call.fact().await, Fact::Dtmf { .. }));
        call.order(ToLeg::Record(track));
        // It answers this once it records.
        call.order(ToLeg::Resync);
        call.joined().await;
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..60 {
            pace.tick().await;
            asterisk.say(SampleRate::HZ_16000, CALLER).await;
            asterisk.hears().await;
        }
        asterisk.hang_up().await;
        let _end = call.left().await;
        let (left, _) = record.channels().await;
        // A level stays the same at any rate, except for the resampler's first milliseconds.
        let said = left.iter().filter(|sample| (CALLER - 5..=CALLER + 5).contains(*sample)).count();
        assert!((55 * 160..=60 * 160).contains(&said), "{} ms of the caller are on record", said / 8);
    });
}
