//! What one call adds to the figures: read from its journal as it is written, in one place.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use tokio::time::Instant;

use super::{Meters, count, word};
use crate::media::EarCounters;

/// The meter of one call. It goes with the call when that changes its actor.
#[derive(Debug)]
pub(crate) struct CallMeter {
    meters: Meters,
    /// The provider that answers, once one does.
    provider: Option<String>,
    /// When the caller finished speaking, while no answer has begun.
    finished_at: Option<UnixMs>,
    speech: SpeechMark,
    /// When the speech was heard that the call's present step is about.
    heard_at: Option<Instant>,
}

/// When the assistant heard the caller begin to speak, on its way to the call.
type SpeechMark = Arc<Mutex<Option<Instant>>>;

/// The meter of a call's assistant.
#[derive(Clone, Debug, Default)]
pub struct AssistantMeter {
    meters: Meters,
    speech: SpeechMark,
}

impl CallMeter {
    pub(crate) fn new(meters: Meters) -> Self {
        Self { meters, provider: None, finished_at: None, speech: SpeechMark::default(), heard_at: None }
    }

    /// The meter of an assistant of this call.
    pub(crate) fn of_assistant(&self) -> AssistantMeter {
        AssistantMeter { meters: self.meters.clone(), speech: Arc::clone(&self.speech) }
    }

    /// An entry of the call's journal.
    pub(crate) fn take(&mut self, at: UnixMs, event: &Event) {
        match event {
            Event::Fact(fact) => self.take_fact(at, fact),
            Event::Decision(decision) => self.take_decision(decision),
        }
    }

    /// An assistant's audio was cleared from the caller's ear. It is a barge-in where speech was heard for it.
    pub(crate) fn cleared(&mut self) {
        if let Some(heard_at) = self.heard_at.take() {
            self.meters.0.barge_in.observe(heard_at.elapsed());
        }
    }

    fn take_fact(&mut self, at: UnixMs, fact: &Fact) {
        let meters = &*self.meters.0;
        self.heard_at = None;
        match fact {
            Fact::CallStarted { .. } => count(&meters.calls_started),
            Fact::LegLeft { how, .. } => meters.legs_left.count(&word(how)),
            Fact::SpeechStarted => {
                self.heard_at = self.speech.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.finished_at = None;
            }
            Fact::SpeechStopped { .. } => self.finished_at = Some(at),
            Fact::ItemStarted { line, .. } => {
                let waited = self.finished_at.take().map(|finished_at| at.ms_since(finished_at));
                if let (None, Some(waited_ms)) = (line, waited) {
                    let provider = self.provider.as_deref().unwrap_or("unknown");
                    meters.first_audio(provider, Duration::from_millis(waited_ms));
                }
            }
            Fact::AssistantReady { provider, .. } => self.provider = Some(provider.clone()),
            Fact::AssistantFailed { failure, .. } => {
                meters.provider_failures.count(failure.as_str());
                meters.failures.count(&format!("provider_{failure}"));
            }
            Fact::AssistantInterrupted { failure, .. } => {
                meters.provider_interruptions.count(failure.as_str());
                meters.failures.count(&format!("provider_{failure}"));
            }
            Fact::AssistantRestored { .. } => count(&meters.provider_reconnects),
            Fact::StepPanicked { .. } => meters.failures.count("step_panicked"),
            Fact::EffectFailed { effect, .. } => {
                meters.effects_failed.count(effect);
                meters.failures.count(&format!("effect_{effect}"));
            }
            Fact::RecordingFailed { .. } => meters.failures.count("recording_failed"),
            Fact::LegMisconfigured { .. } => meters.failures.count("leg_misconfigured"),
            Fact::Reborn { .. } => {
                count(&meters.calls_reborn);
                meters.failures.count("call_actor_died");
            }
            _ => {}
        }
    }

    fn take_decision(&mut self, decision: &Decision) {
        let meters = &*self.meters.0;
        match decision {
            Decision::Answered => count(&meters.calls_answered),
            Decision::BargeIn { .. } => count(&meters.barge_ins),
            Decision::ToolFinished { outcome, .. } => meters.tools.count(match outcome {
                ToolOutcome::Done { .. } => "done",
                ToolOutcome::Refused { .. } => "refused",
                ToolOutcome::Failed { .. } => "failed",
                ToolOutcome::TimedOut => "timed_out",
            }),
            Decision::AssistantReplaced { failure, .. } => {
                meters.assistants_replaced.count(failure.as_str());
            }
            Decision::Interrupted { .. } => meters.failures.count("call_interrupted"),
            Decision::Ended { ending, .. } => meters.calls_ended.count(&ending.cause.0),
            _ => {}
        }
    }
}

impl AssistantMeter {
    /// The caller's audio waited so long in the assistant's lane until the provider took it.
    pub(crate) fn taken_after(&self, waited: Duration) {
        self.meters.0.lane_wait.observe(waited);
    }

    /// The caller was heard to begin to speak, now.
    pub(crate) fn speech_started(&self) {
        *self.speech.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// What went wrong in the assistant's ear since `before`.
    pub(crate) fn ear(&self, before: &mut EarCounters, now: EarCounters) {
        self.meters.ear(before, now);
    }
}
