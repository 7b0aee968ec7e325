//! The way to the dialler's database: a small pool, a time-out for each statement, and another try where that can help.
//!
//! All is done on one runtime, that of an arbiter without audio, so a database that is slow or away holds no call. Each statement
//! is alone: no transaction is ever open over tables that may be MyISAM.
//!
//! The server is taken at its word no further than it has to be: rows are read one by one up to a bound, and a driver that panics over an
//! answer ends that statement alone. No file is ever given to a server that asks for one: there is no handler for that.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::{OSDIAL_ANSWER_BYTES_MAX, OSDIAL_ANSWER_ROWS_MAX, OSDIAL_PACKET_BYTES_MAX};
use futures_util::FutureExt as _;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row, Value};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::error::OsdialError;
use crate::config::{Osdial as OsdialSettings, OsdialCharset, OsdialUrl};

/// How often a statement is carried out where the connection broke or rows were locked: more often than connections can be in the
/// pool that a restarted server has forgotten would be of no use.
const TRIES_MAX: u32 = 5;
/// How long rows that are locked are left alone before another try.
const LOCKED_PAUSE: Duration = Duration::from_millis(50);
/// How long a goodbye to a server may take.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);
/// How long a connection that nobody uses is kept, in seconds. The server's own setting is not asked for: the driver would read that answer without a
/// bound.
const IDLE_S: usize = 60;
const IDLE: Duration = Duration::from_secs(IDLE_S as u64);

/// A way to the dialler's database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    pool: Pool,
    runtime: Handle,
    wait: Duration,
    prefix: Arc<str>,
    charset: OsdialCharset,
}

impl Link {
    /// The way to the database at `url`. Connects to nothing yet.
    pub(super) fn new(
        url: &OsdialUrl,
        settings: &OsdialSettings,
        runtime: Handle,
    ) -> Result<Self, OsdialError> {
        let opts = Opts::from_url(url.expose()).map_err(|_| {
            OsdialError::Unreadable("osdial.database_url is no address of a MySQL".to_owned())
        })?;
        let most = usize::try_from(settings.connections_max.get()).unwrap_or(1).max(1);
        let constraints = PoolConstraints::new(0, most).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(IDLE)
            // A statement leaves no state that would have to be reset.
            .with_reset_connection(false);
        let opts = OptsBuilder::from_opts(opts)
            .pool_opts(pool)
            .prefer_socket(false)
            // An update counts the rows that it found: 0 is "no such row", not "already so".
            .client_found_rows(true)
            // Else it is as much as the server says.
            .max_allowed_packet(Some(OSDIAL_PACKET_BYTES_MAX))
            .wait_timeout(Some(IDLE_S))
            .init(vec![format!("SET NAMES {}", settings.charset.name())]);
        Ok(Self {
            pool: Pool::new(opts),
            runtime,
            wait: settings.timeout_s.duration(),
            prefix: settings.table_prefix.as_str().into(),
            charset: settings.charset,
        })
    }

    /// The name of a table in SQL, by its name after the prefix.
    pub(super) fn table(&self, name: &str) -> String {
        format!("`{}{name}`", self.prefix)
    }

    /// The same without its quotation marks.
    pub(super) fn table_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The character set of the tables.
    pub(super) const fn charset(&self) -> OsdialCharset {
        self.charset
    }

    /// Does work on the runtime of the pool, wherever it is asked for.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, OsdialError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, OsdialError>> + Send + 'static,
    {
        // The caller may be gone: work that was begun is finished.
        self.runtime.spawn(work).await.unwrap_or(Err(OsdialError::Ending))
    }

    /// The rows that a statement gives.
    pub(super) async fn rows(&self, sql: &str, params: impl Into<Params>) -> Result<Vec<Row>, OsdialError> {
        Ok(self.carry_out(sql, params.into()).await?.0)
    }

    /// Changes rows, and says how many were found.
    pub(super) async fn change(&self, sql: &str, params: impl Into<Params>) -> Result<u64, OsdialError> {
        Ok(self.carry_out(sql, params.into()).await?.1)
    }

    async fn carry_out(&self, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
        let mut tries = 1;
        loop {
            match self.once(sql, params.clone()).await {
                Err(error) if error.may_be_tried_again() && tries < TRIES_MAX => tries += 1,
                outcome => return outcome,
            }
            sleep(LOCKED_PAUSE).await;
        }
    }

    async fn once(&self, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
        let timed_out =
            || OsdialError::TimedOut { wait_ms: u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX) };
        let connecting =
            unpanicked(async { self.pool.get_conn().await.map_err(|error| OsdialError::of(&error)) });
        let mut connection = timeout(self.wait, connecting).await.map_err(|_| timed_out())??;
        let answered = timeout(self.wait, unpanicked(exchange(&mut connection, sql, params))).await;
        let outcome = answered.unwrap_or_else(|_| Err(timed_out()));
        if outcome.as_ref().is_err_and(OsdialError::leaves_an_answer) {
            // The rest of its answer must not be taken for that to the next statement.
            self.part(connection);
        }
        outcome
    }

    /// Ends a connection without waiting for it.
    fn part(&self, connection: Conn) {
        self.runtime.spawn(async move {
            // A broken one can't take a message.
            let _ = timeout(GOODBYE_WAIT, connection.disconnect()).await;
        });
    }
}

/// Has a statement carried out: its rows, and how many were found.
async fn exchange(connection: &mut Conn, sql: &str, params: Params) -> Result<(Vec<Row>, u64), OsdialError> {
    let failed = |error: mysql_async::Error| OsdialError::of(&error);
    let mut result = connection.exec_iter(sql, params).await.map_err(failed)?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = result.next().await.map_err(failed)? {
        bytes += bytes_of(&row);
        if rows.len() == OSDIAL_ANSWER_ROWS_MAX || bytes > OSDIAL_ANSWER_BYTES_MAX {
            return Err(OsdialError::TooMuch);
        }
        rows.push(row);
    }
    result.drop_result().await.map_err(failed)?;
    Ok((rows, connection.affected_rows()))
}

/// Memory that a row takes, about.
fn bytes_of(row: &Row) -> usize {
    let of_cell = |at| match row.as_ref(at) {
        Some(Value::Bytes(bytes)) => bytes.len(),
        _ => 0,
    };
    (0..row.len()).map(|at| size_of::<Value>() + of_cell(at)).sum()
}

/// Work of the driver. It panics over some answers that are none.
async fn unpanicked<T>(work: impl Future<Output = Result<T, OsdialError>>) -> Result<T, OsdialError> {
    let gave_up = |_| Err(OsdialError::Unreadable("the driver gave up on it".to_owned()));
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(gave_up)
}
