//! How figures count a call, as SQL: with the same result as `CallFacts::sums` of `cordboard_schema::report`. The list of calls, the hours of a day
//! and the dashboard use it. The conditions are worded as in the partial indexes `calls_handed_over` and `calls_missed`.

use cordboard_schema::call::{CallState, Direction, HangupCause};
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::report::KEY_CHARS_MAX;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::{BigInt, Bool, Text};

use super::text::{OfText, kept_text};

/// Tells whether figures count a row of `calls` this way.
pub(super) fn is_counted(counted: CountedAs) -> SqlLiteral<Bool> {
    sql(&condition(counted))
}

/// 1 if a call counts this way, else 0.
pub(super) fn as_number(counted: CountedAs) -> SqlLiteral<BigInt> {
    sql(&format!("CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT)", condition(counted)))
}

/// The number of calls in a group that count this way.
pub(super) fn sum_of(counted: CountedAs) -> String {
    format!("CAST(COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0) AS BIGINT)", condition(counted))
}

/// Worded as in the partial indexes: the planner uses them only then.
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

/// Tells whether figures by number count a call under this one: the dialled number of an incoming call, the shown number of an outgoing one. Keys of
/// figures are truncated. Worded as in the index `calls_by_number`, which leaves out calls between colleagues.
pub(super) fn has_number(number: &str) -> OfText {
    let ours = format!(
        "({} AND SUBSTR(CASE calls.direction WHEN '{}' THEN calls.to_party ELSE calls.from_party END, 1, {KEY_CHARS_MAX}) = ",
        condition(CountedAs::Call),
        Direction::Inbound.as_str()
    );
    sql::<Bool>(&ours).bind::<Text, _>(kept_text(number)).sql(")")
}

/// Tells whether a call ended for this cause; without a recorded cause it is `unknown`. Worded as in the index `calls_by_cause`.
pub(super) fn ended_for(cause: &str) -> OfText {
    let condition = format!(
        "(calls.state = '{}' AND COALESCE(calls.hangup_cause, '{}') = ",
        CallState::Ended.as_str(),
        HangupCause::UNKNOWN
    );
    sql::<Bool>(&condition).bind::<Text, _>(kept_text(cause)).sql(")")
}
