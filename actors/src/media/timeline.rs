//! The two channels of a recording, aligned: pure arithmetic on samples and on the moments at which they passed.
//!
//! Right is the sound that was played to the caller's ear. Its ticks are the clock: each adds 20 ms, and they turn a
//! moment into a place in the recording. Left is the sound that was read from the caller's connection, in bursts of
//! any length. A burst ends at the moment when it was read. It is put directly after the previous burst if that is
//! within 60 ms of its place. After a longer hole it goes to its place, with zeros before it. Sound that would be
//! ahead of its place takes the room of such zeros, the newest first: it is sound that the network kept back, read
//! piece by piece. Sound that is still more than 40 ms ahead is dropped. A caller's clock that runs fast builds up a
//! lead, a slow one a lag. A lead or lag that persists for two seconds is not jitter: it is cut off, or filled with
//! zeros, in the caller's next pause.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use cordboard_schema::audio::frame::FRAME_MS;
use cordboard_schema::audio::{SampleRate, level};
use cordboard_schema::limits::{LIVE_MESSAGE_MS_MAX, RECORDING_GAP_MS_MAX};

/// One moment of both channels: left and right, as dasp's stereo frame.
pub(super) type Stereo = [i16; 2];

/// Length of the blocks that go to the file, in milliseconds.
pub(super) const BLOCK_MS: u32 = 200;
/// Sound that is kept back so that a late burst of the caller still finds its place.
const HELD_MS: u32 = 200;
/// The same while nothing comes from the caller, and after a hole: sound that a network keeps back for this long
/// finds room for all of it.
const HELD_IN_HOLE_MS: u32 = 600;
/// The same if the peer sends long messages, and until it is known whether it does: each comes when its first sample
/// is as old as the message is long. It may be late by as much as any burst, and the last tick may be just over.
const HELD_FOR_MESSAGE_MS: u32 = LIVE_MESSAGE_MS_MAX as u32 + LATE_MS_MAX;
/// A longer burst may be such a message.
const SHORT_BURST_MS_MAX: u32 = HELD_IN_HOLE_MS - LATE_MS_MAX;
const LATE_MS_MAX: u32 = CONTIGUOUS_MS + FRAME_MS;
/// Sound of the past that still finds a place, at most.
pub(crate) const PAST_MS_MAX: u32 = BLOCK_MS + HELD_FOR_MESSAGE_MS;

/// Initial room of the right channel: no more waits there as long as no tick is missed and nothing is kept back in a
/// hole. A queue that grows by itself allocates half as much again.
const RIGHT_ROOM_MS: u32 = BLOCK_MS + HELD_MS;
/// The same for the left channel, which may be a frame and a lead ahead.
const LEFT_ROOM_MS: u32 = RIGHT_ROOM_MS + FRAME_MS + AHEAD_MS_MAX;

/// A burst that comes this long after the end of the previous one is still put directly after it: packets may be late
/// by more than a frame, and the following ones catch up.
const CONTIGUOUS_MS: u32 = 60;
/// A burst further ahead than this is cut.
const AHEAD_MS_MAX: u32 = 40;
/// A lead, or a lag, that lasts for [`LEAD_WINDOW`] and exceeds this is corrected.
const LASTING_LEAD_MS: u32 = 10;
const LEAD_WINDOW: Duration = Duration::from_secs(2);

/// If the caller makes no pause for this long, the correction is made in the middle of a word.
const PAUSE_AWAITED: Duration = Duration::from_secs(10);

/// Ticks that come this much later than the others were missed, not late.
const MISSED_TICKS: Duration = Duration::from_millis(60);
/// How fast the clock follows ticks that are always late, for each frame: a thousandth, more than any crystal drifts.
const CLOCK_FOLLOWS: Duration = Duration::from_micros(20);
/// Missed time up to this length is filled sample by sample, so that a burst can still be put into it. Longer gaps
/// are only counted.
const FILLED_GAP_MS_MAX: u64 = 1_000;

/// A section that is ready to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Samples of both channels.
    Audio(Vec<Stereo>),
    /// This many samples of silence in both channels.
    Silence(u64),
}

/// A lead, or a lag, that is not jitter.
#[derive(Clone, Copy, Debug)]
struct Correction {
    /// Samples to cut off; to fill if negative.
    samples: i64,
    /// Since when that is so.
    since: Duration,
}

/// See the module's description. Moments are given as the time since any fixed one.
pub(super) struct Timeline {
    rate: SampleRate,
    /// Place of the first sample of `left` and `right`; everything before has been passed on.
    base: u64,
    left: VecDeque<i16>,
    right: VecDeque<i16>,
    /// The places of the zeros of each hole, in order, as long as nothing took their room and not all of them are
    /// passed on: a network that recovers, or a machine, makes several.
    holes: Vec<Range<u64>>,
    /// The places of the zeros of the most recently missed ticks.
    missed: Range<u64>,
    /// The moment of place 0. May be before the reference moment, so in signed microseconds.
    origin_us: Option<i64>,
    /// The least and the greatest lead of the bursts since `lead_since`; a lag is a negative lead.
    lead_min: i64,
    lead_max: i64,
    lead_since: Duration,
    /// The correction that waits for a pause of the caller.
    correction: Option<Correction>,
    /// Sound that is kept back in a hole, in ms; unknown before the first burst.
    held_in_hole_ms: Option<u32>,
    ready: Vec<Section>,
    left_samples_dropped: u64,
}

impl Timeline {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            base: 0,
            left: VecDeque::new(),
            right: VecDeque::new(),
            holes: Vec::new(),
            missed: 0..0,
            origin_us: None,
            lead_min: i64::MAX,
            lead_max: i64::MIN,
            lead_since: Duration::ZERO,
            correction: None,
            held_in_hole_ms: None,
            ready: Vec::new(),
            left_samples_dropped: 0,
        }
    }

    /// Samples of the caller that found no place: too far ahead, or too old.
    pub(super) fn left_samples_dropped(&self) -> u64 {
        self.left_samples_dropped
    }

    /// A tick of the caller's ear, which was played `right`: 20 ms or less (the rest is silence).
    pub(super) fn tick(&mut self, at: Duration, right: &[i16]) {
        self.follow_clock(at);
        let frame_len = self.rate.samples_per_frame();
        let end = self.right.len() + frame_len;
        make_room(&mut self.right, self.rate.samples_in_ms(RIGHT_ROOM_MS));
        self.right.extend(&right[..right.len().min(frame_len)]);
        self.right.resize(end, 0);
        self.give_blocks();
    }

    /// A burst was read from the caller's connection. Before the first tick there is no place for it.
    pub(super) fn heard(&mut self, at: Duration, burst: &[i16]) {
        let Some(origin_us) = self.origin_us else {
            return;
        };
        let place_now = (micros(at) - origin_us) * i64::from(self.rate.hz()) / 1_000_000;
        let own_place = place_now - burst.len() as i64;
        let end_of_left = self.base as i64 + self.left.len() as i64;
        let lead = end_of_left - own_place;
        if place_now - self.end_of_right() as i64 > self.samples(FILLED_GAP_MS_MAX as u32) {
            // No ticks come any more: there is no place for it, and it must not pile up.
            self.left_samples_dropped += burst.len() as u64;
            return;
        }

        let is_long = burst.len() > self.rate.samples_in_ms(SHORT_BURST_MS_MAX);
        let held_ms = self.held_in_hole_ms.get_or_insert(HELD_IN_HOLE_MS);
        if is_long {
            *held_ms = HELD_FOR_MESSAGE_MS;
        }

        // The first burst has none before it.
        let is_first = self.base == 0 && self.left.is_empty();
        let lag_max = if is_first { 0 } else { self.samples(CONTIGUOUS_MS) };
        let ahead = lead - self.take_back(lead);
        let (zeros, cut) = if ahead < -lag_max {
            let zeros = own_place.saturating_sub(end_of_left);
            self.holes.push(end_of_left as u64..(end_of_left + zeros) as u64);
            self.correction = None;
            (zeros, 0)
        } else if ahead > self.samples(AHEAD_MS_MAX) {
            (0, ahead)
        } else {
            self.note_lead(at, ahead);
            let corrected = self.correct(at, burst);
            (-corrected, corrected)
        };
        let cut = (cut.max(0) as usize).min(burst.len());
        self.left_samples_dropped += cut as u64;
        make_room(&mut self.left, self.rate.samples_in_ms(LEFT_ROOM_MS));
        self.left.resize(self.left.len() + zeros.max(0) as usize, 0);
        self.left.extend(&burst[cut..]);
    }

    /// Takes up to this many of the holes' zeros out again, as long as they are not passed on. Returns how many were taken out.
    fn take_back(&mut self, samples: i64) -> i64 {
        let wanted = samples.max(0) as u64;
        let mut taken = 0;
        while taken < wanted
            && let Some(hole) = self.holes.last_mut()
        {
            let first = hole.start.max(self.base);
            let part = (hole.end - first).min(wanted - taken);
            let until = (hole.end - self.base) as usize;
            self.left.drain(until - part as usize..until);
            hole.end -= part;
            taken += part;
            if hole.end == first {
                self.holes.pop();
            }
        }
        taken as i64
    }

    /// Time that passed without ticks: silence in both channels.
    pub(super) fn gap(&mut self, ms: u64) {
        let samples = ms.min(RECORDING_GAP_MS_MAX) * u64::from(self.rate.hz()) / 1000;
        if ms <= FILLED_GAP_MS_MAX {
            self.right.resize(self.right.len() + samples as usize, 0);
            self.give_blocks();
            return;
        }
        self.give_rest();
        self.base += samples;
        self.ready.push(Section::Silence(samples));
    }

    /// Ends the recording where the right channel ends.
    pub(super) fn finish(&mut self) {
        self.give_rest();
    }

    /// Takes the sections that are ready to be written, in order.
    pub(super) fn take_ready(&mut self) -> Vec<Section> {
        std::mem::take(&mut self.ready)
    }

    /// Corrects the moment of place 0 by a tick. A tick may be late, but never early. So the earliest ticks decide,
    /// and later ones only if all of them are late. Ticks that were missed altogether are time that passed in
    /// silence. If they come after all, in one go, they take the room of that silence; otherwise the recording would
    /// be longer than the call.
    fn follow_clock(&mut self, at: Duration) {
        let Some(origin) = self.origin_us else {
            self.origin_us = Some(self.origin_by_tick_us(at));
            self.lead_since = at;
            return;
        };
        let late_us = self.origin_by_tick_us(at) - origin;
        if late_us > micros(MISSED_TICKS) {
            let missed_ms = late_us as u64 / 1_000 / u64::from(FRAME_MS) * u64::from(FRAME_MS);
            let begin = self.end_of_right();
            self.gap(missed_ms);
            self.missed = begin..self.end_of_right();
            // If the gap was cut short, the recording goes on from here.
            let unfilled_ms = missed_ms.saturating_sub(RECORDING_GAP_MS_MAX);
            self.origin_us = Some(origin.saturating_add_unsigned(unfilled_ms.saturating_mul(1_000)));
        } else {
            self.take_back_missed(u64::try_from(-late_us).unwrap_or(0));
            let origin_now = self.origin_by_tick_us(at);
            // Until the due tick, the silence of missed ticks is too long by less than half a frame.
            let is_early = origin_now < origin && self.missed.end > self.base.max(self.missed.start);
            self.origin_us =
                Some(if is_early { origin } else { origin_now.min(origin + micros(CLOCK_FOLLOWS)) });
        }
    }

    /// The moment of place 0 according to a tick that comes now.
    fn origin_by_tick_us(&self, at: Duration) -> i64 {
        micros(at) - self.end_of_right() as i64 * 1_000_000 / i64::from(self.rate.hz())
    }

    /// Takes out the zeros of missed ticks by which a tick is early, as long as they are not passed on. In whole
    /// frames, because the sound is in frames.
    fn take_back_missed(&mut self, early_us: u64) {
        let (frame_us, frame) = (u64::from(FRAME_MS) * 1_000, self.rate.samples_in_ms(FRAME_MS) as u64);
        let there = self.missed.end.saturating_sub(self.missed.start.max(self.base));
        let part = ((early_us + frame_us / 2) / frame_us).min(there / frame) * frame;
        if part > 0 {
            let until = (self.missed.end - self.base) as usize;
            self.right.drain(until - part as usize..until);
            self.missed.end -= part;
        }
    }

    fn end_of_right(&self) -> u64 {
        self.base + self.right.len() as u64
    }

    /// Notes the lead of a burst; a lag is a negative lead. The part that all bursts of two seconds have in common is
    /// to be corrected, once it is more than jitter.
    fn note_lead(&mut self, at: Duration, lead: i64) {
        self.lead_min = self.lead_min.min(lead);
        self.lead_max = self.lead_max.max(lead);
        if at.saturating_sub(self.lead_since) < LEAD_WINDOW {
            return;
        }
        self.lead_since = at;
        let least = std::mem::replace(&mut self.lead_min, i64::MAX);
        let greatest = std::mem::replace(&mut self.lead_max, i64::MIN);
        let jitter = self.samples(LASTING_LEAD_MS);
        let lasting = match (least > jitter, greatest < -jitter) {
            (true, _) => least,
            (_, true) => greatest,
            _ => 0,
        };
        let since = self.correction.map_or(at, |waiting| waiting.since);
        self.correction = (lasting != 0).then_some(Correction { samples: lasting, since });
    }

    /// The samples of this burst to cut off, or the number to fill as a negative number. Done in a pause, so that no
    /// word is torn, unless no pause comes.
    fn correct(&mut self, at: Duration, burst: &[i16]) -> i64 {
        let Some(Correction { samples, since }) = self.correction else {
            return 0;
        };
        let is_quiet = burst.iter().all(|sample| level::is_quiet(*sample));
        if !is_quiet && at.saturating_sub(since) < PAUSE_AWAITED {
            return 0;
        }
        let corrected = samples.min(burst.len() as i64);
        self.correction =
            Some(Correction { samples: samples - corrected, since }).filter(|rest| rest.samples != 0);
        corrected
    }

    fn give_blocks(&mut self) {
        let block = self.rate.samples_in_ms(BLOCK_MS);
        let is_due = |timeline: &Self| {
            let is_held = timeline.left.len() < block || !timeline.holes.is_empty();
            let in_hole = timeline.held_in_hole_ms.unwrap_or(HELD_FOR_MESSAGE_MS);
            let held = if is_held { in_hole } else { HELD_MS };
            timeline.right.len() >= block + timeline.rate.samples_in_ms(held)
        };
        while is_due(self) {
            self.give(block);
        }
    }

    fn give_rest(&mut self) {
        self.give(self.right.len());
        // The caller's sound ahead of the last tick has no place in a gap or after the end.
        self.left_samples_dropped += self.left.len() as u64;
        self.left.clear();
        self.holes.clear();
        self.correction = None;
    }

    fn give(&mut self, samples: usize) {
        if samples == 0 {
            return;
        }
        if self.left.len() < samples {
            self.left.resize(samples, 0);
        }
        let mut section: Vec<Stereo> = vec![[0; 2]; samples];
        set_channel(&mut section, 0, &self.left);
        set_channel(&mut section, 1, &self.right);
        self.left.drain(..samples);
        self.right.drain(..samples);
        give_room_back(&mut self.left, self.rate.samples_in_ms(LEFT_ROOM_MS));
        give_room_back(&mut self.right, self.rate.samples_in_ms(RIGHT_ROOM_MS));
        self.base += samples as u64;
        self.holes.retain(|hole| hole.end > self.base);
        self.ready.push(Section::Audio(section));
    }

    fn samples(&self, ms: u32) -> i64 {
        self.rate.samples_in_ms(ms) as i64
    }
}

/// Puts the first samples of a channel into a section, as many as there are. Slice by slice: sample by sample through
/// both queues took a quarter of the time of a recording.
fn set_channel(section: &mut [Stereo], channel: usize, from: &VecDeque<i16>) {
    let (first, second) = from.as_slices();
    let (before, after) = section.split_at_mut(first.len().min(section.len()));
    for (part, samples) in [(before, first), (after, second)] {
        for (stereo, sample) in part.iter_mut().zip(samples) {
            stereo[channel] = *sample;
        }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Allocates the initial room of a channel that never had a sample.
fn make_room(channel: &mut VecDeque<i16>, samples: usize) {
    if channel.capacity() == 0 {
        channel.reserve_exact(samples);
    }
}

/// Shrinks a channel to its initial room after sound was kept back in a hole, once that sound is passed on. Each call
/// begins with such a hole, and the channel would otherwise keep twice its room for the whole call.
fn give_room_back(channel: &mut VecDeque<i16>, samples: usize) {
    if channel.capacity() > samples && channel.len() <= samples {
        channel.shrink_to(samples);
    }
}

#[cfg(test)]
mod tests;
