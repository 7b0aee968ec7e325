//! The server's messages, judged by what Asterisk's `app_audiosocket` accepts.

use std::time::Duration;

use super::message::{Message, kind, rate_of_kind};
use crate::audio::Sound;

/// Frames closer than this were sent together.
const TOGETHER: Duration = Duration::from_millis(5);
/// A frame is 20 ms: the caller's telephone gets packets of that size.
const FRAMES_A_SECOND: u32 = 50;

/// One audio frame with the time of its arrival, counted from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedFrame {
    /// When it was read.
    pub at: Duration,
    /// Its rate in Hz.
    pub rate: u32,
    /// Its samples.
    pub samples: Vec<i16>,
}

/// Something that Asterisk, or the caller's telephone, would not have accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A kind that only Asterisk sends, or that nobody knows: Asterisk hangs the caller up.
    BadKind(u8),
    /// Audio without samples: Asterisk hangs the caller up.
    EmptyAudio,
    /// Audio that is not 20 ms: the telephone gets packets of the wrong size.
    NotTwentyMs {
        /// The kind.
        kind: u8,
        /// The length of its payload, in bytes.
        bytes: usize,
    },
    /// A hang-up with a payload.
    HangupWithPayload,
    /// A message that came in two reads: its parts were not written together. More than 5 ms between them kills the call.
    Split {
        /// The time between the parts.
        gap: Duration,
    },
    /// The connection ended inside a message.
    Unfinished,
}

/// How evenly the frames came: the times between two of them, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pacing {
    /// The number of frames.
    pub frames: usize,
    /// The mean.
    pub mean_ms: f64,
    /// The median.
    pub p50_ms: f64,
    /// The 95th percentile.
    pub p95_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest time.
    pub max_ms: f64,
    /// The most frames that came together (less than 5 ms apart); 1 when none did.
    pub most_together: usize,
}

/// Everything that a leg received.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The audio, in order.
    pub frames: Vec<TimedFrame>,
    /// Its violations.
    pub violations: Vec<Violation>,
    /// When `00 00 00` came.
    pub hangup_at: Option<Duration>,
}

impl Report {
    /// Judges and keeps one message.
    pub(super) fn take(&mut self, at: Duration, message: &Message) {
        if message.kind == kind::HANGUP {
            self.hangup_at.get_or_insert(at);
            if !message.payload.is_empty() {
                self.violations.push(Violation::HangupWithPayload);
            }
            return;
        }
        let Some(rate) = rate_of_kind(message.kind) else {
            return self.violations.push(Violation::BadKind(message.kind));
        };
        let bytes = message.payload.len();
        if bytes == 0 {
            return self.violations.push(Violation::EmptyAudio);
        }
        if bytes != (rate / FRAMES_A_SECOND * 2) as usize {
            self.violations.push(Violation::NotTwentyMs { kind: message.kind, bytes });
        }
        self.frames.push(TimedFrame { at, rate, samples: message.samples() });
    }

    /// Returns everything that was heard, frame after frame, at the rate of the first one.
    #[must_use]
    pub fn heard(&self) -> Sound {
        heard_in(&self.frames, self.rate())
    }

    /// The same, without the first frames.
    #[must_use]
    pub fn heard_behind(&self, frames: usize) -> Sound {
        heard_in(self.frames.get(frames..).unwrap_or_default(), self.rate())
    }

    /// Returns the rate of the first frame, in Hz.
    fn rate(&self) -> u32 {
        self.frames.first().map_or(8000, |frame| frame.rate)
    }

    /// Returns when the frame arrived that holds this moment of [`Report::heard`], counted from the connection.
    #[must_use]
    pub fn arrival_of(&self, moment: Duration) -> Option<Duration> {
        let index = (moment.as_secs_f64() * f64::from(FRAMES_A_SECOND)) as usize;
        self.frames.get(index).map(|frame| frame.at)
    }

    /// Returns how evenly the frames came; `None` for fewer than two.
    #[must_use]
    pub fn pacing(&self) -> Option<Pacing> {
        let gaps: Vec<Duration> = self.frames.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        let mut sorted: Vec<f64> = gaps.iter().map(|gap| gap.as_secs_f64() * 1000.0).collect();
        sorted.sort_by(f64::total_cmp);
        let max_ms = *sorted.last()?;
        let percentile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let runs = gaps.chunk_by(|one, next| (*one < TOGETHER) == (*next < TOGETHER));
        let most_together = runs.filter(|run| run[0] < TOGETHER).map(|run| run.len() + 1).max().unwrap_or(1);
        Some(Pacing {
            frames: self.frames.len(),
            mean_ms: sorted.iter().sum::<f64>() / sorted.len() as f64,
            p50_ms: percentile(0.5),
            p95_ms: percentile(0.95),
            p99_ms: percentile(0.99),
            max_ms,
            most_together,
        })
    }
}

fn heard_in(frames: &[TimedFrame], rate: u32) -> Sound {
    let mut samples = Vec::with_capacity(frames.iter().map(|frame| frame.samples.len()).sum());
    for run in frames.chunk_by(|one, next| one.rate == next.rate) {
        // Frame by frame, because a test that waits for a sound asks again and again.
        if run[0].rate == rate {
            run.iter().for_each(|frame| samples.extend_from_slice(&frame.samples));
        } else {
            let of_run = run.iter().flat_map(|frame| &frame.samples).copied();
            let of_run = Sound { rate: run[0].rate, samples: of_run.collect() };
            samples.extend(of_run.resampled(rate).samples);
        }
    }
    Sound { rate, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rate: u32, length: usize) -> Message {
        Message::audio(rate, &vec![5; length])
    }

    fn report_of(messages: &[(u64, Message)]) -> Report {
        let mut report = Report::default();
        for (at_ms, message) in messages {
            report.take(Duration::from_millis(*at_ms), message);
        }
        report
    }

    #[test]
    fn good_frames_at_three_rates_are_no_violation() {
        let report = report_of(&[(0, frame(8000, 160)), (20, frame(16_000, 320)), (40, frame(44_100, 882))]);
        assert_eq!(report.violations, []);
        assert_eq!(report.heard().samples.len(), 480);
    }

    #[test]
    fn each_rule_is_checked() {
        let hangup = Message { kind: 0, payload: vec![1] };
        let digit = Message { kind: kind::DTMF, payload: b"1".to_vec() };
        let report = report_of(&[(0, frame(8000, 0)), (1, frame(8000, 80)), (2, digit), (3, hangup)]);
        assert_eq!(
            report.violations,
            [
                Violation::EmptyAudio,
                Violation::NotTwentyMs { kind: 0x10, bytes: 160 },
                Violation::BadKind(kind::DTMF),
                Violation::HangupWithPayload,
            ]
        );
        assert_eq!(report.hangup_at, Some(Duration::from_millis(3)));
    }

    #[test]
    fn pacing_shows_gaps_and_bursts() {
        let times = [0, 20, 40, 100, 101, 102, 120];
        let pacing = report_of(&times.map(|at| (at, frame(8000, 160)))).pacing().unwrap();
        assert_eq!((pacing.frames, pacing.p50_ms, pacing.max_ms, pacing.most_together), (7, 20.0, 60.0, 3));
        assert_eq!(report_of(&[(0, frame(8000, 160))]).pacing(), None);
    }
}
