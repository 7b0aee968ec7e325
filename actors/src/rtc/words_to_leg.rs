//! Messages of a connection on their way to its leg: keys, texts and goodbyes. A stalled leg has no room for a while,
//! and gets them later.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::media::PipedMessage;

/// The most messages that wait for room. Nobody presses that many keys or writes that many texts while a leg is stalled.
const WAITING_MAX: usize = 64;

/// The waiting messages, in order.
#[derive(Debug, Default)]
pub(super) struct WordsToLeg {
    waiting: VecDeque<PipedMessage>,
}

impl WordsToLeg {
    /// Sends the leg a message after those that wait. Returns whether that is possible.
    pub(super) fn tell(&mut self, leg: &Sender<PipedMessage>, word: PipedMessage) -> bool {
        let has_room = self.waiting.len() < WAITING_MAX;
        if has_room {
            self.waiting.push_back(word);
        }
        self.go_on(leg);
        has_room
    }

    /// Sends the leg as many waiting messages as it has room for.
    pub(super) fn go_on(&mut self, leg: &Sender<PipedMessage>) {
        while let Some(word) = self.waiting.pop_front() {
            match leg.try_send(word) {
                Ok(()) => {}
                Err(TrySendError::Full(word)) => return self.waiting.push_front(word),
                // The leg has ended.
                Err(TrySendError::Closed(_)) => return self.waiting.clear(),
            }
        }
    }

    /// The connection has ended, with or without a last message: sends the leg the waiting messages as soon as it has room.
    pub(super) fn end(mut self, leg: Sender<PipedMessage>, last: Option<PipedMessage>) {
        self.waiting.extend(last);
        self.go_on(&leg);
        if self.waiting.is_empty() {
            return;
        }
        // This ends with the leg, which either reads or is gone.
        actix_rt::spawn(async move {
            for word in self.waiting {
                if leg.send(word).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    fn word(text: &str) -> PipedMessage {
        PipedMessage::Text(text.to_owned())
    }

    #[test]
    fn keys_without_room_reach_the_leg_in_order() {
        let (leg, mut received) = mpsc::channel(1);
        let mut words = WordsToLeg::default();
        leg.try_send(PipedMessage::Binary(vec![0])).unwrap();
        assert!(words.tell(&leg, word("1")) && words.tell(&leg, word("2")));
        for expected in [PipedMessage::Binary(vec![0]), word("1"), word("2")] {
            assert_eq!(received.try_recv().unwrap(), expected);
            words.go_on(&leg);
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn a_flood_at_a_stalled_leg_is_bounded_and_reported() {
        let (leg, _received) = mpsc::channel(1);
        let mut words = WordsToLeg::default();
        let taken = (0..1_000).filter(|_| words.tell(&leg, word("5"))).count();
        assert_eq!((taken, words.waiting.len()), (WAITING_MAX + 1, WAITING_MAX));
    }

    #[test]
    fn nothing_waits_for_a_leg_that_is_gone() {
        let (leg, received) = mpsc::channel(1);
        let mut words = WordsToLeg::default();
        assert!(words.tell(&leg, word("1")) && words.tell(&leg, word("2")));
        drop(received);
        words.go_on(&leg);
        assert!(words.waiting.is_empty());
    }

    #[actix::test]
    async fn a_stalled_leg_gets_the_goodbye_and_then_the_end() {
        let (leg, mut received) = mpsc::channel(1);
        let mut words = WordsToLeg::default();
        assert!(words.tell(&leg, word("1")) && words.tell(&leg, word("2")));
        words.end(leg, Some(word("bye")));
        for expected in ["1", "2", "bye"] {
            assert_eq!(received.recv().await, Some(word(expected)));
        }
        assert_eq!(received.recv().await, None);
    }
}
