//! Time: every deadline is part of the state, and the passing of a deadline is a fact like any other.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;

use super::ending::LastWords;
use super::{Effects, LostBy, Machine, Phase, note};

/// How many deadlines may pass in one step. This is more than can exist, so that a mistake here delays one call and not every call of its
/// thread.
const PASSED_MAX: usize = 64;

/// How often a deadline may pass in one step without moving. Some are the earliest of several deadlines, which pass one by one.
const UNMOVED_MAX: u32 = 3;

/// Pause before a stuck deadline is tried again, in ms. It doubles each time ...
const STUCK_RETRY_MS: u64 = 1_000;
/// ... up to this.
const STUCK_RETRY_MS_MAX: u64 = 60_000;

/// A deadline that has passed but did not move. This is a bug of ours: the deadline had no effect. Retrying without a pause would fill the
/// journal and block the call's thread.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stuck {
    deadline: Deadline,
    again_at: UnixMs,
    wait_ms: u64,
}

/// The purpose of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deadline {
    Tool(EffectId),
    NextAnswer,
    AssistantReady(LegId),
    AssistantTry,
    Dialling,
    Voicemail,
    ListensOn,
    LiveAnswer,
    Meeting,
    Return(LostBy),
    LastWords,
    Message,
    MaxDuration,
    Silence,
    LinesHeld,
    Aftermath,
    Usage,
    Audio,
    Action(EffectId),
    Handoff,
    Hold,
    Keys,
    PersonRequest,
    Person,
    Place(EffectId),
    SentOn,
    Agents,
    Supervision,
    AfterNotice,
    Together,
    AgentToAgentCall,
    Document,
    Teardown,
    Gone,
}

impl Deadline {
    /// Returns its name, without the values it carries.
    fn name(self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphabetic).collect()
    }
}

impl Machine {
    /// Returns when the machine's next deadline passes.
    pub fn next_deadline(&self) -> Option<UnixMs> {
        self.deadlines().map(|(at, deadline)| self.tried_at(at, deadline)).min()
    }

    /// Returns when a deadline passes: at its time, or when a stuck one is tried again.
    fn tried_at(&self, at: UnixMs, deadline: Deadline) -> UnixMs {
        let stuck = self.process.stuck.iter().find(|stuck| stuck.deadline == deadline);
        stuck.map_or(at, |stuck| at.max(stuck.again_at))
    }

    /// Returns when the caller has talked with the assistant for as long as they may. Time with people, or waiting for them, does not
    /// count.
    pub(super) fn lasts_until(&self) -> Option<UnixMs> {
        self.answered_at.map(|at| at + self.policy.max_duration_ms + self.uncounted.total_ms())
    }

    fn phase_deadline(&self) -> Option<(UnixMs, Deadline)> {
        let on_hold = || self.holding.deadline().map(|at| (at, Deadline::Hold));
        self.lifecycle.deadline().or_else(on_hold)
    }

    fn deadlines(&self) -> impl Iterator<Item = (UnixMs, Deadline)> {
        let is_with_assistant = self.lifecycle.talks() || matches!(*self.lifecycle.phase(), Phase::OnHold);
        // A person who has accepted will have the caller in a moment, and talks with people are not cut off.
        let longest = self
            .lasts_until()
            .filter(|_| is_with_assistant && !self.is_person_coming())
            .map(|at| (at, Deadline::MaxDuration));
        let tools = self.tools.deadlines().map(|(at, effect)| (at, Deadline::Tool(effect)));
        let next_answer = self.closing.next_due_by().map(|at| (at, Deadline::NextAnswer));
        let silence = self.conversation.silence_until().map(|at| (at, Deadline::Silence));
        let lines_held = self.conversation.transcript().held_until().map(|at| (at, Deadline::LinesHeld));
        let aftermath = self.closing.transcript_awaited_until().map(|at| (at, Deadline::Aftermath));
        let usage = self.cost.usage_until().map(|at| (at, Deadline::Usage));
        // At equal times, a line that nobody will report comes before the lines that wait for it.
        let late_reports = aftermath.into_iter().chain(lines_held).chain(usage);
        let connecting = self.conversation.assistant().filter(|assistant| !assistant.is_connected());
        let ready = connecting.map(|assistant| (assistant.ready_by, Deadline::AssistantReady(assistant.leg)));
        let tried =
            self.conversation.returning().ready_by().map(|(at, leg)| (at, Deadline::AssistantReady(leg)));
        let of_switch = [
            (self.closing.teardown_until(), Deadline::Teardown),
            (self.channel.gone_until(), Deadline::Gone),
            (self.audio.deadline(), Deadline::Audio),
            (self.handoff_deadline(), Deadline::Handoff),
            (self.agents_deadline_at(), Deadline::Agents),
            (self.participants.supervisors_awaited_until(), Deadline::Supervision),
            (self.conversation.keys().deadline(), Deadline::Keys),
            (self.try_deadline(), Deadline::AssistantTry),
            (self.handoffs.request_until(), Deadline::PersonRequest),
            (self.outgoing.listens_until(), Deadline::ListensOn),
            (self.after_notice_until(), Deadline::AfterNotice),
        ];
        let of_switch = of_switch.into_iter().filter_map(|(at, deadline)| Some((at?, deadline)));
        let place = self.closing.place_check_until().map(|(at, effect)| (at, Deadline::Place(effect)));
        let action = self.channel.deadline().map(|(at, effect)| (at, Deadline::Action(effect)));
        let ready = ready.into_iter().chain(tried).chain(of_switch).chain(action).chain(place);
        tools
            .chain(next_answer)
            .chain(late_reports)
            .chain(ready)
            .chain(self.phase_deadline())
            .chain(longest)
            .chain(silence)
    }

    /// Handles every deadline that is due, earliest first. Handling it removes or moves the deadline; one that stays is stuck.
    pub(super) fn deadline_passed(&mut self, now: UnixMs, fx: &mut Effects) {
        let mut unmoved = 0;
        for _ in 0..PASSED_MAX {
            let is_due = |(at, deadline): &(UnixMs, Deadline)| self.tried_at(*at, *deadline) <= now;
            let due = self.deadlines().filter(is_due).min_by_key(|(at, _)| *at);
            let Some((at, due)) = due else { break };
            self.let_pass(due, now, fx);
            let is_unmoved = self.deadlines().any(|(later, still)| still == due && later <= at);
            unmoved = if is_unmoved { unmoved + 1 } else { 0 };
            let is_retried = self.process.stuck.iter().any(|stuck| stuck.deadline == due);
            if is_unmoved && (is_retried || unmoved == UNMOVED_MAX) {
                self.is_stuck(due, now, fx);
                unmoved = 0;
            }
        }
        // These deadlines move but are always due.
        let due: Vec<Deadline> = self.due(now).collect();
        due.into_iter().for_each(|deadline| self.is_stuck(deadline, now, fx));
        let still: Vec<Deadline> =
            self.deadlines().filter(|(at, _)| *at <= now).map(|(_, deadline)| deadline).collect();
        self.process.stuck.retain(|stuck| still.contains(&stuck.deadline));
    }

    fn due(&self, now: UnixMs) -> impl Iterator<Item = Deadline> {
        let is_due = move |(at, deadline): &(UnixMs, Deadline)| self.tried_at(*at, *deadline) <= now;
        self.deadlines().filter(is_due).map(|(_, deadline)| deadline)
    }

    fn is_stuck(&mut self, deadline: Deadline, now: UnixMs, fx: &mut Effects) {
        match self.process.stuck.iter_mut().find(|stuck| stuck.deadline == deadline) {
            Some(stuck) => {
                stuck.wait_ms = (2 * stuck.wait_ms).min(STUCK_RETRY_MS_MAX);
                stuck.again_at = now + stuck.wait_ms;
            }
            None => {
                let (wait_ms, again_at) = (STUCK_RETRY_MS, now + STUCK_RETRY_MS);
                self.process.stuck.push(Stuck { deadline, again_at, wait_ms });
                fx.push(note(Decision::DeadlineStuck { deadline: deadline.name() }));
            }
        }
    }

    fn let_pass(&mut self, due: Deadline, now: UnixMs, fx: &mut Effects) {
        let by_server = |cause| Ending { cause, by: HangupBy::Server };
        match due {
            Deadline::Tool(effect) => self.tool_overdue(effect, now, fx),
            Deadline::AssistantReady(leg) => {
                self.assistant_failed(leg, ProviderFailure::Unreachable, now, fx);
            }
            Deadline::AssistantTry => self.try_assistant(now, fx),
            Deadline::NextAnswer => self.next_overdue(now, fx),
            Deadline::Meeting if self.caller.is_some() && self.is_leg_confirmed() => {
                let next = self.policy.fallback();
                self.end(by_server(HangupCause::unannounced()), next, fx);
            }
            Deadline::Meeting => self.not_met(HangupCause::no_audio(), now, fx),
            Deadline::Return(LostBy::Connection) => self.not_met(HangupCause::connection_lost(), now, fx),
            Deadline::Return(LostBy::Page) => self.page_left(fx),
            Deadline::Return(LostBy::Restart) => self.not_met(HangupCause::server_restart(), now, fx),
            Deadline::Return(LostBy::Stop) => self.taken_elsewhere(fx),
            Deadline::Dialling => self.dialling_deadline(fx),
            Deadline::Voicemail => self.voicemail_deadline(now, fx),
            Deadline::ListensOn => self.listen_no_longer(fx),
            Deadline::LiveAnswer => self.end_without_agent(fx),
            Deadline::Audio => self.audio_deadline(now, fx),
            Deadline::Action(effect) => self.action_done(effect, &ActionOutcome::Unknown, now, fx),
            Deadline::Handoff => self.handoff_tick(now, fx),
            Deadline::Hold => self.unhold_with_a_word(now, fx),
            Deadline::Keys => self.keys_deadline(now, fx),
            Deadline::PersonRequest => self.person_request_overdue(now, fx),
            Deadline::Person => self.person_deadline(now, fx),
            Deadline::Place(effect) => self.place_checked(effect, None, None, now, fx),
            Deadline::SentOn => self.transfer_succeeded(fx),
            Deadline::Agents => self.agents_deadline(now, fx),
            Deadline::Supervision => self.supervision_deadline(now, fx),
            Deadline::AfterNotice => self.go_on_after_notice(now, fx),
            Deadline::Together => self.end(by_server(HangupCause::max_duration()), NextStep::Hangup, fx),
            Deadline::AgentToAgentCall => self.internal_deadline(fx),
            Deadline::Document => self.document_deadline(fx),
            Deadline::Teardown => self.parted(fx),
            Deadline::Gone => self.gone_without_a_word(fx),
            Deadline::LastWords => self.last_words_heard(fx),
            Deadline::Message => self.message_deadline(now, fx),
            Deadline::MaxDuration if self.uncounted.outlasts_limit() => {}
            Deadline::MaxDuration => {
                let ending = by_server(HangupCause::max_duration());
                let onward = (ending, NextStep::Hangup);
                self.leave(Line::GoodbyeMaxDuration, LastWords::AtOnce, onward, now, fx);
            }
            Deadline::Silence => self.silence_passed(now, fx),
            Deadline::LinesHeld => {
                self.give_ears_up(now, fx);
                self.conversation.transcript_mut().hold_no_longer(now);
                self.write_transcript(fx);
            }
            Deadline::Aftermath => self.aftermath_over(fx),
            Deadline::Usage => self.cost.waits_for_usage(None),
        }
    }

    fn silence_passed(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.conversation.is_silence_prompted() {
            let ending = Ending { cause: HangupCause::silence(), by: HangupBy::Assistant };
            let onward = (ending, NextStep::Hangup);
            self.leave(Line::GoodbyeSilence, LastWords::AtOnce, onward, now, fx);
        } else {
            self.conversation.silence_is_prompted();
            fx.push(note(Decision::SilencePrompted));
            self.say(Line::StillThere, fx);
            self.watch_silence(now);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use cordboard_schema::event::Fact;
    use serde_json::json;

    use super::super::agent_calls::AgentToAgentCall;
    use super::super::{Effect, Step};
    use super::*;

    const START: UnixMs = UnixMs(1_767_225_600_000);

    /// A call between agents that nobody began: a faulty state whose deadline does not move.
    fn mistaken() -> Machine {
        let nil_id = "00000000-0000-0000-0000-000000000001";
        let profile = json!({ "id": nil_id, "organization_id": nil_id, "name": "sales", "language": "en", "tools": [], "dtmf_actions": [] });
        let policy = json!({
            "meet_timeout_ms": 1, "resume_window_ms": 1, "max_duration_ms": 1, "silence_prompt_ms": 1,
            "silence_goodbye_ms": 1, "unannounced": "accept", "extensions": {}, "fallback_extension": null
        });
        let (profile, policy) =
            (serde_json::from_value(profile).unwrap(), serde_json::from_value(policy).unwrap());
        let mut machine = Machine::new(Arc::new(profile), Arc::new(policy), false, START);
        machine.step(Step::BetweenAgents(AgentToAgentCall::without_beginner(START + 1_000)));
        machine
    }

    /// Lets time pass. Returns the journalled decisions, and the time until the next deadline.
    fn passes(machine: &mut Machine, now: UnixMs) -> (Vec<Decision>, Option<u64>) {
        let effects = machine.apply(&Fact::DeadlinePassed, now);
        let notes = effects.into_iter().filter_map(|effect| match effect {
            Effect::Note(decision) => Some(decision),
            _ => None,
        });
        (notes.collect(), machine.next_deadline().map(|next| next.ms_since(now)))
    }

    #[test]
    fn a_stuck_deadline_is_reported_once_and_retried_ever_later() {
        let mut machine = mistaken();
        let stuck = Decision::DeadlineStuck { deadline: "AgentToAgentCall".to_owned() };
        let mut now = START + 1_000;
        assert_eq!(passes(&mut machine, now), (vec![stuck], Some(1_000)));
        let mut waits = Vec::new();
        let mut wait_ms = 1_000;
        while now < START + 3_600_000 {
            now = now + wait_ms;
            let (notes, next) = passes(&mut machine, now);
            assert_eq!(notes, []);
            wait_ms = next.unwrap();
            waits.push(wait_ms);
        }
        assert_eq!(waits[..7], [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert!(waits.len() < 70, "{} rows in an hour", waits.len());
    }

    #[test]
    fn other_deadlines_pass_on_time_meanwhile() {
        let mut machine = mistaken();
        machine.closing.await_next(START + 400);
        assert_eq!(passes(&mut machine, START + 1_000).1, Some(400));
        let (notes, next) = passes(&mut machine, START + 1_400);
        assert!(matches!(notes[..], [Decision::NextAnswered { .. }]), "{notes:?}");
        assert_eq!(next, Some(600));
    }

    #[test]
    fn a_stuck_deadline_lets_others_pass_in_the_same_step() {
        let mut machine = mistaken();
        machine.closing.await_next(START + 500);
        let (notes, next) = passes(&mut machine, START + 1_500);
        let stuck = Decision::DeadlineStuck { deadline: "AgentToAgentCall".to_owned() };
        assert!(matches!(&notes[..], [one, Decision::NextAnswered { .. }] if *one == stuck), "{notes:?}");
        assert_eq!(next, Some(1_000));
    }

    #[test]
    fn deadlines_next_to_a_stuck_one_are_not_reported_stuck() {
        let mut machine = mistaken();
        assert_eq!(passes(&mut machine, START + 1_000).0.len(), 1);
        machine.closing.await_next(START + 400);
        machine.cost.waits_for_usage(Some(START + 1_500));
        machine.closing.teardown_begins(START - 400);
        let (notes, _) = passes(&mut machine, START + 1_700);
        assert!(matches!(notes[0], Decision::NextAnswered { .. }), "{notes:?}");
        assert!(!notes.iter().any(|note| matches!(note, Decision::DeadlineStuck { .. })), "{notes:?}");
    }

    #[test]
    fn a_deadline_that_moves_again_is_forgotten() {
        let mut machine = mistaken();
        assert_eq!(passes(&mut machine, START + 1_000).0.len(), 1);
        machine.step(Step::BetweenAgents(AgentToAgentCall::without_beginner(START + 9_000)));
        assert_eq!(passes(&mut machine, START + 2_000), (vec![], Some(7_000)));
        assert_eq!(passes(&mut machine, START + 9_000).0.len(), 1, "it is reported again");
    }
}
