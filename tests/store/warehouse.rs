//! Days of calls in the warehouse: exactly the rows of the database, signed, rewritten when they change, whichever process dies when.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cordboard::config::{Config, Sources};
use cordboard::counting;
use cordboard::store::{Connection, Store, change, query};
use cordboard::warehouse::{COLUMNS, Exporter, Manifest, signature};
use cordboard_schema::audit::Actor;
use cordboard_schema::business::BusinessProfile;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, JournalEntry};
use cordboard_schema::ids::{QueueId, RetentionRunId};
use cordboard_schema::retention::{Retention, RetentionKind, RetentionRun};
use cordboard_schema::time::UnixMs;
use cordboard_test_support::duckdb;
use cordboard_test_support::moto::Moto;
use diesel::connection::SimpleConnection;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::room::{Room, read};
use crate::entries::Conversation;

const KEY: &str = "a-key-of-32-characters-or-longer";

fn at(text: &str) -> UnixMs {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// Returns the entries as if they had been written a second apart, from this time on.
fn moved(mut entries: Vec<JournalEntry>, began: &str) -> Vec<JournalEntry> {
    for (second, entry) in (0..).zip(&mut entries) {
        entry.at = at(began) + second * 1_000;
    }
    entries
}

/// Creates a call that ends and costs 7 millionths; with `queue` it is taken from that queue.
fn called(store: &Store, number: &str, began: &str, queue: Option<QueueId>) -> Conversation {
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live_by(number);
    entries.push(said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 7 }));
    if queue.is_some() {
        entries.extend(said.joined_by(super::figures::ADA, queue));
        entries.push(said.left(super::figures::ADA, 4_000));
    }
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(moved(entries, began));
    said
}

pub(super) fn exporter(store: &Store, place: &Path, numbers: bool) -> Exporter {
    exporter_from(store, place, place, numbers)
}

/// The exporter of a server with this data folder.
fn exporter_from(store: &Store, data_dir: &Path, place: &Path, numbers: bool) -> Exporter {
    let data_dir = ("CORDBOARD_DATA_DIR".into(), data_dir.into());
    exporter_to(store, &format!("file://{}", place.display()), numbers, vec![data_dir])
}

fn exporter_to(
    store: &Store,
    place: &str,
    numbers: bool,
    mut environment: Vec<(OsString, OsString)>,
) -> Exporter {
    let numbers = numbers.to_string();
    let settings = [("EXPORT", place), ("EXPORT_KEY", KEY), ("EXPORT_NUMBERS", &numbers)];
    environment
        .extend(settings.map(|(name, value)| (format!("CORDBOARD_REPORTS__{name}").into(), value.into())));
    let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
    Exporter::open(&config, store).unwrap().unwrap()
}

async fn in_berlin(store: &Store) {
    let (organization_id, zone) = (store.organization_id(), chrono_tz::Europe::Berlin);
    let profile = BusinessProfile { time_zone: zone, ..BusinessProfile::default() };
    let set = move |c: &mut Connection| change::set_business_profile(c, organization_id, 0, &profile);
    assert!(store.change(set).await.unwrap());
}

fn folder(store: &Store, place: &Path, day: &str) -> PathBuf {
    place.join(format!("calls/organization={}/day={day}", store.organization_id()))
}

/// Returns the ids in a day's file, read by the crate's reader, if its manifest is right.
fn ids(store: &Store, place: &Path, day: &str) -> Vec<String> {
    let folder = folder(store, place, day);
    let bytes = fs::read(folder.join("calls.parquet")).unwrap();
    let manifest: Manifest =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let organization = store.organization_id().to_string();
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let rows: Vec<String> =
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().get_string(0).unwrap().clone()).collect();
    assert_eq!(
        (manifest.rows, &manifest.sha256, manifest.tz.as_str()),
        (rows.len(), &sha256, "Europe/Berlin")
    );
    assert_eq!(manifest.signature, signature(KEY, &organization, day, rows.len(), &sha256));
    rows
}

#[actix::test]
async fn finished_days_calls_are_in_files_others_can_read() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    in_berlin(&store).await;
    let queue = QueueId(Uuid::from_u128(0x9ee));
    // In Berlin the 24th ends at 22:00, and the 25th has 25 hours.
    let first = called(&store, "+493010000001", "2026-10-24T21:59:50Z", Some(queue)).call_id;
    let second = called(&store, "+493010000002", "2026-10-24T22:00:00Z", None).call_id;
    let last = called(&store, "+493010000003", "2026-10-25T22:59:59Z", None).call_id;
    called(&store, "+493010000004", "2026-10-26T10:00:00Z", None);
    store.commit().await.unwrap();
    let exporter = exporter(&store, place, false);
    assert_eq!(exporter.run_pass(at("2026-10-26T00:00:00Z")).await.unwrap(), 0, "nothing is counted yet");
    counting::all(&store).await.unwrap();
    assert_eq!(
        exporter.run_pass(at("2026-10-25T23:59:00Z")).await.unwrap(),
        1,
        "the 25th has not been over for an hour"
    );
    assert_eq!(exporter.run_pass(at("2026-10-26T00:00:01Z")).await.unwrap(), 1);
    assert_eq!(exporter.run_pass(at("2026-10-26T00:01:00Z")).await.unwrap(), 0, "all files are written");
    // The clock is set back across midnight, and continues.
    for now in ["2026-10-25T22:30:00Z", "2026-10-25T23:01:00Z", "2026-10-26T00:01:00Z"] {
        assert_eq!(exporter.run_pass(at(now)).await.unwrap(), 0, "{now}");
    }
    assert_eq!(ids(&store, place, "2026-10-24"), [first.to_string()]);
    assert_eq!(ids(&store, place, "2026-10-25"), [second.to_string(), last.to_string()]);
    assert!(!folder(&store, place, "2026-10-26").exists());

    let files = place.join("calls/*/*/calls.parquet");
    let from = format!("FROM read_parquet('{}') WHERE day = '2026-10-24'", files.display());
    let asked = "id, epoch_ms(began), epoch_ms(answered), direction, our_number, their_number, queue_id, agent_id, outcome, cause, \
                 duration_ms, cost_micros, handling_ms, resolved";
    let told = duckdb::rows(&format!("SELECT {asked} {from}"));
    let began = at("2026-10-24T21:59:50Z").0;
    let (queue, ada) = (queue.to_string(), super::figures::ADA.to_string());
    assert_eq!(
        told,
        json!([[
            first.to_string(),
            began,
            began + 2_000,
            "inbound",
            "100",
            null,
            queue,
            ada,
            "handed_over",
            "normal_clearing",
            told[0][10],
            7,
            4_000,
            true
        ]])
    );
    assert!(told[0][10].as_u64().unwrap() >= 6_000, "{told}");
    let described = duckdb::rows(&format!("SELECT column_name FROM (DESCRIBE SELECT * {from})"));
    let names: Vec<_> = COLUMNS.iter().map(|column| json!([column.name])).collect();
    assert_eq!(described.as_array().unwrap()[..COLUMNS.len()], names);

    // With the setting the file also has the numbers: for days that are written from then on.
    room.stranger().batch_execute("DELETE FROM exported_days").unwrap();
    self::exporter(&store, place, true).run_pass(at("2026-10-26T01:00:00Z")).await.unwrap();
    assert_eq!(duckdb::rows(&format!("SELECT their_number {from}")), json!([["+493010000001"]]));
}

/// Whether the loader of docs/operations.md accepts a day's folder, with this key.
fn checked(folder: &Path, key: &str) -> bool {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md");
    let document = fs::read_to_string(document).unwrap();
    let (_, script) = document.split_once("  ```python\n").unwrap();
    let (script, _) = script.split_once("  ```\n").unwrap();
    let script: String =
        script.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    let mut python = Command::new("python3");
    let asked = python.args(["-c", &script]).arg(folder).env("EXPORT_KEY", key).output().unwrap();
    let said = String::from_utf8_lossy(&asked.stderr);
    assert!(asked.status.success() || said.contains("is not what was signed"), "{said}");
    asked.status.success()
}

#[actix::test]
async fn independent_loaders_accept_the_signature_and_reject_changes() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    called(&store, "+493010000001", "2026-10-24T10:00:00Z", None);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!(exporter(&store, place, false).run_pass(at("2026-10-25T03:00:00Z")).await.unwrap(), 1);
    let day = folder(&store, place, "2026-10-24");
    assert!(checked(&day, KEY));
    assert!(!checked(&day, "another-key-of-32-characters-or-more"));
    let (file, manifest) = (day.join("calls.parquet"), day.join("manifest.json"));
    let (bytes, text) = (fs::read(&file).unwrap(), fs::read_to_string(&manifest).unwrap());
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(&file, changed).unwrap();
    assert!(!checked(&day, KEY), "a flipped bit of a call");
    fs::write(&file, bytes).unwrap();
    for (here, there) in [("\"rows\": 1", "\"rows\": 2"), ("2026-10-24", "2026-10-23")] {
        assert!(text.contains(here), "{text}");
        fs::write(&manifest, text.replace(here, there)).unwrap();
        assert!(!checked(&day, KEY), "{here}");
    }
}

#[actix::test]
async fn s3_gets_the_same_files_with_or_without_recordings() {
    let (room, place, moto) = (Room::new(), tempfile::tempdir().unwrap(), Moto::start().unwrap());
    let store = room.store();
    in_berlin(&store).await;
    let id = called(&store, "+493010000001", "2026-10-24T10:00:00Z", None).call_id;
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let now = at("2026-10-25T03:00:00Z");
    assert_eq!(exporter(&store, place.path(), false).run_pass(now).await.unwrap(), 1);
    assert_eq!(ids(&store, place.path(), "2026-10-24"), [id.to_string()]);

    let with_recordings = Moto::environment("of/calls", &moto.endpoint());
    let without: Vec<_> =
        with_recordings.iter().filter(|(name, _)| name != "CORDBOARD_RECORDINGS__STORE").cloned().collect();
    for (prefix, environment) in [("warehouse", without), ("beside/recordings", with_recordings)] {
        room.stranger().batch_execute("DELETE FROM exported_days").unwrap();
        let exporter = exporter_to(&store, &format!("s3://recordings/{prefix}"), false, environment);
        assert_eq!(exporter.run_pass(now).await.unwrap(), 1, "{prefix}");
        for name in ["calls.parquet", "manifest.json"] {
            let written = folder(&store, place.path(), "2026-10-24").join(name);
            let key =
                format!("{prefix}/calls/organization={}/day=2026-10-24/{name}", store.organization_id());
            assert!(moto.get(&key).unwrap() == fs::read(written).unwrap(), "{key}");
        }
    }
    assert_eq!(moto.keys().unwrap().len(), 4);
}

#[actix::test]
async fn another_zone_leaves_each_call_in_one_file() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    // In UTC the second is of the 23rd and the third of the 24th. In Berlin each is of the following day, and the 23rd has none.
    called(&store, "+493010000001", "2026-10-22T10:00:00Z", None);
    called(&store, "+493010000002", "2026-10-23T23:30:00Z", None);
    let moved_on = called(&store, "+493010000003", "2026-10-24T22:30:00Z", None).call_id;
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, place, false);
    let now = at("2026-10-27T03:00:00Z");
    assert_eq!(exporter.run_pass(now).await.unwrap(), 5);
    in_berlin(&store).await;
    counting::all(&store).await.unwrap();
    exporter.run_pass(now).await.unwrap();
    assert_eq!(ids(&store, place, "2026-10-23"), [""; 0], "the 23rd has no calls in Berlin");
    assert_eq!(ids(&store, place, "2026-10-24").len(), 1);
    assert_eq!(ids(&store, place, "2026-10-25"), [moved_on.to_string()]);
    let all = format!(
        "SELECT count(*), count(DISTINCT id) FROM read_parquet('{}/calls/*/*/*.parquet')",
        place.display()
    );
    assert_eq!(duckdb::rows(&all), json!([[3, 3]]));
}

#[actix::test]
async fn another_zone_leaves_the_first_call_in_one_file() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    // In Berlin it is of the 24th, and the 23rd is before all calls.
    let first = called(&store, "+493010000001", "2026-10-23T23:30:00Z", None).call_id;
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, place, false);
    let now = at("2026-10-27T03:00:00Z");
    assert_eq!(exporter.run_pass(now).await.unwrap(), 4);
    in_berlin(&store).await;
    counting::all(&store).await.unwrap();
    assert_eq!(exporter.run_pass(now).await.unwrap(), 2);
    assert_eq!(ids(&store, place, "2026-10-23"), [""; 0], "the 23rd has no calls in Berlin");
    assert_eq!(ids(&store, place, "2026-10-24"), [first.to_string()]);
    assert_eq!(exporter.run_pass(now).await.unwrap(), 0, "all files are written");
}

#[actix::test]
async fn another_zone_leaves_files_of_days_whose_calls_are_deleted() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    let owner = store.organization_id();
    let gone = called(&store, "+493010000001", "2026-10-22T10:00:00Z", None).call_id;
    let kept = called(&store, "+493010000002", "2026-10-23T08:00:00Z", None).call_id;
    assert!(gone < kept, "the older one is deleted first");
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, place, false);
    let now = at("2026-10-27T03:00:00Z");
    assert_eq!(exporter.run_pass(now).await.unwrap(), 5);
    let later = crate::entries::now() + 86_400_000;
    let delete = move |c: &mut Connection| change::delete_calls(c, owner, (later, later), 1);
    store.change(delete).await.unwrap();
    in_berlin(&store).await;
    counting::all(&store).await.unwrap();
    exporter.run_pass(now).await.unwrap();
    assert_eq!(ids(&store, place, "2026-10-23"), [kept.to_string()]);
    let file = folder(&store, place, "2026-10-22").join("calls.parquet");
    let all = format!("SELECT id FROM read_parquet('{}')", file.display());
    assert_eq!(duckdb::rows(&all), json!([[gone.to_string()]]));
}

#[actix::test]
async fn a_day_that_has_lost_calls_keeps_its_file() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    let owner = store.organization_id();
    in_berlin(&store).await;
    let gone = called(&store, "+493010000001", "2026-10-24T08:00:00Z", None).call_id;
    let kept = called(&store, "+493010000002", "2026-10-24T20:00:00Z", None).call_id;
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, place, false);
    assert_eq!(exporter.run_pass(at("2026-10-25T03:00:00Z")).await.unwrap(), 1);
    let days = Retention { calls_days: Some(30), ..Retention::default() };
    store.change(move |c| change::set_retention(c, owner, &days)).await.unwrap();
    // 30 days after the first call, and before the second is as old, the second one changes.
    let later = crate::entries::now() + 86_400_000;
    let delete = move |c: &mut Connection| change::delete_calls(c, owner, (later, later), 1);
    store.change(delete).await.unwrap();
    room.stranger().batch_execute("UPDATE exported_days SET changes = changes + 1").unwrap();
    assert_eq!(exporter.run_pass(at("2026-11-23T12:00:00Z")).await.unwrap(), 29, "the days after it");
    assert_eq!(ids(&store, place, "2026-10-24"), [gone.to_string(), kept.to_string()]);

    // Calls are kept for ever from then on, but the file is still all that has the first one.
    let run = RetentionRun {
        id: RetentionRunId(Uuid::now_v7()),
        at: at("2026-11-23T12:00:00Z"),
        kind: RetentionKind::Calls,
        kept_days: 30,
        deleted: 1,
        bytes: 0,
    };
    store.change(move |c| change::note_retention_run(c, owner, &run)).await.unwrap();
    store.change(move |c| change::set_retention(c, owner, &Retention::default())).await.unwrap();
    assert_eq!(exporter.run_pass(at("2026-11-23T12:00:00Z")).await.unwrap(), 0);
    assert_eq!(ids(&store, place, "2026-10-24"), [gone.to_string(), kept.to_string()]);
}

#[actix::test]
async fn a_warehouse_that_is_no_longer_mounted_gets_nothing() {
    let (room, disks) = (Room::new(), tempfile::tempdir().unwrap());
    let store = room.store();
    in_berlin(&store).await;
    let (place, aside) = (disks.path().join("mounted"), disks.path().join("aside"));
    let exporter = exporter_from(&store, disks.path(), &place, false);
    let first = called(&store, "+493010000001", "2026-10-24T10:00:00Z", None).call_id;
    let second = called(&store, "+493010000001", "2026-10-25T10:00:00Z", None).call_id;
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    assert_eq!(exporter.run_pass(at("2026-10-25T00:00:00Z")).await.unwrap(), 1);
    fs::rename(&place, &aside).unwrap();
    fs::create_dir(&place).unwrap();
    // This one has begun while the disk is missing.
    let later = exporter_from(&store, disks.path(), &place, false);
    let now = at("2026-10-26T00:00:01Z");
    for exporter in [&exporter, &later] {
        let told = exporter.run_pass(now).await.unwrap_err().to_string();
        assert!(told.contains("mount its disk"), "{told}");
    }
    fs::remove_dir(&place).unwrap();
    fs::rename(&aside, &place).unwrap();
    assert_eq!(later.run_pass(now).await.unwrap(), 1);
    for (day, call_id) in [("2026-10-24", first), ("2026-10-25", second)] {
        assert_eq!(ids(&store, &place, day), [call_id.to_string()]);
    }
}

#[actix::test]
async fn a_claim_by_a_clock_that_was_ahead_delays_nothing() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    let organization_id = store.organization_id();
    in_berlin(&store).await;
    called(&store, "+493010000001", "2026-10-24T10:00:00Z", None);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let (before, ahead) = (Some("2026-10-25".parse().unwrap()), at("2026-12-24T03:00:00Z"));
    let claim = move |c: &mut Connection| change::claim_export(c, organization_id, before, ahead);
    store.change(claim).await.unwrap().unwrap();
    assert_eq!(exporter(&store, place, false).run_pass(at("2026-10-25T03:00:00Z")).await.unwrap(), 1);
}

#[actix::test]
async fn files_of_an_organization_being_deleted_stay_unchanged() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path());
    let owner = store.organization_id();
    in_berlin(&store).await;
    called(&store, "+493010000001", "2026-10-23T08:00:00Z", None);
    called(&store, "+493010000002", "2026-10-23T09:00:00Z", None);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, place, false);
    let now = at("2026-10-24T03:00:00Z");
    assert_eq!(exporter.run_pass(now).await.unwrap(), 1);
    let before = ids(&store, place, "2026-10-23");
    assert_eq!(before.len(), 2);
    let later = crate::entries::now() + 86_400_000;
    let begin = move |c: &mut Connection| {
        change::begin_organization_deletion(c, owner, &Actor::Installation, now)?;
        change::delete_calls(c, owner, (later, later), 1)
    };
    store.change(begin).await.unwrap();
    room.stranger().batch_execute("DELETE FROM exported_days").unwrap();
    assert_eq!(exporter.run_pass(now + 86_400_000).await.unwrap(), 0);
    assert_eq!(ids(&store, place, "2026-10-23"), before);
}

#[actix::test]
async fn a_changed_or_interrupted_day_is_written_again() {
    let (room, place) = (Room::new(), tempfile::tempdir().unwrap());
    let (store, place) = (room.store(), place.path().join("warehouse"));
    let organization_id = store.organization_id();
    in_berlin(&store).await;
    let mut said = called(&store, "+493010000001", "2026-10-24T10:00:00Z", None);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    let exporter = exporter(&store, &place, false);
    let now = at("2026-10-25T03:00:00Z");
    assert_eq!(exporter.run_pass(now).await.unwrap(), 1);
    let costs = || {
        let file = folder(&store, &place, "2026-10-24").join("calls.parquet");
        duckdb::rows(&format!("SELECT cost_micros FROM read_parquet('{}')", file.display()))
    };
    assert_eq!(costs(), json!([[7]]));

    let mut late = said.entry(Decision::Charged { model: "m".to_owned(), cost_micros: 5 });
    late.at = at("2026-10-25T02:00:00Z");
    store.journal(vec![late]);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    // The store is unavailable: a file is in the place of its folder.
    fs::rename(&place, place.with_extension("away")).unwrap();
    fs::write(&place, "").unwrap();
    let said = exporter.run_pass(now).await.unwrap_err().to_string();
    assert!(said.contains("takes no calls for the warehouse"), "{said}");
    fs::remove_file(&place).unwrap();
    fs::rename(place.with_extension("away"), &place).unwrap();

    // A server dies while it handles the day, before or after it writes the files.
    let claim = move |c: &mut Connection| change::claim_export(c, organization_id, None, now);
    let dead = store.change(claim).await.unwrap().unwrap();
    assert_eq!(read(&store, |c| query::calls_to_export(c, &dead)).len(), 1);
    assert_eq!(exporter.run_pass(now + 60_000).await.unwrap(), 0, "that server may still be running");
    assert_eq!(costs(), json!([[7]]));
    assert_eq!(exporter.run_pass(now + 3_600_000).await.unwrap(), 1);
    assert_eq!(costs(), json!([[12]]));
    // It is still running: its claim has expired.
    store.change(move |c| change::finish_export(c, &dead, true)).await.unwrap();

    // A change while a day is read and written is noticed.
    store
        .change(move |c| {
            c.batch_execute("UPDATE exported_days SET changes = changes + 1").map_err(Into::into)
        })
        .await
        .unwrap();
    let held = store.change(claim).await.unwrap().unwrap();
    called(&store, "+493010000002", "2026-10-24T11:00:00Z", None);
    store.commit().await.unwrap();
    counting::all(&store).await.unwrap();
    store.change(move |c| change::finish_export(c, &held, true)).await.unwrap();
    assert_eq!(exporter.run_pass(now).await.unwrap(), 1);
    assert_eq!(ids(&store, &place, "2026-10-24").len(), 2);
    assert_eq!(exporter.run_pass(now).await.unwrap(), 0);
}
