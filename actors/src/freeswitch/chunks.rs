//! How much of the audio that was sent to a switch its caller has heard.
//!
//! A FreeSWITCH plays audio in chunks, later than it gets them. A chunk is *settled* once it is known how much of it was
//! heard. An item is reported to the call once all its chunks are settled and no more of it will come. Pure: the time is
//! an argument, in ms of any clock that does not go back.
//!
//! A link to the switch has the chunks played. If that link is lost, nothing is sent until another one takes over. Audio that the
//! switch has by then is heard. If it is unknown whether the switch has a chunk, everything is stopped, and what was not heard is
//! sent again.

use std::collections::VecDeque;
use std::rc::Rc;

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::limits::{
    STREAM_AWAY_MS_MAX, STREAM_CHUNK_LOST_MS, STREAM_CHUNKS_OF_LEG_MAX, STREAM_STOP_MS_MAX,
};

use super::gathering::Gathered;
use crate::media::{ItemEnd, ItemGiven, ItemPlayed};
use crate::messages::PlaybackEvent;

/// A part of an item within a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The item.
    pub(super) item: ItemId,
    /// Its start within the chunk, in ms.
    pub(super) at_ms: u64,
    /// Its length in ms.
    pub(super) ms: u64,
}

impl Span {
    /// Returns how many ms of it are within the first `heard_ms` of its chunk.
    fn heard_of(&self, heard_ms: u64) -> u64 {
        heard_ms.saturating_sub(self.at_ms).min(self.ms)
    }
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct Chunks {
    /// The number of the next chunk.
    next: u64,
    /// Unsettled chunks, in the order in which they were sent.
    sent: VecDeque<SentChunk>,
    /// Items that were not reported yet, in the order in which they were given.
    items: VecDeque<Item>,
    /// Until when to wait for another link, while none has chunks played.
    away_until_ms: Option<u64>,
    /// Audio that was not heard when the link changed, in order.
    again: Vec<Gathered>,
}

#[derive(Debug)]
struct SentChunk {
    number: u64,
    ms: u64,
    samples: Rc<[i16]>,
    spans: Vec<Span>,
    /// Whether another link is stopping it, so that its unheard part is sent again.
    is_wanted: bool,
    began_at_ms: Option<u64>,
    /// When the switch was told to stop it.
    stopped_at_ms: Option<u64>,
    /// When it is settled if the switch does not report its end.
    settle_at_ms: u64,
}

#[derive(Debug)]
struct Item {
    item: ItemId,
    /// Milliseconds that the ear has given.
    given_ms: u64,
    /// Milliseconds that are settled: heard or not.
    settled_ms: u64,
    heard_ms: u64,
    /// How it left the ear, once it has.
    end: Option<ItemEnd>,
}

impl Chunks {
    /// Starts for a leg that has sent nothing yet. Its numbers are above those of every leg before it. The switch's side of the
    /// channel outlives a leg, and would take a repeated number for a chunk that arrived too late.
    pub(super) fn of(leg: LegId) -> Self {
        let next = leg.0.saturating_sub(1) * STREAM_CHUNKS_OF_LEG_MAX + 1;
        let (sent, items) = (VecDeque::new(), VecDeque::new());
        Self { next, sent, items, away_until_ms: None, again: Vec::new() }
    }

    /// Notes a frame of an item that the ear gave. Returns how many ms of it are new.
    pub(super) fn given(&mut self, given: ItemGiven) -> u64 {
        let item = self.item(given.item);
        let ms = given.until_ms.saturating_sub(item.given_ms);
        item.given_ms += ms;
        ms
    }

    /// Notes that audio which was given will not be sent.
    pub(super) fn dropped(&mut self, spans: &[Span]) {
        self.settle(spans, 0);
    }

    /// Notes that the ear will give no more of an item. Returns the items that can be reported now, as the other methods do.
    pub(super) fn left_ear(&mut self, played: ItemPlayed) -> Vec<ItemPlayed> {
        self.item(played.item).end = Some(played.end);
        self.take_complete()
    }

    /// Returns whether a chunk that is sent now would be played.
    pub(super) fn may_send(&self) -> bool {
        self.away_until_ms.is_none() && !self.sent.iter().any(|chunk| chunk.is_wanted)
    }

    /// Notes a chunk that is sent. Returns its number and its samples.
    pub(super) fn sent(&mut self, now_ms: u64, chunk: Gathered) -> (u64, Rc<[i16]>) {
        let Gathered { samples, spans, ms } = chunk;
        let (number, samples) = (self.next, Rc::from(samples));
        self.next += 1;
        self.sent.push_back(SentChunk {
            number,
            ms,
            samples: Rc::clone(&samples),
            spans,
            is_wanted: false,
            began_at_ms: None,
            stopped_at_ms: None,
            settle_at_ms: now_ms + self.lead_ms(now_ms) + ms + STREAM_CHUNK_LOST_MS,
        });
        (number, samples)
    }

    /// Takes the audio that is to be sent again.
    pub(super) fn take_again(&mut self) -> Vec<Gathered> {
        std::mem::take(&mut self.again)
    }

    /// Returns how many ms of audio were sent, are to be heard and, as far as is known, were not heard yet.
    pub(super) fn lead_ms(&self, now_ms: u64) -> u64 {
        let sounding = self.sent.iter().filter(|chunk| chunk.stopped_at_ms.is_none());
        sounding.map(|chunk| chunk.ms - chunk.heard_by(now_ms)).sum()
    }

    /// Returns the number of the oldest unsettled chunk, or of the next one if all are settled.
    pub(super) fn oldest(&self) -> u64 {
        self.sent.front().map_or(self.next, |chunk| chunk.number)
    }

    /// Handles a report of the switch about a chunk. A report about a settled chunk changes nothing.
    pub(super) fn playback(&mut self, now_ms: u64, event: PlaybackEvent) -> Vec<ItemPlayed> {
        match event {
            PlaybackEvent::Began { chunk } => self.began(now_ms, chunk),
            PlaybackEvent::Ended { chunk, heard_ms, end } => {
                if let Some(at) = self.place(chunk) {
                    let whole = self.sent[at].ms;
                    let heard_ms = if end == PlayedEnd::Finished { whole } else { heard_ms.min(whole) };
                    self.settle_at(at, heard_ms);
                }
            }
            PlaybackEvent::Emptied => self.emptied(now_ms),
            PlaybackEvent::Given { chunk } => self.given_to_switch(now_ms, chunk),
            PlaybackEvent::Lost => self.away_until_ms = Some(now_ms + STREAM_AWAY_MS_MAX),
            PlaybackEvent::Handed => {}
        }
        self.take_complete()
    }

    /// Handles another link that has chunks played from now on. Returns the first chunk that it is to play, if it has to stop those
    /// before.
    pub(super) fn handed(&mut self, now_ms: u64) -> (Option<u64>, Vec<ItemPlayed>) {
        self.away_until_ms = None;
        self.settle_by_clock(now_ms, |chunk| chunk.heard_until(now_ms) == chunk.ms);
        let is_lost = |chunk: &SentChunk| {
            chunk.is_wanted || (chunk.stopped_at_ms.is_none() && chunk.began_at_ms.is_none())
        };
        if !self.sent.iter().any(is_lost) {
            return (None, self.take_complete());
        }
        for chunk in self.sent.iter_mut().filter(|chunk| chunk.is_for_next_link()) {
            chunk.is_wanted = true;
            chunk.stopped_at_ms.get_or_insert(now_ms);
            chunk.settle_at_ms = now_ms + STREAM_STOP_MS_MAX;
        }
        (Some(self.next), self.take_complete())
    }

    /// Notes that these items were taken out of the ear: nothing of what was sent is to be heard any more. Returns the first chunk
    /// that may be heard again, if the switch has to be told to stop.
    pub(super) fn cleared(&mut self, now_ms: u64, items: &[ItemPlayed]) -> (Option<u64>, Vec<ItemPlayed>) {
        for played in items {
            self.item(played.item).end = Some(ItemEnd::Cleared);
        }
        self.want_nothing_again();
        let mut has_sound = false;
        for chunk in self.sent.iter_mut().filter(|chunk| chunk.stopped_at_ms.is_none()) {
            chunk.stopped_at_ms = Some(now_ms);
            chunk.settle_at_ms = chunk.settle_at_ms.min(now_ms + STREAM_STOP_MS_MAX);
            has_sound = true;
        }
        (has_sound.then_some(self.next), self.take_complete())
    }

    /// Settles chunks that the switch did not report in time. A chunk that had begun was heard until it was stopped, or completely;
    /// one that had not begun was not heard. While another link is awaited, chunks that it will stop stay unsettled.
    pub(super) fn expire(&mut self, now_ms: u64) -> Vec<ItemPlayed> {
        if self.away_until_ms.take_if(|until_ms| *until_ms <= now_ms).is_some() {
            self.want_nothing_again();
        }
        let is_away = self.away_until_ms.is_some();
        self.settle_by_clock(now_ms, |chunk| {
            chunk.settle_at_ms <= now_ms && !(is_away && chunk.is_for_next_link())
        });
        self.take_complete()
    }

    /// Settles everything by the clock, because the leg has ended: nothing more is heard, and no more is going to be known.
    pub(super) fn over(&mut self, now_ms: u64) -> Vec<ItemPlayed> {
        self.want_nothing_again();
        self.settle_by_clock(now_ms, |_| true);
        self.take_complete()
    }

    fn began(&mut self, now_ms: u64, number: u64) {
        let Some(at) = self.place(number) else { return };
        self.sent[at].began_at_ms.get_or_insert(now_ms);
        let mut ends_at_ms = now_ms;
        for chunk in self.sent.range_mut(at..).filter(|chunk| chunk.stopped_at_ms.is_none()) {
            ends_at_ms += chunk.ms;
            chunk.settle_at_ms = ends_at_ms + STREAM_CHUNK_LOST_MS;
        }
    }

    /// Settles chunks that were told to stop: no more of them is heard.
    fn emptied(&mut self, now_ms: u64) {
        self.settle_by_clock(now_ms, |chunk| chunk.stopped_at_ms.is_some());
    }

    /// Notes that the switch has a chunk and that nobody will report when it begins: it follows the one before it.
    fn given_to_switch(&mut self, now_ms: u64, number: u64) {
        let Some(at) = self.place(number) else { return };
        let before = at.checked_sub(1).and_then(|before| self.sent.get(before));
        let free_at_ms = before.and_then(|before| Some(before.began_at_ms? + before.ms));
        let chunk = &mut self.sent[at];
        let began_at_ms = *chunk.began_at_ms.get_or_insert(free_at_ms.unwrap_or(now_ms));
        chunk.settle_at_ms = began_at_ms + chunk.ms + STREAM_CHUNK_LOST_MS;
    }

    /// Drops the audio that was not heard when the link changed: it is not to be heard any more.
    fn want_nothing_again(&mut self) {
        self.sent.iter_mut().for_each(|chunk| chunk.is_wanted = false);
        for chunk in self.take_again() {
            self.settle(&chunk.spans, 0);
        }
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.sent.iter().position(|chunk| chunk.number == number)
    }

    /// Settles chunks by the clock, because the switch does not report their end.
    fn settle_by_clock(&mut self, now_ms: u64, which: impl Fn(&SentChunk) -> bool) {
        while let Some(at) = self.sent.iter().position(&which) {
            let heard_ms = self.sent[at].heard_until(now_ms);
            self.settle_at(at, heard_ms);
        }
    }

    fn settle_at(&mut self, at: usize, heard_ms: u64) {
        let Some(chunk) = self.sent.remove(at) else { return };
        if chunk.is_wanted {
            let (heard, rest) = chunk.split(heard_ms);
            self.settle(&heard, heard_ms);
            // A live voice, which belongs to no item, would be too late.
            self.again.extend((!rest.spans.is_empty()).then_some(rest));
        } else {
            self.settle(&chunk.spans, heard_ms);
        }
    }

    fn settle(&mut self, spans: &[Span], heard_ms: u64) {
        for span in spans {
            let item = self.item(span.item);
            item.settled_ms += span.ms;
            item.heard_ms += span.heard_of(heard_ms);
        }
    }

    fn item(&mut self, item: ItemId) -> &mut Item {
        let at = self.items.iter().position(|known| known.item == item).unwrap_or_else(|| {
            self.items.push_back(Item { item, given_ms: 0, settled_ms: 0, heard_ms: 0, end: None });
            self.items.len() - 1
        });
        &mut self.items[at]
    }

    /// Takes completed items off the front.
    fn take_complete(&mut self) -> Vec<ItemPlayed> {
        let mut complete = Vec::new();
        while let Some(Item { item, given_ms, settled_ms, heard_ms, end: Some(end) }) = self.items.front() {
            if settled_ms < given_ms {
                break;
            }
            let end = if heard_ms < given_ms { ItemEnd::Cleared } else { *end };
            complete.push(ItemPlayed { item: *item, ms: *heard_ms, end });
            self.items.pop_front();
        }
        complete
    }
}

impl SentChunk {
    /// Returns how many ms of it were heard at this time, by the clock.
    fn heard_by(&self, now_ms: u64) -> u64 {
        self.began_at_ms.map_or(0, |began_at_ms| now_ms.saturating_sub(began_at_ms).min(self.ms))
    }

    /// The same, or the value when it was told to stop.
    fn heard_until(&self, now_ms: u64) -> u64 {
        self.heard_by(self.stopped_at_ms.unwrap_or(now_ms))
    }

    /// Returns whether the next link has to stop it, and its rest is to be sent again.
    fn is_for_next_link(&self) -> bool {
        self.is_wanted || self.stopped_at_ms.is_none()
    }

    /// Returns the heard parts of its items, and the rest.
    fn split(&self, heard_ms: u64) -> (Vec<Span>, Gathered) {
        let heard = self.spans.iter().map(|span| Span { ms: span.heard_of(heard_ms), ..*span }).collect();
        let rest = self.spans.iter().filter(|span| span.heard_of(heard_ms) < span.ms).map(|span| Span {
            item: span.item,
            at_ms: span.at_ms.saturating_sub(heard_ms),
            ms: span.ms - span.heard_of(heard_ms),
        });
        let from = self.samples.len() as u64 * heard_ms / self.ms.max(1);
        let samples = usize::try_from(from).ok().and_then(|from| self.samples.get(from..));
        let samples = samples.unwrap_or_default().to_vec();
        (heard, Gathered { samples, spans: rest.collect(), ms: self.ms.saturating_sub(heard_ms) })
    }
}

#[cfg(test)]
mod tests;
