//! Fills an empty database with the rows of another: all of them, or none.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use serde_json::Value;

use super::rows::Rows;
use super::tables::{Column, Kind, Line, Table, WORDS_DUE, quoted, tables};
use crate::config::Database;
use crate::durable_rename::rename_durably;
use crate::store::connection::Connection;
use crate::store::pool::Connector;
use crate::store::text::kept_text;
use crate::store::{StoreError, StoreSettings, migrations};

/// The format of times: SQLite compares them as text, so they must be exactly as the store writes them.
const TIME: &str = "%F %T%.f";

/// Maximum of characters of the reason why a row is refused.
const REASON_CHARS_MAX: usize = 200;

/// A database that is being filled. Dropping it before [`Prepared::finish`] leaves the database empty.
pub struct Filling {
    connection: Connection,
    tables: Vec<Table>,
    /// Only for SQLite.
    file: Option<PartialFile>,
}

/// A database whose rows are checked. Dropping it before [`Prepared::finish`] leaves the database empty.
pub struct Prepared {
    connection: Connection,
    file: Option<PartialFile>,
}

impl Prepared {
    /// Commits the rows. A PostgreSQL database then has the version of the rows' source.
    ///
    /// # Errors
    /// The database fails; it is as empty as before.
    pub fn finish(self) -> Result<(), StoreError> {
        let Self { mut connection, file } = self;
        let Some(file) = file else {
            connection.batch_execute("COMMIT")?;
            return Ok(());
        };
        drop(connection);
        file.keep()
    }
}

/// An SQLite file with a temporary name until it is complete. Dropping it earlier deletes it, so that a full disk gets its space back.
struct PartialFile {
    partial: PathBuf,
    name: PathBuf,
}

impl PartialFile {
    /// Creates one, and removes what a killed attempt left.
    fn new(name: &Path) -> Result<Self, StoreError> {
        let file = Self { partial: with_ending(name, ".partial"), name: name.to_owned() };
        for path in file.paths() {
            discard(&path)?;
        }
        Ok(file)
    }

    /// All files that SQLite creates for it.
    fn paths(&self) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|ending| with_ending(&self.partial, ending))
    }

    fn keep(self) -> Result<(), StoreError> {
        rename_durably(&self.partial, &self.name)
            .map_err(|cause| StoreError::Name { path: self.name.display().to_string(), cause })
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        for path in self.paths() {
            // A finished file has its final name by now. What can't be removed is removed by the next attempt.
            let _ = discard(&path);
        }
    }
}

impl Filling {
    /// Creates the tables with these migrations, and removes the rows that the migrations inserted.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`]: the database has records. [`StoreError::Newer`]: a migration is unknown to this version.
    pub fn begin(settings: &StoreSettings, versions: &[String]) -> Result<Self, StoreError> {
        let not_empty = || StoreError::NotEmpty(settings.database.to_string());
        let (settings, file) = match &settings.database {
            Database::Sqlite(path) if path.exists() => return Err(not_empty()),
            Database::Sqlite(path) => {
                if let Some(rest) = left_over(path) {
                    return Err(StoreError::CantCopy(format!(
                        "the file {} is of a database that is gone, and would change the new one: move it away first",
                        rest.display()
                    )));
                }
                let file = PartialFile::new(path)?;
                (StoreSettings::file(&file.partial), Some(file))
            }
            Database::Postgres(_) => (settings.clone(), None),
        };
        let mut connection = migrations::open_to_migrate(&Connector::of(&settings)?)?;
        if has_records(&mut connection)? {
            return Err(not_empty());
        }
        migrations::run_these(&mut connection, versions)?;
        let tables = tables(&mut connection)?;
        match &mut connection {
            Connection::Sqlite(sqlite) => {
                sqlite.batch_execute("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?
            }
            Connection::Postgres(postgres) => postgres.batch_execute("BEGIN")?,
        }
        let mut filling = Self { connection, tables, file };
        filling.reference_late(true)?;
        for table in &filling.tables {
            filling.connection.batch_execute(&format!("DELETE FROM {}", quoted(&table.name)))?;
        }
        Ok(filling)
    }

    /// Adds rows to a table, whose columns are in the order of the rows' members. Returns their number.
    ///
    /// # Errors
    /// The rows don't fit the table, or the database refuses them.
    pub fn put(&mut self, table: &Table, json: &str) -> Result<u64, StoreError> {
        let known = self.tables.iter().find(|known| known.name == table.name);
        let mut names = [known.map(names).unwrap_or_default(), names(table)];
        names.iter_mut().for_each(|names| names.sort_unstable());
        if names[0] != names[1] {
            let why = format!(
                "the table {} has other columns here ({:?}) than there ({:?})",
                table.name, names[0], names[1]
            );
            return Err(StoreError::CantCopy(why));
        }
        let is_postgres = matches!(self.connection, Connection::Postgres(_));
        let (count, rows) = prepared(table, json, is_postgres)?;
        diesel::sql_query(insert(table, is_postgres)).bind::<Text, _>(rows).execute(&mut self.connection)?;
        Ok(count)
    }

    /// Checks the rows. An SQLite file is also upgraded to this version and rewritten completely under its temporary name, which takes space.
    ///
    /// # Errors
    /// A row refers to a missing one, or the database fails; it is as empty as before.
    pub fn prepare(mut self) -> Result<Prepared, StoreError> {
        self.reference_late(false)?;
        if let Connection::Sqlite(sqlite) = &mut self.connection {
            let query = "SELECT \"table\" || ' -> ' || parent AS line FROM pragma_foreign_key_check LIMIT 1";
            if let Some(Line { line }) = diesel::sql_query(query).load::<Line>(sqlite)?.into_iter().next() {
                return Err(StoreError::CantCopy(format!("a row refers to one that is missing: {line}")));
            }
        }
        if migrations::has_table(&mut self.connection, WORDS_DUE)? {
            let due =
                format!("INSERT INTO {WORDS_DUE} (call_id) SELECT DISTINCT call_id FROM transcript_items");
            self.connection.batch_execute(&due)?;
        }
        if let Connection::Sqlite(_) = &self.connection {
            self.connection.batch_execute("COMMIT")?;
            migrations::run(&mut self.connection)?;
            let whole = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE";
            self.connection.batch_execute(whole)?;
        }
        let Self { connection, file, .. } = self;
        Ok(Prepared { connection, file })
    }

    /// Makes PostgreSQL check references only at the end, or immediately, as usual. Tables refer to each other, so no order of them would satisfy
    /// immediate checks.
    fn reference_late(&mut self, is_late: bool) -> Result<(), StoreError> {
        let Connection::Postgres(postgres) = &mut self.connection else { return Ok(()) };
        if !is_late {
            postgres.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
        }
        let when = if is_late { "DEFERRABLE INITIALLY DEFERRED" } else { "NOT DEFERRABLE" };
        let query = format!(
            "SELECT format('ALTER TABLE %s ALTER CONSTRAINT %I {when}', conrelid::regclass, conname) AS line \
             FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        );
        for Line { line } in diesel::sql_query(query).load::<Line>(postgres)? {
            postgres.batch_execute(&line)?;
        }
        Ok(())
    }
}

/// Tells whether a server has used the database: the first start creates an organization.
fn has_records(connection: &mut Connection) -> Result<bool, StoreError> {
    if tables(connection)?.iter().all(|table| table.name != "organizations") {
        return Ok(false);
    }
    let rows = "SELECT id AS line FROM organizations LIMIT 1";
    Ok(!diesel::sql_query(rows).load::<Line>(connection)?.is_empty())
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

/// A journal that was left when a database's file was removed: SQLite would apply its changes to any new file of that name.
fn left_over(path: &Path) -> Option<PathBuf> {
    let left = ["-wal", "-journal"].map(|ending| with_ending(path, ending));
    left.into_iter().find(|path| fs::metadata(path).is_ok_and(|file| file.len() > 0))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn discard(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::Rest { path: path.display().to_string(), cause })
        }
        _ => Ok(()),
    }
}

/// The statement that inserts a JSON array of rows.
fn insert(table: &Table, is_postgres: bool) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let member = |(at, column): (usize, &Column)| {
        let kind = match column.kind {
            Kind::Text => "text",
            Kind::Whole => "bigint",
            Kind::Real => "double precision",
            Kind::Truth => "boolean",
            Kind::Time => "timestamp",
        };
        if is_postgres {
            format!("CAST(value->>{at} AS {kind})")
        } else {
            format!("json_extract(value, '$[{at}]')")
        }
    };
    let members: Vec<String> = table.columns.iter().enumerate().map(member).collect();
    let rows = if is_postgres { "json_array_elements(CAST($1 AS json))" } else { "json_each(?)" };
    format!(
        "INSERT INTO {} ({}) SELECT {} FROM {rows}",
        quoted(&table.name),
        columns.join(", "),
        members.join(", ")
    )
}

/// The rows in this database's format, and their number.
fn prepared(table: &Table, json: &str, is_postgres: bool) -> Result<(u64, String), StoreError> {
    let bad = |why: String| {
        // The reason may contain a text of the row, of any length.
        let why: String = why.chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect();
        StoreError::CantCopy(format!("a row of {} can't be read: {why}", table.name))
    };
    let Rows(mut rows) = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
    for row in &mut rows {
        if row.len() != table.columns.len() {
            return Err(bad(format!("{} members for {} columns", row.len(), table.columns.len())));
        }
        for (value, column) in row.iter_mut().zip(&table.columns) {
            let Value::String(text) = value else { continue };
            if column.kind == Kind::Time {
                let time = NaiveDateTime::parse_from_str(&text.replace('T', " "), TIME)
                    .map_err(|error| bad(format!("{} is not a time: {error}", column.name)))?;
                *text = time.format(TIME).to_string();
            }
            // As everywhere in the store: PostgreSQL stores no NUL in texts.
            if is_postgres && text.contains('\0') {
                *text = kept_text(text);
            }
        }
    }
    let text = serde_json::to_string(&rows).map_err(|error| bad(error.to_string()))?;
    Ok((rows.len() as u64, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = vec![column("id", Kind::Text), column("at", Kind::Time), column("is_on", Kind::Truth)];
        Table { name: "things".to_owned(), columns }
    }

    #[test]
    fn times_are_written_as_the_store_writes_them() {
        let rows = |time: &str| prepared(&table(), &format!("[[\"a\",{time},1]]"), false).unwrap().1;
        assert_eq!(rows("\"2026-11-25 01:02:03.120000\""), "[[\"a\",\"2026-11-25 01:02:03.120\",1]]");
        assert_eq!(rows("\"2026-11-25T01:02:03\""), "[[\"a\",\"2026-11-25 01:02:03\",1]]");
        assert_eq!(rows("null"), "[[\"a\",null,1]]");
    }

    #[test]
    fn rows_that_dont_fit_the_table_are_refused() {
        for json in ["[[1]]", "[[\"a\",\"yesterday\",1]]", "{}", "[", "[[\"a\",null,1,2]]"] {
            assert!(matches!(prepared(&table(), json, true), Err(StoreError::CantCopy(_))), "{json}");
        }
        assert_eq!(
            prepared(&table(), "[[\"a\\u0000b\",null,true]]", true).unwrap().1,
            "[[\"a\u{fffd}b\",null,true]]"
        );
    }
}
