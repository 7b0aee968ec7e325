//! The way from the actors to the writer: handing over never blocks, the writer waits for it.
//!
//! Rows have positions: `accepted` counts those handed over, `finished` those on disk or refused, and what
//! lies between waits. A commit is a wait for `finished` to reach what `accepted` was.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::messages::{JournalHealth, StoreFault};
use cordboard_actors::shares::{Amount, Claim, Reach, Shares, Taken, UsedUp};
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    AUDIT_BATCH_ROWS, AUDIT_WAITING_MAX, COMMIT_WAIT_MS, JOURNAL_BATCH_MS, JOURNAL_BATCH_ROWS,
    STORE_CHANGES_MAX, STORE_CHANGES_RESERVED,
};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Asker, Connection, StoreError};

/// What the writer does after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterPause {
    /// Try again.
    Retry,
    /// The store is being closed and its time is over.
    GiveUp,
}

/// What the writer does next.
pub(super) enum Work {
    /// Rows for the journal.
    Rows(Vec<Arc<JournalEntry>>),
    /// A change of something else, as of a profile.
    Change(Change),
    /// Lines of the audit log that belong to no change.
    Audit(Vec<AuditEntry>),
}

/// When the writer has work.
enum Due {
    Now(Work),
    /// When a batch has waited long enough, unless something comes before.
    At(Instant),
    WhenChanged,
    /// Never again: closed and empty.
    Ended,
}

/// A change that a program asks for. It is given a transaction that was begun for it, or why there is none, and ends it. It
/// tells its outcome itself, and does nothing when nobody waits for that.
pub(super) struct Change {
    pub(super) make: Make,
    /// Its place, for as long as it waits or is being made.
    pub(super) place: Taken<Asker>,
}

/// What a change does.
pub(super) type Make = Box<dyn FnOnce(Begun<'_>) + Send>;

/// A connection in a transaction, or why there is none.
pub(super) type Begun<'c> = Result<&'c mut Connection, StoreError>;

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// Why a change is not taken.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoRoom {
    /// Too many wait, or the store is closing.
    Full,
    /// As many wait as whoever asks may have.
    ShareUsedUp {
        /// How many that is.
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
}

#[derive(Debug, Default)]
struct State {
    rows: VecDeque<Arc<JournalEntry>>,
    changes: VecDeque<Change>,
    audit: VecDeque<AuditEntry>,
    /// Whether lines of the audit log are being lost, and the log has said so.
    audit_lost: bool,
    /// When the oldest of `rows` came, or the rest of a larger batch was left.
    oldest_at: Option<Instant>,
    /// The same of the rows that the writer is at.
    in_flight_at: Option<Instant>,
    accepted: u64,
    finished: u64,
    /// Somebody waits for the rows up to here: no waiting for a fuller batch.
    hurry_to: u64,
    lost: u64,
    /// `accepted` when the last row was lost. Until that is on disk, no commit is promised.
    lost_behind: Option<u64>,
    /// Position of the last row that the database refused, and why.
    refused: Option<(u64, String)>,
    fault: Option<String>,
    /// Closing: no new rows; the writer gives up at this time.
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
}

impl Queue {
    /// An empty queue for at most `waiting_max` rows.
    pub(super) fn new(waiting_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            progress: watch::Sender::default(),
            waiting_max,
            places: Shares::new(Amount { total: STORE_CHANGES_MAX, reserve: STORE_CHANGES_RESERVED }),
        }
    }

    /// Only plain assignments happen under the lock, so a poisoned one is as good as new.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a row over. Where there is no room it is lost, and counted.
    pub(super) fn push(&self, entry: Arc<JournalEntry>) -> Result<(), StoreFault> {
        let mut state = self.lock();
        if state.close_by.is_some() || state.waiting() >= self.waiting_max {
            state.lost += 1;
            let first = state.lost_behind.is_none();
            state.lost_behind = Some(state.accepted);
            let (waiting, closing) = (state.waiting(), state.close_by.is_some());
            drop(state);
            if first {
                tracing::error!(
                    waiting,
                    closing,
                    "the journal loses rows: no room in memory, or the store is closing"
                );
            }
            return Err(if closing { StoreFault::Closed } else { memory_full() });
        }
        state.accepted += 1;
        state.rows.push_back(entry);
        let waiting = state.rows.len();
        if waiting == 1 {
            state.oldest_at = Some(Instant::now());
        }
        drop(state);
        if waiting == 1 || waiting == JOURNAL_BATCH_ROWS {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Hands a change over, of whoever has these claims.
    pub(super) fn push_change(
        &self,
        (claims, reach): (Vec<Claim<Asker>>, Reach),
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
        state.changes.push_back(Change { make, place });
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Hands a line of the audit log over. Where there is no room it is lost, and the log says whose it was.
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
                    "the audit log loses lines: no room in memory, or the store is closing"
                );
            }
            return;
        }
        state.audit.push_back(entry);
        drop(state);
        self.changed.notify_one();
    }

    /// Waits until all that was handed over before is on disk.
    pub(super) async fn committed(&self) -> Result<(), StoreFault> {
        let (from, to) = {
            let mut state = self.lock();
            if state.lost_behind.is_some() {
                return Err(if state.close_by.is_some() { StoreFault::Closed } else { memory_full() });
            }
            state.hurry_to = state.accepted;
            (state.finished, state.accepted)
        };
        self.changed.notify_one();
        self.finished_to(to).await?;
        match &self.lock().refused {
            Some((at, reason)) if *at > from && *at <= to => Err(StoreFault::Database(reason.clone())),
            _ => Ok(()),
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

    /// How the journal keeps up.
    pub(super) fn health(&self) -> JournalHealth {
        let state = self.lock();
        JournalHealth {
            waiting: state.waiting(),
            waiting_max: self.waiting_max,
            lost: state.lost,
            fault: state.fault.clone(),
        }
    }

    /// What the organization's calls were charged in rows that wait for the writer, in millionths of the currency.
    pub(super) fn charges_micros(&self, organization_id: OrganizationId) -> u64 {
        let charge = |entry: &Arc<JournalEntry>| match &entry.event {
            Event::Decision(Decision::Charged { cost_micros, .. })
                if entry.organization_id == organization_id =>
            {
                *cost_micros
            }
            _ => 0,
        };
        self.lock().rows.iter().map(charge).fold(0, u64::saturating_add)
    }

    /// How long the oldest row has waited that is not on disk.
    pub(super) fn lag(&self) -> Duration {
        let state = self.lock();
        state.in_flight_at.or(state.oldest_at).map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The writer's next work: a change at once, or the next rows, at most [`JOURNAL_BATCH_ROWS`]; waits until there
    /// are enough, or the oldest has waited [`JOURNAL_BATCH_MS`], or somebody hurries. `None` when the queue is closed
    /// and empty.
    pub(super) async fn next_work(&self) -> Option<Work> {
        loop {
            match self.due() {
                Due::Now(work) => return Some(work),
                Due::Ended => return None,
                Due::WhenChanged => self.changed.notified().await,
                // Whether it has changed or is time: it is looked at again.
                Due::At(at) => drop(timeout_at(at, self.changed.notified()).await),
            }
        }
    }

    fn due(&self) -> Due {
        let mut state = self.lock();
        if let Some(change) = state.changes.pop_front() {
            return Due::Now(Work::Change(change));
        }
        if !state.audit.is_empty() {
            let lines = state.audit.len().min(AUDIT_BATCH_ROWS);
            state.audit_lost = false;
            return Due::Now(Work::Audit(state.audit.drain(..lines).collect()));
        }
        let Some(oldest_at) = state.oldest_at else {
            return if state.close_by.is_some() { Due::Ended } else { Due::WhenChanged };
        };
        let full_at = oldest_at + Duration::from_millis(JOURNAL_BATCH_MS);
        let hurried = state.close_by.is_some() || state.hurry_to > state.finished;
        if state.rows.len() < JOURNAL_BATCH_ROWS && !hurried && Instant::now() < full_at {
            return Due::At(full_at);
        }
        let rows = state.rows.len().min(JOURNAL_BATCH_ROWS);
        let batch = state.rows.drain(..rows).collect();
        state.in_flight_at = Some(oldest_at);
        state.oldest_at = (!state.rows.is_empty()).then(Instant::now);
        Due::Now(Work::Rows(batch))
    }

    /// The writer's next `rows` rows are on disk.
    pub(super) fn finish(&self, rows: usize) {
        self.advance(rows as u64, None);
    }

    /// The writer's next row will never be on disk.
    pub(super) fn refuse(&self, reason: String) {
        self.advance(1, Some(reason));
    }

    fn advance(&self, rows: u64, refused: Option<String>) {
        let mut state = self.lock();
        state.finished += rows;
        state.fault = None;
        if state.waiting() == state.rows.len() {
            state.in_flight_at = None;
        }
        if let Some(reason) = refused {
            state.lost += rows;
            state.refused = Some((state.finished, reason));
        }
        if state.lost_behind.is_some_and(|accepted| state.finished >= accepted) {
            state.lost_behind = None;
        }
        let finished = state.finished;
        drop(state);
        self.progress.send_modify(|progress| progress.finished = finished);
    }

    /// The database does not take the writer's rows at the moment. Returns whether that is news.
    pub(super) fn set_fault(&self, fault: String) -> bool {
        self.lock().fault.replace(fault).is_none()
    }

    /// Has the writer wait for `pause`, or less when the store closes meanwhile.
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

    /// Takes no more rows; the writer has until `close_by` for those that wait.
    pub(super) fn close(&self, close_by: Instant) {
        self.lock().close_by.get_or_insert(close_by);
        self.changed.notify_one();
    }

    /// The writer has ended. What still waits is lost, and everybody who waits is told. Returns how many
    /// rows.
    pub(super) fn end(&self) -> u64 {
        let mut state = self.lock();
        if state.close_by.is_none() {
            state.close_by = Some(Instant::now());
            state.fault = Some("the writer's thread has ended; restart cordboard".to_owned());
        }
        state.rows.clear();
        // Who waits for one of them is told by its end.
        let changes = std::mem::take(&mut state.changes);
        let lines = std::mem::take(&mut state.audit).len();
        state.oldest_at = None;
        let lost = state.accepted - state.finished;
        state.lost += lost;
        drop(state);
        drop(changes);
        if lines > 0 {
            tracing::error!(lines, "the writer ended before the database took these lines of the audit log");
        }
        self.progress.send_modify(|progress| progress.ended = true);
        lost
    }

    /// Waits for the writer's end.
    pub(super) async fn ended(&self) {
        // The sender is a field of `self`, so this ends only when the writer does.
        let _ = self.progress.subscribe().wait_for(|progress| progress.ended).await;
    }
}

fn memory_full() -> StoreFault {
    StoreFault::Database("the journal's memory is full".to_owned())
}

#[cfg(test)]
mod tests {
    use cordboard_schema::limits::STORE_CHANGES_OF_ORGANIZATION_MAX;
    use uuid::Uuid;

    use super::super::asker::claims_of;
    use super::*;

    fn of(number: usize) -> OrganizationId {
        OrganizationId(Uuid::from_u128(number as u128))
    }

    #[tokio::test]
    async fn an_organization_has_its_share_of_the_changes_that_wait() {
        let queue = Queue::new(1);
        let push = |asker| queue.push_change(claims_of(asker), Box::new(|_| {}));
        let most = |asker| (0..).take_while(|_| push(asker).is_ok()).count();
        let theirs = Some(Asker::Requests(of(1)));
        assert_eq!(most(theirs), STORE_CHANGES_OF_ORGANIZATION_MAX);
        assert!(matches!(
            push(theirs),
            Err(NoRoom::ShareUsedUp { share: STORE_CHANGES_OF_ORGANIZATION_MAX })
        ));
        push(Some(Asker::Calls(of(1)))).unwrap();
        push(Some(Asker::Requests(of(2)))).unwrap();
        let Some(Work::Change(change)) = queue.next_work().await else { panic!("no change") };
        assert!(push(theirs).is_err(), "it counts until it is made");
        drop(change);
        push(theirs).unwrap();
        for number in 3..9 {
            most(Some(Asker::Requests(of(number))));
        }
        assert!(matches!(push(Some(Asker::Requests(of(99)))), Err(NoRoom::Full)));
        assert_eq!(most(None), STORE_CHANGES_RESERVED, "kept for the server and who runs it");
        queue.end();
        assert_eq!(queue.places.now(), 0);
    }
}
