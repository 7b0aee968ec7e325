//! A number in 20 ms of sound, so that a frame is recognized at the other end.
//!
//! The number is in the signs of the samples, three samples per bit, decided by majority. G.711 keeps every sign, so a marker survives any number of
//! conversions between linear samples and either law, but no resampling and no mixing.

use cordboard_schema::audio::{Law, g711};

/// Samples of a frame of 20 ms at 8 kHz.
pub(super) const FRAME_SAMPLES: usize = 160;

/// Bits of [`Marker::source`].
const SOURCE_BITS: u32 = 12;
/// Bits of [`Marker::sequence`]: 93 hours of frames.
const SEQUENCE_BITS: u32 = 24;
/// Bits of the sum over both.
const CHECK_BITS: u32 = 8;
/// Beginning of a marker. Silence, all signs positive, has none.
const SYNC: u64 = 0b1110_0101;
const SYNC_BITS: u32 = 8;

const BITS: u32 = SYNC_BITS + SOURCE_BITS + SEQUENCE_BITS + CHECK_BITS;
const SAMPLES_PER_BIT: usize = 3;

/// Sources that can be distinguished.
pub(super) const SOURCES_MAX: usize = 1 << SOURCE_BITS;

/// Amplitude of a frame while nobody speaks: -62 dBFS, the noise of a good line. G.711 has exactly this value.
const QUIET: i16 = 24;
/// Amplitudes of the frames of speech, which rise and fall five times a second like syllables.
const SYLLABLE: [i16; 10] = [600, 2_000, 5_000, 8_000, 8_000, 6_000, 3_000, 1_000, 400, 200];

/// Returns a frame at 24 kHz, for callers in browsers: each sample three times. Its marker does not survive their codecs.
pub(super) fn wide(frame: &[i16; FRAME_SAMPLES]) -> [i16; 3 * FRAME_SAMPLES] {
    let mut wide = [0; 3 * FRAME_SAMPLES];
    for (three, sample) in wide.chunks_exact_mut(3).zip(frame) {
        three.fill(*sample);
    }
    wide
}

/// Sender of a frame, and the number of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// Number of the sender, below [`SOURCES_MAX`].
    pub(super) source: u16,
    /// Number of the frame, below 2^24.
    pub(super) sequence: u32,
}

/// How loud a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// Nobody speaks, there is only noise.
    Quiet,
    /// As loud as speech.
    Speech,
}

impl Marker {
    /// The frame as linear samples at 8 kHz.
    pub(super) fn samples(self, loudness: Loudness) -> [i16; FRAME_SAMPLES] {
        let amplitude = self.amplitude(loudness);
        self.spread(amplitude, -amplitude, 0)
    }

    /// The frame as G.711 octets.
    pub(super) fn octets(self, law: Law, loudness: Loudness) -> [u8; FRAME_SAMPLES] {
        let amplitude = self.amplitude(loudness);
        self.spread(g711::encode(law, amplitude), g711::encode(law, -amplitude), g711::silence(law))
    }

    /// The marker of a frame of linear samples; `None` where there is none.
    pub(super) fn of_samples(samples: &[i16]) -> Option<Self> {
        Self::read(samples, |sample| *sample < 0)
    }

    /// The marker of a frame of G.711 octets, of either law; `None` where there is none.
    pub(super) fn of_octets(octets: &[u8]) -> Option<Self> {
        // Both laws set the highest bit of what is positive.
        Self::read(octets, |octet| octet & 0x80 == 0)
    }

    fn amplitude(self, loudness: Loudness) -> i16 {
        match loudness {
            Loudness::Quiet => QUIET,
            Loudness::Speech => SYLLABLE[self.sequence as usize % SYLLABLE.len()],
        }
    }

    fn spread<T: Copy>(self, zero: T, one: T, rest: T) -> [T; FRAME_SAMPLES] {
        let word = self.word();
        let mut frame = [rest; FRAME_SAMPLES];
        for (at, samples) in (0..BITS).zip(frame.chunks_exact_mut(SAMPLES_PER_BIT)) {
            let is_one = word >> (BITS - 1 - at) & 1 == 1;
            samples.fill(if is_one { one } else { zero });
        }
        frame
    }

    fn read<T>(frame: &[T], is_negative: impl Fn(&T) -> bool) -> Option<Self> {
        if frame.len() != FRAME_SAMPLES {
            return None;
        }
        let bits = frame.chunks_exact(SAMPLES_PER_BIT).take(BITS as usize);
        let word = bits.fold(0_u64, |word, samples| {
            let negative = samples.iter().filter(|sample| is_negative(sample)).count();
            word << 1 | u64::from(negative * 2 > SAMPLES_PER_BIT)
        });
        let field = |lowest: u32, bits: u32| (word >> lowest) as u32 & ((1 << bits) - 1);
        let marker = Self {
            source: field(CHECK_BITS + SEQUENCE_BITS, SOURCE_BITS) as u16,
            sequence: field(CHECK_BITS, SEQUENCE_BITS),
        };
        (marker.word() == word).then_some(marker)
    }

    fn word(self) -> u64 {
        let source = u64::from(self.source) & ((1 << SOURCE_BITS) - 1);
        let sequence = u64::from(self.sequence) & ((1 << SEQUENCE_BITS) - 1);
        let number = source << SEQUENCE_BITS | sequence;
        // The highest byte of a product depends on every bit of the number.
        let check = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        SYNC << (BITS - SYNC_BITS) | number << CHECK_BITS | check
    }
}

#[cfg(test)]
mod tests {
    use cordboard_actors::media::{Vad, VadEdge, VadSettings};
    use cordboard_schema::audio::SampleRate;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn markers_survive_every_conversion(source in 0..SOURCES_MAX as u16, sequence in 0..1_u32 << SEQUENCE_BITS) {
            let marker = Marker { source, sequence };
            for loudness in [Loudness::Quiet, Loudness::Speech] {
                let samples = marker.samples(loudness);
                prop_assert_eq!(Marker::of_samples(&samples), Some(marker));
                for law in [Law::Mu, Law::A] {
                    let octets = g711::encode_all(law, &samples);
                    prop_assert_eq!(Marker::of_octets(&octets), Some(marker));
                    prop_assert_eq!(octets.as_slice(), marker.octets(law, loudness));
                    let decoded = g711::decode_all(law, &octets);
                    prop_assert_eq!(Marker::of_samples(&decoded), Some(marker));
                    let again = g711::encode_all(law, &decoded);
                    prop_assert_eq!(Marker::of_octets(&again), Some(marker));
                }
            }
        }

        #[test]
        fn other_sound_has_no_marker(samples in prop::collection::vec(any::<i16>(), FRAME_SAMPLES)) {
            // One in 65,536 passes by chance, so such a marker must be complete.
            if let Some(marker) = Marker::of_samples(&samples) {
                prop_assert_eq!(marker.word() >> (BITS - SYNC_BITS), SYNC);
            }
        }
    }

    #[test]
    fn silence_and_half_a_frame_have_no_marker() {
        assert_eq!(Marker::of_samples(&[0; FRAME_SAMPLES]), None);
        assert_eq!(Marker::of_octets(&[g711::silence(Law::Mu); FRAME_SAMPLES]), None);
        assert_eq!(Marker::of_octets(&[g711::silence(Law::A); FRAME_SAMPLES]), None);
        let marker = Marker { source: 7, sequence: 1_000 };
        assert_eq!(Marker::of_samples(&marker.samples(Loudness::Speech)[1..]), None);
    }

    #[test]
    fn a_frame_cut_out_of_two_has_no_marker() {
        let frames = [Marker { source: 3, sequence: 41 }, Marker { source: 3, sequence: 42 }];
        let stream: Vec<i16> = frames.iter().flat_map(|marker| marker.samples(Loudness::Quiet)).collect();
        let found: Vec<usize> = (0..=FRAME_SAMPLES)
            .filter(|at| Marker::of_samples(&stream[*at..at + FRAME_SAMPLES]).is_some())
            .collect();
        // One sample off, two of three still agree: near enough to recognize the frame.
        assert!(found.iter().all(|at| *at <= 1 || *at >= FRAME_SAMPLES - 1), "{found:?}");
    }

    /// The findings of the server's own voice detector in a second of quiet, two of speech and two of quiet.
    #[test]
    fn a_caller_is_heard_to_speak_and_to_be_done() {
        let mut vad = Vad::new(SampleRate::HZ_8000, VadSettings::default());
        let frames = (0..250).map(|sequence| {
            let loudness = if (50..150).contains(&sequence) { Loudness::Speech } else { Loudness::Quiet };
            Marker { source: 9, sequence }.samples(loudness)
        });
        let edges: Vec<VadEdge> = frames.filter_map(|frame| vad.push(&frame)).collect();
        assert!(matches!(edges[..], [VadEdge::Started { .. }, VadEdge::Stopped { .. }]), "{edges:?}");
    }
}
