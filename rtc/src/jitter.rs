//! Playback time of each packet. Pure: the time is an argument, in ms of whatever clock.
//!
//! Packets wait until the slowest of nearly all of them would have come. This wait follows the network: it is the lateness of the
//! last packets against the fastest of them, at its 95th percentile. Once packets are lost it is 60 ms at least, so that the next
//! packet is there, whose redundancy replaces a lost one. Without losses it may be shorter.
//!
//! A sender that pauses (DTX, RFC 7587 section 3.1.3) leaves a gap in the timestamps and none in
//! the sequence numbers. That is silence; a gap in both is loss, which is recovered from the next
//! packet or concealed. If nothing is there in time, the last sound is stretched.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::toc::packet_samples;

/// Samples of the RTP clock in 20 ms.
const FRAME: u64 = 960;

/// Samples of the RTP clock in 1 ms.
const MS: u64 = 48;

/// Packets whose lateness is known: 4 s of them.
const LATENESS_KEPT: usize = 200;

/// The least that is waited, in ms.
const WAIT_MS_MIN: u64 = 40;

/// The least that is waited once packets are lost, in ms.
const WAIT_MS_LOSSY: u64 = 60;

/// The most that is waited, in ms.
const WAIT_MS_MAX: u64 = 240;

/// Sound that is kept at most, in ms; the oldest goes first.
const KEPT_MS_MAX: u64 = 600;

/// Packets that are kept at most: as many of the shortest, 2.5 ms, as fit into [`KEPT_MS_MAX`]. The timestamps of an honest sender are that far apart.
const KEPT_MAX: usize = 240;

/// Frames in a row for which nothing was there; beyond them it is silence, and the next packet waits as the first did.
const STRETCHED_MAX: u64 = 5;

/// Wait beyond the needed one before it is shortened, in ms.
const SLACK_MS: u64 = 40;

/// Packets for which that has to be so before a quiet one is left out, and before any is.
const SHORTEN_AFTER: u32 = 25;
const SHORTEN_ANY_AFTER: u32 = 150;

/// Packets without sound whose numbers are known.
const PASSED_KEPT: usize = 64;

/// A jump of the numbers of packets: the sender has begun anew.
const NUMBERS_JUMP: u64 = 3_000;

/// A jump of the timestamps, in samples: the sender has begun anew.
const JUMP: u64 = 10 * 48_000;

/// Sound for the next moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Playing {
    /// A packet that has come in time.
    Packet(Vec<u8>),
    /// A packet was lost, and the next one, which is here, may say it once more.
    Recovered {
        /// The next packet.
        next: Vec<u8>,
        /// Samples of the RTP clock that were lost.
        samples: u64,
    },
    /// Nothing is there: so many samples of the RTP clock have to be made up.
    Concealed {
        /// Samples of the RTP clock.
        samples: u64,
    },
    /// 20 ms of silence: nothing is said.
    Silence,
}

/// Figures on the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterFigures {
    /// Packets that came, each once.
    pub received: u64,
    /// Packets that never came: their numbers were passed over. A packet that may still come counts until it does.
    pub missing: u64,
    /// Packets that came after their moment.
    pub late: u64,
    /// Packets that never came in time: recovered, and concealed.
    pub lost: u64,
    /// Of those, what the next packet replaced.
    pub recovered: u64,
    /// 20 ms for which nothing was there in time and the last sound was stretched.
    pub stretched: u64,
    /// Packets that were left out, so that nothing is waited longer than needed.
    pub shortened: u64,
    /// Present wait of packets, in ms.
    pub wait_ms: u64,
}

struct Packet {
    sequence: u64,
    samples: u64,
    payload: Vec<u8>,
}

/// The packets that wait, and the state of the network.
pub struct Jitter {
    waiting: BTreeMap<u64, Packet>,
    /// The timestamp that is played next; none before the first packet, and behind a longer silence.
    next: Option<u64>,
    /// When the first packet of those that wait has come.
    since_ms: u64,
    last_sequence: Option<u64>,
    /// The highest number of a packet.
    highest: Option<u64>,
    /// Numbers of packets that are no sound.
    passed: BTreeSet<u64>,
    /// Frames that were stretched since the last packet.
    stretched: u64,
    /// Time of arrival less timestamp of the last packets, in ms.
    transits: VecDeque<i64>,
    /// Losses among the last packets.
    losses: VecDeque<bool>,
    too_long: u32,
    /// Bytes of a packet, in the mean of the last.
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
    /// Nothing has come yet.
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

    /// The share of the last 200 packets that did not come in time, 0 to 1.
    pub fn loss(&self) -> f32 {
        let lost = self.losses.iter().filter(|is_lost| **is_lost).count();
        lost as f32 / self.losses.len().max(1) as f32
    }

    /// A packet has come: its extended sequence number and timestamp (48,000 a second), and its payload. Data that is no packet of
    /// Opus is passed over.
    pub fn put(&mut self, now_ms: u64, sequence: u64, timestamp: u64, payload: &[u8]) {
        self.note_number(sequence);
        let Some(samples) = packet_samples(payload) else { return };
        if self.next.is_some_and(|next| next.abs_diff(timestamp) > JUMP) {
            self.begin_anew();
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

    /// A packet of the same stream that is no sound, such as a telephone event: its number is none of a lost packet.
    pub fn pass(&mut self, sequence: u64) {
        self.note_number(sequence);
        self.passed.insert(sequence);
        while self.passed.len() > PASSED_KEPT {
            self.passed.pop_first();
        }
    }

    /// Counts the numbers that were passed over. Each packet comes once: their transport refuses a second one of a number.
    fn note_number(&mut self, sequence: u64) {
        match self.highest {
            // The sender has begun anew, with other numbers.
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

    /// Packets are another sender's from here on: its numbers and times say nothing of those before.
    pub fn begin_with_another(&mut self) {
        self.begin_anew();
        self.highest = None;
        self.passed.clear();
    }

    /// The next sound. It is asked for as often as sound is needed.
    pub fn take(&mut self, now_ms: u64) -> Playing {
        let Some(next) = self.next.or_else(|| self.begins(now_ms)) else { return Playing::Silence };
        let Some((&first, packet)) = self.waiting.first_key_value() else {
            self.next = Some(next);
            return self.stretch();
        };
        let sequence = packet.sequence;
        // Stretched sound was played in place of packets that did not come.
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
        // The sender pauses. If more waits than has to, the pause is not played in full.
        if gap < FRAME || self.span_ms() > self.figures.wait_ms {
            return self.play();
        }
        self.next = Some(next + FRAME);
        Playing::Silence
    }

    /// Whether no packet is missing between the one that was played last and this one.
    fn follows(&self, sequence: u64) -> bool {
        let Some(last) = self.last_sequence.filter(|last| *last < sequence) else { return true };
        self.passed.range(last + 1..sequence).count() as u64 == sequence - last - 1
    }

    /// The first packet has waited long enough.
    fn begins(&mut self, now_ms: u64) -> Option<u64> {
        let (&first, _) = self.waiting.first_key_value()?;
        let has_waited = now_ms.saturating_sub(self.since_ms) >= self.figures.wait_ms;
        (has_waited || self.span_ms() >= self.figures.wait_ms).then(|| {
            self.last_sequence = None;
            first
        })
    }

    fn play(&mut self) -> Playing {
        let Some((timestamp, packet)) = self.waiting.pop_first() else { return Playing::Silence };
        self.note_loss(false);
        self.last_sequence = Some(packet.sequence);
        self.next = Some(timestamp + packet.samples);
        // With a variable rate of Opus, a packet is as long as its sound needs.
        let is_quiet = packet.payload.len() * 2 < self.usual_bytes;
        self.usual_bytes = (self.usual_bytes * 31 + packet.payload.len()).div_ceil(32);
        if self.is_too_long(is_quiet) && !self.waiting.is_empty() {
            self.figures.shortened += 1;
            return self.play();
        }
        Playing::Packet(packet.payload)
    }

    /// A packet, or several, did not come.
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

    /// Nothing is there at all.
    fn stretch(&mut self) -> Playing {
        self.stretched += 1;
        if self.stretched > STRETCHED_MAX {
            // The next speech begins anew, with the wait that is needed by then.
            self.next = None;
            self.stretched = 0;
            return Playing::Silence;
        }
        self.figures.stretched += 1;
        Playing::Concealed { samples: FRAME }
    }

    fn begin_anew(&mut self) {
        self.waiting.clear();
        self.transits.clear();
        self.next = None;
        self.last_sequence = None;
        self.stretched = 0;
    }

    /// Sound that waits, in ms.
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
        // Behind a silence: no packet of one stream differs so much, so its sender has had the timestamps stand still, or jump.
        let is_silent = self.next.is_none() && self.waiting.is_empty();
        let other = self.transits.back().filter(|last| last.abs_diff(transit) > WAIT_MS_MAX);
        if is_silent && other.is_some() {
            self.transits.clear();
        }
        if self.transits.len() == LATENESS_KEPT {
            self.transits.pop_front();
        }
        self.transits.push_back(transit);
        let mut sorted: Vec<i64> = self.transits.iter().copied().collect();
        sorted.sort_unstable();
        let fastest = sorted.first().copied().unwrap_or(transit);
        let slow = sorted.get(sorted.len() * 95 / 100).or(sorted.last()).copied().unwrap_or(transit);
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
