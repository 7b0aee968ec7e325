//! Reduces the lead of a live voice at a peer with its own queue. Pure.
//!
//! A voice that comes in a burst, for example after a stall of its network, is sent at once and waits in the peer's queue. Its next
//! frames come no faster than the peer plays them. So everything after the burst would be heard that much later, until the voice
//! stops for once. A microphone never stops: it sends silence too.
//!
//! If the network to the peer stalls, frames that were sent in time come to it in a burst. Only the echoes of marks show that: all
//! of them are later than before.

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::{Frame, g711, level};
use cordboard_schema::limits::LIVE_LANE_MS_KEPT;

/// Frames in a row that would wait for too long, after which a quiet one is left out: 2 s, so that jitter is not a reason.
const SURPLUS_FRAMES: u32 = 100;
/// The same for any frame, if the voice makes no pause: 5 s.
const SURPLUS_FRAMES_OF_SPEECH: u32 = 250;
/// Echoes of marks in a row whose least delay counts: those of a second.
const ECHOES: u32 = 10;
/// Changes of the time that marks and their echoes are on their way, in ms.
const WAY_CHANGES_MS: u64 = 40;

/// See the module's description.
#[derive(Debug)]
pub(super) struct LiveLead {
    /// Frames of a live voice in a row that would wait for too long.
    surplus: u32,
    /// The least delay of an echo, in ms: in the last complete second, and since.
    delays: [u64; 2],
    /// Echoes since the last complete second.
    echoes: u32,
    /// The least delay of all: the time that a mark and its echo are on their way.
    way_ms: u64,
}

impl LiveLead {
    /// Starts with nothing sent.
    pub(super) const fn new() -> Self {
        Self { surplus: 0, delays: [0, u64::MAX], echoes: 0, way_ms: u64::MAX }
    }

    /// Notes that a mark was echoed this much later than everything before it would have been played at real-time pace.
    pub(super) fn echoed_after(&mut self, delay_ms: u64) {
        let [complete, since] = &mut self.delays;
        *since = delay_ms.min(*since);
        self.echoes += 1;
        if self.echoes == ECHOES {
            (*complete, *since, self.echoes) = (*since, u64::MAX, 0);
        }
        self.way_ms = self.way_ms.min(delay_ms);
    }

    /// Returns how much more waits at the peer than it was sent ahead, in ms.
    fn unseen_ms(&self) -> u64 {
        let [complete, since] = self.delays;
        complete.min(since).saturating_sub(self.way_ms).saturating_sub(WAY_CHANGES_MS)
    }

    /// Notes the ear's next frame, and whether it has sound of an item, which may wait. It would be heard `ahead_ms` after it is
    /// sent. Returns whether it is left out.
    pub(super) fn leaves_out(&mut self, frame: Option<&Frame>, is_of_item: bool, ahead_ms: u64) -> bool {
        let waits_ms = ahead_ms.saturating_add(self.unseen_ms());
        let Some(frame) = frame.filter(|_| !is_of_item && waits_ms > LIVE_LANE_MS_KEPT) else {
            self.surplus = 0;
            return false;
        };
        self.surplus += 1;
        let is_speech_left_out = self.surplus > SURPLUS_FRAMES_OF_SPEECH;
        let is_left_out = is_speech_left_out || (self.surplus > SURPLUS_FRAMES && is_quiet(frame));
        if is_left_out {
            // Until the echoes of later marks come, it counts as having helped.
            self.delays.iter_mut().for_each(|delay_ms| *delay_ms = delay_ms.saturating_sub(FRAME_MS.into()));
        }
        if is_speech_left_out {
            // The next pause is used at once.
            self.surplus = SURPLUS_FRAMES;
            // If it does not help, the way has become longer, and speech must not be left out for ever.
            self.way_ms = self.way_ms.saturating_add(FRAME_MS.into());
        }
        is_left_out
    }
}

fn is_quiet(frame: &Frame) -> bool {
    match frame {
        Frame::Pcm { samples, .. } => samples.iter().all(|sample| level::is_quiet(*sample)),
        Frame::G711 { law, bytes } => bytes.iter().all(|octet| level::is_quiet(g711::decode(*law, *octet))),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::audio::SampleRate;

    use super::*;

    /// Sends a voice to a peer with this much in its queue, a frame in the time of one. Returns the numbers of the frames that were
    /// left out, and what waits at the end, in ms. A frame is loud if `is_loud` says so of its number.
    fn left_out(burst_ms: u64, frames: u32, is_loud: impl Fn(u32) -> bool) -> (Vec<u32>, u64) {
        let (mut lead, mut ahead_ms, mut left_out) = (LiveLead::new(), burst_ms, Vec::new());
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

    /// Sends a voice to a peer whose echoes are on their way for 100 ms, and later longer. Returns what waits there unseen at the
    /// end, after a stall of the network of this length, and how many frames were left out.
    fn after_a_stall(stall_ms: u64, way_ms: u64, sample: i16) -> (u64, u32) {
        let frame = Frame::pcm(SampleRate::HZ_8000, vec![sample; 160]);
        let (mut lead, mut unseen_ms, mut left_out) = (LiveLead::new(), 0_u64, 0);
        for number in 0..20_000_u32 {
            let way_ms = if number < 500 { 100 } else { way_ms };
            if number == 500 {
                unseen_ms = stall_ms;
            }
            if lead.leaves_out(Some(&frame), false, 0) {
                left_out += 1;
                unseen_ms = unseen_ms.saturating_sub(20);
            }
            if number.is_multiple_of(5) {
                // Some echoes are late.
                lead.echoed_after(way_ms + unseen_ms + u64::from(number % 3) * 30);
            }
        }
        (unseen_ms, left_out)
    }

    #[test]
    fn the_delay_after_a_stall_of_the_network_is_reduced() {
        assert_eq!(after_a_stall(500, 100, 100), (100, 20));
        assert_eq!(after_a_stall(500, 100, 9_000), (300, 10), "half of it if nobody pauses");
        assert_eq!(after_a_stall(80, 100, 9_000), (80, 0), "that may be jitter");
    }

    #[test]
    fn a_longer_way_costs_little_speech() {
        assert_eq!(after_a_stall(0, 300, 9_000), (0, 5));
        assert_eq!(after_a_stall(0, 50, 9_000), (0, 0), "a shorter one costs none");
    }

    #[test]
    fn items_and_pauses_of_the_ear_are_no_surplus() {
        let quiet = Frame::silence(SampleRate::HZ_8000);
        for broken_by in [(Some(&quiet), true, 200), (None, false, 200), (Some(&quiet), false, 60)] {
            let mut lead = LiveLead::new();
            for _ in 0..10 {
                let left_out = (0..SURPLUS_FRAMES).any(|_| lead.leaves_out(Some(&quiet), false, 200));
                let (frame, is_of_item, ahead_ms) = broken_by;
                assert!(!left_out && !lead.leaves_out(frame, is_of_item, ahead_ms), "{broken_by:?}");
            }
        }
    }
}
