//! The outline of a recording, which the page of a call draws: the loudness of each side over time. A recording in Opus has it as a comment, so that
//! an hour need not be decoded to draw it. It always has two sides; a recording with one side is the caller alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The comment's name. Its value is the recording's ms, a semicolon, and a byte for each bucket and side as base64.
pub(super) const OUTLINE: &str = "CORDBOARD_OUTLINE";

/// Maximum of buckets of a side: more than a screen has pixels.
const BUCKETS_MAX: u64 = 2_400;
/// Maximum of buckets a second.
const BUCKETS_PER_S_MAX: u64 = 20;

/// An outline in the making, of a known number of samples of each side.
pub(super) struct Outline {
    frames: u64,
    rate: u32,
    channels: usize,
    /// The loudest sample of each bucket, interleaved by side; 255 is the maximum.
    loudest: Vec<u8>,
    at: u64,
}

impl Outline {
    pub(super) fn new(frames: u64, rate: u32, channels: u16) -> Self {
        let most = (frames * BUCKETS_PER_S_MAX).div_ceil(u64::from(rate.max(1)));
        let buckets = most.clamp(1, BUCKETS_MAX);
        let channels = usize::from(channels);
        Self { frames, rate, channels, loudest: vec![0; buckets as usize * channels], at: 0 }
    }

    /// Adds the next samples, interleaved.
    pub(super) fn push(&mut self, samples: &[i16]) {
        let buckets = (self.loudest.len() / self.channels) as u64;
        for moment in samples.chunks_exact(self.channels) {
            if self.at >= self.frames {
                return;
            }
            let bucket = (self.at * buckets / self.frames) as usize * self.channels;
            for (place, sample) in self.loudest[bucket..bucket + self.channels].iter_mut().zip(moment) {
                // A sample that is not silent is never shown as silence.
                let level = u32::from(sample.unsigned_abs()).div_ceil(129).min(255) as u8;
                *place = level.max(*place);
            }
            self.at += 1;
        }
    }

    /// The comment's value.
    pub(super) fn comment(&self) -> String {
        let ms = self.frames * 1_000 / u64::from(self.rate.max(1));
        let sides = match self.channels {
            1 => self.loudest.iter().flat_map(|loudest| [*loudest, 0]).collect(),
            _ => self.loudest.clone(),
        };
        format!("{ms};{}", STANDARD.encode(sides))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_has_the_loudest_of_its_time() {
        // A second at 8 kHz: the left side is loud in its first half, the right side has one sample of 1 at its end.
        let mut outline = Outline::new(8_000, 8_000, 2);
        for frame in 0..8_000 {
            outline.push(&[if frame < 4_000 { i16::MIN } else { 0 }, i16::from(frame == 7_999)]);
        }
        assert_eq!(outline.loudest.len(), 40);
        let side = |side: usize| outline.loudest.iter().skip(side).step_by(2).copied().collect::<Vec<_>>();
        assert_eq!(side(0), [[255; 10], [0; 10]].concat());
        assert_eq!((side(1)[..19].iter().max(), side(1)[19]), (Some(&0), 1));
        assert!(outline.comment().starts_with("1000;/wD/"), "{}", outline.comment());
    }

    #[test]
    fn hours_fit_a_screen_and_empty_recordings_have_one_bucket() {
        assert_eq!(Outline::new(3_600 * 8_000, 8_000, 2).loudest.len(), 4_800);
        assert_eq!(Outline::new(0, 8_000, 1).comment(), "0;AAA=");
    }
}
