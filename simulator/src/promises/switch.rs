//! The server keeps to the rules of a FreeSWITCH, no call at the switch outlives the world, and the next server resumes the calls that the switch has
//! kept.

use cordboard_schema::call::CallState;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::parties::caller::{Caller, Story, StoryEnd};
use crate::plan::{Happening, Line};

const RULES: &str = "the server keeps to the rules of a FreeSWITCH";
const OVER: &str = "no telephone is left ringing, or on a call that is over";
const KEPT: &str = "the next server resumes the calls that a switch has kept";

/// Time from the server's return until a call is surely resumed, in ms: a dialplan dials a server that was away every 2 s.
const TAKEN_UP_MS: u64 = 5_000;
/// Entries that were written this long before a fault are not lost with it, in ms.
const WRITTEN_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // After a connection breaks, a server can't keep to all rules. In no world may it do anything that would end a real switch.
    let is_troubled = is_troubled(evidence);
    for switch in &evidence.switches {
        let whose = format!("the FreeSWITCH of life {}", switch.life);
        for violation in if is_troubled { &switch.crashes } else { &switch.violations } {
            complaints.add(RULES, &whose, violation.clone());
        }
        // A killed life is not judged: it ended in the middle. Nor is a telephone that rang while a connection was lost.
        let ended_in_order = evidence.lives.get(switch.life).is_some_and(|life| life.stored.is_some());
        if ended_in_order && !is_troubled && !switch.legs.is_empty() {
            complaints.add(OVER, &whose, format!("it has the calls {:?}", switch.legs));
        }
    }
    kept(evidence, complaints);
}

/// Checks that callers whose server was killed are on the same call with the next one, if nothing else went wrong until then.
fn kept(evidence: &Evidence, complaints: &mut Complaints) {
    let fails_ms = evidence.plan.first_ms(|what| {
        what.panics_in_a_call() || matches!(what, Happening::AtSwitch { act } if act.is_trouble())
    });
    for caller in evidence.callers.iter().filter(|caller| caller.line == Line::Freeswitch) {
        for pair in caller.stories.windows(2) {
            let [before, after] = pair else { continue };
            let is_known = after.began_ms + TAKEN_UP_MS + WRITTEN_MS < fails_ms;
            let is_kept = is_known && before.end == StoryEnd::Left && after.life == before.life + 1;
            if is_kept && let Some(book) = left_alone(evidence, caller, before, after) {
                let how = format!("call {} has no control in life {}", book.row.id, after.life);
                complaints.add(KEPT, format!("caller {}", caller.number), how);
            }
        }
    }
}

/// Returns the caller's call that was open when its server went, and that the next one has neither resumed nor ended while the caller was there.
fn left_alone<'a>(
    evidence: &'a Evidence,
    caller: &Caller,
    before: &Story,
    after: &Story,
) -> Option<&'a Book> {
    let until_ms = after.ended_ms.unwrap_or(evidence.lives.get(after.life)?.ended_ms);
    if until_ms.saturating_sub(after.began_ms) < TAKEN_UP_MS {
        return None;
    }
    let left = &evidence.lives.get(before.life)?.left;
    let was_open = |book: &&Book| {
        left.iter().any(|left| left.row.id == book.row.id && left.row.state != CallState::Ended)
    };
    let book = evidence.books_of(caller).into_iter().find(was_open)?;
    let mut entries = book.journal.iter().zip(evidence.lives_of(book));
    let is_taken_up = |kind: &str| matches!(kind, "control_attached" | "ended");
    let is_seen = entries.any(|(entry, life)| life == after.life && is_taken_up(entry.event.kind()));
    (!is_seen).then_some(book)
}

/// Whether connections to the switch may have been lost, or messages to it have waited for a database.
pub(super) fn is_troubled(evidence: &Evidence) -> bool {
    evidence.plan.has_switch_trouble() || are_calls_troubled(evidence)
}

/// Returns from when on connections to the switch may have been lost, or messages to it may have waited for a database, in ms from the beginning of
/// the world.
pub(super) fn troubled_ms(evidence: &Evidence) -> u64 {
    evidence.plan.first_ms(|what| {
        let is_of_switch = matches!(what, Happening::AtSwitch { act } if act.is_trouble());
        let is_of_database = matches!(what, Happening::Database { .. });
        is_of_switch || is_of_database || what.panics_in_a_call() || what.ends_a_life()
    })
}

/// Whether parts of calls may have died or waited for a database, over any switch.
pub(super) fn are_calls_troubled(evidence: &Evidence) -> bool {
    let plan = &evidence.plan;
    plan.has_panics() || plan.has_database_trouble() || evidence.lives.len() > 1
}
