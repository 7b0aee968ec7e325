//! The tables of a database, and the types of their columns.

use diesel::RunQueryDsl;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use crate::store::connection::Connection;

/// A table with its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The columns, in the order of the rows' members.
    pub columns: Vec<Column>,
}

/// A column that rows contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text, or JSON as text.
    Text,
    /// A 64-bit integer.
    Whole,
    /// A floating-point number.
    Real,
    /// True or false; 1 and 0 in SQLite.
    Truth,
    /// A time in UTC.
    Time,
}

impl Kind {
    /// The type for the name that either database has for it.
    fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.as_str() {
            "text" => Self::Text,
            "bigint" | "integer" | "smallint" => Self::Whole,
            "double" | "double precision" | "real" => Self::Real,
            "boolean" => Self::Truth,
            "timestamp" | "timestamp without time zone" => Self::Time,
            _ => return None,
        })
    }
}

/// A line of text from a query.
#[derive(QueryableByName)]
pub(super) struct Line {
    #[diesel(sql_type = Text)]
    pub(super) line: String,
}

/// A name quoted for SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

const OF_SQLITE: &str = "SELECT t.name || char(10) || c.name || char(10) || c.type AS line \
    FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c \
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND t.name NOT IN ('__diesel_schema_migrations', '__cordboard_migrated_by') AND c.hidden = 0 ORDER BY t.name, c.cid";

// Unless it is a generated column, a trigger computes the word index, so it is left out by its type.
const OF_POSTGRES: &str = "SELECT c.table_name || chr(10) || c.column_name || chr(10) || c.data_type AS line \
    FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name) \
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
    AND c.data_type <> 'tsvector' \
    AND c.table_name NOT IN ('__diesel_schema_migrations', '__cordboard_migrated_by') \
    ORDER BY c.table_name COLLATE \"C\", c.ordinal_position";

/// Tables that are derived from others: the words for searching calls, which differ between the databases and are written by the next start, and
/// counts and marks that triggers keep.
pub(super) const DERIVED: [&str; 4] = ["call_words", WORDS_DUE, "campaign_counts", "figure_month_marks"];

/// Calls whose words the next start writes.
pub(super) const WORDS_DUE: &str = "call_words_due";

/// Returns the tables of a database, by name.
///
/// # Errors
/// The database fails, or has a column of a type that can't be copied.
pub(super) fn tables(connection: &mut Connection) -> Result<Vec<Table>, StoreError> {
    let query = if matches!(connection, Connection::Sqlite(_)) { OF_SQLITE } else { OF_POSTGRES };
    let mut tables: Vec<Table> = Vec::new();
    for Line { line } in diesel::sql_query(query).load::<Line>(connection)? {
        let mut words = line.split('\n').map(str::to_owned);
        let (Some(table), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if DERIVED.contains(&table.as_str()) {
            continue;
        }
        let kind = Kind::of(&kind).ok_or_else(|| {
            StoreError::CantCopy(format!("{table}.{name} has the type {kind}, which can't be copied"))
        })?;
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(Table { name: table, columns: Vec::new() });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(Column { name, kind });
        }
    }
    Ok(tables)
}
