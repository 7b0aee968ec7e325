//! The row and the transcript of a call are the fold of its journal, at every moment at which they were read; and no entry of a journal is ever
//! changed or lost.

use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::{Call, TranscriptItem};

use super::Complaints;
use crate::evidence::Evidence;

const FOLD: &str = "the row and the transcript are the fold of the journal";
const KEPT: &str = "entries of a journal stay as they are";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        let whose = format!("call {}", book.row.id);
        let gap = book.journal.iter().zip(1..).find(|(entry, seq)| entry.seq != *seq);
        if let Some((entry, seq)) = gap {
            complaints.add(KEPT, &whose, format!("entry {} is in the place of entry {seq}", entry.seq));
        }
        compare(&book.journal, &book.row, &book.transcript, &whose, complaints);
    }
    for look in &evidence.looks {
        let whose = format!("call {} at {} ms", look.row.id, look.at_ms);
        match evidence.books.iter().find(|book| book.row.id == look.row.id) {
            Some(book) => {
                let until = book.journal.partition_point(|entry| entry.seq <= look.row.last_seq);
                if until as u64 != look.row.last_seq {
                    complaints.add(
                        KEPT,
                        &whose,
                        format!("the journal has {} entries, and the row had {}", until, look.row.last_seq),
                    );
                }
                compare(&book.journal[..until], &look.row, &look.transcript, &whose, complaints);
            }
            None => complaints.add(KEPT, &whose, "the call is gone"),
        }
    }
    for (number, life) in evidence.lives.iter().enumerate() {
        for left in &life.left {
            let whose = format!("call {} after life {number}", left.row.id);
            let now = evidence.books.iter().find(|book| book.row.id == left.row.id);
            let is_kept = now.is_some_and(|now| now.journal.starts_with(&left.journal));
            if !is_kept {
                complaints.add(KEPT, whose, "its journal does not begin with what was on disk");
            }
        }
    }
}

fn compare(
    journal: &[JournalEntry],
    row: &Call,
    transcript: &[TranscriptItem],
    whose: &str,
    complaints: &mut Complaints,
) {
    let Some(mut folded) = journal.first().and_then(Call::begin) else {
        return complaints.add(FOLD, whose, "the journal has no beginning");
    };
    journal[1..].iter().for_each(|entry| folded.apply(entry));
    if folded != *row {
        complaints.add(FOLD, whose, differences(row, &folded));
    }
    let lines: Vec<TranscriptItem> = journal.iter().filter_map(TranscriptItem::from_entry).collect();
    if lines != transcript {
        complaints.add(FOLD, whose, format!("the transcript is {transcript:?} and should be {lines:?}"));
    }
}

/// Returns the lines of the row that differ from the fold.
fn differences(row: &Call, folded: &Call) -> String {
    let (row, folded) = (format!("{row:#?}"), format!("{folded:#?}"));
    let differ = row.lines().zip(folded.lines()).filter(|(is, should_be)| is != should_be);
    let lines: Vec<String> =
        differ.map(|(is, should_be)| format!("`{}` should be `{}`", is.trim(), should_be.trim())).collect();
    format!("of the row {}", lines.join(", "))
}
