//! The playout time of each packet. Pure: the time is an argument, in ms of any clock.
//!
//! Packets wait until almost all of them would have arrived. The wait adapts to the network: it is the 95th percentile of the last packets' lateness
//! against the fastest of them. After losses it is at least 60 ms, so that the next packet, whose redundancy replaces a lost one, is there in time.
//! Without losses it may be shorter.
//!
//! A sender that pauses (DTX, RFC 7587 section 3.1.3) leaves a gap in the timestamps and none in the sequence numbers. That is silence. A gap in both
//! is loss, which is recovered from the next packet or concealed. If nothing is there in time, the last sound is stretched.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::toc::packet_samples;

/// Samples of the RTP clock in 20 ms.
const FRAME: u64 = 960;

/// Samples of the RTP clock in 1 ms.
const MS: u64 = 48;

/// Number of packets whose lateness is kept: 4 s.
const LATENESS_KEPT: usize = 200;

/// Minimum wait, in ms.
const WAIT_MS_MIN: u64 = 40;

/// Minimum wait after losses, in ms.
const WAIT_MS_LOSSY: u64 = 60;

/// Maximum wait, in ms.
const WAIT_MS_MAX: u64 = 240;

/// Maximum of buffered sound, in ms. The oldest is dropped first.
const KEPT_MS_MAX: u64 = 600;

/// Maximum of buffered packets: the number of the shortest ones, 2.5 ms, that fit into [`KEPT_MS_MAX`]. An honest sender's timestamps are that far
/// apart.
const KEPT_MAX: usize = 240;

/// Consecutive frames without a packet. After them it is silence, and the next packet waits like the first one.
const STRETCHED_MAX: u64 = 5;

/// Wait beyond the needed one, in ms, before it is shortened.
const SLACK_MS: u64 = 40;

/// Packets for which this must persist before a quiet one is dropped, and before any is.
const SHORTEN_AFTER: u32 = 25;
const SHORTEN_ANY_AFTER: u32 = 150;

/// Number of packets without sound whose numbers are kept.
const PASSED_KEPT: usize = 64;

/// A jump of the sequence numbers that means that the sender has restarted.
const NUMBERS_JUMP: u64 = 3_000;

/// A jump of the timestamps, in samples, that means that the sender has restarted.
const JUMP: u64 = 10 * 48_000;

/// Sound for the next moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Playing {
    /// A packet that arrived in time.
    Packet(Vec<u8>),
    /// A packet was lost. The next one, which is here, may contain its sound again.
    Recovered {
        /// The next packet.
        next: Vec<u8>,
        /// Samples of the RTP clock that were lost.
        samples: u64,
    },
    /// Nothing is there: this many samples of the RTP clock must be concealed.
    Concealed {
        /// Samples of the RTP clock.
        samples: u64,
    },
    /// 20 ms of silence: the peer pauses.
    Silence,
}

/// Figures on the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterFigures {
    /// Packets that arrived, each counted once.
    pub received: u64,
    /// Packets that never arrived, by the gaps in the numbers. A packet that may still arrive counts until it does.
    pub missing: u64,
    /// Packets that arrived after their playout time.
    pub late: u64,
    /// Packets that did not arrive in time: recovered, or concealed.
    pub lost: u64,
    /// Those of them that the next packet replaced.
    pub recovered: u64,
    /// Frames of 20 ms for which nothing was there in time and the last sound was stretched. Those in a pause of the sender are not among them, once
    /// its next packet has shown that it was one.
    pub stretched: u64,
    /// Packets that were dropped to shorten the wait.
    pub shortened: u64,
    /// Current wait of packets, in ms.
    pub wait_ms: u64,
}

struct Packet {
    sequence: u64,
    samples: u64,
    payload: Vec<u8>,
}

/// The waiting packets, and the state of the network.
pub struct Jitter {
    waiting: BTreeMap<u64, Packet>,
    /// The timestamp to be played next; none before the first packet, and after a longer silence.
    next: Option<u64>,
    /// When the first of the waiting packets arrived.
    since_ms: u64,
    last_sequence: Option<u64>,
    /// The highest number of a packet.
    highest: Option<u64>,
    /// Numbers of packets that are not sound.
    passed: BTreeSet<u64>,
    /// Frames that were stretched since the last packet.
    stretched: u64,
    /// The timestamp that would have been next when stretching ended in silence.
    broken_off_at: Option<u64>,
    /// Arrival time minus timestamp of the last packets, in ms.
    transits: VecDeque<i64>,
    /// Losses among the last packets.
    losses: VecDeque<bool>,
    too_long: u32,
    /// Bytes of a packet: the mean of the last ones.
    usual_bytes: usize,
    figures: JitterFigures,
}

impl std::fmt::Debug for Jitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jitter")
            .field("waiting", &self.waiting.len())
            .field("figures", &self.figures)
            .finish()
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Jitter {
    /// Makes an empty buffer.
    pub fn new() -> Self {
        let figures = JitterFigures { wait_ms: WAIT_MS_MIN, ..JitterFigures::default() };
        Self {
            waiting: BTreeMap::new(),
            next: None,
            since_ms: 0,
            last_sequence: None,
            highest: None,
            passed: BTreeSet::new(),
            stretched: 0,
            broken_off_at: None,
            transits: VecDeque::new(),
            losses: VecDeque::new(),
            too_long: 0,
            usual_bytes: 0,
            figures,
        }
    }

    /// Figures on the packets so far.
    pub fn figures(&self) -> JitterFigures {
        self.figures
    }

    /// The share of the last 200 packets that did not arrive in time, 0 to 1.
    pub fn loss(&self) -> f32 {
        let lost = self.losses.iter().filter(|is_lost| **is_lost).count();
        lost as f32 / self.losses.len().max(1) as f32
    }

    /// Stores a packet: its extended sequence number and timestamp (48,000 a second), and its payload. Data that is not a packet of Opus is dropped.
    pub fn put(&mut self, now_ms: u64, sequence: u64, timestamp: u64, payload: &[u8]) {
        self.note_number(sequence);
        let Some(samples) = packet_samples(payload) else { return };
        if self.next.is_some_and(|next| next.abs_diff(timestamp) > JUMP) {
            self.restart();
        }
        self.measure(now_ms, timestamp);
        if self.next.is_some_and(|next| timestamp < next) {
            self.figures.late += 1;
            return;
        }
        if self.waiting.is_empty() {
            self.since_ms = now_ms;
        }
        let packet = Packet { sequence, samples, payload: payload.to_vec() };
        if self.waiting.insert(timestamp, packet).is_none() {
            self.figures.received += 1;
        }
        while self.span_ms() > KEPT_MS_MAX || self.waiting.len() > KEPT_MAX {
            self.waiting.pop_first();
            self.figures.shortened += 1;
            self.next = self.waiting.first_key_value().map(|(first, _)| *first);
        }
    }

    /// Notes a packet of the same stream that is not sound, such as a telephone event, so that its number does not count as lost.
    pub fn pass(&mut self, sequence: u64) {
        self.note_number(sequence);
        self.passed.insert(sequence);
        while self.passed.len() > PASSED_KEPT {
            self.passed.pop_first();
        }
    }

    /// Counts skipped numbers. Each packet arrives once, because the transport refuses duplicates.
    fn note_number(&mut self, sequence: u64) {
        match self.highest {
            // The sender has restarted, with other numbers.
            Some(highest) if sequence.abs_diff(highest) > NUMBERS_JUMP => self.highest = Some(sequence),
            Some(highest) if sequence <= highest => {
                self.figures.missing = self.figures.missing.saturating_sub(1);
            }
            Some(highest) => {
                self.figures.missing += sequence - highest - 1;
                self.highest = Some(sequence);
            }
            None => self.highest = Some(sequence),
        }
    }

    /// From here on, packets are another sender's: its numbers and times are unrelated to those before.
    pub fn begin_with_another(&mut self) {
        self.restart();
        self.highest = None;
        self.passed.clear();
    }

    /// Returns the next sound. Call it as often as sound is needed.
    pub fn take(&mut self, now_ms: u64) -> Playing {
        let Some(next) = self.next.or_else(|| self.begins(now_ms)) else { return Playing::Silence };
        let Some((&first, packet)) = self.waiting.first_key_value() else {
            self.next = Some(next);
            return self.stretch();
        };
        let sequence = packet.sequence;
        self.note_pause(next, self.stretched);
        // Stretched sound has replaced packets that did not arrive.
        let next = first.min(next + self.stretched * FRAME);
        self.next = Some(next);
        self.stretched = 0;
        let gap = first - next;
        if gap == 0 {
            return self.play();
        }
        if !self.follows(sequence) {
            return self.replace(next, gap);
        }
        // The sender pauses. If more waits than necessary, the pause is not played in full.
        if gap < FRAME || self.span_ms() > self.figures.wait_ms {
            return self.play();
        }
        self.next = Some(next + FRAME);
        Playing::Silence
    }

    /// Whether no packet is missing between the last one played and this one.
    fn follows(&self, sequence: u64) -> bool {
        let Some(last) = self.last_sequence.filter(|last| *last < sequence) else { return true };
        self.passed.range(last + 1..sequence).count() as u64 == sequence - last - 1
    }

    /// Begins to play when the first packet has waited long enough.
    fn begins(&mut self, now_ms: u64) -> Option<u64> {
        let (&first, _) = self.waiting.first_key_value()?;
        let has_waited = now_ms.saturating_sub(self.since_ms) >= self.figures.wait_ms;
        (has_waited || self.span_ms() >= self.figures.wait_ms).then(|| {
            if let Some(expected) = self.broken_off_at.take() {
                self.note_pause(expected, STRETCHED_MAX);
            }
            self.last_sequence = None;
            first
        })
    }

    /// If no packet is missing before the next one, the sender has paused at `expected`, and these stretched frames replaced nothing.
    fn note_pause(&mut self, expected: u64, stretched: u64) {
        let Some((first, packet)) = self.waiting.first_key_value() else { return };
        let paused = first.saturating_sub(expected) / FRAME;
        if self.follows(packet.sequence) {
            self.figures.stretched = self.figures.stretched.saturating_sub(stretched.min(paused));
        }
    }

    fn play(&mut self) -> Playing {
        let Some((timestamp, packet)) = self.waiting.pop_first() else { return Playing::Silence };
        self.note_loss(false);
        self.last_sequence = Some(packet.sequence);
        self.next = Some(timestamp + packet.samples);
        // With Opus's variable bit rate, a packet is as long as its sound needs.
        let is_quiet = packet.payload.len() * 2 < self.usual_bytes;
        self.usual_bytes = (self.usual_bytes * 31 + packet.payload.len()).div_ceil(32);
        if self.is_too_long(is_quiet) && !self.waiting.is_empty() {
            self.figures.shortened += 1;
            return self.play();
        }
        Playing::Packet(packet.payload)
    }

    /// Replaces one or several packets that did not arrive.
    fn replace(&mut self, next: u64, gap: u64) -> Playing {
        self.figures.lost += 1;
        self.note_loss(true);
        let recoverable = self.waiting.first_key_value().filter(|(_, packet)| gap <= packet.samples);
        if let Some((&first, packet)) = recoverable {
            self.figures.recovered += 1;
            self.next = Some(first);
            self.last_sequence = Some(packet.sequence.saturating_sub(1));
            return Playing::Recovered { next: packet.payload.clone(), samples: gap };
        }
        self.next = Some(next + FRAME.min(gap));
        Playing::Concealed { samples: FRAME.min(gap) }
    }

    /// Stretches the last sound, because nothing is there.
    fn stretch(&mut self) -> Playing {
        self.stretched += 1;
        if self.stretched > STRETCHED_MAX {
            // The next speech begins again, with the wait that is needed then.
            self.broken_off_at = self.next.take();
            self.stretched = 0;
            return Playing::Silence;
        }
        self.figures.stretched += 1;
        Playing::Concealed { samples: FRAME }
    }

    fn restart(&mut self) {
        self.waiting.clear();
        self.transits.clear();
        self.next = None;
        self.last_sequence = None;
        self.stretched = 0;
        self.broken_off_at = None;
    }

    /// Waiting sound, in ms.
    fn span_ms(&self) -> u64 {
        let Some((&first, _)) = self.waiting.first_key_value() else { return 0 };
        let Some((&last, packet)) = self.waiting.last_key_value() else { return 0 };
        (last + packet.samples - first) / MS
    }

    fn is_too_long(&mut self, is_quiet: bool) -> bool {
        if self.span_ms() <= self.figures.wait_ms + SLACK_MS {
            self.too_long = 0;
            return false;
        }
        self.too_long += 1;
        let is_too_long = self.too_long >= if is_quiet { SHORTEN_AFTER } else { SHORTEN_ANY_AFTER };
        if is_too_long {
            self.too_long = 0;
        }
        is_too_long
    }

    fn measure(&mut self, now_ms: u64, timestamp: u64) {
        let transit =
            i64::try_from(now_ms).unwrap_or(i64::MAX) - i64::try_from(timestamp / MS).unwrap_or(i64::MAX);
        // After a silence: within a stream, arrival times never differ so much, so the sender's timestamps stood still or jumped.
        let is_silent = self.next.is_none() && self.waiting.is_empty();
        let other = self.transits.back().filter(|last| last.abs_diff(transit) > WAIT_MS_MAX);
        if is_silent && other.is_some() {
            self.transits.clear();
        }
        if self.transits.len() == LATENESS_KEPT {
            self.transits.pop_front();
        }
        self.transits.push_back(transit);
        let mut transits: Vec<i64> = self.transits.iter().copied().collect();
        let fastest = transits.iter().min().copied().unwrap_or(transit);
        // One of them, because the last one was added above. All of them need not be sorted for it.
        let at = transits.len() * 95 / 100;
        let slow = *transits.select_nth_unstable(at).1;
        let lateness_ms = u64::try_from(slow.saturating_sub(fastest)).unwrap_or(0);
        let least = if self.losses.iter().any(|is_lost| *is_lost) { WAIT_MS_LOSSY } else { WAIT_MS_MIN };
        self.figures.wait_ms = (lateness_ms + FRAME / MS).clamp(least, WAIT_MS_MAX);
    }

    fn note_loss(&mut self, is_lost: bool) {
        if self.losses.len() == LATENESS_KEPT {
            self.losses.pop_front();
        }
        self.losses.push_back(is_lost);
    }
}
