//! The queue from the actors to the writer: adding to it never blocks, and the writer waits for it.
//!
//! Entries have positions: `accepted` counts those added, `finished` those on disk or refused, and the ones in between wait. A commit waits until
//! `finished` reaches the present `accepted`.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::messages::{JournalHealth, StoreFault};
use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares, UsedUp};
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{
    AUDIT_BATCH_ROWS, AUDIT_WAITING_MAX, COMMIT_WAIT_MS, JOURNAL_BATCH_MS, JOURNAL_BATCH_ROWS,
    STORE_CHANGES_MAX, STORE_CHANGES_RESERVED,
};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::changing::LastWord;
use super::charges::Charges;
use super::{Asker, Connection, StoreError};

/// Refused entries that are kept for commits that wait for them: more than a batch contains.
const REFUSED_KEPT: usize = 2 * JOURNAL_BATCH_ROWS;

/// The writer's next work after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterPause {
    /// Try again.
    Retry,
    /// The store is being closed, and its time is over.
    GiveUp,
}

/// The writer's next work.
pub(super) enum Work {
    /// Entries of the journal.
    Rows(Vec<Arc<JournalEntry>>),
    /// A change of something else, such as a profile.
    Change(Change),
    /// Entries of the audit log that belong to no change.
    Audit(Vec<AuditEntry>),
}

/// Kinds of work for the writer. Each is written in a transaction of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rows,
    Change,
    Audit,
}

impl Kind {
    /// The next kind. The kinds take turns, so that none waits for more than one transaction of each other kind, however much work those have.
    fn next(last: Option<Self>, is_due: impl Fn(Self) -> bool) -> Option<Self> {
        let round = match last {
            Some(Self::Rows) => [Self::Change, Self::Audit, Self::Rows],
            Some(Self::Change) => [Self::Audit, Self::Rows, Self::Change],
            Some(Self::Audit) | None => [Self::Rows, Self::Change, Self::Audit],
        };
        round.into_iter().find(|kind| is_due(*kind))
    }
}

/// When the writer has work.
enum Due {
    Now(Work),
    /// When a batch has waited long enough, unless something comes earlier.
    At(Instant),
    WhenChanged,
    /// Never again: the queue is closed and empty.
    Ended,
}

/// A change that a program requested. It gets a transaction that was begun for it, or the reason why there is none, and ends the transaction. It
/// reports its outcome itself.
pub(super) struct Change {
    pub(super) make: Make,
    /// Whether the caller still waits for it.
    pub(super) word: LastWord,
    /// Its place in the queue, while it waits or is being made.
    pub(super) place: ShareTaken<Asker>,
}

/// The work of a change.
pub(super) type Make = Box<dyn FnOnce(BegunTransaction<'_>) + Send>;

/// A connection in a transaction, or why there is none.
pub(super) type BegunTransaction<'c> = Result<&'c mut Connection, StoreError>;

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// Why a change is not accepted.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoRoom {
    /// Too many changes wait, or the store is closing.
    Full,
    /// The caller's share of waiting changes is used up.
    ShareUsedUp {
        /// The share.
        share: usize,
    },
}

/// The bounded queue in front of the writer.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Only the writer waits for it.
    changed: Notify,
    progress: watch::Sender<Progress>,
    waiting_max: usize,
    places: Shares<Asker>,
    /// Incremented when the writer begins and ends a transaction.
    written: AtomicU64,
}

/// An entry that is not on disk.
#[derive(Debug)]
struct Waiting {
    entry: Arc<JournalEntry>,
    since: Instant,
}

#[derive(Debug, Default)]
struct State {
    /// In the order of arrival.
    rows: VecDeque<Waiting>,
    /// The entries before those, which the writer is writing: they wait until they are on disk.
    in_hand: VecDeque<Waiting>,
    /// The charges of all of them.
    charges: Charges,
    changes: VecDeque<Change>,
    audit: VecDeque<AuditEntry>,
    /// The kind of the writer's last work.
    last: Option<Kind>,
    /// Whether entries of the audit log are being lost, and this was logged.
    audit_lost: bool,
    accepted: u64,
    finished: u64,
    /// A commit waits for the entries up to here, so there is no waiting for a fuller batch.
    hurry_to: u64,
    lost: u64,
    /// `accepted` when the last entry was lost. Until that is on disk, no commit succeeds.
    lost_after: Option<u64>,
    /// Positions of the newest entries that the database refused, and why.
    refused: VecDeque<(u64, String)>,
    fault: Option<String>,
    /// Set when closing: no more entries are accepted, and the writer gives up at this time.
    close_by: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    finished: u64,
    ended: bool,
}

impl State {
    fn waiting(&self) -> usize {
        usize::try_from(self.accepted - self.finished).unwrap_or(usize::MAX)
    }

    /// When the next entries are to be written: at once if there are enough or a commit waits, else when the oldest has waited long enough.
    fn rows_due_at(&self) -> Option<Instant> {
        let oldest_at = self.rows.front()?.since;
        let hurried = self.close_by.is_some() || self.hurry_to > self.finished;
        let is_full = self.rows.len() >= JOURNAL_BATCH_ROWS;
        let wait_ms = if hurried || is_full { 0 } else { JOURNAL_BATCH_MS };
        Some(oldest_at + Duration::from_millis(wait_ms))
    }

    /// The next work of a kind that has some.
    fn take(&mut self, kind: Kind) -> Option<Work> {
        self.last = Some(kind);
        Some(match kind {
            Kind::Rows => {
                let rows = self.rows.len().min(JOURNAL_BATCH_ROWS);
                let batch: VecDeque<Waiting> = self.rows.drain(..rows).collect();
                let entries = batch.iter().map(|row| row.entry.clone()).collect();
                self.in_hand.extend(batch);
                Work::Rows(entries)
            }
            Kind::Change => Work::Change(self.changes.pop_front()?),
            Kind::Audit => {
                let lines = self.audit.len().min(AUDIT_BATCH_ROWS);
                self.audit_lost = false;
                Work::Audit(self.audit.drain(..lines).collect())
            }
        })
    }
}

impl Queue {
    /// An empty queue for at most `waiting_max` entries.
    pub(super) fn new(waiting_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            progress: watch::Sender::default(),
            waiting_max,
            places: Shares::new(Amount { total: STORE_CHANGES_MAX, reserve: STORE_CHANGES_RESERVED }),
            written: AtomicU64::new(0),
        }
    }

    /// Notes that the writer begins or ends a transaction.
    pub(super) fn writes(&self) {
        self.written.fetch_add(1, Ordering::SeqCst);
    }

    /// A number that stays the same while the writer writes nothing.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    /// Only plain assignments happen under the lock, so a poisoned one can still be used.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry. If there is no room, it is lost and counted.
    pub(super) fn push(&self, entry: Arc<JournalEntry>) -> Result<(), StoreFault> {
        let mut state = self.lock();
        if state.close_by.is_some() || state.waiting() >= self.waiting_max {
            state.lost += 1;
            let first = state.lost_after.is_none();
            state.lost_after = Some(state.accepted);
            let (waiting, closing) = (state.waiting(), state.close_by.is_some());
            drop(state);
            if first {
                tracing::error!(
                    waiting,
                    closing,
                    "the journal loses entries: there is no room in memory, or the store is closing"
                );
            }
            return Err(if closing { StoreFault::Closed } else { memory_full() });
        }
        state.accepted += 1;
        state.charges.add(&entry);
        state.rows.push_back(Waiting { entry, since: Instant::now() });
        let waiting = state.rows.len();
        drop(state);
        if waiting == 1 || waiting == JOURNAL_BATCH_ROWS {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Adds a change for a caller with these claims.
    pub(super) fn push_change(
        &self,
        (claims, reach): (Vec<Claim<Asker>>, Reach),
        word: LastWord,
        make: Make,
    ) -> Result<(), NoRoom> {
        let place = self.places.take(&claims, reach).map_err(|used_up| match used_up {
            UsedUp::Share { share, .. } => NoRoom::ShareUsedUp { share },
            UsedUp::Total { .. } | UsedUp::AllButReserve { .. } => NoRoom::Full,
        })?;
        let mut state = self.lock();
        if state.close_by.is_some() {
            return Err(NoRoom::Full);
        }
        state.changes.push_back(Change { make, word, place });
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Adds an entry of the audit log. If there is no room, it is lost, and the log says whose it was.
    pub(super) fn push_audit(&self, entry: AuditEntry) {
        let mut state = self.lock();
        if state.close_by.is_some() || state.audit.len() >= AUDIT_WAITING_MAX {
            let is_first = !std::mem::replace(&mut state.audit_lost, true);
            drop(state);
            if is_first {
                let AuditEntry { action, subject, actor, .. } = &entry;
                tracing::error!(
                    action,
                    subject,
                    ?actor,
                    "the audit log loses entries: there is no room in memory, or the store is closing"
                );
            }
            return;
        }
        state.audit.push_back(entry);
        drop(state);
        self.changed.notify_one();
    }

    /// Whether an entry of this call waits for the writer.
    pub(super) fn has_entry_of(&self, call_id: CallId) -> bool {
        let state = self.lock();
        state.in_hand.iter().chain(&state.rows).any(|row| row.entry.call_id == call_id)
    }

    /// Waits until everything added before is on disk.
    pub(super) async fn committed(&self) -> Result<(), StoreFault> {
        let (from, to) = {
            let mut state = self.lock();
            if state.lost_after.is_some() {
                return Err(if state.close_by.is_some() { StoreFault::Closed } else { memory_full() });
            }
            state.hurry_to = state.accepted;
            (state.finished, state.accepted)
        };
        self.changed.notify_one();
        self.finished_to(to).await?;
        match self.lock().refused.iter().find(|(at, _)| *at > from && *at <= to) {
            Some((_, reason)) => Err(StoreFault::Database(reason.clone())),
            None => Ok(()),
        }
    }

    async fn finished_to(&self, to: u64) -> Result<(), StoreFault> {
        let mut progress = self.progress.subscribe();
        let reached = progress.wait_for(|progress| progress.finished >= to || progress.ended);
        match timeout(Duration::from_millis(COMMIT_WAIT_MS), reached).await {
            Ok(Ok(progress)) if progress.finished >= to => Ok(()),
            Ok(_) => Err(StoreFault::Closed),
            Err(_) => Err(StoreFault::TimedOut),
        }
    }

    /// Returns how the journal keeps up.
    pub(super) fn health(&self) -> JournalHealth {
        let state = self.lock();
        JournalHealth {
            waiting: state.waiting(),
            waiting_max: self.waiting_max,
            lost: state.lost,
            fault: state.fault.clone(),
        }
    }

    /// The charges of calls in entries that are not on disk, in millionths of the currency, by organization.
    pub(super) fn charges_everywhere(&self) -> Vec<(OrganizationId, u64)> {
        self.lock().charges.all()
    }

    /// How long the oldest entry has waited that is not on disk.
    pub(super) fn lag(&self) -> Duration {
        let state = self.lock();
        state.in_hand.front().or(state.rows.front()).map_or(Duration::ZERO, |row| row.since.elapsed())
    }

    /// The writer's next work, from each kind in turn. Changes and entries of the audit log are due at once. Entries of the journal, at most
    /// [`JOURNAL_BATCH_ROWS`], are due when there are that many, when the oldest has waited [`JOURNAL_BATCH_MS`], or when a commit waits. `None` when
    /// the queue is closed and empty.
    pub(super) async fn next_work(&self) -> Option<Work> {
        loop {
            match self.due() {
                Due::Now(work) => return Some(work),
                Due::Ended => return None,
                Due::WhenChanged => self.changed.notified().await,
                // Whether notified or timed out, the state is checked again.
                Due::At(at) => drop(timeout_at(at, self.changed.notified()).await),
            }
        }
    }

    fn due(&self) -> Due {
        let mut state = self.lock();
        let (now, rows_at) = (Instant::now(), state.rows_due_at());
        let next = Kind::next(state.last, |kind| match kind {
            Kind::Rows => rows_at.is_some_and(|at| at <= now),
            Kind::Change => !state.changes.is_empty(),
            Kind::Audit => !state.audit.is_empty(),
        });
        match (next.and_then(|kind| state.take(kind)), rows_at) {
            (Some(work), _) => Due::Now(work),
            (None, Some(at)) => Due::At(at),
            (None, None) if state.close_by.is_some() => Due::Ended,
            (None, None) => Due::WhenChanged,
        }
    }

    /// Notes that the writer's next `rows` entries are on disk.
    pub(super) fn finish(&self, rows: usize) {
        self.advance(rows as u64, None);
    }

    /// Notes that the writer's next entry will never be on disk.
    pub(super) fn refuse(&self, reason: String) {
        self.advance(1, Some(reason));
    }

    fn advance(&self, rows: u64, refused: Option<String>) {
        let mut state = self.lock();
        state.finished += rows;
        state.fault = None;
        let State { in_hand, charges, .. } = &mut *state;
        let done = in_hand.len().min(usize::try_from(rows).unwrap_or(usize::MAX));
        in_hand.drain(..done).for_each(|row| charges.remove(&row.entry));
        if let Some(reason) = refused {
            state.lost += rows;
            let at = state.finished;
            state.refused.push_back((at, reason));
            if state.refused.len() > REFUSED_KEPT {
                state.refused.pop_front();
            }
        }
        if state.lost_after.is_some_and(|accepted| state.finished >= accepted) {
            state.lost_after = None;
        }
        let finished = state.finished;
        drop(state);
        self.progress.send_modify(|progress| progress.finished = finished);
    }

    /// Notes that the database does not accept the writer's entries at present. Returns whether that is new.
    pub(super) fn set_fault(&self, fault: String) -> bool {
        self.lock().fault.replace(fault).is_none()
    }

    /// Lets the writer wait for `pause`, or less if the store closes meanwhile.
    pub(super) async fn pause(&self, pause: Duration) -> AfterPause {
        let until = Instant::now() + pause;
        let closing_before = self.lock().close_by.is_some();
        loop {
            let (now, close_by) = (Instant::now(), self.lock().close_by);
            let end = match close_by {
                Some(close_by) if now >= close_by => return AfterPause::GiveUp,
                Some(_) if !closing_before => return AfterPause::Retry,
                Some(close_by) => until.min(close_by),
                None => until,
            };
            if now >= until {
                return AfterPause::Retry;
            }
            drop(timeout_at(end, self.changed.notified()).await);
        }
    }

    /// Accepts no more entries. The writer has until `close_by` for those that wait.
    pub(super) fn close(&self, close_by: Instant) {
        self.lock().close_by.get_or_insert(close_by);
        self.changed.notify_one();
    }

    /// Notes that the writer has ended. Waiting entries are lost, and everyone who waits is notified. Returns the number of lost entries.
    pub(super) fn end(&self) -> u64 {
        let mut state = self.lock();
        if state.close_by.is_none() {
            state.close_by = Some(Instant::now());
            state.fault = Some("the writer's thread has ended; restart cordboard".to_owned());
        }
        state.rows.clear();
        state.in_hand.clear();
        state.charges = Charges::default();
        // Their callers learn of it by the dropped sender.
        let changes = std::mem::take(&mut state.changes);
        let lines = std::mem::take(&mut state.audit).len();
        let lost = state.accepted - state.finished;
        state.lost += lost;
        drop(state);
        drop(changes);
        if lines > 0 {
            tracing::error!(lines, "the writer ended before these entries of the audit log were written");
        }
        self.progress.send_modify(|progress| progress.ended = true);
        lost
    }

    /// Waits for the writer's end.
    pub(super) async fn ended(&self) {
        // The sender is a field of `self`, so the wait ends only when the writer does.
        let _ = self.progress.subscribe().wait_for(|progress| progress.ended).await;
    }
}

fn memory_full() -> StoreFault {
    StoreFault::Database("the journal's memory is full".to_owned())
}

#[cfg(test)]
mod tests;
