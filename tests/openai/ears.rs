//! The sound that a caller heard: tones, each of which is one answer of the model, with silences between them.

use std::time::{Duration, Instant};

use cordboard_test_support::audio::{Sound, Span, duration_of, rms, samples_in, share_heard, tone_share};

/// The grid on which a tone is searched for. Tones are multiples of 100 Hz, which a window of this length can tell apart.
const WINDOW: Duration = Duration::from_millis(10);
/// A window belongs to a tone if it has this share of it,
const TONE_SHARE: f64 = 0.8;
/// and at least this level; the model's tones are ten times as loud.
const TONE_RMS: f64 = 500.0;
/// Edges are found to the millisecond.
const EDGE: Duration = Duration::from_millis(1);

/// This many windows of a tone are not a coincidence.
const TONE_WINDOWS: u32 = 5;

/// A tone that is searched for while more is heard: each part is examined once.
pub(crate) struct Tone {
    hz: f64,
    /// The examined windows, and those of them that belong to the tone.
    windows: u32,
    of_tone: u32,
    /// The first and the last window of the tone.
    ends: Option<(u32, u32)>,
}

impl Tone {
    pub(crate) const fn of(hz: f64) -> Self {
        Self { hz, windows: 0, of_tone: 0, ends: None }
    }

    /// Examines the sound after the part that was examined so far: a whole number of windows.
    pub(crate) fn takes(&mut self, more: &Sound) {
        let length = samples_in(WINDOW, more.rate);
        for part in more.samples.chunks_exact(length) {
            if rms(part) > TONE_RMS && tone_share(part, self.hz, more.rate) > TONE_SHARE {
                self.of_tone += 1;
                self.ends = Some((self.ends.map_or(self.windows, |(first, _)| first), self.windows));
            }
            self.windows += 1;
        }
    }

    /// How much was examined.
    pub(crate) fn looked_at(&self) -> Duration {
        WINDOW * self.windows
    }

    /// Whether the tone was found.
    pub(crate) fn is_there(&self) -> bool {
        self.of_tone >= TONE_WINDOWS
    }

    /// From its first window to its last.
    pub(crate) fn span(&self) -> Option<Span> {
        let (first, last) = self.ends?;
        Some(Span { start: WINDOW * first, end: WINDOW * (last + 1) })
    }
}

/// From the first to the last moment of a tone in what was heard.
pub(crate) fn tone_span(heard: &Sound, hz: f64) -> Option<Span> {
    looked_for(heard, hz).span()
}

/// How long a tone was heard, without gaps, to the millisecond.
pub(crate) fn tone_length(heard: &Sound, hz: f64) -> Duration {
    let Some(span) = tone_span(heard, hz) else { return Duration::ZERO };
    let around = heard.part(Span { start: span.start.saturating_sub(WINDOW), end: span.end + WINDOW });
    let loud = around.samples.chunks(samples_in(EDGE, heard.rate)).filter(|part| rms(part) > TONE_RMS);
    EDGE * loud.count() as u32
}

/// Whether a tone was heard.
pub(crate) fn has_tone(heard: &Sound, hz: f64) -> bool {
    looked_for(heard, hz).is_there()
}

fn looked_for(heard: &Sound, hz: f64) -> Tone {
    let mut tone = Tone::of(hz);
    tone.takes(heard);
    tone
}

/// Everything after a moment.
pub(crate) fn behind(heard: &Sound, moment: Duration) -> Sound {
    heard.part(Span { start: moment, end: heard.length() })
}

/// The longest silence between two moments.
pub(crate) fn longest_silence(heard: &Sound, from: Duration, to: Duration) -> Duration {
    let silences = heard.part(Span { start: from, end: to }).silences(WINDOW * 10);
    silences.iter().map(Span::length).max().unwrap_or_default()
}

/// The position of a moment in the heard sound, when frames came at these times after `connected_at`.
pub(crate) fn place_of(arrivals: &[Duration], connected_at: Instant, moment: Instant) -> Duration {
    let since = moment.saturating_duration_since(connected_at);
    let frames = arrivals.partition_point(|arrival| *arrival < since);
    Duration::from_millis(20) * frames as u32
}

/// Whether the whole of a shipped prompt is in what was heard.
pub(crate) fn has_prompt(heard: &Sound, name: &str) -> bool {
    let prompt = cordboard_test_support::ear::prompt(name).resampled(heard.rate);
    share_heard(heard, &prompt).is_some_and(|share| share.heard > 0.8)
}

/// The duration of this many frames.
pub(crate) fn length_of(sound: &Sound) -> Duration {
    duration_of(sound.samples.len(), sound.rate)
}

#[test]
fn tones_are_told_apart_and_measured_to_the_ms() {
    use cordboard_test_support::audio::{silence, tone};

    let ms = Duration::from_millis;
    let parts = [
        silence(ms(305), 8000),
        tone(1000.0, 8000.0, ms(1234), 8000),
        silence(ms(500), 8000),
        tone(700.0, 8000.0, ms(400), 8000),
        silence(ms(300), 8000),
    ];
    let heard = Sound { rate: 8000, samples: parts.iter().flat_map(|part| part.samples.clone()).collect() };
    assert!(tone_length(&heard, 1000.0).abs_diff(ms(1234)) <= ms(2), "{:?}", tone_length(&heard, 1000.0));
    assert!(tone_length(&heard, 700.0).abs_diff(ms(400)) <= ms(2));
    let span = tone_span(&heard, 700.0).unwrap();
    assert!(span.start.abs_diff(ms(2039)) <= WINDOW && span.end.abs_diff(ms(2439)) <= WINDOW, "{span:?}");
    assert!(has_tone(&heard, 700.0) && !has_tone(&heard, 600.0) && !has_tone(&heard, 1300.0));
    assert!(longest_silence(&heard, ms(1000), ms(2300)).abs_diff(ms(500)) <= WINDOW * 2);
    assert_eq!(place_of(&[ms(5), ms(25), ms(45)], Instant::now(), Instant::now()), Duration::ZERO);
}
