//! Digits as tones, as a switch's detector hears them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::f64::consts::TAU;

use cordboard_actors::media::Tones;
use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::digit::Digit;

/// Window of the detector: 20 ms, as in some switches.
const WINDOW_MS: u32 = 20;
const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [&str; 4] = ["123A", "456B", "789C", "*0#D"];

fn digits(keys: &str) -> Vec<Digit> {
    keys.chars().map(|key| key.try_into().unwrap()).collect()
}

/// The strength of a frequency by Goertzel's algorithm, as the peak of its sine in dB below full scale.
fn goertzel_dbfs(samples: &[i16], hz: f64, rate: SampleRate) -> f64 {
    let turn = TAU * hz / f64::from(rate.hz());
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) / 32_768.0 + 2.0 * turn.cos() * last - before;
        (before, last) = (last, next);
    }
    let power = last * last + before * before - 2.0 * turn.cos() * last * before;
    20.0 * (2.0 * power.max(0.0).sqrt() / samples.len() as f64).max(1e-9).log10()
}

fn strongest(samples: &[i16], of: [f64; 4], rate: SampleRate) -> (usize, f64) {
    let levels = of.map(|hz| goertzel_dbfs(samples, hz, rate));
    (0..4).map(|at| (at, levels[at])).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// The key in a window, if both its tones are strong and no other is.
fn key_in(samples: &[i16], rate: SampleRate) -> Option<char> {
    let (row, low_dbfs) = strongest(samples, LOW_HZ, rate);
    let (column, high_dbfs) = strongest(samples, HIGH_HZ, rate);
    (low_dbfs > -16.0 && high_dbfs > -16.0).then(|| KEYS[row].chars().nth(column).unwrap())
}

/// The keys that a detector finds in audio: each ends with a window without one.
fn detected(samples: &[i16], rate: SampleRate) -> String {
    let windows = samples.chunks_exact(rate.samples_in_ms(WINDOW_MS)).map(|window| key_in(window, rate));
    let mut keys = String::new();
    let mut sounding = None;
    for key in windows {
        if key != sounding {
            keys.extend(key);
        }
        sounding = key;
    }
    keys
}

/// Plays keys over what a party hears, until all of them have sounded.
fn played(keys: &str, rate: SampleRate, hears: impl Fn(usize) -> Option<Frame>) -> Vec<i16> {
    let mut tones = Tones::default();
    assert_eq!(tones.push(&digits(keys)), 0);
    let ticks = keys.len() * 10 + 5;
    (0..ticks).flat_map(|tick| linear(tones.over(hears(tick), rate), rate)).collect()
}

fn linear(frame: Option<Frame>, rate: SampleRate) -> Vec<i16> {
    match frame {
        Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
        Some(Frame::G711 { law, bytes }) => g711::decode_all(law, &bytes),
        None => vec![0; rate.samples_per_frame()],
    }
}

#[test]
fn every_key_is_detected_at_every_rate() {
    for rate in SampleRate::ALL {
        let keys = "1234567890*#ABCD";
        assert_eq!(detected(&played(keys, rate, |_| None), rate), keys, "{rate:?}");
    }
}

#[test]
fn the_same_key_twice_is_two_keys() {
    let rate = SampleRate::HZ_8000;
    assert_eq!(detected(&played("1100", rate, |_| None), rate), "1100");
}

#[test]
fn both_tones_are_loud_and_nothing_clips() {
    let rate = SampleRate::HZ_8000;
    let samples = played("5", rate, |_| None);
    let middle = &samples[rate.samples_in_ms(30)..rate.samples_in_ms(70)];
    for hz in [770.0, 1_336.0] {
        let level_dbfs = goertzel_dbfs(middle, hz, rate);
        assert!((-10.0..=-7.0).contains(&level_dbfs), "{hz} Hz at {level_dbfs:.1} dBFS");
    }
    assert!(samples.iter().all(|sample| sample.unsigned_abs() < 26_000));
    assert!(samples[0].abs() < 100 && samples[1].abs() < 1_000, "it swells");
    assert!(samples[rate.samples_in_ms(100)..].iter().all(|sample| *sample == 0), "100 ms and no more");
}

#[test]
fn digits_are_heard_over_other_sound() {
    let rate = SampleRate::HZ_8000;
    let voice = |tick: usize| -> Vec<i16> {
        let at = |n: usize| (tick * rate.samples_per_frame() + n) as f64 / f64::from(rate.hz());
        (0..rate.samples_per_frame()).map(|n| (3_000.0 * (TAU * 300.0 * at(n)).sin()) as i16).collect()
    };
    let over_pcm = played("42#", rate, |tick| Some(Frame::pcm(rate, voice(tick))));
    assert_eq!(detected(&over_pcm, rate), "42#");
    assert!(goertzel_dbfs(&over_pcm, 300.0, rate) > -22.0, "the voice goes on");
    let over_octets = played("42#", rate, |tick| {
        Some(Frame::G711 { law: Law::Mu, bytes: g711::encode_all(Law::Mu, &voice(tick)).into() })
    });
    assert_eq!(detected(&over_octets, rate), "42#");
}

/// Share of a sound's power that is in these two frequencies.
fn share_of(samples: &[i16], tones_hz: [f64; 2], rate: SampleRate) -> f64 {
    let of_tone = |hz| 10_f64.powf(goertzel_dbfs(samples, hz, rate) / 10.0) / 2.0;
    let squares: f64 = samples.iter().map(|sample| (f64::from(*sample) / 32_768.0).powi(2)).sum();
    tones_hz.map(of_tone).iter().sum::<f64>() / (squares / samples.len() as f64)
}

#[test]
fn a_loud_voice_does_not_hide_a_digit() {
    let rate = SampleRate::HZ_8000;
    let voice = |tick: usize| -> Vec<i16> {
        let at = |n: usize| (tick * rate.samples_per_frame() + n) as f64 / f64::from(rate.hz());
        (0..rate.samples_per_frame()).map(|n| (20_000.0 * (TAU * 300.0 * at(n)).sin()) as i16).collect()
    };
    let heard = played("55", rate, |tick| Some(Frame::pcm(rate, voice(tick))));
    for begins_ms in [0, 200] {
        let middle = &heard[rate.samples_in_ms(begins_ms + 30)..rate.samples_in_ms(begins_ms + 70)];
        let share = share_of(middle, [770.0, 1_336.0], rate);
        assert!(share > 0.9, "{share:.2} of the sound is the digit");
        assert!(middle.iter().all(|sample| sample.unsigned_abs() < 28_000), "nothing clips");
    }
    for tick in [5, 9, 15, 24] {
        let begin = tick * rate.samples_per_frame();
        let frame = &heard[begin..begin + rate.samples_per_frame()];
        assert_eq!(frame, voice(tick), "the voice is as loud as before after each digit");
    }
}

#[test]
fn without_digits_a_frame_is_unchanged() {
    let rate = SampleRate::HZ_16000;
    let mut tones = Tones::default();
    assert_eq!(tones.over(None, rate), None);
    let frame = Frame::pcm(rate, vec![7; rate.samples_per_frame()]);
    assert_eq!(tones.over(Some(frame.clone()), rate), Some(frame));
}
