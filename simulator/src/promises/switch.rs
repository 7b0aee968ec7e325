//! A FreeSWITCH is treated by its rules, and no call of it outlives the world.

use super::Complaints;
use crate::evidence::Evidence;

const RULES: &str = "the server keeps to the rules of a FreeSWITCH";
const OVER: &str = "no telephone is left ringing, or on a call that is over";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for switch in &evidence.switches {
        let whose = format!("the FreeSWITCH of life {}", switch.life);
        for violation in &switch.violations {
            complaints.add(RULES, &whose, violation.clone());
        }
        // Nothing can be said of a life that was killed: it ended in the middle.
        let ended_in_order = evidence.lives.get(switch.life).is_some_and(|life| life.stored.is_some());
        if ended_in_order && !switch.legs.is_empty() {
            complaints.add(OVER, &whose, format!("it has the calls {:?}", switch.legs));
        }
    }
}
