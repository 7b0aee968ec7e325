//! The connection for all queries: to an SQLite file or to PostgreSQL, with one set of queries.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::R2D2Connection;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::Bool;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

use super::StoreError;

/// The key of the lock that serializes the changes of all servers on one PostgreSQL.
const CHANGE_LOCK: i64 = 0x0063_6f72_6462_6f61;

/// Why a connection to PostgreSQL can't be used for changes.
pub(super) const READ_ONLY: &str = "the PostgreSQL that answers is read-only, as one whose place another has taken; see that DATABASE_URL leads to the one that \
     takes changes";

/// A PostgreSQL transaction that holds the lock for changes.
#[derive(QueryableByName)]
struct LockedChange {
    #[diesel(sql_type = Bool)]
    is_read_only: bool,
}

#[allow(missing_docs, unreachable_pub, reason = "what diesel derives has no docstrings")]
mod either {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database. Queries built from diesel's tables run on both; where they must differ, there is a `match`.
    #[derive(diesel::MultiConnection)]
    pub enum EitherConnection {
        /// To an SQLite file.
        Sqlite(SqliteConnection),
        /// To a PostgreSQL.
        Postgres(PgConnection),
    }
}

pub use either::EitherConnection as Connection;

impl Connection {
    /// Begins a transaction that only adds rows of its own. On SQLite it takes the write lock at once: a transaction that takes it later fails if
    /// another one has it.
    pub(super) fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
            Self::Postgres(postgres) => AnsiTransactionManager::begin_transaction(postgres)?,
        }
        Ok(())
    }

    /// Reads from one consistent snapshot.
    ///
    /// # Errors
    /// An error of `work`, or of the database.
    pub(super) fn snapshot<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")?,
            Self::Postgres(postgres) => AnsiTransactionManager::begin_transaction_sql(
                postgres,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            )?,
        }
        self.finish(read)
    }

    /// Begins a transaction that sees all earlier changes and runs alone: it may read before it writes.
    ///
    /// # Errors
    /// Nothing is begun. [`StoreError::NoConnection`]: the database accepts no changes, however often it is asked.
    pub(super) fn begin_change(&mut self) -> Result<(), StoreError> {
        self.begin()?;
        let Self::Postgres(postgres) = self else { return Ok(()) };
        // Each statement after the lock sees the commits before it (READ COMMITTED).
        let lock = format!(
            "SELECT current_setting('transaction_read_only') = 'on' AS is_read_only FROM pg_advisory_xact_lock({CHANGE_LOCK})"
        );
        let refused = match sql_query(lock).get_result::<LockedChange>(postgres) {
            Ok(LockedChange { is_read_only: false }) => return Ok(()),
            Ok(LockedChange { is_read_only: true }) => StoreError::NoConnection(READ_ONLY.to_owned()),
            Err(cause) => cause.into(),
        };
        self.roll_back();
        Err(refused)
    }

    /// Runs `work` in the transaction that was begun and commits it, or rolls it back if `work` fails.
    ///
    /// # Errors
    /// Nothing was changed, except that for [`StoreError::OutcomeUnknown`] nobody knows.
    pub(super) fn finish<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = work(self);
        #[cfg(feature = "fault-injection")]
        if done.is_ok()
            && let Some(lost) = super::fault::lost_over_commit()
        {
            return Err(self.lost(lost));
        }
        match done {
            Ok(done) => match <Self as diesel::Connection>::TransactionManager::commit_transaction(self) {
                Ok(()) => Ok(done),
                Err(cause) if self.may_have_committed(&cause) => {
                    tracing::warn!(%cause, "it is unknown whether a transaction was committed");
                    Err(StoreError::OutcomeUnknown)
                }
                Err(cause) => Err(cause.into()),
            },
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Loses the connection during a COMMIT, for a test.
    #[cfg(feature = "fault-injection")]
    fn lost(&mut self, commit: super::fault::LostCommit) -> StoreError {
        match commit {
            super::fault::LostCommit::Made => {
                drop(<Self as diesel::Connection>::TransactionManager::commit_transaction(self));
            }
            super::fault::LostCommit::NotMade => self.roll_back(),
        }
        StoreError::OutcomeUnknown
    }

    /// Tells whether a COMMIT that failed may have been done: a server whose connection was lost has not answered. SQLite has rolled it back.
    fn may_have_committed(&mut self, cause: &QueryError) -> bool {
        let is_of_the_server = matches!(
            cause,
            QueryError::DatabaseError(kind, _) if !matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
        );
        matches!(self, Self::Postgres(_)) && (!is_of_the_server || self.is_broken())
    }

    /// Tells whether the connection was lost, or a transaction was left open.
    pub(super) fn is_lost(&mut self) -> bool {
        self.is_broken() || self.ping().is_err()
    }

    /// Rolls back. If that fails, the connection [`Connection::is_lost`], so nothing of the transaction is ever committed.
    fn roll_back(&mut self) {
        if let Err(cause) = <Self as diesel::Connection>::TransactionManager::rollback_transaction(self) {
            tracing::debug!(%cause, "a transaction could not be rolled back; it ends with its connection");
        }
    }
}
