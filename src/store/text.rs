//! Compares texts, with the same result on both databases.

pub(super) use cordboard_tables::rows::kept_text;
use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{Bool, Text};

use super::Connection;

/// A condition on a text.
pub(super) type OfText =
    SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, diesel::dsl::AsExprOf<String, Text>>>;

/// SQL for whether `column`, such as `calls.from_party`, contains `part` literally, without regard to the case of A to Z.
pub(super) fn holds(connection: &Connection, column: &'static str, part: &str) -> OfText {
    let like = match connection {
        // In SQLite, LIKE ignores the case of A to Z, but not of other letters.
        Connection::Sqlite(_) => format!("{column} LIKE "),
        Connection::Postgres(_) => format!("{column} COLLATE \"C\" ILIKE "),
    };
    sql::<Bool>(&like).bind::<Text, _>(containing(part)).sql(" ESCAPE '\\'")
}

/// Forms of a text for [`holds`], which ignores only the case of A to Z: as typed, in lower case, in upper case, and with each word capitalized, as in
/// names.
pub(super) fn cases(text: &str) -> [String; 4] {
    let lower = text.to_lowercase();
    let mut capitalized = String::with_capacity(lower.len());
    let mut begins = true;
    for letter in lower.chars() {
        if begins {
            capitalized.extend(letter.to_uppercase());
        } else {
            capitalized.push(letter);
        }
        begins = !letter.is_alphanumeric();
    }
    [text.to_owned(), lower, text.to_uppercase(), capitalized]
}

/// SQL for whether `column`, such as `messages.status`, is `word`. It hides that the column is indexed. Otherwise SQLite may choose this index
/// although another condition leaves far fewer rows, because it prefers an equality to a range.
pub(super) fn is_word(column: &'static str, word: &str) -> OfText {
    sql::<Bool>(&format!("COALESCE({column}, {column}) = ")).bind::<Text, _>(word.to_owned()).sql("")
}

/// The pattern that finds `part` anywhere in a text.
pub(super) fn containing(part: &str) -> String {
    let plain = kept_text(part).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compared_as_typed_and_in_usual_cases() {
        assert_eq!(cases("özGür"), ["özGür", "özgür", "ÖZGÜR", "Özgür"]);
        assert_eq!(cases("ИВАН-élise")[3], "Иван-Élise");
    }
}
