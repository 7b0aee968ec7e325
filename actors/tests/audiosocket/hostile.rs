//! Broken and hostile peers.

use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegEnd;
use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::asterisk::{Asterisk, audio_message, message, samples};
use crate::stage::{Listener, Stage, until};
use crate::virtual_time::virtually;

const RATE: SampleRate = SampleRate::HZ_8000;

#[actix::test]
async fn only_the_last_200_ms_of_long_frames_are_heard() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    let listener = Listener::plugged(&call.joined().await);
    let spoken: Vec<i16> = (0..32_767).collect();
    let payload: Vec<u8> = spoken.iter().flat_map(|sample| sample.to_le_bytes()).chain([0]).collect();
    assert_eq!(payload.len(), usize::from(u16::MAX));
    asterisk.send(&message(0x10, &payload)).await;
    let mut heard = Vec::new();
    while heard.len() < 1_600 {
        let frame = listener.hears().await;
        assert!(frame.len() <= 160, "a frame of {} samples", frame.len());
        heard.extend(frame);
    }
    assert_eq!(heard, spoken[spoken.len() - 1_600..]);
}

/// Sound that waited for minutes arrives at once when Asterisk or the network wakes up.
#[actix::test]
async fn a_burst_of_minutes_does_not_delay_the_caller() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    let listener = Listener::plugged(&call.joined().await);
    let minutes: Vec<u8> = (0..6_000).flat_map(|n| audio_message(RATE, (n / 100) as i16)).collect();
    asterisk.send(&minutes).await;
    asterisk.say(RATE, i16::MAX).await;
    let mut heard = 0;
    while heard < 6_000 * 160 {
        let frame = listener.hears().await;
        heard += frame.len();
        if frame.contains(&i16::MAX) {
            break;
        }
    }
    println!("heard {} ms of 120 s", heard / 8);
    assert!(heard < 3_000 * 160, "{} ms of the past were heard", heard / 8);
}

#[actix::test]
async fn random_bytes_end_only_their_own_leg() {
    let mut stage = Stage::open();
    let (mut other, mut other_call) = stage.leg().await;
    other.say(RATE, 1).await;
    other_call.joined().await;
    let mut random = SmallRng::seed_from_u64(0x5eed);
    for round in 0..50 {
        let mut bytes = vec![0; random.random_range(1..20_000)];
        random.fill_bytes(&mut bytes);
        if round % 2 == 0 {
            // As the first bytes.
            let mut peer = Asterisk::connect_silently(stage.address).await;
            let _ = peer.stream.write_all(&bytes).await;
            let _ = peer.stream.shutdown().await;
            let _ = peer.ends().await;
        } else {
            // After a UUID.
            let (mut peer, mut call) = stage.leg().await;
            peer.send(&bytes).await;
            peer.hang_up().await;
            assert_eq!(call.left().await.0, LegEnd::Closed, "round {round}");
        }
    }
    assert!(stage.is_without_arrivals());
    until("one live leg", || stage.live.now() == 1).await;
    let _frame = other.hears().await;
}

#[actix::test]
async fn unknown_messages_are_ignored() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.say(RATE, 1).await;
    let listener = Listener::plugged(&call.joined().await);
    let odd = [
        message(0x01, &[7; 16]),
        message(0x01, &[7; 15]),
        message(0x02, &[]),
        message(0x03, b"x"),
        message(0x03, b"12"),
        message(0x10, &[]),
        message(0x10, &[1]),
        message(0x42, &[0; 65_535]),
        message(0xff, &[1]),
    ];
    asterisk.send(&odd.concat()).await;
    asterisk.send(&[message(0x03, b"9"), audio_message(RATE, 3)].concat()).await;
    assert_eq!(listener.hears_samples(160).await, [3; 160]);
    asterisk.hang_up().await;
    assert_eq!(call.left().await, (LegEnd::Closed, "9".to_owned()));
}

#[actix::test]
async fn a_hang_up_after_a_flood_of_keys_is_seen() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.send(&message(0x03, b"1").repeat(100_000)).await;
    asterisk.hang_up().await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
}

/// Other calls go on while a thousand connections send nothing.
#[test]
fn silent_connections_make_room_for_others() {
    virtually(async {
        let mut stage = Stage::open();
        let mut silent = Vec::new();
        for _ in 0..1_030 {
            silent.push(Asterisk::connect_silently(stage.address).await);
        }
        let began = Instant::now();
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.say(RATE, 1).await;
        call.joined().await;
        let no_room = stage.listener.counters().no_room;
        assert_eq!(no_room, 7, "the oldest of 1,031 handshakes, of which 1,024 are allowed");
        silent[0].ends().await.unwrap();
        silent[6].ends().await.unwrap();
        assert_eq!(
            began.elapsed(),
            Duration::ZERO,
            "the call is admitted and they are dropped, without a wait"
        );
        let frame = asterisk.hears().await;
        assert_eq!(samples(&frame), [0; 160]);
    });
}
