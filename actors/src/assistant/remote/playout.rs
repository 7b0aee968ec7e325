//! Sound that a session has sent to the caller's line: the numbers of utterances, and until when their sound plays.

use cordboard_schema::ids::ItemId;
use cordboard_schema::time::UnixMs;

/// See the module's description.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::assistant) struct Playout {
    next_item: ItemId,
    /// When everything sent so far will have been heard.
    pub(in crate::assistant) until: UnixMs,
    /// Since when the caller hears nothing, and nobody speaks.
    pub(in crate::assistant) quiet_since: UnixMs,
}

impl Playout {
    /// Returns the state before any sound; the first utterance gets this number.
    pub(in crate::assistant) fn new(first_item: ItemId, now: UnixMs) -> Self {
        Self { next_item: first_item, until: now, quiet_since: now }
    }

    /// Sets the number of the next utterance.
    pub(in crate::assistant) fn number_from(&mut self, item: ItemId) {
        self.next_item = item;
    }

    /// Returns the number of a new utterance.
    pub(in crate::assistant) fn number(&mut self) -> ItemId {
        let item = self.next_item;
        self.next_item = ItemId(item.0 + 1);
        item
    }

    /// Notes that this many ms of sound are sent now.
    pub(in crate::assistant) fn plays(&mut self, ms: u64, now: UnixMs) {
        self.until = self.until.max(now) + ms;
        self.quiet_since = self.until;
    }

    /// Notes that nothing plays any more: all of it was heard, which may be reported late, or the rest is cut off now.
    pub(in crate::assistant) fn ended(&mut self, now: UnixMs) {
        self.until = self.until.min(now);
        self.quiet_since = self.quiet_since.min(now);
    }
}
