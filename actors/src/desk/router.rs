//! The router: every organization's floor, the desks that show it, and the calls that wait there.
//!
//! The floors' machines decide; this file delivers their decisions.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use cordboard_call::Accepts;
use cordboard_schema::agent::{Activity, AgentAudio, AgentCall, Intent};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, DeskId, OrganizationId, UserId};
use cordboard_schema::queue::Floor;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use tokio::time::{Instant, Sleep};

use super::floor::FloorMachine;
use super::happening::{FloorEffect, FloorInput};
use super::news::PendingUpdates;
use super::waiting::{OfferEnd, RequestId, Target, WaitingRequest};
use super::work::WorkOfAll;
use crate::at_hand::AtHand;
use crate::clock::Clock;
use crate::keeper::TurnEnd;
use crate::known::Unconfirmed;
use crate::line::{CallLine, DeskLine, PendingRequest, RouterMailbox};
use crate::messages::{
    AgentAction, AgentsOfQueue, CountAgents, DeskPlace, DeskRefused, FloorUpdate, FromDesk, OpenDesk,
    OpenWrapUp, QueueNow, RouterNotice, Seated, ToDesk, ToRouter,
};

/// Pause before the deadlines at which an actor died are checked again.
const DEADLINE_RETRY: Duration = Duration::from_secs(1);

/// The actor that knows who is at which desk, with all of its state: it is moved as a whole from an actor that died
/// to the next one.
///
/// It owns the floors and the open desks. It receives [`ToRouter`]: requests of agents at desks, and of calls that
/// ask for a person. It sends [`FromDesk`] to calls and [`ToDesk`] to desks.
#[derive(Debug)]
pub struct RouterActor {
    mailbox: RouterMailbox,
    at_hand: AtHand<RouterNotice>,
    clock: Clock,
    floors: BTreeMap<OrganizationId, FloorAtWork>,
    alarm: Pin<Box<Sleep>>,
    is_alarm_set: bool,
}

/// A floor, and the desks that show it.
#[derive(Debug, Default)]
struct FloorAtWork {
    machine: FloorMachine,
    /// Its last state in the store.
    known: Option<Floor>,
    desks: BTreeMap<DeskId, Seat>,
    calls: BTreeMap<RequestId, CallLine>,
    work: WorkOfAll,
    news: PendingUpdates,
    /// Offers for which a phone rings. An agent may have switched to another device by the time their offer ends.
    rung: BTreeSet<(RequestId, UserId)>,
    /// Desks that were dropped, and that the machine has not been notified of yet.
    let_go: Vec<(UserId, DeskId)>,
}

/// An open desk.
#[derive(Debug)]
struct Seat {
    user_id: UserId,
    intent: Intent,
    idle_since: Option<UnixMs>,
    line: DeskLine,
}

impl RouterActor {
    pub(super) fn new(mailbox: RouterMailbox) -> Self {
        Self {
            mailbox,
            at_hand: AtHand::default(),
            clock: Clock::system(),
            floors: BTreeMap::new(),
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            is_alarm_set: false,
        }
    }

    /// Handles one item of each kind that is there.
    pub(super) fn take_in(&mut self, task: &mut Task<'_>) -> Poll<TurnEnd> {
        let mut has_any = false;
        if let Some(notice) = self.at_hand.take_left() {
            has_any = true;
            self.take(notice.into());
        } else {
            match self.mailbox.poll_recv(task) {
                Poll::Ready(Some(message)) => {
                    has_any = true;
                    if let ToRouter::Unconfirmed(notice) = &message {
                        self.at_hand.begins(notice);
                    }
                    self.take(message);
                    self.at_hand.is_done();
                }
                Poll::Ready(None) => return Poll::Ready(TurnEnd::Over),
                Poll::Pending => {}
            }
        }
        if self.is_alarm_set && self.alarm.as_mut().poll(task).is_ready() {
            has_any = true;
            self.is_alarm_set = false;
            self.time_passed();
        }
        if has_any {
            self.set_alarm();
            return Poll::Ready(TurnEnd::Taken);
        }
        Poll::Pending
    }

    /// Its actor has died: the next one handles the notice at which it died.
    pub(super) fn remember(&mut self) {
        self.at_hand.died();
        // A deadline that was due when it died is still due, and would kill the next one at once.
        if !self.is_alarm_set {
            self.is_alarm_set = true;
            self.alarm.as_mut().reset(Instant::now() + DEADLINE_RETRY);
        }
    }

    fn set_alarm(&mut self) {
        let now = self.clock.now();
        let next = self.floors.values().filter_map(|floor| floor.next_deadline(now)).min();
        self.is_alarm_set = next.is_some();
        if let Some(at) = next {
            let wait = Duration::from_millis(at.ms_since(now));
            self.alarm.as_mut().reset(Instant::now() + wait);
        }
    }

    fn time_passed(&mut self) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInRouterAtDeadline);
        let now = self.clock.now();
        for floor in self.floors.values_mut() {
            if floor.next_deadline(now).is_some_and(|at| at <= now) {
                floor.happens(FloorInput::Ticked, self.clock);
            }
        }
    }

    fn take(&mut self, message: ToRouter) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike_router(&message);
        match message {
            ToRouter::OpenDesk(PendingRequest { request, reply }) => {
                // If the agent has gone meanwhile, they have dropped the seat, which closes the desk.
                let _ = reply.send(self.open(request));
            }
            ToRouter::FromDesk(PendingRequest { request, reply }) => {
                let FromDesk { organization_id, user_id, said } = request;
                let begins = matches!(said, AgentAction::Begins { .. } | AgentAction::BeginsFor { .. });
                if begins && reply.is_closed() {
                    // The requester withdraws it if the call can't be made. Nobody would withdraw this one, and the
                    // agent would forever have a call that does not exist.
                    return;
                }
                let clock = self.clock;
                // An agent whose desk has closed meanwhile does not wait for the answer.
                let _ = reply.send(self.of(organization_id).said(user_id, said, clock));
            }
            ToRouter::CountAgents(PendingRequest { request, reply }) => {
                let CountAgents { organization_id, queue } = request;
                // A floor that was not seen yet has no agents.
                let unseen = Some(AgentsOfQueue::default());
                let floor = self.floors.get(&organization_id).filter(|floor| floor.known.is_some());
                // A requester that has gone meanwhile asks again.
                let _ = reply.send(floor.map_or(unseen, |floor| floor.machine.count(&queue)));
            }
            ToRouter::FloorsSeen(Unconfirmed { found, taken }) => {
                let clock = self.clock;
                for floor in found {
                    self.of(floor.organization_id).seen(floor, clock);
                }
                // If it is sent again meanwhile, it is handled again.
                let _ = taken.send(());
            }
            ToRouter::Unconfirmed(notice) => self.take_notice(notice),
        }
    }

    fn take_notice(&mut self, notice: RouterNotice) {
        let clock = self.clock;
        match notice {
            RouterNotice::DeskClosed { organization_id, user_id, desk } => {
                self.of(organization_id).close(user_id, desk, clock);
            }
            RouterNotice::Requested {
                organization_id,
                request,
                place,
                by,
                reason,
                ring_ms,
                accepts,
                since,
                let_in,
                call,
            } => {
                let asked = (by, reason, ring_ms, accepts);
                self.of(organization_id).wanted(request, place, asked, (since, let_in), call, clock);
            }
            RouterNotice::Withdrawn { organization_id, request, end } => {
                let floor = self.of(organization_id);
                floor.calls.remove(&request);
                floor.happens(FloorInput::Withdrawn { request, end }, clock);
            }
            RouterNotice::OfferTaken { organization_id, request, user_id } => {
                self.of(organization_id).happens(FloorInput::TakesByPhone { user_id, request }, clock);
            }
            RouterNotice::OfferPassed { organization_id, request, user_id, failure } => {
                self.of(organization_id).happens(FloorInput::NotReached { user_id, request, failure }, clock);
            }
            RouterNotice::AgentCallIs { organization_id, user_id, call } => {
                let (floor, call_id) = (self.of(organization_id), call.call_id);
                floor.work.call_is(user_id, call);
                // A call that goes on after a restart was not offered here.
                floor.happens(FloorInput::Joined { user_id, call_id }, clock);
            }
            RouterNotice::AgentLeft { organization_id, user_id, call_id, has_talked } => {
                let floor = self.of(organization_id);
                floor.work.left(user_id, call_id);
                floor.happens(FloorInput::Left { user_id, call_id, has_talked }, clock);
            }
            RouterNotice::CallGone { organization_id, call_id } => {
                // An unknown floor has none of its parties.
                if let Some(floor) = self.floors.get_mut(&organization_id) {
                    floor.call_is_gone(call_id, clock);
                }
            }
            RouterNotice::NotReached { organization_id, user_id, call_id, to, failure } => {
                let floor = self.of(organization_id);
                floor.notify_agent(user_id, &ToDesk::NotReached { call_id, to, failure });
                floor.close_let_go(clock);
            }
            RouterNotice::WrapUpsDue(due) => {
                for OpenWrapUp { organization_id, user_id, call_id, queue_id, since } in due {
                    let input = FloorInput::WrapUpDue { user_id, call_id, queue_id, since };
                    self.of(organization_id).happens(input, clock);
                }
            }
        }
    }

    fn of(&mut self, organization_id: OrganizationId) -> &mut FloorAtWork {
        let clock = self.clock;
        self.floors.entry(organization_id).or_insert_with(|| FloorAtWork {
            machine: FloorMachine::begun_at(clock.now()),
            ..FloorAtWork::default()
        })
    }

    fn open(&mut self, request: OpenDesk) -> Seated {
        let OpenDesk { organization_id, user_id, desk, intent, idle_since, line } = request;
        let clock = self.clock;
        let floor = self.of(organization_id);
        floor.happens(FloorInput::DeskOpened { user_id, desk, intent: intent.clone(), idle_since }, clock);
        // Only now, because the answer contains the changes by its own opening.
        floor.desks.insert(desk, Seat { user_id, intent, idle_since, line });
        let offers = floor.machine.offers_to(user_id).cloned().collect();
        let work = floor.machine.agent(user_id).map(|agent| floor.work.of(&agent)).unwrap_or_default();
        Seated { agents: floor.machine.agents().collect(), queues: floor.queues(), offers, work }
    }
}

impl FloorAtWork {
    fn happens(&mut self, input: FloorInput, clock: Clock) {
        self.step(input, clock);
        self.close_let_go(clock);
    }

    /// A desk whose line has failed is closed: its agent is not present there, whatever its socket does.
    fn close_let_go(&mut self, clock: Clock) {
        while let Some((user_id, desk)) = self.let_go.pop() {
            self.step(FloorInput::DeskClosed { user_id, desk }, clock);
        }
    }

    fn step(&mut self, input: FloorInput, clock: Clock) {
        let is_whole = matches!(input, FloorInput::Known(_));
        let now = clock.now();
        let effects = self.machine.apply(input, now);
        self.carry_out(effects);
        self.send_changes(is_whole, now);
        for user in self.work.take_changed() {
            let news = self.machine.agent(user).and_then(|agent| self.work.news(&agent));
            news.into_iter().for_each(|work| self.notify_agent(user, &ToDesk::Work(work)));
        }
    }

    fn next_deadline(&self, now: UnixMs) -> Option<UnixMs> {
        self.machine.next_deadline(now).into_iter().chain(self.news.due()).min()
    }

    /// Notifies everybody concerned.
    fn carry_out(&mut self, effects: Vec<FloorEffect>) {
        for effect in effects {
            match effect {
                FloorEffect::Offered { user_id, offer } => {
                    if let Some(extension) = self.phone_of(user_id) {
                        let (handoff, ring_ms) = (offer.request.handoff, offer.until.ms_since(offer.since));
                        let offered = Fact::PhoneOffered { handoff, user_id, extension, ring_ms };
                        self.rung.insert((offer.request, user_id));
                        self.notify_call(offer.request, offered);
                    }
                    self.notify_agent(user_id, &ToDesk::Offered(offer));
                }
                FloorEffect::OfferGone { user_id, request, offer, end } => {
                    let was_rung = self.rung.remove(&(request, user_id));
                    if was_rung && end != OfferEnd::Accepted {
                        let handoff = request.handoff;
                        self.notify_call(request, Fact::PhoneOfferGone { handoff, user_id });
                    }
                    self.notify_agent(user_id, &ToDesk::OfferGone { offer, end });
                }
                FloorEffect::Passed { request, user_id, failure } => {
                    self.notify_call(
                        request,
                        Fact::OfferPassed { handoff: request.handoff, user_id, failure },
                    );
                }
                FloorEffect::Ringing { request } => {
                    self.notify_call(request, Fact::DeskRinging { handoff: request.handoff });
                }
                FloorEffect::Accepted { request, user_id, queue_id } => {
                    self.work.accepted(user_id, request.call_id);
                    let extension = self.machine.agent(user_id).and_then(|agent| agent.agent.extension);
                    let handoff = request.handoff;
                    self.notify_call(request, Fact::DeskAccepted { handoff, user_id, extension, queue_id });
                    self.calls.remove(&request);
                }
                FloorEffect::Failed { request, failure, overflow, queue_id } => {
                    let handoff = request.handoff;
                    self.notify_call(request, Fact::DeskFailed { handoff, failure, overflow, queue_id });
                    self.calls.remove(&request);
                }
                FloorEffect::Entered { request, queue_id, overflowed } => {
                    let handoff = request.handoff;
                    self.notify_call(request, Fact::QueueEntered { handoff, queue_id, overflowed });
                }
                FloorEffect::Placed { request, position, wait_s } => {
                    self.notify_call(
                        request,
                        Fact::QueuePlaced { handoff: request.handoff, position, wait_s },
                    );
                }
                FloorEffect::AgentChanged { user_id } => {
                    self.work.may_have_changed(user_id);
                    self.news.agents.insert(user_id);
                }
                FloorEffect::QueueChanged { queue_id } => drop(self.news.queues.insert(queue_id)),
            }
        }
    }

    /// Sends every desk what has changed. If the floor was read again, everything is sent at once, replacing each part.
    fn send_changes(&mut self, is_whole: bool, now: UnixMs) {
        if is_whole {
            let all = ToDesk::Floor { agents: self.machine.agents().collect(), queues: self.queues() };
            self.news.everything_sent(now);
            return self.notify_all(&all);
        }
        if let Some((agents, queues)) = self.news.take(now) {
            let agents = agents.into_iter().filter_map(|user| self.machine.agent(user)).collect();
            let queues = self.queues().into_iter().filter(|now| queues.contains(&now.queue.id)).collect();
            self.notify_all(&ToDesk::Changed(Arc::new(FloorUpdate {
                agents,
                queues,
                written: OnceLock::new(),
            })));
        }
    }

    /// The extension of an agent who talks on the phone.
    fn phone_of(&self, user: UserId) -> Option<String> {
        let agent = self.machine.agent(user)?.agent;
        agent.extension.filter(|_| agent.audio == AgentAudio::Phone)
    }

    fn queues(&self) -> Vec<QueueNow> {
        let now = |(queue, waiting, longest_since): (&cordboard_schema::queue::Queue, _, _)| QueueNow {
            queue: queue.clone(),
            waiting,
            longest_since,
        };
        self.machine.queues().map(now).collect()
    }

    /// A desk that does not read is dropped: its line ends, and its socket starts again.
    fn notify_all(&mut self, message: &ToDesk) {
        self.tell(|_| true, message);
    }

    fn notify_agent(&mut self, user: UserId, message: &ToDesk) {
        self.tell(|desk| desk.user_id == user, message);
    }

    fn tell(&mut self, is_meant: impl Fn(&Seat) -> bool, message: &ToDesk) {
        let let_go = &mut self.let_go;
        self.desks.retain(|id, desk| {
            let stays = !is_meant(desk) || desk.line.tell(message.clone());
            if !stays {
                let_go.push((desk.user_id, *id));
            }
            stays
        });
    }

    fn notify_call(&self, request: RequestId, fact: Fact) {
        if let Some(call) = self.calls.get(&request) {
            call.fact(fact);
        }
    }

    fn close(&mut self, user_id: UserId, desk: DeskId, clock: Clock) {
        self.desks.remove(&desk);
        self.happens(FloorInput::DeskClosed { user_id, desk }, clock);
    }

    /// A call is gone, and whatever it has not ended itself ends now. A call that was given up reports nothing at its
    /// end, and a call that was over has not read that an agent had just accepted it. Otherwise that agent would have
    /// it until the next restart. An agent who has talked with its caller has to write a wrap-up, as after any other
    /// call.
    fn call_is_gone(&mut self, call_id: CallId, clock: Clock) {
        self.calls.retain(|request, _| request.call_id != call_id);
        let users: Vec<UserId> = self.work.agents_in(call_id).collect();
        let has_talked = |user: &UserId| self.work.has_talked(*user, call_id);
        let talked: BTreeSet<UserId> = users.iter().copied().filter(has_talked).collect();
        for user_id in users {
            self.work.left(user_id, call_id);
        }
        self.happens(FloorInput::CallGone { call_id, talked }, clock);
    }

    fn said(&mut self, user_id: UserId, said: AgentAction, clock: Clock) -> Result<(), DeskRefused> {
        let Some(agent) = self.machine.agent(user_id) else {
            if let AgentAction::BeginsNot(call_id) = said {
                // They were removed while the call was to be made. If they are an agent again, they must not have a
                // call that does not exist.
                self.begins_not(user_id, call_id, clock);
            }
            return Err(DeskRefused::NoAgent);
        };
        let is_offered = |id| self.machine.offers_to(user_id).any(|offer| offer.id == id);
        let input = match said {
            AgentAction::Wants(intent) => FloorInput::Wants { user_id, intent },
            AgentAction::WantsNext(intent) => FloorInput::WantsNext { user_id, intent },
            AgentAction::Accepts(offer) | AgentAction::Declines(offer) if !is_offered(offer) => {
                return Err(DeskRefused::OfferGone);
            }
            AgentAction::Accepts(offer) => FloorInput::Accepts { user_id, offer },
            AgentAction::Declines(offer) => FloorInput::Declines { user_id, offer },
            AgentAction::WantsAudio(call_id) => {
                return if self.work.has(user_id, call_id) { Ok(()) } else { Err(DeskRefused::NotInCall) };
            }
            AgentAction::NeedsHelp { call_id, .. } if !self.work.has(user_id, call_id) => {
                return Err(DeskRefused::NotInCall);
            }
            AgentAction::NeedsHelp { call_id, note } => FloorInput::NeedsHelp { user_id, call_id, note },
            AgentAction::HelpOver => FloorInput::HelpOver { user_id },
            AgentAction::Begins { .. } if matches!(agent.activity, Activity::OnCall | Activity::Reserved) => {
                return Err(DeskRefused::InCall);
            }
            AgentAction::Begins { call_id, to, is_colleague } => {
                let why_not = is_colleague.then(|| self.machine.why_not_called(user_id, &to)).flatten();
                if let Some(failure) = why_not {
                    return Err(DeskRefused::Colleague(failure));
                }
                // From now on they are offered no calls.
                FloorInput::Joined { user_id, call_id }
            }
            AgentAction::Begun { call_id, to } => {
                // A call that is over by now is not shown any more.
                if agent.calls.contains(&call_id) {
                    self.work.begun(user_id, AgentCall::begun(call_id, to, clock.now()));
                }
                FloorInput::Ticked
            }
            AgentAction::BeginsNot(call_id) => {
                self.begins_not(user_id, call_id, clock);
                return Ok(());
            }
            AgentAction::SeesNext { queue } => {
                return self.machine.begins_for(user_id, &queue).map(drop);
            }
            AgentAction::BeginsFor { call_id, queue } => {
                let queue_id = self.machine.begins_for(user_id, &queue)?;
                // From now on they are offered no calls.
                FloorInput::BeginsFor { user_id, call_id, queue_id }
            }
            AgentAction::WrappedUp(call_id) => {
                let is_due = agent.wrap_ups.iter().any(|wrap_up| wrap_up.call_id == call_id);
                // Agents who are still in the call may write it before it is due.
                if !is_due && !agent.calls.contains(&call_id) {
                    return Err(DeskRefused::NoWrapUp);
                }
                FloorInput::WrappedUp { user_id, call_id }
            }
        };
        self.happens(input, clock);
        Ok(())
    }

    /// The call that an agent has begun can't be made.
    fn begins_not(&mut self, user_id: UserId, call_id: CallId, clock: Clock) {
        self.work.left(user_id, call_id);
        self.happens(FloorInput::Left { user_id, call_id, has_talked: false }, clock);
    }

    fn wanted(
        &mut self,
        request: RequestId,
        place: DeskPlace,
        (by, reason, ring_ms, accepts): (Option<UserId>, String, u64, Accepts),
        (since, let_in): (Option<UnixMs>, Option<UnixMs>),
        call: CallLine,
        clock: Clock,
    ) {
        let target = match place {
            DeskPlace::Agent(user) => Some(Target::Agent(user)),
            DeskPlace::Extension(name) => self.machine.agent_at(&name).map(Target::Agent),
            DeskPlace::Queue(name) => Some(Target::Queue(name)),
        };
        let Some(target) = target else {
            let failure = HandoffFailure::BadTarget;
            let handoff = request.handoff;
            return call.fact(Fact::DeskFailed { handoff, failure, overflow: None, queue_id: None });
        };
        self.calls.insert(request, call);
        let wanted = WaitingRequest { request, target, by, reason, ring_ms, accepts, since, let_in };
        self.happens(FloorInput::Requested(wanted), clock);
    }

    /// The store's state of the floor. Desks of agents who were not known before count from now on.
    fn seen(&mut self, floor: Floor, clock: Clock) {
        if self.known.as_ref() == Some(&floor) {
            return;
        }
        let before: HashSet<UserId> = self.machine.agents().map(|agent| agent.agent.user_id).collect();
        self.known = Some(floor.clone());
        let opened = self.desks.iter().filter(|(_, desk)| !before.contains(&desk.user_id));
        let opened: Vec<FloorInput> = opened
            .map(|(id, desk)| FloorInput::DeskOpened {
                user_id: desk.user_id,
                desk: *id,
                intent: desk.intent.clone(),
                idle_since: desk.idle_since,
            })
            .collect();
        self.happens(FloorInput::Known(floor), clock);
        opened.into_iter().for_each(|input| self.happens(input, clock));
    }
}
