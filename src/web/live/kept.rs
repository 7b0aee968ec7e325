//! The newest events, kept for control sockets that reconnect.

use std::collections::VecDeque;

use cordboard_schema::limits::{CONTROL_KEPT_BYTES_MAX, CONTROL_KEPT_EVENTS_MAX};
use cordboard_schema::wire::control::Topic;

use super::Written;
use super::topics::Topics;

/// An event and its number, which is the same for all control sockets.
#[derive(Clone, Debug)]
pub(in crate::web) struct Numbered {
    pub(super) seq: u64,
    pub(super) written: Written,
}

impl Numbered {
    /// The message.
    pub(super) fn text(&self) -> String {
        let Self { seq, written } = self;
        format!("{{\"seq\":{seq}{}", written.rest)
    }
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Kept {
    events: VecDeque<(Topic, Numbered)>,
    bytes: usize,
    /// The newest number in use.
    newest: u64,
    /// The newest number whose event is not kept.
    lost: u64,
}

impl Kept {
    /// Empty; numbers begin after `before`.
    pub(super) fn starting_after(before: u64) -> Self {
        Self { events: VecDeque::new(), bytes: 0, newest: before, lost: before }
    }

    /// The newest number in use.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Numbers an event and keeps it.
    pub(super) fn keep(&mut self, topic: Topic, written: Written) -> Numbered {
        self.newest += 1;
        self.bytes += written.rest.len();
        let event = Numbered { seq: self.newest, written };
        self.events.push_back((topic, event.clone()));
        while self.events.len() > CONTROL_KEPT_EVENTS_MAX || self.bytes > CONTROL_KEPT_BYTES_MAX {
            let Some((_, oldest)) = self.events.pop_front() else { break };
            self.bytes -= oldest.written.rest.len();
            self.lost = oldest.seq;
        }
        event
    }

    /// Drops all kept events, because one is missing.
    pub(super) fn forget(&mut self) {
        *self = Self::starting_after(self.newest + 1);
    }

    /// Events of these topics after a number; `None` if not all of them are kept, or if the number was never used.
    pub(super) fn since(&self, after: u64, topics: &Topics) -> Option<Vec<Numbered>> {
        if !(self.lost..=self.newest).contains(&after) {
            return None;
        }
        let begin = self.events.partition_point(|(_, event)| event.seq <= after);
        let wanted = self.events.iter().skip(begin).filter(|(topic, _)| topics.contains(topic));
        Some(wanted.map(|(_, event)| event.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Written {
        Written { kind: "call", is_for_supervisors: false, rest: text.into() }
    }

    fn numbers(kept: &Kept, after: u64, topics: &[Topic]) -> Option<Vec<u64>> {
        let topics = topics.iter().copied().collect();
        kept.since(after, &topics).map(|events| events.iter().map(|event| event.seq).collect())
    }

    #[test]
    fn reconnecting_clients_get_missed_events_of_their_topics() {
        let mut kept = Kept::starting_after(10);
        for topic in [Topic::Calls, Topic::Actors, Topic::Calls] {
            kept.keep(topic, written("x"));
        }
        assert_eq!(numbers(&kept, 10, &[Topic::Calls]), Some(vec![11, 13]));
        assert_eq!(numbers(&kept, 11, &[Topic::Calls, Topic::Actors]), Some(vec![12, 13]));
        assert_eq!(numbers(&kept, 13, &[Topic::Calls]), Some(vec![]));
        assert_eq!(numbers(&kept, 14, &[Topic::Calls]), None, "a number that was never used");
        assert_eq!(numbers(&kept, 9, &[Topic::Calls]), None, "that was before");
    }

    #[test]
    fn kept_events_are_bounded() {
        let mut kept = Kept::starting_after(0);
        let long = "x".repeat(CONTROL_KEPT_BYTES_MAX / 4);
        for _ in 0..6 {
            kept.keep(Topic::Calls, written(&long));
        }
        assert_eq!(numbers(&kept, 1, &[Topic::Calls]), None, "the oldest are gone");
        assert_eq!(numbers(&kept, 2, &[Topic::Calls]), Some(vec![3, 4, 5, 6]));
        for _ in 0..=CONTROL_KEPT_EVENTS_MAX {
            kept.keep(Topic::Calls, written("x"));
        }
        assert_eq!(numbers(&kept, 6, &[Topic::Calls]), None);
        assert_eq!(numbers(&kept, 7, &[Topic::Calls]).map(|seqs| seqs.len()), Some(CONTROL_KEPT_EVENTS_MAX));
    }

    #[test]
    fn missing_events_are_never_skipped_silently() {
        let mut kept = Kept::starting_after(0);
        kept.keep(Topic::Calls, written("x"));
        kept.forget();
        assert_eq!(numbers(&kept, 1, &[Topic::Calls]), None);
        assert_eq!(numbers(&kept, kept.newest(), &[Topic::Calls]), Some(vec![]));
    }
}
