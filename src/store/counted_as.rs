//! The kind as which figures count a call, in SQL: by its rows the same as `CallFacts::sums` of `cordboard_schema::report` says. The list of calls, a day's
//! hours and the dashboard read it from here. The conditions are written as those of the indexes of migration 000178, by which lists find such calls.

use cordboard_schema::call::{CallState, Direction, HangupCause};
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::report::KEY_CHARS_MAX;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{BigInt, Bool, Text};

use super::text::{OfText, kept_text};

/// Whether a call of the table `calls` counts so.
pub(super) fn is_counted(counted: CountedAs) -> SqlLiteral<Bool> {
    sql(&condition(counted))
}

/// 1 where a call counts so, else 0.
pub(super) fn as_number(counted: CountedAs) -> SqlLiteral<BigInt> {
    sql(&format!("CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT)", condition(counted)))
}

/// How many calls of a group count so.
pub(super) fn sum_of(counted: CountedAs) -> String {
    format!("CAST(COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0) AS BIGINT)", condition(counted))
}

/// The words are in the text as in the indexes that hold such calls alone: only that shows the planner that they fit.
fn condition(counted: CountedAs) -> String {
    let (ended, inbound) = (CallState::Ended.as_str(), Direction::Inbound.as_str());
    match counted {
        CountedAs::Call => format!("(calls.direction <> '{}')", Direction::Internal.as_str()),
        CountedAs::Contained => {
            format!("(calls.answered_at IS NOT NULL AND calls.state = '{ended}' AND NOT calls.handed_over)")
        }
        CountedAs::HandedOver => "(calls.handed_over)".to_owned(),
        CountedAs::Missed => format!(
            "(calls.answered_at IS NULL AND calls.state = '{ended}' AND calls.direction = '{inbound}')"
        ),
    }
}

/// Whether figures by number count a call under this one: the one dialled of a call to us, the one shown of a call of ours. Keys of figures are cut.
/// Written as in the index `calls_by_number`, which has no calls between colleagues.
pub(super) fn has_number(number: &str) -> OfText {
    let ours = format!(
        "({} AND SUBSTR(CASE calls.direction WHEN '{}' THEN calls.to_party ELSE calls.from_party END, 1, {KEY_CHARS_MAX}) = ",
        condition(CountedAs::Call),
        Direction::Inbound.as_str()
    );
    sql::<Bool>(&ours).bind::<Text, _>(kept_text(number)).sql(")")
}

/// Whether a call is over and ended for this cause: an unknown one where none is on record. Written as in the index `calls_by_cause`.
pub(super) fn ended_for(cause: &str) -> OfText {
    let told = format!(
        "(calls.state = '{}' AND COALESCE(calls.hangup_cause, '{}') = ",
        CallState::Ended.as_str(),
        HangupCause::UNKNOWN
    );
    sql::<Bool>(&told).bind::<Text, _>(kept_text(cause)).sql(")")
}
