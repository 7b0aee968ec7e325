//! Waits of a call's caller in queues: which queues they entered, when, and how each wait ended. Counted as part of the call's
//! tally.
//!
//! ```text
//! queue_entered ──agent_joined, handoff_bridged──> served: in the spread of waits
//!       │ queue_entered of the next queue ────────> overflowed, for the reason that it names
//!       │ desk_failed ────────────────────────────> given up, for that reason
//!       └ handoff_abandoned ──────────────────────> not served, as where the caller has hung up
//! ```
//! A caller counts once in each queue that a hand-off has led them to, however often they entered it. The end of a wait is known
//! only at the end of the hand-off, because a caller may come back into a queue that has passed them on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::Spread;
use super::tally::is_zero;
use crate::ids::QueueId;
use crate::switch::HandoffFailure;
use crate::time::UnixMs;

/// A call's waits in queues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct QueueWaits {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    by_queue: BTreeMap<QueueId, QueueTally>,
    /// The waits of the current hand-off.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    under_way: BTreeMap<QueueId, QueueWait>,
    /// The queue in which the caller waits now.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_in: Option<QueueId>,
}

/// A call's hand-offs through one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct QueueTally {
    /// Hand-offs by which the caller entered it.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) offered: u32,
    /// Hand-offs that joined the caller and a person from this queue.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) bridged: u32,
    /// Why the others failed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) failures: BTreeMap<HandoffFailure, u32>,
    /// Waits in it until the person joined.
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub(super) waits: Spread,
}

/// A wait whose end is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct QueueWait {
    since: UnixMs,
    /// Why the queue has given up the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    given_up: Option<HandoffFailure>,
}

impl QueueWaits {
    /// Whether there is no queue.
    pub(super) fn is_empty(&self) -> bool {
        self.by_queue.is_empty()
    }

    /// Records the beginning of a hand-off.
    pub(super) fn begin(&mut self) {
        self.under_way.clear();
        self.waits_in = None;
    }

    /// Records that the caller has entered a queue, and the reason if another queue has passed them on.
    pub(super) fn entered(&mut self, queue: QueueId, at: UnixMs, overflowed: Option<HandoffFailure>) {
        if let Some((before, failure)) = self.waits_in.zip(overflowed) {
            self.given_up(before, failure);
        }
        self.waits_in = Some(queue);
        match self.under_way.entry(queue) {
            Entry::Vacant(first) => {
                first.insert(QueueWait { since: at, given_up: None });
                let tally = self.by_queue.entry(queue).or_default();
                tally.offered = tally.offered.saturating_add(1);
            }
            Entry::Occupied(mut again) => again.get_mut().given_up = None,
        }
    }

    /// Records the queue in which the caller was, from the answer of the desks. In an older journal without `queue_entered`, the
    /// caller has waited there since the hand-off began.
    pub(super) fn was_in(&mut self, queue: QueueId, since: UnixMs) {
        if self.waits_in != Some(queue) {
            self.entered(queue, since, None);
        }
    }

    /// Records that the desks' answer names a queue in which the caller does not wait: an agent has asked it for a colleague, or
    /// the caller is gone.
    pub(super) fn note_no_wait_in(&mut self, queue: QueueId) {
        self.by_queue.entry(queue).or_default();
    }

    /// Records that a queue has found nobody.
    pub(super) fn given_up(&mut self, queue: QueueId, failure: HandoffFailure) {
        if let Some(wait) = self.under_way.get_mut(&queue) {
            wait.given_up = Some(failure);
        }
        self.waits_in = self.waits_in.filter(|waits_in| *waits_in != queue);
    }

    /// Records that the caller is joined with a person.
    pub(super) fn joined(&mut self, at: UnixMs) {
        let waits_in = self.waits_in.take();
        for (queue, wait) in std::mem::take(&mut self.under_way) {
            let tally = self.by_queue.entry(queue).or_default();
            if waits_in == Some(queue) {
                tally.bridged = tally.bridged.saturating_add(1);
                tally.waits.note(at.ms_since(wait.since));
            } else if let Some(failure) = wait.given_up {
                *tally.failures.entry(failure).or_default() += 1;
            }
        }
    }

    /// Records that the hand-off has ended without a person. The reason is each queue's own, or else this one.
    pub(super) fn abandoned(&mut self, failure: HandoffFailure) {
        self.waits_in = None;
        for (queue, wait) in std::mem::take(&mut self.under_way) {
            let tally = self.by_queue.entry(queue).or_default();
            *tally.failures.entry(wait.given_up.unwrap_or(failure)).or_default() += 1;
        }
    }

    /// Returns the call's hand-offs through a queue; none for a call that is older than these counts.
    pub(super) fn of_queue(&self, queue: &str) -> Option<QueueTally> {
        let found = queue.parse::<QueueId>().ok().and_then(|queue| self.by_queue.get(&queue));
        (!self.is_empty()).then(|| found.cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::event::{Decision, Event, Fact};
    use crate::ids::{EffectId, LegId, UserId};
    use crate::report::CallTally;

    const HANDOFF: EffectId = EffectId(7);
    const ADA: UserId = UserId(Uuid::from_u128(1));
    const SALES: QueueId = QueueId(Uuid::from_u128(8));
    const HELP: QueueId = QueueId(Uuid::from_u128(9));

    /// Returns the tally of these events, each with its second.
    fn tally_of(events: Vec<(i64, Event)>) -> CallTally {
        let mut tally = CallTally::default();
        for (second, event) in events {
            assert!(CallTally::KINDS.contains(&event.kind()), "{}", event.kind());
            tally.apply(&event, UnixMs(second * 1_000));
            // As it is stored between two entries.
            let text = serde_json::to_string(&tally).unwrap();
            assert_eq!(serde_json::from_str::<CallTally>(&text).unwrap(), tally, "{text}");
        }
        tally
    }

    /// Returns a queue's counts: offered, bridged, failures, and waits of at most 20 s.
    fn of(tally: &CallTally, queue: QueueId) -> (u32, u32, BTreeMap<HandoffFailure, u32>, u64) {
        let counts = tally.queue_waits.of_queue(&queue.to_string()).unwrap();
        (counts.offered, counts.bridged, counts.failures, counts.waits.count_within(20_000))
    }

    fn asked() -> Event {
        let (target, reason) = ("sales".to_owned(), String::new());
        Decision::AgentRequested { handoff: HANDOFF, target, reason }.into()
    }

    fn enters(queue_id: QueueId, overflowed: Option<HandoffFailure>) -> Event {
        Fact::QueueEntered { handoff: HANDOFF, queue_id, overflowed }.into()
    }

    fn accepted(queue_id: QueueId) -> Event {
        let queue_id = Some(queue_id);
        Fact::DeskAccepted { handoff: HANDOFF, user_id: ADA, extension: None, queue_id }.into()
    }

    fn joined() -> Event {
        Decision::AgentJoined { handoff: HANDOFF, user_id: ADA, leg: LegId(3) }.into()
    }

    fn failed(queue_id: QueueId, failure: HandoffFailure) -> Event {
        let queue_id = Some(queue_id);
        Fact::DeskFailed { handoff: HANDOFF, failure, overflow: None, queue_id }.into()
    }

    fn abandoned(failure: HandoffFailure) -> Event {
        Decision::HandoffAbandoned { handoff: HANDOFF, failure }.into()
    }

    #[test]
    fn a_caller_who_hangs_up_was_offered_and_not_served() {
        let left = HandoffFailure::CallerLeft;
        let tally = tally_of(vec![(0, asked()), (1, enters(SALES, None)), (9, abandoned(left))]);
        assert_eq!(of(&tally, SALES), (1, 0, [(left, 1)].into(), 0));
        assert_eq!(tally.queues, [SALES].into());
    }

    #[test]
    fn a_wait_counts_from_the_entry_into_the_queue() {
        let events = |joins: i64| vec![(0, asked()), (5, enters(SALES, None)), (joins - 1, accepted(SALES))];
        for (joins, in_time) in [(25, 1), (60, 0)] {
            let mut events = events(joins);
            events.push((joins, joined()));
            assert_eq!(of(&tally_of(events), SALES), (1, 1, BTreeMap::new(), in_time), "{joins}");
        }
    }

    #[test]
    fn each_queue_of_an_overflow_has_its_own_end() {
        let full = HandoffFailure::Busy;
        let begun = || vec![(0, asked()), (0, enters(SALES, None)), (0, enters(HELP, Some(full)))];
        let mut served = begun();
        served.extend([(8, accepted(HELP)), (9, joined())]);
        let served = tally_of(served);
        assert_eq!(of(&served, SALES), (1, 0, [(full, 1)].into(), 0));
        assert_eq!(of(&served, HELP), (1, 1, BTreeMap::new(), 1));

        let failure = HandoffFailure::NoAnswer;
        let mut given_up = begun();
        given_up.extend([(300, failed(HELP, failure)), (300, abandoned(failure))]);
        let given_up = tally_of(given_up);
        assert_eq!(of(&given_up, SALES), (1, 0, [(full, 1)].into(), 0));
        assert_eq!(of(&given_up, HELP), (1, 0, [(failure, 1)].into(), 0));
    }

    #[test]
    fn a_caller_back_in_a_queue_counts_there_once() {
        // Around two queues that pass on to each other, and once more after a crash of the process.
        let late = HandoffFailure::NoAnswer;
        let tally = tally_of(vec![
            (0, asked()),
            (0, enters(SALES, None)),
            (10, enters(HELP, Some(late))),
            (20, enters(SALES, Some(late))),
            (30, enters(SALES, None)),
            (40, accepted(SALES)),
            (41, joined()),
        ]);
        assert_eq!(of(&tally, SALES), (1, 1, BTreeMap::new(), 0), "they have waited since they first came");
        assert_eq!(of(&tally, HELP), (1, 0, [(late, 1)].into(), 0));
    }

    #[test]
    fn older_journals_have_the_queue_that_answered() {
        let tally = tally_of(vec![(0, asked()), (8, accepted(SALES)), (9, joined())]);
        assert_eq!(of(&tally, SALES), (1, 1, BTreeMap::new(), 1));
        assert_eq!(CallTally::default().queue_waits.of_queue(&SALES.to_string()), None);
    }

    #[test]
    fn consulted_colleagues_are_not_callers_of_a_queue() {
        let tally = tally_of(vec![(0, enters(HELP, None)), (5, accepted(HELP))]);
        assert_eq!(of(&tally, HELP), (0, 0, BTreeMap::new(), 0));
    }
}
