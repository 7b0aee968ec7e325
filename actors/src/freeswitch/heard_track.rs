//! Audio of chunks that a caller hears, tick by tick, for the recording. Pure.

use std::collections::VecDeque;
use std::rc::Rc;

use cordboard_schema::audio::{Frame, SampleRate};

/// The audio of chunks from their sending until they were heard.
#[derive(Debug)]
pub(super) struct HeardTrack {
    rate: SampleRate,
    /// Chunks that were sent and have not begun.
    waiting: VecDeque<(u64, Rc<[i16]>)>,
    /// Chunks that have begun. Their samples from `next` to `end` are heard in the next ticks.
    sounding: VecDeque<Sounding>,
}

#[derive(Debug)]
struct Sounding {
    chunk: u64,
    samples: Rc<[i16]>,
    next: usize,
    end: usize,
}

impl HeardTrack {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, waiting: VecDeque::new(), sounding: VecDeque::new() }
    }

    /// Adds a chunk that was sent.
    pub(super) fn sent(&mut self, chunk: u64, samples: Rc<[i16]>) {
        self.waiting.push_back((chunk, samples));
    }

    /// Notes that a chunk is heard from now on, after those that are already.
    pub(super) fn began(&mut self, chunk: u64) {
        if let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == chunk)
            && let Some((_, samples)) = self.waiting.remove(at)
        {
            let end = samples.len();
            self.sounding.push_back(Sounding { chunk, samples, next: 0, end });
        }
    }

    /// Notes how much of a chunk was heard. A chunk whose begin was not reported is late, and is added now.
    pub(super) fn ended(&mut self, chunk: u64, heard_ms: u64) {
        if heard_ms > 0 {
            self.began(chunk);
        }
        let heard = self.rate.samples_in_ms(u32::try_from(heard_ms).unwrap_or(u32::MAX));
        for sounding in self.sounding.iter_mut().filter(|sounding| sounding.chunk == chunk) {
            sounding.end = heard.min(sounding.end);
        }
    }

    /// Drops chunks before this one that did not begin: they were not heard, and no more is reported of them.
    pub(super) fn forget_before(&mut self, chunk: u64) {
        self.waiting.retain(|(waiting, _)| *waiting >= chunk);
    }

    /// Drops the rest of the chunks that are being heard.
    pub(super) fn cut(&mut self) {
        self.sounding.clear();
    }

    /// Returns the audio that is heard in the next 20 ms.
    pub(super) fn tick(&mut self) -> Option<Frame> {
        let missing = self.rate.samples_per_frame();
        let mut heard: Vec<i16> = Vec::new();
        while let Some(sounding) = self.sounding.front_mut() {
            let end = sounding.end.min(sounding.next + missing - heard.len());
            if let Some(part) = sounding.samples.get(sounding.next..end) {
                heard.extend_from_slice(part);
                sounding.next = end;
            }
            if heard.len() == missing {
                break;
            }
            self.sounding.pop_front();
        }
        if heard.is_empty() {
            return None;
        }
        heard.resize(missing, 0);
        Some(Frame::pcm(self.rate, heard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::HZ_8000;

    fn track(chunks: &[(u64, usize)]) -> HeardTrack {
        let mut track = HeardTrack::new(RATE);
        for (chunk, samples) in chunks {
            track.sent(*chunk, vec![*chunk as i16; *samples].into());
        }
        track
    }

    /// Returns the first sample of each tick, 0 for silence, until there is silence twice.
    fn heard(track: &mut HeardTrack) -> Vec<(i16, usize)> {
        let mut heard = Vec::new();
        while let Some(Frame::Pcm { samples, .. }) = track.tick() {
            heard.push((samples[0], samples.iter().filter(|sample| **sample != 0).count()));
        }
        heard
    }

    #[test]
    fn chunks_are_heard_in_the_order_of_their_begin() {
        let mut track = track(&[(1, 240), (2, 160)]);
        assert_eq!(heard(&mut track), []);
        track.began(1);
        track.began(2);
        assert_eq!(heard(&mut track), [(1, 160), (1, 160), (2, 80)]);
    }

    #[test]
    fn audio_that_was_cut_off_is_not_heard() {
        let mut track = track(&[(1, 1_600), (2, 1_600)]);
        track.began(1);
        track.tick();
        track.ended(1, 30);
        assert_eq!(heard(&mut track), [(1, 80)]);
        track.ended(2, 0);
        track.forget_before(3);
        track.began(2);
        assert_eq!(heard(&mut track), []);
    }

    #[test]
    fn a_chunk_without_a_reported_begin_is_heard_late() {
        let mut track = track(&[(1, 320)]);
        track.ended(1, 20);
        assert_eq!(heard(&mut track), [(1, 160)]);
    }

    #[test]
    fn a_cut_ends_only_the_audio_being_heard() {
        let mut track = track(&[(1, 320), (2, 160)]);
        track.began(1);
        track.cut();
        assert_eq!(heard(&mut track), []);
        track.began(2);
        assert_eq!(heard(&mut track), [(2, 160)]);
    }

    #[test]
    fn an_early_end_takes_back_no_heard_audio() {
        let mut track = track(&[(1, 320), (2, 160)]);
        track.began(1);
        track.tick();
        track.ended(1, 5);
        track.began(2);
        assert_eq!(heard(&mut track), [(2, 160)]);
    }
}
