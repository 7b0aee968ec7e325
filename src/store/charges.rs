//! Charges of calls in journal entries that are not on disk yet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::ids::OrganizationId;

/// The sums by organization, in millionths of the currency. 128 bits, so that no sum is cut and what was added can be subtracted again.
#[derive(Debug, Default)]
pub(super) struct Charges(HashMap<OrganizationId, u128>);

impl Charges {
    /// Adds an entry's charge, if it is one.
    pub(super) fn add(&mut self, entry: &JournalEntry) {
        if let Some(micros) = charge(entry) {
            *self.0.entry(entry.organization_id).or_default() += u128::from(micros);
        }
    }

    /// Subtracts an entry's charge again.
    pub(super) fn remove(&mut self, entry: &JournalEntry) {
        let Some(micros) = charge(entry) else { return };
        if let Entry::Occupied(mut sum) = self.0.entry(entry.organization_id) {
            *sum.get_mut() = sum.get().saturating_sub(u128::from(micros));
            if *sum.get() == 0 {
                sum.remove();
            }
        }
    }

    /// The sums of all organizations with charges.
    pub(super) fn all(&self) -> Vec<(OrganizationId, u64)> {
        self.0.iter().map(|(id, sum)| (*id, whole(*sum))).collect()
    }
}

fn whole(sum: u128) -> u64 {
    u64::try_from(sum).unwrap_or(u64::MAX)
}

fn charge(entry: &JournalEntry) -> Option<u64> {
    match &entry.event {
        Event::Decision(Decision::Charged { cost_micros, .. }) => Some(*cost_micros),
        _ => None,
    }
}
