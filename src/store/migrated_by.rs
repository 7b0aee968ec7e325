//! The version of Cordboard that ran each migration. When an older version is started on a newer database, it names the version that the database
//! needs.
//!
//! The table is created next to diesel's own, not by a migration: it is about migrations, and backups and copies don't contain either.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::StoreError;
use super::connection::Connection;
use super::migrations::{applied, has_table};

const TABLE: &str = "__cordboard_migrated_by";

/// This version.
const THIS: &str = env!("CARGO_PKG_VERSION");

/// Stores that this version ran every migration that is not recorded yet.
pub(super) fn write_down(connection: &mut Connection) -> Result<(), StoreError> {
    let written = versions(connection)?;
    if applied(connection)?.iter().all(|migration| written.contains_key(migration)) {
        return Ok(());
    }
    connection.batch_execute(&format!(
        "CREATE TABLE IF NOT EXISTS {TABLE} (migration TEXT PRIMARY KEY NOT NULL, cordboard TEXT NOT NULL); \
         INSERT INTO {TABLE} (migration, cordboard) SELECT version, '{THIS}' FROM __diesel_schema_migrations \
         WHERE version NOT IN (SELECT migration FROM {TABLE})"
    ))?;
    Ok(())
}

/// Returns the version that ran the newest of these migrations; none if it did not record that.
pub(super) fn version_that_ran(
    connection: &mut Connection,
    migrations: &[String],
) -> Result<Option<String>, StoreError> {
    let Some(newest) = migrations.iter().max() else { return Ok(None) };
    Ok(versions(connection)?.remove(newest))
}

/// Versions of Cordboard, by migration.
fn versions(connection: &mut Connection) -> Result<BTreeMap<String, String>, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        migration: String,
        #[diesel(sql_type = Text)]
        cordboard: String,
    }
    if !has_table(connection, TABLE)? {
        return Ok(BTreeMap::new());
    }
    let rows =
        diesel::sql_query(format!("SELECT migration, cordboard FROM {TABLE}")).load::<Row>(connection)?;
    Ok(rows.into_iter().map(|row| (row.migration, row.cordboard)).collect())
}
