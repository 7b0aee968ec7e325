//! A FreeSWITCH is treated by its rules, and no call of it outlives the world.

use super::Complaints;
use crate::evidence::Evidence;

const RULES: &str = "the server keeps to the rules of a FreeSWITCH";
const OVER: &str = "no telephone is left ringing, or on a call that is over";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    // Behind a connection that breaks a server can't keep to all of them. What would end a real switch it does in no world.
    let is_troubled = is_troubled(evidence);
    for switch in &evidence.switches {
        let whose = format!("the FreeSWITCH of life {}", switch.life);
        for violation in if is_troubled { &switch.crashes } else { &switch.violations } {
            complaints.add(RULES, &whose, violation.clone());
        }
        // Nothing can be said of a life that was killed: it ended in the middle. Nor of a telephone that rang as a connection was lost.
        let ended_in_order = evidence.lives.get(switch.life).is_some_and(|life| life.stored.is_some());
        if ended_in_order && !is_troubled && !switch.legs.is_empty() {
            complaints.add(OVER, &whose, format!("it has the calls {:?}", switch.legs));
        }
    }
}

/// Whether connections to the switch may have been lost.
pub(super) fn is_troubled(evidence: &Evidence) -> bool {
    evidence.plan.has_switch_trouble() || evidence.plan.has_panics() || evidence.lives.len() > 1
}
