//! Sums of calls, as the database stores them. They can all be added.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Spread;
use crate::switch::HandoffFailure;

/// Figures of calls that share an hour or a day, and a property. Any two can be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "`ReportFigures` documents them")]
pub struct Sums {
    #[serde(skip_serializing_if = "is_zero")]
    pub calls: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub inbound: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub answered: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub contained: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub handed_over: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub missed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub open: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub handoffs: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub bridged: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<HandoffFailure, u64>,
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub waits: Spread,
    #[serde(skip_serializing_if = "Spread::is_empty")]
    pub replies: Spread,
    /// Total duration of calls, in ms, and their number.
    #[serde(skip_serializing_if = "is_none")]
    pub talk: (u64, u64),
    /// Total time that people spent on calls, in ms, and the number of times.
    #[serde(skip_serializing_if = "is_none")]
    pub handling: (u64, u64),
    #[serde(skip_serializing_if = "is_zero")]
    pub cost_micros: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "is_zero")]
    pub leads: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub bookings: u64,
    /// Total time that callers and assistants spent in conversation, in ms, and the number of calls for which it was counted.
    #[serde(skip_serializing_if = "is_none")]
    pub conversed: (u64, u64),
    #[serde(skip_serializing_if = "is_zero")]
    pub silent_ms: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub interruptions: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub settled: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub resolved: u64,
}

impl Sums {
    /// Adds the figures of others.
    pub fn add(&mut self, other: &Self) {
        let Self {
            calls, inbound, answered, contained, handed_over, missed, open, handoffs, bridged, ..
        } = other;
        self.calls += calls;
        self.inbound += inbound;
        self.answered += answered;
        self.contained += contained;
        self.handed_over += handed_over;
        self.missed += missed;
        self.open += open;
        self.handoffs += handoffs;
        self.bridged += bridged;
        for (failure, count) in &other.failures {
            *self.failures.entry(*failure).or_default() += count;
        }
        self.waits.add(&other.waits);
        self.replies.add(&other.replies);
        let both = |one: (u64, u64), other: (u64, u64)| (one.0.saturating_add(other.0), one.1 + other.1);
        self.talk = both(self.talk, other.talk);
        self.handling = both(self.handling, other.handling);
        self.cost_micros = self.cost_micros.saturating_add(other.cost_micros);
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome.clone()).or_default() += count;
        }
        self.leads += other.leads;
        self.bookings += other.bookings;
        self.conversed = both(self.conversed, other.conversed);
        self.silent_ms = self.silent_ms.saturating_add(other.silent_ms);
        self.interruptions += other.interruptions;
        self.settled += other.settled;
        self.resolved += other.resolved;
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde requires it")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde requires it")]
const fn is_none((ms, count): &(u64, u64)) -> bool {
    *ms == 0 && *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns sums in which every figure is different, multiplied by `times`.
    fn sums(times: u64) -> Sums {
        Sums {
            calls: 2 * times,
            inbound: 3 * times,
            answered: 4 * times,
            contained: 5 * times,
            handed_over: 6 * times,
            missed: 7 * times,
            open: 8 * times,
            handoffs: 9 * times,
            bridged: 10 * times,
            failures: [(HandoffFailure::Busy, 11 * times)].into(),
            talk: (12 * times, 13 * times),
            handling: (14 * times, 15 * times),
            cost_micros: 16 * times,
            outcomes: [("sold".to_owned(), 17 * times)].into(),
            leads: 18 * times,
            bookings: 19 * times,
            conversed: (20 * times, 21 * times),
            silent_ms: 22 * times,
            interruptions: 23 * times,
            settled: 24 * times,
            resolved: 25 * times,
            ..Sums::default()
        }
    }

    #[test]
    fn two_of_them_are_added_figure_by_figure() {
        let mut both = sums(1);
        both.add(&sums(2));
        assert_eq!(both, sums(3));
        let mut other = Sums::default();
        other.add(&sums(5));
        assert_eq!(other, sums(5));
        let mut most = Sums { cost_micros: u64::MAX, talk: (u64::MAX, 1), ..Sums::default() };
        most.add(&sums(1));
        assert_eq!((most.cost_micros, most.talk), (u64::MAX, (u64::MAX, 14)), "times and costs saturate");
    }

    #[test]
    fn zeros_are_not_written() {
        assert_eq!(serde_json::to_string(&Sums::default()).unwrap(), "{}");
        for (sums, written) in [
            (Sums { calls: 1, ..Sums::default() }, r#"{"calls":1}"#),
            (Sums { talk: (0, 1), ..Sums::default() }, r#"{"talk":[0,1]}"#),
            (Sums { talk: (5, 0), ..Sums::default() }, r#"{"talk":[5,0]}"#),
        ] {
            assert_eq!(serde_json::to_string(&sums).unwrap(), written);
            assert_eq!(serde_json::from_str::<Sums>(written).unwrap(), sums);
        }
    }
}
