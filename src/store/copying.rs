//! Copies all rows of one database into another, of either kind: for backups, and for migrating from SQLite to PostgreSQL.
//!
//! Rows are JSON arrays with one member for each column, in chunks: a JSON array of at most 500 rows, or of rows up to 4 MiB and one more. What a
//! table computes by itself (generated columns, word indexes) is not copied: the target database computes it again.

mod reading;
mod rows;
mod tables;
mod writing;

pub use reading::Contents;
pub use tables::Table;
pub use writing::{Filling, Prepared};
