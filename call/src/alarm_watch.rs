//! Alarms of a call: the entries of its journal and the current time go in, alarms come out. Pure, like the call's machine, and separate
//! from it: no call waits for its alarms.
//!
//! ```text
//! waits     caller is waiting ──answered──┐        agent_requested, handoff_requested ──agent_joined, handoff_bridged, handoff_abandoned──┐
//!           (inbound)                └─> no                                                                                           └─> no
//! silence   answered, a speaker has stopped ──someone begins to speak; on hold; a person has the caller; a supervisor talks with them──> no
//! ```

use std::collections::BTreeSet;

use cordboard_schema::alarm::{AlarmCause, AlarmOn, AlarmRule, SaidBy, words_of};
use cordboard_schema::call::Direction;
use cordboard_schema::callers_audio::CallersAudio;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{EffectId, ItemId};
use cordboard_schema::people_with_caller::PeopleWithCaller;
use cordboard_schema::supervisors_with_caller::SupervisorsWithCaller;
use cordboard_schema::time::UnixMs;

use crate::machine::WRITER_PATIENCE_MS;

/// An alarm to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The rule's name.
    pub rule: String,
    /// Why it is raised.
    pub cause: AlarmCause,
    /// When it was due.
    pub at: UnixMs,
}

/// Everything that alarms need to know about a call.
#[derive(Clone, Debug, Default)]
pub struct AlarmWatch {
    /// The call is inbound and not answered yet.
    unanswered: bool,
    /// Since when the caller has waited for an answer, counted from when they are connected. A call that is only announced may have nobody
    /// on it.
    unanswered_since: Option<UnixMs>,
    /// The current hand-off, and since when the caller has waited for a person.
    asked: Option<(EffectId, UnixMs)>,
    /// When the last hand-off failed, and since when the caller had waited by then. If the same step asks another person, that wait
    /// continues.
    given_up: Option<(UnixMs, UnixMs)>,
    /// Nobody hears the caller: they are on hold, or their line is lost.
    is_away: bool,
    audio: CallersAudio,
    barging: SupervisorsWithCaller,
    /// Caller and assistant are talking with each other.
    talks: bool,
    people: PeopleWithCaller,
    /// The caller is speaking.
    caller_speaks: bool,
    /// The caller writes instead of speaking.
    writes: bool,
    /// Utterances that the assistant has begun and the caller has not yet heard to the end.
    items: BTreeSet<ItemId>,
    /// Since when nobody has spoken.
    silent_since: Option<UnixMs>,
    /// Rules that have already raised their alarm for this call. Each rule raises it once.
    raised: BTreeSet<String>,
    is_over: bool,
}

impl AlarmWatch {
    /// Takes an entry of the call's journal and returns the alarms that it raises. Alarms that were due before it come first.
    pub fn take(&mut self, entry: &JournalEntry, rules: &[AlarmRule]) -> Vec<Raised> {
        let mut raised = self.due(rules, entry.at);
        let at = entry.at;
        match &entry.event {
            Event::Fact(fact) => self.fact(fact, at),
            Event::Decision(decision) => self.decision(decision, at),
        }
        for rule in rules.iter().filter(|rule| rule.enabled) {
            if let Some(cause) = at_once(&rule.on, &entry.event)
                && self.raised.insert(rule.name.clone())
            {
                raised.push(Raised { rule: rule.name.clone(), cause, at });
            }
        }
        raised
    }

    /// Returns the alarms that are due by now.
    pub fn due(&mut self, rules: &[AlarmRule], now: UnixMs) -> Vec<Raised> {
        let due: Vec<Raised> = rules
            .iter()
            .filter_map(|rule| {
                let (at, cause) = self.deadline(rule).filter(|(at, _)| *at <= now)?;
                Some(Raised { rule: rule.name.clone(), cause, at })
            })
            .collect();
        self.raised.extend(due.iter().map(|one| one.rule.clone()));
        due
    }

    /// Returns when the next alarm is due, unless something happens before.
    pub fn next(&self, rules: &[AlarmRule]) -> Option<UnixMs> {
        rules.iter().filter_map(|rule| self.deadline(rule)).map(|(at, _)| at).min()
    }

    /// Whether the call has ended and can raise no more alarms.
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns when this rule raises its alarm, and why. `None` if the rule is not about a time or has already raised its alarm.
    fn deadline(&self, rule: &AlarmRule) -> Option<(UnixMs, AlarmCause)> {
        if self.is_over || !rule.enabled || self.raised.contains(&rule.name) {
            return None;
        }
        let (since, s, cause) = match rule.on {
            AlarmOn::CallerWaits { longer_than_s } => {
                let since = self.asked.map(|(_, since)| since).or(self.unanswered_since)?;
                (since, longer_than_s, AlarmCause::CallerWaits { longer_than_s })
            }
            AlarmOn::Silence { longer_than_s } => {
                let longer_than_s = longer_than_s.max(self.least_silence_s());
                (self.silent_since?, longer_than_s, AlarmCause::Silence { longer_than_s })
            }
            AlarmOn::AssistantFailed | AlarmOn::WordsSaid { .. } => return None,
        };
        Some((since + u64::from(s) * 1_000, cause))
    }

    /// Returns how long a silence lasts at least, in s: nobody hears that a caller writes.
    fn least_silence_s(&self) -> u32 {
        let least_ms = if self.writes { WRITER_PATIENCE_MS } else { 0 };
        u32::try_from(least_ms / 1_000).unwrap_or(u32::MAX)
    }

    fn fact(&mut self, fact: &Fact, at: UnixMs) {
        if self.audio.apply(fact) && self.audio.has_left() {
            self.clear_speech();
        }
        match fact {
            Fact::CallStarted { announced: Some(announced), .. } => self.writes |= announced.writes,
            Fact::Announced { announcement } => self.writes |= announcement.writes,
            Fact::Typed { .. } => self.writes = true,
            Fact::SpeechStarted => self.writes = false,
            _ => {}
        }
        match fact {
            Fact::CallStarted { direction: Direction::Inbound, .. } => self.unanswered = true,
            Fact::LegArrived { .. } | Fact::ControlAttached { .. } | Fact::DocumentAsked { .. }
                if self.unanswered =>
            {
                self.unanswered_since.get_or_insert(at);
            }
            Fact::SpeechStarted => {
                self.caller_speaks = true;
                self.silent_since = None;
            }
            Fact::SpeechStopped { .. } => {
                self.caller_speaks = false;
                self.falls_silent(at);
            }
            Fact::Typed { .. } | Fact::Dtmf { .. } => {
                self.silent_since = None;
                self.falls_silent(at);
            }
            Fact::ItemStarted { item, .. } => {
                self.items.insert(*item);
                // Speech reported late, after a hold or a talk with a person has begun, is heard by nobody.
                self.talks |= !self.is_away && !self.people.have_caller();
                self.silent_since = None;
            }
            Fact::PlayedUntil { item, .. } => {
                self.items.remove(item);
                self.falls_silent(at);
            }
            _ => {}
        }
    }

    fn decision(&mut self, decision: &Decision, at: UnixMs) {
        if let Some(request) = self.people.apply(decision) {
            self.asked.take_if(|(asked, _)| *asked == request);
            self.is_away = false;
            return self.talks_no_more();
        }
        if self.barging.apply(decision) {
            self.silent_since = None;
            self.falls_silent(at);
        }
        match decision {
            Decision::Answered => {
                self.unanswered = false;
                self.unanswered_since = None;
                self.audio.is_back();
                self.talks = true;
                self.falls_silent(at);
            }
            Decision::HandoffRequested { handoff, .. } | Decision::AgentRequested { handoff, .. } => {
                let goes_on = self.given_up.take().filter(|(given_up, _)| *given_up == at);
                self.asked = Some((*handoff, goes_on.map_or(at, |(_, since)| since)));
                // Music is not silence.
                self.silent_since = None;
            }
            Decision::HandoffAbandoned { handoff, .. } => {
                let waited = self.asked.take_if(|(asked, _)| asked == handoff);
                self.given_up = waited.map(|(_, since)| (at, since));
                self.falls_silent(at);
            }
            // No ear reports words that nobody was to hear, or whose assistant failed before their sound. They end once they are in the
            // transcript.
            Decision::AssistantSaid { item, .. } | Decision::Whispered { item, .. } => {
                self.words_end(*item, at);
            }
            Decision::HoldBegan | Decision::Interrupted { .. } => {
                self.is_away = true;
                self.talks_no_more();
            }
            Decision::Resumed { .. } => {
                self.audio.is_back();
                self.is_back(at);
            }
            // A person may have put the caller on hold, or waited for them.
            Decision::HoldEnded { .. } | Decision::CallerReturned { .. } | Decision::HandedBack { .. } => {
                self.is_back(at);
            }
            Decision::Ended { .. } => self.is_over = true,
            _ => {}
        }
    }

    fn words_end(&mut self, item: ItemId, at: UnixMs) {
        if self.items.remove(&item) {
            self.falls_silent(at);
        }
    }

    /// The caller is back: with the assistant, unless a person has them.
    fn is_back(&mut self, at: UnixMs) {
        self.is_away = false;
        if !self.people.have_caller() {
            self.talks = true;
            self.falls_silent(at);
        }
    }

    /// A speaker has stopped. If nobody else is speaking, silence begins now.
    fn falls_silent(&mut self, at: UnixMs) {
        let is_with_assistant = self.talks && self.asked.is_none() && self.barging.are_none();
        if is_with_assistant && !self.audio.has_left() && !self.caller_speaks && self.items.is_empty() {
            self.silent_since.get_or_insert(at);
        }
    }

    fn talks_no_more(&mut self) {
        self.talks = false;
        self.clear_speech();
    }

    /// Nobody is heard from now on.
    fn clear_speech(&mut self) {
        self.silent_since = None;
        self.items.clear();
        self.caller_speaks = false;
    }
}

/// Returns why this event raises an alarm at once, if it does.
fn at_once(on: &AlarmOn, event: &Event) -> Option<AlarmCause> {
    match (on, event) {
        (AlarmOn::AssistantFailed, Event::Fact(Fact::AssistantFailed { failure, .. })) => {
            Some(AlarmCause::AssistantFailed { failure: *failure })
        }
        (AlarmOn::WordsSaid { phrases, by }, Event::Decision(decision)) => {
            let text = match (decision, by) {
                (Decision::CallerSaid { text }, SaidBy::Caller | SaidBy::Anybody)
                | (Decision::AssistantSaid { text, .. }, SaidBy::Assistant | SaidBy::Anybody) => text,
                _ => return None,
            };
            let said: Vec<String> = words_of(text).collect();
            let is_said = |phrase: &&String| {
                let phrase: Vec<String> = words_of(phrase).collect();
                !phrase.is_empty() && said.windows(phrase.len()).any(|words| words == phrase)
            };
            let phrase = phrases.iter().find(is_said)?.clone();
            Some(AlarmCause::WordsSaid { phrase })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::agent::AgentEnd;
    use cordboard_schema::audio::SampleRate;
    use cordboard_schema::call::{LegEnd, LegKind};
    use cordboard_schema::event::{Announcement, PlayedEnd};
    use cordboard_schema::ids::{CallId, LegId, OrganizationId, OutsideId, UserId};
    use cordboard_schema::provider::ProviderFailure;
    use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode};
    use uuid::Uuid;

    use super::*;

    /// A watch that is fed with events by the second.
    struct WatchedEvents {
        watch: AlarmWatch,
        rules: Vec<AlarmRule>,
    }

    fn watch(rules: &[(&str, AlarmOn)]) -> WatchedEvents {
        let rule = |(name, on): &(&str, AlarmOn)| AlarmRule {
            name: (*name).to_owned(),
            enabled: true,
            on: on.clone(),
        };
        WatchedEvents { watch: AlarmWatch::default(), rules: rules.iter().map(rule).collect() }
    }

    impl WatchedEvents {
        fn at(&mut self, s: i64, event: impl Into<Event>) -> Vec<(String, i64)> {
            let entry = JournalEntry {
                organization_id: OrganizationId(Uuid::nil()),
                call_id: CallId(Uuid::nil()),
                seq: 1,
                at: UnixMs(s * 1_000),
                event: event.into(),
            };
            named(self.watch.take(&entry, &self.rules))
        }

        fn passes(&mut self, s: i64) -> Vec<(String, i64)> {
            named(self.watch.due(&self.rules, UnixMs(s * 1_000)))
        }

        fn next_s(&self) -> Option<i64> {
            self.watch.next(&self.rules).map(|at| at.0 / 1_000)
        }
    }

    fn named(raised: Vec<Raised>) -> Vec<(String, i64)> {
        raised.into_iter().map(|one| (one.rule, one.at.0 / 1_000)).collect()
    }

    fn requested(handoff: u64) -> Decision {
        let (target, reason) = ("sales".to_owned(), "a bill".to_owned());
        Decision::AgentRequested { handoff: EffectId(handoff), target, reason }
    }

    fn caller_said(text: &str) -> Decision {
        Decision::CallerSaid { text: text.to_owned() }
    }

    #[test]
    fn waiting_for_a_person_raises_one_alarm_when_due() {
        let mut call = watch(&[("waits", AlarmOn::CallerWaits { longer_than_s: 60 })]);
        call.at(0, Decision::Answered);
        call.at(10, requested(1));
        assert_eq!(call.next_s(), Some(70));
        assert!(call.passes(69).is_empty());
        assert_eq!(call.passes(75), [("waits".to_owned(), 70)], "the alarm is dated when it was due");
        assert!(call.passes(500).is_empty() && call.next_s().is_none(), "each rule raises one alarm a call");
        call.at(600, requested(2));
        assert_eq!(call.next_s(), None, "each rule raises one alarm a call");
    }

    #[test]
    fn a_caller_served_in_time_raises_no_alarm() {
        let mut call = watch(&[("waits", AlarmOn::CallerWaits { longer_than_s: 60 })]);
        call.at(0, requested(1));
        let (handoff, user_id, leg) = (EffectId(1), cordboard_schema::ids::UserId(Uuid::nil()), LegId(4));
        call.at(30, Decision::AgentJoined { handoff, user_id, leg });
        assert_eq!(call.next_s(), None);
        // An alarm that was due before the next event is raised before that event.
        let mut late = watch(&[("waits", AlarmOn::CallerWaits { longer_than_s: 60 })]);
        late.at(0, requested(1));
        assert_eq!(late.at(90, Decision::AgentJoined { handoff, user_id, leg }), [("waits".to_owned(), 60)]);
    }

    #[test]
    fn silence_counts_from_the_end_of_speech_or_music() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        call.at(0, Decision::Answered);
        let (leg, item) = (LegId(2), ItemId(1));
        call.at(1, Fact::ItemStarted { leg, item, line: None });
        assert_eq!(call.next_s(), None, "the assistant speaks");
        call.at(9, Fact::PlayedUntil { item, heard_ms: 8_000, end: PlayedEnd::Finished });
        assert_eq!(call.next_s(), Some(29));
        call.at(12, Fact::SpeechStarted);
        assert_eq!(call.next_s(), None, "the caller speaks");
        call.at(15, Fact::SpeechStopped { speech_ms: 3_000 });
        assert_eq!(call.next_s(), Some(35));
        call.at(16, requested(1));
        assert_eq!(call.next_s(), None, "music plays");
        let failure = cordboard_schema::switch::HandoffFailure::NoAnswer;
        call.at(40, Decision::HandoffAbandoned { handoff: EffectId(1), failure });
        assert_eq!(call.passes(60), [("silence".to_owned(), 60)]);
    }

    /// As long as the assistant waits for them before it asks whether they are still there.
    #[test]
    fn a_caller_who_writes_is_not_silent_for_two_minutes() {
        let mut call = watch(&[
            ("silence", AlarmOn::Silence { longer_than_s: 20 }),
            ("long", AlarmOn::Silence { longer_than_s: 300 }),
        ]);
        let announcement = Announcement { writes: true, ..Announcement::default() };
        call.at(0, Fact::Announced { announcement });
        call.at(0, Decision::Answered);
        assert_eq!(call.next_s(), Some(120), "they write their first message");
        call.at(100, Fact::Typed { leg: LegId(1), text: "Do you open on Monday?".to_owned() });
        assert!(call.passes(219).is_empty());
        assert_eq!(call.passes(220), [("silence".to_owned(), 220)]);
        assert_eq!(call.next_s(), Some(400), "a longer time is as it was set");

        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        call.at(0, Decision::Answered);
        call.at(5, Fact::Typed { leg: LegId(1), text: "Hello?".to_owned() });
        call.at(10, Fact::SpeechStarted);
        call.at(12, Fact::SpeechStopped { speech_ms: 2_000 });
        assert_eq!(call.next_s(), Some(32), "they speak again");
    }

    #[test]
    fn a_wait_goes_on_while_several_people_are_asked() {
        let mut call = watch(&[("waits", AlarmOn::CallerWaits { longer_than_s: 60 })]);
        let failure = cordboard_schema::switch::HandoffFailure::NoAnswer;
        call.at(0, Decision::Answered);
        call.at(10, requested(1));
        call.at(40, Decision::HandoffAbandoned { handoff: EffectId(1), failure });
        call.at(40, Decision::CallerReturned { handoff: EffectId(1) });
        call.at(40, requested(2));
        assert_eq!(call.next_s(), Some(70), "they have waited since the first hand-off");
        call.at(60, Decision::HandoffAbandoned { handoff: EffectId(2), failure });
        assert_eq!(call.next_s(), None, "the assistant talks with them");
        call.at(65, requested(3));
        assert_eq!(call.next_s(), Some(125), "they ask again");
    }

    #[test]
    fn late_words_after_a_hold_start_no_silence() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        let (leg, item) = (LegId(2), ItemId(1));
        call.at(0, Decision::Answered);
        call.at(5, Decision::HoldBegan);
        call.at(6, Fact::ItemStarted { leg, item, line: None });
        call.at(7, Fact::PlayedUntil { item, heard_ms: 0, end: PlayedEnd::Cleared });
        assert_eq!(call.next_s(), None, "music plays");
        call.at(90, Decision::HoldEnded { held_ms: 85_000 });
        assert_eq!(call.next_s(), Some(110));
    }

    #[test]
    fn unreported_words_end_once_written_down() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        call.at(0, Decision::Answered);
        let (leg, item) = (LegId(2), ItemId(1));
        call.at(1, Fact::ItemStarted { leg, item, line: None });
        let (text, end) = (String::new(), PlayedEnd::Cleared);
        call.at(4, Decision::AssistantSaid { item, text, heard_ms: 0, end });
        assert_eq!(call.next_s(), Some(24));
    }

    #[test]
    fn a_talk_after_an_agents_hold_is_not_silence() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        let (handoff, user_id, leg) = (EffectId(1), UserId(Uuid::nil()), LegId(4));
        call.at(0, Decision::Answered);
        call.at(5, requested(1));
        call.at(10, Decision::AgentJoined { handoff, user_id, leg });
        call.at(20, Decision::HoldBegan);
        call.at(30, Decision::HoldEnded { held_ms: 10_000 });
        assert_eq!(call.next_s(), None, "the agent talks with them");
        call.at(40, Decision::Interrupted { until: UnixMs(70_000) });
        call.at(45, Decision::Resumed { away_ms: 5_000 });
        assert_eq!(call.next_s(), None, "the agent has waited for them");
        call.at(60, Decision::AgentLeft { user_id, talked_ms: Some(50_000), how: AgentEnd::Left });
        call.at(60, Decision::CallerReturned { handoff });
        assert_eq!(call.next_s(), Some(80));
        call.at(61, Decision::HoldBegan);
        call.at(65, Decision::HoldEnded { held_ms: 4_000 });
        assert_eq!(call.next_s(), Some(85), "the assistant has held them");
    }

    #[test]
    fn a_talk_with_an_outsider_after_holds_is_not_silence() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        let (handoff, consult, user_id) = (EffectId(1), EffectId(2), UserId(Uuid::nil()));
        let target = || "doctor".to_owned();
        call.at(0, Decision::Answered);
        call.at(5, requested(1));
        call.at(10, Decision::AgentJoined { handoff, user_id, leg: LegId(4) });
        call.at(15, Decision::OutsiderJoined { consult, target: target() });
        call.at(16, Decision::AgentLeft { user_id, talked_ms: Some(6_000), how: AgentEnd::Left });
        call.at(20, Decision::HoldBegan);
        call.at(30, Decision::HoldEnded { held_ms: 10_000 });
        call.at(40, Decision::Interrupted { until: UnixMs(70_000) });
        call.at(45, Decision::Resumed { away_ms: 5_000 });
        assert_eq!(call.next_s(), None, "the outsider talks with them");
        call.at(60, Decision::OutsiderLeft { consult, target: target(), talked_ms: Some(45_000) });
        call.at(60, Decision::CallerReturned { handoff });
        assert_eq!(call.next_s(), Some(80));
    }

    #[test]
    fn a_talk_with_a_supervisor_is_not_silence() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        let (user_id, leg) = (UserId(Uuid::nil()), LegId(4));
        call.at(0, Decision::Answered);
        call.at(5, Decision::SupervisorJoined { user_id, leg, mode: SupervisionMode::Listen });
        assert_eq!(call.next_s(), Some(20), "a listener says nothing");
        call.at(10, Decision::SupervisionChanged { user_id, mode: SupervisionMode::Barge });
        call.at(12, Fact::SpeechStarted);
        call.at(14, Fact::SpeechStopped { speech_ms: 2_000 });
        assert_eq!(call.next_s(), None, "the supervisor answers them");
        call.at(60, Decision::SupervisionChanged { user_id, mode: SupervisionMode::Listen });
        assert_eq!(call.next_s(), Some(80), "the assistant has them again");
        call.at(70, Decision::SupervisionChanged { user_id, mode: SupervisionMode::Barge });
        let how = SupervisionEnd::Left;
        call.at(75, Decision::SupervisorLeft { user_id, heard_ms: Some(70_000), how });
        assert_eq!(call.next_s(), Some(95));
    }

    #[test]
    fn a_caller_whom_the_switch_has_is_not_silent() {
        let mut call = watch(&[("silence", AlarmOn::Silence { longer_than_s: 20 })]);
        let (leg_kind, rate) = (LegKind::Web, SampleRate::HZ_8000);
        let arrives = |leg, agent| Fact::LegArrived {
            leg: LegId(leg),
            leg_kind,
            outside_id: OutsideId::web(Uuid::nil()),
            confirmed: false,
            agent,
        };
        let joins = |leg| Fact::LegJoined { leg: LegId(leg), leg_kind, rate };
        let leaves = |leg| Fact::LegLeft { leg: LegId(leg), how: LegEnd::Released };
        call.at(0, arrives(1, None));
        call.at(0, joins(1));
        call.at(1, Decision::Answered);
        call.at(2, arrives(2, Some(UserId(Uuid::nil()))));
        call.at(2, joins(2));
        call.at(3, arrives(3, None));
        call.at(4, leaves(3));
        call.at(5, leaves(2));
        assert_eq!(call.next_s(), Some(21), "a supervisor has left, and a second connection was refused");
        // They are parked, or a phone rings to which they are transferred.
        call.at(6, leaves(1));
        call.at(7, Fact::SpeechStopped { speech_ms: 900 });
        assert_eq!(call.next_s(), None);
        call.at(66, Decision::ParkEnded { parked_ms: 60_000 });
        assert_eq!(call.next_s(), None, "they are on their way back");
        call.at(68, arrives(4, None));
        call.at(68, joins(4));
        call.at(68, Decision::Resumed { away_ms: 2_000 });
        assert_eq!(call.next_s(), Some(88));
    }

    #[test]
    fn whole_words_match_in_any_case_by_the_named_speaker() {
        let phrases = vec!["cancel my contract".to_owned(), "Lawyer".to_owned()];
        let said = AlarmOn::WordsSaid { phrases, by: SaidBy::Caller };
        let mut call = watch(&[("words", said.clone())]);
        assert!(call.at(1, caller_said("I like lawyers, and cancel nothing of my contract")).is_empty());
        let item = ItemId(1);
        let text = "A lawyer?".to_owned();
        let spoken = Decision::AssistantSaid { item, text, heard_ms: 900, end: PlayedEnd::Finished };
        assert!(call.at(2, spoken).is_empty(), "the assistant said it");
        assert_eq!(call.at(3, caller_said("Please, CANCEL my contract!")), [("words".to_owned(), 3)]);
        assert!(
            call.at(4, caller_said("My lawyer calls you")).is_empty(),
            "each rule raises one alarm a call"
        );
        let mut off = watch(&[("words", said)]);
        off.rules[0].enabled = false;
        assert!(off.at(1, caller_said("lawyer")).is_empty(), "the rule is switched off");
    }

    #[test]
    fn phrases_are_found_in_scripts_without_spaces() {
        for (phrase, text, is_said) in [
            ("律师", "我要找我的律师谈谈", true),
            ("律师", "我要找老师", false),
            ("弁護士 Tanaka", "弁護士tanakaに電話します", true),
            ("キャンセル", "予約をキャンセルしたいです", true),
            ("ทนาย", "ฉันจะคุยกับทนายของฉัน", true),
            ("Ku\u{308}ndigung", "Meine Kündigung, bitte", true),
            ("변호사", "변호사, 불러 주세요", true),
        ] {
            let phrases = vec![phrase.to_owned()];
            let mut call = watch(&[("words", AlarmOn::WordsSaid { phrases, by: SaidBy::Anybody })]);
            assert_eq!(!call.at(1, caller_said(text)).is_empty(), is_said, "{phrase} in {text}");
        }
    }

    #[test]
    fn a_failing_assistant_raises_one_alarm() {
        let mut call = watch(&[("fails", AlarmOn::AssistantFailed)]);
        let reason = "no route".to_owned();
        let fails = || Fact::AssistantFailed {
            leg: LegId(2),
            failure: ProviderFailure::default(),
            reason: reason.clone(),
        };
        assert_eq!(call.at(5, fails()).len(), 1);
        assert!(call.at(6, fails()).is_empty(), "each rule raises one alarm a call");
    }
}
