//! The kind as which figures count a call, in SQL: by its rows the same as `CallFacts::sums` of `cordboard_schema::report` says. The list of calls, a day's
//! hours and the dashboard read it from here.

use cordboard_schema::call::{CallState, Direction, HangupCause};
use cordboard_schema::call_list::CountedAs;
use cordboard_schema::report::KEY_CHARS_MAX;
use diesel::dsl::sql;
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{BigInt, Bool, Text};

/// Whether a call of the table `calls` counts so.
pub(super) fn is_counted(counted: CountedAs) -> SqlLiteral<Bool> {
    sql(&condition(counted))
}

/// 1 where a call counts so, else 0.
pub(super) fn as_number(counted: CountedAs) -> SqlLiteral<BigInt> {
    sql(&format!("CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT)", condition(counted)))
}

/// How many calls of a group count so.
pub(super) fn sum_of(counted: CountedAs) -> SqlLiteral<BigInt> {
    sql(&format!("CAST(COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0) AS BIGINT)", condition(counted)))
}

fn condition(counted: CountedAs) -> String {
    let (ended, inbound) = (CallState::Ended.as_str(), Direction::Inbound.as_str());
    match counted {
        CountedAs::Call => format!("(calls.direction <> '{}')", Direction::Internal.as_str()),
        CountedAs::Contained => {
            format!("(calls.answered_at IS NOT NULL AND calls.state = '{ended}' AND NOT {})", handed_over())
        }
        CountedAs::HandedOver => handed_over(),
        CountedAs::Missed => format!(
            "(calls.answered_at IS NULL AND calls.state = '{ended}' AND calls.direction = '{inbound}')"
        ),
    }
}

/// Whether a person has joined, or the caller was sent on to one. A tally that knows of none does not name the hand-offs that joined; a row without a
/// tally is of a call whose journal has to tell.
fn handed_over() -> String {
    let sent_on = HangupCause::transferred();
    format!(
        "(COALESCE(calls.hangup_cause, '') = '{sent_on}' \
          OR COALESCE(calls.tally, '') LIKE '%\"bridged\":%' \
          OR EXISTS (SELECT 1 FROM call_agents WHERE call_agents.call_id = calls.id AND call_agents.joined_at IS NOT NULL) \
          OR (calls.tally IS NULL AND EXISTS (SELECT 1 FROM call_events WHERE call_events.call_id = calls.id \
              AND call_events.kind IN ('handoff_bridged', 'agent_joined'))))"
    )
}

/// A condition of [`has_number`].
type HasNumber = SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, diesel::dsl::AsExprOf<String, Text>>>;

/// Whether figures by number count a call under this one: the one dialled of a call to us, the one shown of a call of ours. Keys of figures are cut.
pub(super) fn has_number(number: &str) -> HasNumber {
    let ours = format!(
        "SUBSTR(CASE calls.direction WHEN '{}' THEN calls.to_party ELSE calls.from_party END, 1, {KEY_CHARS_MAX}) = ",
        Direction::Inbound.as_str()
    );
    sql::<Bool>(&ours).bind::<Text, _>(number.replace('\0', "\u{fffd}")).sql("")
}
