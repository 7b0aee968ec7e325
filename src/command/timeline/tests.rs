//! The timeline of a hand-written journal.

use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{
    CallPolicy, Direction, Ending, HangupBy, HangupCause, LegEnd, LegKind, Unannounced,
};
use cordboard_schema::digit::Digit;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{CallId, EffectId, LegId, OrganizationId, OutsideId, ProfileId};
use cordboard_schema::profile::{AgentProfile, KeyAction, default_dtmf_actions};
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::tool::{ToolName, ToolOutcome};
use uuid::Uuid;

use super::*;

/// 2026-11-20T09:00:00Z.
const NINE: UnixMs = UnixMs(1_795_165_200_000);

const CALLER: LegId = LegId(1);

/// A call's journal that is being written, with times in ms since nine o'clock.
#[derive(Default)]
struct Journal(Vec<JournalEntry>);

impl Journal {
    fn at(mut self, ms: u64, event: impl Into<Event>) -> Self {
        self.0.push(JournalEntry {
            organization_id: OrganizationId(Uuid::from_u128(1)),
            call_id: CallId(Uuid::from_u128(2)),
            seq: self.0.len() as u64 + 1,
            at: NINE + ms,
            event: event.into(),
        });
        self
    }

    fn timeline(&self, paint: Paint) -> String {
        let mut timeline = Timeline::new(paint);
        let lines: String = self.0.iter().map(|entry| timeline.lines(entry)).collect();
        format!("{lines}\n{}", timeline.figures())
    }
}

fn started() -> Fact {
    let profile = AgentProfile {
        id: ProfileId(Uuid::from_u128(3)),
        organization_id: OrganizationId(Uuid::from_u128(1)),
        name: "receptionist".to_owned(),
        language: "en".to_owned(),
        instructions: String::new(),
        greeting: None,
        speech: Default::default(),
        tools: ToolName::ALL.to_vec(),
        dtmf_actions: default_dtmf_actions(),
        after_handoff: Default::default(),
        assistant_in_handoff: Default::default(),
        handoff_style: Default::default(),
        handoff_words: Default::default(),
        custom_tools: Vec::new(),
        extraction: Vec::new(),
        topics: Vec::new(),
        style: Default::default(),
        notice: None,
        version: 1,
    };
    let policy = CallPolicy {
        meet_timeout_ms: 5_000,
        resume_window_ms: 30_000,
        page_return_ms: 10_000,
        max_duration_ms: 3_600_000,
        silence_prompt_ms: 10_000,
        silence_goodbye_ms: 10_000,
        unannounced: Unannounced::Accept,
        extensions: BTreeMap::new(),
        desks: Default::default(),
        desk_phones: Default::default(),
        rings_for_others: false,
        queues: Default::default(),
        fallback_extension: None,
        standby_assistant: false,
        prices: Default::default(),
        freeswitch: Default::default(),
        asterisk: Default::default(),
        twilio: Default::default(),
        dial: Default::default(),
        granted: Granted::Everything,
        escalation: None,
    };
    Fact::CallStarted {
        profile: Arc::new(profile),
        policy: Arc::new(policy),
        direction: Direction::Inbound,
        outside_ids: vec![OutsideId::audiosocket(Uuid::from_u128(4))],
        announced: Some(Announcement {
            from: Some("Alex".to_owned()),
            to: Some("100".to_owned()),
            ..Announcement::default()
        }),
        dialled: None,
        begun: None,
    }
}

fn item_started(item: u64, line: Option<Line>) -> Fact {
    Fact::ItemStarted { leg: LegId(2), item: ItemId(item), line }
}

fn item_complete(item: u64, text: &str, audio_ms: u64) -> Fact {
    Fact::ItemComplete { item: ItemId(item), text: text.to_owned(), audio_ms }
}

fn said(item: u64, text: &str, heard_ms: u64, end: PlayedEnd) -> Decision {
    Decision::AssistantSaid { item: ItemId(item), text: text.to_owned(), heard_ms, end }
}

fn key(digit: Digit) -> Fact {
    Fact::Dtmf { leg: Some(CALLER), digit, duration_ms: None }
}

/// Answered, greeted, interrupted by speech, answered in words; a message by key; goodbye by key.
fn conversation() -> Journal {
    let greeting = "Welcome. I am Cordboard's receptionist. Press 1 to leave a message, 0 for a person.";
    let message = EffectId(1);
    Journal::default()
        .at(0, started())
        .at(
            35,
            Fact::LegArrived {
                leg: CALLER,
                leg_kind: LegKind::Audiosocket,
                outside_id: OutsideId::audiosocket(Uuid::from_u128(4)),
                confirmed: true,
                agent: None,
            },
        )
        .at(60, Fact::LegJoined { leg: CALLER, leg_kind: LegKind::Audiosocket, rate: SampleRate::HZ_8000 })
        .at(60, Decision::Answered)
        .at(62, Fact::RecordingStarted { offset_ms: 0 })
        .at(63, Fact::AssistantReady { leg: LegId(2), provider: "builtin".to_owned(), speaks_text: false })
        .at(71, item_started(1, Some(Line::Greeting)))
        .at(71, item_complete(1, greeting, 8_100))
        .at(2_400, Fact::SpeechStarted)
        .at(2_412, Fact::PlayedUntil { item: ItemId(1), heard_ms: 2_340, end: PlayedEnd::Cleared })
        .at(2_412, Decision::BargeIn { item: ItemId(1), heard_ms: 2_340 })
        .at(2_412, said(1, "Welcome. I am Cordboard's", 2_340, PlayedEnd::Cleared))
        .at(4_900, Fact::SpeechStopped { speech_ms: 1_900 })
        .at(4_901, Fact::Transcript { text: "(speech, 1.9 s)".to_owned() })
        .at(4_901, Decision::CallerSaid { text: "(speech, 1.9 s)".to_owned() })
        .at(4_915, item_started(2, None))
        .at(4_915, item_complete(2, "Thank you. Press 1 for a message.", 3_000))
        .at(7_930, said(2, "Thank you. Press 1 for a message.", 3_000, PlayedEnd::Finished))
        .at(9_000, key(Digit::ONE))
        .at(9_000, Decision::KeyPressed { digits: Digit::ONE.into(), action: KeyAction::TakeMessage })
        .at(
            9_000,
            Decision::ToolStarted { effect: message, tool: ToolName::TakeMessage, origin: ToolOrigin::Key },
        )
        .at(9_004, item_started(3, Some(Line::MessageIntro)))
        .at(12_500, said(3, "Please leave your message. (tone)", 3_480, PlayedEnd::Finished))
        .at(13_000, Fact::SpeechStarted)
        .at(19_000, Fact::SpeechStopped { speech_ms: 5_600 })
        .at(19_001, Decision::CallerSaid { text: "Please call me back.".to_owned() })
        .at(19_500, key(Digit::HASH))
        .at(
            19_500,
            Decision::MessageTaken { effect: message, from_ms: 12_440, to_ms: 19_440, speech_ms: 5_600 },
        )
        .at(
            19_540,
            Decision::ToolFinished {
                effect: message,
                tool: "take_message".to_owned(),
                outcome: ToolOutcome::done("the message is kept"),
                took_ms: 10_540,
            },
        )
        .at(19_545, item_started(4, Some(Line::MessageSaved)))
        .at(21_000, said(4, "Your message is saved. Thank you.", 1_450, PlayedEnd::Finished))
        .at(22_000, key(Digit::STAR))
        .at(22_003, item_started(5, Some(Line::Goodbye)))
        .at(24_000, said(5, "Thank you for calling. Goodbye.", 1_990, PlayedEnd::Finished))
        .at(
            24_000,
            Decision::Ended {
                ending: Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller },
                next: NextStep::Hangup,
            },
        )
        .at(24_050, Fact::LegLeft { leg: CALLER, how: LegEnd::Released })
        .at(24_060, Fact::RecordingFinished { duration_ms: 24_000 })
}

#[test]
fn a_conversation_reads_as_it_went() {
    insta::assert_snapshot!(conversation().timeline(Paint::Plain));
}

#[test]
fn faults_and_returns_are_shown() {
    let journal = Journal::default()
        .at(0, started())
        .at(60, Decision::Answered)
        .at(1_000, Fact::LegLeft { leg: CALLER, how: LegEnd::Broken })
        .at(1_000, Decision::Interrupted { until: NINE + 6_000 })
        .at(3_000, Decision::Resumed { away_ms: 2_000 })
        .at(4_000, Fact::RecordingFailed { reason: "no space left on device".to_owned() })
        .at(5_000, Fact::StepPanicked { fact: "dtmf".to_owned(), message: "boom".to_owned() })
        .at(9_000, Decision::SilencePrompted)
        .at(9_500, Fact::Hangup { by: HangupBy::Api, cause: HangupCause::normal_clearing() })
        .at(
            9_500,
            Decision::Ended {
                ending: Ending { cause: HangupCause::transferred(), by: HangupBy::Api },
                next: NextStep::Goto("internal,2001,1".parse().unwrap()),
            },
        )
        .at(9_700, Decision::NextAnswered { next: NextStep::Goto("internal,2001,1".parse().unwrap()) });
    insta::assert_snapshot!(journal.timeline(Paint::Plain));
}

#[test]
fn failures_and_costs_of_the_assistant_are_shown() {
    let ready = |leg, provider: &str| Fact::AssistantReady {
        leg: LegId(leg),
        provider: provider.to_owned(),
        speaks_text: true,
    };
    let charged = |cost_micros| Decision::Charged { model: "gpt-realtime".to_owned(), cost_micros };
    let journal = Journal::default()
        .at(0, started())
        .at(60, Decision::Answered)
        .at(300, ready(2, "openai"))
        .at(2_000, charged(12_300))
        .at(
            3_000,
            Fact::AssistantInterrupted {
                leg: LegId(2),
                failure: ProviderFailure::Disconnected,
                reason: "the connection was closed (1006)".to_owned(),
            },
        )
        .at(3_400, Fact::AssistantRestored { leg: LegId(2), attempts: 2, away_ms: 400 })
        .at(4_000, Fact::SayAsked { text: "Please hold.".to_owned() })
        .at(5_000, Fact::DtmfAsked { digits: vec![Digit::ONE, Digit::HASH] })
        .at(6_000, Fact::Reborn { during: Some("dtmf".to_owned()) })
        .at(7_000, charged(2_000_000))
        .at(
            8_000,
            Fact::AssistantFailed {
                leg: LegId(2),
                failure: ProviderFailure::QuotaExhausted,
                reason: "the account has no money".to_owned(),
            },
        )
        .at(
            8_000,
            Decision::AssistantReplaced {
                leg: LegId(3),
                role: AssistantRole::Standby,
                place: 0,
                failure: ProviderFailure::QuotaExhausted,
            },
        )
        .at(8_010, ready(3, "builtin"))
        .at(8_020, item_started(1, Some(Line::AssistantAway)));
    insta::assert_snapshot!(journal.timeline(Paint::Plain));
}

#[test]
fn a_message_that_ends_by_itself_is_no_slow_reply() {
    let journal = Journal::default()
        .at(0, started())
        .at(60, Decision::Answered)
        .at(1_000, Fact::SpeechStarted)
        .at(3_000, Fact::SpeechStopped { speech_ms: 2_000 })
        .at(7_000, Decision::MessageTaken { effect: EffectId(1), from_ms: 0, to_ms: 7_000, speech_ms: 2_000 })
        .at(7_050, item_started(1, Some(Line::MessageSaved)));
    let timeline = journal.timeline(Paint::Plain);
    assert!(!timeline.contains("after the caller's turn"), "{timeline}");
}

#[test]
fn colours_do_not_change_the_words() {
    let painted = conversation().timeline(Paint::Ansi);
    let mut words = String::new();
    let mut characters = painted.chars();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            characters.by_ref().find(|c| *c == 'm');
        } else {
            words.push(character);
        }
    }
    assert_ne!(painted, words);
    assert_eq!(words, conversation().timeline(Paint::Plain));
}
