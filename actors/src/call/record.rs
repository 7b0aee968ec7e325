//! The record of a call: the number of its newest journal entry, and everything that is derived from each entry as it
//! is journalled.

use cordboard_schema::event::{Event, JournalEntry};
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;

use super::actor::CallIdentity;
use super::caller_page::CallerPage;
use super::log::CallLog;
use super::neighbours::CallFacts;
use super::spans::CallSpans;
use crate::messages::Journal;
use crate::meters::{AssistantMeter, CallMeter, Meters};

/// Every event passes here once: it gets its number, and log, caller's page, meter and spans take it in.
#[derive(Debug)]
pub(super) struct CallRecord {
    newest_seq: u64,
    log: CallLog,
    caller_page: CallerPage,
    meter: CallMeter,
    spans: CallSpans,
}

impl CallRecord {
    /// Creates the record of a call that begins.
    pub(super) fn begin(meters: Meters) -> Self {
        Self::go_on(0, CallLog::default(), CallerPage::default(), meters)
    }

    /// Creates the record of a call that another process has journalled up to this entry.
    pub(super) fn go_on(newest_seq: u64, log: CallLog, caller_page: CallerPage, meters: Meters) -> Self {
        Self { newest_seq, log, caller_page, meter: CallMeter::new(meters), spans: CallSpans::default() }
    }

    /// Takes events in, and returns the entries for the journal. To be called in the call's own span.
    pub(super) fn enter(&mut self, identity: CallIdentity, at: UnixMs, events: Vec<Event>) -> Journal {
        let CallIdentity { organization_id, call_id } = identity;
        let seqs = self.newest_seq + 1..;
        let entries: Vec<JournalEntry> = seqs
            .zip(events)
            .map(|(seq, event)| {
                self.log.take(&event, at);
                self.caller_page.take(&event);
                self.meter.take(at, &event);
                self.spans.take(&event);
                JournalEntry { organization_id, call_id, seq, at, event }
            })
            .collect();
        self.newest_seq += entries.len() as u64;
        Journal { entries }
    }

    /// Number of the newest journal entry.
    pub(super) fn newest_seq(&self) -> u64 {
        self.newest_seq
    }

    /// The page of the party at the caller's end.
    pub(super) fn caller_page(&mut self) -> &mut CallerPage {
        &mut self.caller_page
    }

    /// Facts of the call that an assistant may get.
    pub(super) fn facts(&self, call_id: CallId) -> CallFacts {
        self.log.facts(call_id)
    }

    /// Whether a dialplan has announced that the caller withholds their number.
    pub(super) fn caller_withholds_number(&self) -> bool {
        self.log.caller_withholds_number()
    }

    /// The meter of an assistant of this call.
    pub(super) fn assistant_meter(&self) -> AssistantMeter {
        self.meter.of_assistant()
    }

    /// An assistant's audio was cleared from the caller's ear.
    pub(super) fn cleared(&mut self) {
        self.meter.cleared();
    }
}
