//! The caller's ear, as far as the assistant speaks into it: utterances one after another, heard in real time.

use std::collections::VecDeque;

use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{CordId, ItemId};
use cordboard_schema::time::UnixMs;

/// The outcome of an utterance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) item: ItemId,
    pub(crate) heard_ms: u64,
    pub(crate) end: PlayedEnd,
}

/// The lane of one cord.
#[derive(Clone, Debug)]
pub(crate) struct Ear {
    pub(crate) cord: CordId,
    /// Each utterance, its length, and how much of it was heard.
    waiting: VecDeque<(ItemId, u64, u64)>,
    heard_until: UnixMs,
}

impl Ear {
    pub(crate) fn new(cord: CordId, now: UnixMs) -> Self {
        Self { cord, waiting: VecDeque::new(), heard_until: now }
    }

    /// The whole audio of an utterance is given to the ear.
    pub(crate) fn give(&mut self, item: ItemId, audio_ms: u64, now: UnixMs) {
        if self.waiting.is_empty() {
            self.heard_until = now;
        }
        self.waiting.push_back((item, audio_ms, 0));
    }

    /// Hears until `now`. Returns what was heard to its end meanwhile.
    pub(crate) fn hear(&mut self, now: UnixMs) -> Vec<Heard> {
        let mut finished = Vec::new();
        while let Some((item, audio_ms, heard_ms)) = self.waiting.front_mut() {
            let part = (*audio_ms - *heard_ms).min(now.ms_since(self.heard_until));
            *heard_ms += part;
            self.heard_until = self.heard_until + part;
            if heard_ms < audio_ms {
                break;
            }
            let (item, heard_ms) = (*item, *heard_ms);
            finished.push(Heard { item, heard_ms, end: PlayedEnd::Finished });
            self.waiting.pop_front();
        }
        finished
    }

    /// Returns when the utterance that is being heard ends.
    pub(crate) fn next_end(&self) -> Option<UnixMs> {
        self.waiting.front().map(|(_, audio_ms, heard_ms)| self.heard_until + (audio_ms - heard_ms))
    }

    /// Drops everything that waits.
    pub(crate) fn clear(&mut self) -> Vec<Heard> {
        let cleared = |(item, _, heard_ms)| Heard { item, heard_ms, end: PlayedEnd::Cleared };
        self.waiting.drain(..).map(cleared).collect()
    }
}
