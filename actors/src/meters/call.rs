//! One call's part of the figures, read from its journal as it is written.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::LegId;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::voice_chain::VoiceName;
use tokio::time::Instant;

use super::{Meters, count, word};
use crate::media::EarCounters;

/// The meter of one call. It stays with the call when the call gets another actor.
#[derive(Debug)]
pub(crate) struct CallMeter {
    meters: Meters,
    /// The provider that answers, once there is one.
    provider: Option<String>,
    /// The configured assistant that is tried alongside the built-in one, and its provider once it is ready.
    tried: Option<(LegId, Option<String>)>,
    /// The voices of the call's chain.
    chain: Vec<VoiceName>,
    /// The voice that serves, or is to serve; none if the built-in assistant does.
    voice: Option<usize>,
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

impl AssistantMeter {
    /// Creates a meter whose figures are not shown.
    pub(crate) fn uncounted() -> Self {
        Self { meters: Meters::default(), speech: SpeechMark::default() }
    }
}

impl CallMeter {
    pub(crate) fn new(meters: Meters) -> Self {
        Self {
            meters,
            provider: None,
            tried: None,
            chain: Vec::new(),
            voice: None,
            finished_at: None,
            speech: SpeechMark::default(),
            heard_at: None,
        }
    }

    /// Creates the meter of an assistant of this call.
    pub(crate) fn of_assistant(&self) -> AssistantMeter {
        AssistantMeter { meters: self.meters.clone(), speech: Arc::clone(&self.speech) }
    }

    /// Takes in an entry of the call's journal.
    pub(crate) fn take(&mut self, at: UnixMs, event: &Event) {
        match event {
            Event::Fact(fact) => self.take_fact(at, fact),
            Event::Decision(decision) => self.take_decision(decision),
        }
    }

    /// An assistant's audio was cleared from the caller's ear. It is a barge-in if speech was heard for it.
    pub(crate) fn cleared(&mut self) {
        if let Some(heard_at) = self.heard_at.take() {
            self.meters.0.barge_in.observe(heard_at.elapsed());
        }
    }

    fn take_fact(&mut self, at: UnixMs, fact: &Fact) {
        let meters = &*self.meters.0;
        self.heard_at = None;
        match fact {
            Fact::CallStarted { profile, .. } => {
                count(&meters.calls_started);
                self.chain = profile.speech.voices.iter().map(|link| link.provider).collect();
                self.voice = Some(0);
            }
            Fact::LegLeft { how, .. } => meters.legs_left.count(&word(how)),
            Fact::LineMeasured { quality, .. } => {
                meters
                    .line_packets
                    .count_more("came", quality.packets_in - quality.packets_late_in.min(quality.packets_in));
                meters.line_packets.count_more("late", quality.packets_late_in);
                meters.line_packets.count_more("lost", quality.packets_lost_in);
                meters.line_concealed_ms.fetch_add(quality.concealed_ms, Ordering::Relaxed);
                meters.line_jitter.observe(Duration::from_millis(quality.jitter_ms_max.into()));
                if let Some(ms) = quality.round_trip_ms {
                    meters.line_round_trip.observe(Duration::from_millis(ms.into()));
                }
            }
            Fact::SpeechStarted => {
                self.heard_at = self.speech.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.finished_at = None;
            }
            Fact::SpeechStopped { .. } => self.finished_at = Some(at),
            Fact::ItemStarted { line, .. } => {
                let waited = self.finished_at.take().map(|finished_at| at.ms_since(finished_at));
                if let (None, Some(waited_ms)) = (line, waited) {
                    let provider = self.provider.as_deref().unwrap_or("unknown");
                    meters.first_audio.observe(provider, Duration::from_millis(waited_ms));
                }
            }
            Fact::AssistantReady { leg, provider, .. } => match &mut self.tried {
                Some((tried, of_tried)) if tried == leg => *of_tried = Some(provider.clone()),
                _ => self.provider = Some(provider.clone()),
            },
            // An attempt that has failed does not cost the call its assistant.
            Fact::AssistantFailed { leg, .. } if self.is_tried(*leg) => self.tried = None,
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
            Fact::FactsMissed { .. } => meters.failures.count("facts_missed"),
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

    fn is_tried(&self, leg: LegId) -> bool {
        self.tried.as_ref().is_some_and(|(tried, _)| *tried == leg)
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
            Decision::AssistantReplaced { role, place, failure, .. } => {
                meters.assistants_replaced.count(failure.as_str());
                let next = (*role == AssistantRole::Configured).then_some(usize::from(*place));
                let before = std::mem::replace(&mut self.voice, next);
                let named = |place: Option<usize>| self.chain.get(place?).copied();
                if let Some(from) = named(before).filter(|_| before != next) {
                    meters.voice_switches.count(from, named(next), *failure);
                }
            }
            Decision::AssistantTried { leg, .. } => {
                count(&meters.assistants_tried);
                self.tried = Some((*leg, None));
            }
            Decision::AssistantReturned { place, .. } => {
                count(&meters.assistants_returned);
                self.voice = Some(usize::from(*place));
                self.provider = self.tried.take().and_then(|(_, provider)| provider).or(self.provider.take());
            }
            Decision::AssistantGivenUp { failure } => meters.assistants_given_up.count(failure.as_str()),
            Decision::Interrupted { .. } => meters.failures.count("call_interrupted"),
            Decision::Ended { ending, .. } => meters.calls_ended.count(&ending.cause.0),
            _ => {}
        }
    }
}

impl AssistantMeter {
    /// Records how long the caller's audio waited in the assistant's lane until the provider took it.
    pub(crate) fn taken_after(&self, waited: Duration) {
        self.meters.0.lane_wait.observe(waited);
    }

    /// The caller was heard to begin to speak, now.
    pub(crate) fn speech_started(&self) {
        *self.speech.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Records the round-trip time between its provider and us, as the provider measures it.
    pub(crate) fn round_trip(&self, provider: &str, took: Duration) {
        self.meters.0.round_trip.observe(provider, took);
    }

    /// Counts the losses of the assistant's ear since `before`.
    pub(crate) fn ear(&self, before: &mut EarCounters, now: EarCounters) {
        self.meters.ear(before, now);
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::call::{Ending, HangupBy, HangupCause, LegEnd};
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::event::PlayedEnd;
    use cordboard_schema::ids::ItemId;
    use cordboard_schema::line::Line;
    use cordboard_schema::line_quality::LineQuality;
    use cordboard_schema::provider::ProviderFailure;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    /// The figures after these events, each reported at its time in ms.
    fn figures(events: &[(i64, Event)]) -> String {
        let meters = Meters::default();
        let mut call = CallMeter::new(meters.clone());
        for (at, event) in events {
            call.take(UnixMs(*at), event);
        }
        let mut registry = Registry::default();
        meters.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    fn started(line: Option<Line>) -> Event {
        Fact::ItemStarted { leg: LegId(2), item: ItemId(1), line }.into()
    }

    #[test]
    fn answers_are_timed_from_the_speech_end_and_exclude_lines() {
        let ready = Fact::AssistantReady { leg: LegId(2), provider: "openai".to_owned(), speaks_text: true };
        let text = figures(&[
            (0, ready.into()),
            (0, started(Some(Line::Greeting))),
            (1_000, Fact::SpeechStopped { speech_ms: 500 }.into()),
            (1_400, started(None)),
            (1_900, started(None)),
            (2_000, Fact::SpeechStopped { speech_ms: 500 }.into()),
            (2_500, started(Some(Line::StillThere))),
            (3_000, Fact::SpeechStopped { speech_ms: 500 }.into()),
            (3_100, Fact::SpeechStarted.into()),
            (3_200, started(None)),
        ]);
        assert!(text.contains("first_audio_seconds_count{provider=\"openai\"} 1\n"), "{text}");
        assert!(text.contains("first_audio_seconds_sum{provider=\"openai\"} 0.4\n"), "{text}");
    }

    #[test]
    fn failures_and_ends_are_counted_by_cause() {
        let failed = |failure| Fact::AssistantFailed { leg: LegId(2), failure, reason: "words".to_owned() };
        let interrupted = Fact::AssistantInterrupted {
            leg: LegId(2),
            failure: ProviderFailure::Disconnected,
            reason: String::new(),
        };
        let ending = Ending { cause: HangupCause::silence(), by: HangupBy::Assistant };
        let text = figures(&[
            (0, failed(ProviderFailure::RateLimited).into()),
            (0, failed(ProviderFailure::RateLimited).into()),
            (0, interrupted.into()),
            (0, Fact::AssistantRestored { leg: LegId(2), attempts: 1, away_ms: 10 }.into()),
            (0, Fact::EffectFailed { effect: "plug".to_owned(), reason: "words".to_owned() }.into()),
            (0, Fact::LegLeft { leg: LegId(1), how: LegEnd::Broken }.into()),
            (0, Decision::Ended { ending, next: NextStep::Hangup }.into()),
        ]);
        for sample in [
            "provider_failures_total{failure=\"rate_limited\"} 2",
            "provider_interruptions_total{failure=\"disconnected\"} 1",
            "provider_reconnects_total 1",
            "effects_failed_total{effect=\"plug\"} 1",
            "legs_left_total{how=\"broken\"} 1",
            "calls_ended_total{cause=\"caller_silent\"} 1",
            "failures_total{cause=\"provider_rate_limited\"} 2",
            "failures_total{cause=\"provider_disconnected\"} 1",
        ] {
            assert!(text.contains(&format!("{sample}\n")), "{sample} is missing in\n{text}");
        }
        assert!(!text.contains("words"), "free text in a label:\n{text}");
    }

    #[test]
    fn a_measured_connection_counts_its_packets_by_outcome() {
        let quality = LineQuality {
            packets_in: 950,
            packets_lost_in: 50,
            packets_late_in: 10,
            concealed_ms: 420,
            jitter_ms_max: 12,
            round_trip_ms: Some(80),
            ..LineQuality::default()
        };
        let text = figures(&[(0, Fact::LineMeasured { leg: LegId(1), quality }.into())]);
        for sample in [
            "line_packets_total{fate=\"came\"} 940",
            "line_packets_total{fate=\"late\"} 10",
            "line_packets_total{fate=\"lost\"} 50",
            "line_concealed_milliseconds_total 420",
            "line_jitter_seconds_sum 0.012",
            "line_round_trip_seconds_sum 0.08",
        ] {
            assert!(text.contains(&format!("{sample}\n")), "{sample} is missing in\n{text}");
        }
    }

    #[test]
    fn attempts_to_regain_an_assistant_do_not_count_as_failures() {
        let ready = |leg, provider: &str| {
            let provider = provider.to_owned();
            Event::from(Fact::AssistantReady { leg: LegId(leg), provider, speaks_text: true })
        };
        let tried = |leg| Event::from(Decision::AssistantTried { leg: LegId(leg), attempt: 1, place: 0 });
        let failed = Fact::AssistantFailed {
            leg: LegId(4),
            failure: ProviderFailure::Unreachable,
            reason: String::new(),
        };
        let text = figures(&[
            (0, ready(3, "builtin")),
            (1_000, tried(4)),
            (1_000, failed.into()),
            (3_000, tried(5)),
            (3_100, ready(5, "openai")),
            (3_200, Fact::SpeechStopped { speech_ms: 500 }.into()),
            (3_300, started(None)),
            (
                4_000,
                Decision::AssistantReturned { leg: LegId(5), attempts: 2, away_ms: 4_000, place: 0 }.into(),
            ),
            (5_000, Fact::SpeechStopped { speech_ms: 500 }.into()),
            (5_200, started(None)),
            (6_000, Decision::AssistantGivenUp { failure: ProviderFailure::QuotaExhausted }.into()),
        ]);
        for sample in [
            "assistants_tried_total 2",
            "assistants_returned_total 1",
            "assistants_given_up_total{failure=\"quota_exhausted\"} 1",
            "first_audio_seconds_sum{provider=\"builtin\"} 0.1",
            "first_audio_seconds_sum{provider=\"openai\"} 0.2",
        ] {
            assert!(text.contains(&format!("{sample}\n")), "{sample} is missing in\n{text}");
        }
        assert!(!text.contains("unreachable"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_barge_in_is_timed_from_when_speech_was_heard() {
        let meters = Meters::default();
        let mut call = CallMeter::new(meters.clone());
        let assistant = call.of_assistant();
        let cleared = |call: &mut CallMeter| call.cleared();
        assistant.speech_started();
        tokio::time::advance(Duration::from_millis(3)).await;
        call.take(UnixMs(0), &Fact::SpeechStarted.into());
        call.take(UnixMs(0), &Decision::BargeIn { item: ItemId(1), heard_ms: 10 }.into());
        cleared(&mut call);
        // A key clears too, and so does a later step: nobody spoke for those.
        cleared(&mut call);
        assistant.speech_started();
        call.take(UnixMs(5), &Fact::SpeechStarted.into());
        let played = Fact::PlayedUntil { item: ItemId(2), heard_ms: 5, end: PlayedEnd::Cleared };
        call.take(UnixMs(6), &played.into());
        cleared(&mut call);
        let mut registry = Registry::default();
        meters.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(text.contains("barge_in_seconds_count 1\n"), "{text}");
        assert!(text.contains("barge_in_seconds_sum 0.003\n"), "{text}");
        assert!(text.contains("barge_ins_total 1\n"), "{text}");
    }
}
