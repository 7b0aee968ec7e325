//! Distribution of callers: the callers in their order, each offered to the agents whom their queue would ask. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cordboard_schema::ids::{QueueId, UserId};
use cordboard_schema::queue::{Queue, Strategy};
use cordboard_schema::time::UnixMs;

use super::presence::Presence;
use super::waiting::{Place, RequestId, Waiting};

/// Returns the waiting callers in the order in which they are served: first those of priority queues, then those who
/// have waited longest.
pub(super) fn in_order(
    waiting: &BTreeMap<RequestId, Waiting>,
    queues: &BTreeMap<QueueId, Queue>,
) -> Vec<RequestId> {
    let priority = |caller: &Waiting| {
        caller.queue().and_then(|id| queues.get(&id)).map_or(u8::MAX, |queue| queue.priority)
    };
    let mut order: Vec<(&RequestId, &Waiting)> = waiting.iter().collect();
    order.sort_by_key(|(request, caller)| (Reverse(priority(caller)), caller.since, **request));
    order.into_iter().map(|(request, _)| *request).collect()
}

/// Returns the agents to whom this caller is offered now.
pub(super) fn offered_to(
    caller: &Waiting,
    queues: &BTreeMap<QueueId, Queue>,
    agents: &BTreeMap<UserId, Presence>,
    now: UnixMs,
) -> Vec<UserId> {
    let can_have = if caller.is_accepted_by_itself() { Presence::is_at_once } else { Presence::is_free };
    // An agent who asks their own queue about a caller is not offered that caller.
    let could_have = |agent: &Presence| can_have(agent) && !agent.has(caller.wanted.request.call_id);
    let is_free = |user: &UserId| caller.may_ask(*user, now) && agents.get(user).is_some_and(could_have);
    let queue = match caller.place {
        Place::Agent(user) => return Some(user).filter(is_free).into_iter().collect(),
        Place::Queue(id) => match queues.get(&id) {
            Some(queue) => queue,
            None => return Vec::new(),
        },
    };
    // An agent who has nothing to do comes before those who would put a caller on hold for this one.
    let mut free: Vec<((usize, u8), UnixMs, UserId)> = members(queue, agents)
        .map(|(tier, agent)| ((agent.engaged(), tier), agent.idle_since, agent.agent.user_id))
        .filter(|(.., user)| is_free(user))
        .collect();
    free.sort_unstable();
    // This caller is already offered to this agent.
    let rings = |(tier, agent): (u8, &Presence)| {
        let user = agent.agent.user_id;
        let is_asked = caller.offers.values().any(|(offered, _)| *offered == user);
        is_asked.then(|| (agent.engaged().saturating_sub(1), tier))
    };
    // Agents of the next tier are asked when nobody of this tier is left.
    let first = members(queue, agents).filter_map(rings).chain(free.first().map(|(place, ..)| *place)).min();
    let users = free.into_iter().filter(|(place, ..)| Some(*place) == first).map(|(.., user)| user);
    match queue.strategy {
        Strategy::RingAll => users.collect(),
        Strategy::LongestIdle if caller.offers.is_empty() => users.take(1).collect(),
        Strategy::LongestIdle => Vec::new(),
    }
}

/// The agents who take a queue's calls, with their tier: members who have all the skills that the queue requires.
pub(super) fn members<'a>(
    queue: &'a Queue,
    agents: &'a BTreeMap<UserId, Presence>,
) -> impl Iterator<Item = (u8, &'a Presence)> {
    let all = queue.members.iter().filter_map(|member| Some((member.tier, agents.get(&member.user_id)?)));
    all.filter(|(_, presence)| queue.skills.is_subset(&presence.agent.skills))
}
