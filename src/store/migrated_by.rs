//! The version of Cordboard that ran each migration: a start of an older version on a newer database names the version that
//! it takes.
//!
//! The table is made beside diesel's own, not by a migration: it is about migrations, and no backup or move carries either.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::StoreError;
use super::connection::Connection;
use super::migrations::{applied, has_table};

const TABLE: &str = "__cordboard_migrated_by";

/// The version that this is.
const THIS: &str = env!("CARGO_PKG_VERSION");

/// Writes down that this version ran every migration of which nothing is written down yet.
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

/// The version that ran the newest of these migrations; none where it wrote nothing down.
pub(super) fn version_that_ran(
    connection: &mut Connection,
    migrations: &[String],
) -> Result<Option<String>, StoreError> {
    let Some(newest) = migrations.iter().max() else { return Ok(None) };
    Ok(versions(connection)?.remove(newest))
}

/// Versions of Cordboard by migration.
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
