//! Conversation between caller and assistant: the time of silence, and the number of interruptions by the caller.
//!
//! The conversation lasts from the answer to the end, without the time in which the caller is on hold, waits for a person or
//! talks with one, and without the time in which their switch has them. A supervisor who barges in is such a person. It is
//! silent while the assistant hears no speech of the caller and none of its utterances is being played. The alarm for silence
//! counts in the same way (`call/src/alarm_watch.rs`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::callers_audio::CallersAudio;
use crate::event::{Decision, Fact};
use crate::ids::{EffectId, ItemId};
use crate::people_with_caller::PeopleWithCaller;
use crate::supervisors_with_caller::SupervisorsWithCaller;
use crate::time::UnixMs;

/// Figures of a conversation, and its current state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// Duration of the conversation, in ms.
    #[serde(skip_serializing_if = "is_zero")]
    pub conversed_ms: u64,
    /// Time in which neither spoke, in ms.
    #[serde(skip_serializing_if = "is_zero")]
    pub silent_ms: u64,
    /// Utterances of the assistant that the caller interrupted after hearing part of them.
    #[serde(skip_serializing_if = "is_zero")]
    pub interruptions: u64,
    /// Up to when these are counted; none if there is no conversation now.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<UnixMs>,
    #[serde(skip_serializing_if = "PeopleWithCaller::are_none")]
    people: PeopleWithCaller,
    #[serde(skip_serializing_if = "CallersAudio::is_none")]
    audio: CallersAudio,
    #[serde(skip_serializing_if = "SupervisorsWithCaller::are_none")]
    barging: SupervisorsWithCaller,
    /// Whether there would be a conversation if the caller were not waiting for a person, talking with a supervisor, or without
    /// audio.
    #[serde(skip_serializing_if = "is_no")]
    talks: bool,
    /// The hand-off for which the caller waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    handoff: Option<EffectId>,
    #[serde(skip_serializing_if = "is_no")]
    caller_speaks: bool,
    /// Utterances that have begun and are not finished.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    playing: BTreeSet<ItemId>,
    /// The newest utterance whose end is known: a later report of its beginning is outdated.
    #[serde(skip_serializing_if = "Option::is_none")]
    played: Option<ItemId>,
    /// Whether the caller began to speak while they were playing.
    #[serde(skip_serializing_if = "is_no")]
    spoken_over: bool,
}

impl Conversation {
    /// Applies a fact of the journal.
    pub(super) fn apply_fact(&mut self, fact: &Fact, at: UnixMs) {
        if self.audio.apply(fact) {
            self.set_state(at, self.talks, self.handoff);
            if self.audio.has_left() {
                self.is_unheard();
            }
        }
        match fact {
            Fact::ServerRestarted { away_ms: Some(away_ms), .. } => self.rests(at - *away_ms, at),
            Fact::SpeechStarted => {
                self.count_until(at);
                self.caller_speaks = true;
                self.spoken_over |= self.since.is_some() && !self.playing.is_empty();
            }
            Fact::SpeechStopped { .. } => {
                self.count_until(at);
                self.caller_speaks = false;
            }
            Fact::ItemStarted { item, .. } => {
                self.count_until(at);
                if self.played.is_none_or(|played| *item > played) {
                    self.playing.insert(*item);
                }
            }
            Fact::PlayedUntil { item, heard_ms, .. } => {
                self.count_until(at);
                self.playing.remove(item);
                self.played = self.played.max(Some(*item));
                if self.spoken_over && *heard_ms > 0 {
                    self.interruptions += 1;
                    self.spoken_over = false;
                }
                self.spoken_over &= !self.playing.is_empty();
            }
            _ => {}
        }
    }

    /// Applies a decision of the journal.
    pub(super) fn apply_decision(&mut self, decision: &Decision, at: UnixMs) {
        if let Some(request) = self.people.apply(decision) {
            let waits = self.handoff.filter(|waiting| *waiting != request);
            return self.stop(at, waits);
        }
        if self.barging.apply(decision) {
            self.set_state(at, self.talks, self.handoff);
        }
        match decision {
            Decision::Answered | Decision::Resumed { .. } => {
                self.audio.is_back();
                // A person may have waited for them.
                self.set_state(at, !self.people.have_caller(), self.handoff);
            }
            // A person may have put the caller on hold.
            Decision::HoldEnded { .. } => {
                self.set_state(at, !self.people.have_caller(), self.handoff);
            }
            Decision::CallerReturned { .. } | Decision::HandedBack { .. } => {
                self.set_state(at, true, self.handoff);
            }
            Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. } => {
                self.set_state(at, self.talks, Some(*handoff));
            }
            Decision::HandoffAbandoned { handoff, .. } => {
                let waits = self.handoff.filter(|waiting| waiting != handoff);
                self.set_state(at, self.talks, waits);
            }
            Decision::HoldBegan | Decision::Interrupted { .. } => self.stop(at, self.handoff),
            Decision::AssistantSaid { item, heard_ms, .. } | Decision::Whispered { item, heard_ms, .. } => {
                self.transcribed(*item, *heard_ms, at);
            }
            Decision::Ended { .. } => {
                self.stop(at, None);
                self.audio = CallersAudio::default();
            }
            _ => {}
        }
    }

    /// Ends an utterance that is recorded in the transcript. No ear reports words that nobody was to hear, or whose assistant
    /// failed before their audio: they end here.
    fn transcribed(&mut self, item: ItemId, heard_ms: u64, at: UnixMs) {
        if !self.playing.contains(&item) {
            return;
        }
        self.count_until(at);
        self.playing.remove(&item);
        self.played = self.played.max(Some(item));
        self.spoken_over &= heard_ms > 0 || !self.playing.is_empty();
    }

    /// Whether a person has the caller.
    pub(super) fn is_with_person(&self) -> bool {
        self.people.have_caller()
    }

    /// Records that the assistant no longer has the caller: its current words are not heard.
    fn stop(&mut self, at: UnixMs, handoff: Option<EffectId>) {
        self.set_state(at, false, handoff);
        self.is_unheard();
    }

    /// Nobody is heard from now on.
    fn is_unheard(&mut self) {
        self.playing.clear();
        (self.caller_speaks, self.spoken_over) = (false, false);
    }

    fn set_state(&mut self, at: UnixMs, talks: bool, handoff: Option<EffectId>) {
        self.count_until(at);
        (self.talks, self.handoff) = (talks, handoff);
        let is_with_assistant = talks && handoff.is_none() && self.barging.are_none();
        self.since = (is_with_assistant && !self.audio.has_left()).then_some(at);
    }

    /// Counts no time between these moments: no process had the call.
    fn rests(&mut self, from: UnixMs, until: UnixMs) {
        self.count_until(from);
        self.since = self.since.map(|_| until);
    }

    /// Counts the time up to a moment.
    fn count_until(&mut self, at: UnixMs) {
        let Some(since) = &mut self.since else { return };
        let ms = at.ms_since(*since);
        *since = at;
        self.conversed_ms = self.conversed_ms.saturating_add(ms);
        if !self.caller_speaks && self.playing.is_empty() {
            self.silent_ms = self.silent_ms.saturating_add(ms);
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::agent::AgentEnd;
    use crate::audio::SampleRate;
    use crate::call::{Ending, HangupBy, HangupCause, LegEnd, LegKind};
    use crate::dialplan::NextStep;
    use crate::event::{Event, PlayedEnd};
    use crate::ids::{LegId, OutsideId, UserId};
    use crate::supervision::SupervisionMode;
    use crate::switch::HandoffFailure;

    fn figures_of(events: impl IntoIterator<Item = (i64, Event)>) -> (u64, u64, u64) {
        let mut conversation = Conversation::default();
        for (at, event) in events {
            match &event {
                Event::Fact(fact) => conversation.apply_fact(fact, UnixMs(at)),
                Event::Decision(decision) => conversation.apply_decision(decision, UnixMs(at)),
            }
            // It continues from the stored row.
            let text = serde_json::to_string(&conversation).unwrap();
            assert_eq!(serde_json::from_str::<Conversation>(&text).unwrap(), conversation, "{text}");
        }
        (conversation.conversed_ms, conversation.silent_ms, conversation.interruptions)
    }

    fn says(item: u64) -> Event {
        Fact::ItemStarted { leg: LegId(2), item: ItemId(item), line: None }.into()
    }

    fn heard(item: u64, heard_ms: u64) -> Event {
        let end = PlayedEnd::Finished;
        Fact::PlayedUntil { item: ItemId(item), heard_ms, end }.into()
    }

    fn speaks() -> Event {
        Fact::SpeechStarted.into()
    }

    fn stops() -> Event {
        Fact::SpeechStopped { speech_ms: 500 }.into()
    }

    fn ends() -> Event {
        let ending = Ending { cause: HangupCause::no_audio(), by: HangupBy::Caller };
        Decision::Ended { ending, next: NextStep::Hangup }.into()
    }

    fn asks(handoff: u64) -> Event {
        let (target, reason) = ("sales".to_owned(), String::new());
        Decision::AgentRequested { handoff: EffectId(handoff), target, reason }.into()
    }

    #[test]
    fn silence_counts_when_neither_speaks_during_the_conversation() {
        let all = figures_of([
            (0, speaks()),
            (500, stops()),
            (1_000, Decision::Answered.into()),
            (1_400, says(1)),
            (3_400, heard(1, 2_000)),
            (4_000, speaks()),
            (5_000, stops()),
            (5_700, says(2)),
            (7_000, heard(2, 1_300)),
            (9_000, ends()),
            (9_500, stops()),
        ]);
        assert_eq!(all, (8_000, 400 + 600 + 700 + 2_000, 0));
    }

    #[test]
    fn the_time_without_a_server_does_not_count() {
        let killed = Fact::ServerRestarted { recorded_ms: None, away_ms: Some(3_600_000) };
        let all = figures_of([
            (0, Decision::Answered.into()),
            (4_000, speaks()),
            (5_000, stops()),
            (3_606_000, killed.into()),
            (3_606_000, Decision::Interrupted { until: UnixMs(3_636_000) }.into()),
            (3_636_000, ends()),
        ]);
        assert_eq!(all, (6_000, 5_000, 0));
    }

    #[test]
    fn unreported_utterances_end_once_transcribed() {
        let (text, end) = (String::new(), PlayedEnd::Cleared);
        let all = figures_of([
            (0, Decision::Answered.into()),
            (1_000, says(1)),
            (2_000, speaks()),
            (2_500, stops()),
            (3_000, Decision::AssistantSaid { item: ItemId(1), text, heard_ms: 0, end }.into()),
            (4_000, says(2)),
            (5_000, heard(2, 1_000)),
            (9_000, ends()),
        ]);
        assert_eq!(all, (9_000, 1_000 + 1_000 + 4_000, 0));
    }

    #[test]
    fn time_waiting_for_or_with_a_person_does_not_count() {
        let abandoned = |handoff| {
            let failure = HandoffFailure::NoAnswer;
            Event::from(Decision::HandoffAbandoned { handoff: EffectId(handoff), failure })
        };
        let all = figures_of([
            (0, Decision::Answered.into()),
            (1_000, asks(1)),
            (1_200, says(1)),
            (2_000, speaks()),
            (2_500, heard(1, 800)),
            (3_000, stops()),
            (9_000, abandoned(1)),
            (10_000, asks(2)),
            (12_000, Decision::HandoffBridged { handoff: EffectId(2) }.into()),
            (60_000, ends()),
        ]);
        assert_eq!(all, (2_000, 2_000, 0), "before the hand-off, and between the two");
    }

    #[test]
    fn a_talk_with_a_supervisor_does_not_count() {
        let (user_id, leg) = (UserId(Uuid::from_u128(1)), LegId(3));
        let changes = |mode| Event::from(Decision::SupervisionChanged { user_id, mode });
        let all = figures_of([
            (0, Decision::Answered.into()),
            (1_000, Decision::SupervisorJoined { user_id, leg, mode: SupervisionMode::Listen }.into()),
            (2_000, changes(SupervisionMode::Barge)),
            (3_000, speaks()),
            (4_000, stops()),
            (60_000, changes(SupervisionMode::Listen)),
            (63_000, ends()),
        ]);
        assert_eq!(all, (5_000, 5_000, 0));
    }

    #[test]
    fn the_time_of_a_caller_without_audio_does_not_count() {
        let leg_kind = LegKind::Web;
        let arrives = |leg| {
            let (leg, outside_id) = (LegId(leg), OutsideId::web(Uuid::nil()));
            Event::from(Fact::LegArrived { leg, leg_kind, outside_id, confirmed: false, agent: None })
        };
        let joins =
            |leg| Event::from(Fact::LegJoined { leg: LegId(leg), leg_kind, rate: SampleRate::HZ_8000 });
        let all = figures_of([
            (0, arrives(1)),
            (100, joins(1)),
            (1_000, Decision::Answered.into()),
            // Their switch parks them, and gives them back.
            (3_000, Fact::LegLeft { leg: LegId(1), how: LegEnd::Released }.into()),
            (60_000, Decision::ParkEnded { parked_ms: 57_000 }.into()),
            (61_000, arrives(4)),
            (61_000, joins(4)),
            (61_000, Decision::Resumed { away_ms: 1_000 }.into()),
            (64_000, ends()),
        ]);
        assert_eq!(all, (5_000, 5_000, 0));
    }

    #[test]
    fn a_conversation_after_a_persons_hold_is_not_silence() {
        let (handoff, user_id, leg) = (EffectId(1), UserId(Uuid::from_u128(1)), LegId(3));
        let joined = || Event::from(Decision::AgentJoined { handoff, user_id, leg });
        let left = || Event::from(Decision::AgentLeft { user_id, talked_ms: Some(1), how: AgentEnd::Left });
        let holds = || Event::from(Decision::HoldBegan);
        let holds_no_more = || Event::from(Decision::HoldEnded { held_ms: 1_000 });
        let by_agent = figures_of([
            (0, Decision::Answered.into()),
            (1_000, asks(1)),
            (2_000, joined()),
            (10_000, holds()),
            (20_000, holds_no_more()),
            (60_000, Decision::Interrupted { until: UnixMs(90_000) }.into()),
            (70_000, Decision::Resumed { away_ms: 10_000 }.into()),
            (80_000, holds()),
            (90_000, left()),
            (90_000, holds_no_more()),
            (90_000, Decision::CallerReturned { handoff }.into()),
            (94_000, holds()),
            (95_000, holds_no_more()),
            (97_000, ends()),
        ]);
        assert_eq!(by_agent, (7_000, 7_000, 0), "before the agent, and after them without the hold");
        let by_switch = figures_of([
            (0, Decision::Answered.into()),
            (1_000, asks(1)),
            (2_000, Decision::HandoffBridged { handoff }.into()),
            (10_000, holds()),
            (20_000, holds_no_more()),
            (60_000, Decision::Interrupted { until: UnixMs(90_000) }.into()),
            (70_000, Decision::Resumed { away_ms: 10_000 }.into()),
            (72_000, ends()),
        ]);
        assert_eq!(by_switch, (3_000, 3_000, 0), "the person is gone when the caller comes back");
    }

    #[test]
    fn a_conversation_with_an_outsider_after_holds_is_not_silence() {
        let (handoff, consult, user_id) = (EffectId(1), EffectId(2), UserId(Uuid::from_u128(1)));
        let target = || "doctor".to_owned();
        let all = figures_of([
            (0, Decision::Answered.into()),
            (1_000, asks(1)),
            (2_000, Decision::AgentJoined { handoff, user_id, leg: LegId(3) }.into()),
            (3_000, Decision::OutsiderJoined { consult, target: target() }.into()),
            (4_000, Decision::AgentLeft { user_id, talked_ms: Some(1), how: AgentEnd::Left }.into()),
            (10_000, Decision::HoldBegan.into()),
            (20_000, Decision::HoldEnded { held_ms: 10_000 }.into()),
            (60_000, Decision::Interrupted { until: UnixMs(90_000) }.into()),
            (70_000, Decision::Resumed { away_ms: 10_000 }.into()),
            (80_000, Decision::OutsiderLeft { consult, target: target(), talked_ms: Some(1) }.into()),
            (80_000, Decision::CallerReturned { handoff }.into()),
            (82_000, ends()),
        ]);
        assert_eq!(all, (3_000, 3_000, 0), "before the agent, and after the outsider");
    }

    #[test]
    fn an_utterance_is_interrupted_once_and_only_if_heard() {
        let all = figures_of([
            (0, Decision::Answered.into()),
            (0, says(1)),
            (100, speaks()),
            (200, stops()),
            (300, speaks()),
            (400, heard(1, 390)),
            (500, stops()),
            // It was cleared before it was heard, and its beginning was reported later.
            (600, says(2)),
            (610, speaks()),
            (620, heard(2, 0)),
            (620, heard(3, 0)),
            (630, says(3)),
            (700, stops()),
            // The caller speaks already when the assistant begins.
            (800, speaks()),
            (900, says(4)),
            (1_000, stops()),
            (1_900, heard(4, 1_000)),
            (2_000, says(5)),
            (2_100, speaks()),
            (2_200, heard(5, 200)),
        ]);
        assert_eq!((all.0, all.2), (2_200, 2));
    }
}
