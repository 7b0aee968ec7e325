//! Speech detection on speech (`sounds/question.wav`, espeak-ng: "Hello, I would like to ask about your opening hours
//! on Saturday.", 3.4 s) and on other sounds.

use std::f64::consts::TAU;

use cordboard_actors::media::{Vad, VadEdge, VadSettings};
use cordboard_schema::audio::{Law, Resampler, SampleRate, g711};

const RATE: SampleRate = SampleRate::HZ_8000;

fn question() -> Vec<i16> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sounds/question.wav");
    let samples: Vec<i16> =
        hound::WavReader::open(file).into_iter().flat_map(|wav| wav.into_samples().flatten()).collect();
    assert_eq!(samples.len() / 8, 3_380, "{file} is there, in ms");
    samples
}

fn silence(ms: u32) -> Vec<i16> {
    vec![0; RATE.samples_in_ms(ms)]
}

/// White noise of this amplitude, the same each time.
fn noise(amplitude: f64, ms: u32) -> Vec<i16> {
    let mut seed = 1_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 32) as i32 as f64 / f64::from(i32::MAX)
    };
    (0..RATE.samples_in_ms(ms)).map(|_| (amplitude * random()) as i16).collect()
}

fn tones(hz: [f64; 2], ms: u32) -> Vec<i16> {
    let wave = |hz: f64, i: usize| 5_000.0 * (TAU * hz * i as f64 / f64::from(RATE.hz())).sin();
    (0..RATE.samples_in_ms(ms)).map(|i| (wave(hz[0], i) + wave(hz[1], i)) as i16).collect()
}

fn add(a: &[i16], b: &[i16]) -> Vec<i16> {
    a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect()
}

/// All changes in the audio, given in frames of 20 ms, with the ms at which each was noticed.
fn edges(audio: &[i16]) -> Vec<(u64, VadEdge)> {
    let mut vad = Vad::new(RATE, VadSettings::default());
    let frames = audio.chunks(160).enumerate();
    frames.filter_map(|(number, frame)| Some((20 * (number as u64 + 1), vad.push(frame)?))).collect()
}

/// One stretch of speech that begins and ends with the question.
fn check_question(audio: &[i16], begins_ms: u64) {
    let edges = edges(audio);
    assert!(matches!(edges[..], [(_, VadEdge::Started { .. }), (_, VadEdge::Stopped { .. })]), "{edges:?}");
    let [(noticed_ms, VadEdge::Started { at_ms }), (end_noticed_ms, VadEdge::Stopped { speech_ms })] =
        edges[..]
    else {
        return;
    };
    assert!((begins_ms..=begins_ms + 250).contains(&at_ms), "began at {at_ms} ms");
    assert!(noticed_ms - at_ms <= 220, "noticed {} ms later", noticed_ms - at_ms);
    assert!((2_900..=3_600).contains(&speech_ms), "lasted {speech_ms} ms");
    let silence_ms = end_noticed_ms - at_ms - speech_ms;
    assert!((600..=660).contains(&silence_ms), "end noticed {silence_ms} ms later");
}

#[test]
fn a_question_is_one_stretch_of_speech() {
    check_question(&[silence(1_000), question(), silence(1_500)].concat(), 1_000);
}

#[test]
fn a_caller_may_speak_at_once() {
    check_question(&[question(), silence(1_500)].concat(), 0);
}

#[test]
fn both_laws_and_quiet_or_loud_voices_are_heard() {
    for law in [Law::Mu, Law::A] {
        let coded = g711::decode_all(law, &g711::encode_all(law, &question()));
        check_question(&[silence(1_000), coded, silence(1_500)].concat(), 1_000);
    }
    for percent in [15, 200] {
        let scaled = question().iter().map(|s| (i32::from(*s) * percent / 100) as i16).collect();
        check_question(&[silence(1_000), scaled, silence(1_500)].concat(), 1_000);
    }
}

#[test]
fn speech_on_a_noisy_line_begins_and_ends() {
    for amplitude in [100.0, 500.0] {
        let audio = [silence(3_000), question(), silence(2_000)].concat();
        check_question(&add(&audio, &noise(amplitude, 8_380)), 3_000);
    }
}

#[test]
fn lasting_hiss_after_the_speech_does_not_prolong_it() {
    let edges = edges(&[silence(1_000), question(), noise(1_000.0, 8_000)].concat());
    let [_, (noticed_ms, VadEdge::Stopped { .. })] = edges[..] else {
        panic!("{edges:?}");
    };
    assert!(noticed_ms < 4_380 + 3_500, "two seconds until it counts as the line's noise: {noticed_ms} ms");
}

#[test]
fn wide_band_speech_is_heard_too() {
    let mut wide = Vec::new();
    let mut resampler = Resampler::new(RATE, SampleRate::HZ_48000);
    resampler.push(&question(), &mut wide);
    resampler.finish(&mut wide);
    wide.extend(vec![0; 48_000]);
    let mut vad = Vad::new(SampleRate::HZ_48000, VadSettings::default());
    let edges: Vec<VadEdge> = wide.chunks(960).filter_map(|frame| vad.push(frame)).collect();
    assert!(matches!(edges[..], [VadEdge::Started { .. }, VadEdge::Stopped { .. }]), "{edges:?}");
}

#[test]
fn silence_hiss_and_steady_tones_are_not_speech() {
    let mut sounds = vec![("silence".to_owned(), silence(5_000))];
    for amplitude in [30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0] {
        let from_the_start = noise(amplitude, 5_000);
        let onset = [silence(1_000), noise(amplitude, 1_000), silence(1_000)].concat();
        sounds.push((format!("noise of {amplitude}"), from_the_start));
        sounds.push((format!("a second of noise of {amplitude}"), onset));
    }
    for pair in [[440.0, 440.0], [350.0, 440.0], [425.0, 425.0], [697.0, 1_209.0], [200.0, 2_100.0]] {
        let audio = [silence(500), tones(pair, 3_000), silence(500)].concat();
        sounds.push((format!("tones of {pair:?} Hz"), audio));
    }
    for (name, audio) in sounds {
        assert_eq!(edges(&audio), [], "{name}");
    }
}

#[test]
fn clicks_are_not_speech() {
    let mut audio = silence(5_000);
    for at in (4_000..40_000).step_by(4_000) {
        audio[at..at + 20].fill(20_000);
    }
    assert_eq!(edges(&audio), []);
}

/// Asterisk leaves a hole of some 180 ms in the audio while the caller presses a key.
#[test]
fn a_hole_in_the_stream_does_not_end_speech() {
    let mut spoken = question();
    spoken.drain(12_000..12_000 + RATE.samples_in_ms(180));
    let edges = edges(&[silence(500), spoken, silence(1_500)].concat());
    assert_eq!(edges.len(), 2, "{edges:?}");
}

#[test]
fn only_a_long_pause_separates_two_sentences() {
    let pause = |ms| [question(), silence(ms), question(), silence(1_500)].concat();
    assert_eq!(edges(&pause(300)).len(), 2);
    assert_eq!(edges(&pause(1_200)).len(), 4);
}

#[test]
fn a_long_piece_reports_the_last_change() {
    let mut vad = Vad::new(RATE, VadSettings::default());
    let edge = vad.push(&[question(), silence(1_500)].concat());
    assert!(matches!(edge, Some(VadEdge::Stopped { .. })), "{edge:?}");
    assert!(!vad.is_speech());
    assert_eq!(vad.push(&[]), None);
}

/// After a long silence the network has rested; it must not miss the first word. Without rest it takes as long.
#[test]
fn speech_after_a_long_quiet_is_noticed_just_as_early() {
    for (hiss, without_rest_ms) in [(0.0, 220), (20.0, 240), (50.0, 240)] {
        let audio = [silence(32_000), question(), silence(1_500)].concat();
        let ms = audio.len() as u32 / 8;
        let edges = edges(&add(&audio, &noise(hiss, ms)));
        assert_eq!(edges.len(), 2, "{edges:?}");
        let noticed_ms = edges[0].0 - 32_000;
        assert!(noticed_ms <= without_rest_ms, "hiss of {hiss}: noticed after {noticed_ms} ms");
    }
}
