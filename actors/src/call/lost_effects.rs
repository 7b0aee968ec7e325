//! Effects that panic: each is journalled, and nothing keeps waiting for its result.
//!
//! A panic takes its effect along, so the remedy is chosen before the effect is tried. An effect that may be done
//! twice is tried once more. A leg, an assistant or a link that should have begun is asked for its state, so that the
//! machine learns that it is missing. For the others the machine has a deadline.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cordboard_call::AssistantOrder;
use cordboard_call::effect::Effect;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::{ActionOutcome, ControlId};

use super::live_call::LiveCall;
use crate::panic_text::panic_text;

/// The action for an effect that panicked.
#[derive(Debug, PartialEq)]
enum Remedy {
    /// Try it once more. In a box, because an effect is far larger than the numbers below.
    Again(Box<Effect>),
    /// Ask this leg or assistant for its state. If it has not begun, the call gets the report that it is gone.
    AskLeg(LegId),
    /// The same for the assistant that was to take over. An assistant that still waited alongside is ended, because
    /// nothing would order it to speak.
    AskSuccessor(LegId),
    /// The same for a control connection.
    AskControl(ControlId),
    /// The switch was not ordered to send its audio.
    NoAudio(EffectId),
    /// Nothing is recorded.
    NoRecording,
}

impl Remedy {
    fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::StartLeg(leg) | Effect::StartAssistant { leg, .. } | Effect::TryAssistant { leg, .. } => {
                Some(Self::AskLeg(*leg))
            }
            Effect::TakeOver(leg) => Some(Self::AskSuccessor(*leg)),
            Effect::TakeControl(control) => Some(Self::AskControl(*control)),
            Effect::StartStream { effect, .. } | Effect::StartUnicast { effect, .. } => {
                Some(Self::NoAudio(*effect))
            }
            Effect::StartRecording(_) => Some(Self::NoRecording),
            _ => is_repeatable(effect).then(|| Self::Again(Box::new(effect.clone()))),
        }
    }
}

/// Whether an effect may be done twice with the same result: ends, sounds of our own, cords, questions for a state,
/// notices to the desks' router (which are idempotent), and everything that a call repeats after a restart of its
/// actor.
const fn is_repeatable(effect: &Effect) -> bool {
    match effect {
        Effect::RefuseLeg(_)
        | Effect::ReleaseLeg(_)
        | Effect::RefuseControl { .. }
        | Effect::ReleaseControl(_)
        | Effect::DismissCandidate
        | Effect::Assistant(AssistantOrder::Stop)
        | Effect::StopMusic(_)
        | Effect::StopRingBack(_)
        | Effect::StopToneWatch(_)
        | Effect::StopRinging { .. }
        | Effect::StopPhone { .. }
        | Effect::StopDialling(_)
        | Effect::WithdrawOffer { .. }
        | Effect::Offer { .. }
        | Effect::TakeOffer { .. }
        | Effect::PassOffer { .. }
        | Effect::CallColleague { .. }
        | Effect::NotReached { .. }
        | Effect::AgentIs { .. }
        | Effect::AgentLeft { .. }
        | Effect::Listen(_)
        | Effect::SoundPlayedBy(_)
        | Effect::EndBySwitch
        | Effect::StartMusic(_)
        | Effect::StartRingBack { .. }
        | Effect::StartDetection(_)
        | Effect::StartToneWatch(_)
        | Effect::Plug(_)
        | Effect::Unplug(_)
        | Effect::Clear(_)
        | Effect::Resync(_)
        | Effect::ResyncControl(_)
        | Effect::RecordAttempt
        | Effect::SaveMessage(_)
        | Effect::AnswerNext(_)
        | Effect::AnswerDocument(_) => true,
        Effect::Note(_)
        | Effect::StartLeg(_)
        | Effect::StartRecording(_)
        | Effect::StartAssistant { .. }
        | Effect::TryAssistant { .. }
        | Effect::TakeOver(_)
        | Effect::Assistant(_)
        | Effect::SendDtmf { .. }
        | Effect::TakeControl(_)
        | Effect::Channel { .. }
        | Effect::StartStream { .. }
        | Effect::StartUnicast { .. }
        | Effect::CheckExtension { .. }
        | Effect::CheckPlace { .. }
        | Effect::CacheProfile { .. }
        | Effect::Ring { .. }
        | Effect::RingPhone { .. }
        | Effect::BridgeCallee { .. }
        | Effect::Dial(_)
        | Effect::RunCustomTool { .. }
        | Effect::Write { .. } => false,
    }
}

impl LiveCall {
    /// Carries an effect out. If it panics, that is journalled, and later effects are not harmed.
    pub(super) fn try_out(&mut self, effect: Effect) {
        let remedy = Remedy::of(&effect);
        if self.try_once(effect) {
            return;
        }
        match remedy {
            Some(Remedy::Again(effect)) => {
                self.try_once(*effect);
            }
            Some(Remedy::AskLeg(leg)) => {
                self.refuse_arrival(leg);
                self.resync(leg);
            }
            Some(Remedy::AskSuccessor(leg)) => {
                self.assistants.dismiss_candidate();
                self.resync(leg);
            }
            Some(Remedy::AskControl(control)) => self.resync_control(control),
            Some(Remedy::NoAudio(effect)) => {
                let outcome = ActionOutcome::Failed { reason: "the order for its audio panicked".to_owned() };
                self.agenda.add(Fact::ActionDone { effect, outcome });
            }
            Some(Remedy::NoRecording) => {
                self.agenda.add(Fact::RecordingFailed { reason: "its start panicked".to_owned() });
            }
            None => {}
        }
    }

    /// Carries an effect out. Returns false if it panicked.
    fn try_once(&mut self, effect: Effect) -> bool {
        let name = effect.name();
        let tried = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike_effect(&effect);
            self.carry_out(effect);
        }));
        match tried {
            Ok(()) => true,
            Err(panic) => {
                let reason = panic_text(panic.as_ref()).to_owned();
                self.agenda.add(Fact::EffectFailed { effect: name.to_owned(), reason });
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::call::HangupCause;
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::switch::ControlLink;

    use super::*;
    use crate::messages::ChannelAction;

    #[test]
    fn an_end_that_panicked_is_tried_once_more() {
        for end in [
            Effect::ReleaseLeg(LegId(1)),
            Effect::StopPhone { ringing: EffectId(1) },
            Effect::StopRinging { handoff: EffectId(1) },
            Effect::WithdrawOffer { handoff: EffectId(1), is_taken: false },
            Effect::AnswerNext(NextStep::Hangup),
            Effect::Assistant(AssistantOrder::Stop),
        ] {
            assert_eq!(Remedy::of(&end), Some(Remedy::Again(Box::new(end.clone()))));
        }
    }

    #[test]
    fn unrepeatable_effects_are_left_to_their_deadline() {
        let action = ChannelAction::HangUp(HangupCause::normal_clearing());
        let acts = Effect::Channel { link: ControlLink::Inbound, effect: EffectId(1), action };
        assert_eq!(Remedy::of(&acts), None);
        let sends = Effect::SendDtmf { leg: LegId(1), digits: Vec::new() };
        assert_eq!(Remedy::of(&sends), None);
    }
}
