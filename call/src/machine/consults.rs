//! An agent who consults a colleague about the caller, who hears music meanwhile.
//!
//! ```text
//! asked ──the colleague accepts, their audio joins──> the two talk ──join──────> all three talk
//!   │ nobody takes it, or it is cancelled                │   └─────complete──> the colleague has the caller
//!   └──> agent and caller talk again <──cancelled────────┘
//! ```
//! A consultation is a hand-off of its own ([`Handoff`]), separate from the one that led to the agent. If the agent is gone for good, the
//! colleague they talk with gets the caller.

use cordboard_schema::agent::{AgentEnd, AgentRequest, Consult, ConsultEnd};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId, UserId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use super::handoffs::HandoffRequester;
use super::holding::HoldOwner;
use super::news::MissedEvents;
use super::participants::Who;
use super::{Effect, Effects, Machine, Phase, note};
use crate::handoff::{
    Announcement, Callee, Handoff, HandoffEvent, HandoffRequest, HandoffStep, PhoneCheck, Route, Stage,
};
use crate::{Accepts, CommandRefused, DeskPlace, Phone};

/// Why a colleague is offered the call.
const ASKED: &str = "a colleague asks you about this caller";

/// A colleague who is consulted about the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Consulting {
    by: UserId,
    handoff: Handoff,
    /// The colleague, from when the two talk.
    with: Option<UserId>,
    /// Whether agents had the caller on hold before.
    was_held: bool,
}

/// Consultations of colleagues, one at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Consults {
    /// Boxed, because hardly any call has one, and each call is copied at each of its steps.
    under_way: Option<Box<Consulting>>,
    /// The result of the last consultation.
    last: Option<ConsultEnd>,
}

impl Consults {
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Returns the hand-off by which the colleague is asked.
    pub(super) fn handoff(&self) -> Option<&Handoff> {
        self.under_way.as_ref().map(|consulting| &consulting.handoff)
    }

    pub(super) fn handoff_mut(&mut self) -> Option<&mut Handoff> {
        self.under_way.as_mut().map(|consulting| &mut consulting.handoff)
    }

    /// Whether the current consultation has this number.
    pub(super) fn is_by(&self, consult: EffectId) -> bool {
        self.handoff().is_some_and(|handoff| handoff.id == consult)
    }

    /// Whether this agent is connected in order to be consulted, and not with the caller.
    pub(super) fn is_with(&self, user: UserId) -> bool {
        self.under_way.as_ref().is_some_and(|consulting| consulting.with == Some(user))
    }

    /// Whether this agent is consulting a colleague.
    fn is_of(&self, user: UserId) -> bool {
        self.under_way.as_ref().is_some_and(|consulting| consulting.by == user)
    }

    /// Returns the current consultation as the desks of both agents show it.
    pub(super) fn shown(&self) -> Option<Consult> {
        self.under_way.as_deref().map(Consulting::shown)
    }

    /// Returns the result of the last consultation.
    pub(super) fn last(&self) -> Option<ConsultEnd> {
        self.last
    }

    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.handoff().and_then(Handoff::deadline)
    }
}

impl Consulting {
    fn shown(&self) -> Consult {
        let is_there = self.handoff.stage() == Stage::Bridged;
        Consult { by: self.by, target: self.handoff.name.clone(), with: self.with, is_there }
    }

    /// Whether this agent consults, is consulted, or is about to join for it.
    fn concerns(&self, user: UserId) -> bool {
        self.by == user || self.with == Some(user) || self.accepted_by() == Some(user)
    }

    /// Returns the colleague who has accepted but whose audio has not joined yet.
    fn accepted_by(&self) -> Option<UserId> {
        match self.handoff.stage() {
            Stage::Accepted { agent, .. } => agent,
            _ => None,
        }
    }
}

impl Machine {
    /// Whether an agent may consult a colleague, pass the caller on, or leave during a consultation.
    ///
    /// # Errors
    /// Returns the reason if they may not.
    pub(super) fn admits_alongside_colleagues(
        &self,
        user: UserId,
        request: &AgentRequest,
    ) -> Result<(), CommandRefused> {
        use AgentRequest as Request;
        let has_own = self.consults.is_of(user);
        match (request, has_own) {
            (Request::Mute | Request::Unmute | Request::SendDtmf { .. } | Request::TalkNow, _) => Ok(()),
            (Request::JoinConsult | Request::CompleteConsult, true) if self.colleague_there().is_none() => {
                Err(CommandRefused::ColleagueNotThere)
            }
            (Request::JoinConsult | Request::CompleteConsult | Request::CancelConsult, true) => Ok(()),
            (Request::JoinConsult | Request::CompleteConsult | Request::CancelConsult, false) => {
                Err(CommandRefused::NoConsult)
            }
            (_, true) => Err(CommandRefused::ConsultUnderWay),
            // An agent who leaves changes nothing for the others.
            (Request::HangUp, false) => Ok(()),
            (_, false) if self.consults.is_under_way() => Err(CommandRefused::ConsultUnderWay),
            (Request::HandBack { .. } | Request::Transfer { .. }, false) if self.others_than(user) > 0 => {
                Err(CommandRefused::OthersInCall)
            }
            (Request::Transfer { target, .. }, false) => self.admits_passing_on(target),
            (Request::Consult { target, .. }, false) => {
                self.admits_alongside_caller()?;
                self.who_is_asked(target).map(|_| ())
            }
            (Request::Hold | Request::Unhold | Request::HandBack { .. }, false) => Ok(()),
        }
    }

    fn admits_alongside_caller(&self) -> Result<(), CommandRefused> {
        let is_there = matches!(*self.lifecycle.phase(), Phase::WithAgents { .. });
        is_there.then_some(()).ok_or(CommandRefused::NotConversing)
    }

    fn admits_passing_on(&self, target: &str) -> Result<(), CommandRefused> {
        self.admits_alongside_caller()?;
        let (_, callee) = self.person_at(target).ok_or(CommandRefused::NoSuchTarget)?;
        match callee.desk {
            None if self.has_dialled_enough() => Err(CommandRefused::DialLimit),
            _ => Ok(()),
        }
    }

    /// Returns who is asked about the caller: at their desk, and on their phone if the dial policy allows dialling it.
    ///
    /// # Errors
    /// Returns the reason if nobody can be asked, or no further dialling is allowed.
    fn who_is_asked(
        &self,
        said: &str,
    ) -> Result<(String, Option<DeskPlace>, Option<DialTarget>), CommandRefused> {
        let desk = self.desk_at(said);
        let is_queue = matches!(desk, Some(DeskPlace::Queue(_)));
        let dial = DialTarget::find(said, &self.policy).ok().filter(|_| !is_queue);
        if desk.is_none() && dial.is_some() && self.has_dialled_enough() {
            return Err(CommandRefused::DialLimit);
        }
        let dial = dial.filter(|_| !self.has_dialled_enough());
        let name = match &desk {
            Some(DeskPlace::Queue(name) | DeskPlace::Extension(name)) => Some(name.clone()),
            _ => dial.as_ref().map(ToString::to_string),
        };
        name.map(|name| (name, desk, dial)).ok_or(CommandRefused::NoSuchTarget)
    }

    /// Whether this agent is in the call to be consulted, not to talk with the caller.
    pub(super) fn is_consulted(&self, user: UserId) -> bool {
        self.consults.is_with(user)
    }

    /// The agent passes the caller on and leaves the call. The assistant has the caller until the next person takes over.
    pub(super) fn transfer_on(
        &mut self,
        user: UserId,
        target: &str,
        text: &str,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let Some(person) = self.person_at(target) else { return };
        let name = person.0.clone();
        let message = format!(
            "an agent has talked with the caller and passes them on to {name}, who is being asked now; \
             say no more than that until you learn how it went"
        );
        fx.push(note(Decision::PassedOn { user_id: user, target: name, note: text.to_owned() }));
        self.handoffs.pass_on();
        self.agent_leaves(user, AgentEnd::PassedOn, now, fx);
        self.caller_without_agents(MissedEvents { message, opening: Line::Transferring }, now, fx);
        let reason = match text.trim() {
            "" => "an agent has talked with the caller and passes them on",
            text => text,
        };
        let id = self.number_effect();
        self.begin_handoff(id, person, reason, HandoffRequester::Other, now, fx);
    }

    /// Has a colleague consulted. The caller hears music until that is over.
    pub(super) fn consult(&mut self, user: UserId, target: &str, text: &str, now: UnixMs, fx: &mut Effects) {
        let Ok((name, desk, dial)) = self.who_is_asked(target) else { return };
        let phone = dial.as_ref().map(|dial| Phone::of(dial, self.channel.domain()));
        let id = self.number_effect();
        fx.push(note(Decision::ConsultBegan { consult: id, user_id: user, target: name.clone() }));
        let asked = HandoffRequest {
            name,
            callee: Callee { phone, desk, joined_here: dial },
            reason: match text.trim() {
                "" => ASKED.to_owned(),
                text => format!("{ASKED}: {text}"),
            },
            ring_ms: self.ring_ms(),
            announcement: Announcement::Made,
        };
        let (handoff, steps) = Handoff::begin(id, asked, PhoneCheck::Skipped, now);
        let handoff = handoff.with_phone_last();
        let was_held = self.holding.is(HoldOwner::Agents);
        let under_way = Some(Box::new(Consulting { by: user, handoff, with: None, was_held }));
        self.consults = Consults { under_way, last: None };
        self.agents_hold(now, fx);
        self.take_consult_steps(steps, now, fx);
    }

    /// Applies the input to the consultation of this number. Returns whether there is one.
    pub(super) fn consult_event(
        &mut self,
        id: EffectId,
        event: &HandoffEvent<'_>,
        now: UnixMs,
        fx: &mut Effects,
    ) -> bool {
        let Some(consulting) = self.consults.under_way.as_mut().filter(|known| known.handoff.id == id) else {
            return false;
        };
        let steps = consulting.handoff.apply(event, now);
        self.take_consult_steps(steps, now, fx);
        true
    }

    pub(super) fn consult_tick(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(id) = self.consults.handoff().map(|handoff| handoff.id) {
            self.consult_event(id, &HandoffEvent::Tick, now, fx);
        }
    }

    fn take_consult_steps(&mut self, steps: Vec<HandoffStep>, now: UnixMs, fx: &mut Effects) {
        for step in steps {
            let Some(handoff) = self.consults.handoff() else { return };
            let (id, ring_ms) = (handoff.id, handoff.ring_ms);
            match step {
                HandoffStep::Cache => self.cache_for_handoff(id, &handoff.name, &handoff.name, fx),
                HandoffStep::NotCached => Self::profile_is_late(id, fx),
                HandoffStep::Offer => {
                    let reason = handoff.reason.clone();
                    let place = handoff.callee.desk.clone();
                    let (accepts, since) = (Accepts::ByAgent, handoff.offered_since());
                    fx.extend(place.map(|place| Effect::Offer {
                        handoff: id,
                        place,
                        reason,
                        ring_ms,
                        accepts,
                        since,
                        let_in: None,
                    }));
                }
                HandoffStep::JoinDesk(user) => self.await_agent_from_desk(id, user, now, fx),
                HandoffStep::Cancelled => {
                    let failure = HandoffFailure::CallerLeft;
                    self.consult_over(ConsultEnd::NotReached { failure }, now, fx);
                    self.rewire(fx);
                }
                HandoffStep::Failed(failure) => {
                    self.consult_over(ConsultEnd::NotReached { failure }, now, fx);
                    self.rewire(fx);
                }
                HandoffStep::Withdraw => {
                    fx.push(Effect::WithdrawOffer { handoff: id, is_taken: false });
                }
                HandoffStep::LetGo(user) => self.drop_agent(user, AgentEnd::AudioLost, now, fx),
                HandoffStep::LetGoHungUp(user) => self.drop_agent(user, AgentEnd::HungUp, now, fx),
                HandoffStep::Ring => {
                    if let Some(target) = handoff.callee.joined_here.clone() {
                        self.outgoing.dials_one_more();
                        fx.push(note(Decision::DialRequested { target: target.to_string() }));
                        fx.push(Effect::RingPhone { ringing: id, target, timeout_ms: ring_ms });
                    }
                }
                HandoffStep::StopRinging => self.stop_external_party(id, now, fx),
                // A colleague who answers brings their audio here; the switch joins nobody.
                HandoffStep::Bridged | HandoffStep::Check | HandoffStep::Join | HandoffStep::PersonLeft => {}
            }
        }
    }

    /// The audio of the colleague who has accepted has joined: the two talk.
    pub(super) fn colleague_joined(&mut self, user: UserId, leg: LegId, now: UnixMs, fx: &mut Effects) {
        let Some(consulting) = self.consults.under_way.as_mut() else { return };
        if consulting.accepted_by() != Some(user) {
            return;
        }
        consulting.with = Some(user);
        let id = consulting.handoff.id;
        fx.push(note(Decision::ColleagueJoined { consult: id, user_id: user, leg }));
        self.consult_event(id, &HandoffEvent::Bridged, now, fx);
    }

    /// All three talk from now on.
    pub(super) fn join_consult(&mut self, now: UnixMs, fx: &mut Effects) {
        self.colleague_meets_caller(now, fx);
        self.consult_over(ConsultEnd::Joined, now, fx);
        self.rewire(fx);
    }

    /// The agent leaves the caller to the colleague.
    pub(super) fn complete_consult(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        self.agent_leaves(user, AgentEnd::PassedOn, now, fx);
    }

    /// Agent and caller talk again, without the colleague.
    pub(super) fn cancel_consult(&mut self, now: UnixMs, fx: &mut Effects) {
        self.drop_colleague(now, fx);
        self.consult_over(ConsultEnd::Cancelled, now, fx);
        self.rewire(fx);
    }

    /// An agent is about to leave: ends or passes on a consultation by them or with them.
    pub(super) fn leaves_consult(&mut self, user: UserId, now: UnixMs, fx: &mut Effects) {
        let Some(consulting) = self.consults.under_way.as_ref().filter(|known| known.concerns(user)) else {
            return;
        };
        if consulting.by != user {
            self.consult_over(ConsultEnd::ColleagueLeft, now, fx);
        } else if self.colleague_there().is_some() {
            self.colleague_meets_caller(now, fx);
            self.consult_over(ConsultEnd::Completed, now, fx);
        } else {
            self.drop_colleague(now, fx);
            self.consult_over(ConsultEnd::Cancelled, now, fx);
        }
    }

    /// Gives up the consultation: the call has ended, or its caller goes elsewhere.
    pub(super) fn give_consult_up(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.consults.is_under_way() {
            self.drop_colleague(now, fx);
            self.consult_over(ConsultEnd::Cancelled, now, fx);
        }
    }

    /// Returns the colleague who is consulted, if their audio has joined.
    fn colleague_there(&self) -> Option<(Who, LegId)> {
        let consulting = self.consults.under_way.as_ref()?;
        let who = consulting.with.map_or(Who::External(consulting.handoff.id), Who::Agent);
        Some((who, self.participants.find(who)?.ear()?))
    }

    /// Returns the leg of the colleague whom this agent consults and talks with, instead of the caller.
    pub(super) fn leg_asked_by(&self, user: UserId) -> Option<LegId> {
        self.colleague_there().filter(|_| self.consults.is_of(user)).map(|(_, leg)| leg)
    }

    /// Whether this agent has a colleague in the call to whom they can leave the caller.
    pub(super) fn leaves_to_colleague(&self, user: UserId) -> bool {
        self.consults.is_of(user) && self.colleague_there().is_some()
    }

    /// The colleague who was consulted by phone has hung up.
    pub(super) fn external_party_leaves_consult(&mut self, consult: EffectId, now: UnixMs, fx: &mut Effects) {
        let Some(consulting) = self.consults.under_way.as_ref().filter(|own| own.handoff.id == consult)
        else {
            return;
        };
        if consulting.handoff.stage() == Stage::Bridged {
            self.consult_over(ConsultEnd::ColleagueLeft, now, fx);
            self.rewire(fx);
        } else {
            let declined = HandoffEvent::Failed(Route::Phone, HandoffFailure::Declined);
            self.consult_event(consult, &declined, now, fx);
        }
    }

    fn colleague_meets_caller(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(handoff) = self.consults.handoff().map(|handoff| handoff.id) else { return };
        match self.colleague_there() {
            Some((Who::Agent(user_id), leg)) => {
                self.meets_caller(Who::Agent(user_id), now);
                fx.push(note(Decision::AgentJoined { handoff, user_id, leg }));
            }
            Some((Who::External(_), _)) => self.external_party_meets_caller(handoff, now, fx),
            Some((Who::Supervisor(_) | Who::PersonAtSwitch, _)) | None => {}
        }
    }

    /// The consultation is withdrawn, and the colleague leaves if they have joined.
    fn drop_colleague(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(consulting) = self.consults.under_way.as_mut() else { return };
        let (id, with) = (consulting.handoff.id, consulting.with.take());
        for step in consulting.handoff.apply(&HandoffEvent::CallerLeft, now) {
            match step {
                HandoffStep::Withdraw => fx.push(Effect::WithdrawOffer { handoff: id, is_taken: false }),
                HandoffStep::LetGo(user) => self.drop_agent(user, AgentEnd::ConsultOver, now, fx),
                HandoffStep::StopRinging => self.stop_external_party(id, now, fx),
                _ => {}
            }
        }
        self.drop_external_party(id, now, fx);
        if let Some(user) = with {
            self.drop_agent(user, AgentEnd::ConsultOver, now, fx);
        }
    }

    /// The consultation is over. The code that calls this rewires the cords once all participants are where they belong.
    fn consult_over(&mut self, end: ConsultEnd, now: UnixMs, fx: &mut Effects) {
        let Some(consulting) = self.consults.under_way.take() else { return };
        fx.push(note(Decision::ConsultEnded { consult: consulting.handoff.id, end }));
        self.consults.last = Some(end);
        // If the agent did not choose the end, a caller whom they had on hold before stays on hold.
        let is_chosen = !matches!(end, ConsultEnd::NotReached { .. } | ConsultEnd::ColleagueLeft);
        if is_chosen || !consulting.was_held {
            self.agents_unhold(now, fx);
        }
    }
}
