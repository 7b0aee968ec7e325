//! A live call stands in the Redis, also behind the Redis's return, no hand-off waits for it for longer than 1.2 s, and an operator is told while it
//! does not answer. Nobody on a call notices anything else: for that there are the other promises, and none of them excuses a Redis.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::limits::PROFILE_WAIT_MS_MAX;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::plan::Happening;
use crate::services::RedisTrouble;

const THERE: &str = "a live call stands in the Redis, also behind its return";
const WAITS: &str = "no hand-off waits for the cache";
const TOLD: &str = "a Redis that does not answer is told";

/// A Redis that does not answer for so long was noticed, in ms: it is looked each second, and an answer awaited for a second.
const NOTICED_MS: u64 = 4_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.redis {
        return;
    }
    // Nobody is told of the part of a call's journal that a panic takes.
    let panics_ms = evidence.plan.first_ms(Happening::panics_in_a_call);
    for look in evidence.cache.iter().filter(|look| !look.is_there && look.at_ms < panics_ms) {
        let how = format!("it is not there at {} ms: {:?}", look.at_ms, evidence.plan.redis_trouble());
        complaints.add(THERE, format!("call {}", look.call), how);
    }
    evidence.books.iter().for_each(|book| waits(evidence, book, panics_ms, complaints));
    let Some((trouble, from_ms, until_ms)) = evidence.plan.redis_trouble() else { return };
    let is_owed = trouble != RedisTrouble::Slow
        && until_ms - from_ms > NOTICED_MS
        && !evidence.plan.happenings.iter().any(|timed| timed.what.ends_a_life());
    let mut log = evidence.lives.iter().flat_map(|life| &life.log);
    if is_owed && !log.any(|line| line.contains("Redis does not answer")) {
        complaints.add(TOLD, "the operator", format!("{trouble:?} from {from_ms} to {until_ms} ms"));
    }
}

/// The profile for who is asked is cached in time, or counts as not cached, up to a moment, in ms from the beginning of the world.
fn waits(evidence: &Evidence, book: &Book, until_ms: u64, complaints: &mut Complaints) {
    // Hand-offs that wait: each with its life, and when it was asked for.
    let mut asked = BTreeMap::new();
    for (event, life, at_ms) in evidence.entries(book) {
        match event {
            Event::Decision(
                Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. },
            ) => {
                asked.insert(*handoff, (life, at_ms));
            }
            Event::Fact(Fact::ProfileCached { handoff: Some(handoff), .. }) => {
                let Some((asked_in, asked_ms)) = asked.remove(handoff) else { continue };
                let waited_ms = at_ms.saturating_sub(asked_ms);
                if asked_in == life && waited_ms > PROFILE_WAIT_MS_MAX && at_ms < until_ms {
                    let how = format!("one that was asked for at {asked_ms} ms waited for {waited_ms} ms");
                    complaints.add(WAITS, format!("call {}", book.row.id), how);
                }
            }
            _ => {}
        }
    }
}
