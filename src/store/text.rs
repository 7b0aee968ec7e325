//! Comparing texts, alike on both databases.

pub(super) use cordboard_tables::rows::kept_text;
use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{Bool, Text};

use super::Connection;

/// A condition with a text.
pub(super) type OfText =
    SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, diesel::dsl::AsExprOf<String, Text>>>;

/// Whether `column`, as `calls.from_party`, holds `part`, whatever that holds, without regard to the case of A to Z.
pub(super) fn holds(connection: &Connection, column: &'static str, part: &str) -> OfText {
    let like = match connection {
        // LIKE knows no case of A to Z there, and that of all other letters.
        Connection::Sqlite(_) => format!("{column} LIKE "),
        Connection::Postgres(_) => format!("{column} COLLATE \"C\" ILIKE "),
    };
    sql::<Bool>(&like).bind::<Text, _>(containing(part)).sql(" ESCAPE '\\'")
}

/// Whether `column`, as `messages.status`, is `word`. It is hidden that this is the column of an index: of several that
/// compare as many columns SQLite takes any, also where that of another condition leaves far fewer rows, and it goes by a
/// column that is equal to something before one that is less.
pub(super) fn is_word(column: &'static str, word: &str) -> OfText {
    sql::<Bool>(&format!("COALESCE({column}, {column}) = ")).bind::<Text, _>(word.to_owned()).sql("")
}

/// The pattern that finds `part` anywhere in a text.
pub(super) fn containing(part: &str) -> String {
    let plain = kept_text(part).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}
