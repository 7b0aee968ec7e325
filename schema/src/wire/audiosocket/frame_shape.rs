//! Detects a dialplan that makes Asterisk send audio of another kind than its kind byte says.

use crate::audio::frame::FRAME_MS;
use crate::audio::{Frame, SampleRate};

/// Gaps between frames in one window: half a second.
const WINDOW_GAPS: u32 = 25;

/// Gaps of a window that must be 20 ms. The rest may be digits, stalls and the burst at a connection's start.
const REGULAR_GAPS_MIN: u32 = 20;

/// Largest deviation of a gap from 20 ms, in ms. It excludes callers whose packets last 10 or 40 ms.
const GAP_TOLERANCE_MS: u64 = 5;

/// Watches the length and the pace of a connection's audio, and reports once if they can't belong to the rate of the kind byte.
/// Both known cases have kind 0x10 (8 kHz), where 20 ms are 160 samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameShape {
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    NoFrame,
    Suspected(Window),
    /// A fault was found, or ruled out.
    Settled,
}

/// Frames of one suspicious length so far.
#[derive(Clone, Copy, Debug)]
struct Window {
    fault: ShapeFault,
    last_at_ms: u64,
    gaps: u32,
    regular_gaps: u32,
}

/// A fault of a connection's audio. The text is for the operator and says how to fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeFault {
    /// 160 bytes every 20 ms: the calling channel's G.711 or G.722 octets, passed on raw.
    #[error(
        "the audio of this call is not linear: the dialplan dials AudioSocket without a codec, so Asterisk passes \
         the caller's own on; add /c(slin) to it, as in Dial(AudioSocket/HOST:PORT/UUID/c(slin),,g)"
    )]
    RawCodec,
    /// 640 bytes every 20 ms: samples of 16 kHz that are labelled as 8 kHz.
    #[error(
        "the audio of this call is of 16 kHz but labelled as 8 kHz: this Asterisk is older than late 2025 and the \
         dialplan says /c(slin16); say /c(slin) there, or update Asterisk"
    )]
    UnlabelledWideband,
}

impl ShapeFault {
    /// Returns the fault that a frame indicates if frames of its length come every 20 ms.
    fn suspected_by(frame: &Frame) -> Option<Self> {
        match (frame.rate(), frame.sample_count()) {
            (SampleRate::HZ_8000, 80) => Some(Self::RawCodec),
            (SampleRate::HZ_8000, 320) => Some(Self::UnlabelledWideband),
            _ => None,
        }
    }
}

impl FrameShape {
    /// Takes one decoded frame and its arrival (ms of any monotonic clock). Returns a fault once, after at least half a second of
    /// audio; one frame of a valid length settles that there is none.
    pub fn observe(&mut self, at_ms: u64, frame: &Frame) -> Option<ShapeFault> {
        let (next, found) = match (self.state, ShapeFault::suspected_by(frame)) {
            (State::NoFrame, Some(fault)) => (State::Suspected(Window::new(fault, at_ms)), None),
            (State::Suspected(window), Some(fault)) if window.fault == fault => {
                window.after_frame(at_ms).judge()
            }
            _ => (State::Settled, None),
        };
        self.state = next;
        found
    }
}

impl Window {
    fn new(fault: ShapeFault, at_ms: u64) -> Self {
        Self { fault, last_at_ms: at_ms, gaps: 0, regular_gaps: 0 }
    }

    fn after_frame(self, at_ms: u64) -> Self {
        let gap_ms = at_ms.saturating_sub(self.last_at_ms);
        let is_regular = gap_ms.abs_diff(u64::from(FRAME_MS)) <= GAP_TOLERANCE_MS;
        Self {
            fault: self.fault,
            last_at_ms: at_ms,
            gaps: self.gaps + 1,
            regular_gaps: self.regular_gaps + u32::from(is_regular),
        }
    }

    /// Returns the next state and the fault, if any. A full window that is too irregular is followed by a new one.
    fn judge(self) -> (State, Option<ShapeFault>) {
        if self.gaps < WINDOW_GAPS {
            (State::Suspected(self), None)
        } else if self.regular_gaps >= REGULAR_GAPS_MIN {
            (State::Settled, Some(self.fault))
        } else {
            (State::Suspected(Self::new(self.fault, self.last_at_ms)), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the frames among these that revealed a fault; each frame is (arrival in ms, samples at 8 kHz).
    fn findings(frames: impl IntoIterator<Item = (u64, usize)>) -> Vec<(usize, ShapeFault)> {
        let mut shape = FrameShape::default();
        let observe = |(index, (at_ms, samples))| {
            let frame = Frame::pcm(SampleRate::HZ_8000, vec![0; samples]);
            shape.observe(at_ms, &frame).map(|fault| (index, fault))
        };
        frames.into_iter().enumerate().filter_map(observe).collect()
    }

    /// Returns `count` frames of `samples`, one every `gap_ms`.
    fn paced(count: u64, gap_ms: u64, samples: usize) -> impl Iterator<Item = (u64, usize)> {
        (0..count).map(move |n| (n * gap_ms, samples))
    }

    #[test]
    fn a_mislabelled_stream_is_found_once_in_half_a_second() {
        assert_eq!(findings(paced(500, 20, 80)), [(25, ShapeFault::RawCodec)]);
        assert_eq!(findings(paced(500, 20, 320)), [(25, ShapeFault::UnlabelledWideband)]);
    }

    #[test]
    fn an_initial_burst_digits_or_jitter_do_not_hide_it() {
        let burst_then_paced = (0..60_u64).map(|n| (n.saturating_sub(3) * 20, 80));
        assert_eq!(findings(burst_then_paced), [(25, ShapeFault::RawCodec)]);
        let with_digit = (0..60_u64).map(|n| (n * 20 + if n > 10 { 180 } else { 0 }, 80));
        assert_eq!(findings(with_digit), [(25, ShapeFault::RawCodec)]);
        let jittered = (0..60_u64).map(|n| (n * 20 + n % 3, 320));
        assert_eq!(findings(jittered), [(25, ShapeFault::UnlabelledWideband)]);
    }

    #[test]
    fn a_stall_delays_the_finding_to_the_next_half_second() {
        let stalled = (0..80_u64).map(|n| (if n < 12 { 0 } else { n * 20 }, 80));
        assert_eq!(findings(stalled), [(50, ShapeFault::RawCodec)]);
    }

    #[test]
    fn callers_with_other_packet_lengths_are_left_alone() {
        assert_eq!(findings(paced(500, 20, 160)), []);
        assert_eq!(findings(paced(500, 10, 80)), []);
        assert_eq!(findings(paced(500, 40, 320)), []);
        assert_eq!(findings(paced(500, 30, 240)), []);
        let two_each_20_ms = (0..500_u64).map(|n| (n / 2 * 20, 80));
        assert_eq!(findings(two_each_20_ms), []);
    }

    #[test]
    fn one_frame_of_a_valid_length_settles_it() {
        let then_sound = paced(10, 20, 80).chain([(200, 160)]).chain((11..500).map(|n| (n * 20, 80)));
        assert_eq!(findings(then_sound), []);
        let labelled = Frame::silence(SampleRate::HZ_16000);
        let mut shape = FrameShape::default();
        assert!((0..500).all(|n| shape.observe(n * 20, &labelled).is_none()));
    }

    #[test]
    fn a_clock_jumping_back_is_harmless() {
        assert_eq!(findings((0..500_u64).map(|n| (if n % 2 == 0 { u64::MAX } else { 0 }, 80))), []);
    }

    #[test]
    fn a_window_needs_twenty_gaps_of_15_to_25_ms() {
        for (gap_ms, is_found) in [(14, false), (15, true), (25, true), (26, false)] {
            assert_eq!(!findings(paced(26, gap_ms, 80)).is_empty(), is_found, "{gap_ms} ms");
        }
        // The first gaps of a window are 40 ms, the others 20.
        let late = |gaps: u64| (0..26_u64).map(move |n| (n * 20 + n.min(gaps) * 20, 80));
        assert_eq!(findings(late(5)), [(25, ShapeFault::RawCodec)]);
        assert_eq!(findings(late(6)), []);
    }

    #[test]
    fn a_changing_length_is_not_a_dialplan_fault() {
        let changes = (0..500_u64).map(|n| (n * 20, if n < 10 { 80 } else { 320 }));
        assert_eq!(findings(changes), []);
    }

    #[test]
    fn the_error_text_names_the_fix() {
        assert!(ShapeFault::RawCodec.to_string().contains("add /c(slin)"));
        assert!(ShapeFault::UnlabelledWideband.to_string().contains("update Asterisk"));
    }
}
