//! Cords as seen by a leg: sound into a mouth, output of an ear, reports on items.

use std::time::Duration;

use cordboard_actors::media::{
    EarCounters, EarOutput, ItemEnd, ItemPlayed, Pace, Port, plug, plug_alongside, unplug,
};
use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::ids::{CordId, ItemId, LegId};
use tokio::time::{Instant, sleep, timeout};

const RATE: SampleRate = SampleRate::HZ_8000;
const ITEM: ItemId = ItemId(1);

fn paced(leg: u64) -> Port {
    Port::new(LegId(leg), RATE, Pace::Paced)
}

fn flowing(leg: u64) -> Port {
    Port::new(LegId(leg), RATE, Pace::Flowing)
}

fn cord(from: u64, to: u64) -> CordId {
    CordId { from: LegId(from), to: LegId(to) }
}

/// A speaker (leg 1) whose cord leads to a listener (leg 2).
fn speaker_and(listener: Port) -> (Port, Port) {
    let speaker = paced(1);
    plug(&speaker.mouth, &listener.ear);
    (speaker, listener)
}

fn constant(value: i16, ms: u32) -> Frame {
    Frame::pcm(RATE, vec![value; RATE.samples_in_ms(ms)])
}

fn samples(frame: Option<Frame>) -> Vec<i16> {
    match frame {
        Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
        Some(Frame::G711 { law, bytes }) => g711::decode_all(law, &bytes),
        None => Vec::new(),
    }
}

fn played(item: u64, ms: u64, end: ItemEnd) -> ItemPlayed {
    ItemPlayed { item: ItemId(item), ms, end }
}

#[test]
fn an_ear_without_cords_is_silent() {
    let tick = paced(1).ear.tick();
    assert_eq!((tick.frame, tick.played), (None, Vec::new()));
}

#[test]
fn an_item_is_heard_in_frames_and_its_end_reported() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(7, 50));
    speaker.mouth.end_item(ITEM);
    assert_eq!(listener.ear.queued_ms(cord(1, 2)), 50);

    for _ in 0..2 {
        let tick = listener.ear.tick();
        assert_eq!(samples(tick.frame), [7; 160]);
        assert_eq!(tick.played, []);
    }
    let last = listener.ear.tick();
    let padded: Vec<i16> = [[7; 80], [0; 80]].concat();
    assert_eq!(samples(last.frame), padded, "the last piece is padded with silence");
    assert_eq!(last.played, [played(1, 50, ItemEnd::Finished)], "padding is not counted");
    assert_eq!(listener.ear.tick().frame, None);
    assert_eq!(listener.ear.counters(), EarCounters::default());
}

#[test]
fn pieces_of_any_length_come_out_as_whole_frames() {
    let (speaker, listener) = speaker_and(paced(2));
    let spoken: Vec<i16> = (0..800).collect();
    for piece in spoken.chunks(37) {
        speaker.mouth.speak(Some(ITEM), Frame::pcm(RATE, piece));
    }
    speaker.mouth.end_item(ITEM);
    let heard: Vec<i16> = (0..5).flat_map(|_| samples(listener.ear.tick().frame)).collect();
    assert_eq!(heard, spoken);
}

#[test]
fn an_item_begins_on_its_own_frame() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 10));
    speaker.mouth.end_item(ITEM);
    speaker.mouth.speak(Some(ItemId(2)), constant(2, 20));
    speaker.mouth.end_item(ItemId(2));
    let first = listener.ear.tick();
    assert_eq!(first.played, [played(1, 10, ItemEnd::Finished)]);
    assert!(!samples(first.frame).contains(&2));
    let second = listener.ear.tick();
    assert_eq!(samples(second.frame), [2; 160]);
    assert_eq!(second.played, [played(2, 20, ItemEnd::Finished)]);
}

#[test]
fn an_item_without_audio_is_finished_at_once() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.end_item(ITEM);
    speaker.mouth.end_item(ITEM);
    assert_eq!(listener.ear.tick().played, [played(1, 0, ItemEnd::Finished)], "once, though ended twice");
    assert_eq!(listener.ear.tick().played, []);
}

#[test]
fn a_frame_between_equal_rates_is_shared_and_not_copied() {
    let (speaker, listener) = speaker_and(paced(2));
    let frame = constant(7, 20);
    speaker.mouth.speak(None, frame.clone());
    let heard = listener.ear.tick().frame;
    match (frame, heard) {
        (Frame::Pcm { samples: spoken, .. }, Some(Frame::Pcm { samples: heard, .. })) => {
            assert!(std::sync::Arc::ptr_eq(&spoken, &heard));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn g711_passes_untouched_where_the_ear_speaks_the_law() {
    let (speaker, listener) = speaker_and(Port::g711(LegId(2), Law::Mu, Pace::Paced));
    let octets: Vec<u8> = (0..=255).cycle().take(400).collect();
    speaker.mouth.speak(Some(ITEM), Frame::G711 { law: Law::Mu, bytes: octets.clone().into() });
    speaker.mouth.end_item(ITEM);
    let mut heard = Vec::new();
    for _ in 0..3 {
        match listener.ear.tick().frame {
            Some(Frame::G711 { law: Law::Mu, bytes }) => heard.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard[..400], octets);
    assert!(heard[400..].iter().all(|octet| *octet == 0xff), "padded with the law's silence");
}

#[test]
fn the_other_law_and_a_second_voice_are_decoded() {
    let (speaker, listener) = speaker_and(Port::g711(LegId(2), Law::Mu, Pace::Paced));
    let loud = |law| Frame::G711 { law, bytes: g711::encode_all(law, &[8_000; 160]).into() };
    speaker.mouth.speak(None, loud(Law::A));
    let heard = samples(listener.ear.tick().frame);
    assert!((heard[80] - 8_000).abs() < 300, "{}", heard[80]);

    let second = paced(3);
    plug(&second.mouth, &listener.ear);
    speaker.mouth.speak(None, loud(Law::Mu));
    second.mouth.speak(None, loud(Law::Mu));
    let heard = samples(listener.ear.tick().frame);
    assert!((heard[80] - 16_000).abs() < 600, "{}", heard[80]);
}

#[test]
fn both_g711_laws_are_decoded_to_samples_however_cut() {
    let spoken: Vec<i16> = (0..400).map(|at| g711::decode(Law::Mu, at as u8)).collect();
    let (speaker, listener) = speaker_and(paced(2));
    // Frames extend across the pieces, and the laws across the frames; the last 80 samples are padded.
    for (piece, law) in spoken.chunks(100).zip([Law::Mu, Law::A, Law::Mu, Law::Mu]) {
        speaker.mouth.speak(Some(ITEM), Frame::G711 { law, bytes: g711::encode_all(law, piece).into() });
    }
    speaker.mouth.end_item(ITEM);
    let heard: Vec<i16> = (0..3).flat_map(|_| samples(listener.ear.tick().frame)).collect();
    assert_eq!(heard.len(), 480);
    for (at, (heard, spoken)) in heard.iter().zip(&spoken).enumerate() {
        let step = if (100..200).contains(&at) { spoken.abs() / 16 + 16 } else { 0 };
        assert!((heard - spoken).abs() <= step, "sample {at}: {heard} for {spoken}");
    }
    assert_eq!(heard[400..], [0; 80], "silence without a step");
}

#[test]
fn voices_are_summed_and_clipped() {
    let listener = paced(9);
    let speakers: Vec<Port> = (1..=3).map(paced).collect();
    for speaker in &speakers {
        plug(&speaker.mouth, &listener.ear);
        speaker.mouth.speak(None, constant(15_000, 20));
    }
    assert_eq!(samples(listener.ear.tick().frame), [i16::MAX; 160]);
    speakers[0].mouth.speak(None, constant(1, 20));
    speakers[2].mouth.speak(None, constant(2, 20));
    assert_eq!(samples(listener.ear.tick().frame), [3; 160]);
}

#[test]
fn one_mouth_is_heard_by_every_ear_that_is_plugged() {
    let speaker = paced(1);
    let listeners: Vec<Port> = (2..=4).map(paced).collect();
    for listener in &listeners {
        plug(&speaker.mouth, &listener.ear);
        plug(&speaker.mouth, &listener.ear);
    }
    assert_eq!(speaker.mouth.listeners(), 3, "a cord that is plugged twice is one cord");
    speaker.mouth.speak(Some(ITEM), constant(5, 20));
    for listener in &listeners {
        assert_eq!(samples(listener.ear.tick().frame), [5; 160]);
        assert_eq!(listener.ear.tick().frame, None);
    }
}

#[test]
fn clear_returns_what_was_heard_and_ignores_late_sound() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 1_000));
    speaker.mouth.end_item(ITEM);
    speaker.mouth.speak(Some(ItemId(2)), constant(2, 1_000));
    for _ in 0..10 {
        listener.ear.tick();
    }
    let cleared = listener.ear.clear(cord(1, 2));
    assert_eq!(cleared, [played(1, 200, ItemEnd::Cleared), played(2, 0, ItemEnd::Cleared)]);
    assert_eq!(listener.ear.tick(), Default::default(), "silent from the next tick on");

    speaker.mouth.speak(Some(ItemId(2)), constant(2, 100));
    speaker.mouth.end_item(ItemId(2));
    assert_eq!(listener.ear.tick(), Default::default(), "what its provider still sends is not heard");
    assert_eq!(listener.ear.counters().late_pieces, 1);

    speaker.mouth.speak(Some(ItemId(3)), constant(3, 20));
    assert_eq!(samples(listener.ear.tick().frame), [3; 160], "the next item is");
}

/// The conversion has not given any of its first 5 ms yet.
#[test]
fn clear_ends_an_item_whose_conversion_has_just_begun() {
    let (speaker, listener) = speaker_and(paced(2));
    let rate = SampleRate::HZ_24000;
    let piece = |ms| Frame::pcm(rate, vec![9_000; rate.samples_in_ms(ms)]);
    speaker.mouth.speak(Some(ITEM), piece(5));
    assert_eq!(listener.ear.clear(cord(1, 2)), [played(1, 0, ItemEnd::Cleared)]);
    speaker.mouth.speak(Some(ITEM), piece(200));
    assert_eq!(listener.ear.tick(), Default::default(), "the rest of it is not heard");
}

#[test]
fn clear_is_for_one_cord_only() {
    let (speaker, listener) = speaker_and(paced(2));
    let other = paced(3);
    plug(&other.mouth, &listener.ear);
    speaker.mouth.speak(Some(ITEM), constant(1, 20));
    other.mouth.speak(Some(ITEM), constant(2, 20));
    assert_eq!(listener.ear.clear(cord(1, 2)).len(), 1);
    assert_eq!(listener.ear.clear(cord(1, 7)), [], "a cord to another ear");
    assert_eq!(samples(listener.ear.tick().frame), [2; 160]);
}

#[test]
fn unplug_ends_the_cord_and_its_items() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 100));
    listener.ear.tick();
    assert_eq!(unplug(&speaker.mouth, &listener.ear), [played(1, 20, ItemEnd::Cleared)]);
    assert_eq!(unplug(&speaker.mouth, &listener.ear), []);
    speaker.mouth.speak(Some(ITEM), constant(1, 100));
    assert_eq!(listener.ear.tick(), Default::default());
    assert_eq!(speaker.mouth.listeners(), 0);
}

#[test]
fn a_port_that_is_dropped_ends_its_cords() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 100));
    listener.ear.tick();
    let clone = speaker.clone();
    drop(speaker);
    assert!(listener.ear.tick().frame.is_some(), "a clone is the same port");
    drop(clone);
    let tick = listener.ear.tick();
    assert_eq!(tick.frame, None);
    assert_eq!(tick.played, [played(1, 40, ItemEnd::Cleared)]);

    let (speaker, listener) = speaker_and(paced(2));
    drop(listener);
    assert_eq!(speaker.mouth.listeners(), 0);
    speaker.mouth.speak(None, constant(1, 20));
}

#[test]
fn an_assistant_may_be_at_most_two_minutes_ahead() {
    let (speaker, listener) = speaker_and(paced(2));
    for _ in 0..130 {
        speaker.mouth.speak(Some(ITEM), constant(1, 1_000));
    }
    speaker.mouth.end_item(ITEM);
    assert_eq!(listener.ear.queued_ms(cord(1, 2)), 120_000);
    assert_eq!(listener.ear.counters().item_pieces_refused, 10);
    let ends: Vec<ItemPlayed> = (0..6_001).flat_map(|_| listener.ear.tick().played).collect();
    assert_eq!(ends, [played(1, 120_000, ItemEnd::DroppedAtBound)]);
}

#[test]
fn an_unfetched_live_voice_loses_its_oldest_sound() {
    let (speaker, listener) = speaker_and(paced(2));
    for number in 0..50 {
        speaker.mouth.speak(None, constant(number, 20));
    }
    assert_eq!(listener.ear.queued_ms(cord(1, 2)), 200);
    assert_eq!(listener.ear.counters().live_pieces_dropped, 40);
    assert_eq!(samples(listener.ear.tick().frame), [40; 160]);
}

#[test]
fn the_delay_after_a_burst_is_reduced() {
    let (speaker, listener) = speaker_and(paced(2));
    for _ in 0..10 {
        speaker.mouth.speak(None, constant(1, 20));
    }
    for _ in 0..1_500 {
        speaker.mouth.speak(None, constant(1, 20));
        assert!(listener.ear.tick().frame.is_some());
    }
    let left_ms = listener.ear.queued_ms(cord(1, 2));
    assert!(left_ms <= 60, "{left_ms} ms after half a minute");
}

/// Hears a voice after a burst of 160 ms. Its frames are loud if `is_loud` says so of their numbers. Returns how many loud ones were heard,
/// how many pieces were dropped, and what waits at the end, in ms.
fn heard_after_a_burst(frames: u32, is_loud: impl Fn(u32) -> bool) -> (usize, u64, u64) {
    let (speaker, listener) = speaker_and(paced(2));
    for _ in 0..8 {
        speaker.mouth.speak(None, constant(4_000, 20));
    }
    let mut heard = 0;
    for number in 0..frames {
        speaker.mouth.speak(None, constant(if is_loud(number) { 4_000 } else { 100 }, 20));
        heard += usize::from(samples(listener.ear.tick().frame) == [4_000; 160]);
    }
    (heard, listener.ear.counters().live_pieces_dropped, listener.ear.queued_ms(cord(1, 2)))
}

#[test]
fn a_pause_takes_a_bursts_delay_and_no_word() {
    let waits = 3;
    let spoken = 8 + 350;
    assert_eq!(
        heard_after_a_burst(400, |number| !(200..250).contains(&number)),
        (spoken - waits, 5, 60),
        "every loud frame is heard"
    );
    assert_eq!(
        heard_after_a_burst(1_000, |_| true),
        (1_000, 5, 60),
        "of a voice without pauses, single ones are not"
    );
}

#[test]
fn a_live_voice_in_30_ms_frames_has_no_holes() {
    let (speaker, listener) = speaker_and(paced(2));
    let mut holes = 0;
    for ms in (0..3_000).step_by(10) {
        if ms % 30 == 0 {
            speaker.mouth.speak(None, constant(1, 30));
        }
        if ms % 20 == 0 && listener.ear.tick().frame.is_none() {
            holes += 1;
        }
    }
    assert!(holes <= 1, "{holes}: one at the start, then the lane is ahead");
}

#[test]
fn a_live_voice_in_long_pieces_has_no_holes() {
    let (speaker, listener) = speaker_and(paced(2));
    for _ in 0..10 {
        speaker.mouth.comes_in_pieces_of(500);
        (0..25).for_each(|_| speaker.mouth.speak(None, constant(1, 20)));
        assert_eq!((0..25).filter(|_| listener.ear.tick().frame.is_some()).count(), 25);
    }
    assert_eq!(listener.ear.counters(), EarCounters::default());
}

/// A supervisor joins in the middle of an answer, which the provider has sent at once.
#[test]
fn a_later_ear_hears_the_rest_of_an_item() {
    let (speaker, caller) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(4_000, 100));
    caller.ear.tick();
    let [late, wide] =
        [(3, RATE), (4, SampleRate::HZ_24000)].map(|(leg, rate)| Port::new(LegId(leg), rate, Pace::Paced));
    for ear in [&late.ear, &wide.ear] {
        plug_alongside(&speaker.mouth, ear, &caller.ear);
    }
    plug_alongside(&speaker.mouth, &late.ear, &caller.ear);
    assert_eq!(late.ear.queued_ms(cord(1, 3)), 80, "once");
    speaker.mouth.speak(Some(ITEM), constant(8, 20));
    speaker.mouth.end_item(ITEM);
    assert_eq!(wide.ear.queued_ms(cord(1, 4)), 100);
    assert_eq!(samples(caller.ear.tick().frame), [4_000; 160]);
    let faded_in: Vec<i16> = (0_i16..160).map(|at| 100 * at.min(40)).collect();
    assert_eq!(samples(late.ear.tick().frame), faded_in, "within 5 ms, without a click");
    for value in [4_000, 4_000, 4_000, 8] {
        let heard = [&caller.ear, &late.ear].map(|ear| samples(ear.tick().frame));
        assert_eq!(heard, [vec![value; 160], vec![value; 160]]);
    }
    speaker.mouth.speak(Some(ItemId(2)), constant(3, 20));
    let in_time = paced(5);
    plug_alongside(&speaker.mouth, &in_time.ear, &caller.ear);
    assert_eq!(samples(in_time.ear.tick().frame), [3; 160], "what has not begun is heard as it is");
    speaker.mouth.speak(None, constant(1, 100));
    let newest = paced(6);
    caller.ear.tick();
    plug_alongside(&speaker.mouth, &newest.ear, &caller.ear);
    assert_eq!(newest.ear.queued_ms(cord(1, 6)), 0, "a live voice goes on from now");
}

#[test]
fn joining_in_the_middle_of_a_word_makes_no_click() {
    let (speaker, listener) = speaker_and(paced(2));
    let joins = |port: Port| {
        plug(&speaker.mouth, &port.ear);
        port
    };
    speaker.mouth.speak(None, constant(4_000, 20));
    let [late, of_g711] = [paced(3), Port::g711(LegId(4), Law::Mu, Pace::Paced)].map(joins);
    let assistant = joins(flowing(5));
    speaker.mouth.speak(None, constant(4_000, 40));
    let faded_in: Vec<i16> = (0_i16..160).map(|at| 100 * at.min(40)).collect();
    for ear in [&late.ear, &of_g711.ear] {
        assert_eq!(samples(ear.tick().frame), faded_in);
        assert_eq!(samples(ear.tick().frame), [4_000; 160]);
    }
    assert_eq!(assistant.ear.queued_ms(cord(1, 5)), 40);
    (0..3).for_each(|_| assert_eq!(samples(listener.ear.tick().frame), [4_000; 160]));

    speaker.mouth.speak(None, constant(100, 20));
    let in_a_pause = joins(paced(6));
    speaker.mouth.speak(None, constant(4_000, 20));
    assert_eq!(samples(in_a_pause.ear.tick().frame), [4_000; 160], "a word from its beginning on");
}

#[test]
fn an_item_that_runs_dry_counts_once_and_goes_on() {
    let (speaker, listener) = speaker_and(paced(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 30));
    assert!(listener.ear.tick().frame.is_some());
    for _ in 0..5 {
        assert_eq!(listener.ear.tick().frame, None, "half a frame waits for more");
    }
    speaker.mouth.speak(Some(ITEM), constant(1, 30));
    assert_eq!(samples(listener.ear.tick().frame), [1; 160]);
    speaker.mouth.end_item(ITEM);
    assert_eq!(listener.ear.counters().underruns, 1);
    assert_eq!(listener.ear.tick().played, [played(1, 60, ItemEnd::Finished)]);
}

#[test]
fn the_tail_of_a_resampled_item_is_heard() {
    let (speaker, listener) = speaker_and(paced(2));
    let rate = SampleRate::HZ_24000;
    speaker.mouth.speak(Some(ITEM), Frame::pcm(rate, vec![9_000; rate.samples_in_ms(35)]));
    speaker.mouth.end_item(ITEM);
    assert_eq!(listener.ear.queued_ms(cord(1, 2)), 35);
    let heard = [samples(listener.ear.tick().frame), samples(listener.ear.tick().frame)].concat();
    assert!(heard[270] > 8_000, "{}", heard[270]);
    assert_eq!(heard[281..], [0; 39]);
}

#[test]
fn a_speaker_may_change_its_rate() {
    let (speaker, listener) = speaker_and(paced(2));
    for rate in [SampleRate::HZ_24000, SampleRate::HZ_8000, SampleRate::HZ_48000] {
        speaker.mouth.speak(Some(ITEM), Frame::pcm(rate, vec![9_000; rate.samples_in_ms(100)]));
    }
    speaker.mouth.end_item(ITEM);
    let ends: Vec<ItemPlayed> = (0..16).flat_map(|_| listener.ear.tick().played).collect();
    assert_eq!(ends, [played(1, 300, ItemEnd::Finished)]);
}

#[test]
fn empty_frames_and_odd_rates_do_no_harm() {
    let listener = Port::new(LegId(2), SampleRate::HZ_44100, Pace::Paced);
    let (speaker, listener) = speaker_and(listener);
    speaker.mouth.speak(None, Frame::pcm(RATE, vec![]));
    speaker.mouth.speak(None, Frame::G711 { law: Law::A, bytes: vec![].into() });
    assert_eq!(listener.ear.tick(), Default::default());
    for rate in SampleRate::ALL {
        speaker.mouth.speak(None, Frame::silence(rate));
        assert_eq!(samples(listener.ear.tick().frame).len(), 882, "{rate:?}");
    }
}

/// Output of the ear within 5 s; nothing otherwise.
async fn heard_soon(port: &Port) -> EarOutput {
    timeout(Duration::from_secs(5), port.ear.next_frame()).await.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_lone_voice_flows_on_as_it_arrives() {
    let (speaker, listener) = speaker_and(flowing(2));
    let start = Instant::now();
    speaker.mouth.speak(None, constant(1, 30));
    speaker.mouth.speak(None, constant(2, 5));
    assert_eq!(samples(heard_soon(&listener).await.frame), [1; 240]);
    assert_eq!(samples(heard_soon(&listener).await.frame), [2; 40]);
    assert_eq!(start.elapsed(), Duration::ZERO, "nothing waited for a tick");
}

#[tokio::test(start_paused = true)]
async fn a_flowing_ear_waits_until_somebody_speaks() {
    let (speaker, listener) = speaker_and(flowing(2));
    let start = Instant::now();
    let (heard, ()) = tokio::join!(heard_soon(&listener), async {
        sleep(Duration::from_millis(700)).await;
        speaker.mouth.speak(Some(ITEM), constant(1, 20));
        speaker.mouth.end_item(ITEM);
    });
    assert_eq!(start.elapsed(), Duration::from_millis(700));
    assert_eq!(heard.frame, Some(constant(1, 20)));
    let end = if heard.played.is_empty() { heard_soon(&listener).await.played } else { heard.played };
    assert_eq!(end, [played(1, 20, ItemEnd::Finished)]);
}

#[tokio::test(start_paused = true)]
async fn two_voices_flow_mixed_every_20_ms() {
    let (first, listener) = speaker_and(flowing(2));
    let second = paced(3);
    plug(&second.mouth, &listener.ear);
    let speak = async {
        for number in 1..=50 {
            first.mouth.speak(None, constant(number, 20));
            sleep(Duration::from_millis(7)).await;
            second.mouth.speak(None, constant(100, 20));
            sleep(Duration::from_millis(13)).await;
        }
    };
    let listen = async {
        for number in 1..=50 {
            assert_eq!(samples(heard_soon(&listener).await.frame), [100 + number; 160]);
        }
    };
    tokio::join!(speak, listen);
}

#[tokio::test(start_paused = true)]
async fn a_flowing_ear_hears_that_its_speaker_left() {
    let (speaker, listener) = speaker_and(flowing(2));
    speaker.mouth.speak(Some(ITEM), constant(1, 20));
    heard_soon(&listener).await;
    drop(speaker);
    let heard = heard_soon(&listener).await;
    assert_eq!((heard.frame, heard.played), (None, vec![played(1, 20, ItemEnd::Cleared)]));
}

#[tokio::test(start_paused = true)]
async fn giving_up_waiting_for_a_frame_loses_none() {
    let (speaker, listener) = speaker_and(flowing(2));
    assert!(timeout(Duration::from_millis(5), listener.ear.next_frame()).await.is_err());
    speaker.mouth.speak(None, constant(3, 20));
    assert_eq!(samples(heard_soon(&listener).await.frame), [3; 160]);
}

/// Mouths, ears and plugging on four threads at once: no deadlock, and no sample that was not spoken.
#[test]
fn threads_may_plug_speak_and_listen_at_once() {
    let ports: Vec<Port> = (0..4).map(paced).collect();
    std::thread::scope(|scope| {
        for me in 0..4 {
            let ports = ports.clone();
            scope.spawn(move || {
                for round in 0..2_000_u64 {
                    let other = &ports[(me + 1 + round as usize % 3) % 4];
                    match round % 5 {
                        0 => plug(&ports[me].mouth, &other.ear),
                        4 => drop(unplug(&ports[me].mouth, &other.ear)),
                        _ => ports[me].mouth.speak(Some(ItemId(round)), constant(1, 20)),
                    }
                    let heard = samples(ports[me].ear.tick().frame);
                    assert!(heard.iter().all(|sample| (0..=3).contains(sample)));
                }
            });
        }
    });
}
