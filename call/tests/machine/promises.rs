//! Promises that hold at every step of every call, whatever happens in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_call::AssistantOrder;
use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{CordId, EffectId, LegId};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOrigin;

use crate::agent_promises::AgentPromises;
use crate::channel_promises::ChannelPromises;
use crate::notice_promises::NoticePromises;
use crate::outbound_promises::OutboundPromises;
use crate::supervision_promises::SupervisionPromises;

/// A dialplan that asks for the next step gets its answer, or the end of the call, within this time, in ms.
const NEXT_ANSWERED_MS_MAX: u64 = 1_000;

/// The sum of a call's effects so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promises {
    pub(crate) ended: bool,
    /// The assistant that was started last.
    pub(crate) assistant: Option<LegId>,
    assistant_runs: bool,
    assistant_ready: bool,
    /// The assistant that is tried alongside it, and whether it is connected.
    pub(crate) candidate: Option<(LegId, bool)>,
    /// Connections that are legs now.
    legs: BTreeSet<LegId>,
    /// Connections that have arrived and were accepted or refused, whatever became of them.
    judged: BTreeSet<LegId>,
    cords: BTreeSet<CordId>,
    tools_running: BTreeSet<EffectId>,
    tools_finished: BTreeSet<EffectId>,
    /// The assistant that asked for each tool, and its id of the request; `None` if a key did.
    asked: BTreeMap<EffectId, Option<(Option<LegId>, String)>>,
    /// How many answers each request of the assistant got.
    answers: BTreeMap<String, usize>,
    /// Tools whose message this process has asked the store to save.
    saving: BTreeSet<EffectId>,
    next_asked_at: Option<UnixMs>,
    answered: bool,
    interrupted: bool,
    /// The current recording of caller and person.
    recorded_as: Option<EffectId>,
    on_hold: bool,
    pub(crate) handoffs: BTreeSet<EffectId>,
    handoffs_ended: BTreeSet<EffectId>,
    pub(crate) channel: ChannelPromises,
    outbound: OutboundPromises,
    notice: NoticePromises,
    pub(crate) agents: AgentPromises,
    supervision: SupervisionPromises,
    /// Answers and transcriptions whose usage was reported.
    used: BTreeSet<(LegId, String)>,
}

impl Promises {
    /// Takes one step, and fails if it breaks a promise.
    pub(crate) fn keep(
        &mut self,
        fact: &Fact,
        effects: &[Effect],
        before: &Machine,
        after: &Machine,
        now: UnixMs,
    ) {
        let is_alone = before.caller().is_some() && after.caller().is_some() && !self.agents.talk();
        self.take_in(fact, now);
        self.channel.take_in(fact, now);
        self.notice.take_in(fact, before, now);
        self.outbound.take_in(fact);
        self.agents.take_in(fact);
        self.supervision.take_in(fact);
        self.check_cost(fact, effects);
        for (at, effect) in effects.iter().enumerate() {
            self.outbound.check(effect, self.ended);
            self.agents.check(effect, self.ended);
            self.supervision.check(effect, self.ended);
            self.notice.check(effect, is_alone, now);
            self.check(effect);
            if let Effect::Note(
                Decision::HandoffRequested { handoff, .. }
                | Decision::AgentRequested { handoff, .. }
                | Decision::ConsultBegan { consult: handoff, .. },
            ) = effect
            {
                self.handoffs.insert(*handoff);
            }
            if let Effect::Note(Decision::ToolFinished { effect: tool, .. }) = effect {
                self.check_answer(*tool, fact, effects.get(at + 1));
            }
        }
        self.check_state(fact, before, after, now);
    }

    /// Takes what the fact reports about the world.
    fn take_in(&mut self, fact: &Fact, now: UnixMs) {
        match fact {
            Fact::LegLeft { leg, .. } => {
                self.legs.remove(leg);
            }
            Fact::AssistantReady { leg, .. } if self.assistant == Some(*leg) && self.assistant_runs => {
                self.assistant_ready = true;
            }
            Fact::AssistantReady { leg, .. } => {
                if let Some((_, is_ready)) = self.candidate.as_mut().filter(|(tried, _)| tried == leg) {
                    *is_ready = true;
                }
            }
            Fact::ServerRestarted { .. } => {
                self.legs.clear();
                self.candidate = None;
                self.cords.clear();
                self.assistant_runs = false;
                self.assistant_ready = false;
                self.next_asked_at = None;
                self.saving.clear();
            }
            // Repeatable requests are made again.
            Fact::Reborn { .. } => {
                self.cords.clear();
                self.saving.clear();
            }
            Fact::NextAsked { .. } => {
                self.next_asked_at.get_or_insert(now);
            }
            _ => {}
        }
    }

    fn check(&mut self, effect: &Effect) {
        match effect {
            Effect::Note(decision) => self.check_decision(decision),
            Effect::StartLeg(leg) => {
                assert!(!self.ended, "a leg after the end");
                assert!(self.judged.insert(*leg), "leg {leg} was decided on twice");
                self.legs.insert(*leg);
            }
            Effect::RefuseLeg(leg) => assert!(self.judged.insert(*leg), "leg {leg} was decided on twice"),
            Effect::StartRecording(leg) => {
                assert!(self.legs.contains(leg) && !self.ended, "records a leg that does not exist")
            }
            Effect::StartAssistant { leg, .. } => {
                assert!(Some(*leg) > self.assistant, "assistant {leg} has the number of another one");
                assert!(!self.ended && !self.assistant_runs, "a second assistant");
                self.assistant = Some(*leg);
                (self.assistant_runs, self.assistant_ready) = (true, false);
                // It numbers its requests from the start.
                self.answers.clear();
            }
            Effect::TryAssistant { leg, .. } => {
                assert!(Some(*leg) > self.assistant, "assistant {leg} has the number of another one");
                assert!(!self.ended && self.assistant_ready, "a candidate without a serving assistant");
                assert_eq!(self.candidate.replace((*leg, false)), None, "two candidates at once");
            }
            Effect::DismissCandidate => {
                assert!(self.candidate.take().is_some(), "dismisses a candidate that does not exist")
            }
            Effect::TakeOver(leg) => {
                assert!(!self.ended && !self.assistant_runs, "a second assistant");
                assert_eq!(
                    self.candidate.take(),
                    Some((*leg, true)),
                    "an assistant takes over that is not connected"
                );
                self.assistant = Some(*leg);
                (self.assistant_runs, self.assistant_ready) = (true, true);
                self.answers.clear();
            }
            Effect::Assistant(order) => self.check_order(order),
            Effect::StartUnicast { leg, .. } => {
                self.legs.insert(*leg);
                self.channel.check(effect, self.ended);
            }
            Effect::Plug(cord) => {
                assert!(!self.ended, "a cord after the end");
                assert!(self.cords.insert(*cord), "cord {cord} was already plugged in");
            }
            Effect::Unplug(cord) => assert!(self.cords.remove(cord), "cord {cord} was not plugged in"),
            Effect::Clear(cord) => {
                assert!(self.cords.contains(cord), "clears cord {cord}, which is not plugged in")
            }
            Effect::ReleaseLeg(leg) => assert!(self.legs.remove(leg), "ends leg {leg}, which does not exist"),
            Effect::SendDtmf { leg, .. } => {
                assert!(self.legs.contains(leg), "plays digits to a leg that does not exist")
            }
            Effect::SaveMessage(effect) => {
                assert!(self.tools_running.contains(effect), "saves a message without a tool");
                assert!(self.saving.insert(*effect), "saves the message of {effect} again");
            }
            Effect::Resync(leg) => {
                let is_tried = self.candidate.is_some_and(|(tried, _)| tried == *leg);
                let is_known = self.legs.contains(leg) || self.assistant == Some(*leg) || is_tried;
                assert!(is_known, "asks an unknown leg for its state");
            }
            Effect::AnswerNext(_) => self.next_asked_at = None,
            Effect::AnswerDocument(_) => {}
            other => self.channel.check(other, self.ended),
        }
    }

    fn check_order(&mut self, order: &AssistantOrder) {
        match order {
            AssistantOrder::Stop => {
                assert!(self.assistant_runs, "stops an assistant that does not run");
                (self.assistant_runs, self.assistant_ready) = (false, false);
            }
            AssistantOrder::SayText(_) | AssistantOrder::CallerTyped(_) => {
                assert!(self.assistant_ready, "an order without an assistant");
            }
            // Only the actor gives this order.
            AssistantOrder::Resync | AssistantOrder::TakeOver { .. } => {
                panic!("the machine asks legs, not orders")
            }
            AssistantOrder::Say(line) => {
                assert!(self.assistant_ready && !self.ended, "{line:?} without an assistant");
                assert!(!self.cords.is_empty(), "{line:?} without a listener");
            }
            AssistantOrder::ToolResult { tool_call, .. } => {
                assert!(self.assistant_ready, "an answer without an assistant");
                let answers = self.answers.entry(tool_call.clone()).or_default();
                *answers += 1;
                assert_eq!(*answers, 1, "the request {tool_call} was answered again");
            }
            AssistantOrder::GoOn => {
                assert!(
                    self.assistant_ready && !self.cords.is_empty(),
                    "goes on without an assistant or a listener"
                );
            }
            AssistantOrder::Happened(_) => {
                assert!(self.assistant_ready, "tells an assistant that is not connected")
            }
            AssistantOrder::Heard { .. } | AssistantOrder::Attend(_) | AssistantOrder::Tools(_) => {
                assert!(self.assistant_ready, "an order without an assistant");
            }
        }
    }

    fn check_decision(&mut self, decision: &Decision) {
        self.check_end(decision);
        match decision {
            Decision::Ended { .. } => self.ended = true,
            Decision::ToolStarted { effect, origin, .. }
            | Decision::CustomToolStarted { effect, origin, .. } => {
                self.asked.insert(
                    *effect,
                    match origin {
                        ToolOrigin::Assistant { tool_call } => Some((self.assistant, tool_call.clone())),
                        ToolOrigin::Key | ToolOrigin::Words => None,
                    },
                );
                assert!(self.tools_running.insert(*effect), "tool {effect} was started twice");
            }
            Decision::ToolFinished { effect, .. } => {
                assert!(self.tools_finished.insert(*effect), "tool {effect} was finished twice");
                self.tools_running.remove(effect);
            }
            Decision::Interrupted { .. } | Decision::Returning { .. } => self.interrupted = true,
            Decision::Resumed { .. } => {
                assert!(std::mem::take(&mut self.interrupted), "resumed, but never interrupted");
            }
            Decision::HoldBegan => {
                assert!(!std::mem::replace(&mut self.on_hold, true), "put on hold twice");
            }
            Decision::HoldEnded { .. } => {
                assert!(std::mem::take(&mut self.on_hold), "off hold, but never on it");
            }
            Decision::TransferFailed { .. } => self.channel.is_sent = false,
            Decision::ParkEnded { .. } => self.channel.park_ended(),
            Decision::PersonRecordingBegan { recording } => {
                assert_eq!(self.recorded_as.replace(*recording), None, "recorded twice");
            }
            Decision::PersonRecordingEnded { recording } => {
                assert_eq!(self.recorded_as.take(), Some(*recording), "another recording ends");
            }
            Decision::ConsultEnded { consult, .. } => {
                assert!(self.handoffs_ended.insert(*consult), "consultation {consult} ended twice");
            }
            Decision::HandoffBridged { handoff } | Decision::HandoffAbandoned { handoff, .. } => {
                assert!(self.handoffs_ended.insert(*handoff), "hand-off {handoff} ended twice");
                self.channel.handoff_ended();
            }
            Decision::ProfileNotAwaited { handoff } => {
                assert!(
                    self.channel.profiles_told.insert(*handoff),
                    "stops waiting for a profile that was already reported"
                );
            }
            Decision::Answered => {
                assert!(!std::mem::replace(&mut self.answered, true), "answered twice");
            }
            Decision::DeadlineStuck { deadline } => panic!("the deadline {deadline} does not move"),
            _ => {}
        }
    }

    /// Only some decisions are made after the end of a call.
    fn check_end(&self, decision: &Decision) {
        match decision {
            Decision::Ended { .. }
            | Decision::Answered
            | Decision::ToolStarted { .. }
            | Decision::CustomToolStarted { .. }
            | Decision::Interrupted { .. }
            | Decision::Returning { .. }
            | Decision::Resumed { .. }
            | Decision::HoldBegan
            | Decision::TransferFailed { .. }
            | Decision::ProfileNotAwaited { .. }
            | Decision::DeadlineStuck { .. }
            | Decision::KeyPressed { .. }
            | Decision::NoticeGiven { .. }
            | Decision::MessageTaken { .. }
            | Decision::AssistantReplaced { .. }
            | Decision::AssistantTried { .. }
            | Decision::AssistantReturned { .. }
            | Decision::AssistantGivenUp { .. }
            | Decision::CostCapReached { .. }
            | Decision::ModeChanged { .. }
            | Decision::CapabilitiesChanged { .. }
            | Decision::TransferRequested { .. }
            | Decision::ForwardRefused { .. }
            | Decision::PersonWished { .. }
            | Decision::HandoffRequested { .. }
            | Decision::AgentRequested { .. }
            | Decision::CallbackNoted { .. }
            | Decision::DialRequested { .. }
            | Decision::OutboundFailed { .. }
            | Decision::CallerReturned { .. }
            | Decision::AgentJoined { .. }
            | Decision::HandedBack { .. }
            | Decision::PassedOn { .. }
            | Decision::ConsultBegan { .. }
            | Decision::ColleagueJoined { .. }
            | Decision::PhoneRung { .. }
            | Decision::OutsiderAnswered { .. }
            | Decision::OutsiderJoined { .. }
            | Decision::SilencePrompted => assert!(!self.ended, "{} after the end", decision.kind()),
            // The ear, the assistant, the store and the dialplan may still report and ask after the call has ended.
            Decision::LeadCreated { .. }
            | Decision::LeadUpdated { .. }
            | Decision::AppointmentHeld { .. }
            | Decision::AppointmentBooked { .. }
            | Decision::AppointmentMoved { .. }
            | Decision::AppointmentCancelled { .. }
            | Decision::TextQueued { .. }
            | Decision::NumberSuppressed { .. }
            | Decision::ActivityCreated { .. }
            | Decision::ActivityUpdated { .. }
            | Decision::ActivityCompleted { .. } => {}
            Decision::ToolFinished { .. }
            | Decision::HoldEnded { .. }
            | Decision::ParkEnded { .. }
            | Decision::PersonRecordingBegan { .. }
            | Decision::PersonRecordingEnded { .. }
            | Decision::ConsultEnded { .. }
            | Decision::HandoffBridged { .. }
            | Decision::HandoffAbandoned { .. }
            | Decision::BargeIn { .. }
            | Decision::KeyToldAgain { .. }
            | Decision::AgentLeft { .. }
            | Decision::SupervisorJoined { .. }
            | Decision::SupervisionChanged { .. }
            | Decision::SupervisorLeft { .. }
            | Decision::OutsiderLeft { .. }
            | Decision::AssistantSaid { .. }
            | Decision::Whispered { .. }
            | Decision::CallerSaid { .. }
            | Decision::Charged { .. }
            | Decision::DocumentAnswered { .. }
            | Decision::NextAnswered { .. } => {}
        }
    }

    /// The assistant that asked for a tool gets the outcome at once, as long as it is connected.
    fn check_answer(&self, tool: EffectId, fact: &Fact, next: Option<&Effect>) {
        let asked = match (self.asked.get(&tool), fact) {
            (Some(asked), _) => asked.clone(),
            (None, Fact::ToolCall { tool_call, .. }) => Some((self.assistant, tool_call.clone())),
            (None, _) => None,
        };
        let Some((asked_by, tool_call)) = asked else { return };
        let is_answered = matches!(
            next,
            Some(Effect::Assistant(AssistantOrder::ToolResult { tool_call: told, .. })) if *told == tool_call
        );
        let is_there = self.assistant_ready && self.assistant == asked_by;
        assert_eq!(is_answered, is_there, "the answer to {tool_call}");
    }

    /// Usage is charged once, at once. Nobody can tell usage without a source from a repeated report, so each counts.
    fn check_cost(&mut self, fact: &Fact, effects: &[Effect]) {
        let charged = effects.iter().any(|effect| matches!(effect, Effect::Note(Decision::Charged { .. })));
        match fact {
            Fact::Usage { leg, source, .. } => {
                let is_new = self.used.insert((*leg, source.clone())) || source.is_empty();
                assert!(is_new || !charged, "{source} was charged twice");
            }
            _ => assert!(!charged, "charged for nothing"),
        }
    }

    fn check_state(&mut self, fact: &Fact, before: &Machine, after: &Machine, now: UnixMs) {
        assert_eq!(self.ended, after.has_ended());
        if before.has_ended() {
            assert_eq!(before.next_step(), after.next_step(), "the dialplan gets two different answers");
        }
        if let Fact::LegArrived { leg, .. } | Fact::PhoneLegArrived { leg, .. } = fact
            && leg.0 >= before.next_leg().0
        {
            assert!(self.judged.contains(leg), "leg {leg} was neither accepted nor refused");
        }
        if self.ended {
            assert!(self.cords.is_empty(), "cords are left plugged in: {:?}", self.cords);
            let is_sent_on = self.channel.is_sent_on(after);
            assert!(self.legs.is_empty() || is_sent_on, "legs are left: {:?}", self.legs);
            assert!(!self.assistant_runs, "the assistant was not stopped");
        }
        self.supervision.check_state(&self.cords, after.caller(), self.ended);
        let cords = self.supervision.others(&self.cords);
        let is_talking = self.answered && !self.ended && !self.interrupted && !self.channel.with_person();
        if (self.agents.talk() || self.agents.are_awaited())
            && after.caller().is_some()
            && !self.ended
            && !self.interrupted
        {
            // While their agents' audio is lost, they may hear only a supervisor.
            let is_heard = self.cords.iter().any(|cord| Some(cord.to) == after.caller());
            assert!(is_heard || self.agents.are_muted(), "the caller hears nobody: {:?}", self.cords);
        } else if is_talking && after.caller().is_some() {
            assert!(self.assistant_runs, "a caller without an assistant");
            let assistant_hears = cords.iter().any(|cord| Some(cord.from) == after.caller());
            assert_eq!(
                assistant_hears, !self.on_hold,
                "the assistant hears a caller on hold, or does not hear one who isn't"
            );
            let is_music = self.on_hold && cords.len() <= 1;
            // Music that waits for the end of words has no cord yet.
            let pair = 2 + self.outbound.listeners();
            assert!(
                is_music
                    || cords.len() == pair + usize::from(self.channel.music.is_some())
                    || cords.len() == pair
                    || cords.len() == 2,
                "caller and assistant don't hear each other: {:?}",
                cords
            );
        }
        self.channel.check_state(before, after);
        self.outbound.check_state(after);
        self.agents.check_state(self.ended);
        if *fact == Fact::DeadlinePassed {
            // A deadline that passes late may set another one that is already due. The next step handles it.
            let mut settled = after.clone();
            settled.apply(&Fact::DeadlinePassed, now);
            let next = settled.next_deadline();
            assert!(next.is_none_or(|next| next > now), "a deadline that has passed stays: {next:?}");
            let waits_ms = self.next_asked_at.map_or(0, |asked| now.ms_since(asked));
            assert!(waits_ms < NEXT_ANSWERED_MS_MAX, "a dialplan has waited for {waits_ms} ms");
        }
        assert!(
            !after.is_over() || self.tools_running.is_empty(),
            "the call is over while tools are running"
        );
    }

    /// Promises at the end of a call.
    pub(crate) fn keep_at_the_end(&self) {
        assert!(self.ended, "a call without an end");
        assert!(self.legs.is_empty(), "legs are left: {:?}", self.legs);
        assert!(self.tools_running.is_empty(), "tools without an end: {:?}", self.tools_running);
        assert_eq!(self.next_asked_at, None, "a dialplan was not answered");
        assert!(!self.on_hold, "the caller is on hold for ever");
        assert_eq!(self.handoffs, self.handoffs_ended, "a hand-off did not end");
        self.channel.keep_at_the_end();
        self.agents.keep_at_the_end();
    }
}
