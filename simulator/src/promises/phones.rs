//! A telephone that a FreeSWITCH rings for a caller rings no longer than a party waits for it, and is hung up once the call is over.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event};
use cordboard_schema::ids::EffectId;

use super::Complaints;
use super::switch::troubled_ms;
use crate::evidence::{Book, Evidence};
use crate::parties::switchboard::MadeCall;
use crate::plan::Line;

const RINGING: &str = "no telephone rings after no one waits for it any more";
const HUNG_UP: &str = "a telephone is hung up once its call is over";

/// Time in which the switch hangs up, in ms.
const LATE_MS: u64 = 2_000;

/// A hand-off or a consultation for which a telephone may be rung.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// When a party had the caller, or the consultation was over, in ms from the beginning of the world.
    settled_ms: Option<u64>,
    is_bridged: bool,
}

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let Some(switch) = evidence.switches.last() else { return };
    // A telephone may ring while the connection that would report it is lost.
    let troubled_ms = troubled_ms(evidence);
    let world_ms = evidence.lives.last().map_or(0, |life| life.ended_ms);
    for book in &evidence.books {
        let (asked, ended_ms) = asked(evidence, book);
        // The switch itself joins its own callers with people, and then has both. A party whom it calls is such a caller.
        let is_its_own = evidence.caller_of(book.row.id).is_none_or(|caller| caller.line == Line::Freeswitch);
        for (handoff, asked) in asked {
            let names =
                [book.row.id.person(handoff), book.row.id.phone(handoff)].map(|name| name.to_string());
            for call in switch.made.iter().filter(|call| names.contains(&call.uuid)) {
                let late = late(call, asked, ended_ms, world_ms, is_its_own);
                if let Some((promise, over_ms)) = late.filter(|(_, over_ms)| over_ms + LATE_MS < troubled_ms)
                {
                    let how = format!("{call:?} of hand-off {handoff}, which was over at {over_ms} ms");
                    complaints.add(promise, format!("call {}", book.row.id), how);
                }
            }
        }
    }
}

/// Returns the promise that the end of a telephone's call breaks, and when the call should have been over, in ms from the beginning of the world.
fn late(
    call: &MadeCall,
    asked: Asked,
    ended_ms: Option<u64>,
    world_ms: u64,
    is_its_own: bool,
) -> Option<(&'static str, u64)> {
    let until_ms = call.ended_ms.unwrap_or(world_ms);
    let (promise, over_ms) = match call.answered_ms {
        None => (RINGING, asked.settled_ms.into_iter().chain(ended_ms).min()?),
        Some(_) if asked.is_bridged && is_its_own => return None,
        Some(_) if asked.is_bridged => (HUNG_UP, ended_ms?),
        // A party who answers too late is hung up on.
        Some(answered_ms) => (HUNG_UP, asked.settled_ms.into_iter().chain(ended_ms).min()?.max(answered_ms)),
    };
    (until_ms > over_ms + LATE_MS).then_some((promise, over_ms))
}

/// Returns the hand-offs and consultations of a call that asked for a party at a telephone, and when the call ended, in ms from the beginning of the
/// world.
fn asked(evidence: &Evidence, book: &Book) -> (BTreeMap<EffectId, Asked>, Option<u64>) {
    let (mut asked, mut ended_ms) = (BTreeMap::<EffectId, Asked>::new(), None);
    for (event, _, at_ms) in evidence.entries(book) {
        let Event::Decision(decision) = event else { continue };
        match decision {
            Decision::HandoffRequested { handoff, .. } | Decision::ConsultBegan { consult: handoff, .. } => {
                asked.entry(*handoff).or_default();
            }
            Decision::HandoffBridged { handoff }
            | Decision::HandoffAbandoned { handoff, .. }
            | Decision::OutsiderJoined { consult: handoff, .. }
            | Decision::ConsultEnded { consult: handoff, .. } => {
                if let Some(one) = asked.get_mut(handoff) {
                    one.settled_ms.get_or_insert(at_ms);
                    one.is_bridged |=
                        matches!(decision, Decision::HandoffBridged { .. } | Decision::OutsiderJoined { .. });
                }
            }
            Decision::Ended { .. } => {
                ended_ms.get_or_insert(at_ms);
            }
            _ => {}
        }
    }
    (asked, ended_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(answered_ms: Option<u64>, ended_ms: Option<u64>) -> MadeCall {
        MadeCall { uuid: String::new(), number: "2001".to_owned(), answered_ms, ended_ms }
    }

    #[test]
    fn a_telephone_rings_while_a_party_waits_for_it() {
        let asked = Asked { settled_ms: Some(5_000), is_bridged: false };
        let is_late = |call: MadeCall| late(&call, asked, Some(9_000), 20_000, false).is_some();
        assert!(!is_late(call(None, Some(6_900))));
        assert!(is_late(call(None, Some(7_100))) && is_late(call(None, None)));
        assert!(is_late(call(Some(6_000), Some(8_100))), "a party who answers too late is hung up on");
    }

    #[test]
    fn a_bridged_telephone_stays_until_its_call_is_over() {
        let asked = Asked { settled_ms: Some(5_000), is_bridged: true };
        let is_late = |ended_ms: u64, is_its_own: bool| {
            late(&call(Some(4_900), Some(ended_ms)), asked, Some(9_000), 20_000, is_its_own).is_some()
        };
        assert!(!is_late(10_900, false) && is_late(11_100, false));
        assert!(!is_late(19_000, true), "the switch has joined both");
    }
}
