//! People: asked to take over, joined with the caller, and gone again. `call/src/handoff.rs` has the steps of a hand-off. This file has the
//! call's reaction to them.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::caller_line::ChannelAudio;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::supervision::SupervisionEnd;
use cordboard_schema::switch::{AfterHandoff, AssistantInHandoff, HandoffFailure};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use uuid::Uuid;

use super::channel::SwitchRequest;
use super::handoffs::HandoffRequester;
use super::news::MissedEvents;
use super::parked::Parked;
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::handoff::{
    Announcement, Callee, Handoff, HandoffEvent, HandoffRequest, HandoffStep, Route, Stage,
};
use crate::{AssistantOrder, Attention, ChannelAction, Phone};

/// How long after two channels were parted another joining may follow, in ms, for example when a person passes the caller on.
const PARTING_SETTLES_MS: u64 = 300;
/// How long a caller and a person are watched at most, in ms. No conversation is that long, but a lost event would be.
const PERSON_MS_MAX: u64 = 24 * 3_600_000;

/// The caller is with a person on their switch, soon will be, or is parked for one. The person is a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PersonWatch {
    /// When the two were parted. This counts only if no other joining follows.
    parted_at: Option<UnixMs>,
    /// No link reports on them: when that ends the call.
    unwatched_until: Option<UnixMs>,
    until: UnixMs,
    /// Set while the caller is parked for anyone to fetch.
    pub(super) parked: Option<Parked>,
}

impl PersonWatch {
    pub(super) fn into_park(self, parked: Parked) -> Self {
        Self { parted_at: None, parked: Some(parked), ..self }
    }

    pub(super) fn deadline(&self) -> UnixMs {
        let parked_until = self.parked.and_then(|parked| parked.until);
        [self.parted_at, self.unwatched_until, parked_until]
            .into_iter()
            .flatten()
            .fold(self.until, UnixMs::min)
    }
}

impl Machine {
    /// Asks a person to take over. If that is refused, the caller has already heard the reason.
    pub(super) fn begin_handoff(
        &mut self,
        id: EffectId,
        (name, callee): (String, Callee),
        reason: &str,
        requester: HandoffRequester,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        self.note_asked(id, (&name, &callee), reason, fx);
        let announced_until = (requester == HandoffRequester::Assistant && self.conversation.is_saying())
            .then_some(self.conversation.newest_item());
        let announcement =
            if announced_until.is_some() { Announcement::UnderWay } else { Announcement::Made };
        let phone_check = self.phone_check(&callee);
        let asked =
            HandoffRequest { name, callee, reason: reason.to_owned(), ring_ms: self.ring_ms(), announcement };
        let (mut handoff, steps) = Handoff::begin(id, asked, phone_check, now);
        if self.talks_on_desk_phone(&handoff.callee) {
            handoff = handoff.with_phone_last();
        }
        self.tools.lasts_until(self.handoffs.escalation().tool_of(id), now + handoff.lasts_ms_max());
        self.handoffs.begins(handoff, requester, announced_until);
        self.watch_silence(now);
        self.take_steps(steps, now, fx);
    }

    /// Returns how long a person's phone may ring, in ms.
    pub(super) fn ring_ms(&self) -> u64 {
        self.policy.ring_timeout_ms(self.line.kind())
    }

    /// Returns the hand-off by which the caller is with a person or waits for one in a room, and whether the person is there.
    pub fn handed_to(&self) -> Option<(EffectId, bool)> {
        let (handoff, is_joined) = self.participants.person()?;
        handoff.map(|handoff| (handoff, is_joined)).filter(|_| is_joined || self.in_room().is_some())
    }

    /// Whether caller and person are joined.
    pub(super) fn is_joined_with_person(&self) -> bool {
        let is_joined = self.participants.person().is_some_and(|(_, is_joined)| is_joined);
        is_joined && matches!(*self.lifecycle.phase(), Phase::WithPerson(_))
    }

    /// Whether a person has the caller at their switch, or soon will. They need no server for that.
    pub fn is_left_to_person(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::WithPerson(_))
    }

    /// Returns the hand-off whose person has answered and is about to be joined with the caller by the switch.
    fn person_awaited(&self) -> Option<EffectId> {
        let (handoff, is_joined) = self.participants.person()?;
        let is_awaited = !is_joined && matches!(*self.lifecycle.phase(), Phase::WithPerson(_));
        handoff.filter(|_| is_awaited)
    }

    /// Whether a person is being asked.
    pub(super) fn is_handing_off(&self) -> bool {
        self.handoffs.are_under_way()
    }

    /// Returns why nobody else is asked to take over at the moment, in words for whoever wants it.
    pub(super) fn taken_already(&self) -> Option<&'static str> {
        let is_next = self.is_supervisor_next().then_some("a supervisor is about to take over");
        self.is_handing_off().then_some("somebody is being asked to take over already").or(is_next)
    }

    /// Whether a person has accepted and is about to be joined with the caller.
    pub(super) fn is_person_coming(&self) -> bool {
        self.handoffs.newest().is_some_and(|newest| matches!(newest.stage(), Stage::Accepted { .. }))
    }

    /// Applies an input to the hand-off of this number.
    pub(super) fn handoff_event(
        &mut self,
        id: EffectId,
        event: &HandoffEvent<'_>,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if self.consult_event(id, event, now, fx) {
            return;
        }
        if let Some(steps) = self.handoffs.apply(id, event, now) {
            self.take_steps(steps, now, fx);
        }
    }

    pub(super) fn handoff_under_way(&mut self, event: &HandoffEvent<'_>, now: UnixMs, fx: &mut Effects) {
        if let Some(id) = self.handoffs.newest_id() {
            self.handoff_event(id, event, now, fx);
        }
    }

    pub(super) fn take_steps(&mut self, steps: Vec<HandoffStep>, now: UnixMs, fx: &mut Effects) {
        for step in steps {
            let Some(handoff) = self.handoffs.newest() else { return };
            let (id, is_of_agent, ring_ms) = (handoff.id, handoff.is_of_agent(), handoff.ring_ms);
            let Callee { phone, desk, joined_here } = handoff.callee.clone();
            // A caller who waits in a room isn't sent anywhere: the person joins them there.
            let in_room = self.is_in_room_of(id);
            match step {
                HandoffStep::Cache => {
                    let (name, number) = (&handoff.name, phone.as_ref().map(Phone::number));
                    self.cache_for_handoff(id, name, number.unwrap_or(name), fx);
                }
                HandoffStep::NotCached => Self::profile_is_late(id, fx),
                HandoffStep::Check => {
                    fx.extend(phone.map(|phone| Effect::CheckExtension { effect: id, phone }));
                }
                // The person would meet nobody, because the caller's audio is lost.
                HandoffStep::Ring if joined_here.is_some() && self.caller.is_none() => {
                    let failed = HandoffEvent::Failed(Route::Phone, HandoffFailure::Congestion);
                    self.handoff_event(id, &failed, now, fx);
                }
                HandoffStep::Ring => fx.extend(match joined_here {
                    Some(target) => Some(Effect::RingPhone { ringing: id, target, timeout_ms: ring_ms }),
                    None => phone.map(|phone| Effect::Ring { handoff: id, phone, timeout_ms: ring_ms }),
                }),
                HandoffStep::Offer => {
                    let (reason, accepts) = (handoff.reason.clone(), handoff.accepts());
                    let (since, let_in) = (handoff.offered_since(), handoff.let_in_before_passing_on());
                    fx.extend(desk.map(|place| Effect::Offer {
                        handoff: id,
                        place,
                        reason,
                        ring_ms,
                        accepts,
                        since,
                        let_in,
                    }));
                }
                HandoffStep::JoinDesk(user) => self.await_agent_from_desk(id, user, now, fx),
                HandoffStep::StopRinging if joined_here.is_some() => self.stop_external_party(id, now, fx),
                HandoffStep::StopRinging => fx.push(Effect::StopRinging { handoff: id }),
                HandoffStep::Withdraw => {
                    let is_taken = matches!(handoff.stage(), Stage::Accepted { .. });
                    fx.push(Effect::WithdrawOffer { handoff: id, is_taken });
                }
                HandoffStep::LetGo(user) => {
                    let how = match handoff.stage() {
                        Stage::Failed(HandoffFailure::CallerLeft) => AgentEnd::CallerGone,
                        _ => AgentEnd::AudioLost,
                    };
                    self.agent_leaves(user, how, now, fx);
                    self.tool_awaits_offer(now);
                }
                HandoffStep::LetGoHungUp(user) => {
                    self.agent_leaves(user, AgentEnd::HungUp, now, fx);
                    self.tool_awaits_offer(now);
                }
                // They were joined here: `agents.rs` and `external_parties.rs` handle the caller.
                HandoffStep::PersonLeft if is_of_agent || joined_here.is_some() => {
                    fx.push(note(Decision::CallerReturned { handoff: id }));
                }
                // Their audio brings them here.
                HandoffStep::Join if joined_here.is_some() => {}
                HandoffStep::Bridged if joined_here.is_some() && !is_of_agent => {
                    self.external_party_took_over(id, now, fx);
                }
                HandoffStep::Join if in_room => {}
                HandoffStep::Bridged if in_room => self.joined_in_room(id, fx),
                HandoffStep::Failed(failure) if in_room => self.room_failed(id, failure, now, fx),
                HandoffStep::Cancelled if in_room => {
                    self.room_failed(id, HandoffFailure::CallerLeft, now, fx);
                }
                HandoffStep::PersonLeft if in_room => self.left_in_room(id, fx),
                HandoffStep::Join => self.person_is_at_switch(id, now, fx),
                HandoffStep::Bridged => self.person_took_over(id, now, fx),
                HandoffStep::Failed(failure) => self.handoff_failed(id, failure, now, fx),
                HandoffStep::Cancelled => self.handoff_cancelled(id, now, fx),
                HandoffStep::PersonLeft => self.person_left(Some(id), now, fx),
            }
        }
    }

    /// The assistant's words are over. If they announced a hand-off, the phone may ring.
    pub(super) fn announcement_over(&mut self, now: UnixMs, fx: &mut Effects) {
        if let Some(until) = self.handoffs.announced_until()
            && !self.conversation.is_saying_until(until)
        {
            self.handoffs.announcement_is_over();
            self.handoff_under_way(&HandoffEvent::AnnouncementHeard, now, fx);
        }
    }

    /// A person has answered. Our audio ends, and the switch joins them.
    pub(super) fn join_person(&mut self, id: EffectId, now: UnixMs, fx: &mut Effects) {
        self.leave_to_person(Some(id), now, fx);
        if self.audio.carrier() == Some(ChannelAudio::Websocket) && self.caller.is_some() {
            self.act(ChannelAction::StopStream, fx);
        }
        if self.ask(SwitchRequest::BridgeCallee { handoff: id }, fx).is_none() {
            self.handoff_event(id, &HandoffEvent::NotJoined, now, fx);
        }
    }

    /// From now on only a person talks with the caller.
    pub(super) fn leave_to_person(&mut self, handoff: Option<EffectId>, now: UnixMs, fx: &mut Effects) {
        self.let_agents_go(AgentEnd::CallerGone, fx);
        self.conversation_stops(now, fx);
        self.close_menu(fx);
        self.hush(fx);
        self.conversation.clear_pending_speech();
        self.audio.rest();
        self.audio.loss_reported();
        self.attend(Attention::Listen, fx);
        let until = now + PERSON_MS_MAX;
        let watch = PersonWatch { parted_at: None, unwatched_until: None, until, parked: None };
        self.step(Step::LeaveToPerson(watch));
        self.participants.await_person(handoff);
        self.outgoing.person_joined();
        self.rewire(fx);
        fx.extend(self.arriving.take().map(Effect::ReleaseLeg));
        self.answer_awaited_next(fx);
    }

    /// They are joined.
    pub(super) fn person_took_over(&mut self, id: EffectId, now: UnixMs, fx: &mut Effects) {
        fx.push(note(Decision::HandoffBridged { handoff: id }));
        self.handoffs.calling_back_mut().is_taken();
        let tool = self.handoffs.escalation().tool_of(id);
        self.handoffs.are_over();
        self.finish_tool(tool, ToolOutcome::done("a person has taken over"), now, fx);
        // An agent at their desk is joined with the caller here, and so is a person who was rung for that.
        let is_by_switch = |known: &Handoff| !known.is_of_agent() && known.callee.joined_here.is_none();
        if self.handoffs.newest().is_none_or(is_by_switch) {
            self.channel_is_joined(fx);
        }
    }

    fn channel_is_joined(&mut self, fx: &mut Effects) {
        if let Phase::WithPerson(watch) = *self.lifecycle.phase() {
            self.step(Step::LeaveToPerson(PersonWatch { parted_at: None, parked: None, ..watch }));
            self.participants.person_is_joined();
        }
        self.channel.set_in_room(self.line.joins_in_rooms());
        self.let_audio_go(fx);
        self.record_person(fx);
    }

    /// The caller's audio no longer passes through here, so supervisors have nothing to listen to. The profile decides about the assistant.
    pub(super) fn let_audio_go(&mut self, fx: &mut Effects) {
        self.let_supervisors_go(SupervisionEnd::LeftToSwitch, fx);
        let legs = [self.caller.take(), self.arriving.take()];
        self.rewire(fx);
        fx.extend(legs.into_iter().flatten().map(Effect::ReleaseLeg));
        self.recording = None;
        if self.profile.assistant_in_handoff == AssistantInHandoff::Released {
            self.let_assistant_go(fx);
        }
    }

    /// The hand-off has ended because the caller left it. The requester is told, and nothing brings the caller back.
    fn handoff_cancelled(&mut self, id: EffectId, now: UnixMs, fx: &mut Effects) {
        let failure = HandoffFailure::CallerLeft;
        fx.push(note(Decision::HandoffAbandoned { handoff: id, failure }));
        let (tool, reason) = (self.handoffs.escalation().tool_of(id), self.takeover_failure(id, failure));
        self.handoffs.are_over();
        self.finish_tool(tool, ToolOutcome::Failed { reason, failure: Some(failure) }, now, fx);
        self.watch_silence(now);
    }

    /// The hand-off has ended without a person. The requester is told why, and the conversation with the caller goes on as before.
    fn handoff_failed(&mut self, id: EffectId, failure: HandoffFailure, now: UnixMs, fx: &mut Effects) {
        self.handoffs.announcement_is_over();
        fx.push(note(Decision::HandoffAbandoned { handoff: id, failure }));
        self.ask_instead(id, failure);
        if self.has_dialled_enough() {
            self.handoffs.escalation_mut().keeps_desks();
        }
        let continues = self.has_another_person(id, failure);
        match continues {
            true => self.handoffs.calls_back_otherwise(id),
            false => self.note_callback(id, failure, fx),
        }
        let message = self.takeover_failure(id, failure);
        let tool = self.handoffs.escalation().tool_of(id);
        // An assistant that replaced the one that asked does not get the answer to its tool call.
        let is_answered = self.handoffs.requester() == HandoffRequester::Assistant
            && self.tools.is_awaited_by(tool, self.conversation.assistant_leg());
        if !continues {
            self.handoffs.are_over();
        }
        if self.person_awaited() == Some(id) {
            self.caller_is_back(now, fx);
        }
        if continues {
            return self.ask_another_person(now, fx);
        }
        if failure != HandoffFailure::CallerLeft && self.is_sent_instead(id, tool, now, fx) {
            return;
        }
        // The caller has to be back first: an assistant that only listens would not answer, and the caller would hear nothing.
        let reason = message.clone();
        self.finish_tool(tool, ToolOutcome::Failed { reason, failure: Some(failure) }, now, fx);
        if self.awaits_agent_for_answer() {
            return self.no_agent_is_free(now, fx);
        }
        if !is_answered && failure != HandoffFailure::CallerLeft {
            let news = MissedEvents { message, opening: Line::TransferRefused };
            let is_asked_otherwise = self.handoffs.requester() == HandoffRequester::Other;
            let is_away = matches!(*self.lifecycle.phase(), Phase::Interrupted { .. });
            if self.lifecycle.converses() && (is_asked_otherwise || self.conversation.has_assistant()) {
                self.learns(news, fx);
                self.say_after_notice(Line::TransferRefused, fx);
            } else if (is_away || self.lifecycle.converses()) && !self.is_for_agents() {
                // A caller who is away, or whose server has just died, hears it when they are back.
                self.conversation.keep_missed_events(news);
            } else if matches!(*self.lifecycle.phase(), Phase::OnHold | Phase::TakingMessage(_)) {
                // The assistant has the caller again afterwards, and can tell them.
                self.learns(news, fx);
            }
        }
        self.watch_silence(now);
    }

    /// The caller is back. If a process that died had offered them at desks, this one does so again, and the tool that asked may run that
    /// much longer. A person who was to be asked once they are back is asked.
    pub(super) fn offer_caller_again(&mut self, now: UnixMs, fx: &mut Effects) {
        self.handoff_under_way(&HandoffEvent::CallerBack, now, fx);
        self.tool_awaits_offer(now);
        if self.is_asked_later() {
            self.ask_another_person(now, fx);
        }
    }

    /// The caller waits in a queue from now on, the first one or one that another has passed them on to. They may wait there for as long as
    /// it lets them, and so may the tool that asked.
    pub(super) fn entered_queue(&mut self, id: EffectId, now: UnixMs, fx: &mut Effects) {
        self.handoff_event(id, &HandoffEvent::EnteredQueue, now, fx);
        if self.handoffs.newest_id() == Some(id) {
            self.tool_awaits_offer(now);
        }
    }

    /// If the caller is offered at desks once more, the tool that asked may run that much longer.
    fn tool_awaits_offer(&mut self, now: UnixMs) {
        if let Some(handoff) = self.handoffs.newest().filter(|newest| newest.is_offered()) {
            let (id, lasts_ms) = (handoff.id, handoff.lasts_ms_max());
            self.tools.lasts_until(self.handoffs.escalation().tool_of(id), now + lasts_ms);
        }
    }

    /// The caller is gone, or goes elsewhere.
    pub(super) fn cancel_handoff(&mut self, now: UnixMs, fx: &mut Effects) {
        self.handoff_under_way(&HandoffEvent::CallerLeft, now, fx);
        self.cancel_asking_later(now, fx);
    }

    /// Handles the bridge that a link saw on the channel when it connected.
    pub(super) fn bridge_seen(&mut self, other: Option<&str>, now: UnixMs, fx: &mut Effects) {
        if let Phase::WithPerson(watch) = *self.lifecycle.phase() {
            self.step(Step::LeaveToPerson(PersonWatch { unwatched_until: None, ..watch }));
        }
        match (other, self.lifecycle.phase()) {
            (Some(other), _) => self.bridged(other, now, fx),
            (None, Phase::WithPerson(PersonWatch { parted_at: None, .. }))
                if self.line.reports_bridges() && self.is_joined_with_person() =>
            {
                self.channel.joined_no_more();
                self.parting_settles(now);
            }
            // The room itself reports who the caller is with.
            (None, _) if !self.line.reports_bridges() => {}
            (None, _) => self.channel.joined_no_more(),
        }
    }

    /// The switch has joined the caller with another party.
    pub(super) fn bridged(&mut self, other: &str, now: UnixMs, fx: &mut Effects) {
        // A call between agents has no such channel, whatever is reported about one.
        if !self.has_channel() || self.is_internal() {
            return;
        }
        // A party that is joined with another has answered.
        self.answer_is_seen(now, fx);
        if self.lifecycle.has_ended() {
            return;
        }
        if let Some((id, _)) = self.in_room_by() {
            return self.handoff_event(id, &HandoffEvent::Bridged, now, fx);
        }
        if self.channel.joined_with(Uuid::try_parse(other).ok()) {
            // This is another person, whose phone is not on hold.
            self.close_hold(fx);
        }
        self.audio.rules_mut().left();
        if let Some(id) = self.person_awaited() {
            return self.handoff_event(id, &HandoffEvent::Bridged, now, fx);
        }
        match *self.lifecycle.phase() {
            Phase::WithPerson(_) => self.channel_is_joined(fx),
            Phase::SentOn(_) => self.transfer_succeeded(fx),
            // The switch did this by itself, because its dialplan or a phone's user wanted it.
            _ => {
                self.cancel_handoff(now, fx);
                self.leave_to_person(None, now, fx);
                self.channel_is_joined(fx);
            }
        }
    }

    pub(super) fn unbridged(&mut self, now: UnixMs, fx: &mut Effects) {
        self.channel.joined_no_more();
        if let Some((id, _)) = self.in_room_by() {
            return self.handoff_event(id, &HandoffEvent::Parted, now, fx);
        }
        if self.is_joined_with_person() && self.handed_to().is_some() {
            // We had them joined in such a way that the caller is parked afterwards. Where others are is unknown.
            self.audio.rules_mut().parked();
        }
        self.parting_settles(now);
    }

    fn parting_settles(&mut self, now: UnixMs) {
        self.parted_from_person(now + PARTING_SETTLES_MS);
    }

    /// Caller and person were parted. This counts from the given time.
    fn parted_from_person(&mut self, at: UnixMs) {
        if let Phase::WithPerson(watch) = *self.lifecycle.phase()
            && self.is_joined_with_person()
        {
            self.step(Step::LeaveToPerson(PersonWatch { parted_at: Some(at), ..watch }));
        }
    }

    /// The caller's dialplan connects them to us again, or their switch asks for their next step. So nobody else has them any more, whether
    /// or not that was reported.
    pub(super) fn back_from_person(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_parked() {
            self.fetched(now, fx);
        } else if self.line.can_return() && self.is_joined_with_person() {
            self.channel.set_in_room(false);
            self.parted_from_person(now);
            self.person_deadline(now, fx);
        }
    }

    /// No link reports on the caller and the person any more.
    pub(super) fn person_unwatched(&mut self, now: UnixMs) {
        if let Phase::WithPerson(watch) = *self.lifecycle.phase() {
            let waits_ms = match watch.parked {
                Some(_) => Parked::in_switch_ms(&self.policy) + self.policy.meet_timeout_ms,
                None => self.policy.resume_window_ms,
            };
            let unwatched_until = watch.unwatched_until.or(Some(now + waits_ms));
            self.step(Step::LeaveToPerson(PersonWatch { unwatched_until, ..watch }));
        }
    }

    pub(super) fn person_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::WithPerson(watch) = *self.lifecycle.phase() else { return };
        self.close_hold(fx);
        let by_server = |cause| Ending { cause, by: HangupBy::Server };
        if watch.parked.and_then(|parked| parked.until).is_some_and(|at| at <= now) {
            self.fetch(now, fx);
        } else if watch.parted_at.is_some_and(|at| at <= now) {
            match self.handed_to() {
                Some((id, _)) => self.handoff_event(id, &HandoffEvent::Parted, now, fx),
                None => self.person_left(None, now, fx),
            }
        } else if watch.unwatched_until.is_some_and(|at| at <= now) {
            self.end(by_server(HangupCause::connection_lost()), NextStep::Hangup, fx);
        } else {
            self.end(by_server(HangupCause::max_duration()), NextStep::Hangup, fx);
        }
    }

    pub(super) fn handoff_deadline(&self) -> Option<UnixMs> {
        self.handoffs.newest().and_then(Handoff::deadline)
    }

    pub(super) fn handoff_tick(&mut self, now: UnixMs, fx: &mut Effects) {
        self.handoff_under_way(&HandoffEvent::Tick, now, fx);
    }

    /// The person has left, but the caller hasn't.
    fn person_left(&mut self, handoff: Option<EffectId>, now: UnixMs, fx: &mut Effects) {
        // If the switch joined the person by itself, the profile's rule for the end of a hand-off does not apply.
        if handoff.is_some() && self.profile.after_handoff == AfterHandoff::Release {
            let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Server };
            return self.end(ending, NextStep::Hangup, fx);
        }
        fx.extend(handoff.map(|handoff| note(Decision::CallerReturned { handoff })));
        self.order(
            AssistantOrder::Happened("a person has talked with the caller, and has left".to_owned()),
            fx,
        );
        self.caller_is_back(now, fx);
    }

    /// Nobody has the caller: they return to the assistant, as after an interruption.
    pub(super) fn caller_is_back(&mut self, now: UnixMs, fx: &mut Effects) {
        self.record_no_longer(fx);
        self.close_hold(fx);
        if self.answered_at.is_none() {
            self.await_audio(now);
            return self.begin_media(now, fx);
        }
        if self.caller.is_some() {
            self.step(Step::Converse);
            if self.is_away_by_phone() {
                self.bring_assistant_unheard(now, fx);
                return self.wait_for_phone(now, fx);
            }
            let is_served = self.conversation.has_assistant();
            if !is_served {
                let opening = self.conversation.words_to_returner();
                self.bring_assistant(opening, now, fx);
            }
            self.rewire(fx);
            self.attend(Attention::Converse, fx);
            if is_served {
                self.notice_after_absence(fx);
            }
            return self.watch_silence(now);
        }
        self.await_caller(now, fx);
        if self.channel.leaves_room() {
            // They would stay there alone.
            self.act(ChannelAction::Fetch, fx);
        }
        self.begin_media(now, fx);
    }
}
