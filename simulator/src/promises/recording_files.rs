//! A call's row has its recording, with the length that a player finds in the file: the page shows no recording that is not there, and hides none.
//!
//! Checked in worlds whose disk has no trouble; of the others, `recordings.rs` checks more. In a world in which an actor panics that calls or their
//! legs depend on, only calls that were over before are checked. A start looks for ended calls by the calendar, so worlds in which that is set and a
//! process dies are left out.

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::plan::Happening;

const FILE: &str = "a call's row has its recording, as long as the file";

/// Largest difference of the lengths, in ms: each is rounded to whole blocks or milliseconds.
const APART_MS: u64 = 40;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let is_set_and_dies = evidence.plan.sets_calendar() && evidence.lives.len() > 1;
    if evidence.plan.disk_trouble().is_some() || is_set_and_dies {
        return;
    }
    let panics_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    let was_over = |book: &Book| evidence.entries(book).last().is_some_and(|(_, _, at_ms)| at_ms < panics_ms);
    for book in evidence.books.iter().filter(|book| was_over(book)) {
        let file_ms = evidence.recorded_ms.get(&book.row.id).copied();
        if let Some(how) = wrong(book.row.recording_ms, file_ms) {
            complaints.add(FILE, format!("call {}", book.row.id), how);
        }
    }
}

/// Returns how a row and its file differ, if they do. No recording is as good as one of no length.
fn wrong(row_ms: Option<u64>, file_ms: Option<u64>) -> Option<String> {
    let (row, file) = (row_ms.unwrap_or_default(), file_ms.unwrap_or_default());
    let is_there = (row == 0) == (file == 0);
    (!is_there || row.abs_diff(file) > APART_MS)
        .then(|| format!("the row has {row_ms:?} ms, and the file has {file_ms:?} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_that_is_lost_hidden_or_cut_is_reported() {
        assert_eq!(
            [wrong(None, None), wrong(Some(0), None), wrong(Some(900), Some(920))],
            [None, None, None]
        );
        assert!(wrong(Some(900), None).is_some(), "it is lost");
        assert!(wrong(None, Some(900)).is_some(), "it is hidden");
        assert!(wrong(Some(9_000), Some(4_000)).is_some(), "a part is lost");
        assert!(wrong(Some(20), Some(0)).is_some());
    }
}
