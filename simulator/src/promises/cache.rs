//! A live call stands in the Redis, also behind the Redis's return, and an operator is told while that does not answer. Nobody on a call notices
//! anything: for that there are the other promises, and none of them excuses a Redis.

use super::Complaints;
use crate::evidence::Evidence;
use crate::plan::{Happening, Timed};
use crate::services::RedisTrouble;

const THERE: &str = "a live call stands in the Redis, also behind its return";
const TOLD: &str = "a Redis that does not answer is told";

/// A Redis that does not answer for so long was noticed, in ms: it is looked each second, and an answer awaited for a second.
const NOTICED_MS: u64 = 4_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // What a panic takes of a call's journal nobody is told.
    let is_panic = |timed: &Timed| matches!(timed.what, Happening::Panics { .. });
    if !evidence.plan.happenings.iter().any(is_panic) {
        for look in evidence.cache.iter().filter(|look| !look.is_there) {
            let how = format!("it is not there at {} ms: {:?}", look.at_ms, evidence.plan.redis_trouble());
            complaints.add(THERE, format!("call {}", look.call), how);
        }
    }
    let Some((trouble, from_ms, until_ms)) = evidence.plan.redis_trouble() else { return };
    let is_owed = trouble != RedisTrouble::Slow
        && until_ms - from_ms > NOTICED_MS
        && !evidence.plan.happenings.iter().any(|timed| timed.what.ends_a_life());
    let mut log = evidence.lives.iter().flat_map(|life| &life.log);
    if is_owed && !log.any(|line| line.contains("the Redis does not answer")) {
        complaints.add(TOLD, "the operator", format!("{trouble:?} from {from_ms} to {until_ms} ms"));
    }
}
