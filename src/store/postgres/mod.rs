//! Connects to PostgreSQL with libpq, through a tunnel of our own if the connection is encrypted.

mod messages;
mod server_lock;
mod tls;
#[expect(clippy::disallowed_methods, reason = "libpq blocks its thread while another one runs the tunnel")]
mod tunnel;

use std::fmt::Write as _;

use cordboard_schema::limits::{
    POSTGRES_CONNECT_S_MAX, POSTGRES_IDLE_MS_MAX, POSTGRES_LOCK_MS_MAX, POSTGRES_MIGRATION_WAIT_MS_MAX,
    POSTGRES_READ_MS_MAX, POSTGRES_SEND_MS_MAX, POSTGRES_WRITE_MS_MAX,
};
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection};

use super::StoreError;
use super::settings::Access;
use crate::config::PostgresUrl;
use tunnel::Tunnel;

pub use server_lock::LockHolder;
pub(super) use server_lock::holder_and_fix;
pub(crate) use server_lock::{LockState, Patience, ServerLock};

/// A PostgreSQL server, and how to reach it.
#[derive(Debug)]
pub(super) struct Postgres {
    url: PostgresUrl,
    tunnel: Option<Tunnel>,
}

impl Postgres {
    /// The server at `url`. Does not connect yet.
    pub(super) fn new(url: PostgresUrl) -> Result<Self, StoreError> {
        let tunnel = Tunnel::open(&url).map_err(|cause| unreachable(&url, &cause))?;
        Ok(Self { url, tunnel })
    }

    /// Opens a connection.
    pub(super) fn open(&self, access: Access) -> Result<PgConnection, StoreError> {
        let mut connection = PgConnection::establish(&self.conninfo())
            .map_err(|cause| unreachable(&self.url, &cause.to_string()))?;
        connection
            .batch_execute(&format!("{}; {IN_ENGLISH}", session(access)))
            .map_err(|cause| unreachable(&self.url, &cause.to_string()))?;
        Ok(connection)
    }

    /// The connection string for libpq ("Keyword/Value Connection Strings" in its manual).
    fn conninfo(&self) -> String {
        let url = &self.url;
        let seconds = |ms: u64| (ms / 1_000).to_string();
        let mut parameters = vec![
            ("connect_timeout", POSTGRES_CONNECT_S_MAX.to_string()),
            ("tcp_user_timeout", POSTGRES_SEND_MS_MAX.to_string()),
            ("keepalives_idle", seconds(POSTGRES_SEND_MS_MAX)),
            ("keepalives_interval", "2".to_owned()),
            ("keepalives_count", "3".to_owned()),
            ("fallback_application_name", "cordboard".to_owned()),
        ];
        parameters.extend(url.others.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let login = [
            ("user", url.user.clone()),
            ("password", url.password.as_ref().map(|password| password.expose().to_owned())),
            ("dbname", url.database.clone()),
        ];
        parameters.extend(login.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let (host, port) = match &self.tunnel {
            Some(tunnel) => (tunnel.folder().display().to_string(), tunnel::PORT),
            None => (url.host.clone(), url.port),
        };
        parameters.extend([("host", host), ("port", port.to_string()), ("sslmode", "disable".to_owned())]);
        parameters.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = write!(text, "{name}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'"));
            text
        })
    }
}

/// Has the server's messages in English, if the role may choose: for a number that is too large, the store knows only the message. A refusal is
/// caught, so that the server's log has no error at each connection.
const IN_ENGLISH: &str =
    "DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); EXCEPTION WHEN OTHERS THEN NULL; END $$";

/// The first statements of a connection. They are `SET` statements because poolers accept no startup options.
fn session(access: Access) -> String {
    match access {
        Access::Read => {
            format!("SET default_transaction_read_only = on; SET statement_timeout = {POSTGRES_READ_MS_MAX}")
        }
        Access::Write => format!(
            "SET statement_timeout = {POSTGRES_WRITE_MS_MAX}; SET lock_timeout = {POSTGRES_LOCK_MS_MAX}; \
             SET idle_in_transaction_session_timeout = {POSTGRES_IDLE_MS_MAX}"
        ),
        // A migration may take long, and another server may be running it.
        Access::Create => {
            format!("SET statement_timeout = 0; SET lock_timeout = {POSTGRES_MIGRATION_WAIT_MS_MAX}")
        }
    }
}

fn unreachable(url: &PostgresUrl, cause: &str) -> StoreError {
    // The address says which server libpq connected to. The operator does not know the tunnel's folder.
    let cause = match cause.split_once("failed: ") {
        Some((connecting, said)) if connecting.contains("connection to server") => said,
        _ => cause,
    };
    StoreError::Unreachable { database: url.to_string(), cause: url.without_password(cause.trim()) }
}
