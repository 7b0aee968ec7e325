//! Reduces the lead of a live voice at a peer with its own queue. Pure.
//!
//! A voice that comes in a burst, for example after a stall of its network, is sent at once and waits in the peer's queue. Its next
//! frames come no faster than the peer plays them. So everything after the burst would be heard that much later, until the voice
//! stops for once. A microphone never stops: it sends silence too.

use cordboard_schema::audio::{Frame, g711};
use cordboard_schema::limits::LIVE_LANE_MS_KEPT;

/// Frames in a row that would wait for too long, after which a quiet one is left out: 2 s, so that jitter is not a reason.
const SURPLUS_FRAMES: u32 = 100;
/// The same for any frame, if the voice makes no pause: 5 s.
const SURPLUS_FRAMES_OF_SPEECH: u32 = 250;
/// A frame in which no sample is louder than this is a pause: a hundredth of full scale.
const QUIET: u16 = 330;

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct LiveLead {
    /// Frames of a live voice in a row that would wait for too long.
    surplus: u32,
}

impl LiveLead {
    /// Notes the ear's next frame, and whether it has sound of an item, which may wait. It would be heard `ahead_ms` after it is
    /// sent. Returns whether it is left out.
    pub(super) fn leaves_out(&mut self, frame: Option<&Frame>, is_of_item: bool, ahead_ms: u64) -> bool {
        let Some(frame) = frame.filter(|_| !is_of_item && ahead_ms > LIVE_LANE_MS_KEPT) else {
            self.surplus = 0;
            return false;
        };
        self.surplus += 1;
        if self.surplus > SURPLUS_FRAMES_OF_SPEECH {
            // The next pause is used at once.
            self.surplus = SURPLUS_FRAMES;
            return true;
        }
        self.surplus > SURPLUS_FRAMES && is_quiet(frame)
    }
}

fn is_quiet(frame: &Frame) -> bool {
    let is_quiet = |sample: i16| sample.unsigned_abs() <= QUIET;
    match frame {
        Frame::Pcm { samples, .. } => samples.iter().all(|sample| is_quiet(*sample)),
        Frame::G711 { law, bytes } => bytes.iter().all(|octet| is_quiet(g711::decode(*law, *octet))),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::SampleRate;

    use super::*;

    /// Sends a voice to a peer with this much in its queue, a frame in the time of one. Returns the numbers of the frames that were
    /// left out, and what waits at the end, in ms. A frame is loud if `is_loud` says so of its number.
    fn left_out(burst_ms: u64, frames: u32, is_loud: impl Fn(u32) -> bool) -> (Vec<u32>, u64) {
        let (mut lead, mut ahead_ms, mut left_out) = (LiveLead::default(), burst_ms, Vec::new());
        for number in 0..frames {
            let frame = Frame::pcm(SampleRate::HZ_8000, vec![if is_loud(number) { 9_000 } else { 100 }; 160]);
            if lead.leaves_out(Some(&frame), false, ahead_ms) {
                left_out.push(number);
            } else {
                ahead_ms += 20;
            }
            ahead_ms = ahead_ms.saturating_sub(20);
        }
        (left_out, ahead_ms)
    }

    #[test]
    fn a_bursts_delay_is_gone_with_the_next_pause() {
        let (numbers, ahead_ms) = left_out(180, 1_000, |number| !(400..450).contains(&number));
        assert_eq!(ahead_ms, 60);
        assert_eq!(numbers, [250, 400, 401, 402, 403, 404]);
    }

    #[test]
    fn a_voice_without_pauses_loses_single_frames() {
        let (numbers, ahead_ms) = left_out(100, 1_000, |_| true);
        assert_eq!((numbers, ahead_ms), (vec![250, 401], 60));
    }

    #[test]
    fn a_lead_that_jitter_needs_stays() {
        assert_eq!(left_out(60, 2_000, |number| number % 60 < 50), (vec![], 60));
    }

    #[test]
    fn items_and_pauses_of_the_ear_are_no_surplus() {
        let quiet = Frame::silence(SampleRate::HZ_8000);
        for broken_by in [(Some(&quiet), true, 200), (None, false, 200), (Some(&quiet), false, 60)] {
            let mut lead = LiveLead::default();
            for _ in 0..10 {
                let left_out = (0..SURPLUS_FRAMES).any(|_| lead.leaves_out(Some(&quiet), false, 200));
                let (frame, is_of_item, ahead_ms) = broken_by;
                assert!(!left_out && !lead.leaves_out(frame, is_of_item, ahead_ms), "{broken_by:?}");
            }
        }
    }
}
