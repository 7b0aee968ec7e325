//! A live call is in the Redis, also after the Redis is back; no hand-off waits for it for longer than 1.2 s; and the log says when it does not
//! answer. Callers and agents notice nothing else: the other promises check that, and none of them excuses a Redis.

use std::collections::BTreeMap;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::limits::PROFILE_WAIT_MS_MAX;

use super::Complaints;
use crate::evidence::{Book, Evidence};
use crate::plan::Happening;
use crate::services::RedisTrouble;

const THERE: &str = "a live call is in the Redis, also after its return";
const WAITS: &str = "no hand-off waits for the cache";
const TOLD: &str = "a Redis that does not answer is logged";

/// Time after which it is noticed that a Redis does not answer, in ms: the server checks it every second, and waits for an answer for a second.
const NOTICED_MS: u64 = 4_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.redis {
        return;
    }
    // The Redis does not get the part of a call's journal that a panic takes.
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

/// Checks that the profile for the party asked is cached in time, or counts as not cached, up to a moment, in ms from the beginning of the world.
fn waits(evidence: &Evidence, book: &Book, until_ms: u64, complaints: &mut Complaints) {
    // Hand-offs that wait, each with its life and the time of its request.
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
                    let how = format!("one that was requested at {asked_ms} ms waited for {waited_ms} ms");
                    complaints.add(WAITS, format!("call {}", book.row.id), how);
                }
            }
            _ => {}
        }
    }
}
