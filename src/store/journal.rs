//! Appends to the journal, and folds the new entries into the call's row, its agents, transcript, words and recording, and messages that were taken:
//! all in one transaction.
//!
//! `calls.last_seq` is written together with the entries, so an append can be repeated: entries up to it are on disk and are skipped, for example
//! after a commit whose answer was lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use cordboard_schema::activity::Activity;
use cordboard_schema::call::Direction;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::JOURNAL_FOLDED_CALLS;
use cordboard_tables::rows::{
    ActivityRow, CallAgentRow, CallCountsRow, CallRow, EventRow, OutsideIdRow, RecordingRow, TranscriptRow,
};
use cordboard_tables::tables::{
    activities, call_agents, call_events, call_outside_ids, calls, recordings, transcript_items,
};
use diesel::prelude::*;

use super::call_words::IndexedWords;
use super::deliveries::Outbox;
use super::inserting::insert_all;
use super::{
    Connection, StoreError, call_words, callbacks, calls as call_queries, campaigns, dialler_calls,
    extractions, figures, notifications,
};

/// Calls as they are on disk, cached by the writer so that it need not read them.
#[derive(Debug, Default)]
pub(super) struct FoldedCalls {
    /// Boxed, because a map reserves room for up to twice its entries, and a call is large.
    calls: HashMap<CallId, Box<Call>>,
    words: IndexedWords,
}

/// The changes of one transaction to its calls.
#[derive(Debug, Default)]
pub(super) struct Changes(HashMap<CallId, Change>);

#[derive(Debug)]
struct Change {
    /// The call on disk; `None` before its first entry.
    before: Option<Call>,
    after: Call,
}

impl FoldedCalls {
    /// Takes over the changes of a committed transaction.
    pub(super) fn take_in(&mut self, changes: Changes) {
        if self.calls.len() + changes.0.len() > JOURNAL_FOLDED_CALLS {
            self.clear();
        }
        for (id, change) in changes.0 {
            if change.after.ended_at.is_some() {
                self.calls.remove(&id);
                self.words.forget(id);
            } else {
                self.calls.insert(id, Box::new(change.after));
            }
        }
    }

    /// Forgets everything, if the content of the disk is uncertain.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.words.clear();
    }
}

/// Appends `entries`, in order, in the caller's transaction. If it fails, `folded` has to be cleared.
pub(super) fn append(
    connection: &mut Connection,
    folded: &mut FoldedCalls,
    entries: &[Arc<JournalEntry>],
) -> Result<Changes, StoreError> {
    let mut changes = Changes::default();
    let mut fresh = Vec::new();
    for entry in entries {
        if fold(connection, folded, &mut changes, entry)? {
            fresh.push(entry);
        }
    }
    let mut marks = figures::Marks::default();
    for change in changes.0.values() {
        write_call(connection, change)?;
        extractions::note_due(connection, change.before.as_ref(), &change.after)?;
        marks.of_call(change.before.as_ref(), &change.after);
    }
    marks.write_changes(connection)?;
    let (mut events, mut lines, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &fresh {
        events.push(EventRow::new(entry)?);
        lines.extend(TranscriptRow::of(entry)?);
        let from = changes.0.get(&entry.call_id).and_then(|change| change.after.from.as_deref());
        if let Some(activity) = Activity::from_entry(entry, from) {
            done.push(ActivityRow::new(&activity)?);
        }
    }
    insert_all!(connection, call_events::table, events);
    call_words::write(connection, &mut folded.words, &lines)?;
    insert_all!(connection, transcript_items::table, lines);
    insert_all!(connection, activities::table, done);
    // After all rows: an event may need earlier entries that are in the same batch.
    let mut outbox = Outbox::default();
    for entry in fresh {
        callbacks::of_entry(connection, entry)?;
        if let Some(change) = changes.0.get(&entry.call_id) {
            report(connection, &mut outbox, entry, &change.after)?;
        }
    }
    Ok(changes)
}

/// Writes messages to webhooks and people about an entry to the outbox. A bad row of theirs loses no entry of the journal.
fn report(
    connection: &mut Connection,
    outbox: &mut Outbox,
    entry: &JournalEntry,
    call: &Call,
) -> Result<(), StoreError> {
    if let Err(error) = dialler_calls::of_entry(connection, entry, call) {
        let StoreError::BadRow(bad) = error else { return Err(error) };
        let (call_id, seq) = (entry.call_id, entry.seq);
        tracing::error!(%call_id, seq, %bad, "the result of a call for a dialler can't be stored");
    }
    let outcome = match notifications::of_entry(connection, entry, call) {
        Ok(Some(event)) => outbox.put(connection, entry.organization_id, event, entry.at),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match outcome {
        Err(StoreError::BadRow(bad)) => {
            let (call_id, seq) = (entry.call_id, entry.seq);
            tracing::error!(%call_id, seq, %bad, "an event is not sent to webhooks");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Folds `entry` into its call. Returns false if the call contains it already.
fn fold(
    connection: &mut Connection,
    folded: &FoldedCalls,
    changes: &mut Changes,
    entry: &JournalEntry,
) -> Result<bool, StoreError> {
    let change = match changes.0.entry(entry.call_id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => {
            let before = match folded.calls.get(&entry.call_id) {
                Some(call) => Some(Call::clone(call)),
                None => call_queries::find_anywhere(connection, entry.call_id)?,
            };
            let Some(after) = before.clone() else {
                let after = Call::begin(entry).ok_or(StoreError::NoBeginning)?;
                unknown.insert(Change { before, after });
                return Ok(true);
            };
            unknown.insert(Change { before, after })
        }
    };
    if entry.organization_id != change.after.organization_id {
        return Err(StoreError::OtherOrganization);
    }
    if entry.seq <= change.after.last_seq {
        return Ok(false);
    }
    change.after.apply(entry);
    Ok(true)
}

fn write_call(connection: &mut Connection, Change { before, after }: &Change) -> Result<(), StoreError> {
    if before.as_ref() == Some(after) {
        return Ok(());
    }
    let id = after.id.to_string();
    let counts = match before {
        Some(before) => CallCountsRow::of_change(before, after)?,
        None => None,
    };
    // Most batches change only a call's counts. Updates are prepared each time, so one with three columns is cheaper.
    let write = |connection: &mut Connection| -> Result<(), StoreError> {
        if let Some(counts) = &counts {
            diesel::update(calls::table.find(&id)).set(counts).execute(connection)?;
            return Ok(());
        }
        let mut row = CallRow::new(after)?;
        match before {
            None => diesel::insert_into(calls::table).values(&row).execute(connection)?,
            Some(before) => {
                // A call without a tally may count as handed over by its journal alone, so its stored value is kept.
                if before.tally.is_none() && !row.handed_over {
                    row.handed_over = calls::table.find(&id).select(calls::handed_over).first(connection)?;
                }
                diesel::update(calls::table.find(&id)).set(&row).execute(connection)?
            }
        };
        Ok(())
    };
    // A campaign may have made the call and closed its attempt already.
    let costs = |call: &Call| (call.cost_micros, call.answered_at, call.ended_at);
    if after.direction == Direction::Outbound && before.as_ref().map(costs) != Some(costs(after)) {
        campaigns::count_around_calls(connection, std::slice::from_ref(&id), write)?;
    } else {
        write(connection)?;
    }
    let stored = before.as_ref().map_or(0, |call| call.outside_ids.len());
    for row in OutsideIdRow::after(after, stored)? {
        diesel::insert_into(call_outside_ids::table).values(row).execute(connection)?;
    }
    write_agents(connection, before.as_ref(), after)?;
    write_recording(connection, before.as_ref(), after)
}

fn write_agents(connection: &mut Connection, before: Option<&Call>, after: &Call) -> Result<(), StoreError> {
    let stored = before.map_or(&[][..], |call| &call.agents);
    for agent in after.agents.iter().filter(|agent| !stored.contains(agent)) {
        let row = CallAgentRow::new(after, agent)?;
        if stored.iter().any(|known| known.user_id == agent.user_id) {
            let found = call_agents::table.find((&row.call_id, &row.user_id));
            diesel::update(found).set(&row).execute(connection)?;
        } else {
            diesel::insert_into(call_agents::table).values(&row).execute(connection)?;
        }
    }
    Ok(())
}

fn write_recording(
    connection: &mut Connection,
    before: Option<&Call>,
    after: &Call,
) -> Result<(), StoreError> {
    let recording = |call: &Call| (call.recording.clone(), call.recording_ms);
    let stored = before.map(recording).unwrap_or_default();
    if stored == recording(after) {
        return Ok(());
    }
    match (RecordingRow::of(after)?, stored.0) {
        (Some(row), None) => diesel::insert_into(recordings::table).values(&row).execute(connection)?,
        (Some(row), Some(_)) => {
            diesel::update(recordings::table.find(&row.call_id)).set(&row).execute(connection)?
        }
        (None, _) => diesel::delete(recordings::table.find(after.id.to_string())).execute(connection)?,
    };
    Ok(())
}
