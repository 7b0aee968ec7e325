//! Messages that `mod_audio_stream` never sends: each ends the leg, with a close code if there is one, and harms nothing else.

use cordboard_schema::call::LegEnd;

use crate::stream_module::{audio, frame};
use crate::stream_stage::Stage;

/// A frame that is not masked.
fn unmasked(payload: &[u8]) -> Vec<u8> {
    [&[0x82, payload.len() as u8], payload].concat()
}

/// The head of a frame that announces this many bytes.
fn announced(bytes: u64) -> Vec<u8> {
    [&[0x82, 0xff][..], &bytes.to_be_bytes(), &[0; 4]].concat()
}

#[actix::test]
async fn protocol_errors_get_a_close_code() {
    let reserved = [vec![0xc2, 0x80, 0, 0, 0, 0]].concat();
    let no_utf8 = frame(1, &[0xff, 0xfe]);
    let long_ping = frame(9, &[0; 126]);
    for (name, sent, code) in [
        ("an unmasked frame", unmasked(&[0; 100]), 1_002),
        ("a frame of a petabyte", announced(1 << 50), 1_009),
        ("a frame of 100 kB", announced(100_000), 1_009),
        ("a reserved bit", reserved, 1_002),
        ("a reserved kind", frame(3, b"x"), 1_002),
        ("a text that is not UTF-8", no_utf8, 1_007),
        ("a ping that is too long", long_ping, 1_002),
    ] {
        let mut stage = Stage::open();
        let (mut module, mut call, _port) = stage.joined_leg().await;
        module.send(&sent).await;
        assert_eq!(call.left().await.0, LegEnd::Broken, "{name}");
        assert_eq!(module.goodbye().await, code, "{name}");
    }
}

/// A message in so many parts that together they are too long.
#[actix::test]
async fn parts_without_an_end_are_bounded() {
    let mut stage = Stage::open();
    let (mut module, mut call, _port) = stage.joined_leg().await;
    let mut first = audio(&[0; 8_000]);
    first[0] = 0x02;
    let mut rest = first.clone();
    rest[0] = 0x00;
    module.send(&first).await;
    for _ in 0..4 {
        if module.stream.try_write(&rest).is_err() {
            break;
        }
    }
    assert_eq!(call.left().await.0, LegEnd::Broken);
}

#[actix::test]
async fn a_leg_stuck_in_half_a_frame_harms_no_other() {
    let mut stage = Stage::open();
    let (mut stuck, mut stuck_call, _port) = stage.joined_leg().await;
    stuck.send(&audio(&[1; 160])[..100]).await;
    let (mut module, mut call, _port) = stage.joined_leg().await;
    module.say(1).await;
    module.say_goodbye().await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
    drop(stuck);
    assert_eq!(stuck_call.left().await.0, LegEnd::Closed);
}
