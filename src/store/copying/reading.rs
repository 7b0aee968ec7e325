//! Reads a database as it is at one moment, table by table.

use std::collections::BTreeMap;

use cordboard_schema::limits::RESTORE_ROWS_MAX;
use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::result::Error as QueryError;
use diesel::{PgConnection, RunQueryDsl};

use super::tables::{Column, Kind, Line, Table, quoted, tables};
use crate::store::connection::Connection;
use crate::store::migrations::applied;
use crate::store::pool::Connector;
use crate::store::settings::Access;
use crate::store::{StoreError, StoreSettings};

/// Rows in one chunk.
const ROWS_MAX: usize = RESTORE_ROWS_MAX;

/// Bytes of a chunk after which no more rows are added.
const BYTES_MAX: usize = 4 << 20;

/// All rows of a database as they were when it was opened, whatever is written meanwhile.
pub struct Contents {
    connection: Connection,
    /// The versions of the migrations that were applied to the database.
    pub migrations: Vec<String>,
    /// Its tables.
    pub tables: Vec<Table>,
}

impl Contents {
    /// Opens the database read-only, next to a running server.
    ///
    /// # Errors
    /// There is no such database, it can't be read, or it has no tables of Cordboard.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let mut connection = Connector::of(settings)?.open(Access::Read)?;
        match &mut connection {
            Connection::Sqlite(sqlite) => sqlite.batch_execute("BEGIN")?,
            // A chunk may take longer than a query of a page.
            Connection::Postgres(postgres) => postgres.batch_execute(
                "SET statement_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            )?,
        }
        let migrations = applied(&mut connection)?;
        if migrations.is_empty() {
            return Err(StoreError::CantCopy(format!("{} has no tables of Cordboard", settings.database)));
        }
        let tables = tables(&mut connection)?;
        Ok(Self { connection, migrations, tables })
    }

    /// Returns the migrations, and the number of rows of each table.
    ///
    /// # Errors
    /// The database fails.
    pub fn count(mut self) -> Result<(Vec<String>, BTreeMap<String, u64>), StoreError> {
        let mut rows = BTreeMap::new();
        for table in self.tables {
            let query = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {}", quoted(&table.name));
            let counted = diesel::sql_query(query).load::<Line>(&mut self.connection)?;
            let count = counted.first().and_then(|row| row.line.parse().ok()).unwrap_or_default();
            rows.insert(table.name, count);
        }
        Ok((self.migrations, rows))
    }

    /// Passes all rows of a table to `take`, a JSON array for each chunk. Returns their number.
    ///
    /// # Errors
    /// The database fails, or `take` does; then nothing more is read.
    pub fn read<E: From<StoreError>>(
        &mut self,
        table: &Table,
        mut take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<u64, E> {
        let query = select(&self.connection, table);
        let mut chunk = Chunk::default();
        let mut count = 0;
        let mut add = |line: String| {
            count += 1;
            chunk.with(&line).map_or(Ok(()), |full| take(&full))
        };
        match &mut self.connection {
            Connection::Sqlite(sqlite) => {
                let query = diesel::sql_query(query);
                let rows = query.load_iter::<Line, DefaultLoadingMode>(sqlite).map_err(StoreError::from)?;
                for row in rows {
                    add(row.map_err(StoreError::from)?.line)?;
                }
            }
            Connection::Postgres(postgres) => {
                let open = format!("DECLARE all_rows NO SCROLL CURSOR FOR {query}");
                postgres.batch_execute(&open).map_err(StoreError::from)?;
                loop {
                    let rows = fetch(postgres).map_err(StoreError::from)?;
                    if rows.is_empty() {
                        break;
                    }
                    rows.into_iter().try_for_each(|row| add(row.line))?;
                }
                postgres.batch_execute("CLOSE all_rows").map_err(StoreError::from)?;
            }
        }
        chunk.rest().map_or(Ok(()), |rest| take(&rest))?;
        Ok(count)
    }
}

fn fetch(postgres: &mut PgConnection) -> Result<Vec<Line>, QueryError> {
    diesel::sql_query(format!("FETCH {ROWS_MAX} FROM all_rows")).load(postgres)
}

/// The query for all rows of a table, each as a JSON array.
fn select(connection: &Connection, table: &Table) -> String {
    let name = quoted(&table.name);
    let columns = |word: fn(&Column) -> String| table.columns.iter().map(word).collect::<Vec<_>>().join(", ");
    match connection {
        Connection::Sqlite(_) => {
            format!("SELECT json_array({}) AS line FROM {name}", columns(|column| quoted(&column.name)))
        }
        Connection::Postgres(_) => {
            let word = |column: &Column| match column.kind {
                Kind::Time => format!("to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')", quoted(&column.name)),
                _ => quoted(&column.name),
            };
            format!("SELECT CAST(json_build_array({}) AS TEXT) AS line FROM {name}", columns(word))
        }
    }
}

/// Rows that are being collected.
#[derive(Default)]
struct Chunk {
    rows: usize,
    json: String,
}

impl Chunk {
    /// Adds a row. Returns the collected rows once they are enough.
    fn with(&mut self, line: &str) -> Option<String> {
        self.json.push(if self.rows == 0 { '[' } else { ',' });
        self.json.push_str(line);
        self.rows += 1;
        if self.rows < ROWS_MAX && self.json.len() < BYTES_MAX { None } else { self.rest() }
    }

    /// The remaining rows, if any.
    fn rest(&mut self) -> Option<String> {
        let Self { rows, mut json } = std::mem::take(self);
        if rows == 0 {
            return None;
        }
        json.push(']');
        Some(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_fill_by_rows_or_bytes_and_lose_none() {
        let mut chunk = Chunk::default();
        let count = |json: &String| serde_json::from_str::<Vec<Vec<u8>>>(json).unwrap().len();
        let full: Vec<String> = (0..1_100).filter_map(|_| chunk.with("[1]")).collect();
        assert_eq!(full.iter().map(count).collect::<Vec<_>>(), [500, 500]);
        assert_eq!(chunk.rest().as_ref().map(count), Some(100));
        assert_eq!(chunk.rest(), None);
        let large = format!("[\"{}\"]", "x".repeat(BYTES_MAX));
        let rows = chunk.with(&large).unwrap();
        assert_eq!(rows, format!("[{large}]"));
    }
}
