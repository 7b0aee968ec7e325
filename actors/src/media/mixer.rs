//! Sums voices: the sound of an ear when more than one lane speaks.

use cordboard_schema::audio::{Frame, g711};
use dasp::{Sample, slice};

/// Adds frames of one rate sample by sample. The sum is kept in 32 bits and clipped to 16 only at the end. So the
/// order of the voices makes no difference, and a loud pair is clipped, never wrapped.
#[derive(Debug, Default)]
pub struct Mixer {
    sum: Vec<i32>,
}

impl Mixer {
    /// Adds one voice. A shorter one counts as silent after its end.
    pub fn add(&mut self, samples: &[i16]) {
        if self.sum.len() < samples.len() {
            self.sum.resize(samples.len(), i32::EQUILIBRIUM);
        }
        slice::zip_map_in_place(&mut self.sum[..samples.len()], samples, |sum, sample| {
            sum + i32::from(sample)
        });
    }

    /// Adds the voice of a frame, decoding G.711.
    pub fn add_frame(&mut self, frame: &Frame) {
        match frame {
            Frame::Pcm { samples, .. } => self.add(samples),
            Frame::G711 { law, bytes } => self.add(&g711::decode_all(*law, bytes)),
        }
    }

    /// Returns the sum, as long as the longest voice, and empties the mixer.
    pub fn finish(&mut self) -> Vec<i16> {
        self.sum.drain(..).map(saturate).collect()
    }
}

fn saturate(sum: i32) -> i16 {
    sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::{Law, SampleRate};

    use super::*;

    #[test]
    fn voices_add_up_and_clip() {
        let mut mixer = Mixer::default();
        mixer.add(&[100, -100, 30_000, -30_000]);
        mixer.add(&[1, 2, 10_000, -10_000, 7]);
        assert_eq!(mixer.finish(), [101, -98, i16::MAX, i16::MIN, 7]);
        assert_eq!(mixer.finish(), [0_i16; 0]);
    }

    #[test]
    fn a_third_voice_can_bring_two_loud_ones_into_range() {
        let mut mixer = Mixer::default();
        for voice in [30_000, 30_000, -30_000] {
            mixer.add(&[voice]);
        }
        assert_eq!(mixer.finish(), [30_000]);
    }

    #[test]
    fn g711_and_pcm_mix() {
        let mut mixer = Mixer::default();
        let bytes = g711::encode_all(Law::Mu, &[1_000; 2]);
        mixer.add_frame(&Frame::G711 { law: Law::Mu, bytes: bytes.into() });
        mixer.add_frame(&Frame::pcm(SampleRate::HZ_8000, vec![-1_000; 2]));
        assert!(mixer.finish().iter().all(|sample| sample.abs() < 32));
    }
}
