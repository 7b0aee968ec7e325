//! The way to the dialler's database: a small pool, a time-out for each statement, and another try where that can help.
//!
//! All is done on one runtime, that of an arbiter without audio, so a database that is slow or away holds no call. Each statement
//! is alone: no transaction is ever open over tables that may be MyISAM.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Row};
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
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(60);

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
        let connected = timeout(self.wait, self.pool.get_conn()).await;
        let mut connection = connected.map_err(|_| timed_out())?.map_err(|error| OsdialError::of(&error))?;
        let outcome = timeout(self.wait, async {
            let rows = connection.exec(sql, params).await?;
            Ok((rows, connection.affected_rows()))
        });
        match outcome.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                let error = OsdialError::of(&error);
                if matches!(error, OsdialError::Away(_)) {
                    self.part(connection);
                }
                Err(error)
            }
            Err(_) => {
                // Its answer may still come, and must not be taken for that of the next statement.
                self.part(connection);
                Err(timed_out())
            }
        }
    }

    /// Ends a connection without waiting for it.
    fn part(&self, connection: mysql_async::Conn) {
        self.runtime.spawn(async move {
            // A broken one can't take a message.
            let _ = timeout(GOODBYE_WAIT, connection.disconnect()).await;
        });
    }
}
