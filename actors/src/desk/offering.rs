//! Callers who ask for a person: taken into a queue, offered to agents, and given up. Pure; a part of the floor's machine.

use cordboard_call::Accepts;
use cordboard_schema::business::escalation::EscalationHours;
use cordboard_schema::ids::{OfferId, QueueId, UserId};
use cordboard_schema::queue::Overflow;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::distribution::members;
use super::floor::{Effects, FloorMachine};
use super::happening::FloorEffect;
use super::waiting::{Offer, OfferEnd, Place, RequestId, Target, Waiting, WaitingRequest};

/// How many full queues may pass a caller on before the request fails.
const OVERFLOWS_MAX: usize = 8;

impl FloorMachine {
    pub(super) fn asked(&mut self, wanted: WaitingRequest, now: UnixMs, fx: &mut Effects) {
        let request = wanted.request;
        if self.waiting.contains_key(&request) {
            return;
        }
        let refuse = |failure, fx: &mut Effects| {
            fx.push(FloorEffect::Failed { request, failure, overflow: None, queue_id: None });
        };
        match &wanted.target {
            Target::Agent(user) => {
                let Some(agent) = self.agents.get(user) else {
                    return refuse(HandoffFailure::BadTarget, fx);
                };
                let would_not_accept = wanted.accepts == Accepts::ByItself && !agent.is_at_once();
                let is_busy = would_not_accept || agent.has(request.call_id);
                let why_not = agent.why_not().or(is_busy.then_some(HandoffFailure::Busy));
                let waited_before = wanted.accepts == Accepts::ByAgent && self.waited_before(wanted.since);
                let is_awaited =
                    why_not == Some(HandoffFailure::Offline) && waited_before && self.awaits_desks(now);
                match why_not.filter(|_| !is_awaited) {
                    None => {
                        let place = Place::Agent(*user);
                        self.waiting.insert(request, Waiting::new(wanted, place, now));
                    }
                    Some(failure) => refuse(failure, fx),
                }
            }
            Target::Queue(name) => {
                let Some(queue) = self.queues.values().find(|queue| queue.name == *name) else {
                    return refuse(HandoffFailure::BadTarget, fx);
                };
                let place = Place::Queue(queue.id);
                let mut caller = Waiting::new(wanted, place, now);
                if let Some(unheard) = self.accepted_by.remove(&request) {
                    caller.did_not_accept(unheard, now);
                }
                self.waiting.insert(request, caller);
                self.enters(request, None, now, fx);
            }
        }
    }

    /// A caller enters a queue; `overflowed` is the reason if another queue has passed them on. They go on to the
    /// next queue if this one is closed or full, or nobody works in it.
    pub(super) fn enters(
        &mut self,
        request: RequestId,
        mut overflowed: Option<HandoffFailure>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        for _ in 0..OVERFLOWS_MAX {
            let Some(caller) = self.waiting.get(&request) else { return };
            let Some(queue) = caller.queue() else { return };
            fx.push(FloorEffect::Entered { request, queue_id: queue, overflowed });
            fx.push(FloorEffect::QueueChanged { queue_id: queue });
            let closed = self.is_closed_to(caller, queue).then_some(HandoffFailure::Offline);
            let full = || self.has_no_room(caller, queue, overflowed, now);
            let Some(reason) = closed.or_else(full) else { return };
            if !self.overflows(request, reason, now, fx) {
                return;
            }
            overflowed = Some(reason);
        }
        self.fail(request, HandoffFailure::Congestion, None, now, fx);
    }

    /// Whether a queue follows the business hours, and this caller came outside them. Callers who came before it
    /// closed are still served, also if an agent passes them on to it; calls that are accepted automatically follow
    /// the hours of their campaign.
    fn is_closed_to(&self, caller: &Waiting, queue: QueueId) -> bool {
        let goes_by_hours = self.queues.get(&queue).is_some_and(|queue| queue.in_hours_only);
        let is_open = |hours: &EscalationHours| hours.are_open(caller.let_in().to_utc());
        goes_by_hours && !caller.is_accepted_by_itself() && !self.hours.as_ref().is_none_or(is_open)
    }

    /// Why a queue does not accept a caller: nobody works in it, or it is full. A caller who comes back to their queue,
    /// because their agent could not be heard or the server died, is in it already, however many came after them.
    fn has_no_room(
        &self,
        caller: &Waiting,
        queue: QueueId,
        overflowed: Option<HandoffFailure>,
        now: UnixMs,
    ) -> Option<HandoffFailure> {
        if self.is_unstaffed(caller, now) {
            return Some(HandoffFailure::Offline);
        }
        let queue = self.queues.get(&queue)?;
        let is_ahead = |other: &Waiting| overflowed.is_some() || other.since <= caller.since;
        // Callers who are being offered no longer wait, so they take no room.
        let waits =
            |other: &&Waiting| other.queue() == Some(queue.id) && other.offers.is_empty() && is_ahead(other);
        let waiting = self.waiting.values().filter(waits).count();
        (waiting > queue.max_waiting as usize).then_some(HandoffFailure::Busy)
    }

    /// Whether nobody works in the queue of this caller. After a restart its agents are awaited, unless the call is to
    /// be accepted automatically: then it needs somebody at once.
    pub(super) fn is_unstaffed(&self, caller: &Waiting, now: UnixMs) -> bool {
        let Some(queue) = caller.queue().and_then(|queue| self.queues.get(&queue)) else { return false };
        let are_awaited = self.awaits_desks(now) && !caller.is_accepted_by_itself();
        !members(queue, &self.agents).any(|(_, agent)| are_awaited || agent.is_there())
    }

    /// Why a caller is not offered to the agent for whom they wait: after a restart that agent has not come back, or has
    /// come back and takes no calls.
    pub(super) fn why_not_awaited(&self, caller: &Waiting, now: UnixMs) -> Option<HandoffFailure> {
        let Place::Agent(user) = caller.place else { return None };
        let agent = self.agents.get(&user).filter(|_| caller.offers.is_empty())?;
        let is_in_call = agent.has(caller.wanted.request.call_id);
        let failure = agent.why_not().or(is_in_call.then_some(HandoffFailure::Busy))?;
        (failure != HandoffFailure::Offline || !self.awaits_desks(now)).then_some(failure)
    }

    /// Does with a caller what their queue says for callers whom nobody takes. Returns whether they wait in another queue now.
    pub(super) fn overflows(
        &mut self,
        request: RequestId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let queue = self.waiting.get(&request).and_then(Waiting::queue).and_then(|id| self.queues.get(&id));
        let Some(overflow) = queue.map(|queue| queue.overflow.clone()) else { return false };
        if self.waiting.get(&request).is_some_and(Waiting::is_accepted_by_itself) {
            // Nobody else is to get it, and its call knows what to do.
            self.fail(request, failure, None, now, fx);
            return false;
        }
        let next = match &overflow {
            Overflow::Queue { name } => self.queues.values().find(|queue| queue.name == *name),
            Overflow::Message | Overflow::Callback | Overflow::Extension { .. } => None,
        };
        let Some(next) = next.map(|queue| queue.id) else {
            self.fail(request, failure, Some(overflow), now, fx);
            return false;
        };
        self.end_offers(request, &OfferEnd::Withdrawn, now, fx);
        let Some(caller) = self.waiting.get_mut(&request) else { return false };
        fx.extend(caller.queue().map(|queue_id| FloorEffect::QueueChanged { queue_id }));
        caller.move_to(next, now);
        true
    }

    pub(super) fn fail(
        &mut self,
        request: RequestId,
        failure: HandoffFailure,
        overflow: Option<Overflow>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.end_offers(request, &OfferEnd::Withdrawn, now, fx);
        if let Some(caller) = self.waiting.remove(&request) {
            let queue_id = caller.queue();
            fx.push(FloorEffect::Failed { request, failure, overflow, queue_id });
            fx.extend(queue_id.map(|queue_id| FloorEffect::QueueChanged { queue_id }));
        }
    }

    pub(super) fn withdrawn(&mut self, request: RequestId, end: &OfferEnd, now: UnixMs, fx: &mut Effects) {
        self.end_offers(request, end, now, fx);
        if let Some(caller) = self.waiting.remove(&request) {
            fx.extend(caller.queue().map(|queue_id| FloorEffect::QueueChanged { queue_id }));
        }
    }

    /// Takes all offers of a caller back.
    pub(super) fn end_offers(&mut self, request: RequestId, end: &OfferEnd, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.waiting.get_mut(&request) else { return };
        for (offer, (user_id, _)) in std::mem::take(&mut caller.offers) {
            fx.push(FloorEffect::OfferGone { user_id, request, offer, end: end.clone() });
            self.of_agent(user_id, fx, |agent| agent.release(offer, now));
        }
    }

    /// The caller of an offer that was made to this agent.
    pub(super) fn offered(&self, user: UserId, offer: OfferId) -> Option<RequestId> {
        let has = |caller: &Waiting| caller.offers.get(&offer).is_some_and(|(offered, _)| *offered == user);
        self.waiting.iter().find(|(_, caller)| has(caller)).map(|(request, _)| *request)
    }

    pub(super) fn accepts(&mut self, user: UserId, offer: OfferId, now: UnixMs, fx: &mut Effects) {
        let Some(request) = self.offered(user, offer) else { return };
        if let Some(caller) = self.waiting.get_mut(&request) {
            caller.offers.remove(&offer);
        }
        fx.push(FloorEffect::OfferGone { user_id: user, request, offer, end: OfferEnd::Accepted });
        self.of_agent(user, fx, |agent| agent.takes_offer(offer));
        self.takes(request, user, now, fx);
    }

    /// An agent has a caller from now on: they have accepted, or the call was accepted for them.
    pub(super) fn takes(&mut self, request: RequestId, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.waiting.remove(&request) else { return };
        let queue = caller.queue();
        if caller.is_accepted_by_itself() {
            self.accepted_for.insert((user, request.call_id));
        } else if queue.is_some() {
            self.accepted_by.insert(request, user);
        }
        self.joined(user, request.call_id, queue, now, fx);
        fx.push(FloorEffect::Accepted { request, user_id: user, queue_id: queue });
        let name = self.agents.get(&user).map(|agent| agent.agent.name.clone());
        for (other, (user_id, _)) in caller.offers {
            let end = OfferEnd::TakenBy { name: name.clone() };
            fx.push(FloorEffect::OfferGone { user_id, request, offer: other, end });
            self.of_agent(user_id, fx, |agent| agent.release(other, now));
        }
        fx.extend(queue.map(|queue_id| FloorEffect::QueueChanged { queue_id }));
    }

    /// The offer for this request that an agent has.
    pub(super) fn offer_of(&self, request: RequestId, user: UserId) -> Option<OfferId> {
        let offers = &self.waiting.get(&request)?.offers;
        offers.iter().find(|(_, (offered, _))| *offered == user).map(|(offer, _)| *offer)
    }

    /// An agent has not accepted a call that was offered to them.
    pub(super) fn offer_not_accepted(
        &mut self,
        user: UserId,
        offer: OfferId,
        end: OfferEnd,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let failure = match &end {
            OfferEnd::Missed => HandoffFailure::NoAnswer,
            OfferEnd::Declined => HandoffFailure::Declined,
            // They are no longer an agent, and have not declined anything.
            OfferEnd::Accepted | OfferEnd::TakenBy { .. } | OfferEnd::Withdrawn => {
                HandoffFailure::Unallocated
            }
        };
        self.passes(user, offer, (end, failure), now, fx);
    }

    /// The same for an agent who talks on their phone: the phone was not reached, or they have declined there.
    pub(super) fn passed_by(
        &mut self,
        user: UserId,
        offer: OfferId,
        failure: HandoffFailure,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_declined = failure == HandoffFailure::Declined;
        let end = if is_declined { OfferEnd::Declined } else { OfferEnd::Missed };
        self.passes(user, offer, (end, failure), now, fx);
    }

    fn passes(
        &mut self,
        user: UserId,
        offer: OfferId,
        (end, failure): (OfferEnd, HandoffFailure),
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(request) = self.offered(user, offer) else { return };
        let Some(caller) = self.waiting.get_mut(&request) else { return };
        caller.offers.remove(&offer);
        caller.did_not_accept(user, now);
        let (place, was_missed) = (caller.place, end == OfferEnd::Missed);
        fx.push(FloorEffect::OfferGone { user_id: user, request, offer, end });
        self.of_agent(user, fx, |agent| {
            if was_missed { agent.missed(offer, now) } else { agent.release(offer, now) }
        });
        fx.push(FloorEffect::Passed { request, user_id: user, failure });
        if let Place::Agent(_) = place {
            self.fail(request, failure, None, now, fx);
        }
    }

    /// An agent accepts no more calls that are offered to them.
    pub(super) fn takes_no_calls(&mut self, user: UserId, end: &OfferEnd, now: UnixMs, fx: &mut Effects) {
        let of_user = |caller: &Waiting| {
            caller.offers.iter().find(|(_, (offered, _))| *offered == user).map(|(offer, _)| *offer)
        };
        let offers: Vec<OfferId> = self.waiting.values().filter_map(of_user).collect();
        for offer in offers {
            self.offer_not_accepted(user, offer, end.clone(), now, fx);
        }
    }

    /// When a caller has waited in their queue for as long as it allows.
    pub(super) fn waits_until(&self, caller: &Waiting) -> Option<UnixMs> {
        let queue = self.queues.get(&caller.queue()?)?;
        Some(caller.entered_at + u64::from(queue.max_wait_s) * 1_000)
    }

    pub(super) fn offer(&mut self, request: RequestId, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(caller) = self.waiting.get_mut(&request) else { return };
        self.offers_numbered += 1;
        let id = OfferId(self.offers_numbered);
        let queue_id = caller.queue();
        let of_queue =
            queue_id.and_then(|id| self.queues.get(&id)).map(|queue| u64::from(queue.ring_s) * 1_000);
        let offer = Offer {
            id,
            request,
            queue_id,
            by: caller.wanted.by,
            reason: caller.wanted.reason.clone(),
            waits_since: caller.since,
            since: now,
            until: now + of_queue.unwrap_or(caller.wanted.ring_ms),
        };
        let is_first = caller.offers.is_empty();
        caller.offers.insert(id, (user, offer.clone()));
        self.of_agent(user, fx, |agent| agent.reserve(id, now));
        fx.push(FloorEffect::Offered { user_id: user, offer });
        if is_first {
            fx.push(FloorEffect::Ringing { request });
        }
    }
}
