//! At the end nothing is left: calls are over, the ledger balances, everything is stored, nothing violated the rules of a wire, and nothing panicked
//! except where a panic was ordered.

use cordboard_schema::call::CallState;
use cordboard_schema::event::{Decision, Event, Fact};

use super::Complaints;
use crate::evidence::Evidence;
use crate::log::ASKED_FOR;
use crate::parties::caller::{Story, StoryEnd};
use crate::plan::{Happening, Line, Place};

const OVER: &str = "nothing outlives its call";
const STORED: &str = "everything is stored when the server ends in order";
const WIRES: &str = "the server keeps to the rules of every wire";
const PANICS: &str = "nothing panics unless a plan orders it";
const NEXT: &str = "a dialplan that asks for the next step gets an answer";
const RINGING: &str = "nobody is left on a call that is over";
const HUNG_UP: &str = "a call is over soon after its caller has hung up";
const SEEN: &str = "a hang-up is seen at once";

/// Time in which a hang-up is seen, in ms: 5 ms, and a tick of the caller's clock.
const SEEN_MS: u64 = 25;
/// A caller's clock may be this much later than the server, in ms.
const LATER_MS: u64 = 100;
/// Shorter connections may be hung up on before they belong to a call, in ms.
const ARRIVES_MS: u64 = 1_000;
/// Entries that were written this long before a fault are not lost with it, in ms.
const WRITTEN_MS: u64 = 2_500;

/// Dialplans get no answer that is not on disk: for this time after its return a database may be missing the end of a call.
const STORED_MS: u64 = 2_500;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for book in &evidence.books {
        if book.row.state != CallState::Ended {
            complaints.add(
                OVER,
                format!("call {}", book.row.id),
                format!("it is {:?} for ever", book.row.state),
            );
        }
    }
    for (number, life) in evidence.lives.iter().enumerate() {
        let whose = format!("life {number}");
        if let Some(open) = life.ledger.as_ref().filter(|open| !open.is_empty()) {
            complaints.add(OVER, &whose, format!("the ledger does not balance: {open:?}"));
        }
        if let Some(open) = life.spans.filter(|open| *open > 0) {
            complaints.add(OVER, &whose, format!("tasks of {open} calls, legs or assistants still run"));
        }
        if let Some(Err(error)) = &life.stored {
            complaints.add(STORED, &whose, error.clone());
        }
    }
    for caller in &evidence.callers {
        for story in &caller.stories {
            let is_word = |next: &str| next == "hangup" || next == "again" || next.starts_with("goto ");
            let was_stored = |ended_ms: u64| !evidence.plan.database_was_in_trouble(ended_ms, STORED_MS);
            let is_owed = story.ended_ms.is_none_or(was_stored);
            if let Some(next) = story.next.as_ref().filter(|next| is_owed && !is_word(next)) {
                complaints.add(NEXT, format!("caller {}", caller.number), next.clone());
            }
            if let Some(violation) = story.violations.first() {
                let all = story.violations.len();
                complaints.add(
                    WIRES,
                    format!("caller {}", caller.number),
                    format!("{violation}, and {all} in all"),
                );
            }
        }
    }
    for (life, connection) in &evidence.connections {
        for violation in &connection.violations {
            complaints.add(WIRES, format!("life {life}, the provider"), format!("{violation:?}"));
        }
    }
    for (life, connection) in &evidence.second_connections {
        for violation in &connection.violations {
            complaints.add(WIRES, format!("life {life}, the second voice"), violation.clone());
        }
    }
    for violation in &evidence.twilio.violations {
        complaints.add(WIRES, "Twilio", violation.clone());
    }
    for panic in evidence.panics.iter().filter(|panic| !panic.contains(ASKED_FOR)) {
        complaints.add(PANICS, "the server", panic.clone());
    }
    left_behind(evidence, complaints);
    hung_up(evidence, complaints);
    seen(evidence, complaints);
}

/// Checks that the server sees at once that a telephone has hung up, as long as nothing has failed.
fn seen(evidence: &Evidence, complaints: &mut Complaints) {
    let fails_ms = evidence.plan.first_ms(|what| {
        what.panics_in_a_call() || matches!(what, Happening::Database { .. }) || what.ends_a_life()
    });
    for caller in evidence.callers.iter().filter(|caller| caller.line == Line::Audiosocket) {
        let books = evidence.books_of(caller);
        let [book] = books[..] else { continue };
        let times = |is_meant: fn(&Event) -> bool| -> Vec<u64> {
            let meant = evidence.entries(book).filter(|(event, ..)| is_meant(event));
            meant.map(|(_, _, at_ms)| at_ms).collect()
        };
        let legs_left = times(|event| matches!(event, Event::Fact(Fact::LegLeft { .. })));
        let ended = times(|event| matches!(event, Event::Decision(Decision::Ended { .. })));
        let hung_up = caller.stories.iter().filter(|story| {
            let is_sound = !story.is_double && !story.was_hurt && story.way.is_none();
            is_sound && story.end == StoryEnd::ByCaller
        });
        for story in hung_up {
            let Some(left_ms) = story.ended_ms.filter(|left_ms| left_ms + WRITTEN_MS < fails_ms) else {
                continue;
            };
            if !is_seen((story.began_ms, left_ms), &legs_left, &ended) {
                let how = format!("they hung up at {left_ms} ms, and legs left at {legs_left:?}");
                complaints.add(SEEN, format!("caller {}", caller.number), how);
            }
        }
    }
}

/// Whether the end of a connection was reported in time, if its call was not over before.
fn is_seen((began_ms, left_ms): (u64, u64), legs_left: &[u64], ended: &[u64]) -> bool {
    let in_time = left_ms.saturating_sub(LATER_MS)..=left_ms + SEEN_MS;
    let is_over = began_ms..=left_ms + SEEN_MS;
    left_ms < began_ms + ARRIVES_MS
        || legs_left.iter().any(|at_ms| in_time.contains(at_ms))
        || ended.iter().any(|at_ms| is_over.contains(at_ms))
}

/// Checks that a caller who hangs up over a sound connection ends their call, even if the step that handles the hangup is lost.
fn hung_up(evidence: &Evidence, complaints: &mut Complaints) {
    const SOON_MS: u64 = 2_500;
    // A reader that dies looks like a broken connection.
    let dies_ms = evidence.plan.first_ms(|what| what.panics_in(&[Place::Leg, Place::Reading]));
    for caller in &evidence.callers {
        let last = caller.stories.iter().rfind(|story| !story.is_double);
        let is_sound =
            |story: &&Story| !story.was_hurt && story.way.is_none() && story.end == StoryEnd::ByCaller;
        let (Some(last), Some(book)) = (last.filter(is_sound), evidence.book_of(caller)) else { continue };
        let Some(left_ms) = last.ended_ms else { continue };
        let until_ms = left_ms + SOON_MS;
        if until_ms >= dies_ms {
            continue;
        }
        let lives = evidence.lives_of(book);
        let was_over = book.journal.iter().zip(&lives).any(|(entry, life)| {
            entry.event.kind() == "ended"
                && (*life < last.life || evidence.ms_of(*life, entry.at) <= until_ms)
        });
        // A kill takes a message that is not on disk yet, and so does the end of the call.
        let is_known = evidence.lives.get(last.life).is_some_and(|life| life.ended_ms > until_ms);
        if is_known && !was_over {
            let whose = format!("caller {}", caller.number);
            complaints.add(HUNG_UP, whose, format!("they hung up at {left_ms} ms"));
        }
    }
}

/// Checks that a connection does not outlast its call by much: the server ends it, or says goodbye.
fn left_behind(evidence: &Evidence, complaints: &mut Complaints) {
    const LONGER_MS: u64 = 2_500;
    // An order to release a leg is lost with a leg's actor that dies of it: the call then drops its legs at its own end.
    const WIND_UP_MS: u64 = 7_000;
    let dies_ms = evidence.plan.first_ms(|what| what.panics_in(&[Place::Leg]));
    for caller in &evidence.callers {
        let Some(book) = evidence.book_of(caller) else { continue };
        let lives = evidence.lives_of(book);
        let end = book.journal.iter().zip(&lives).find(|(entry, _)| entry.event.kind() == "ended");
        let Some((end, life)) = end else { continue };
        let end_ms = evidence.ms_of(*life, end.at);
        let longer_ms = if end_ms + LONGER_MS < dies_ms { LONGER_MS } else { LONGER_MS + WIND_UP_MS };
        let last = caller.stories.iter().rfind(|story| !story.is_double && story.began_ms <= end_ms);
        let Some(last) = last.filter(|story| !story.was_hurt && story.way.is_none_or(|way| way.late_ms < 50))
        else {
            continue;
        };
        let left_ms = last.ended_ms.unwrap_or(u64::MAX);
        if last.life == *life && left_ms != u64::MAX && left_ms > end_ms + longer_ms {
            let whose = format!("caller {}", caller.number);
            complaints.add(
                RINGING,
                whose,
                format!("the call was over at {end_ms} ms, the connection at {left_ms} ms"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hang_up_seen_late_or_never_is_reported() {
        let is_seen = |legs_left: &[u64], ended: &[u64]| is_seen((1_000, 9_000), legs_left, ended);
        assert!(is_seen(&[9_000], &[]) && is_seen(&[9_025], &[9_025]));
        assert!(!is_seen(&[9_026], &[9_026]) && !is_seen(&[], &[]));
        assert!(is_seen(&[], &[8_000]), "the call was over");
        assert!(!is_seen(&[4_000], &[900]), "an agent's leg, and an earlier call");
    }
}
