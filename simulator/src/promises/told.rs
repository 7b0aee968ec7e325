//! Compares what a follower of an organization's calls received with the journals on disk: the part that programs and pages share.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::CallId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::evidence::{Evidence, Life};

pub(super) const OWN: &str = "followers only receive calls of their own organization";
pub(super) const ENTRIES: &str =
    "followers receive each entry of a call's journal once, in order, without a gap";
pub(super) const LINES: &str = "followers receive each line that was said, and no other";
pub(super) const ROWS: &str = "a call that is shown to its followers is the fold of its journal";
pub(super) const LIVE: &str = "followers are shown all live calls, and none that is over";

/// Time in which followers receive an event, in ms.
const TOLD_MS: u64 = 1_000;
/// Time for which a database that had trouble delays events afterwards, in ms: calls are read again, and agents' names are waited for.
const DATABASE_MS: u64 = 10_000;

/// A fault: the promise, and how it was broken.
pub(super) type Fault = (&'static str, String);

/// The calls on disk at the end of a life, as an organization may see them.
pub(super) struct Truth<'a> {
    calls: BTreeMap<CallId, OfCall<'a>>,
    /// Whether the process was killed: its last messages need not be on disk.
    was_killed: bool,
    /// When the life ended, in ms.
    ended_ms: u64,
    /// Periods in which the database had trouble, or delayed events, in ms.
    troubled: Vec<(u64, u64)>,
    /// Whether the times of journals say when an event was sent.
    has_times: bool,
}

struct OfCall<'a> {
    is_own: bool,
    journal: &'a [JournalEntry],
    /// When each entry was written, in ms from the beginning of the world.
    times: Vec<u64>,
}

impl OfCall<'_> {
    fn entry(&self, seq: u64) -> Option<&JournalEntry> {
        self.journal.get(usize::try_from(seq).ok()?.checked_sub(1)?)
    }

    fn ended_ms(&self) -> Option<u64> {
        let is_end = |entry: &JournalEntry| matches!(entry.event, Event::Decision(Decision::Ended { .. }));
        self.times.get(self.journal.iter().position(is_end)?).copied()
    }

    fn is_over(&self, at_ms: u64) -> bool {
        self.ended_ms().is_some_and(|ended| ended <= at_ms)
    }
}

impl<'a> Truth<'a> {
    /// Returns the truth of a life.
    pub(super) fn of(evidence: &'a Evidence, life: &'a Life, organization: usize) -> Self {
        let own = evidence.organizations[organization % evidence.organizations.len()];
        let calls = life.left.iter().map(|book| {
            let times = evidence.entries(book).map(|(_, _, at_ms)| at_ms).collect();
            let is_own = book.row.organization_id == own;
            (book.row.id, OfCall { is_own, journal: &book.journal, times })
        });
        Self {
            calls: calls.collect(),
            was_killed: life.stored.is_none(),
            ended_ms: life.ended_ms,
            troubled: evidence.plan.database_troubles(DATABASE_MS),
            // Entries after the end of a call have calendar times.
            has_times: !evidence.plan.sets_calendar_back(),
        }
    }

    /// Whether an entry was written by then.
    fn was_written(&self, call: CallId, seq: u64, at_ms: u64) -> bool {
        let of_call = self.calls.get(&call).filter(|of_call| of_call.entry(seq).is_some());
        of_call.is_some_and(|of_call| {
            of_call.times.iter().filter(|written| **written <= at_ms).count() as u64 >= seq
        })
    }

    fn is_troubled(&self, at_ms: u64) -> bool {
        self.troubled.iter().any(|(from, until)| (*from..*until).contains(&at_ms))
    }
}

/// A follower's knowledge, as received.
pub(super) struct Told<'a> {
    truth: &'a Truth<'a>,
    /// When the snapshot arrived, in ms.
    snapshot_ms: u64,
    /// The newest entry of each call.
    known: BTreeMap<CallId, u64>,
    /// Calls that are shown as live, with their views.
    shown: BTreeMap<CallId, Value>,
    /// Folds of journals, as far as needed.
    folds: BTreeMap<CallId, Call>,
    /// The line that arrived last, before its entry; none if lines are not subscribed.
    line: Option<Value>,
    has_lines: bool,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Told<'a> {
    /// A follower without knowledge. Programs also get lines.
    pub(super) fn nothing(truth: &'a Truth<'a>, has_lines: bool) -> Self {
        Self {
            truth,
            snapshot_ms: 0,
            known: BTreeMap::new(),
            shown: BTreeMap::new(),
            folds: BTreeMap::new(),
            line: None,
            has_lines,
            faults: Vec::new(),
        }
    }

    /// Takes a snapshot of all live calls, with the times of its request and its arrival.
    pub(super) fn snapshot(&mut self, asked_ms: u64, at_ms: u64, calls: &[Value]) {
        self.snapshot_ms = at_ms;
        self.known.clear();
        self.shown.clear();
        self.line = None;
        for view in calls {
            let Some((call, seq)) = self.row(view) else { continue };
            if view["ended_at"].is_string() {
                self.fault(LIVE, format!("a snapshot has {call}, which is over"));
            }
            self.known.insert(call, seq);
            self.shown.insert(call, view.clone());
        }
        // An end that a kill took may have been known by then.
        let is_lost = self.truth.was_killed && at_ms + TOLD_MS > self.truth.ended_ms;
        if is_lost || self.is_vague() {
            return;
        }
        for (call, of_call) in self.truth.calls.iter().filter(|(_, of_call)| of_call.is_own) {
            let is_begun = of_call.times.first().is_some_and(|began| began + TOLD_MS < asked_ms);
            if is_begun && !of_call.is_over(at_ms + TOLD_MS) && !self.known.contains_key(call) {
                self.faults
                    .push((LIVE, format!("the snapshot at {at_ms} ms is missing {call}, which is live")));
            }
        }
    }

    /// Takes an entry of a journal.
    pub(super) fn entry(&mut self, told: &Value) {
        let line = self.line.take();
        let Some((call, seq)) = id_of(&told["call_id"]).zip(told["seq"].as_u64()) else {
            return self.fault(ENTRIES, format!("this is not an entry: {told}"));
        };
        let last = self.known.insert(call, seq);
        let Some(of_call) = self.own(call, told) else { return };
        let expected = of_call.entry(seq);
        let is_first = seq == 1 || of_call.is_over(self.snapshot_ms) || self.is_vague();
        let is_lost = expected.is_none() && self.truth.was_killed;
        match expected {
            Some(entry) if shown(entry) == *told => {
                let spoken = TranscriptItem::from_entry(entry).map(|line| in_json(&line));
                if self.has_lines && line != spoken {
                    self.fault(LINES, format!("{line:?} came with entry {seq} of {call}: {spoken:?}"));
                }
            }
            None if is_lost => {}
            entry => {
                let entry = entry.map(shown).unwrap_or_default();
                self.fault(ENTRIES, format!("entry {seq} of {call} is {entry}, and arrived as {told}"));
            }
        }
        match last {
            Some(last) if seq <= last => {
                self.fault(ENTRIES, format!("entry {seq} of {call} came after {last}"));
            }
            Some(last) if seq > last + 1 && !self.is_vague() => {
                self.fault(ENTRIES, format!("entry {seq} of {call} came after {last}"));
            }
            None if !is_first && !is_lost => {
                self.fault(ENTRIES, format!("the first entry of {call} that came is {seq}"));
            }
            _ => {}
        }
    }

    /// Takes a call whose row has changed.
    pub(super) fn call(&mut self, view: &Value) {
        let Some((call, seq)) = self.row(view) else { return };
        let known = self.known.get(&call).copied();
        if known != Some(seq) && !self.is_vague() {
            self.fault(ROWS, format!("{call} was shown at entry {seq}, and its newest entry is {known:?}"));
        }
        if view["ended_at"].is_string() {
            self.shown.remove(&call);
        } else {
            self.shown.insert(call, view.clone());
        }
    }

    /// Takes a line that was said.
    pub(super) fn line(&mut self, message: &Value) {
        if let Some(call) = id_of(&message["call_id"]) {
            self.own(call, message);
        }
        if let Some(before) = self.line.replace(message["line"].clone()) {
            self.fault(LINES, format!("no entry has the line {before}"));
        }
    }

    /// Checks the state at a moment at which the follower has been connected for a while: everything that happened a while before must have arrived.
    pub(super) fn rests(&mut self, until_ms: u64) {
        let Some(happened_ms) = until_ms.checked_sub(TOLD_MS) else { return };
        if self.is_vague() || self.truth.is_troubled(until_ms) || happened_ms < self.snapshot_ms {
            return;
        }
        for (call, of_call) in self.truth.calls.iter().filter(|(_, of_call)| of_call.is_own) {
            if self.shown.contains_key(call) && of_call.is_over(happened_ms) {
                self.faults.push((LIVE, format!("{call} is over, and shown as live at {until_ms} ms")));
            }
            let due = of_call.times.iter().filter(|at_ms| **at_ms <= happened_ms);
            let newest = due.clone().next_back().copied().unwrap_or_default();
            let (due, told) = (due.count() as u64, self.known.get(call).copied().unwrap_or_default());
            if self.truth.has_times && newest > self.snapshot_ms && told < due {
                let how = format!(
                    "at {until_ms} ms entry {due} of {call} is from {newest} ms, and {told} is the newest that arrived"
                );
                self.faults.push((ENTRIES, how));
            }
        }
        let shown: Vec<(CallId, Value)> = std::mem::take(&mut self.shown).into_iter().collect();
        for (call, view) in shown {
            let seq = self.known.get(&call).copied().unwrap_or_default();
            // A connection may be lost between an entry and its row.
            if self.truth.was_written(call, seq, happened_ms)
                && let Some(folded) = self.folded(call, seq)
            {
                let differ = differences(&view, &folded, &["last_seq"]);
                if !differ.is_empty() {
                    self.fault(ROWS, format!("{call} is at entry {seq}, and is shown with {differ}"));
                }
            }
            self.shown.insert(call, view);
        }
    }

    /// Whether the snapshot may be missing what a database in trouble had not taken, and what follows from that: the server then soon begins again
    /// with a snapshot.
    fn is_vague(&self) -> bool {
        self.truth.is_troubled(self.snapshot_ms)
    }

    /// Records a fault.
    pub(super) fn fault(&mut self, promise: &'static str, how: String) {
        self.faults.push((promise, how));
    }

    /// Checks that a shown call is the fold of its journal; returns its id and the entry up to which it is folded.
    fn row(&mut self, view: &Value) -> Option<(CallId, u64)> {
        let Some((call, seq)) = id_of(&view["id"]).zip(view["last_seq"].as_u64()) else {
            self.fault(ROWS, format!("this is not a call: {view}"));
            return None;
        };
        self.own(call, view)?;
        match self.folded(call, seq) {
            Some(folded) => {
                let differ = differences(view, &folded, &[]);
                if !differ.is_empty() && !self.is_vague() {
                    self.fault(ROWS, format!("{call} at entry {seq} is shown with {differ}"));
                }
            }
            None if self.truth.was_killed => {}
            None => self.fault(ROWS, format!("{call} has no entry {seq}")),
        }
        Some((call, seq))
    }

    /// Returns the truth of a call of their own. It is unknown for what a killed process had not stored.
    fn own(&mut self, call: CallId, told: &Value) -> Option<&'a OfCall<'a>> {
        let truth: &'a Truth<'a> = self.truth;
        match truth.calls.get(&call) {
            Some(of_call) if of_call.is_own => Some(of_call),
            None if truth.was_killed => None,
            _ => {
                self.fault(OWN, format!("they received {told}"));
                None
            }
        }
    }

    /// Returns a call as its first `seq` entries make it; none if there are fewer.
    fn folded(&mut self, call: CallId, seq: u64) -> Option<Call> {
        let truth: &'a Truth<'a> = self.truth;
        let journal = truth.calls.get(&call)?.journal.get(..usize::try_from(seq).ok()?)?;
        let known = self.folds.remove(&call).filter(|known| known.last_seq <= seq);
        let mut folded = match known {
            Some(known) => known,
            None => Call::begin(journal.first()?)?,
        };
        let begins = journal.partition_point(|entry| entry.seq <= folded.last_seq);
        journal[begins..].iter().for_each(|entry| folded.apply(entry));
        self.folds.insert(call, folded.clone());
        Some(folded)
    }
}

/// Returns an entry as the API shows it.
fn shown(entry: &JournalEntry) -> Value {
    let mut shown = in_json(&entry.event);
    shown["call_id"] = json!(entry.call_id);
    shown["seq"] = json!(entry.seq);
    shown["at"] = json!(entry.at.to_rfc3339());
    shown
}

/// Returns the members of a call that are shown differently from what they are, except for `but`.
fn differences(view: &Value, folded: &Call, but: &[&str]) -> String {
    let mut expected = in_json(folded);
    let held_since = folded.tally.as_ref().and_then(|tally| tally.held_since);
    expected["held_since"] = json!(held_since.map(|at| at.to_rfc3339()));
    let members = expected.as_object().into_iter().flatten();
    let differ = members.filter(|(name, is)| view[name.as_str()] != **is && !but.contains(&name.as_str()));
    let told: Vec<String> =
        differ.map(|(name, is)| format!("{name} {} and not {is}", view[name.as_str()])).collect();
    told.join(", ")
}

/// Converts a value as if it were read from text: numbers are then as in the server's messages.
fn in_json(what: &impl Serialize) -> Value {
    let text = serde_json::to_string(what).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn id_of(value: &Value) -> Option<CallId> {
    value.as_str()?.parse().ok()
}

/// Histories for tests of followers.
#[cfg(test)]
pub(super) mod histories {
    use super::*;
    use crate::evidence::Book;

    /// The journal of a call of 21 entries. The thirteenth is a line of the caller, and the last one is the end.
    const JOURNAL: &str = include_str!(
        "../../../call/tests/machine/journals/097-talkingspeaks1sspoken1swordsbyesays22spl.jsonl"
    );
    /// The sequence number of that line.
    pub(in crate::promises) const LINE: u64 = 13;
    /// The sequence number of the end.
    pub(in crate::promises) const END: u64 = 21;

    pub(in crate::promises) fn journal() -> Vec<JournalEntry> {
        let journal: Vec<JournalEntry> =
            JOURNAL.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(journal.len() as u64, END);
        assert!(TranscriptItem::from_entry(&journal[12]).is_some());
        assert!(matches!(journal[20].event, Event::Decision(Decision::Ended { .. })));
        journal
    }

    /// A call whose journal has these decisions after its first entry.
    pub(in crate::promises) fn book(decisions: Vec<Decision>) -> Book {
        let first = journal().remove(0);
        let row = Call::begin(&first).unwrap();
        let decided = (2..).zip(decisions);
        let rest =
            decided.map(|(seq, decision)| JournalEntry { seq, event: decision.into(), ..first.clone() });
        let journal = [first.clone()].into_iter().chain(rest).collect();
        Book { row, transcript: Vec::new(), journal }
    }

    /// The truth of that call, with an entry every 200 ms from 200 ms on.
    pub(in crate::promises) fn truth(journal: &[JournalEntry]) -> Truth<'_> {
        let times = journal.iter().map(|entry| entry.seq * 200).collect();
        let of_call = OfCall { is_own: true, journal, times };
        let calls = [(journal[0].call_id, of_call)].into();
        Truth { calls, was_killed: false, ended_ms: 10_000, troubled: Vec::new(), has_times: true }
    }

    /// The truth as another organization sees it.
    pub(in crate::promises) fn foreign(journal: &[JournalEntry]) -> Truth<'_> {
        let mut truth = truth(journal);
        truth.calls.values_mut().for_each(|of_call| of_call.is_own = false);
        truth
    }

    /// The truth of a killed process that has stored these entries.
    pub(in crate::promises) fn killed(journal: &[JournalEntry]) -> Truth<'_> {
        Truth { was_killed: true, ..truth(journal) }
    }

    /// Returns the call's view at an entry.
    pub(in crate::promises) fn view(journal: &[JournalEntry], seq: usize) -> Value {
        let mut call = Call::begin(&journal[0]).unwrap();
        journal[1..seq].iter().for_each(|entry| call.apply(entry));
        let mut view = in_json(&call);
        view["held_since"] = Value::Null;
        view
    }

    /// Returns the messages about entries as the server sends them: each line, each entry, and the call if its row has changed.
    pub(in crate::promises) fn messages(journal: &[JournalEntry], has_lines: bool) -> Vec<Value> {
        let mut told = Vec::new();
        for entry in journal {
            if let Some(line) = TranscriptItem::from_entry(entry).filter(|_| has_lines) {
                told.push(json!({ "kind": "transcript", "call_id": entry.call_id, "line": line }));
            }
            told.push(json!({ "kind": "entry", "entry": shown(entry) }));
            told.push(json!({ "kind": "call", "call": view(journal, entry.seq as usize) }));
        }
        told
    }
}
