//! A call has the number of its own caller, never of another one: text messages go there, and the customer's data is found by it.

use super::Complaints;
use super::switch::are_calls_troubled;
use super::texts::is_same_number;
use crate::evidence::Evidence;
use crate::parties::caller::{Caller, phone_number};
use crate::plan::{CALLED, Happening, Line, Plan};

const OWN: &str = "a call has the number of its own caller";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let is_troubled = are_calls_troubled(evidence);
    for caller in &evidence.callers {
        let Some(number) = number_of(caller) else { continue };
        let is_owed = !is_troubled && is_announced(&evidence.plan, caller.number);
        for book in evidence.books_of(caller) {
            if let Some(how) = wrong(book.row.from.as_deref(), &number, is_owed) {
                complaints.add(
                    OWN,
                    format!("caller {}", caller.number),
                    format!("call {}: {how}", book.row.id),
                );
            }
        }
    }
}

/// Returns the number from which a caller calls; none for browsers, and for parties whom the server calls.
fn number_of(caller: &Caller) -> Option<String> {
    let has_number = matches!(caller.line, Line::Audiosocket | Line::Twilio | Line::Freeswitch);
    (has_number && caller.number < CALLED).then(|| phone_number(caller.number))
}

/// Whether the dialplan announces the caller before their first connection.
fn is_announced(plan: &Plan, number: u32) -> bool {
    plan.happenings.iter().any(
        |timed| matches!(timed.what, Happening::Calls { caller, announced: true, .. } if caller == number),
    )
}

/// Returns what is wrong with the number of a call, if anything. A call that nobody has announced may have none.
fn wrong(from: Option<&str>, number: &str, is_owed: bool) -> Option<String> {
    match from {
        Some(from) if is_same_number(from, number) => None,
        None if !is_owed => None,
        from => Some(format!("it is from {from:?}, and they have {number}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_another_caller_is_reported() {
        let number = "+4930000003";
        assert_eq!(
            [wrong(Some(number), number, true), wrong(Some("4930000003"), number, true)],
            [None, None]
        );
        assert!(wrong(Some("+4930000004"), number, false).is_some());
        assert!(wrong(None, number, true).is_some(), "they were announced");
        assert_eq!(wrong(None, number, false), None);
    }
}
