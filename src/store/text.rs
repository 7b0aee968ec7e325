//! Compares texts, with the same result on both databases.

use cordboard_schema::composed::composed;
use cordboard_schema::phone::searched_number;
pub(super) use cordboard_tables::rows::kept_text;
use diesel::BoolExpressionMethods;
use diesel::dsl::{Or, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{Bool, Text};

use super::Connection;

/// A condition on a text.
pub(super) type OfText =
    SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, diesel::dsl::AsExprOf<String, Text>>>;

/// A condition on a text in each of its [`spellings`].
type OfSpellings = Or<Or<OfText, OfText, Bool>, OfText, Bool>;

/// SQL for whether `column`, such as `calls.from_party`, contains `part` literally, without regard to the case of A to Z.
pub(super) fn holds(connection: &Connection, column: &'static str, part: &str) -> OfText {
    let like = match connection {
        // In SQLite, LIKE ignores the case of A to Z, but not of other letters.
        Connection::Sqlite(_) => format!("{column} LIKE "),
        Connection::Postgres(_) => format!("{column} COLLATE \"C\" ILIKE "),
    };
    sql::<Bool>(&like).bind::<Text, _>(containing(part)).sql(" ESCAPE '\\'")
}

/// SQL for whether `column` contains `part` literally as [`holds`] does, or the number that `part` is.
pub(super) fn holds_text_or_number(
    connection: &Connection,
    column: &'static str,
    part: &str,
) -> Or<OfText, OfText, Bool> {
    let number = searched_number(part);
    let is_number_in = holds(connection, column, number.as_deref().unwrap_or(part));
    holds(connection, column, part).or(is_number_in)
}

/// SQL for whether `column` contains a text in one of these [`spellings`].
pub(super) fn holds_any(
    connection: &Connection,
    column: &'static str,
    [lower, upper, title]: &[String; 3],
) -> OfSpellings {
    let is_upper = holds(connection, column, upper);
    holds(connection, column, lower).or(is_upper).or(holds(connection, column, title))
}

/// Returns `part` as people write it, with composed letters: in small letters, in capitals, and with words that begin with a capital. A search that
/// ignores the case of all letters searches for each ([`holds_any`]), because [`holds`] ignores only the case of A to Z.
pub(super) fn spellings(part: &str) -> [String; 3] {
    let part = composed(part);
    let lower = part.to_lowercase();
    let (mut title, mut is_first) = (String::with_capacity(lower.len()), true);
    for letter in lower.chars() {
        if is_first {
            title.extend(letter.to_uppercase());
        } else {
            title.push(letter);
        }
        is_first = !letter.is_alphanumeric();
    }
    [lower, part.to_uppercase(), title]
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
    fn a_word_is_spelled_as_people_write_it() {
        for (typed, title) in
            [("иван петров", "Иван Петров"), ("ÖZTÜRK", "Öztürk"), ("o'neill-šmid", "O'Neill-Šmid"), ("", "")]
        {
            let [lower, upper, found] = spellings(typed);
            assert_eq!((lower, upper, &*found), (typed.to_lowercase(), typed.to_uppercase(), title));
        }
        assert_eq!(spellings("jose\u{301}"), ["jos\u{e9}", "JOS\u{c9}", "Jos\u{e9}"]);
    }
}
