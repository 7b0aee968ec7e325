//! Facts in any order and at any time: nothing panics, every promise holds, and the call can be rebuilt from its journal.
//! `PROPTEST_CASES` sets how many cases run; the default is 10,000 in a full run, else a tenth of that.

mod document_events;
mod events;
mod happenings;
mod people_events;

use cordboard_call::machine::{FoldError, Machine};
use cordboard_schema::agent::BegunAtDesk;
use cordboard_schema::call::{CallState, Unannounced};
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::outbound::{MailboxDetection, OnVoicemail, ToQueue};
use cordboard_schema::switch::{
    AfterHandoff, AssistantInHandoff, FreeswitchAudio, FreeswitchMode, HandoffStyle,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::at_desks::ADA;
use crate::rehearsal::{Folding, Rehearsal, START, Setting};
use happenings::{Happening, is_told_once, journey};

/// A call ends by time alone within this many ms: the longest conversation, the longest talk with a person, a message and a goodbye, and
/// some waiting.
const LASTS_MS_MAX: u64 = 24 * 3_600_000 + 3_600_000 + 300_000;

/// How a switch controls the caller, if one does; whether they come back from a person, and whether the assistant stays meanwhile.
fn switches() -> impl Strategy<Value = Option<(Switch, bool, bool)>> {
    let mode = prop_oneof![4 => Just(FreeswitchMode::Dual), 1 => Just(FreeswitchMode::Audio), 2 => Just(FreeswitchMode::Esl)];
    let audio = prop::sample::select(vec![FreeswitchAudio::Websocket, FreeswitchAudio::Unicast]);
    let freeswitch = (mode, audio).prop_map(|(mode, audio)| Switch::Freeswitch(mode, audio));
    let switch = prop_oneof![2 => freeswitch, 1 => Just(Switch::Asterisk), 1 => Just(Switch::Twilio)];
    prop::option::weighted(0.8, (switch, any::<bool>(), any::<bool>()))
}

/// Which switch has the caller, apart from lines without control.
#[derive(Clone, Copy, Debug)]
enum Switch {
    Freeswitch(FreeswitchMode, FreeswitchAudio),
    Asterisk,
    Twilio,
}

/// The action for a mailbox that answers a call that we make.
fn outbound() -> impl Strategy<Value = Option<OnVoicemail>> {
    let message = OnVoicemail::LeaveMessage { text: "Call us back.".to_owned() };
    prop::option::weighted(0.4, prop::sample::select(vec![OnVoicemail::Talk, OnVoicemail::HangUp, message]))
}

/// The detector that tells a mailbox from a person.
fn detection() -> impl Strategy<Value = MailboxDetection> {
    use MailboxDetection::{Auto, Line, Own};
    prop::sample::select(vec![Auto, Line, Own])
}

/// The agent who begins the call at their desk, and the party that they call there.
fn begun() -> impl Strategy<Value = Option<BegunAtDesk>> {
    let colleague = prop::option::weighted(0.4, Just("operator".to_owned()));
    prop::option::weighted(0.25, colleague.prop_map(|colleague| BegunAtDesk { by: ADA, colleague }))
}

/// The notice that callers hear first, and whether the assistant briefs people who take over.
fn first_words() -> impl Strategy<Value = (Option<String>, HandoffStyle)> {
    let notice = prop::option::weighted(0.4, Just("This call is recorded.".to_owned()));
    (notice, prop::sample::select(vec![HandoffStyle::default(), HandoffStyle::Warm]))
}

fn settings() -> impl Strategy<Value = Setting> {
    let choices = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let calls = (outbound(), detection(), begun());
    (choices, switches(), calls, first_words()).prop_map(|(choices, switch, calls, first_words)| {
        let (outbound, mailbox_detection, begun) = calls;
        let (announced, insisting, with_extensions, with_provider, with_desks, elsewhere) = choices;
        let mut setting = Setting { announced, outbound, mailbox_detection, ..Setting::default() };
        (setting.profile.notice, setting.profile.handoff_style) = first_words;
        setting.policy.rings_for_others = elsewhere;
        if let Some(begun) = begun {
            // Agents talk with the party that they call, whatever answers.
            setting.outbound = begun.colleague.is_none().then_some(OnVoicemail::Talk);
            setting.begun = Some(begun);
        }
        if let Some((switch, returning, keeping)) = switch {
            match switch {
                Switch::Freeswitch(mode, audio) => setting.freeswitch(mode, audio),
                Switch::Asterisk => setting.asterisk = true,
                Switch::Twilio => {
                    // Callbacks of the account, not a link, report the outcome of a call made through it.
                    setting.twilio = true;
                    let twilio = &mut setting.policy.twilio;
                    (twilio.reaches_extensions, twilio.calls_people) = (true, true);
                }
            }
            setting.map("12 repeat");
            setting.map("7 handoff operator");
            if returning {
                setting.profile.after_handoff = AfterHandoff::Return;
            }
            if keeping {
                setting.profile.assistant_in_handoff = AssistantInHandoff::Kept;
            }
        }
        if with_provider {
            setting.policy.standby_assistant = true;
            setting.price();
        }
        if insisting {
            setting.policy.unannounced = Unannounced::Refuse;
        }
        if !with_extensions {
            setting.policy.extensions.clear();
        }
        if with_desks && !insisting && setting.outbound.is_some() && setting.begun.is_none() {
            setting.policy.queues.insert("support".to_owned());
            let (queue, message) = ("support".to_owned(), "Nobody is free.".to_owned());
            setting.on_answer = Some(ToQueue { queue, within_ms: 2_000, message });
        }
        if with_desks {
            setting.policy.desks.insert("operator".to_owned());
            setting.policy.dial.numbers_allowed.push("+49*".parse().unwrap());
        }
        setting
    })
}

fn played(setting: Setting, journey: &[Happening], folding: Folding) -> Rehearsal {
    let mut call = Rehearsal::begin(setting, folding);
    for happening in journey {
        happening.befall(&mut call);
    }
    call
}

/// 10,000 cases in a full run, otherwise a tenth of that.
fn cases() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = if std::env::var_os("CORDBOARD_TEST_FULL").is_some() { 10_000 } else { 1_000 };
    }
    config
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn promises_hold_and_the_journal_restores_calls_at_every_step(
        setting in settings(), journey in journey(),
    ) {
        played(setting, &journey, Folding::EachStep);
    }

    #[test]
    fn time_alone_ends_every_call(setting in settings(), journey in journey()) {
        let mut call = played(setting, &journey, Folding::Never);
        let lasted_ms = call.let_time_end_it();
        prop_assert!(lasted_ms < LASTS_MS_MAX, "it lasted {lasted_ms} ms");
        call.compare_with_fold();
    }

    #[test]
    fn a_call_ends_wherever_its_process_dies(
        setting in settings(), before in journey(), dead_ms in 0_u64..100_000, after in journey(),
    ) {
        let mut call = played(setting, &before, Folding::Never);
        Happening::Die(dead_ms).befall(&mut call);
        for happening in &after {
            happening.befall(&mut call);
        }
        call.let_time_end_it();
        call.compare_with_fold();
    }

    #[test]
    fn a_repeated_fact_counts_once(setting in settings(), journey in journey()) {
        let mut call = Rehearsal::begin(setting, Folding::Never);
        for happening in &journey {
            happening.befall(&mut call);
            let Some(JournalEntry { event: Event::Fact(fact), at, .. }) =
                call.entries.iter().rev().find(|entry| matches!(entry.event, Event::Fact(_))).cloned()
            else { unreachable!("every call begins with a fact") };
            if is_told_once(&fact) {
                let before = call.machine.clone();
                let again = call.machine.apply(&fact, at);
                prop_assert_eq!(&again, &vec![], "{:?}", fact);
                prop_assert_eq!(&call.machine, &before, "{:?}", fact);
            }
        }
    }

    #[test]
    fn the_row_and_the_transcript_follow_the_machine(setting in settings(), journey in journey()) {
        let call = played(setting, &journey, Folding::Never);
        let row = call.row();
        prop_assert_eq!(row.state == CallState::Ended, call.machine.has_ended());
        prop_assert_eq!(row.ended_at.is_some(), call.machine.has_ended());
        prop_assert_eq!(&row.next, call.machine.next_step());
        prop_assert_eq!(row.last_seq, call.entries.len() as u64);
        for item in call.transcript() {
            prop_assert!(!item.text.is_empty());
        }
    }

    #[test]
    fn every_event_survives_being_written(event in events::events()) {
        let entry = entry(7, event);
        let json = serde_json::to_string(&entry).unwrap();
        prop_assert_eq!(&serde_json::from_str::<JournalEntry>(&json).unwrap(), &entry, "{}", json);
        let value = serde_json::to_value(&entry.event).unwrap();
        prop_assert_eq!(&value["kind"], entry.event.kind());
    }

    #[test]
    fn rows_and_transcripts_are_folded_from_any_events(events in prop::collection::vec(events::events(), 0..40)) {
        let mut row = Call::begin(&Rehearsal::begin(Setting::default(), Folding::Never).entries[0]).unwrap();
        for (seq, event) in (2..).zip(events) {
            let entry = entry(seq, event);
            row.apply(&entry);
            let _ = TranscriptItem::from_entry(&entry);
        }
        prop_assert_eq!(row.state == CallState::Ended, row.ended_at.is_some());
    }
}

fn entry(seq: u64, event: Event) -> JournalEntry {
    let (organization_id, call_id) = (OrganizationId(Uuid::nil()), CallId(Uuid::nil()));
    JournalEntry { organization_id, call_id, seq, at: START, event }
}

#[test]
fn a_journal_with_gaps_or_without_start_is_not_folded() {
    let call = crate::script::call_after("connected; ready; says 1 greeting; closed");
    let without = |from: usize, to: usize| {
        let mut entries = call.entries.clone();
        entries.drain(from..to);
        Machine::fold(&entries)
    };
    assert_eq!(without(0, 0), Ok(call.machine.clone()));
    assert_eq!(without(0, 1), Err(FoldError::NoStart));
    assert_eq!(without(0, call.entries.len()), Err(FoldError::NoStart));
    assert_eq!(without(2, 4), Err(FoldError::Gap(5)));
}

#[test]
fn no_kind_is_a_fact_and_a_decision() {
    use cordboard_schema::event::Decision;
    let mut kinds: Vec<&str> = Fact::KINDS.iter().chain(Decision::KINDS).copied().collect();
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), count);
}
