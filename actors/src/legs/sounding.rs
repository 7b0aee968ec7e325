//! Audio that was sent to a peer with its own queue and not heard yet, at real-time pace: for the recording. Pure.

use std::collections::VecDeque;

use cordboard_schema::audio::{Frame, SampleRate};

/// See the module's description.
#[derive(Debug)]
pub(super) struct Sounding {
    rate: SampleRate,
    samples: VecDeque<i16>,
}

impl Sounding {
    /// Starts without audio, at this rate.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, samples: VecDeque::new() }
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
            return None;
        }
        let mut heard = Vec::with_capacity(whole);
        let (first, second) = self.samples.as_slices();
        heard.extend_from_slice(&first[..count.min(first.len())]);
        heard.extend_from_slice(&second[..count - heard.len()]);
        self.samples.drain(..count);
        heard.resize(whole, 0);
        Some(Frame::pcm(self.rate, heard))
    }

    /// Skips ticks in which the process did nothing: audio that was heard then is not heard later.
    pub(super) fn pass_over(&mut self, ticks: u64) {
        let heard = ticks.saturating_mul(self.rate.samples_per_frame() as u64);
        let heard = usize::try_from(heard).unwrap_or(usize::MAX).min(self.samples.len());
        self.samples.drain(..heard);
    }

    /// Drops everything that was not heard yet.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
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
