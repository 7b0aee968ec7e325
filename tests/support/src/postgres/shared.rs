//! One PostgreSQL for all tests of a process, and a database in it for each.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Postgres, PostgresError};

/// The database that others are copies of.
const PATTERN: &str = "pattern";

/// The server that all tests of this process share. It ends with the process.
///
/// # Errors
/// It could not be started; every test gets the same error.
pub fn shared() -> Result<&'static Postgres, &'static PostgresError> {
    static SERVER: OnceLock<Result<Postgres, PostgresError>> = OnceLock::new();
    SERVER.get_or_init(Postgres::start).as_ref()
}

/// Returns the name of a new database of the shared server. It is a copy of the first one, which `make` has filled; `make` gets the first
/// one's address.
///
/// # Errors
/// As [`shared`], or PostgreSQL's error.
pub fn fresh_database(make: impl FnOnce(&str)) -> Result<String, String> {
    static MADE: Mutex<bool> = Mutex::new(false);
    let server = shared().map_err(ToString::to_string)?;
    // Held while it is copied: a database in use can't be copied.
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if !*made {
        create(server, PATTERN, "template0")?;
        make(&server.url(PATTERN, ""));
        *made = true;
    }
    let name = new_name();
    create(server, &name, PATTERN)?;
    Ok(name)
}

/// Returns the name of a new database of the shared server without any table.
///
/// # Errors
/// As [`fresh_database`].
pub fn empty_database() -> Result<String, String> {
    let name = new_name();
    create(shared().map_err(ToString::to_string)?, &name, "template0")?;
    Ok(name)
}

fn create(server: &Postgres, name: &str, template: &str) -> Result<(), String> {
    server.create_database(name, template).map_err(|error| error.to_string())
}

fn new_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed))
}
