//! Result of a simulated campaign.

use std::collections::BTreeMap;

use cordboard_schema::time::UnixMs;
use serde::Serialize;

use super::{PeopleReport, Plan};
use crate::attempt::Outcome;
use crate::retries::End;

const HOUR_MS: i64 = 3_600_000;

/// An hour with calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HourRow {
    /// Calls that began in it.
    pub calls: u64,
    /// Talks that ended in it.
    pub talked: u64,
}

/// The figures of a simulated campaign.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Contacts of the list.
    pub contacts: usize,
    /// Contacts that are not finished at the end.
    pub left: usize,
    /// Calls that began.
    pub calls: u64,
    /// Calls by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Contacts by end.
    pub ends: BTreeMap<End, u64>,
    /// When the first call began.
    pub first_call_at: Option<UnixMs>,
    /// When the last call ended.
    pub last_end_at: Option<UnixMs>,
    /// The maximum calls at once: the number of lines that it needs.
    pub lines: u32,
    /// Total talk time, including mailboxes, in ms.
    pub talked_ms: u64,
    /// Hours (UTC) in which calls began or talks ended, by the hour's number since 1970.
    pub hours: BTreeMap<i64, HourRow>,
    /// In mode `predictive`: the agents.
    pub people: Option<PeopleReport>,
}

impl Report {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            contacts: plan.people.len(),
            left: 0,
            calls: 0,
            outcomes: BTreeMap::new(),
            ends: BTreeMap::new(),
            first_call_at: None,
            last_end_at: None,
            lines: 0,
            talked_ms: 0,
            hours: BTreeMap::new(),
            people: None,
        }
    }

    pub(super) fn dialled(&mut self, now: UnixMs, open: u32) {
        self.calls += 1;
        self.first_call_at.get_or_insert(now);
        self.lines = self.lines.max(open);
        self.hours.entry(now.0.div_euclid(HOUR_MS)).or_default().calls += 1;
    }

    pub(super) fn closed(&mut self, outcome: Outcome, talked_ms: u64, at: UnixMs) {
        *self.outcomes.entry(outcome).or_default() += 1;
        self.talked_ms += talked_ms;
        self.last_end_at = self.last_end_at.max(Some(at));
        if outcome == Outcome::Talked {
            self.hours.entry(at.0.div_euclid(HOUR_MS)).or_default().talked += 1;
        }
    }

    /// Calls with this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Number of hours in which calls began.
    pub fn calling_hours(&self) -> usize {
        self.hours.values().filter(|hour| hour.calls > 0).count()
    }

    /// Of calls that people answered, the percentage for which no agent was available.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn abandoned_percent(&self) -> f64 {
        let abandoned = self.of(Outcome::Abandoned);
        let answered = abandoned + self.of(Outcome::Talked);
        if answered == 0 { 0.0 } else { abandoned as f64 * 100.0 / answered as f64 }
    }

    /// Whether calls and contacts add up.
    pub fn balances(&self) -> bool {
        let closed: u64 = self.outcomes.values().sum();
        let ended: u64 = self.ends.values().sum();
        closed == self.calls && u64::try_from(self.contacts - self.left) == Ok(ended)
    }
}
