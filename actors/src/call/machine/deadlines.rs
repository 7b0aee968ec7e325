//! Time: every deadline stands in the state, and passing one is a fact like any other.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;

use super::closing::LastWords;
use super::{Effects, LostBy, Machine, Phase, note};

/// The most deadlines that pass in one step: more than there can be, so that a mistake here holds up one call and not
/// every call of its thread.
const PASSED_MAX: usize = 64;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deadline {
    Tool(EffectId),
    NextOwed,
    AssistantReady(LegId),
    AssistantTry,
    Dialling,
    Voicemail,
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
    WishForPerson,
    Person,
    Place(EffectId),
    SentOn,
    Agents,
    Together,
    InHouse,
    Document,
    Parting,
    Gone,
}

impl Machine {
    /// When the machine wants to be told that time has passed.
    pub fn next_deadline(&self) -> Option<UnixMs> {
        self.deadlines().map(|(at, _)| at).min()
    }

    fn deadlines(&self) -> impl Iterator<Item = (UnixMs, Deadline)> {
        let of_phase = match &self.phase {
            Phase::Dialling(dialling) => Some((dialling.until, Deadline::Dialling)),
            Phase::Voicemail(voicemail) => Some((voicemail.until, Deadline::Voicemail)),
            Phase::Waiting { until } => Some((*until, Deadline::Meeting)),
            Phase::Interrupted { until, otherwise, .. } => Some((*until, Deadline::Return(*otherwise))),
            Phase::Leaving(leaving) => Some((leaving.give_up_at, Deadline::LastWords)),
            Phase::TakingMessage(message) => message.deadline.map(|at| (at, Deadline::Message)),
            Phase::OnHold(hold) => hold.deadline().map(|at| (at, Deadline::Hold)),
            Phase::WithPerson(person) => Some((person.deadline(), Deadline::Person)),
            Phase::SentOn(sent_on) => Some((sent_on.until, Deadline::SentOn)),
            Phase::WithAgents { until } => Some((*until, Deadline::Together)),
            Phase::InHouse(in_house) => Some((in_house.until, Deadline::InHouse)),
            Phase::ByDocument(document) => Some((document.until, Deadline::Document)),
            Phase::Conversing | Phase::Ended => None,
        };
        let longest = self
            .answered_at
            .filter(|_| self.is_conversing() || matches!(self.phase, Phase::OnHold(_)))
            .map(|at| (at + self.policy.max_duration_ms, Deadline::MaxDuration));
        let tools = self.running.iter().map(|tool| (tool.deadline, Deadline::Tool(tool.effect)));
        let owed = self.next_owed_by.map(|at| (at, Deadline::NextOwed));
        let silence = self.silence.deadline.map(|at| (at, Deadline::Silence));
        let held = self.transcript.held_until().map(|at| (at, Deadline::LinesHeld));
        let aftermath = self.aftermath.map(|at| (at, Deadline::Aftermath));
        let usage = self.usage_until.map(|at| (at, Deadline::Usage));
        // At the same time a line that nobody will tell goes before the one that waits for it.
        let told_late = aftermath.into_iter().chain(held).chain(usage);
        let connecting = self.assistant.filter(|assistant| !assistant.ready);
        let ready = connecting.map(|assistant| (assistant.ready_by, Deadline::AssistantReady(assistant.leg)));
        let tried = self.returning.ready_by().map(|(at, leg)| (at, Deadline::AssistantReady(leg)));
        let of_switch = [
            (self.parting, Deadline::Parting),
            (self.channel.gone_until, Deadline::Gone),
            (self.audio.deadline(), Deadline::Audio),
            (self.handoff_deadline(), Deadline::Handoff),
            (self.agents.deadline(), Deadline::Agents),
            (self.keys.deadline(), Deadline::Keys),
            (self.try_deadline(), Deadline::AssistantTry),
            (self.wish.as_ref().map(|wish| wish.until), Deadline::WishForPerson),
        ];
        let of_switch = of_switch.into_iter().filter_map(|(at, deadline)| Some((at?, deadline)));
        let place = self.looked_at.as_ref().map(|looked_at| {
            let (at, effect) = looked_at.deadline();
            (at, Deadline::Place(effect))
        });
        let action = self.channel.deadline().map(|(at, effect)| (at, Deadline::Action(effect)));
        let ready = ready.into_iter().chain(tried).chain(of_switch).chain(action).chain(place);
        tools.chain(owed).chain(told_late).chain(ready).chain(of_phase).chain(longest).chain(silence)
    }

    /// Lets every deadline that is due have its consequence, earliest first. Each consequence removes or moves its
    /// deadline.
    pub(super) fn deadline_passed(&mut self, now: UnixMs, fx: &mut Effects) {
        for _ in 0..PASSED_MAX {
            let due = self.deadlines().filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at);
            let Some((_, due)) = due else { return };
            self.let_pass(due, now, fx);
        }
    }

    fn let_pass(&mut self, due: Deadline, now: UnixMs, fx: &mut Effects) {
        let by_server = |cause| Ending { cause, by: HangupBy::Server };
        match due {
            Deadline::Tool(effect) => self.tool_done(effect, ToolOutcome::TimedOut, now, fx),
            Deadline::AssistantReady(leg) => {
                self.assistant_failed(leg, ProviderFailure::Unreachable, now, fx);
            }
            Deadline::AssistantTry => self.try_assistant(now, fx),
            Deadline::NextOwed => self.next_overdue(now, fx),
            Deadline::Meeting if self.caller.is_some() && self.is_leg_confirmed() => {
                let next = self.policy.fallback();
                self.end(by_server(HangupCause::unannounced()), next, fx);
            }
            Deadline::Meeting => self.not_met(HangupCause::no_audio(), now, fx),
            Deadline::Return(LostBy::Connection) => self.not_met(HangupCause::connection_lost(), now, fx),
            Deadline::Return(LostBy::Restart) => self.not_met(HangupCause::server_restart(), now, fx),
            Deadline::Return(LostBy::Stop) => self.taken_elsewhere(fx),
            Deadline::Dialling => self.dialling_deadline(fx),
            Deadline::Voicemail => self.voicemail_deadline(now, fx),
            Deadline::Audio => self.audio_deadline(now, fx),
            Deadline::Action(effect) => self.action_done(effect, &ActionOutcome::Unknown, now, fx),
            Deadline::Handoff => self.handoff_tick(now, fx),
            Deadline::Hold => self.unhold_with_a_word(now, fx),
            Deadline::Keys => self.keys_deadline(now, fx),
            Deadline::WishForPerson => self.wish_overdue(now, fx),
            Deadline::Person => self.person_deadline(now, fx),
            Deadline::Place(effect) => self.place_checked(effect, None, None, now, fx),
            Deadline::SentOn => self.somebody_has_them(fx),
            Deadline::Agents => self.agents_deadline(now, fx),
            Deadline::Together => self.end(by_server(HangupCause::max_duration()), NextStep::Hangup, fx),
            Deadline::InHouse => self.in_house_deadline(fx),
            Deadline::Document => self.document_deadline(fx),
            Deadline::Parting => self.parted(fx),
            Deadline::Gone => self.gone_without_a_word(fx),
            Deadline::LastWords => self.last_words_heard(fx),
            Deadline::Message => self.message_deadline(now, fx),
            Deadline::MaxDuration => {
                let ending = by_server(HangupCause::max_duration());
                let onward = (ending, NextStep::Hangup);
                self.leave(Line::GoodbyeMaxDuration, LastWords::AtOnce, onward, now, fx);
            }
            Deadline::Silence => self.silence_passed(now, fx),
            Deadline::LinesHeld => {
                self.transcript.hold_no_longer(now);
                self.write_transcript(fx);
            }
            Deadline::Aftermath => self.aftermath_over(fx),
            Deadline::Usage => self.usage_until = None,
        }
    }

    fn silence_passed(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.silence.prompted {
            let ending = Ending { cause: HangupCause::silence(), by: HangupBy::Assistant };
            let onward = (ending, NextStep::Hangup);
            self.leave(Line::GoodbyeSilence, LastWords::AtOnce, onward, now, fx);
        } else {
            self.silence.prompted = true;
            fx.push(note(Decision::SilencePrompted));
            self.say(Line::StillThere, fx);
            self.watch_silence(now);
        }
    }
}
