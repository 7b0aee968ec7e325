//! Data that is kept for a time, and then deleted.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cordboard::config::{Config, Sources};
use cordboard::counting;
use cordboard::recordings::{RecordingFiles, RemoteStore};
use cordboard::retention::RetentionKeeper;
use cordboard::store::{
    After, CallQuery, Connection, ContactQuery, CustomerQuery, DeliveryQuery, Store, SuppressionQuery,
    change, query,
};
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::customer::Customer;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact, JournalEntry};
use cordboard_schema::ids::{AuditId, CallId, CampaignId, ContactId, CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{AUDIT_DELETED_AT_ONCE, FORGOTTEN_AT_ONCE, RETENTION_AT_ONCE};
use cordboard_schema::quality::{Answers, CallScore};
use cordboard_schema::report::{Cut, Grain};
use cordboard_schema::retention::{DeletedType, Retention, RetentionCounts, RetentionKind, RetentionRun};
use cordboard_schema::shadow::{ShadowCall, ShadowTurn};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::WrapUpDraft;
use cordboard_test_support::moto::Moto;
use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use uuid::Uuid;

use super::room::{Room, call, eventually, first_profile, journal, read, settings_at, transcript};
use super::{figures, floor};
use crate::entries::{Conversation, now};

const DAY_MS: u64 = 24 * 3_600_000;

/// A database, a folder of recordings, and the retention worker.
struct Kept {
    room: Room,
    store: Store,
    folder: TempDir,
    keeper: RetentionKeeper,
}

impl Kept {
    fn new() -> Self {
        let room = Room::new();
        let (store, folder) = (room.store(), tempfile::tempdir().unwrap());
        let keeper = RetentionKeeper {
            store: store.clone(),
            files: RecordingFiles::new(folder.path().to_owned(), None),
        };
        Self { room, store, folder, keeper }
    }

    fn owner(&self) -> OrganizationId {
        self.store.organization_id()
    }

    /// Creates a finished call that began `days_ago` days ago, with a recording of 1,000 bytes.
    async fn call(&self, days_ago: u64) -> CallId {
        self.call_of(self.owner(), days_ago).await
    }

    async fn call_of(&self, owner: OrganizationId, days_ago: u64) -> CallId {
        let began = now() - days_ago * DAY_MS;
        let mut said = Conversation::new(owner);
        said.call_id = CallId(id_of(days_ago));
        let mut entries = said.live();
        entries.push(said.entry(Fact::RecordingStarted { offset_ms: 0 }));
        entries.extend(said.ended(NextStep::Hangup));
        entries.push(said.entry(Fact::RecordingFinished { duration_ms: 60_000 }));
        entries.iter_mut().for_each(|entry| entry.at = began);
        self.store.journal(entries);
        self.store.commit().await.unwrap();
        let file =
            read(&self.store, |connection| query::call(connection, owner, said.call_id)).unwrap().recording;
        std::fs::write(self.folder.path().join(file.unwrap()), [0; 1_000]).unwrap();
        said.call_id
    }

    /// Creates a finished call with this number that began `days_ago` days ago, without a recording.
    async fn call_by(&self, number: &str, days_ago: u64) -> CallId {
        let mut said = Conversation::new(self.owner());
        said.call_id = CallId(id_of(days_ago));
        let mut entries = said.live_by(number);
        entries.extend(said.ended(NextStep::Hangup));
        entries.iter_mut().for_each(|entry| entry.at = now() - days_ago * DAY_MS);
        self.store.journal(entries);
        self.store.commit().await.unwrap();
        said.call_id
    }

    async fn keep(&self, days: Retention) {
        let owner = self.owner();
        let set = move |connection: &mut Connection| change::set_retention(connection, owner, &days);
        self.store.change(set).await.unwrap();
    }

    fn due(&self, days: Retention) -> RetentionCounts {
        read(&self.store, |connection| query::retention_due(connection, self.owner(), &days, now()))
    }

    /// Returns the runs of deletion, the newest first.
    fn runs(&self) -> Vec<(RetentionKind, u32, u64, u64)> {
        let runs = read(&self.store, |connection| query::retention_runs(connection, self.owner(), None, 10));
        let told = |RetentionRun { kind, kept_days, deleted, bytes, .. }: RetentionRun| {
            (kind, kept_days, deleted, bytes)
        };
        runs.into_iter().map(told).collect()
    }

    /// Stores a shadow's answers on a call.
    async fn shadow(&self, call_id: CallId) {
        let owner = self.owner();
        let profile = read(&self.store, |connection| first_profile(connection, owner));
        let began = now() - 40 * DAY_MS;
        let call = ShadowCall { call_id, ..super::shadows::of_call(owner, profile, began) };
        let begin = move |connection: &mut Connection| change::begin_shadow(connection, &call, (1, now()));
        assert!(self.store.change(begin).await.unwrap());
    }

    fn shadows(&self) -> usize {
        let owner = self.owner();
        let profile = read(&self.store, |connection| first_profile(connection, owner));
        read(&self.store, |connection| query::shadow_calls(connection, owner, profile, None, 10)).len()
    }

    /// Returns the number of records that the runs deleted, and the listed records, the newest run first.
    fn deleted(&self) -> Vec<(DeletedType, Vec<String>, Vec<String>)> {
        let owner = self.owner();
        let runs = read(&self.store, |connection| query::retention_runs(connection, owner, None, 10));
        let parts = runs.iter().flat_map(|run| {
            read(&self.store, |connection| query::retention_parts(connection, owner, run.id, None, 10))
                .unwrap()
        });
        parts.map(|part| (part.record_type, part.record_ids, part.present_ids)).collect()
    }

    /// Creates a customer with the number +493000`n` who was last changed `days_ago` days ago.
    fn customer(&self, n: u32, days_ago: u64) {
        self.sql(&format!(
            "INSERT INTO customers (id, organization_id, phone, name, email, address, notes, language, tags, verified, \
             sms_opted_out, search, created_at, updated_at) VALUES ('{}', '{}', '+493000{n}', 'Customer {n}', '', '', '', \
             '', '[]', false, false, '', '{at}', '{at}')",
            Uuid::from_u128(n.into()),
            self.owner(),
            at = column(days_ago),
        ));
    }

    /// Returns the names of the existing customers.
    fn customers(&self) -> Vec<String> {
        let asked = CustomerQuery { limit: 10, ..CustomerQuery::default() };
        let found = read(&self.store, |connection| query::customers(connection, self.owner(), asked));
        let mut names: Vec<String> = found.into_iter().map(|customer| customer.name).collect();
        names.sort();
        names
    }

    /// Keeps a call as an example of the Studio.
    fn make_example(&self, call_id: CallId) {
        let (owner, id) = (self.owner(), Uuid::now_v7());
        self.sql(&format!(
            "INSERT INTO examples (id, organization_id, profile_id, call_id, name, expectations, created_at) \
             SELECT '{id}', '{owner}', id, '{call_id}', 'one', '{{}}', '2026-01-01 00:00:00' FROM agent_profiles \
             WHERE organization_id = '{owner}' LIMIT 1"
        ));
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }

    fn found(&self, words: &str) -> usize {
        let wanted = CallQuery { said: Some(words.to_owned()), limit: 100, ..CallQuery::default() };
        read(&self.store, |connection| query::calls(connection, self.owner(), wanted)).len()
    }

    fn sql(&self, sql: &str) {
        self.room.stranger().batch_execute(sql).unwrap();
    }
}

/// Returns an id that was created `days_ago` days ago.
fn id_of(days_ago: u64) -> Uuid {
    let began = now() - days_ago * DAY_MS;
    let chance = Uuid::now_v7().as_u128() & ((1 << 80) - 1);
    Uuid::from_u128(u128::try_from(began.0).unwrap() << 80 | chance)
}

#[actix::test]
async fn more_customers_than_one_statement_reads_are_counted_once() {
    let kept = Kept::new();
    let (owner, old) = (kept.owner(), column(400));
    let rows: Vec<String> = (0..1_001)
        .map(|_| {
            let id = id_of(400);
            format!("('{id}', '{owner}', '', '', '', '', 'en', '[]', FALSE, FALSE, '', '{old}', '{old}')")
        })
        .collect();
    kept.sql(&format!(
        "INSERT INTO customers (id, organization_id, name, email, address, notes, language, tags, verified, sms_opted_out, search, \
         created_at, updated_at) VALUES {}",
        rows.join(", ")
    ));
    let days = Retention { customers_days: Some(365), ..Retention::default() };
    assert_eq!(kept.due(days).customers, 1_001);
}

/// Returns the moment `days_ago` days ago, in the format of columns.
fn column(days_ago: u64) -> String {
    UnixMs::to_utc(now() - days_ago * DAY_MS).format("%Y-%m-%d %H:%M:%S").to_string()
}

#[actix::test]
async fn only_recordings_words_and_calls_past_retention_are_deleted() {
    let kept = Kept::new();
    let (oldest, old, young) = (kept.call(100).await, kept.call(40).await, kept.call(5).await);
    let days = Retention {
        recordings_days: Some(30),
        words_days: Some(60),
        calls_days: Some(90),
        ..Retention::default()
    };
    assert_eq!(
        kept.due(days),
        RetentionCounts { recordings: 2, words: 1, calls: 1, ..RetentionCounts::default() }
    );
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((kept.runs(), kept.files()), (vec![], 3), "no retention is set");

    kept.shadow(old).await;
    // An agent has begun a wrap-up draft for both.
    let (owner, ada) = (kept.owner(), floor::user(&kept.store, kept.owner(), "Ada").await.id);
    for call_id in [oldest, old] {
        let (note, updated_at) = ("She wants".to_owned(), now());
        let draft = WrapUpDraft {
            organization_id: owner,
            call_id,
            user_id: ada,
            disposition_id: None,
            note,
            updated_at,
        };
        floor::changed(&kept.store, move |connection| change::write_wrap_up_draft(connection, &draft)).await;
    }
    let drafts = || {
        [oldest, old].map(|call_id| {
            read(&kept.store, |connection| query::wrap_up_draft(connection, owner, (call_id, ada))).is_some()
        })
    };
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.shadows(), 1, "a shadow's answers are as old as the call's words");
    assert_eq!(drafts(), [false, true], "so is an agent's draft");
    assert_eq!(call(&kept.store, oldest), None);
    let shown = call(&kept.store, old).unwrap();
    assert_eq!(
        (shown.recording, transcript(&kept.store, old).len()),
        (None, 2),
        "its words are younger than 60 days"
    );
    assert!(call(&kept.store, young).unwrap().recording.is_some());
    assert_eq!((kept.files(), kept.found("table")), (1, 2));
    let of = |kind, kept_days, deleted, bytes| (kind, kept_days, deleted, bytes);
    assert_eq!(
        kept.runs(),
        [
            of(RetentionKind::Calls, 90, 1, 0),
            of(RetentionKind::Words, 60, 1, 0),
            of(RetentionKind::Recordings, 30, 2, 2_000),
        ]
    );
    assert_eq!(kept.due(days), RetentionCounts::default());
    let gone = |record_type, calls: &[CallId]| {
        (record_type, calls.iter().map(CallId::to_string).collect::<Vec<_>>(), vec![])
    };
    assert_eq!(
        kept.deleted(),
        [
            gone(DeletedType::Call, &[oldest]),
            gone(DeletedType::Words, &[oldest]),
            gone(DeletedType::Recording, &[oldest, old]),
        ]
    );

    // A month later the words of the next call are old enough. Nothing is deleted twice.
    kept.keeper.run_pass(now() + 30 * DAY_MS).await.unwrap();
    assert_eq!((journal(&kept.store, old).len(), transcript(&kept.store, old).len()), (0, 0));
    assert_eq!((kept.shadows(), drafts()), (0, [false, false]));
    assert!(call(&kept.store, old).is_some(), "the call's row is kept for 90 days");
    assert_eq!((transcript(&kept.store, young).len(), kept.found("table")), (2, 1));
    let newest: Vec<RetentionKind> = kept.runs().into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(newest[..2], [RetentionKind::Words, RetentionKind::Recordings]);
    kept.keeper.run_pass(now() + 30 * DAY_MS).await.unwrap();
    assert_eq!(kept.runs().len(), newest.len());
}

#[actix::test]
async fn tries_and_evidence_are_as_old_as_their_calls() {
    let kept = Kept::new();
    let (oldest, old) = (kept.call(100).await, kept.call(40).await);
    // Two calls of a campaign on which the caller wanted no further calls.
    for (call_id, days_ago) in [(oldest, 100), (old, 40)] {
        let at = column(days_ago);
        let owner = kept.owner();
        kept.sql(&format!(
            "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
             VALUES ('{call_id}', '{owner}', '{owner}', '{owner}', '+49301234', '{at}', '{at}', 'talked'); \
             INSERT INTO suppressions (organization_id, number, source, evidence, call_id, created_at) \
             VALUES ('{owner}', '+49301{days_ago:03}', 'words', 'Stop it.', '{call_id}', '{at}')",
        ));
    }
    let days = Retention {
        recordings_days: Some(30),
        words_days: Some(60),
        calls_days: Some(90),
        ..Retention::default()
    };
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    let contact = ContactId(kept.owner().0);
    let tries = read(&kept.store, |connection| query::attempts_of_contact(connection, kept.owner(), contact));
    assert_eq!(tries.iter().map(|attempt| attempt.call_id).collect::<Vec<_>>(), [old]);
    let all = SuppressionQuery { limit: 9, ..SuppressionQuery::default() };
    let promised = read(&kept.store, |connection| query::suppressions(connection, kept.owner(), &all));
    let said: Vec<_> = promised.iter().map(|one| (one.number.as_str(), one.evidence.as_str())).collect();
    assert_eq!(
        said,
        [("+49301040", "Stop it."), ("+49301100", "")],
        "evidence is as old as the words of its call"
    );
    let calls: Vec<_> = promised.iter().map(|one| one.call_id).collect();
    assert_eq!(calls, [Some(old), None], "no suppressed number names a deleted call");
}

#[actix::test]
async fn a_shadows_cost_outlives_its_words_this_month() {
    let kept = Kept::new();
    let owner = kept.owner();
    let profile = read(&kept.store, |connection| first_profile(connection, owner));
    let turn = ShadowTurn { said: "My number is".to_owned(), ..ShadowTurn::new(now()) };
    let this_month = ShadowCall {
        call_id: kept.call(40).await,
        cost_micros: 7,
        turns: vec![turn],
        ..super::shadows::of_call(owner, profile, now())
    };
    let id = this_month.id;
    let begin = move |connection: &mut Connection| change::begin_shadow(connection, &this_month, (9, now()));
    assert!(kept.store.change(begin).await.unwrap());
    kept.keep(Retention { words_days: Some(30), calls_days: Some(35), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    let found = read(&kept.store, |connection| query::shadow_call(connection, owner, profile, id)).unwrap();
    assert!(found.turns.is_empty(), "words are kept: {found:?}");
    let since = now() - DAY_MS;
    let spent = read(&kept.store, |connection| query::shadow_costs(connection, owner, profile, since));
    assert_eq!(spent, 7, "the month's cap would start again");
}

#[actix::test]
async fn live_calls_examples_and_other_organizations_calls_are_kept() {
    let kept = Kept::new();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = kept.store.change(make).await.unwrap();
    let theirs = kept.call_of(other, 100).await;
    let example = kept.call(100).await;
    let owner = kept.owner();
    kept.make_example(example);
    let mut live = Conversation::new(owner);
    live.call_id = CallId(Uuid::from_u128(1 << 80));
    kept.store.journal(live.live());
    kept.store.commit().await.unwrap();

    let days = Retention { words_days: Some(1), calls_days: Some(1), ..Retention::default() };
    let sound = RetentionCounts { recordings: 1, ..RetentionCounts::default() };
    assert_eq!(kept.due(days), sound, "its example keeps a call, and not its sound");
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    let lines = |owner, id| {
        read(&kept.store, |connection| query::transcript(connection, owner, id, After::WHOLE)).len()
    };
    assert_eq!((lines(owner, example), lines(owner, live.call_id), lines(other, theirs)), (2, 2, 2));
    assert_eq!((kept.files(), kept.runs()), (1, vec![(RetentionKind::Calls, 1, 0, 1_000)]));
    assert_eq!(call(&kept.store, example).unwrap().recording, None);
}

#[actix::test]
async fn reports_keep_deleted_calls_when_an_example_is_judged() {
    let kept = Kept::new();
    let first = (now() - 100 * DAY_MS).to_utc().date_naive();
    let (example, _) = (kept.call(100).await, kept.call(100).await);
    kept.make_example(example);
    counting::all(&kept.store).await.unwrap();
    let counted = || {
        let (first, last) = (first.to_string(), (first + chrono::Days::new(1)).to_string());
        let asked = figures::asked(&first, &last, Grain::Day, Cut::All, None);
        figures::report(&kept.store, asked).now.figures.calls
    };
    assert_eq!(counted(), 2);
    kept.keep(Retention { calls_days: Some(30), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.runs(), [(RetentionKind::Calls, 30, 1, 2_000)], "of the example only the recording");
    let owner = kept.owner();
    let charge = move |connection: &mut Connection| change::charge_judge(connection, owner, example, (0, 5));
    kept.store.change(charge).await.unwrap();
    counting::all(&kept.store).await.unwrap();
    assert_eq!(counted(), 2, "they are counted once");

    // Neither does an entry of its journal lose them, also if calls are kept for ever from now on.
    for days in [Some(30), None] {
        kept.keep(Retention { calls_days: days, ..Retention::default() }).await;
        let charged = JournalEntry {
            organization_id: owner,
            call_id: example,
            seq: call(&kept.store, example).unwrap().last_seq + 1,
            at: now(),
            event: Decision::Charged { model: "m".to_owned(), cost_micros: 5 }.into(),
        };
        kept.store.journal(vec![charged]);
        kept.store.commit().await.unwrap();
        counting::all(&kept.store).await.unwrap();
        assert_eq!(counted(), 2, "{days:?}");
    }
}

#[actix::test]
async fn the_next_run_finishes_one_that_a_crash_interrupted() {
    let kept = Kept::new();
    for _ in 0..3 {
        kept.call(100).await;
    }
    // The server died after it deleted the first call's file, and before its row.
    let first = std::fs::read_dir(kept.folder.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(first).unwrap();
    kept.keep(Retention { calls_days: Some(30), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((kept.files(), kept.runs()), (0, vec![(RetentionKind::Calls, 30, 3, 2_000)]));
    let deleted = kept.deleted();
    let counts: Vec<_> =
        deleted.iter().map(|(record_type, ids, there)| (*record_type, ids.len(), there.len())).collect();
    assert_eq!(
        counts,
        [(DeletedType::Recording, 3, 0), (DeletedType::Call, 3, 0)],
        "recordings are deleted first"
    );

    // Records that an older backup brings back are found.
    let (owner, back) = (kept.owner(), &deleted[1].1[0]);
    kept.sql(&format!(
        "INSERT INTO calls (id, organization_id, state, direction, started_at, profile_id, next, last_seq) \
         VALUES ('{back}', '{owner}', 'ended', 'inbound', '2026-01-01 00:00:00', '{owner}', '{{}}', 1)"
    ));
    assert_eq!(kept.deleted()[1].2, std::slice::from_ref(back));
}

#[actix::test]
async fn a_clock_set_back_deletes_nothing_twice_or_early() {
    const HOUR_MS: u64 = 3_600_000;
    let kept = Kept::new();
    let (old, nearly) = (kept.call(31).await, kept.call(30).await);
    kept.keep(Retention { calls_days: Some(30), ..Retention::default() }).await;
    // The second is due in ten minutes. A day of retention is a span of time, wherever it begins.
    let before = now() - HOUR_MS / 6;
    kept.keeper.run_pass(before).await.unwrap();
    assert_eq!((call(&kept.store, old), kept.files()), (None, 1));
    for set_back in [before - HOUR_MS, before - HOUR_MS / 2, before] {
        kept.keeper.run_pass(set_back).await.unwrap();
        assert!(call(&kept.store, nearly).is_some(), "too early");
        assert_eq!(kept.runs(), [(RetentionKind::Calls, 30, 1, 1_000)], "a run without deletions is listed");
    }
    kept.keeper.run_pass(before + HOUR_MS).await.unwrap();
    assert_eq!((call(&kept.store, nearly), kept.files()), (None, 0));
    let calls = kept.deleted().into_iter().filter(|(of, ..)| *of == DeletedType::Call);
    let mut ids: Vec<String> = calls.flat_map(|(_, ids, _)| ids).collect();
    ids.sort();
    assert_eq!(ids, [old.to_string(), nearly.to_string()], "each deletion is recorded once");
}

/// A process that waits to be killed, and is killed however its test ends.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        // A process that has ended already is only reaped.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[actix::test]
async fn the_next_run_finishes_a_killed_one_without_repeated_records() {
    const CHILD: [&str; 2] = ["CORDBOARD_TEST_RETENTION_DATABASE", "CORDBOARD_TEST_RETENTION_FILES"];
    if let [Ok(place), Ok(folder)] = CHILD.map(std::env::var) {
        let store = Store::open(&settings_at(&place)).unwrap();
        let files = RecordingFiles::new(folder.into(), None);
        RetentionKeeper { store, files }.run_pass(now()).await.unwrap();
        // Until it is killed.
        std::future::pending::<()>().await;
    }
    let (_, module) = module_path!().split_once("::").unwrap();
    let here = format!("{module}::the_next_run_finishes_a_killed_one_without_repeated_records");
    // Calls are deleted in parts of 20. The kills are within the files of the first part, after these, within the second part, and after all.
    for files_left in [23, 4, 2, 0] {
        let kept = Kept::new();
        let mut all = Vec::new();
        for _ in 0..24 {
            all.push(kept.call(100).await.to_string());
        }
        all.sort();
        kept.keep(Retention { calls_days: Some(30), ..Retention::default() }).await;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", &here, "--nocapture"]).stdout(Stdio::null());
        child.env(CHILD[0], kept.room.place()).env(CHILD[1], kept.folder.path());
        let child = Waiting(child.spawn().unwrap());
        eventually("files are deleted", || kept.files() <= files_left);
        drop(child);
        kept.keeper.run_pass(now()).await.unwrap();
        assert_eq!(kept.files(), 0, "killed with {files_left} files left");
        for wanted in [DeletedType::Recording, DeletedType::Call] {
            let deleted = kept.deleted().into_iter().filter(|(of, ..)| *of == wanted);
            let mut ids: Vec<String> = deleted.flat_map(|(_, ids, _)| ids).collect();
            ids.sort();
            assert_eq!(ids, all, "{wanted:?}, killed with {files_left} files left");
        }
        assert!(kept.deleted().iter().all(|(_, _, there)| there.is_empty()));
    }
}

#[actix::test]
async fn an_undeletable_recording_keeps_its_call_and_blocks_nothing_else() {
    let kept = Kept::new();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = kept.store.change(make).await.unwrap();
    let old = kept.call(100).await;
    let younger = kept.call(99).await;
    let theirs = kept.call_of(other, 100).await;
    let path = kept.folder.path().join(call(&kept.store, old).unwrap().recording.unwrap());
    std::fs::remove_file(&path).unwrap();
    // A folder can't be removed as a file.
    std::fs::create_dir(&path).unwrap();
    let days = Retention { calls_days: Some(30), ..Retention::default() };
    kept.keep(days).await;
    let set = move |connection: &mut Connection| change::set_retention(connection, other, &days);
    kept.store.change(set).await.unwrap();
    let told = kept.keeper.run_pass(now()).await.unwrap_err().to_string();
    assert!(told.contains(&path.display().to_string()) && told.contains("may write"), "{told}");
    assert!(call(&kept.store, old).unwrap().recording.is_some());
    assert_eq!(call(&kept.store, younger), None);
    assert!(read(&kept.store, |connection| query::call(connection, other, theirs)).is_none());
    assert_eq!(kept.runs(), [(RetentionKind::Calls, 30, 1, 1_000)]);
    std::fs::remove_dir(Path::new(&path)).unwrap();
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(call(&kept.store, old), None);
}

#[actix::test]
async fn a_silent_object_store_is_asked_once_and_delays_nothing() {
    let (mut kept, asked) = (Kept::new(), Arc::new(AtomicUsize::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let environment = Moto::environment("of/calls", &format!("http://{}", listener.local_addr().unwrap()));
    let counted = Arc::clone(&asked);
    // It closes each connection without an answer.
    std::thread::spawn(move || {
        while listener.accept().is_ok() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
    let remote = RemoteStore::open(&config.recordings).unwrap();
    kept.keeper.files = RecordingFiles::new(kept.folder.path().to_owned(), remote);
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let other = kept.store.change(make).await.unwrap();
    // More than are deleted at once.
    for _ in 0..=RETENTION_AT_ONCE {
        kept.call(100).await;
    }
    kept.call_of(other, 100).await;
    let days = Some(30);
    let days =
        Retention { recordings_days: days, words_days: days, calls_days: days, ..Retention::default() };
    kept.keep(days).await;
    let set = move |connection: &mut Connection| change::set_retention(connection, other, &days);
    kept.store.change(set).await.unwrap();
    let told = kept.keeper.run_pass(now()).await.unwrap_err().to_string();
    assert!(told.contains("object store answers"), "{told}");
    let requests = asked.load(Ordering::Relaxed);
    assert!((1..=4).contains(&requests), "a request and its three retries, not {requests}");
    let theirs = read(&kept.store, |connection| query::retention_due(connection, other, &days, now()));
    assert_eq!((theirs.recordings, theirs.words, theirs.calls), (1, 0, 1));
}

#[actix::test]
async fn customers_and_records_are_deleted_unless_active_since() {
    let kept = Kept::new();
    let (owner, at) = (kept.owner(), column);
    let lead = |n: u32, days_ago| {
        kept.sql(&format!(
            "INSERT INTO leads (id, organization_id, customer_id, name, need, urgency, budget, address, status, next_step, notes, \
             created_at, updated_at) VALUES ('{}', '{owner}', '{}', 'Lead', '', '', '', '', 'new', '', '', '{at}', '{at}')",
            Uuid::from_u128((100 + n).into()),
            Uuid::from_u128(n.into()),
            at = at(days_ago),
        ));
    };
    // One without records, one with an old lead, one with a new lead, one who called yesterday, and one who was changed yesterday.
    for n in 1..=4 {
        kept.customer(n, 400);
    }
    kept.customer(5, 1);
    lead(2, 400);
    lead(3, 10);
    let mut said = Conversation::new(owner);
    kept.store.journal(said.live_by("+4930004"));
    kept.store.commit().await.unwrap();
    // Of a campaign's contacts the old one is deleted, and none who is being called or was changed since; the same applies to the evidence of
    // suppressed numbers.
    kept.sql(&format!(
        "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
         VALUES ('{owner}', '{owner}', 'Renewals', 'draft', '{{}}', '{at}', '{at}')",
        at = at(400),
    ));
    for (n, state, days_ago) in [(1, "waiting", 400), (2, "calling", 400), (3, "done", 10)] {
        let born = u128::try_from((now() - 400 * DAY_MS).0).unwrap() << 80;
        kept.sql(&format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, \
             updated_at) VALUES ('{}', '{owner}', '{owner}', '+493011{n}', '{{}}', '', '{state}', '{at}', 0, '{at}', '{at}')",
            Uuid::from_u128(born + n),
            at = at(days_ago),
        ));
        kept.sql(&format!(
            "INSERT INTO suppressions (organization_id, number, source, evidence, created_at) \
             VALUES ('{owner}', '+493022{n}', 'words', 'Stop it.', '{}')",
            at(days_ago),
        ));
    }

    let days = Retention { customers_days: Some(365), ..Retention::default() };
    assert_eq!(
        kept.due(days).customers,
        4,
        "the customer of an old lead is deleted after it, and is counted"
    );
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.customers(), ["Customer 3", "Customer 4", "Customer 5"]);
    assert_eq!(kept.runs(), [(RetentionKind::Customers, 365, 4, 0)]);
    let campaign = CampaignId(owner.0);
    let all = ContactQuery { limit: 9, ..ContactQuery::default() };
    let contacts = read(&kept.store, |connection| query::contacts(connection, owner, campaign, &all));
    let numbers: Vec<_> = contacts.iter().map(|contact| contact.number.as_str()).collect();
    assert_eq!(numbers, ["+4930112", "+4930113"]);
    let all = SuppressionQuery { limit: 9, ..SuppressionQuery::default() };
    let promised = read(&kept.store, |connection| query::suppressions(connection, owner, &all));
    let said: Vec<_> = promised.iter().map(|one| (one.number.as_str(), one.evidence.as_str())).collect();
    assert_eq!(said, [("+4930221", ""), ("+4930222", ""), ("+4930223", "Stop it.")]);
}

#[actix::test]
async fn customers_are_found_in_parts_and_checked_before_deletion() {
    let kept = Kept::new();
    let owner = kept.owner();
    for n in 1..=45 {
        kept.customer(n, 400);
    }
    let since = now() - 365 * DAY_MS;
    let look = |after: Option<&String>| {
        read(&kept.store, |connection| query::old_customers(connection, owner, since, after, 20))
    };
    let (first, second) = (look(None), look(look(None).read_up_to.as_ref()));
    assert_eq!((first.ids.len(), second.ids.len()), (20, 20));
    assert!(first.ids.last() < second.ids.first());
    assert_eq!(look(Some(&Uuid::from_u128(45).to_string())).read_up_to, None);
    // A customer calls between the search and the change.
    let mut said = Conversation::new(owner);
    kept.store.journal(said.live_by("+4930001"));
    kept.store.commit().await.unwrap();
    let ids = [Uuid::from_u128(1).to_string()];
    let delete = move |connection: &mut Connection| change::delete_customers(connection, owner, since, &ids);
    assert_eq!(kept.store.change(delete).await.unwrap().records, [(DeletedType::Customer, Vec::new())]);
    kept.keep(Retention { customers_days: Some(365), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.customers(), ["Customer 1"]);
}

#[actix::test]
async fn old_contacts_are_found_in_parts_by_list() {
    let kept = Kept::new();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let (owner, other) = (kept.owner(), kept.store.change(make).await.unwrap());
    let list = |n: u128| CampaignId(Uuid::from_u128(n));
    for (n, owner) in [(1, owner), (2, owner), (3, other)] {
        kept.sql(&format!(
            "INSERT INTO campaigns (id, organization_id, name, state, settings, created_at, updated_at) \
             VALUES ('{}', '{owner}', 'List {n}', 'draft', '{{}}', '{at}', '{at}')",
            list(n),
            at = column(400),
        ));
    }
    let born = u128::try_from((now() - 400 * DAY_MS).0).unwrap() << 80;
    let contact = |n: u128, (of, owner): (u128, OrganizationId), days_ago| {
        kept.sql(&format!(
            "INSERT INTO contacts (id, organization_id, campaign_id, number, variables, consent, state, next_at, tries, created_at, \
             updated_at) VALUES ('{}', '{owner}', '{}', '+493011{n}', '{{}}', '', 'done', '{at}', 0, '{at}', '{at}')",
            Uuid::from_u128(born + n),
            list(of),
            at = column(days_ago),
        ));
    };
    // Of 45 on two lists each ninth was called recently. Those of another organization are as old as the rest.
    for n in 1..=45 {
        contact(n, (1 + n % 2, owner), if n % 9 == 0 { 10 } else { 400 });
    }
    for n in 46..=48 {
        contact(n, (3, other), 400);
    }
    let days = Retention { customers_days: Some(365), ..Retention::default() };
    assert_eq!(kept.due(days).customers, 40);

    let since = now() - 365 * DAY_MS;
    let (mut parts, mut after) = (Vec::new(), None);
    loop {
        let look =
            |connection: &mut Connection| query::old_contacts(connection, owner, since, after.as_ref(), 8);
        let found = read(&kept.store, look);
        let Some(place) = found.read_up_to else { break };
        after = Some(place);
        parts.push(found.ids);
    }
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 4, 8, 8, 4]);
    // One is called between the search and the change.
    let first = parts.swap_remove(0);
    kept.sql(&format!("UPDATE contacts SET state = 'calling' WHERE id = '{}'", first[0]));
    let left = first[1..].to_vec();
    let delete =
        move |connection: &mut Connection| change::delete_old_contacts(connection, owner, since, &first);
    assert_eq!(kept.store.change(delete).await.unwrap().records, [(DeletedType::Contact, left)]);
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    let count = |owner, n| read(&kept.store, |connection| query::count_contacts(connection, owner, list(n)));
    assert_eq!((count(owner, 1), count(owner, 2), count(other, 3)), (3, 3, 3));
    assert_eq!(kept.runs(), [(RetentionKind::Customers, 365, 32, 0)]);
}

#[actix::test]
async fn customers_are_kept_longer_than_their_calls() {
    let kept = Kept::new();
    for n in 1..=3 {
        kept.customer(n, 400);
    }
    // A further number of the second customer. The third was never in a call.
    kept.sql(&format!(
        "INSERT INTO customer_numbers (organization_id, number, customer_id) VALUES ('{}', '+4930777', '{}')",
        kept.owner(),
        Uuid::from_u128(2),
    ));
    let calls = [kept.call_by("+4930001", 100).await, kept.call_by("+4930777", 40).await];
    kept.keep(Retention { calls_days: Some(30), customers_days: Some(365), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(calls.map(|id| call(&kept.store, id)), [None, None]);
    assert_eq!(kept.customers(), ["Customer 1", "Customer 2"], "they called within their days");
    kept.keeper.run_pass(now() + 300 * DAY_MS).await.unwrap();
    assert_eq!(kept.customers(), ["Customer 2"]);
    kept.keeper.run_pass(now() + 330 * DAY_MS).await.unwrap();
    assert!(kept.customers().is_empty());
}

#[actix::test]
async fn calls_in_the_other_spelling_keep_their_customer() {
    let kept = Kept::new();
    let owner = kept.owner();
    for n in 1..=5 {
        kept.customer(n, 400);
    }
    // An earlier version stored the zero that is dialled only within the country. The fifth has exactly the number of the fourth's other spelling.
    kept.sql(
        "UPDATE customers SET phone = '+490' || SUBSTR(phone, 4) WHERE name IN ('Customer 1', 'Customer 4')",
    );
    kept.sql("UPDATE customers SET phone = '+4930004' WHERE name = 'Customer 5'");
    kept.sql(&format!(
        "INSERT INTO customer_numbers (organization_id, number, customer_id) VALUES ('{owner}', '+49030777', '{}')",
        Uuid::from_u128(2),
    ));
    for number in ["+4930001", "+4930777", "+4930004"] {
        kept.call_by(number, 10).await;
    }

    let days = Retention { customers_days: Some(365), ..Retention::default() };
    assert_eq!(kept.due(days).customers, 2);
    let (since, ids) = (now() - 365 * DAY_MS, [Uuid::from_u128(1).to_string()]);
    let delete = move |connection: &mut Connection| change::delete_customers(connection, owner, since, &ids);
    assert_eq!(kept.store.change(delete).await.unwrap().records, [(DeletedType::Customer, Vec::new())]);
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.customers(), ["Customer 1", "Customer 2", "Customer 5"]);
}

#[actix::test]
async fn a_stop_outlives_a_customer_who_is_too_old() {
    let kept = Kept::new();
    for n in 1..=2 {
        kept.customer(n, 400);
    }
    let known_as = |number: &str| {
        let caller = KnownCaller::parse(number, &OwnNumbers::default()).unwrap();
        read(&kept.store, |connection| query::customer_known_as(connection, kept.owner(), &caller))
    };
    let mut wants_none = known_as("+4930001").unwrap();
    wants_none.sms_opted_out = true;
    let note = move |connection: &mut Connection| {
        change::update_customer(connection, &wants_none, wants_none.updated_at)
    };
    assert!(kept.store.change(note).await.unwrap());
    let days = Retention { customers_days: Some(365), ..Retention::default() };
    assert_eq!(kept.due(days).customers, 2);
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(kept.runs(), [(RetentionKind::Customers, 365, 2, 0)]);
    assert!(kept.customers().is_empty());
    for (number, wants_none) in [("+4930001", true), ("+4930002", false)] {
        let id = CustomerId(Uuid::now_v7());
        let made = Customer::new(id, kept.owner(), Some(number.parse().unwrap()), now());
        let make = move |connection: &mut Connection| change::create_customer(connection, &made);
        kept.store.change(make).await.unwrap();
        assert_eq!(known_as(number).unwrap().sms_opted_out, wants_none, "{number}");
    }
}

#[actix::test]
async fn runs_of_examples_and_deliveries_never_outlive_the_words() {
    let kept = Kept::new();
    let owner = kept.owner();
    let profile = read(&kept.store, |connection| first_profile(connection, owner));
    for days_ago in [40, 5] {
        kept.sql(&format!(
            "INSERT INTO replays (id, organization_id, profile_id, kind, asked_by, draft_revision, state, steps, steps_done, \
             cost_micros, started_at, result) VALUES ('{}', '{owner}', '{profile}', 'examples', '', 1, 'done', 1, 1, 0, '{}', '{{}}')",
            id_of(days_ago),
            column(days_ago),
        ));
    }
    for (days_ago, state) in [(40, "delivered"), (40, "failed"), (40, "waiting"), (5, "delivered")] {
        kept.sql(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, target, event, body, state, attempts, created_at, due_at, claimed, \
             give_up_at) VALUES ('{}', '{owner}', 'email', 'ada@example.com', 'message_taken', '{{}}', '{state}', 1, '{at}', '{at}', \
             false, '{at}')",
            id_of(days_ago),
            at = column(days_ago),
        ));
    }
    let runs = || {
        let read_all = |connection: &mut Connection| {
            query::replays(connection, owner, profile, (None, None), (10, chrono::Utc::now()))
        };
        read(&kept.store, read_all).len()
    };
    let told = || {
        let all = DeliveryQuery { webhook_id: None, before: None, limit: 10 };
        let found = read(&kept.store, |connection| query::deliveries(connection, owner, all));
        found.into_iter().map(|delivery| delivery.state.as_str()).collect::<Vec<_>>()
    };
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((runs(), told().len()), (2, 4), "no retention is set");
    kept.keep(Retention { words_days: Some(30), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((runs(), told()), (1, vec!["delivered", "waiting"]));
    kept.keep(Retention { customers_days: Some(4), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((runs(), told()), (1, vec!["waiting"]));
    kept.keep(Retention { calls_days: Some(4), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!((runs(), told()), (0, vec!["waiting"]));
    assert_eq!(kept.runs(), vec![], "none of them counts as a record");
}

#[actix::test]
async fn old_audit_entries_are_deleted_except_about_the_installation() {
    let kept = Kept::new();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let (owner, other) = (kept.owner(), kept.store.change(make).await.unwrap());
    let entry = |organization_id, action: &str, days_ago| AuditEntry {
        id: AuditId(id_of(days_ago)),
        organization_id,
        at: now() - days_ago * DAY_MS,
        actor: Actor::System,
        action: action.to_owned(),
        subject: "ada@example.com".to_owned(),
        address: None,
        detail: String::new(),
    };
    // More than are deleted in one part, after entries that stay.
    let old = usize::try_from(AUDIT_DELETED_AT_ONCE).unwrap() + 7;
    let mut entries = vec![entry(owner, "grants.changed", 101), entry(owner, "node.drained", 99)];
    entries.extend((0..old).map(|_| entry(owner, "sign_in", 100)));
    entries.extend([entry(owner, "customer.updated", 80), entry(other, "sign_in", 100)]);
    let write = move |connection: &mut Connection| {
        entries.iter().try_for_each(|entry| change::record_audit(connection, entry))
    };
    kept.store.change(write).await.unwrap();
    let log = |organization_id| {
        let all = query::AuditFilter::default();
        let found =
            read(&kept.store, |connection| query::audit_log(connection, organization_id, &all, None, 200));
        found.into_iter().map(|entry| entry.action).collect::<Vec<_>>()
    };
    let before = log(owner).len();
    kept.keeper.run_pass(now()).await.unwrap();
    assert_eq!(log(owner).len(), before, "no retention is set");

    let days = Retention { audit_log_days: Some(90), ..Retention::default() };
    let due = RetentionCounts { audit_log: u64::try_from(old).unwrap(), ..RetentionCounts::default() };
    assert_eq!(kept.due(days), due);
    kept.keep(days).await;
    for _ in 0..2 {
        kept.keeper.run_pass(now()).await.unwrap();
        kept.store.commit().await.unwrap();
    }
    assert_eq!(log(owner), ["customer.updated", "node.drained", "grants.changed"]);
    assert_eq!(log(other), ["sign_in"]);
    assert_eq!(kept.runs(), [(RetentionKind::AuditLog, 90, u64::try_from(old).unwrap(), 0)]);
    let deleted = kept.deleted();
    let parts: Vec<_> = deleted.iter().map(|(of, ids, there)| (*of, ids.len(), there.len())).collect();
    let part = |count| (DeletedType::AuditEntry, count, 0);
    assert_eq!(parts, [part(old - 7), part(7)]);
}

#[actix::test]
async fn a_model_scores_no_call_whose_words_were_deleted() {
    let kept = Kept::new();
    let (owner, old, young) = (kept.owner(), kept.call(40).await, kept.call(5).await);
    kept.keep(Retention { words_days: Some(30), ..Retention::default() }).await;
    kept.keeper.run_pass(now()).await.unwrap();
    for (call_id, is_kept) in [(old, false), (young, true), (CallId(id_of(50)), false)] {
        let by_model = (None, Some("judge".to_owned()));
        let score = CallScore::filled_in(call_id, Answers::default(), by_model, now());
        let fill_in = move |connection: &mut Connection| change::fill_in_score(connection, owner, &score);
        assert_eq!(kept.store.change(fill_in).await.unwrap(), is_kept);
        let shown = read(&kept.store, |connection| query::call_score(connection, owner, call_id));
        assert_eq!(shown.is_some(), is_kept);
    }
}

#[actix::test]
async fn tries_and_words_of_many_numbers_are_deleted_together() {
    const NUMBERS: i64 = 2 * FORGOTTEN_AT_ONCE + 1;
    let kept = Kept::new();
    let owner = kept.owner();
    let began = now() - 400 * DAY_MS;
    let at = UnixMs::to_utc(began).format("%Y-%m-%d %H:%M:%S");
    // More than are deleted in one part. Their calls were deleted long ago, when tries were still counted.
    let tries: Vec<String> = (1..=45)
        .map(|n| {
            let id = Uuid::from_u128(u128::try_from(began.0).unwrap() << 80 | n);
            format!("('{id}', '{owner}', '{owner}', '{owner}', '+49301234', '{at}', '{at}', 'talked')")
        })
        .collect();
    kept.sql(&format!(
        "INSERT INTO attempts (call_id, organization_id, campaign_id, contact_id, number, reserved_at, closed_at, outcome) \
         VALUES {}; \
         INSERT INTO suppressions (organization_id, number, source, evidence, created_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {NUMBERS}) \
         SELECT '{owner}', '+49' || (3000000000 + i), 'words', 'Stop it.', '{at}' FROM n",
        tries.join(", ")
    ));
    let days = Retention { calls_days: Some(90), customers_days: Some(365), ..Retention::default() };
    kept.keep(days).await;
    kept.keeper.run_pass(now()).await.unwrap();
    let contact = ContactId(owner.0);
    let tries = read(&kept.store, |connection| query::attempts_of_contact(connection, owner, contact));
    assert!(tries.is_empty(), "{tries:?}");
    let all = SuppressionQuery { limit: 2_000, ..SuppressionQuery::default() };
    let promised = read(&kept.store, |connection| query::suppressions(connection, owner, &all));
    assert_eq!(i64::try_from(promised.len()), Ok(NUMBERS), "the suppression itself is kept");
    assert!(promised.iter().all(|one| one.evidence.is_empty()));
    assert_eq!(kept.runs(), vec![], "no record was deleted");
}
