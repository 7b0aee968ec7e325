//! A visitor's texts that their call has. A page sends a text again until it is confirmed, also over its next connection, and the
//! call gets it once. Pure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stands for a number that is not known.
const UNKNOWN: u64 = u64::MAX;

/// Number of the newest text that the call has. All connections of one visitor share it.
#[derive(Clone, Debug)]
pub(super) struct ReceivedTexts(Arc<AtomicU64>);

/// How a text's number relates to those that the call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextOrder {
    /// The call has it.
    Known,
    /// It is the next one.
    Next,
    /// One before it is missing, for instance because it came too fast. The page sends both again, in order.
    TooEarly,
}

impl ReceivedTexts {
    /// Those of a visitor who comes into their call for the first time, or who is back after the server has forgotten them, for
    /// instance by a restart.
    pub(super) fn of(is_back: bool) -> Self {
        Self(Arc::new(AtomicU64::new(if is_back { UNKNOWN } else { 0 })))
    }

    fn known(&self) -> Option<u32> {
        u32::try_from(self.0.load(Ordering::Relaxed)).ok()
    }

    /// Number of the newest text; 0 if there is none, or none is known.
    pub(super) fn newest(&self) -> u32 {
        self.known().unwrap_or(0)
    }

    /// Returns how a text with this number relates to those that the call has. If none is known, any may be the next.
    pub(super) fn order_of(&self, number: u32) -> TextOrder {
        match self.known() {
            _ if number <= self.newest() => TextOrder::Known,
            Some(newest) if number - newest > 1 => TextOrder::TooEarly,
            _ => TextOrder::Next,
        }
    }

    /// The call has the text with this number.
    pub(super) fn received(&self, number: u32) {
        self.0.store(u64::from(number), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_next_once_and_in_order() {
        let texts = ReceivedTexts::of(false);
        assert_eq!(
            [0, 1, 2].map(|number| texts.order_of(number)),
            [TextOrder::Known, TextOrder::Next, TextOrder::TooEarly],
            "numbers begin with 1"
        );
        texts.received(1);
        let next_connection = texts.clone();
        assert_eq!(next_connection.newest(), 1);
        assert_eq!(
            [1, 2, 3].map(|number| next_connection.order_of(number)),
            [TextOrder::Known, TextOrder::Next, TextOrder::TooEarly]
        );
    }

    #[test]
    fn after_a_restart_any_text_may_be_next() {
        let texts = ReceivedTexts::of(true);
        assert_eq!(
            (texts.newest(), texts.order_of(0), texts.order_of(7)),
            (0, TextOrder::Known, TextOrder::Next)
        );
        texts.received(u32::MAX);
        assert_eq!((texts.newest(), texts.order_of(u32::MAX)), (u32::MAX, TextOrder::Known));
    }
}
