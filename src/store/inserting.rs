//! Inserts many rows at once.

/// Inserts rows of one table. PostgreSQL, which is reached over a network, gets one statement.
macro_rules! insert_all {
    ($connection:expr, $table:expr, $rows:expr) => {
        match $connection {
            $crate::store::Connection::Sqlite(sqlite) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).execute(sqlite)?;
                }
            }
            $crate::store::Connection::Postgres(_) if $rows.is_empty() => {}
            $crate::store::Connection::Postgres(postgres) => {
                diesel::insert_into($table).values($rows).execute(postgres)?;
            }
        }
    };
}

pub(super) use insert_all;
