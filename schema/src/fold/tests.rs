use uuid::Uuid;

use super::*;
use crate::audio::SampleRate;
use crate::call::Ending;
use crate::ids::{EffectId, ItemId, LegId};
use crate::switch::{ChannelSeen, ControlId, ControlLink};

const CALL: CallId = CallId(Uuid::from_u128(7));
const HOUSE: OrganizationId = OrganizationId(Uuid::from_u128(1));

fn call(direction: Direction) -> Call {
    Call {
        id: CALL,
        organization_id: HOUSE,
        state: CallState::Waiting,
        direction,
        from: None,
        to: None,
        identity: None,
        leg_kind: None,
        outside_ids: Vec::new(),
        started_at: UnixMs(0),
        answered_at: None,
        ended_at: None,
        hangup_cause: None,
        hangup_by: None,
        failure: None,
        profile_id: ProfileId(Uuid::from_u128(3)),
        recording: None,
        recording_ms: None,
        recording_lost_ms: 0,
        next: NextStep::Hangup,
        last_seq: 1,
        provider: None,
        cost_micros: 0,
        agents: Vec::new(),
        tally: None,
    }
}

/// Returns a call with these events after its start, one each millisecond.
fn folded(direction: Direction, events: impl IntoIterator<Item = Event>) -> Call {
    let mut call = call(direction);
    for event in events {
        let seq = call.last_seq + 1;
        call.apply(&entry(seq, event));
    }
    call
}

fn entry(seq: u64, event: Event) -> JournalEntry {
    JournalEntry { organization_id: HOUSE, call_id: CALL, seq, at: UnixMs(seq as i64), event }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn announced(from: Option<&str>, to: Option<&str>) -> Event {
    let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
    Event::Fact(Fact::Announced { announcement: Announcement { from, to, ..Announcement::default() } })
}

fn attached(from: &str, to: &str) -> Event {
    let channel = ChannelSeen { from: some(from), to: some(to), ..ChannelSeen::default() };
    Event::Fact(Fact::ControlAttached { link: ControlLink::Outbound { control: ControlId(1) }, channel })
}

#[test]
fn calls_joined_or_transferred_count_as_handed_over() {
    let mut joined = call(Direction::Inbound);
    joined.tally = Some(CallTally::default());
    assert!(!joined.is_handed_over());
    joined.tally.as_mut().unwrap().bridged = 1;
    assert!(joined.is_handed_over());
    for (cause, expected) in [(HangupCause::transferred(), true), (HangupCause::normal_clearing(), false)] {
        let mut over = call(Direction::Inbound);
        over.hangup_cause = Some(cause);
        assert_eq!(over.is_handed_over(), expected);
    }
}

#[test]
fn a_dialplans_announcement_has_priority_over_the_switch() {
    let numbers = |direction, events: Vec<Event>| {
        let call = folded(direction, events);
        (call.from, call.to)
    };
    let inbound = Direction::Inbound;
    assert_eq!(numbers(inbound, vec![attached("1", "2")]), (some("1"), some("2")));
    assert_eq!(
        numbers(inbound, vec![announced(Some("Anna"), None), attached("1", "2")]),
        (some("Anna"), some("2"))
    );
    let later = vec![attached("1", "2"), announced(None, Some("3")), announced(Some("Anna"), None)];
    assert_eq!(numbers(inbound, later), (some("Anna"), some("3")));
    // The party that ordered an outgoing call knows its numbers best.
    for direction in [Direction::Outbound, Direction::Internal] {
        assert_eq!(
            numbers(direction, vec![announced(Some("x"), Some("y")), attached("1", "2")]),
            (None, None)
        );
    }
}

#[test]
fn a_name_reported_twice_is_kept_once() {
    let id = |number: u128| OutsideId::audiosocket(Uuid::from_u128(number));
    let added = |number| Event::Fact(Fact::OutsideIdAdded { outside_id: id(number) });
    assert_eq!(folded(Direction::Inbound, [added(1), added(2), added(1)]).outside_ids, [id(1), id(2)]);
    assert_eq!(outside_ids_in(&entry(2, added(1))), [id(1)]);
    assert_eq!(outside_ids_in(&entry(2, Fact::DialAnswered.into())), []);
}

#[test]
fn the_line_is_the_callers_own_whoever_joins_them() {
    let arrived = |leg_kind, agent| {
        Event::Fact(Fact::LegArrived {
            leg: LegId(1),
            leg_kind,
            outside_id: OutsideId::audiosocket(Uuid::from_u128(1)),
            confirmed: false,
            agent,
        })
    };
    let joined =
        |leg_kind| Event::Fact(Fact::LegJoined { leg: LegId(1), leg_kind, rate: SampleRate::HZ_8000 });
    let line = |events: Vec<Event>| folded(Direction::Inbound, events).leg_kind;
    let agent = Some(crate::ids::UserId(Uuid::from_u128(9)));
    assert_eq!(line(vec![joined(LegKind::Twilio)]), Some(LegKind::Twilio));
    assert_eq!(line(vec![joined(LegKind::Twilio), joined(LegKind::Web)]), Some(LegKind::Twilio));
    assert_eq!(line(vec![arrived(LegKind::Freeswitch, None)]), Some(LegKind::Freeswitch));
    assert_eq!(line(vec![arrived(LegKind::Web, agent)]), None);
    // A network blocked UDP during the call, and the page continued over its WebSocket: the last kind of leg counts.
    assert_eq!(line(vec![arrived(LegKind::Webrtc, None), arrived(LegKind::Web, None)]), Some(LegKind::Web));
}

#[test]
fn a_call_has_its_answerer_cost_and_recording() {
    let ready = |provider: &str| {
        Event::Fact(Fact::AssistantReady { leg: LegId(2), provider: provider.to_owned(), speaks_text: false })
    };
    let charged = |cost_micros| Event::Decision(Decision::Charged { model: "m".to_owned(), cost_micros });
    let ended = Event::Decision(Decision::Ended {
        ending: Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller },
        next: NextStep::Again,
    });
    let call = folded(
        Direction::Inbound,
        [
            ready("openai"),
            ready("builtin"),
            charged(3),
            Fact::RecordingStarted { offset_ms: 0 }.into(),
            Fact::RecordingFinished { duration_ms: 1_500 }.into(),
            ended.clone(),
            // Usage is also reported after the end; nothing else changes then.
            charged(4),
            charged(u64::MAX),
            Decision::Answered.into(),
            ended,
        ],
    );
    assert_eq!(call.provider.as_deref(), Some("openai"), "the one that answered first");
    assert_eq!(call.cost_micros, u64::MAX, "it saturates");
    assert_eq!(call.recording, some("00000000-0000-0000-0000-000000000007.wav"));
    assert_eq!(call.recording_ms, Some(1_500));
    assert_eq!((call.state, call.ended_at, call.answered_at), (CallState::Ended, Some(UnixMs(7)), None));
    assert_eq!(
        (call.hangup_cause, call.hangup_by),
        (Some(HangupCause::normal_clearing()), Some(HangupBy::Caller))
    );
    assert_eq!((call.next, call.last_seq), (NextStep::Again, 11));
}

#[test]
fn a_calls_state_follows_its_newest_decision() {
    let mut call = Call { state: CallState::Dialling, ..call(Direction::Outbound) };
    let steps: [(Event, CallState); 5] = [
        (Fact::DialAnswered.into(), CallState::Waiting),
        (Decision::Answered.into(), CallState::Live),
        (Fact::DialAnswered.into(), CallState::Live),
        (Decision::Interrupted { until: UnixMs(9) }.into(), CallState::Interrupted),
        (Decision::Resumed { away_ms: 1 }.into(), CallState::Live),
    ];
    for (seq, (event, state)) in (2..).zip(steps) {
        let kind = event.kind();
        call.apply(&entry(seq, event));
        assert_eq!(call.state, state, "{kind}");
    }
    assert_eq!(call.answered_at, Some(UnixMs(3)));
}

#[test]
fn a_caller_left_by_a_death_talked_until_then() {
    let mut call = call(Direction::Inbound);
    call.tally = Some(CallTally::default());
    let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
    for (at, event) in [
        (1_000, Event::from(Decision::Answered)),
        (3_700_000, Fact::ServerRestarted { recorded_ms: None, away_ms: Some(3_600_000) }.into()),
        (3_730_000, Decision::Ended { ending, next: NextStep::Hangup }.into()),
    ] {
        let seq = call.last_seq + 1;
        call.apply(&JournalEntry { at: UnixMs(at), ..entry(seq, event) });
    }
    assert_eq!((call.ended_at, call.talk_ms()), (Some(UnixMs(3_730_000)), Some(99_000)));
    call.hangup_cause = Some(HangupCause::normal_clearing());
    assert_eq!(call.talk_ms(), Some(3_729_000), "they came back");
}

#[test]
fn the_failure_is_that_of_the_newest_attempt() {
    let failed = |failure| {
        let (transfer, target) = (EffectId(1), "sales".to_owned());
        Event::Decision(Decision::TransferFailed { transfer, target, failure })
    };
    let requested = || Event::Decision(Decision::TransferRequested { target: "sales".to_owned() });
    let failure = |events: Vec<Event>| folded(Direction::Inbound, events).failure;
    assert_eq!(failure(vec![failed(HandoffFailure::Busy)]), Some(HandoffFailure::Busy));
    assert_eq!(failure(vec![failed(HandoffFailure::Busy), requested()]), None);
    let unreached = Decision::OutboundFailed { failure: HandoffFailure::NoAnswer }.into();
    assert_eq!(failure(vec![unreached]), Some(HandoffFailure::NoAnswer));
}

#[test]
fn a_line_of_the_transcript_is_what_was_heard() {
    let line = |event: Decision| TranscriptItem::from_entry(&entry(5, event.into()));
    let said = |text: &str, end| Decision::AssistantSaid {
        item: ItemId(1),
        text: text.to_owned(),
        heard_ms: 1,
        end,
    };
    let expected = |role, text: &str, interrupted| {
        Some(TranscriptItem { seq: 5, at: UnixMs(5), role, text: text.to_owned(), interrupted })
    };
    assert_eq!(line(Decision::CallerSaid { text: "Hi.".to_owned() }), expected(Role::Caller, "Hi.", false));
    assert_eq!(line(said("Hello.", PlayedEnd::Finished)), expected(Role::Assistant, "Hello.", false));
    assert_eq!(line(said("He", PlayedEnd::Cleared)), expected(Role::Assistant, "He", true));
    assert_eq!(line(said("", PlayedEnd::Cleared)), None, "words that nobody heard");
    assert_eq!(line(Decision::Answered), None);
}

#[test]
fn a_recording_with_a_lost_beginning_is_still_there() {
    let finished = |duration_ms| folded(Direction::Inbound, [Fact::RecordingFinished { duration_ms }.into()]);
    assert_eq!(finished(500).recording, some("00000000-0000-0000-0000-000000000007.wav"));
    assert_eq!((finished(0).recording, finished(0).recording_ms), (None, None), "nothing was recorded");
}

#[test]
fn a_recording_that_fails_after_its_call_has_no_file() {
    let file = some("00000000-0000-0000-0000-000000000007.wav");
    let ended = || {
        let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Caller };
        Event::from(Decision::Ended { ending, next: NextStep::Hangup })
    };
    let begun = || Event::from(Fact::RecordingStarted { offset_ms: 0 });
    let failed = || Event::from(Fact::RecordingFailed { reason: "not found".to_owned() });
    let finished = |duration_ms| Event::from(Fact::RecordingFinished { duration_ms });
    let recording = |events: Vec<Event>| {
        let call = folded(Direction::Inbound, events);
        (call.recording, call.recording_ms)
    };
    assert_eq!(recording(vec![ended(), begun(), failed()]), (None, None), "a message at Twilio");
    assert_eq!(recording(vec![begun(), failed(), ended()]), (file.clone(), None), "it may be written again");
    assert_eq!(recording(vec![begun(), ended(), failed(), finished(500)]), (file.clone(), Some(500)));
    assert_eq!(recording(vec![begun(), finished(500), ended(), failed()]), (file, Some(500)));
}

#[test]
fn losses_of_a_recording_add_up_and_its_length_stays() {
    let finished = |duration_ms| Event::from(Fact::RecordingFinished { duration_ms });
    let lost = |lost_ms| Event::from(Fact::RecordingLost { lost_ms });
    let call = folded(Direction::Inbound, [lost(3_000), finished(9_000), lost(500), finished(0)]);
    assert_eq!((call.recording_ms, call.recording_lost_ms), (Some(9_000), 3_500));
    let call = folded(Direction::Inbound, [lost(u64::MAX), lost(1)]);
    assert_eq!(call.recording_lost_ms, u64::MAX);
}
