//! Sound that a session has given to the caller's line: the numbers of utterances, and until when their sound plays.

use cordboard_schema::ids::ItemId;
use cordboard_schema::time::UnixMs;

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Playout {
    next_item: ItemId,
    /// When what was given so far will have been heard.
    pub(in crate::assistant) until: UnixMs,
    /// Since when the caller hears nothing, and nobody speaks.
    pub(in crate::assistant) quiet_since: UnixMs,
}

impl Playout {
    /// Nothing was given; the first utterance has this number.
    pub(in crate::assistant) fn new(first_item: ItemId, now: UnixMs) -> Self {
        Self { next_item: first_item, until: now, quiet_since: now }
    }

    /// The next utterance has this number.
    pub(in crate::assistant) fn number_from(&mut self, item: ItemId) {
        self.next_item = item;
    }

    /// Gives an utterance its number.
    pub(in crate::assistant) fn number(&mut self) -> ItemId {
        let item = self.next_item;
        self.next_item = ItemId(item.0 + 1);
        item
    }

    /// Sound of so many ms is given now.
    pub(in crate::assistant) fn plays(&mut self, ms: u64, now: UnixMs) {
        self.until = self.until.max(now) + ms;
        self.quiet_since = self.until;
    }

    /// Nothing plays any more: all of it was heard, which may be known later than it was, or the rest is cut off now.
    pub(in crate::assistant) fn ended(&mut self, now: UnixMs) {
        self.until = self.until.min(now);
        self.quiet_since = self.quiet_since.min(now);
    }
}
