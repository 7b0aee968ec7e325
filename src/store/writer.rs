//! The writer: one thread (a task, if the server runs on a single thread) with the only connection that writes.
//!
//! It survives whatever a batch does to it. A batch that the database does not accept at present (locked, disk full, I/O) waits in memory and is
//! retried. An entry that the database will never accept is isolated, logged and skipped, so that it stops no other. A panic costs the connection,
//! not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::panic_text::panic_text;
use cordboard_actors::threads::Threads;
use cordboard_schema::audit::AuditEntry;
use cordboard_schema::changed::Changed;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::limits::{JOURNAL_RETRY_MS_MAX, JOURNAL_RETRY_MS_MIN};
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::journal::{self, Changes, FoldedCalls};
use super::pool::Connector;
use super::queue::{AfterPause, Change, Queue, Work};
use super::settings::Access;
use super::{Connection, StoreError, audit, changes};

/// The state of the writer.
pub(super) struct Writer {
    connector: Connector,
    queue: Arc<Queue>,
    /// None after an error: the next attempt opens a new one.
    connection: Option<Connection>,
    folded: FoldedCalls,
    /// Sends changes by journal entries that pages show.
    changes: broadcast::Sender<Changed>,
}

/// The content of one transaction.
#[derive(Clone, Copy)]
enum Batch<'a> {
    Journal(&'a [Arc<JournalEntry>]),
    Audit(&'a [AuditEntry]),
}

/// The result of trying to write entries.
#[derive(Debug)]
enum Tried {
    /// They are on disk.
    Written,
    /// One of them is bad; none is on disk.
    Refused(StoreError),
    /// The store is closing and the database did not take them in time.
    GivenUp,
}

/// Whether the writer continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    GoOn,
    End,
}

impl Writer {
    /// Starts it. It ends when `queue` is closed and empty, or its time is over.
    pub(super) fn start(
        connector: Connector,
        queue: Arc<Queue>,
        connection: Connection,
        changes: broadcast::Sender<Changed>,
    ) -> std::io::Result<()> {
        let folded = FoldedCalls::default();
        let writer = Self { connector, queue, connection: Some(connection), folded, changes };
        Threads::here().start("store-writer", move || writer.run()).map(drop)
    }

    async fn run(mut self) {
        while let Some(work) = self.queue.next_work().await {
            // Before and after it: a reader in between reads again.
            self.queue.writes();
            match work {
                Work::Change(change) => {
                    #[cfg(feature = "fault-injection")]
                    super::fault::before_change(&change.word).await;
                    self.make(change);
                }
                Work::Rows(batch) if self.write(&batch).await == Verdict::End => break,
                Work::Audit(lines) if self.write_audit(&lines).await == Verdict::End => break,
                Work::Rows(_) | Work::Audit(_) => {}
            }
            self.queue.writes();
        }
        // Before anyone is notified of the end, so that the file is closed then.
        self.connection = None;
    }

    /// Makes a change, once: its caller gets an error and can retry. A panic costs the connection. A change that was given up while it waited is
    /// skipped, so later ones wait less on a slow database.
    fn make(&mut self, Change { make: change, word, place: _place }: Change) {
        if word.is_given_up() {
            return;
        }
        let mut connection = match self.begin_change() {
            Ok(connection) => connection,
            Err(error) => return change(Err(error)),
        };
        let made = catch_unwind(AssertUnwindSafe(move || {
            change(Ok(&mut connection));
            connection
        }));
        match made {
            Ok(connection) => self.connection = Some(connection),
            Err(panic) => tracing::error!(message = panic_text(panic.as_ref()), "a change panicked"),
        }
    }

    /// A connection with a transaction for a change. Here the writer notices that the connection was lost while idle, or that its server accepts no
    /// changes any more: nothing has been changed yet, and after a failover another server may accept them.
    fn begin_change(&mut self) -> Result<Connection, StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::refused()?;
        if let Some(mut connection) = self.connection.take() {
            match connection.begin_change() {
                Ok(()) => return Ok(connection),
                Err(error) if !error.is_of_the_connection() && !connection.is_lost() => {
                    self.connection = Some(connection);
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        let mut connection = self.connector.open(Access::Write)?;
        connection.begin_change()?;
        Ok(connection)
    }

    /// Writes `batch`, however long the database makes it wait. If one of its entries is bad, each is tried alone.
    async fn write(&mut self, batch: &[Arc<JournalEntry>]) -> Verdict {
        match self.try_until_answered(Batch::Journal(batch)).await {
            Tried::Written => self.queue.finish(batch.len()),
            Tried::GivenUp => return Verdict::End,
            Tried::Refused(_) => {
                for entry in batch {
                    match self.try_until_answered(Batch::Journal(std::slice::from_ref(entry))).await {
                        Tried::Written => self.queue.finish(1),
                        Tried::GivenUp => return Verdict::End,
                        Tried::Refused(error) => self.refused(entry, &error),
                    }
                }
            }
        }
        Verdict::GoOn
    }

    /// Writes entries of the audit log, however long the database makes them wait.
    async fn write_audit(&mut self, lines: &[AuditEntry]) -> Verdict {
        match self.try_until_answered(Batch::Audit(lines)).await {
            Tried::Written => {}
            Tried::GivenUp => return self.audit_given_up(lines.len()),
            Tried::Refused(_) => {
                for (index, line) in lines.iter().enumerate() {
                    match self.try_until_answered(Batch::Audit(std::slice::from_ref(line))).await {
                        Tried::Written => {}
                        Tried::GivenUp => return self.audit_given_up(lines.len() - index),
                        Tried::Refused(error) => {
                            let AuditEntry { action, subject, .. } = line;
                            tracing::error!(action, subject, %error, "the database refuses this entry of the audit log for good");
                        }
                    }
                }
            }
        }
        // This writes no journal entry, but shows that the database answers.
        self.queue.finish(0);
        Verdict::GoOn
    }

    fn audit_given_up(&self, lines: usize) -> Verdict {
        tracing::error!(lines, "the writer ended before these entries of the audit log were written");
        Verdict::End
    }

    async fn try_until_answered(&mut self, batch: Batch<'_>) -> Tried {
        let mut pause_ms = JOURNAL_RETRY_MS_MIN;
        let mut failing_since = None;
        loop {
            #[cfg(feature = "fault-injection")]
            super::fault::pass_slowly().await;
            match self.attempt(batch) {
                Ok(()) => break,
                Err(error) if error.is_of_the_row() => return Tried::Refused(error),
                Err(error) => {
                    failing_since.get_or_insert_with(Instant::now);
                    if self.queue.set_fault(error.to_string()) {
                        tracing::error!(%error, "the database does not take the journal; it waits in memory");
                    }
                }
            }
            if self.queue.pause(Duration::from_millis(pause_ms)).await == AfterPause::GiveUp {
                return Tried::GivenUp;
            }
            pause_ms = (2 * pause_ms).min(JOURNAL_RETRY_MS_MAX);
        }
        if let Some(since) = failing_since {
            let duration_ms = since.elapsed().as_millis() as u64;
            tracing::info!(duration_ms, "journal writes resumed");
        }
        Tried::Written
    }

    fn refused(&self, entry: &JournalEntry, error: &StoreError) {
        let (call_id, seq, kind) = (entry.call_id, entry.seq, entry.event.kind());
        tracing::error!(%call_id, seq, kind, %error, "the database refuses this entry of the journal for good");
        self.queue.refuse(error.to_string());
    }

    /// Runs one transaction. After any failure the connection is closed and the cached calls are dropped: the content of the disk counts.
    fn attempt(&mut self, batch: Batch<'_>) -> Result<(), StoreError> {
        #[cfg(feature = "fault-injection")]
        super::fault::refused()?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connector.open(Access::Write)?,
        };
        let folded = &mut self.folded;
        changes::begin();
        let attempt = catch_unwind(AssertUnwindSafe(move || {
            let changes = transaction(&mut connection, folded, batch)?;
            Ok((connection, changes))
        }));
        match attempt.unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref()).to_owned())))
        {
            Ok((connection, changes)) => {
                self.connection = Some(connection);
                self.folded.take_in(changes);
                // Entries of the audit log that belong to no change have changed nothing that pages show.
                if matches!(batch, Batch::Journal(_)) {
                    changes::noted().into_iter().for_each(|changed| drop(self.changes.send(changed)));
                }
                Ok(())
            }
            Err(error) => {
                self.folded.clear();
                Err(error)
            }
        }
    }
}

impl Drop for Writer {
    /// However the writer ends, everyone who waits for it is notified.
    fn drop(&mut self) {
        let rows = self.queue.end();
        if rows > 0 {
            tracing::error!(rows, "the writer ended before these entries of the journal were written");
        }
    }
}

fn transaction(
    connection: &mut Connection,
    folded: &mut FoldedCalls,
    batch: Batch<'_>,
) -> Result<Changes, StoreError> {
    connection.begin()?;
    connection.finish(|connection| match batch {
        Batch::Journal(entries) => journal::append(connection, folded, entries),
        Batch::Audit(lines) => {
            audit::append(connection, lines)?;
            Ok(Changes::default())
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cordboard_schema::audit::Actor;
    use cordboard_schema::event::JournalEntry;
    use cordboard_schema::ids::AuditId;
    use cordboard_schema::time::UnixMs;
    use cordboard_tables::tables::{audit_log, call_events};
    use cordboard_test_support::postgres;
    use diesel::connection::InstrumentationEvent;
    use diesel::{Connection as _, QueryDsl as _, RunQueryDsl as _};
    use uuid::Uuid;

    use super::*;
    use crate::config::{Database, PostgresUrl};
    use crate::store::entries::Conversation;
    use crate::store::{CallQuery, StoreSettings, migrate, profiles, query};

    /// A writer and its queue, on a database of its own.
    struct WriterStage {
        writer: Writer,
        queue: Arc<Queue>,
        said: Conversation,
        _folder: tempfile::TempDir,
    }

    impl WriterStage {
        /// One for each kind of database.
        fn on_both() -> [Self; 2] {
            let folder = tempfile::tempdir().unwrap();
            let sqlite = StoreSettings::file(folder.path().join("cordboard.db"));
            let url =
                postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable");
            let postgres = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
            [Self::new(&sqlite, folder), Self::new(&postgres, tempfile::tempdir().unwrap())]
        }

        fn new(settings: &StoreSettings, folder: tempfile::TempDir) -> Self {
            migrate(settings).unwrap();
            let connector = Connector::of(settings).unwrap();
            let mut connection = connector.open(Access::Write).unwrap();
            let said = Conversation::new(profiles::ensure_first(&mut connection).unwrap());
            let queue = Arc::new(Queue::new(10));
            let folded = FoldedCalls::default();
            let changes = broadcast::Sender::new(1);
            let writer =
                Writer { connector, queue: queue.clone(), connection: Some(connection), folded, changes };
            Self { writer, queue, said, _folder: folder }
        }

        /// Makes the writer's connection panic at an event. A connection that is opened later does not.
        fn panic_at(&mut self, fault: fn(&InstrumentationEvent<'_>) -> bool) {
            let connection = self.writer.connection.as_mut().unwrap();
            connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                assert!(!fault(&event), "a fault of the test");
            });
        }

        async fn write(&mut self, entries: Vec<JournalEntry>) {
            for entry in entries {
                self.queue.push(Arc::new(entry)).unwrap();
            }
            let Some(Work::Rows(batch)) = self.queue.next_work().await else { panic!("no rows") };
            assert_eq!(self.writer.write(&batch).await, Verdict::GoOn);
        }

        /// Writes entries in one transaction. Returns the statements about lines and their words.
        fn statements_of(&mut self, entries: Vec<JournalEntry>) -> Vec<String> {
            let sent: Arc<Mutex<Vec<String>>> = Arc::default();
            let connection = self.writer.connection.as_mut().unwrap();
            connection.set_instrumentation({
                let sent = sent.clone();
                move |event: InstrumentationEvent<'_>| {
                    if let InstrumentationEvent::StartQuery { query, .. } = event {
                        sent.lock().unwrap().push(query.to_string());
                    }
                }
            });
            let entries: Vec<_> = entries.into_iter().map(Arc::new).collect();
            self.writer.attempt(Batch::Journal(&entries)).unwrap();
            let sent = std::mem::take(&mut *sent.lock().unwrap());
            let of_words =
                |query: &String| query.contains("transcript_items") || query.contains("call_words");
            sent.into_iter().filter(of_words).collect()
        }

        /// Entries on disk; none may be waiting or lost.
        fn rows(&mut self) -> i64 {
            let health = self.queue.health();
            assert_eq!((health.waiting, health.lost), (0, 0));
            let connection = self.writer.connection.as_mut().unwrap();
            call_events::table.count().get_result(connection).unwrap()
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_transaction_costs_no_row() {
        for mut desk in WriterStage::on_both() {
            desk.panic_at(|event| match event {
                InstrumentationEvent::StartQuery { query, .. } => query.to_string().starts_with("INSERT"),
                _ => false,
            });
            let entries = desk.said.live();
            desk.write(entries).await;
            assert_eq!(desk.rows(), 5);
        }
    }

    #[tokio::test]
    async fn a_lost_commit_answer_neither_loses_nor_doubles_rows() {
        for mut desk in WriterStage::on_both() {
            let entries = desk.said.live();
            desk.write(entries).await;
            desk.panic_at(|event| match event {
                InstrumentationEvent::FinishQuery { query, .. } => query.to_string().starts_with("COMMIT"),
                _ => false,
            });
            let more = vec![desk.said.said("is it on disk?"), desk.said.said("who knows")];
            desk.write(more).await;
            assert_eq!(desk.rows(), 7);
        }
    }

    #[tokio::test]
    async fn audit_lines_whose_commit_was_unknown_are_not_refused() {
        for mut desk in WriterStage::on_both() {
            let line = |number: u128| AuditEntry {
                id: AuditId(Uuid::from_u128(number)),
                organization_id: desk.said.organization_id,
                at: UnixMs(1_700_000_000_000),
                actor: Actor::System,
                action: "tested".to_owned(),
                subject: String::new(),
                address: None,
                detail: String::new(),
            };
            let lines = [line(1), line(2)];
            desk.writer.attempt(Batch::Audit(&lines[..1])).unwrap();
            // It is unknown whether the first was written, so both are tried.
            desk.writer.attempt(Batch::Audit(&lines)).unwrap();
            let connection = desk.writer.connection.as_mut().unwrap();
            assert_eq!(audit_log::table.count().get_result::<i64>(connection).unwrap(), 2);
        }
    }

    #[tokio::test]
    async fn a_line_costs_the_same_in_a_long_call() {
        for mut desk in WriterStage::on_both() {
            let entries = desk.said.live();
            desk.statements_of(entries);
            let line = vec![desk.said.said("a table with zebras")];
            let early = desk.statements_of(line);
            // 2,000 lines, each with a new word.
            for part in 0..20 {
                let lines =
                    (0..100).map(|n| desk.said.said(&format!("a table w{}", part * 100 + n))).collect();
                desk.statements_of(lines);
            }
            let line = vec![desk.said.said("a table with yaks")];
            let late = desk.statements_of(line);
            assert_eq!(late.len(), early.len(), "{late:#?}");
            let reads_lines =
                |query: &String| query.starts_with("SELECT") && query.contains("transcript_items");
            assert!(!late.iter().any(reads_lines), "{late:#?}");
            if matches!(desk.writer.connection, Some(Connection::Postgres(_))) {
                assert!(!late.iter().any(|query| query.contains("w1500")), "{late:#?}");
            }
            let line = vec![desk.said.said("W1500: with a table, zebras, yaks")];
            let known = desk.statements_of(line);
            assert_eq!(known.len(), 1, "the line alone: {known:#?}");
        }
    }

    #[tokio::test]
    async fn words_of_a_failed_transaction_are_written_by_the_next() {
        for mut desk in WriterStage::on_both() {
            let entries = desk.said.live();
            desk.write(entries).await;
            // After the words are written.
            desk.panic_at(|event| match event {
                InstrumentationEvent::StartQuery { query, .. } => {
                    let query = query.to_string();
                    query.starts_with("INSERT INTO") && query.contains("transcript_items")
                }
                _ => false,
            });
            let line = vec![desk.said.said("a roof of slate")];
            desk.write(line).await;
            assert_eq!(desk.rows(), 6);
            let wanted =
                CallQuery { said: Some("table slate".to_owned()), limit: 10, ..CallQuery::default() };
            let connection = desk.writer.connection.as_mut().unwrap();
            assert_eq!(query::calls(connection, desk.said.organization_id, wanted).unwrap().len(), 1);
        }
    }
}
