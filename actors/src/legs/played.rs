//! Playback position of a peer with its own queue: how much of the sent audio has been heard. Pure. Times are in ms of any clock
//! that does not go back, places in samples since the stream's start.
//!
//! The peer plays its audio in the order in which it arrives. It echoes a mark when everything before the mark was played. Between
//! two echoes the clock gives the position, but never beyond the next mark. After a `clear`, Twilio echoes all marks although
//! nothing more was played. Those marks belong to an older generation and are ignored.

use std::collections::VecDeque;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::ItemId;
use cordboard_schema::limits::{PLAYED_ECHO_LATE_MS_MAX, PLAYED_MARK_MS, PLAYED_UNPLAYED_MS_MAX};
use cordboard_schema::wire::twilio_media::Mark;

use crate::media::{ItemEnd, ItemGiven, ItemPlayed};

/// See the module's description.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    samples_a_ms: u64,
    /// Number of clears that were sent.
    generation: u64,
    /// Samples sent.
    sent: u64,
    /// Samples that were played, or that will certainly not be.
    played: u64,
    /// When that was learned, or when playing started again.
    played_at_ms: u64,
    /// When everything sent will have been played, at real-time pace.
    plays_until_ms: u64,
    /// Marks without an echo, oldest first.
    marks: VecDeque<SentMark>,
    /// Position of the newest mark.
    marked: u64,
    /// Audio of items that was sent and may not have been played yet.
    spans: VecDeque<Span>,
    /// Items that were not reported yet, in the order in which they were given.
    items: VecDeque<Item>,
    /// Number of echoes that never arrived.
    pub(crate) echoes_missed: u64,
}

#[derive(Clone, Copy, Debug)]
struct SentMark {
    place: u64,
    /// When everything before it will have been played, at real-time pace.
    due_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    item: ItemId,
    from: u64,
    samples: u64,
    /// Milliseconds of the item in this span; the rest is padding.
    ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    item: ItemId,
    given_ms: u64,
    heard_ms: u64,
    end: Option<ItemEnd>,
}

impl Span {
    /// Returns the milliseconds of the item before this place.
    fn heard_until(&self, place: u64, samples_a_ms: u64) -> u64 {
        (place.saturating_sub(self.from).min(self.samples) / samples_a_ms).min(self.ms)
    }
}

impl Played {
    /// Starts with nothing sent, for audio of this rate.
    pub(crate) fn new(rate: SampleRate) -> Self {
        Self {
            samples_a_ms: u64::from(rate.hz() / 1_000),
            generation: 0,
            sent: 0,
            played: 0,
            played_at_ms: 0,
            plays_until_ms: 0,
            marks: VecDeque::new(),
            marked: 0,
            spans: VecDeque::new(),
            items: VecDeque::new(),
            echoes_missed: 0,
        }
    }

    /// Returns how many milliseconds of audio were sent ahead of real-time pace.
    pub(crate) fn ahead_ms(&self, now_ms: u64) -> u64 {
        self.plays_until_ms.saturating_sub(now_ms)
    }

    /// Returns whether the peer keeps up: it has echoed marks for most of what it was sent.
    pub(crate) fn keeps_up(&self) -> bool {
        (self.sent - self.played) / self.samples_a_ms < PLAYED_UNPLAYED_MS_MAX
    }

    /// Notes that samples are sent, and which part of an item they contain.
    pub(crate) fn sent(&mut self, now_ms: u64, samples: u64, given: Option<ItemGiven>) {
        if self.played == self.sent {
            self.played_at_ms = now_ms;
        }
        if let Some(given) = given {
            let item = self.item(given.item);
            let ms = given.until_ms.saturating_sub(item.given_ms);
            item.given_ms += ms;
            self.spans.push_back(Span { item: given.item, from: self.sent, samples, ms });
        }
        self.sent += samples;
        self.plays_until_ms = self.plays_until_ms.max(now_ms) + samples / self.samples_a_ms;
    }

    /// Notes that the ear gives no more of an item. Returns the items that can be reported now, as the other methods do.
    pub(crate) fn left_ear(&mut self, played: ItemPlayed) -> Vec<ItemPlayed> {
        self.item(played.item).end = Some(played.end);
        self.take_complete()
    }

    /// Returns whether a mark is due: after enough audio, or after the end of an item.
    pub(crate) fn wants_mark(&self) -> bool {
        let unmarked = self.sent - self.marked;
        let has_end = self.items.iter().any(|item| item.end.is_some());
        unmarked >= PLAYED_MARK_MS * self.samples_a_ms || (unmarked > 0 && has_end)
    }

    /// Notes a mark after all audio that was sent, and returns it.
    pub(crate) fn mark(&mut self, now_ms: u64) -> Mark {
        self.marks.push_back(SentMark { place: self.sent, due_ms: self.plays_until_ms.max(now_ms) });
        self.marked = self.sent;
        Mark { generation: self.generation, place: self.sent }
    }

    /// Returns by how many milliseconds an echo is later than at real-time pace; none for one that has no effect.
    pub(crate) fn echo_delay_ms(&self, now_ms: u64, mark: Mark) -> Option<u64> {
        let sent = self.marks.iter().find(|sent| sent.place == mark.place);
        let sent = sent.filter(|_| mark.generation == self.generation)?;
        Some(now_ms.saturating_sub(sent.due_ms))
    }

    /// Handles a mark that the peer echoes. A mark of an older generation, or one that was echoed before, has no effect.
    pub(crate) fn echoed(&mut self, now_ms: u64, mark: Mark) -> Vec<ItemPlayed> {
        if self.echo_delay_ms(now_ms, mark).is_some() {
            self.known(now_ms, mark.place);
        }
        self.take_complete()
    }

    /// Stops waiting for echoes that are too late.
    pub(crate) fn expire(&mut self, now_ms: u64) -> Vec<ItemPlayed> {
        while let Some(SentMark { place, due_ms }) = self.marks.front().copied()
            && due_ms + PLAYED_ECHO_LATE_MS_MAX <= now_ms
        {
            self.echoes_missed += 1;
            self.known(now_ms, place);
        }
        self.take_complete()
    }

    /// Notes that these items were taken out of the ear: their sent audio is not to be heard any more. Returns whether the peer has
    /// to be sent a message.
    pub(crate) fn cleared(&mut self, now_ms: u64, items: &[ItemPlayed]) -> (bool, Vec<ItemPlayed>) {
        for played in items {
            self.item(played.item).end = Some(ItemEnd::Cleared);
        }
        let has_sound = self.played < self.sent;
        if has_sound {
            let heard = self.heard_until(now_ms);
            for span in std::mem::take(&mut self.spans) {
                self.item(span.item).heard_ms += span.heard_until(heard, self.samples_a_ms);
            }
            self.generation += 1;
            self.marks.clear();
            (self.played, self.marked) = (self.sent, self.sent);
            (self.played_at_ms, self.plays_until_ms) = (now_ms, now_ms);
        }
        (has_sound, self.take_complete())
    }

    /// Notes that the stream is over: audio that was not heard by now will not be heard.
    pub(crate) fn ended(&mut self, now_ms: u64) -> Vec<ItemPlayed> {
        self.items.iter_mut().for_each(|item| item.end = item.end.or(Some(ItemEnd::Cleared)));
        self.cleared(now_ms, &[]).1
    }

    /// Returns the position up to which the caller has heard, as far as is known.
    fn heard_until(&self, now_ms: u64) -> u64 {
        let by_clock = self.played + now_ms.saturating_sub(self.played_at_ms) * self.samples_a_ms;
        let next_mark = self.marks.front().map_or(self.sent, |mark| mark.place);
        by_clock.min(next_mark).min(self.sent)
    }

    /// Notes that everything before this place was played.
    fn known(&mut self, now_ms: u64, place: u64) {
        self.marks.retain(|mark| mark.place > place);
        (self.played, self.played_at_ms) = (self.played.max(place), now_ms);
        while let Some(span) = self.spans.front().copied()
            && span.from + span.samples <= self.played
        {
            self.spans.pop_front();
            self.item(span.item).heard_ms += span.ms;
        }
    }

    fn item(&mut self, item: ItemId) -> &mut Item {
        let at = self.items.iter().position(|known| known.item == item).unwrap_or_else(|| {
            self.items.push_back(Item { item, given_ms: 0, heard_ms: 0, end: None });
            self.items.len() - 1
        });
        &mut self.items[at]
    }

    /// Takes completed items off the front.
    fn take_complete(&mut self) -> Vec<ItemPlayed> {
        let mut complete = Vec::new();
        while let Some(Item { item, given_ms, heard_ms, end: Some(end) }) = self.items.front().copied()
            && !self.spans.iter().any(|span| span.item == item)
        {
            let end = if heard_ms < given_ms { ItemEnd::Cleared } else { end };
            complete.push(ItemPlayed { item, ms: heard_ms, end });
            self.items.pop_front();
        }
        complete
    }
}

#[cfg(test)]
mod tests;
