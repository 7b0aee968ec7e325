//! A measurement of what the server's process holds at a moment.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use cordboard::boot::Running;
use cordboard::store::{CallQuery, Connection, query};
use cordboard_load::{Holdings, Watched};
use cordboard_schema::ids::OrganizationId;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::ledger;

/// Time until the connection that requested the ledger is gone.
const ASKED: Duration = Duration::from_secs(1);

/// Holdings of the process at a moment. The server and the parties around it are in this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Seconds since the first caller.
    pub at_s: u64,
    /// Calls that had begun by then.
    pub begun: u64,
    /// Memory, files and threads.
    #[serde(flatten)]
    pub holdings: Holdings,
    /// Tasks of the runtime. Tasks that are bound to their thread (`spawn_local`) are not included: tokio does not count them.
    pub tasks: u64,
    /// Spans of calls, legs and assistants that a task still holds.
    pub spans: u64,
    /// The server's ledger: what is open, by kind. It includes the connection that requested it.
    pub live: BTreeMap<String, u64>,
    /// Size of the database's file in KiB. It grows by design: calls are kept.
    pub database_kib: u64,
    /// Size of its write-ahead log in KiB.
    pub wal_kib: u64,
}

impl Look {
    /// Returns the sum of what is open in the ledger.
    #[must_use]
    pub fn live_in_all(&self) -> u64 {
        self.live.values().sum()
    }
}

/// Measures.
///
/// # Errors
/// The server does not answer, or the system is not Linux.
pub(super) async fn look(
    server: &Running,
    organization: OrganizationId,
    database: &Path,
    (at, begun, open_spans): (Duration, u64, impl Fn() -> u64),
) -> io::Result<Look> {
    let rows = ledger::rows(server.addresses.http, organization).await;
    let rows = rows.map_err(|why| io::Error::other(format!("the ledger can't be read: {why}")))?;
    let open = |row: &serde_json::Value| Some((row["kind"].as_str()?.to_owned(), row["open"].as_u64()?));
    let live = rows.iter().filter_map(open).collect();
    // The pool of readers opens its first connection when it is first used: so it is there at every measurement.
    let read = move |connection: &mut Connection| {
        query::calls(connection, organization, CallQuery { limit: 1, ..CallQuery::default() })
    };
    server.store.reads().run(read).await.map_err(io::Error::other)?;
    sleep(ASKED).await;
    Ok(Look {
        at_s: at.as_secs(),
        begun,
        holdings: Watched::own().holdings()?,
        tasks: Handle::current().metrics().num_alive_tasks() as u64,
        spans: open_spans(),
        live,
        database_kib: kib(database)?,
        wal_kib: kib(&database.with_extension("db-wal"))?,
    })
}

/// Returns the size of a file in KiB; 0 if there is no file.
fn kib(file: &Path) -> io::Result<u64> {
    match fs::metadata(file) {
        Ok(found) => Ok(found.len() / 1024),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
