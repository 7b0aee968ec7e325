//! The machine of an organization's floor: agents come and go, callers ask for them, and each caller is offered to
//! the right agents. Pure: no clock, no actor.
//!
//! An agent is offered calls as long as they have room for one more. That is one call unless they are set to have
//! several; an agent who has fewer is asked first. A caller is offered to one agent at a time, unless their queue
//! rings all. Every request of a call ends once: accepted by an agent, failed with a reason, or withdrawn by the call
//! itself.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_schema::agent::Intent;
use cordboard_schema::business::escalation::EscalationHours;
use cordboard_schema::ids::{CallId, QueueId, UserId};
use cordboard_schema::queue::Floor;
use cordboard_schema::queue::Queue;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::distribution::{in_order, members, offered_to};
use super::happening::{FloorEffect, FloorInput};
use super::presence::{AWAY_FROM_DESK_MS, DueWrapUp, Presence, PresenceNow};
use super::waiting::{Offer, OfferEnd, Place, RequestId, Waiting};
use crate::messages::{AgentsOfQueue, DeskRefused};

/// Assumed duration of a conversation in a queue that has had none yet, in ms: for estimates of waiting times.
const USUAL_CONVERSATION_MS: u64 = 180_000;
/// The weight of one conversation in the mean of its queue is 1 divided by this.
const CONVERSATIONS_WEIGHED: u64 = 8;
/// How long the sound of an agent for whom a call was accepted may take to arrive, in ms. If the call is lost
/// earlier, that says nothing about the sound.
const HEARD_WITHIN_MS: u64 = 1_500;
/// Waiting times are announced in steps of this many seconds.
const WAIT_STEP_S: u32 = 30;

/// The state of a floor.
#[derive(Clone, Debug, Default)]
pub struct FloorMachine {
    pub(super) agents: BTreeMap<UserId, Presence>,
    pub(super) queues: BTreeMap<QueueId, Queue>,
    pub(super) waiting: BTreeMap<RequestId, Waiting>,
    /// The queue from which an agent got a call, and since when they have it.
    pub(super) had_by: BTreeMap<(UserId, CallId), (Option<QueueId>, UnixMs)>,
    /// Calls that were accepted for an agent.
    pub(super) accepted_for: BTreeSet<(UserId, CallId)>,
    /// The agent of a queue who accepted a request last. If its call asks once more by the same request, they could not be heard.
    pub(super) accepted_by: BTreeMap<RequestId, UserId>,
    /// Durations of a queue's conversations, in ms.
    pub(super) lengths: BTreeMap<QueueId, u64>,
    pub(super) offers_numbered: u64,
    /// When this process began.
    began_at: UnixMs,
    /// Opening hours of the business, for queues that follow them.
    pub(super) hours: Option<EscalationHours>,
}

/// The effects of one step, in order.
pub(super) type Effects = Vec<FloorEffect>;

impl FloorMachine {
    /// Creates the floor of a process that begins now. It numbers its offers after those of earlier processes, some
    /// of which desks still know.
    pub fn begun_at(now: UnixMs) -> Self {
        Self { offers_numbered: now.ms_since(UnixMs(0)), began_at: now, ..Self::default() }
    }

    /// Applies an input. Total: an input that does not fit changes nothing.
    pub fn apply(&mut self, input: FloorInput, now: UnixMs) -> Effects {
        use FloorInput as Input;
        let mut fx = Effects::new();
        match input {
            Input::Known(floor) => self.known(floor, now, &mut fx),
            Input::DeskOpened { user_id, desk, intent, idle_since } => {
                let since = self.idle_since(idle_since, now);
                self.of_agent(user_id, &mut fx, |agent| agent.desk_opened(desk, intent, since, now));
            }
            Input::DeskClosed { user_id, desk } => {
                self.of_agent(user_id, &mut fx, |agent| agent.desk_closed(desk, now));
            }
            Input::Wants { user_id, intent } => self.wants(user_id, intent, now, &mut fx),
            Input::WantsNext { user_id, intent } => {
                self.of_agent(user_id, &mut fx, |agent| agent.want_next(intent, now));
            }
            Input::Requested(wanted) => self.asked(wanted, now, &mut fx),
            Input::Withdrawn { request, end } => self.withdrawn(request, &end, now, &mut fx),
            Input::Accepts { user_id, offer } => self.accepts(user_id, offer, now, &mut fx),
            Input::Declines { user_id, offer } => {
                self.offer_not_accepted(user_id, offer, OfferEnd::Declined, now, &mut fx);
            }
            Input::TakesByPhone { user_id, request } => {
                let offer = self.offer_of(request, user_id);
                offer.into_iter().for_each(|offer| self.accepts(user_id, offer, now, &mut fx));
            }
            Input::NotReached { user_id, request, failure } => {
                if let Some(offer) = self.offer_of(request, user_id) {
                    self.passed_by(user_id, offer, failure, now, &mut fx);
                }
            }
            Input::Joined { user_id, call_id } => self.joined(user_id, call_id, None, now, &mut fx),
            Input::BeginsFor { user_id, call_id, queue_id } => {
                self.joined(user_id, call_id, Some(queue_id), now, &mut fx);
            }
            Input::Left { user_id, call_id, has_talked } => {
                self.left(user_id, call_id, has_talked, now, &mut fx);
            }
            Input::CallGone { call_id, talked } => self.call_is_gone(call_id, &talked, now, &mut fx),
            Input::NeedsHelp { user_id, call_id, note } => {
                self.of_agent(user_id, &mut fx, |agent| agent.needs_help(call_id, note, now));
            }
            Input::HelpOver { user_id } => self.of_agent(user_id, &mut fx, Presence::needs_no_help),
            Input::WrappedUp { user_id, call_id } => {
                self.of_agent(user_id, &mut fx, |agent| agent.wrapped_up(call_id, now));
            }
            Input::WrapUpDue { user_id, call_id, queue_id, since } => {
                let keeps_busy = self.has_time(queue_id, since, now);
                let due = DueWrapUp { call_id, queue_id, since, keeps_busy };
                self.of_agent(user_id, &mut fx, |agent| agent.adds_wrap_up(due, now));
            }
            Input::Ticked => {}
        }
        self.time_passed(now, &mut fx);
        self.distribute(now, &mut fx);
        self.report_places(&mut fx);
        fx
    }

    /// When [`FloorInput::Ticked`] is due.
    pub fn next_deadline(&self, now: UnixMs) -> Option<UnixMs> {
        let gone = self.agents.values().filter_map(Presence::deadline);
        let asked = self.waiting.values().filter_map(|caller| caller.deadline(now));
        let waited = self.waiting.values().filter_map(|caller| self.waits_until(caller));
        let back = self.awaits_desks(now).then(|| self.desks_back_by()).filter(|_| !self.waiting.is_empty());
        gone.chain(asked).chain(waited).chain(back).min()
    }

    /// Whether desks of an earlier process may still reconnect. They were lost when it died, and an agent whose desk is
    /// lost counts as present for a while: until then nobody is turned away because an agent is not there yet.
    pub(super) fn awaits_desks(&self, now: UnixMs) -> bool {
        now < self.desks_back_by()
    }

    fn desks_back_by(&self) -> UnixMs {
        self.began_at + AWAY_FROM_DESK_MS
    }

    /// Since when an agent counts as idle who comes to their desk. Desks that reconnect after a restart keep their
    /// order, whichever is back first; at any other time the agent has not been there.
    fn idle_since(&self, before: Option<UnixMs>, now: UnixMs) -> UnixMs {
        if self.awaits_desks(now) { before.unwrap_or(self.began_at) } else { now }
    }

    /// Whether a caller has waited since before this process began.
    pub(super) fn waited_before(&self, since: Option<UnixMs>) -> bool {
        since.is_some_and(|since| since < self.began_at)
    }

    /// State of an agent.
    pub fn agent(&self, user: UserId) -> Option<PresenceNow> {
        self.agents.get(&user).map(Presence::now)
    }

    /// State of all agents.
    pub fn agents(&self) -> impl Iterator<Item = PresenceNow> + '_ {
        self.agents.values().map(Presence::now)
    }

    /// The agent whose extension this is.
    pub fn agent_at(&self, extension: &str) -> Option<UserId> {
        let of = |agent: &&Presence| agent.agent.extension.as_deref() == Some(extension);
        self.agents.values().find(of).map(|agent| agent.agent.user_id)
    }

    /// Why a colleague can't be called at this extension; none if they can be.
    pub fn why_not_called(&self, by: UserId, extension: &str) -> Option<HandoffFailure> {
        let colleague = self.agent_at(extension).filter(|user| *user != by);
        colleague
            .and_then(|user| self.agents.get(&user))
            .map_or(Some(HandoffFailure::BadTarget), Presence::why_not)
    }

    /// The queue of this name, if this agent takes its calls and could begin one for it now.
    ///
    /// # Errors
    /// Why they can't.
    pub fn begins_for(&self, user: UserId, queue: &str) -> Result<QueueId, DeskRefused> {
        let queue = self.queues.values().find(|known| known.name == queue).ok_or(DeskRefused::NotOfQueue)?;
        let mut agents = members(queue, &self.agents).map(|(_, agent)| agent);
        let agent = agents.find(|agent| agent.agent.user_id == user).ok_or(DeskRefused::NotOfQueue)?;
        agent.why_not_at_once().map_or(Ok(queue.id), Err)
    }

    /// Returns how many agents of a queue could take a call that is accepted automatically; none if there is no such queue.
    pub fn count(&self, queue: &str) -> Option<AgentsOfQueue> {
        let queue = self.queues.values().find(|known| known.name == queue)?;
        let count = |is_so: fn(&Presence) -> bool| {
            let agents = members(queue, &self.agents).filter(|(_, agent)| is_so(agent));
            u32::try_from(agents.count()).unwrap_or(u32::MAX)
        };
        Some(AgentsOfQueue {
            free: count(Presence::is_at_once),
            busy: count(Presence::is_at_work),
            wrap_up_ms: u64::from(queue.wrap_up_s) * 1_000,
        })
    }

    /// Agents who have this call.
    pub(super) fn agents_in(&self, call: CallId) -> impl Iterator<Item = UserId> + '_ {
        self.had_by.keys().filter(move |(_, of)| *of == call).map(|(user, _)| *user)
    }

    /// The calls that are offered to an agent, the oldest offer first.
    pub fn offers_to(&self, user: UserId) -> impl Iterator<Item = &Offer> {
        let offered = self.agents.get(&user).into_iter().flat_map(Presence::offered);
        let of = |id| self.waiting.values().find_map(|caller| caller.offers.get(&id));
        offered.filter_map(of).map(|(_, offer)| offer)
    }

    /// The queues, with the number of callers who wait in each and since when the first one does.
    pub fn queues(&self) -> impl Iterator<Item = (&Queue, u32, Option<UnixMs>)> + '_ {
        self.queues.values().map(|queue| {
            let since = self.waiting.values().filter(|caller| caller.queue() == Some(queue.id));
            let since: Vec<UnixMs> = since.map(|caller| caller.since).collect();
            (queue, u32::try_from(since.len()).unwrap_or(u32::MAX), since.into_iter().min())
        })
    }

    pub(super) fn of_agent(&mut self, user: UserId, fx: &mut Effects, change: impl FnOnce(&mut Presence)) {
        let Some(agent) = self.agents.get_mut(&user) else { return };
        let before = agent.now();
        change(agent);
        if agent.now() != before {
            fx.push(FloorEffect::AgentChanged { user_id: user });
        }
    }

    /// An agent chooses an intent. One who goes away declines what rings for them: the next agent is asked at once.
    fn wants(&mut self, user: UserId, intent: Intent, now: UnixMs, fx: &mut Effects) {
        let goes_away = matches!(intent, Intent::Away { .. });
        self.of_agent(user, fx, |agent| agent.want_by_desk(intent, now));
        if goes_away && self.agents.get(&user).is_some_and(Presence::is_away) {
            self.takes_no_calls(user, &OfferEnd::Declined, now, fx);
        }
    }

    fn known(&mut self, floor: Floor, now: UnixMs, fx: &mut Effects) {
        let mut agents = BTreeMap::new();
        for agent in floor.agents {
            let user_id = agent.user_id;
            let presence = match self.agents.remove(&user_id) {
                Some(mut presence) => {
                    presence.agent = agent;
                    presence
                }
                None => {
                    // They may have been an agent before, and still be in a call.
                    let mut presence = Presence::new(agent, now);
                    let calls = self.had_by.keys().filter(|(user, _)| *user == user_id);
                    calls.for_each(|(_, call)| presence.joins(*call, now));
                    presence
                }
            };
            agents.insert(user_id, presence);
            fx.push(FloorEffect::AgentChanged { user_id });
        }
        // An agent who was removed has no desk any more; a call that they are in goes on without the floor.
        let removed: Vec<UserId> = std::mem::replace(&mut self.agents, agents).into_keys().collect();
        self.queues = floor.queues.into_iter().map(|queue| (queue.id, queue)).collect();
        self.hours = floor.hours;
        self.lengths.retain(|queue, _| self.queues.contains_key(queue));
        for user in removed {
            self.takes_no_calls(user, &OfferEnd::Withdrawn, now, fx);
        }
        let is_there = |place: Place| match place {
            Place::Agent(user) => self.agents.contains_key(&user),
            Place::Queue(queue) => self.queues.contains_key(&queue),
        };
        let lost = self.waiting.iter().filter(|(_, caller)| !is_there(caller.place));
        for request in lost.map(|(request, _)| *request).collect::<Vec<_>>() {
            self.fail(request, HandoffFailure::Unallocated, None, now, fx);
        }
    }

    pub(super) fn joined(
        &mut self,
        user: UserId,
        call: CallId,
        queue: Option<QueueId>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.agents.contains_key(&user) {
            self.had_by.entry((user, call)).or_insert((queue, now));
            self.of_agent(user, fx, |agent| agent.joins(call, now));
        }
    }

    fn left(&mut self, user: UserId, call: CallId, has_talked: bool, now: UnixMs, fx: &mut Effects) {
        let Some((queue_id, since)) = self.had_by.remove(&(user, call)) else { return };
        let was_accepted_for = self.accepted_for.remove(&(user, call));
        if let Some(queue) = queue_id.filter(|_| has_talked) {
            let mean = self.lengths.entry(queue).or_insert(USUAL_CONVERSATION_MS);
            *mean = (*mean * (CONVERSATIONS_WEIGHED - 1) + now.ms_since(since)) / CONVERSATIONS_WEIGHED;
        }
        let due = DueWrapUp { call_id: call, queue_id, since: now, keeps_busy: true };
        let wrap_up = has_talked.then_some(due);
        self.of_agent(user, fx, |agent| {
            agent.leaves(call, wrap_up, now);
            // Otherwise each further caller would find the same silence.
            if was_accepted_for && !has_talked && now.ms_since(since) >= HEARD_WITHIN_MS {
                agent.is_unheard(now);
            }
        });
    }

    /// A call that was given up, or was over when it was accepted for an agent, says nothing about whether the agent
    /// could be heard.
    fn call_is_gone(&mut self, call: CallId, talked: &BTreeSet<UserId>, now: UnixMs, fx: &mut Effects) {
        let requests: Vec<RequestId> =
            self.waiting.keys().filter(|request| request.call_id == call).copied().collect();
        for request in requests {
            self.withdrawn(request, &OfferEnd::Withdrawn, now, fx);
        }
        self.accepted_by.retain(|request, _| request.call_id != call);
        let users: Vec<UserId> = self.agents_in(call).collect();
        for user in users {
            self.accepted_for.remove(&(user, call));
            self.left(user, call, talked.contains(&user), now, fx);
        }
    }

    /// Whether the queue's time for a wrap-up has not passed. Without a queue there is no limit.
    fn has_time(&self, queue: Option<QueueId>, since: UnixMs, now: UnixMs) -> bool {
        let limit_s = queue.and_then(|id| self.queues.get(&id)).map(|queue| u64::from(queue.wrap_up_s));
        limit_s.is_none_or(|limit_s| now < since + limit_s * 1_000)
    }

    fn time_passed(&mut self, now: UnixMs, fx: &mut Effects) {
        let gone: Vec<UserId> =
            self.agents.iter_mut().filter_map(|(user, agent)| agent.goes(now).then_some(*user)).collect();
        for user in gone {
            fx.push(FloorEffect::AgentChanged { user_id: user });
            self.takes_no_calls(user, &OfferEnd::Missed, now, fx);
        }
        let over = self.waiting.values().flat_map(|caller| caller.offers.values());
        let over = over.filter(|(_, offer)| offer.until <= now).map(|(user, offer)| (*user, offer.id));
        for (user, offer) in over.collect::<Vec<_>>() {
            self.offer_not_accepted(user, offer, OfferEnd::Missed, now, fx);
        }
        let waited = self.waiting.iter().filter(|(_, caller)| {
            self.waits_until(caller).is_some_and(|until| until <= now) || self.is_unstaffed(caller, now)
        });
        for request in waited.map(|(request, _)| *request).collect::<Vec<_>>() {
            let is_unstaffed =
                self.waiting.get(&request).is_some_and(|caller| self.is_unstaffed(caller, now));
            let failure = if is_unstaffed { HandoffFailure::Offline } else { HandoffFailure::NoAnswer };
            if self.overflows(request, failure, now, fx) {
                self.enters(request, Some(failure), now, fx);
            }
        }
        let unmet = self.waiting.iter().filter_map(|(request, caller)| {
            self.why_not_awaited(caller, now).map(|failure| (*request, failure))
        });
        for (request, failure) in unmet.collect::<Vec<_>>() {
            self.fail(request, failure, None, now, fx);
        }
    }

    fn distribute(&mut self, now: UnixMs, fx: &mut Effects) {
        for request in in_order(&self.waiting, &self.queues) {
            let Some(caller) = self.waiting.get(&request) else { continue };
            let users = offered_to(caller, &self.queues, &self.agents, now);
            if caller.is_accepted_by_itself() {
                users.into_iter().take(1).for_each(|user| self.takes(request, user, now, fx));
                continue;
            }
            for user in users {
                self.offer(request, user, now, fx);
            }
        }
    }

    /// Announces their place to callers of queues that do so, if it has changed.
    fn report_places(&mut self, fx: &mut Effects) {
        let order = in_order(&self.waiting, &self.queues);
        for queue in self.queues.values().filter(|queue| queue.tells_position) {
            // After a restart nobody knows yet how many there are.
            if !members(queue, &self.agents).any(|(_, agent)| agent.is_there()) {
                continue;
            }
            let working =
                members(queue, &self.agents).filter(|(_, agent)| agent.takes_calls()).count().max(1);
            let length_ms = self.lengths.get(&queue.id).copied().unwrap_or(USUAL_CONVERSATION_MS);
            let mut position = 0;
            for request in &order {
                let Some(caller) = self.waiting.get_mut(request) else { continue };
                if caller.queue() != Some(queue.id) {
                    continue;
                }
                position += 1;
                let wait_ms = length_ms * u64::from(position) / working as u64;
                let steps = u32::try_from(wait_ms / 1_000).unwrap_or(u32::MAX).div_ceil(WAIT_STEP_S).max(1);
                let wait_s = steps.saturating_mul(WAIT_STEP_S);
                // A caller who is being offered no longer waits, and needs no announcement.
                if caller.offers.is_empty() && caller.announced != Some((position, wait_s)) {
                    caller.announced = Some((position, wait_s));
                    fx.push(FloorEffect::Placed { request: *request, position, wait_s });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
