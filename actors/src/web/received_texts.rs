//! A visitor's texts that their call has. A page sends a text again until it is confirmed, also over its next connection, and the
//! call gets it once. Pure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Number of the newest text that the call has; 0 if none is known, for instance after a restart of the server. All connections of
/// one visitor share it.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedTexts(Arc<AtomicU32>);

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
    /// Number of the newest text; 0 if none is known.
    pub(super) fn newest(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns how a text with this number relates to those that the call has. If none is known, any may be the next.
    pub(super) fn order_of(&self, number: u32) -> TextOrder {
        let newest = self.newest();
        if number <= newest {
            TextOrder::Known
        } else if newest == 0 || number - newest == 1 {
            TextOrder::Next
        } else {
            TextOrder::TooEarly
        }
    }

    /// The call has the text with this number.
    pub(super) fn received(&self, number: u32) {
        self.0.store(number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_next_once_and_in_order() {
        let texts = ReceivedTexts::default();
        assert_eq!(texts.order_of(0), TextOrder::Known, "numbers begin with 1");
        assert_eq!(texts.order_of(7), TextOrder::Next, "the server has been restarted");
        texts.received(7);
        assert_eq!(
            [6, 7, 8, 9].map(|number| texts.order_of(number)),
            [TextOrder::Known, TextOrder::Known, TextOrder::Next, TextOrder::TooEarly]
        );
        let next_connection = texts.clone();
        next_connection.received(u32::MAX);
        assert_eq!(texts.newest(), u32::MAX);
        assert_eq!(texts.order_of(u32::MAX), TextOrder::Known);
    }
}
