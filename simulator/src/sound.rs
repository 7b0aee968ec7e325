//! Content of a frame of sound: silence, a tone, or something else.

use cordboard_test_support::audio::{SILENCE_RMS, rms};

use crate::model;

/// A tone of the model is twice as loud, music is softer.
const TONE_RMS: f64 = 2_500.0;
/// Largest difference between a frame's frequency and a tone.
const NEAR_HZ: f64 = 14.0;

/// Content of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing audible.
    Silence,
    /// A tone of the model, by its number.
    Tone(u32),
    /// Something else.
    Other,
}

/// Classifies a frame.
#[must_use]
pub(crate) fn content(samples: &[i16], rate: u32) -> Content {
    let loud = rms(samples);
    if loud < SILENCE_RMS {
        return Content::Silence;
    }
    if loud < TONE_RMS {
        return Content::Other;
    }
    let near = frequency(samples, rate).and_then(|hz| {
        let tones = model::tones().enumerate();
        tones.map(|(number, tone)| (number, (tone - hz).abs())).min_by(|one, other| one.1.total_cmp(&other.1))
    });
    match near {
        Some((number, distance)) if distance < NEAR_HZ => Content::Tone(number as u32),
        _ => Content::Other,
    }
}

/// Returns the frequency of a steady tone, in Hz; none if its zero crossings are uneven.
fn frequency(samples: &[i16], rate: u32) -> Option<f64> {
    let mut crossings = Vec::new();
    for (at, pair) in samples.windows(2).enumerate() {
        let (before, after) = (f64::from(pair[0]), f64::from(pair[1]));
        if before < 0.0 && after >= 0.0 {
            crossings.push(at as f64 + before / (before - after));
        }
    }
    let (first, last) = (*crossings.first()?, *crossings.last()?);
    let periods = crossings.len() - 1;
    if periods < 5 {
        return None;
    }
    let period = (last - first) / periods as f64;
    let is_even = crossings.windows(2).all(|pair| ((pair[1] - pair[0]) - period).abs() < period * 0.25);
    is_even.then(|| f64::from(rate) / period)
}

/// Returns the position of `part` in `whole`, from a place on.
#[must_use]
pub(crate) fn find(whole: &[i16], part: &[i16], from: usize) -> Option<usize> {
    let last = whole.len().checked_sub(part.len())?;
    let first = *part.first()?;
    (from..=last).find(|at| whole[*at] == first && whole[*at..*at + part.len()] == *part)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cordboard_test_support::audio::{babble, silence, tone};

    use super::*;

    #[test]
    fn tones_are_distinguished_and_speech_is_no_tone() {
        for (number, hz) in model::tones().enumerate() {
            for rate in [8_000, 16_000] {
                let sound = tone(hz, 8_000.0, Duration::from_millis(200), rate);
                for frame in sound.samples.chunks(rate as usize / 50) {
                    assert_eq!(content(frame, rate), Content::Tone(number as u32), "{hz} Hz at {rate}");
                }
            }
        }
        let quiet = silence(Duration::from_millis(20), 8_000);
        assert_eq!(content(&quiet.samples, 8_000), Content::Silence);
        let speech = babble(3, Duration::from_millis(900), 8_000);
        let tones =
            speech.samples.chunks(160).filter(|frame| matches!(content(frame, 8_000), Content::Tone(_)));
        assert_eq!(tones.count(), 0);
    }

    #[test]
    fn a_part_is_found_after_a_given_position() {
        assert_eq!(find(&[1, 2, 3, 1, 2, 3], &[1, 2], 1), Some(3));
        assert_eq!(find(&[1, 2, 3], &[3, 4], 0), None);
        assert_eq!(find(&[1], &[1, 2], 0), None);
    }
}
