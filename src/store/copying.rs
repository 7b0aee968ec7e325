//! All rows of a database, out of one and into another, whichever kinds the two are: for backups, and for the way from SQLite to PostgreSQL.
//!
//! Rows travel as JSON arrays, one member a column. What a table computes by itself (generated columns, indexes of words) does not travel:
//! the database that gets the rows makes it again.

mod reading;
mod tables;
mod writing;

pub use reading::Contents;
pub use tables::Table;
pub use writing::Filling;

/// Rows that travel together: at most 500, or 4 MiB and a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// How many.
    pub count: u64,
    /// A JSON array with an array for each row, its members in the order of the table's columns.
    pub json: String,
}
