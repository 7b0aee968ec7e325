//! Tables of a database, and the kinds of their columns.

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
    /// Its columns, in the order in which rows name them.
    pub columns: Vec<Column>,
}

/// A column that a row has to bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
}

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text, or JSON as a text.
    Text,
    /// A whole number of 64 bits.
    Whole,
    /// A number with a fraction.
    Real,
    /// True or false; SQLite has 1 and 0 for them.
    Truth,
    /// A time in UTC.
    Time,
}

impl Kind {
    /// By the name that either database has for the type.
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

/// One text of a row.
#[derive(QueryableByName)]
pub(super) struct Line {
    #[diesel(sql_type = Text)]
    pub(super) line: String,
}

/// A name as SQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

const OF_SQLITE: &str = "SELECT t.name || char(10) || c.name || char(10) || c.type AS line \
    FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c \
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    AND t.name NOT IN ('__diesel_schema_migrations', '__cordboard_migrated_by') AND c.hidden = 0 ORDER BY t.name, c.cid";

// A word index is computed by a trigger where it is no generated column: it is left out by its type.
const OF_POSTGRES: &str = "SELECT c.table_name || chr(10) || c.column_name || chr(10) || c.data_type AS line \
    FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name) \
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
    AND c.data_type <> 'tsvector' \
    AND c.table_name NOT IN ('__diesel_schema_migrations', '__cordboard_migrated_by') \
    ORDER BY c.table_name COLLATE \"C\", c.ordinal_position";

/// Tables that follow from others: the words by which calls are found, which differ between the databases and are written anew by the next
/// start, and counts and marks that triggers make of rows.
pub(super) const DERIVED: [&str; 4] = ["call_words", WORDS_DUE, "campaign_counts", "figure_month_marks"];

/// Calls whose words the next start writes down.
pub(super) const WORDS_DUE: &str = "call_words_due";

/// The tables of a database by name.
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
