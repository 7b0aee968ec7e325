//! Speech to be sent, and how much of it is in what was heard.

use std::path::Path;

use crate::voice::RATE_HZ;

/// Samples of one value that is compared: 4 kHz of 24.
const COARSE: usize = 6;

/// Values of one window: 300 ms.
const WINDOW: usize = 1_200;

/// Maximum delay of what was heard, in values: 800 ms.
const LAG_MAX: usize = 3_200;

/// The speech of a shipped sound, at [`RATE_HZ`].
pub(super) fn speech() -> Vec<i16> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/sounds/caller/hello_question.wav");
    let mut reader = hound::WavReader::open(file).unwrap();
    let rate = reader.spec().sample_rate;
    let samples: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
    let length = samples.len() as u64 * u64::from(RATE_HZ) / u64::from(rate);
    let at = |place: f64| {
        let (whole, part) = (place as usize, place.fract());
        let sample = |n: usize| f64::from(samples.get(n).copied().unwrap_or(0));
        (sample(whole) * (1.0 - part) + sample(whole + 1) * part) as i16
    };
    (0..length).map(|n| at(n as f64 * f64::from(rate) / f64::from(RATE_HZ))).collect()
}

/// Similarity of the heard sound to the sent one: the mean of the best correlation over all windows with speech, 0 to 1. Each window may have its own
/// delay.
pub(super) fn likeness(sent: &[i16], heard: &[i16]) -> f64 {
    let (sent, heard) = (coarse(sent), coarse(heard));
    let loud = sent.iter().map(|value| value * value).sum::<f64>() / sent.len() as f64;
    let mut likenesses = Vec::new();
    // The energy up to each place: that of a window is a difference.
    let energies: Vec<f64> = std::iter::once(0.0)
        .chain(heard.iter().scan(0.0, |sum, value| {
            *sum += value * value;
            Some(*sum)
        }))
        .collect();
    for (n, window) in sent.chunks_exact(WINDOW).enumerate() {
        let energy: f64 = window.iter().map(|value| value * value).sum();
        if energy < loud * WINDOW as f64 / 4.0 {
            continue;
        }
        let best = (0..LAG_MAX)
            .filter_map(|lag| {
                let begin = n * WINDOW + lag;
                let heard = heard.get(begin..begin + WINDOW)?;
                let product: f64 = window.iter().zip(heard).map(|(a, b)| a * b).sum();
                let other = energies[begin + WINDOW] - energies[begin];
                Some(product / (energy * other).sqrt().max(1.0))
            })
            .fold(0.0, f64::max);
        likenesses.push(best);
    }
    assert!(likenesses.len() >= 3, "there is speech to compare");
    likenesses.iter().sum::<f64>() / likenesses.len() as f64
}

fn coarse(samples: &[i16]) -> Vec<f64> {
    let mean = |piece: &[i16]| piece.iter().map(|sample| f64::from(*sample)).sum::<f64>() / COARSE as f64;
    samples.chunks_exact(COARSE).map(mean).collect()
}

#[test]
fn likeness_distinguishes_speech_from_other_speech() {
    let speech = speech();
    let later: Vec<i16> = std::iter::repeat_n(0, 2_400).chain(speech.iter().copied()).collect();
    assert!(likeness(&speech, &later) > 0.99);
    let backwards: Vec<i16> = speech.iter().rev().copied().collect();
    assert!(likeness(&speech, &backwards) < 0.75);
    assert!(likeness(&speech, &vec![0; speech.len()]) < 0.01);
}
