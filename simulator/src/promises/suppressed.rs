//! A caller who asks not to be called again is on the do-not-call list of the organization that they talked with, and nobody else is.

use cordboard_schema::event::{Decision, Event};
use cordboard_schema::tool::ToolName;

use super::Complaints;
use super::texts::{is_same_number, party};
use crate::evidence::{Book, Evidence, Suppressed};

const LISTED: &str = "a caller who asks not to be called again is on the do-not-call list";
const ASKED: &str = "only callers who asked for it are on the do-not-call list";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        if let Some(how) = forgotten(book, &evidence.suppressed) {
            complaints.add(LISTED, format!("call {}", book.row.id), how);
        }
    }
    for entry in &evidence.suppressed {
        if !has_asked(entry, &evidence.books) {
            complaints.add(ASKED, &entry.number, format!("{entry:?}"));
        }
    }
}

/// Returns how a request of a call is missing on the list, if it is.
fn forgotten(book: &Book, list: &[Suppressed]) -> Option<String> {
    let is_request = |event: &Event| matches!(event, Event::Decision(Decision::NumberSuppressed { .. }));
    if !book.journal.iter().any(|entry| is_request(&entry.event)) {
        return None;
    }
    let party = party(book).unwrap_or_default();
    let is_it = |entry: &Suppressed| {
        entry.organization == book.row.organization_id && is_same_number(&entry.number, party)
    };
    (!list.iter().any(is_it)).then(|| format!("the list does not have {party}"))
}

/// Whether the party on the call of an entry has asked for it.
fn has_asked(entry: &Suppressed, books: &[Book]) -> bool {
    let is_run = |event: &Event| {
        matches!(event, Event::Decision(Decision::ToolStarted { tool: ToolName::DoNotCall, .. }))
    };
    books.iter().filter(|book| Some(book.row.id) == entry.call).any(|book| {
        book.row.organization_id == entry.organization
            && party(book).is_some_and(|party| is_same_number(party, &entry.number))
            && book.journal.iter().any(|entry| is_run(&entry.event))
    })
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::{EffectId, OrganizationId};
    use cordboard_schema::tool::ToolOrigin;
    use uuid::Uuid;

    use super::super::told::histories;
    use super::*;

    const NUMBER: &str = "+4930000003";

    fn book(decisions: Vec<Decision>) -> Book {
        let mut book = histories::book(decisions);
        book.row.from = Some(NUMBER.to_owned());
        book
    }

    #[test]
    fn a_lost_request_or_one_of_another_caller_is_reported() {
        let tool = ToolName::DoNotCall;
        let asked = Decision::ToolStarted { effect: EffectId(1), tool, origin: ToolOrigin::Key };
        let book = book(vec![asked, Decision::NumberSuppressed { effect: EffectId(1) }]);
        let right = Suppressed {
            organization: book.row.organization_id,
            number: NUMBER.to_owned(),
            call: Some(book.row.id),
        };
        let others = OrganizationId(Uuid::from_u128(9));
        let wrong = [
            Suppressed { organization: others, ..right.clone() },
            Suppressed { number: "+4930000004".to_owned(), ..right.clone() },
        ];
        assert_eq!(forgotten(&book, &[wrong[0].clone(), right.clone()]), None);
        assert!(forgotten(&book, &wrong).is_some() && forgotten(&book, &[]).is_some());
        let books = [book];
        assert!(has_asked(&right, &books));
        assert!(!wrong.iter().any(|entry| has_asked(entry, &books)));
        assert!(!has_asked(&Suppressed { call: None, ..right }, &books));
    }

    #[test]
    fn a_number_of_a_call_without_a_request_is_reported() {
        let book = book(Vec::new());
        let call = Some(book.row.id);
        let entry = Suppressed { organization: book.row.organization_id, number: NUMBER.to_owned(), call };
        assert_eq!(forgotten(&book, &[]), None, "nobody has asked");
        assert!(!has_asked(&entry, &[book]));
    }
}
