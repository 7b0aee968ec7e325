//! All rows of a database, out of one and into another, whichever kinds the two are: for backups, and for the way from SQLite to PostgreSQL.
//!
//! Rows travel as JSON arrays, one member a column, in chunks of at most 500, or 4 MiB and a row: a JSON array of rows. What a table computes by itself (generated columns, indexes of words) does not travel:
//! the database that gets the rows makes it again.

mod reading;
mod rows;
mod tables;
mod writing;

pub use reading::Contents;
pub use tables::Table;
pub use writing::{Filling, Prepared};
