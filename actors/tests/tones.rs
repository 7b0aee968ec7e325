//! The voice band through the whole path: mouth, lane, conversion, ear.

use std::f64::consts::TAU;

use cordboard_actors::media::{Pace, Port, plug};
use cordboard_schema::audio::{Frame, Law, SampleRate, g711, level};
use cordboard_schema::ids::{ItemId, LegId};

const RATES: [SampleRate; 4] =
    [SampleRate::HZ_8000, SampleRate::HZ_16000, SampleRate::HZ_24000, SampleRate::HZ_48000];
const VOICE_HZ: [f64; 7] = [300.0, 440.0, 1_000.0, 1_800.0, 2_600.0, 3_000.0, 3_400.0];
/// Half of full scale: 6 dB below.
const AMPLITUDE: f64 = 16_384.0;

fn sine(hz: f64, rate: SampleRate, ms: u32) -> Vec<i16> {
    let step = TAU * hz / f64::from(rate.hz());
    (0..rate.samples_in_ms(ms)).map(|i| (AMPLITUDE * (step * i as f64).sin()).round() as i16).collect()
}

/// Speaks 20 ms frames like a caller, one per tick.
fn heard_live(from: SampleRate, to: SampleRate, spoken: &[i16]) -> Vec<i16> {
    let (speaker, listener) = (Port::new(LegId(1), from, Pace::Paced), Port::new(LegId(2), to, Pace::Paced));
    plug(&speaker.mouth, &listener.ear);
    let mut heard = Vec::new();
    for frame in spoken.chunks(from.samples_per_frame()) {
        speaker.mouth.speak(None, Frame::pcm(from, frame));
        heard.extend(samples(listener.ear.tick().frame));
    }
    heard
}

/// Speaks an item like a provider, in pieces of odd lengths and all at once.
fn heard_as_item(from: SampleRate, to: SampleRate, spoken: &[i16]) -> Vec<i16> {
    let (speaker, listener) = (Port::new(LegId(1), from, Pace::Paced), Port::new(LegId(2), to, Pace::Paced));
    plug(&speaker.mouth, &listener.ear);
    for piece in spoken.chunks(1_111) {
        speaker.mouth.speak(Some(ItemId(1)), Frame::pcm(from, piece));
    }
    speaker.mouth.end_item(ItemId(1));
    std::iter::from_fn(|| listener.ear.tick().frame).flat_map(|frame| samples(Some(frame))).collect()
}

/// A tick without a frame gives nothing, and the length shows it.
fn samples(frame: Option<Frame>) -> Vec<i16> {
    match frame {
        Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
        Some(Frame::G711 { law, bytes }) => g711::decode_all(law, &bytes),
        None => Vec::new(),
    }
}

fn middle(samples: &[i16]) -> &[i16] {
    &samples[samples.len() / 10..samples.len() * 9 / 10]
}

#[test]
fn pcm_tones_are_60_db_above_everything_else() {
    for from in RATES {
        for to in RATES {
            for hz in VOICE_HZ {
                let spoken = sine(hz, from, 400);
                for heard in [heard_live(from, to, &spoken), heard_as_item(from, to, &spoken)] {
                    assert_eq!(heard.len(), to.samples_in_ms(400), "{from:?} to {to:?}");
                    let clean = level::tone_to_rest_db(middle(&heard), to, hz);
                    assert!(clean >= 60.0, "{from:?} to {to:?}, {hz} Hz: {clean:.1} dB");
                    let gain = level::tone_dbfs(middle(&heard), to, hz) + 6.02;
                    assert!(gain.abs() < 0.5, "{from:?} to {to:?}, {hz} Hz: {gain:.2} dB");
                }
            }
        }
    }
}

#[test]
fn tones_too_high_for_a_lower_rate_leave_no_alias() {
    let cases = [
        (SampleRate::HZ_16000, SampleRate::HZ_8000, [5_000.0, 7_000.0]),
        (SampleRate::HZ_24000, SampleRate::HZ_8000, [5_000.0, 11_000.0]),
        (SampleRate::HZ_48000, SampleRate::HZ_8000, [4_600.0, 20_000.0]),
        (SampleRate::HZ_24000, SampleRate::HZ_16000, [9_000.0, 11_000.0]),
        (SampleRate::HZ_48000, SampleRate::HZ_24000, [13_000.0, 20_000.0]),
    ];
    for (from, to, tones) in cases {
        for hz in tones {
            let spoken = sine(hz, from, 400);
            for heard in [heard_live(from, to, &spoken), heard_as_item(from, to, &spoken)] {
                let alias = level::rms_dbfs(middle(&heard)) - level::rms_dbfs(&spoken);
                assert!(alias < -50.0, "{hz} Hz, {from:?} to {to:?}: {alias:.1} dB");
            }
        }
    }
}

/// Eight bits per sample can't do better than about 38 dB for a loud tone (ITU-T G.712 requires 33 dB of equipment).
#[test]
fn g711_tones_are_as_clean_as_the_law_allows() {
    for law in [Law::Mu, Law::A] {
        for (rate, ear) in [
            (SampleRate::HZ_8000, Port::g711(LegId(2), law, Pace::Paced)),
            (SampleRate::HZ_8000, Port::new(LegId(2), SampleRate::HZ_8000, Pace::Paced)),
            (SampleRate::HZ_24000, Port::new(LegId(2), SampleRate::HZ_24000, Pace::Paced)),
        ] {
            for hz in VOICE_HZ {
                let speaker = Port::new(LegId(1), SampleRate::HZ_8000, Pace::Paced);
                plug(&speaker.mouth, &ear.ear);
                let mut heard = Vec::new();
                for frame in sine(hz + 1.7, SampleRate::HZ_8000, 400).chunks(160) {
                    let bytes = g711::encode_all(law, frame).into();
                    speaker.mouth.speak(None, Frame::G711 { law, bytes });
                    heard.extend(samples(ear.ear.tick().frame));
                }
                assert_eq!(heard.len(), rate.samples_in_ms(400));
                let clean = level::tone_to_rest_db(middle(&heard), rate, hz + 1.7);
                assert!(clean >= 35.0, "{law:?} to {rate:?}, {hz} Hz: {clean:.1} dB");
            }
        }
    }
}
