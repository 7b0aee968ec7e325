//! Stored figures match the rows: at every moment, in any zone, however late a row arrives.

use std::sync::Arc;

use cordboard::counting;
use cordboard::store::{Ask, Beginning, Connection, DeliveryQuery, Store, change, query};
use cordboard::unusual_figures::FigureWatch;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry, PlayedEnd};
use cordboard_schema::ids::{AppointmentId, CallId, EffectId, ItemId, LegId, ProfileId, QueueId, UserId};
use cordboard_schema::notice::{NoticeSettings, Recipients};
use cordboard_schema::report::{Cut, Grain, Report, ReportFigures};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::WrapUp;
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use super::profiles::with_own_numbers;
use super::room::{Room, read};
use crate::entries::Conversation;

pub(super) const ADA: UserId = UserId(Uuid::from_u128(0xada));
const QUEUE: QueueId = QueueId(Uuid::from_u128(0x9ee));

pub(super) fn at(text: &str) -> UnixMs {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// Returns the entries as if they had been written a second apart, from this time on.
pub(super) fn moved(mut entries: Vec<JournalEntry>, began: &str) -> Vec<JournalEntry> {
    for (second, entry) in (0..).zip(&mut entries) {
        entry.at = at(began) + second * 1_000;
    }
    entries
}

/// Creates a call in which the assistant answers once, a second after the caller.
pub(super) fn answered(store: &Store, began: &str) -> Conversation {
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.entry(Fact::SpeechStopped { speech_ms: 500 }));
    entries.push(said.entry(Fact::ItemStarted { leg: LegId(2), item: ItemId(2), line: None }));
    entries.push(said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 7 }));
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
    said
}

pub(super) fn missed(store: &Store, began: &str) {
    missed_by(store, "+49301234", began);
}

pub(super) fn missed_by(store: &Store, number: &str, began: &str) {
    let mut said = Conversation::new(store.organization_id());
    let ending = Ending { cause: HangupCause::no_audio(), by: HangupBy::Server };
    let entries =
        vec![said.started_by(number, "200"), said.entry(Decision::Ended { ending, next: NextStep::Hangup })];
    store.journal(moved(entries, began));
}

/// Creates a call with a failed hand-off and one that is taken from the queue.
fn handed_over(store: &Store, began: &str) -> CallId {
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    for (number, failure) in [(9, Some(HandoffFailure::NoAnswer)), (1, None)] {
        let (target, reason) = ("help".to_owned(), "asked".to_owned());
        entries.push(said.entry(Decision::AgentRequested { handoff: EffectId(number), target, reason }));
        if let Some(failure) = failure {
            entries.push(said.entry(Decision::HandoffAbandoned { handoff: EffectId(number), failure }));
        }
    }
    entries.extend(said.joined_by(ADA, Some(QUEUE)));
    entries.push(said.left(ADA, 4_000));
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
    said.call_id
}

pub(super) fn asked(from: &str, to: &str, by: Grain, cut: Cut, key: Option<&str>) -> Ask {
    let date = |text: &str| text.parse().unwrap();
    Ask { from: date(from), to: date(to), by, cut, key: key.map(str::to_owned), currency: "EUR".to_owned() }
}

pub(super) fn report(store: &Store, ask: Ask) -> Report {
    read(store, |connection| query::report(connection, store.organization_id(), ask))
}

/// Returns every report of these days.
fn everything(store: &Store, from: &str, to: &str) -> Vec<Report> {
    let grains = [Grain::Day, Grain::Hour];
    let cuts = Cut::ALL.into_iter();
    cuts.flat_map(|cut| grains.map(|by| report(store, asked(from, to, by, cut, None)))).collect()
}

/// Returns those of a report's rows in which something began.
fn busy(report: &Report) -> Vec<(String, u64)> {
    let shown = |row: &cordboard_schema::report::ReportRow| match row.hour {
        Some(hour) => format!("{} {hour:02}", row.date),
        None => row.date.to_string(),
    };
    report
        .rows
        .iter()
        .filter(|row| row.figures.calls > 0)
        .map(|row| (shown(row), row.figures.calls))
        .collect()
}

fn of(report: &Report, key: &str) -> ReportFigures {
    report
        .keys
        .iter()
        .find(|found| found.key == key)
        .unwrap_or_else(|| panic!("no {key}: {report:?}"))
        .now
        .clone()
}

pub(super) async fn in_zone(store: &Store, revision: u64, zone: chrono_tz::Tz) {
    let (organization_id, profile) =
        (store.organization_id(), BusinessProfile { time_zone: zone, ..BusinessProfile::default() });
    let set = move |c: &mut cordboard::store::Connection| {
        change::set_business_profile(c, organization_id, revision, &profile)
    };
    assert!(store.change(set).await.unwrap());
}

/// Begins to count, and counts nothing yet.
pub(super) async fn begun(store: &Store) {
    let organization_id = store.organization_id();
    let (_, zone) = read(store, |c| query::zone_of_figures(c, organization_id));
    let mut next = Some(Beginning::default());
    while let Some(part) = next {
        let begin = move |c: &mut Connection| change::begin_figures(c, organization_id, zone, part);
        next = store.change(begin).await.unwrap();
    }
}

#[actix::test]
async fn stored_figures_match_the_rows() {
    let room = Room::new();
    let store = room.store();
    in_zone(&store, 0, chrono_tz::Europe::Berlin).await;
    begun(&store).await;
    for hour in 0..20 {
        answered(&store, &format!("2026-10-24T{hour:02}:20:00Z"));
    }
    handed_over(&store, "2026-10-24T22:00:00Z");
    missed(&store, "2026-10-25T00:30:00Z");
    store.commit().await.unwrap();

    let unkept = everything(&store, "2026-10-20", "2026-10-28");
    assert!(unkept.iter().all(|report| report.hours_behind == 0), "{unkept:?}");
    counting::all(&store).await.unwrap();
    let now = cordboard_actors::world::now().into();
    let stale = read(&store, |c| query::stale_figures(c, store.organization_id(), now));
    assert_eq!(stale, None, "all is counted");
    assert_eq!(everything(&store, "2026-10-20", "2026-10-28"), unkept, "the stored figures");

    // From their journals, as for calls from before this was folded.
    room.stranger().batch_execute("UPDATE calls SET tally = NULL").unwrap();
    begun(&store).await;
    counting::all(&store).await.unwrap();
    assert_eq!(everything(&store, "2026-10-20", "2026-10-28"), unkept, "the figures that were counted again");

    let all = report(&store, asked("2026-10-24", "2026-10-25", Grain::Day, Cut::All, None)).now.figures;
    assert_eq!((all.calls, all.answered, all.contained, all.handed_over, all.missed), (22, 21, 20, 1, 1));
    assert_eq!((all.cost_micros, all.replies), (20 * 7, 20));
    assert!(all.reply_p50_ms.unwrap().abs_diff(1_000) <= 32, "{all:?}");
    assert_eq!((all.handoffs, all.bridged, all.failures.len(), all.waits), (2, 1, 1, 1));
    assert_eq!(all.outcomes, [("no_audio".to_owned(), 1), ("normal_clearing".to_owned(), 21)].into());
    let numbers = report(&store, asked("2026-10-24", "2026-10-25", Grain::Day, Cut::Number, Some("200")));
    assert_eq!((of(&numbers, "100").calls, of(&numbers, "200").missed), (21, 1));
    assert_eq!((numbers.now.figures.calls, busy(&numbers)), (1, vec![("2026-10-25".to_owned(), 1)]));
    let queues = report(&store, asked("2026-10-24", "2026-10-25", Grain::Day, Cut::Queue, None));
    assert_eq!((of(&queues, &QUEUE.to_string()).answered, queues.now.figures.calls), (1, 22));
    let agents = report(&store, asked("2026-10-24", "2026-10-25", Grain::Day, Cut::Agent, None));
    assert_eq!(of(&agents, &ADA.to_string()).handling_ms, Some(4_000));
}

#[actix::test]
async fn a_wrap_up_open_overnight_counts_as_an_hour() {
    let room = Room::new();
    let store = room.store();
    begun(&store).await;
    let call_id = handed_over(&store, "2026-10-24T17:00:00Z");
    store.commit().await.unwrap();
    let wrap_up = WrapUp {
        organization_id: store.organization_id(),
        call_id,
        user_id: ADA,
        queue_id: Some(QUEUE),
        disposition_id: None,
        note: String::new(),
        started_at: at("2026-10-24T17:00:15Z"),
        ended_at: at("2026-10-25T08:00:00Z"),
    };
    let write = move |connection: &mut Connection| change::insert_wrap_up(connection, &wrap_up);
    store.change(write).await.unwrap();
    counting::all(&store).await.unwrap();
    for (cut, key) in [(Cut::Agent, ADA.to_string()), (Cut::Queue, QUEUE.to_string())] {
        let counted = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, cut, None));
        assert_eq!(of(&counted, &key).handling_ms, Some(3_604_000), "{key}");
    }
}

/// Creates a call whose caller asks for the queue and waits there: until an agent takes it two seconds later, or until they hang up.
fn waited(store: &Store, began: &str, is_taken: bool) {
    let mut said = Conversation::new(store.organization_id());
    let (handoff, target, reason) = (EffectId(1), "help".to_owned(), "asked".to_owned());
    let mut entries = said.live();
    entries.push(said.entry(Decision::AgentRequested { handoff, target, reason }));
    entries.push(said.entry(Fact::QueueEntered { handoff, queue_id: QUEUE, overflowed: None }));
    if is_taken {
        entries.extend(said.joined_by(ADA, Some(QUEUE)));
        entries.push(said.left(ADA, 4_000));
    } else {
        let failure = HandoffFailure::CallerLeft;
        entries.push(said.entry(Decision::HandoffAbandoned { handoff, failure }));
    }
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
}

#[actix::test]
async fn callers_hanging_up_in_queues_lower_the_service_level() {
    let room = Room::new();
    let store = room.store();
    begun(&store).await;
    waited(&store, "2026-10-24T10:00:00Z", true);
    waited(&store, "2026-10-24T10:10:00Z", false);
    // A call with a hand-off that another one redirected.
    handed_over(&store, "2026-10-24T10:20:00Z");
    answered(&store, "2026-10-24T10:30:00Z");
    store.commit().await.unwrap();
    let of_queue = || {
        let queues = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Queue, None));
        of(&queues, &QUEUE.to_string())
    };
    let level = of_queue();
    assert_eq!((level.calls, level.answered, level.missed), (3, 2, 1));
    assert_eq!((level.handoffs, level.bridged, level.waits_20_s), (3, 2, 2));
    assert_eq!(level.failures, [(HandoffFailure::CallerLeft, 1)].into());
    counting::all(&store).await.unwrap();
    assert_eq!(of_queue(), level, "the stored figures");
    room.stranger().batch_execute("UPDATE calls SET tally = NULL").unwrap();
    begun(&store).await;
    counting::all(&store).await.unwrap();
    assert_eq!(of_queue(), level, "the figures that were counted again from the journals");
}

#[actix::test]
async fn calls_count_on_the_local_day_and_hour_they_began() {
    let room = Room::new();
    let store = room.store();
    in_zone(&store, 0, chrono_tz::Europe::Berlin).await;
    // Clocks go back on the 25th: the hour from two to three occurs twice.
    for began in [
        "2026-10-24T21:59:59Z",
        "2026-10-24T22:00:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T23:00:00Z",
    ] {
        missed(&store, began);
    }
    // They go forward on the 29th of March: the hour from two to three is skipped.
    missed(&store, "2026-03-29T00:59:59Z");
    missed(&store, "2026-03-29T01:00:00Z");
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let told = |report: &[(&str, u64)]| -> Vec<(String, u64)> {
        report.iter().map(|(slot, calls)| ((*slot).to_owned(), *calls)).collect()
    };
    let autumn = |by| report(&store, asked("2026-10-24", "2026-10-26", by, Cut::All, None));
    assert_eq!(busy(&autumn(Grain::Day)), told(&[("2026-10-24", 1), ("2026-10-25", 3), ("2026-10-26", 1)]));
    assert_eq!(
        busy(&autumn(Grain::Hour)),
        told(&[
            ("2026-10-24 23", 1),
            ("2026-10-25 00", 1),
            ("2026-10-25 02", 1),
            ("2026-10-25 02", 1),
            ("2026-10-26 00", 1)
        ])
    );
    assert_eq!(autumn(Grain::Hour).rows.len(), 24 + 25 + 24);
    let spring = report(&store, asked("2026-03-29", "2026-03-29", Grain::Hour, Cut::All, None));
    assert_eq!((busy(&spring), spring.rows.len()), (told(&[("2026-03-29 01", 1), ("2026-03-29 03", 1)]), 23));

    // The business moves: in India hours begin at half past.
    in_zone(&store, 1, chrono_tz::Asia::Kolkata).await;
    let between = autumn(Grain::Day);
    assert_eq!((&*between.tz, between.next_tz.as_deref()), ("Europe/Berlin", Some("Asia/Kolkata")));
    counting::all(&store).await.unwrap();
    let moved = autumn(Grain::Hour);
    assert_eq!((&*moved.tz, moved.next_tz.as_deref()), ("Asia/Kolkata", None));
    assert_eq!(
        busy(&moved),
        told(&[("2026-10-25 03", 2), ("2026-10-25 06", 1), ("2026-10-25 07", 1), ("2026-10-26 04", 1)])
    );
}

#[actix::test]
async fn a_late_row_counts_at_once_where_its_call_began() {
    let room = Room::new();
    let store = room.store();
    let mut said = answered(&store, "2026-10-24T10:00:00Z");
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let cost = || {
        report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::All, None)).now.figures.cost_micros
    };
    assert_eq!(cost(), 7);
    let mut late = said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 5 });
    late.at = at("2026-10-26T10:00:00Z");
    store.journal(vec![late]);
    // A call of that day that is written days later, and the day's other calls again.
    missed(&store, "2026-10-24T23:59:59Z");
    store.commit().await.unwrap();
    assert_eq!(cost(), 12, "before it is counted");
    counting::all(&store).await.unwrap();
    assert_eq!(cost(), 12, "after it is counted");
    let day = report(&store, asked("2026-10-24", "2026-10-24", Grain::Hour, Cut::All, None));
    assert_eq!(busy(&day), [("2026-10-24 10".to_owned(), 1), ("2026-10-24 23".to_owned(), 1)]);
    let next = report(&store, asked("2026-10-25", "2026-10-25", Grain::Day, Cut::All, None));
    assert_eq!((next.now.figures.calls, next.before.figures.calls), (0, 2), "compared with the day before");
}

#[actix::test]
async fn two_servers_counting_the_same_hour_miss_no_call() {
    let room = Room::new();
    let store = room.store();
    begun(&store).await;
    let organization_id = store.organization_id();
    let count = || read(&store, |c| query::count_figures(c, organization_id)).unwrap();
    let keep = async |counted| store.change(move |c| change::keep_figures(c, &counted)).await.unwrap();
    missed(&store, "2026-10-24T10:00:00Z");
    store.commit().await.unwrap();
    let older = count();
    missed(&store, "2026-10-24T10:10:00Z");
    store.commit().await.unwrap();
    let newer = count();
    assert!(keep(newer).await);
    assert!(!keep(older.clone()).await, "it has not seen the second call");
    let calls =
        || report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::All, None)).now.figures.calls;
    assert_eq!(calls(), 2);

    // In the other order the newer one is discarded, and the hour stays marked.
    missed(&store, "2026-10-24T10:20:00Z");
    store.commit().await.unwrap();
    let older = count();
    missed(&store, "2026-10-24T10:30:00Z");
    store.commit().await.unwrap();
    let newer = count();
    assert!(keep(older).await);
    assert!(!keep(newer).await);
    assert_eq!(calls(), 4);
    counting::all(&store).await.unwrap();
    assert_eq!(calls(), 4);
}

/// Creates an answered call of this caller; with a hand-off that reached no one if `failure` is given.
fn answered_by(store: &Store, number: &str, began: &str, failure: Option<HandoffFailure>) -> Conversation {
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live_by(number);
    if let Some(failure) = failure {
        let (target, reason) = ("help".to_owned(), "asked".to_owned());
        entries.push(said.entry(Decision::AgentRequested { handoff: EffectId(9), target, reason }));
        entries.push(said.entry(Decision::HandoffAbandoned { handoff: EffectId(9), failure }));
    }
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
    said
}

/// Counts what is marked, and nothing else.
pub(super) async fn kept(store: &Store) {
    let organization_id = store.organization_id();
    while let Some(counted) = read(store, |c| query::count_figures(c, organization_id)) {
        assert!(store.change(move |c| change::keep_figures(c, &counted)).await.unwrap());
    }
}

#[actix::test]
async fn a_call_is_resolved_after_a_week_without_another_call() {
    let room = Room::new();
    let store = with_own_numbers(&room).await;
    let organization_id = store.organization_id();
    begun(&store).await;
    room.stranger().batch_execute("UPDATE figure_zones SET settled_until = '2026-10-13 00:00:00'").unwrap();
    let [again, once, failed, later] = ["+493010000001", "+493010000002", "+493010000003", "+493010000004"];
    answered_by(&store, again, "2026-10-20T10:00:00Z", None);
    missed_by(&store, again, "2026-10-23T12:00:00Z");
    answered_by(&store, once, "2026-10-20T10:05:00Z", None);
    answered_by(&store, failed, "2026-10-20T10:20:00Z", Some(HandoffFailure::NoAnswer));
    answered_by(&store, later, "2026-10-20T10:30:00Z", None);
    missed_by(&store, later, "2026-10-27T10:30:01Z");
    // A caller without a number may be anyone, and so may one whose switch shows one of our numbers.
    for anybody in ["anonymous", "+493098765001"] {
        answered_by(&store, anybody, "2026-10-20T10:40:00Z", None);
        answered_by(&store, anybody, "2026-10-20T10:50:00Z", None);
    }
    store.commit().await.unwrap();
    let told = |day: &str| {
        let figures = report(&store, asked(day, day, Grain::Day, Cut::All, None)).now.figures;
        (figures.settled, figures.resolved)
    };
    kept(&store).await;
    assert_eq!(told("2026-10-20"), (0, 0), "it is too early to say");

    let settle = async |now: &str| {
        let now = at(now);
        store.change(move |c| change::settle_figures(c, organization_id, now)).await.unwrap();
    };
    settle("2026-10-27T10:35:00Z").await;
    assert_eq!(told("2026-10-20"), (3, 1), "those until 10:25");
    kept(&store).await;
    settle("2026-10-28T00:00:00Z").await;
    assert_eq!(told("2026-10-20"), (4, 2), "before it is counted");
    kept(&store).await;
    assert_eq!((told("2026-10-20"), told("2026-10-23")), ((4, 2), (0, 0)));

    // A call within the week after it that is written when all of this is stored.
    missed_by(&store, once, "2026-10-26T09:00:00Z");
    store.commit().await.unwrap();
    assert_eq!(told("2026-10-20"), (4, 1), "before it is counted");
    kept(&store).await;
    assert_eq!(told("2026-10-20"), (4, 1), "after it is counted");
    begun(&store).await;
    assert_eq!(told("2026-10-20"), (4, 1), "after all is counted again");
}

#[actix::test]
async fn calls_of_a_campaign_count_as_its_own() {
    let room = Room::new();
    let store = room.store();
    let said = answered_by(&store, "+493010000001", "2026-10-24T10:00:00Z", None);
    answered_by(&store, "+493010000002", "2026-10-24T10:10:00Z", None);
    store.commit().await.unwrap();
    let (call, owner) = (said.call_id, store.organization_id());
    room.stranger()
        .batch_execute(&format!(
            "UPDATE calls SET direction = 'outbound' WHERE id = '{call}'; \
             INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('spring', '{owner}', 'Spring sale', 'running', '{{}}', '2026-10-24 00:00:00', '2026-10-24 00:00:00'); \
             INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at) \
             VALUES ('{call}', '{owner}', 'spring', 'somebody', '+493010000001', '2026-10-24 09:59:59')"
        ))
        .unwrap();
    counting::all(&store).await.unwrap();
    let campaigns = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Campaign, None));
    let key = &campaigns.keys[0];
    assert_eq!(
        (campaigns.keys.len(), key.key.as_str(), key.name.as_deref()),
        (1, "spring", Some("Spring sale"))
    );
    assert_eq!((key.now.calls, key.now.inbound, campaigns.now.figures.calls), (1, 0, 2));
}

#[actix::test]
async fn all_calls_of_a_busy_hour_count() {
    let room = Room::new();
    let store = room.store();
    let said = answered_by(&store, "+493010000001", "2026-10-24T10:00:00Z", None);
    store.commit().await.unwrap();
    // 1,200 further calls like the first: 700 at its moment, the others 2 s apart.
    let mut stranger = room.stranger();
    for number in 1..=1_200_u32 {
        let second = number.saturating_sub(700) * 2;
        let at = format!("2026-10-24 10:{:02}:{:02}", second / 60, second % 60);
        stranger
            .batch_execute(&format!(
                "INSERT INTO calls (id, organization_id, state, direction, from_party, party_number, started_at, answered_at, ended_at, hangup_cause, \
                 hangup_by, profile_id, next, last_seq, cost_micros, talk_ms) SELECT '{}', organization_id, state, direction, from_party, party_number, \
                 '{at}', answered_at, ended_at, hangup_cause, hangup_by, profile_id, next, last_seq, cost_micros, talk_ms FROM calls WHERE id = '{}'",
                Uuid::from_u128(u128::MAX - u128::from(number)),
                said.call_id,
            ))
            .unwrap();
    }
    counting::all(&store).await.unwrap();
    let day = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Number, None));
    assert_eq!((day.now.figures.calls, day.now.figures.answered), (1_201, 1_201));
}

/// Creates a 10 s call with an assistant of that provider. If its caller interrupts it, it books an appointment, and 7 s of the call are silent.
fn conversed(store: &Store, provider: &str, is_interrupted: bool, began: &str) {
    let mut said = Conversation::new(store.organization_id());
    // The third of these is the answer: the conversation begins 2 s after the call.
    let mut entries = said.live();
    let provider = provider.to_owned();
    entries.push(said.entry(Fact::AssistantReady { leg: LegId(2), provider, speaks_text: false }));
    entries.push(said.entry(Fact::ItemStarted { leg: LegId(2), item: ItemId(2), line: None }));
    if is_interrupted {
        entries.push(said.entry(Fact::SpeechStarted));
        entries.push(said.entry(Fact::PlayedUntil {
            item: ItemId(2),
            heard_ms: 900,
            end: PlayedEnd::Cleared,
        }));
        entries.push(said.entry(Fact::SpeechStopped { speech_ms: 2_000 }));
        let appointment_id = AppointmentId(Uuid::now_v7());
        entries.push(said.entry(Decision::AppointmentBooked { effect: EffectId(3), appointment_id }));
    } else {
        // They are reported 4 s later: the assistant speaks for that long.
        let more = (0..3).map(|_| said.said("Hm")).collect::<Vec<_>>();
        entries.extend(more);
        entries.push(said.entry(Fact::PlayedUntil {
            item: ItemId(2),
            heard_ms: 4_000,
            end: PlayedEnd::Finished,
        }));
    }
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
}

#[actix::test]
async fn a_providers_talk_silence_interruptions_and_bookings_are_reported() {
    let room = Room::new();
    let store = room.store();
    begun(&store).await;
    conversed(&store, "openai", true, "2026-10-24T10:00:00Z");
    conversed(&store, "openai", true, "2026-10-24T11:00:00Z");
    conversed(&store, "builtin", false, "2026-10-24T12:00:00Z");
    missed(&store, "2026-10-24T13:00:00Z");
    store.commit().await.unwrap();
    let by_provider =
        |key: Option<&str>| report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Provider, key));
    let told = |figures: &ReportFigures| {
        let conversations = (figures.conversations, figures.conversed_ms, figures.silent_ms);
        (figures.calls, figures.talk_ms, conversations, figures.interruptions)
    };
    let told_all = || {
        let report = by_provider(None);
        assert_eq!(report.keys.len(), 2, "{report:?}");
        let openai = (2, Some(10_000), (2, 20_000, 14_000), 2);
        let builtin = (1, Some(10_000), (1, 10_000, 6_000), 0);
        assert_eq!([told(&of(&report, "openai")), told(&of(&report, "builtin"))], [openai, builtin]);
        // The steps of the page's funnel.
        let all = &report.now.figures;
        assert_eq!((all.calls, all.answered, all.leads, all.bookings), (4, 3, 0, 2));
        let row = &by_provider(Some("openai")).rows[0];
        assert_eq!((told(&row.figures), row.figures.bookings), (openai, 2), "its row of the day");
    };
    told_all();
    counting::all(&store).await.unwrap();
    told_all();
    assert_eq!(by_provider(Some("open\0ai")).now.figures.calls, 0, "an unknown provider has no calls");
}

#[actix::test]
async fn profile_versions_are_compared_together_and_with_the_time_before() {
    let room = Room::new();
    let store = room.store();
    let id = ProfileId(Uuid::from_u128(0x9f));
    for (version, began) in [
        (1, "2026-10-23T10:00:00Z"),
        (1, "2026-10-23T11:00:00Z"),
        (1, "2026-10-24T08:00:00Z"),
        (2, "2026-10-24T10:00:00Z"),
        (2, "2026-10-24T11:00:00Z"),
    ] {
        let mut said = Conversation::new(store.organization_id());
        let mut entries = said.live();
        let Event::Fact(Fact::CallStarted { profile, .. }) = &mut entries[0].event else {
            panic!("no beginning")
        };
        let profile = Arc::make_mut(profile);
        (profile.id, profile.version) = (id, version);
        if began.ends_with("11:00:00Z") {
            let (target, reason) = ("help".to_owned(), "asked".to_owned());
            entries.push(said.entry(Decision::AgentRequested { handoff: EffectId(9), target, reason }));
            let failure = HandoffFailure::NoAnswer;
            entries.push(said.entry(Decision::HandoffAbandoned { handoff: EffectId(9), failure }));
        }
        entries.extend(said.ended(NextStep::Hangup));
        store.journal(moved(entries, began));
    }
    store.commit().await.unwrap();
    let by_version = || {
        let report = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Version, None));
        let told = |figures: &ReportFigures| (figures.calls, figures.handoffs, figures.bridged);
        let rows = report.keys.iter();
        rows.map(|key| (key.version, told(&key.now), told(&key.before))).collect::<Vec<_>>()
    };
    let expected = [(Some(2), (2, 1, 0), (0, 0, 0)), (Some(1), (1, 0, 0), (2, 1, 0))];
    assert_eq!(by_version(), expected, "before they are counted");
    counting::all(&store).await.unwrap();
    assert_eq!(by_version(), expected, "after they are counted");
}

#[actix::test]
async fn a_profile_is_compared_with_the_time_before_its_publication() {
    let room = Room::new();
    let store = room.store();
    in_zone(&store, 0, chrono_tz::Europe::Berlin).await;
    let owner = store.organization_id();
    let published = read(&store, |c| query::published_profiles(c, owner)).remove(0).profile;
    // Half past midnight in Berlin.
    room.stranger()
        .batch_execute("UPDATE agent_profile_versions SET published_at = '2026-10-23 22:30:00'")
        .unwrap();
    for (version, began) in [
        (0, "2026-10-23T10:00:00Z"),
        (published.version, "2026-10-24T10:00:00Z"),
        (published.version, "2026-10-24T11:00:00Z"),
    ] {
        let mut said = Conversation::new(owner);
        let mut entries = said.live();
        let Event::Fact(Fact::CallStarted { profile, .. }) = &mut entries[0].event else {
            panic!("no beginning")
        };
        let profile = Arc::make_mut(profile);
        (profile.id, profile.version) = (published.id, version);
        entries.extend(said.ended(NextStep::Hangup));
        store.journal(moved(entries, began));
    }
    store.commit().await.unwrap();
    let versions = report(&store, asked("2026-10-23", "2026-10-24", Grain::Day, Cut::Version, None));
    let told: Vec<_> = versions.keys.iter().map(|key| (key.version, key.published_on)).collect();
    let day: chrono::NaiveDate = "2026-10-24".parse().unwrap();
    assert_eq!(told, [(Some(published.version), Some(day)), (Some(0), None)], "a draft was never published");
    let id = published.id.to_string();
    let since = report(&store, asked("2026-10-24", "2026-10-24", Grain::Day, Cut::Profile, Some(&id)));
    assert_eq!((since.now.figures.calls, since.before.figures.calls), (2, 1));
}

/// Creates five calls an hour from 08:00 to 15:00; `missed_calls` of them are missed.
fn working_day(store: &Store, day: &str, missed_calls: usize) {
    for number in 0..40 {
        let began = format!("{day}T{:02}:{:02}:00Z", 8 + number / 5, number % 5 * 10);
        if number < missed_calls {
            missed(store, &began);
        } else {
            answered(store, &began);
        }
    }
}

#[actix::test]
async fn figures_unusual_for_the_weekday_are_reported_once() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    in_zone(&store, 0, chrono_tz::Europe::Berlin).await;
    begun(&store).await;
    for (day, missed_calls) in [
        ("2026-09-30", 4),
        ("2026-10-07", 2),
        ("2026-10-14", 3),
        ("2026-10-20", 39),
        ("2026-10-21", 20),
        ("2026-10-28", 5),
    ] {
        working_day(&store, day, missed_calls);
        store.commit().await.unwrap();
    }
    kept(&store).await;
    let watch = FigureWatch {
        store: store.clone(),
        base_url: "https://calls.example".to_owned(),
        currency: "EUR".to_owned(),
    };
    let over = at("2026-10-21T23:00:00Z");
    assert_eq!(watch.run_pass(over).await.unwrap(), 0, "no one has subscribed");
    let recipients = Recipients { email: vec!["owner@example.com".to_owned()], sms: Vec::new() };
    let settings = NoticeSettings { figures_changed: recipients, ..NoticeSettings::default() };
    store.change(move |c| change::set_notice_settings(c, organization_id, &settings)).await.unwrap();

    let told = || {
        let of_all = DeliveryQuery { webhook_id: None, before: None, limit: 10 };
        let deliveries = read(&store, |c| query::deliveries(c, organization_id, of_all));
        let letters = deliveries.iter().map(|delivery| query::letter(delivery).unwrap());
        letters.map(|letter| (letter.subject, letter.text)).collect::<Vec<_>>()
    };
    // In Berlin the 21st has been over for an hour at 23:00 UTC. The Tuesday before it, a bad day, is not one of its usual days.
    assert_eq!(watch.run_pass(over - 60_000).await.unwrap(), 0, "the 20th has no Tuesdays before it");
    assert_eq!(watch.run_pass(over).await.unwrap(), 1);
    assert_eq!(
        watch.run_pass(over - 2 * 3_600_000).await.unwrap(),
        0,
        "the clock is set back across midnight"
    );
    for _ in 0..2 {
        assert_eq!(watch.run_pass(over + 60_000).await.unwrap(), 0, "it was reported already");
        assert_eq!(
            told(),
            [(
                "Unusual figures of Wednesday, 21 October 2026: missed calls".to_owned(),
                "missed calls: 50 %, usually 8 %\n\
                 Report: https://calls.example/reports?from=2026-10-21&to=2026-10-21\n"
                    .to_owned()
            )]
        );
        // Figures that are counted again, as for another zone, are not reported again.
        begun(&store).await;
        kept(&store).await;
    }
    // A week later the bad day is one of the usual ones, and a good day is within their range.
    assert_eq!(watch.run_pass(at("2026-10-29T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(told().len(), 1);
    // A clock that was ahead has compared a day that has not come yet.
    watch.run_pass(at("2027-03-01T00:00:00Z")).await.unwrap();
    assert_eq!(watch.run_pass(over).await.unwrap(), 1, "later days are compared again");
}

#[actix::test]
async fn an_unreadable_call_keeps_only_its_day_from_comparison() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    in_zone(&store, 0, chrono_tz::Europe::Berlin).await;
    begun(&store).await;
    for (day, missed_calls) in
        [("2026-09-30", 4), ("2026-10-07", 2), ("2026-10-14", 3), ("2026-10-21", 20), ("2026-10-28", 5)]
    {
        working_day(&store, day, missed_calls);
    }
    // A usual day, a day between the usual ones, and a day that is compared later.
    let bad = ["2026-10-07T09:00:00Z", "2026-10-20T09:00:00Z", "2026-10-28T09:00:00Z"]
        .map(|began| answered(&store, began).call_id);
    store.commit().await.unwrap();
    for id in bad {
        room.stranger().batch_execute(&format!("UPDATE calls SET state = 'gone' WHERE id = '{id}'")).unwrap();
    }
    counting::all(&store).await.unwrap();
    let recipients = Recipients { email: vec!["owner@example.com".to_owned()], sms: Vec::new() };
    let settings = NoticeSettings { figures_changed: recipients, ..NoticeSettings::default() };
    store.change(move |c| change::set_notice_settings(c, organization_id, &settings)).await.unwrap();
    let watch = FigureWatch { store: store.clone(), base_url: String::new(), currency: "EUR".to_owned() };
    let held_up = || store.job_faults().counts()["comparison"];

    assert_eq!(watch.run_pass(at("2026-10-21T23:00:00Z")).await.unwrap(), 1);
    assert_eq!(held_up(), 0);
    let of_all = DeliveryQuery { webhook_id: None, before: None, limit: 10 };
    let deliveries = read(&store, |c| query::deliveries(c, organization_id, of_all));
    let letter = query::letter(&deliveries[0]).unwrap();
    assert!(letter.text.starts_with("missed calls: 50 %, usually 9 %\n"), "without the 7th: {}", letter.text);

    let over = at("2026-10-29T00:00:00Z");
    let due = || read(&store, |c| query::day_to_compare(c, organization_id, over));
    let day: chrono::NaiveDate = "2026-10-28".parse().unwrap();
    assert_eq!((watch.run_pass(over).await.unwrap(), held_up(), due()), (0, 1, Some(day)));
    let unread =
        read(&store, |c| query::figures_of_days(c, organization_id, &[day])).remove(0).unread.unwrap();
    assert!(unread.starts_with("the hour from 2026-10-28T09:00:00Z: "), "{unread}");
    assert!(unread.contains(&bad[2].to_string()), "{unread}");

    room.stranger().batch_execute("UPDATE calls SET state = 'ended'").unwrap();
    assert_eq!((watch.run_pass(over).await.unwrap(), held_up(), due()), (0, 0, None), "it was compared");
}
