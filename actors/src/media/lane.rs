//! A lane: sound of one cord that waits in an ear, at the ear's rate, in the order in which it was spoken.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use cordboard_schema::audio::{Frame, Law, Resampler, SampleRate, g711, level};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::limits::{LANE_MS_MAX, LANE_PIECES_MAX, LIVE_LANE_MS_KEPT, LIVE_LANE_MS_MAX};
use tokio::time::Instant;

/// Live audio that is left over at this many ticks of a paced ear in a row is cut back in a pause: 2 s, so that jitter is not a reason.
const SURPLUS_TICKS: u32 = 100;
/// The same in the middle of a word, if the voice makes no pause: 5 s.
const SURPLUS_TICKS_OF_SPEECH: u32 = 250;

/// Duration of a fade-in, in ms.
const FADE_MS: u32 = 5;

/// Pieces for which an empty lane keeps room: a live voice has fewer, a long answer has hundreds.
const PIECES_KEPT: usize = 16;

/// How much of an item a leg was given. Reported once, when the item leaves the ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemPlayed {
    /// The item, as its speaker numbered it.
    pub item: ItemId,
    /// Milliseconds of it that were handed to the connection, without padding.
    pub ms: u64,
    /// Why it left.
    pub end: ItemEnd,
}

impl From<ItemPlayed> for Fact {
    fn from(played: ItemPlayed) -> Self {
        let end = match played.end {
            ItemEnd::Finished => PlayedEnd::Finished,
            // A part of it was never heard, so it was not played to its end.
            ItemEnd::Cleared | ItemEnd::DroppedAtBound => PlayedEnd::Cleared,
        };
        Self::PlayedUntil { item: played.item, heard_ms: played.ms, end }
    }
}

/// Why an item leaves an ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemEnd {
    /// Its last sample was handed on.
    Finished,
    /// It was cleared, or its cord ended.
    Cleared,
    /// It reached its end, but a part of it was dropped because the lane was full.
    DroppedAtBound,
}

/// The position up to which an item has been given, reported with a frame that contains some of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemGiven {
    /// The item, as its speaker numbered it.
    pub item: ItemId,
    /// Milliseconds of it that were given, including this frame, without padding.
    pub until_ms: u64,
}

/// Losses of an ear since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarCounters {
    /// Pieces of live audio dropped because they waited too long; the oldest are dropped first.
    pub live_pieces_dropped: u64,
    /// Pieces of items refused because their lane was full.
    pub item_pieces_refused: u64,
    /// Pieces that came for an item after it was cleared or ended.
    pub late_pieces: u64,
    /// Times that an item ran dry before its end.
    pub underruns: u64,
}

/// The format that an ear expects of its lanes: samples at this rate, and G.711 of this law unchanged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) rate: SampleRate,
    pub(super) law: Option<Law>,
}

impl Format {
    /// Converts a frame of this rate to the form that the ear takes.
    fn as_heard(self, frame: &Frame) -> Frame {
        match frame {
            Frame::G711 { law, .. } if self.law != Some(*law) => {
                self.part_as_heard(frame, 0..frame.sample_count())
            }
            Frame::Pcm { .. } | Frame::G711 { .. } => frame.clone(),
        }
    }

    /// The same for a part of a frame of this rate; the part must be within the frame.
    fn part_as_heard(self, frame: &Frame, part: Range<usize>) -> Frame {
        match frame {
            Frame::G711 { law, bytes } if self.law == Some(*law) => {
                Frame::G711 { law: *law, bytes: Arc::from(&bytes[part]) }
            }
            Frame::G711 { law, bytes } => {
                let samples: Arc<[i16]> =
                    bytes[part].iter().map(|&octet| g711::decode(*law, octet)).collect();
                Frame::pcm(self.rate, samples)
            }
            Frame::Pcm { samples, .. } => Frame::pcm(self.rate, &samples[part]),
        }
    }
}

#[derive(Debug)]
enum Entry {
    /// Audio, of which `used` samples have been handed on already.
    Audio { origin: Origin, frame: Frame, used: usize },
    /// No more audio of this item follows.
    End(ItemId),
}

/// The source of audio.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Item(ItemId),
    /// A live voice, and since when this audio has waited.
    Live(Instant),
}

impl Origin {
    fn item(self) -> Option<ItemId> {
        match self {
            Self::Item(item) => Some(item),
            Self::Live(_) => None,
        }
    }

    fn waits_since(self) -> Option<Instant> {
        match self {
            Self::Item(_) => None,
            Self::Live(since) => Some(since),
        }
    }
}

/// A part of an item that waits in a lane, for an ear that is to hear it as well.
pub(super) enum Waiting {
    Sound(ItemId, Frame),
    End(ItemId),
}

/// An item that has begun in the lane and has not left it.
struct OpenItem {
    id: ItemId,
    samples_given: u64,
    cut_short: bool,
}

/// Audio that is being converted from the speaker's rate to the ear's.
struct Conversion {
    item: Option<ItemId>,
    resampler: Resampler,
}

/// See the module's description.
pub(super) struct Lane {
    pub(super) from: LegId,
    format: Format,
    queue: VecDeque<Entry>,
    samples_queued: u64,
    /// The highest rate at which a part of the waiting sound, or of the sound that was last taken, was spoken.
    spoken_at: SampleRate,
    open: Vec<OpenItem>,
    /// The last item that was ended or cleared; no more audio of it or of earlier items is taken.
    closed: Option<ItemId>,
    conversion: Option<Conversion>,
    /// An underrun is counted once, not at each tick of its duration.
    dry: bool,
    /// Ticks in a row at which live audio was left over.
    surplus_ticks: u32,
    /// Live audio that may wait, in ms.
    live_ms_max: u64,
    /// The first live audio comes from the middle of a word.
    fades_in: bool,
}

impl Lane {
    pub(super) fn new(from: LegId, format: Format, fades_in: bool) -> Self {
        Self {
            from,
            format,
            queue: VecDeque::new(),
            samples_queued: 0,
            spoken_at: format.rate,
            open: Vec::new(),
            closed: None,
            conversion: None,
            dry: false,
            surplus_ticks: 0,
            live_ms_max: LIVE_LANE_MS_MAX,
            fades_in,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The highest rate at which a part of the waiting sound was spoken.
    pub(super) fn spoken_at(&self) -> SampleRate {
        self.spoken_at
    }

    pub(super) fn queued_ms(&self) -> u64 {
        self.format.rate.ms_of_samples(self.samples_queued)
    }

    /// Live audio comes in pieces of this length, in ms: one of them may wait in addition.
    pub(super) fn keep_live(&mut self, piece_ms: u64) {
        self.live_ms_max = self.live_ms_max.max(LIVE_LANE_MS_MAX.saturating_add(piece_ms));
    }

    /// Takes in a frame of any rate and law.
    pub(super) fn push(&mut self, item: Option<ItemId>, frame: &Frame, counters: &mut EarCounters) {
        if frame.sample_count() == 0 {
            return;
        }
        if item.is_some() && item <= self.closed {
            counters.late_pieces += 1;
            return;
        }
        let before = Some(self.spoken_at).filter(|_| !self.is_empty());
        self.spoken_at = before.map_or(frame.rate(), |before| before.max(frame.rate()));
        if let Some(item) = item {
            // The item has begun, although a conversion may keep its first milliseconds back.
            self.open_item(item);
        }
        if std::mem::take(&mut self.fades_in) && item.is_none() {
            return self.take_as_spoken(item, &faded_in(frame), counters);
        }
        self.take_as_spoken(item, frame, counters);
    }

    fn take_as_spoken(&mut self, item: Option<ItemId>, frame: &Frame, counters: &mut EarCounters) {
        match frame {
            Frame::Pcm { rate, samples } if *rate != self.format.rate => {
                self.convert(item, *rate, samples, counters);
            }
            Frame::G711 { law, bytes } if frame.rate() != self.format.rate => {
                self.convert(item, frame.rate(), &g711::decode_all(*law, bytes), counters);
            }
            // Octets are stored as octets, whatever the ear takes: seconds of an answer take half the room.
            Frame::Pcm { .. } | Frame::G711 { .. } => {
                self.flush_conversion(counters);
                self.enqueue(item, frame.clone(), counters);
            }
        }
    }

    /// Marks the end of an item: the rest in its conversion is queued, and no more audio of it is taken.
    pub(super) fn end_item(&mut self, item: ItemId, counters: &mut EarCounters) {
        if Some(item) <= self.closed {
            return;
        }
        self.flush_conversion(counters);
        self.closed = Some(item);
        self.open_item(item);
        self.queue.push_back(Entry::End(item));
    }

    /// Returns what waits here of items, in order. A live voice has no rest that is worth hearing. An item that has begun already is faded in, so
    /// that its rest does not begin with a click.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        let part = |entry: &Entry| match entry {
            Entry::Audio { origin: Origin::Item(item), frame, used } => {
                Some(Waiting::Sound(*item, rest_of(frame, *used)))
            }
            Entry::Audio { origin: Origin::Live(_), .. } => None,
            Entry::End(item) => Some(Waiting::End(*item)),
        };
        let mut waiting: Vec<Waiting> = self.queue.iter().filter_map(part).collect();
        if let Some(Waiting::Sound(item, frame)) = waiting.first_mut()
            && self.open.iter().any(|open| open.id == *item && open.samples_given > 0)
        {
            *frame = faded_in(frame);
        }
        waiting
    }

    /// Takes in what waits in the lane of another ear.
    pub(super) fn take_in(&mut self, waiting: Vec<Waiting>, counters: &mut EarCounters) {
        for part in waiting {
            match part {
                Waiting::Sound(item, frame) => self.push(Some(item), &frame, counters),
                Waiting::End(item) => self.end_item(item, counters),
            }
        }
    }

    /// Empties the lane. Returns every item that had begun in it, as cleared.
    pub(super) fn clear(&mut self) -> Vec<ItemPlayed> {
        self.queue.clear();
        self.give_room_back();
        self.samples_queued = 0;
        self.conversion = None;
        self.dry = false;
        self.closed = self.closed.max(self.open.iter().map(|open| open.id).max());
        let rate = self.format.rate;
        self.open
            .drain(..)
            .map(|open| ItemPlayed {
                item: open.id,
                ms: rate.ms_of_samples(open.samples_given),
                end: ItemEnd::Cleared,
            })
            .collect()
    }

    /// Takes a frame of exactly 20 ms at the ear's rate, or `None` if the lane has nothing to say at this tick.
    ///
    /// Less than a frame waits for more, unless it is the last of its item: then it is padded with silence. Items
    /// that end with this frame are appended to `played`.
    pub(super) fn take_frame(
        &mut self,
        played: &mut Vec<ItemPlayed>,
        counters: &mut EarCounters,
    ) -> Option<(Frame, Option<ItemGiven>)> {
        self.take_ends(played);
        let frame_len = self.format.rate.samples_per_frame();
        let Some(run) = self.front_run(frame_len).filter(|run| run.samples == frame_len || run.is_closed)
        else {
            self.count_underrun(counters);
            return None;
        };
        self.dry = false;
        let frame = self.cut(run.samples, frame_len);
        let given = self.give(run.item, run.samples);
        self.take_ends(played);
        if run.item.is_none() {
            self.cut_back_surplus(counters);
        }
        Some((frame, given))
    }

    /// Takes the next piece as it came in, for an ear that forwards at once. For live audio it also returns since
    /// when the piece waited.
    pub(super) fn take_piece(&mut self, played: &mut Vec<ItemPlayed>) -> Option<(Frame, Option<Instant>)> {
        self.take_ends(played);
        let Some(Entry::Audio { origin, frame, used }) = self.queue.front() else {
            return None;
        };
        let (item, rest, since) = (origin.item(), frame.sample_count() - used, origin.waits_since());
        let piece = self.cut(rest, rest);
        self.give(item, rest);
        self.take_ends(played);
        Some((piece, since))
    }

    fn convert(
        &mut self,
        item: Option<ItemId>,
        from: SampleRate,
        samples: &[i16],
        counters: &mut EarCounters,
    ) {
        let continues = |running: &Conversion| running.item == item && running.resampler.from_rate() == from;
        if !self.conversion.as_ref().is_some_and(continues) {
            self.flush_conversion(counters);
        }
        let to = self.format.rate;
        let running = self.conversion.get_or_insert_with(|| Conversion {
            item,
            // An item waits in the lane anyway; a live voice must come in whole frames, at once.
            resampler: if item.is_some() { Resampler::new(from, to) } else { Resampler::live(from, to) },
        });
        let mut converted = Vec::new();
        running.resampler.push(samples, &mut converted);
        if !converted.is_empty() {
            self.enqueue(item, Frame::pcm(to, converted), counters);
        }
    }

    /// Ends a running conversion, so that its last milliseconds are heard before the next audio.
    fn flush_conversion(&mut self, counters: &mut EarCounters) {
        if let Some(mut ended) = self.conversion.take() {
            let mut tail = Vec::new();
            ended.resampler.finish(&mut tail);
            if !tail.is_empty() {
                self.enqueue(ended.item, Frame::pcm(self.format.rate, tail), counters);
            }
        }
    }

    fn enqueue(&mut self, item: Option<ItemId>, frame: Frame, counters: &mut EarCounters) {
        let samples = frame.sample_count() as u64;
        let ms_after = self.format.rate.ms_of_samples(self.samples_queued + samples);
        let is_full = ms_after > LANE_MS_MAX || self.queue.len() >= LANE_PIECES_MAX;
        if let Some(item) = item {
            let open = self.open_item(item);
            open.cut_short |= is_full;
        }
        if is_full {
            match item {
                Some(_) => counters.item_pieces_refused += 1,
                None => counters.live_pieces_dropped += 1,
            }
            return;
        }
        let origin = item.map_or_else(|| Origin::Live(Instant::now()), Origin::Item);
        self.queue.push_back(Entry::Audio { origin, frame, used: 0 });
        self.samples_queued += samples;
        if item.is_none() {
            while self.queued_ms() > self.live_ms_max && self.drop_oldest_live() {
                counters.live_pieces_dropped += 1;
            }
        }
    }

    fn open_item(&mut self, id: ItemId) -> &mut OpenItem {
        let at = self.open.iter().position(|open| open.id == id).unwrap_or_else(|| {
            self.open.push(OpenItem { id, samples_given: 0, cut_short: false });
            self.open.len() - 1
        });
        &mut self.open[at]
    }

    /// Takes the markers off the front of the queue: those items have been heard to their end.
    fn take_ends(&mut self, played: &mut Vec<ItemPlayed>) {
        while let Some(Entry::End(item)) = self.queue.front() {
            let item = *item;
            self.queue.pop_front();
            if let Some(at) = self.open.iter().position(|open| open.id == item) {
                let open = self.open.remove(at);
                let end = if open.cut_short { ItemEnd::DroppedAtBound } else { ItemEnd::Finished };
                played.push(ItemPlayed { item, ms: self.format.rate.ms_of_samples(open.samples_given), end });
            }
        }
        self.give_room_back();
    }

    /// An answer of half a minute, which a provider sends at once, needs 24 KB here. That room is not kept for the
    /// rest of the call.
    fn give_room_back(&mut self) {
        if self.queue.is_empty() {
            self.queue.shrink_to(PIECES_KEPT);
        }
    }

    /// The front of the queue, up to `limit` samples of one item.
    fn front_run(&self, limit: usize) -> Option<Run> {
        let Some(Entry::Audio { origin: of_run, .. }) = self.queue.front() else {
            return None;
        };
        let mut run = Run { item: of_run.item(), samples: 0, is_closed: false };
        for entry in &self.queue {
            match entry {
                Entry::Audio { origin, frame, used } if origin.item() == run.item => {
                    run.samples += frame.sample_count() - used;
                }
                Entry::Audio { .. } | Entry::End(_) => run.is_closed = true,
            }
            if run.is_closed || run.samples >= limit {
                break;
            }
        }
        run.samples = run.samples.min(limit);
        Some(run)
    }

    /// Takes `samples` samples of the front run off the queue, as a frame of `len` samples (at least that many).
    fn cut(&mut self, samples: usize, len: usize) -> Frame {
        if let Some(Entry::Audio { frame, used: 0, .. }) = self.queue.front()
            && frame.sample_count() == len
        {
            let whole = self.format.as_heard(frame);
            self.queue.pop_front();
            return whole;
        }
        let format = self.format;
        if samples == len
            && let Some(Entry::Audio { frame, used, .. }) = self.queue.front_mut()
            && frame.sample_count() - *used > len
        {
            // Seconds of an answer come in pieces of many frames: most frames are a part of one piece.
            let part = format.part_as_heard(frame, *used..*used + len);
            *used += len;
            return part;
        }
        let mut cut = Cut::default();
        let mut missing = samples;
        while let Some(Entry::Audio { frame, used, .. }) = self.queue.front_mut()
            && missing > 0
        {
            let part = missing.min(frame.sample_count() - *used);
            cut.append(frame, *used..*used + part);
            *used += part;
            missing -= part;
            if *used == frame.sample_count() {
                self.queue.pop_front();
            }
        }
        cut.into_frame(format, len)
    }

    /// Accounts for samples that left the queue.
    fn give(&mut self, item: Option<ItemId>, samples: usize) -> Option<ItemGiven> {
        self.samples_queued -= samples as u64;
        let (item, rate) = (item?, self.format.rate);
        let open = self.open_item(item);
        open.samples_given += samples as u64;
        Some(ItemGiven { item, until_ms: rate.ms_of_samples(open.samples_given) })
    }

    fn count_underrun(&mut self, counters: &mut EarCounters) {
        let inside_an_item = self.open.iter().any(|open| open.samples_given > 0);
        if inside_an_item && !self.dry {
            self.dry = true;
            counters.underruns += 1;
        }
    }

    /// Live audio that still waits at every tick for seconds is the rest of a burst, and only delays the voice.
    fn cut_back_surplus(&mut self, counters: &mut EarCounters) {
        if self.queued_ms() <= LIVE_LANE_MS_KEPT {
            self.surplus_ticks = 0;
            return;
        }
        self.surplus_ticks += 1;
        let is_due = self.surplus_ticks > SURPLUS_TICKS_OF_SPEECH
            || (self.surplus_ticks >= SURPLUS_TICKS && self.is_quiet_at_front());
        if is_due && self.drop_oldest_live() {
            // The next pause is used at once.
            self.surplus_ticks = SURPLUS_TICKS;
            counters.live_pieces_dropped += 1;
        }
    }

    /// Whether the piece at the front is no louder than a pause.
    fn is_quiet_at_front(&self) -> bool {
        match self.queue.front() {
            Some(Entry::Audio { frame: Frame::Pcm { samples, .. }, used, .. }) => {
                samples[*used..].iter().all(|sample| level::is_quiet(*sample))
            }
            Some(Entry::Audio { frame: Frame::G711 { law, bytes }, used, .. }) => {
                bytes[*used..].iter().all(|octet| level::is_quiet(g711::decode(*law, *octet)))
            }
            Some(Entry::End(_)) | None => false,
        }
    }

    /// Drops the piece at the front if it is live, and returns whether it did.
    fn drop_oldest_live(&mut self) -> bool {
        let Some(Entry::Audio { origin: Origin::Live(_), frame, used }) = self.queue.front() else {
            return false;
        };
        self.samples_queued -= (frame.sample_count() - used) as u64;
        self.queue.pop_front();
        true
    }
}

/// Returns the frame with a beginning that rises from silence.
fn faded_in(frame: &Frame) -> Frame {
    let (rate, mut samples) = (frame.rate(), frame.to_samples());
    let ramp = rate.samples_in_ms(FADE_MS).min(samples.len());
    for (sample, at) in samples.iter_mut().take(ramp).zip(0_i32..) {
        *sample = (i32::from(*sample) * at / i32::try_from(ramp).unwrap_or(i32::MAX)) as i16;
    }
    Frame::pcm(rate, samples)
}

/// Returns the frame without its first samples.
fn rest_of(frame: &Frame, used: usize) -> Frame {
    match frame {
        _ if used == 0 => frame.clone(),
        Frame::G711 { law, bytes } => Frame::G711 { law: *law, bytes: Arc::from(&bytes[used..]) },
        Frame::Pcm { rate, samples } => Frame::pcm(*rate, &samples[used..]),
    }
}

/// The samples at the front of a queue that belong together.
struct Run {
    item: Option<ItemId>,
    samples: usize,
    /// Something else follows, so the run can't get longer.
    is_closed: bool,
}

/// A frame that is put together from parts: octets as long as all parts are octets of one law, otherwise samples.
#[derive(Default)]
struct Cut {
    law: Option<Law>,
    octets: Vec<u8>,
    samples: Vec<i16>,
}

impl Cut {
    fn append(&mut self, frame: &Frame, part: Range<usize>) {
        match frame {
            Frame::G711 { law, bytes }
                if self.samples.is_empty() && self.law.is_none_or(|begun| begun == *law) =>
            {
                self.law = Some(*law);
                self.octets.extend_from_slice(&bytes[part]);
            }
            Frame::G711 { law, bytes } => {
                self.decode_octets();
                self.samples.extend(g711::decode_all(*law, &bytes[part]));
            }
            Frame::Pcm { samples, .. } => {
                self.decode_octets();
                self.samples.extend_from_slice(&samples[part]);
            }
        }
    }

    fn decode_octets(&mut self) {
        if let Some(law) = self.law.take() {
            self.samples = g711::decode_all(law, &self.octets);
        }
    }

    fn into_frame(mut self, format: Format, len: usize) -> Frame {
        if self.law != format.law {
            self.decode_octets();
        }
        match self.law {
            Some(law) => {
                self.octets.resize(len, g711::silence(law));
                Frame::G711 { law, bytes: self.octets.into() }
            }
            None => {
                self.samples.resize(len, 0);
                Frame::pcm(format.rate, self.samples)
            }
        }
    }
}
