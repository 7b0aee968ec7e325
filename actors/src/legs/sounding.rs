//! Audio that was sent to a peer with its own queue and not heard yet, at real-time pace: for the recording. Pure.

use std::collections::VecDeque;

use cordboard_schema::audio::{Frame, SampleRate, level};

use crate::media::fade_out;

/// Duration with which audio that is dropped falls to silence, in ms.
const FADE_MS: u32 = 5;

/// See the module's description.
#[derive(Debug)]
pub(super) struct Sounding {
    rate: SampleRate,
    samples: VecDeque<i16>,
    /// The last sample of the last tick.
    last: i16,
}

impl Sounding {
    /// Starts without audio, at this rate.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, samples: VecDeque::new(), last: 0 }
    }

    /// Adds audio that was sent.
    pub(super) fn sent(&mut self, samples: &[i16]) {
        self.samples.extend(samples);
    }

    /// Returns the audio that is heard in the next 20 ms, filled up with silence.
    pub(super) fn tick(&mut self) -> Option<Frame> {
        let whole = self.rate.samples_per_frame();
        let count = whole.min(self.samples.len());
        if count == 0 {
            self.last = 0;
            return None;
        }
        let mut heard = Vec::with_capacity(whole);
        let (first, second) = self.samples.as_slices();
        heard.extend_from_slice(&first[..count.min(first.len())]);
        heard.extend_from_slice(&second[..count - heard.len()]);
        self.samples.drain(..count);
        heard.resize(whole, 0);
        self.last = heard.last().copied().unwrap_or(0);
        Some(Frame::pcm(self.rate, heard))
    }

    /// Skips ticks in which the process did nothing: audio that was heard then is not heard later.
    pub(super) fn pass_over(&mut self, ticks: u64) {
        let heard = ticks.saturating_mul(self.rate.samples_per_frame() as u64);
        let heard = usize::try_from(heard).unwrap_or(usize::MAX).min(self.samples.len());
        self.samples.drain(..heard);
    }

    /// Drops everything that was not heard yet, but for a few samples that fall to silence, so that the recording has no click.
    pub(super) fn clear(&mut self) {
        let kept = if level::is_quiet(self.last) { 0 } else { self.rate.samples_in_ms(FADE_MS) };
        self.samples.truncate(kept);
        fade_out(&mut self.samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    /// 20 ms of one value.
    fn frame(value: i16) -> Vec<i16> {
        vec![value; RATE.samples_per_frame()]
    }

    fn heard(sounding: &mut Sounding) -> Option<i16> {
        sounding.tick().map(|frame| frame.to_samples()[0])
    }

    #[test]
    fn sent_audio_is_heard_once_and_in_order() {
        let mut sounding = Sounding::new(RATE);
        sounding.sent(&frame(1));
        sounding.sent(&[2; 40]);
        assert_eq!(heard(&mut sounding), Some(1));
        let padded: Vec<i16> = [vec![2; 40], vec![0; 120]].concat();
        assert_eq!(sounding.tick().unwrap().to_samples(), padded);
        assert_eq!(sounding.tick(), None);
    }

    #[test]
    fn audio_that_is_cut_has_no_click_in_the_recording() {
        let mut sounding = Sounding::new(RATE);
        (0..3).for_each(|_| sounding.sent(&frame(4_000)));
        assert_eq!(heard(&mut sounding), Some(4_000));
        sounding.clear();
        let end = sounding.tick().unwrap().to_samples();
        assert_eq!((end[0], end[20], end[39]), (4_000, 3_000, 197), "within 5 ms");
        assert_eq!(end[40..], [0; 120]);
        assert_eq!(sounding.tick(), None);

        (0..3).for_each(|_| sounding.sent(&frame(4_000)));
        sounding.clear();
        assert_eq!(sounding.tick(), None, "nothing of it was heard");
    }

    /// A peer plays on while the process does nothing. A recording that played the same audio later would fall behind with each
    /// such pause.
    #[test]
    fn audio_of_missed_ticks_is_not_recorded_later() {
        let mut sounding = Sounding::new(RATE);
        for pause in 0..10 {
            (0..6).for_each(|_| sounding.sent(&frame(pause)));
            assert_eq!(heard(&mut sounding), Some(pause), "of pause {pause}");
            sounding.pass_over(25);
        }
        sounding.sent(&frame(11));
        sounding.pass_over(0);
        assert_eq!(heard(&mut sounding), Some(11));
        sounding.pass_over(u64::MAX);
        assert_eq!(sounding.tick(), None);
    }
}
