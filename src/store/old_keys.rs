//! Deletes keys of requests, oldest first, few at a time so that others can write in between.

/// Deletes the oldest rows of a table that were made before a moment, about
/// [`FORGOTTEN_AT_ONCE`](cordboard_schema::limits::FORGOTTEN_AT_ONCE) of them. Returns whether there may be more.
macro_rules! forget_some {
    ($connection:expr, $table:ident, $before:expr) => {{
        let before: chrono::NaiveDateTime = $before;
        let old = || $table::table.filter($table::created_at.lt(before));
        // Their age is indexed, and no single column identifies a row.
        let last: Option<chrono::NaiveDateTime> = old()
            .order($table::created_at)
            .offset(cordboard_schema::limits::FORGOTTEN_AT_ONCE - 1)
            .limit(1)
            .select($table::created_at)
            .first($connection)
            .optional()?;
        match last {
            Some(last) => {
                diesel::delete($table::table.filter($table::created_at.le(last))).execute($connection)?;
                true
            }
            None => {
                diesel::delete(old()).execute($connection)?;
                false
            }
        }
    }};
}

pub(super) use forget_some;
