//! Searches a recording for a prompt: normalized cross-correlation over all lags, by FFT.

use std::f64::consts::TAU;
use std::time::Duration;

use super::{SILENCE_RMS, Sound, Span, duration_of, rms, samples_in};

/// A prompt is searched for piece by piece, so that one lost frame does not hide the rest.
const PIECE: Duration = Duration::from_millis(400);
/// A torn piece is searched for in this many parts: a stall in its middle hides one of them.
const PARTS: usize = 4;
/// How far a piece may be from where the last piece before it predicts it: lost or repeated frames shift it, and so does a machine that stalls.
const PIECE_SLACK: Duration = Duration::from_millis(500);
/// From this score on a piece counts as heard. G.711 scores 0.99; other speech in the same voice stays below 0.5.
const PIECE_SCORE: f64 = 0.8;
/// The same for a part of a piece. It is higher because short sounds resemble each other more: with it no lost part is mistaken for another.
const PART_SCORE: f64 = 0.9;

/// How many prompt lengths one transform covers.
const PROMPTS_AT_ONCE: usize = 4;

/// The best match of a prompt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// When the prompt begins in the recording.
    pub at: Duration,
    /// 1.0 for the same sound (louder or softer does not matter), near 0 for another.
    pub score: f64,
}

/// How much of a prompt was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// When the prompt begins in the recording, judged by its first piece that was heard.
    pub at: Duration,
    /// When the last piece that was heard ends.
    pub until: Duration,
    /// The share of the pieces with sound in them that were heard, 0.0 to 1.0. A torn piece counts by its parts.
    pub heard: f64,
    /// How many pieces were not heard as a whole.
    pub missed: usize,
    /// How far the last piece was from where the first predicts it, in ms: sound was lost (earlier) or inserted (later).
    pub drift_ms: f64,
}

impl Share {
    /// Returns whether the whole prompt was heard, on a machine with more work than cores: a stall tears the piece that it falls into.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.heard >= 0.9 || self.missed <= 1
    }

    /// The state after the first piece that was heard.
    fn begun(found: &Found, offset: Duration, piece: &Sound) -> Self {
        let (at, until) = (found.at.saturating_sub(offset), found.at + piece.length());
        Self { at, until, heard: 0.0, missed: 0, drift_ms: 0.0 }
    }

    /// Searches for the piece at `offset` of the prompt after those that were heard, and records the result.
    fn finds(&mut self, recording: &Sound, offset: Duration, piece: &Sound, least: f64) -> bool {
        let expected = self.place_of(offset);
        let start = expected.saturating_sub(PIECE_SLACK);
        let end = expected + piece.length() + PIECE_SLACK;
        let found = find(&recording.part(Span { start, end }), piece).filter(|found| found.score >= least);
        let Some(found) = found else { return false };
        let at = start + found.at;
        self.until = at + piece.length();
        self.drift_ms = (at.as_secs_f64() - (self.at + offset).as_secs_f64()) * 1000.0;
        true
    }

    /// Returns the share of a torn piece's parts, among those with sound in them, that were heard.
    fn parts_heard(&mut self, recording: &Sound, offset: Duration, piece: &Sound) -> f64 {
        let length = piece.samples.len().div_ceil(PARTS);
        let (mut heard, mut all) = (0.0, 0.0);
        for (index, part) in piece.samples.chunks(length).enumerate() {
            if rms(part) < SILENCE_RMS {
                continue;
            }
            let part_offset = offset + duration_of(index * length, piece.rate);
            let part = Sound { rate: piece.rate, samples: part.to_vec() };
            all += 1.0;
            if self.finds(recording, part_offset, &part, PART_SCORE) {
                heard += 1.0;
            }
        }
        if all > 0.0 { heard / all } else { 0.0 }
    }

    /// Returns where the piece at `offset` of the prompt is expected, judged by the pieces that were heard.
    fn place_of(&self, offset: Duration) -> Duration {
        let place = (self.at + offset).as_secs_f64() + self.drift_ms / 1000.0;
        Duration::try_from_secs_f64(place).unwrap_or_default()
    }
}

/// Returns the best fit of the whole `prompt` in `recording`; `None` when the recording is shorter, or either is silent.
///
/// # Panics
/// The rates differ.
#[must_use]
pub fn find(recording: &Sound, prompt: &Sound) -> Option<Found> {
    assert_eq!(recording.rate, prompt.rate, "recording and prompt at one rate");
    let scores = scores(&recording.samples, &prompt.samples);
    let (lag, score) = scores.into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    (score > 0.0).then(|| Found { at: duration_of(lag, recording.rate), score })
}

/// Returns how much of `prompt` is heard in `recording`, in the right order and place; `None` when nothing of it is.
///
/// # Panics
/// The rates differ.
#[must_use]
pub fn share_heard(recording: &Sound, prompt: &Sound) -> Option<Share> {
    let rate = prompt.rate;
    let piece_length = samples_in(PIECE, rate);
    let pieces: Vec<(Duration, Sound)> = prompt
        .samples
        .chunks(piece_length)
        .enumerate()
        // A short rest or a silent piece fits anywhere, so it proves nothing.
        .filter(|(_, piece)| piece.len() * 2 >= piece_length && rms(piece) >= SILENCE_RMS)
        .map(|(index, piece)| (PIECE * index as u32, Sound { rate, samples: piece.to_vec() }))
        .collect();

    let mut share: Option<Share> = None;
    let (mut heard, mut missed) = (0.0, 0_usize);
    for (offset, piece) in &pieces {
        let is_whole = match &mut share {
            Some(known) => known.finds(recording, *offset, piece, PIECE_SCORE),
            None => {
                let found = find(recording, piece).filter(|found| found.score >= PIECE_SCORE);
                share = found.map(|found| Share::begun(&found, *offset, piece));
                share.is_some()
            }
        };
        if is_whole {
            heard += 1.0;
        } else {
            missed += 1;
            heard += share.as_mut().map_or(0.0, |known| known.parts_heard(recording, *offset, piece));
        }
    }
    let heard = heard / pieces.len() as f64;
    share.map(|share| Share { heard, missed, ..share })
}

/// Returns the normalized cross-correlation at every lag where the whole prompt fits.
fn scores(recording: &[i16], prompt: &[i16]) -> Vec<f64> {
    let Some(lags) = (recording.len() + 1).checked_sub(prompt.len()).filter(|_| !prompt.is_empty()) else {
        return Vec::new();
    };
    let products = correlate(recording, prompt);
    let prompt_energy: f64 = prompt.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    let energy_before: Vec<f64> = std::iter::once(0.0)
        .chain(recording.iter().scan(0.0, |sum, &sample| {
            *sum += f64::from(sample).powi(2);
            Some(*sum)
        }))
        .collect();
    // Near silence a perfect fit means nothing; the floor keeps it from scoring.
    let floor = prompt.len() as f64 * SILENCE_RMS.powi(2) / 100.0;
    (0..lags)
        .map(|lag| {
            let energy = energy_before[lag + prompt.len()] - energy_before[lag];
            products[lag] / (energy.max(floor) * prompt_energy.max(floor)).sqrt()
        })
        .collect()
}

/// Returns `sum(recording[lag + n] * prompt[n])` for every lag at which the whole prompt fits.
///
/// It works on pieces of the recording, each a few prompt lengths long. One transform of everything would take more steps, and slower ones,
/// because it does not fit into a processor's cache. Two pieces are transformed as one, the second as imaginary parts: the result has the
/// first one's sums as real and the second one's as imaginary parts.
fn correlate(recording: &[i16], prompt: &[i16]) -> Vec<f64> {
    let lags = (recording.len() + 1).saturating_sub(prompt.len());
    let whole = (recording.len() + prompt.len()).next_power_of_two();
    let size = (prompt.len() * PROMPTS_AT_ONCE).next_power_of_two().min(whole);
    // The number of lags at which a piece of this size holds the whole prompt.
    let step = size - prompt.len() + 1;
    let turns = turns(size);
    let mut prompt: Vec<Complex> = prompt.iter().map(|&sample| Complex::real(sample)).collect();
    prompt.resize(size, Complex::default());
    fourier(&mut prompt, &turns);

    let mut sums = Vec::with_capacity(lags + 2 * step);
    let mut pieces = vec![Complex::default(); size];
    for start in (0..lags).step_by(2 * step) {
        let second = recording.get(start + step..).unwrap_or_default().iter().copied();
        let pairs = recording[start..].iter().copied().zip(second.chain(std::iter::repeat(0)));
        let following = pairs.chain(std::iter::repeat((0, 0)));
        for (piece, (first, second)) in pieces.iter_mut().zip(following) {
            *piece = Complex { re: f64::from(first), im: f64::from(second) };
        }
        fourier(&mut pieces, &turns);
        // The inverse transform is the forward one of the conjugate.
        for (piece, prompt) in pieces.iter_mut().zip(&prompt) {
            *piece = piece.times(prompt.conjugate()).conjugate();
        }
        fourier(&mut pieces, &turns);
        sums.extend(pieces[..step].iter().map(|sum| sum.re / size as f64));
        sums.extend(pieces[..step].iter().map(|sum| -sum.im / size as f64));
    }
    sums.truncate(lags);
    sums
}

#[derive(Debug, Clone, Copy, Default)]
struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn real(sample: i16) -> Self {
        Self { re: f64::from(sample), im: 0.0 }
    }

    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    fn minus(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }

    fn conjugate(self) -> Self {
        Self { re: self.re, im: -self.im }
    }
}

/// The roots of unity of half a turn, for a transform of this length.
fn turns(size: usize) -> Vec<Complex> {
    (0..size / 2)
        .map(|index| -TAU * index as f64 / size as f64)
        .map(|angle| Complex { re: angle.cos(), im: angle.sin() })
        .collect()
}

/// Computes the discrete Fourier transform in place (radix 2). The length is a power of two, and `turns` has the roots for that length.
fn fourier(values: &mut [Complex], turns: &[Complex]) {
    let size = values.len();
    let bits = size.trailing_zeros();
    for index in 0..size {
        let mirrored = index.reverse_bits() >> (usize::BITS - bits).min(usize::BITS - 1);
        if index < mirrored {
            values.swap(index, mirrored);
        }
    }
    let mut width = 2;
    while width <= size {
        for block in values.chunks_mut(width) {
            let (evens, odds) = block.split_at_mut(width / 2);
            for ((even, odd), turn) in evens.iter_mut().zip(odds).zip(turns.iter().step_by(size / width)) {
                let turned = odd.times(*turn);
                (*even, *odd) = (even.plus(turned), even.minus(turned));
            }
        }
        width *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::g711::{from_mulaw, to_mulaw};
    use crate::audio::{babble, silence};

    const RATE: u32 = 8000;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn joined(parts: &[&Sound]) -> Sound {
        Sound { rate: RATE, samples: parts.iter().flat_map(|part| part.samples.clone()).collect() }
    }

    fn through_telephone(sound: &Sound) -> Sound {
        let samples = sound.samples.iter().map(|&sample| from_mulaw(to_mulaw(sample / 2))).collect();
        Sound { rate: sound.rate, samples }
    }

    #[test]
    fn sums_equal_plain_ones_at_every_lag_wherever_pieces_end() {
        let sound = babble(5, ms(60), RATE).samples;
        for (length, of_prompt) in [(480, 7), (480, 32), (33, 32), (32, 32), (97, 24), (480, 1)] {
            let (recording, prompt) = (&sound[..length], &sound[100..100 + of_prompt]);
            let product = |(one, other): (&i16, &i16)| f64::from(*one) * f64::from(*other);
            let plain =
                recording.windows(of_prompt).map(|part| part.iter().zip(prompt).map(product).sum::<f64>());
            let (sums, plain) = (correlate(recording, prompt), plain.collect::<Vec<f64>>());
            assert_eq!(sums.len(), plain.len());
            let apart = sums.iter().zip(&plain).map(|(sum, plain)| (sum - plain).abs()).fold(0.0, f64::max);
            assert!(apart < 1.0, "{length} samples, a prompt of {of_prompt}: {apart}");
        }
    }

    #[test]
    fn a_prompt_is_found_through_g711_at_its_place() {
        let prompt = babble(1, ms(2000), RATE);
        let recording = joined(&[&babble(2, ms(1234), RATE), &prompt, &babble(3, ms(1500), RATE)]);
        let found = find(&through_telephone(&recording), &prompt).unwrap();
        assert_eq!(found.at, ms(1234));
        assert!(found.score > 0.98, "{found:?}");
    }

    #[test]
    fn another_prompt_and_silence_are_not_found() {
        let prompt = babble(1, ms(2000), RATE);
        let others = joined(&[&babble(2, ms(3000), RATE), &babble(4, ms(3000), RATE)]);
        assert!(find(&others, &prompt).unwrap().score < 0.4);
        assert_eq!(find(&silence(ms(5000), RATE), &prompt), None);
        assert_eq!(find(&prompt, &others), None);
        assert_eq!(share_heard(&others, &prompt), None);
    }

    #[test]
    fn the_share_shows_what_was_cut_off_or_lost() {
        let prompt = babble(1, ms(4000), RATE);
        let start = prompt.part(Span { start: ms(0), end: ms(1600) });
        let cut_off = joined(&[&silence(ms(500), RATE), &start, &silence(ms(3000), RATE)]);
        let share = share_heard(&through_telephone(&cut_off), &prompt).unwrap();
        assert_eq!((share.at, share.until), (ms(500), ms(2100)));
        assert!((share.heard - 0.4).abs() < 0.01, "{share:?}");

        let end = prompt.part(Span { start: ms(2020), end: ms(4000) });
        let middle = prompt.part(Span { start: ms(1600), end: ms(2000) });
        let frame_lost = joined(&[&start, &middle, &end]);
        let share = share_heard(&frame_lost, &prompt).unwrap();
        assert!(share.heard > 0.85, "{share:?}");
        assert!((share.drift_ms + 20.0).abs() < 0.2, "{share:?}");
    }

    /// Each stall falls into the middle of a piece.
    #[test]
    fn sound_torn_by_stalls_is_heard_except_where_they_fall() {
        let prompt = babble(1, ms(4000), RATE);
        let part = |start, end| prompt.part(Span { start: ms(start), end: ms(end) });
        let stall = silence(ms(110), RATE);
        let torn = [part(0, 650), part(650, 1450), part(1450, 2250), part(2250, 4000)];
        let torn = joined(&[&torn[0], &stall, &torn[1], &stall, &torn[2], &stall, &torn[3]]);
        let share = share_heard(&through_telephone(&torn), &prompt).unwrap();
        assert!(share.heard >= 0.92 && share.missed > 1 && share.is_all(), "{share:?}");
        assert!((share.drift_ms - 330.0).abs() < 0.2, "{share:?}");

        let hole = silence(ms(400), RATE);
        let lost = joined(&[&part(0, 800), &hole, &part(1200, 2000), &hole, &part(2400, 4000)]);
        let share = share_heard(&through_telephone(&lost), &prompt).unwrap();
        assert!((share.heard - 0.8).abs() < 0.001 && !share.is_all(), "{share:?}");
    }

    #[test]
    fn a_prompt_that_stalls_again_and_again_is_followed() {
        let prompt = babble(1, ms(4000), RATE);
        let part = |start, end| prompt.part(Span { start: ms(start), end: ms(end) });
        let stall = silence(ms(250), RATE);
        let stalled = joined(&[&part(0, 1200), &stall, &part(1200, 2400), &stall, &part(2400, 4000)]);
        let share = share_heard(&stalled, &prompt).unwrap();
        assert!(share.heard == 1.0 && (share.drift_ms - 500.0).abs() < 0.2, "{share:?}");
    }
}
