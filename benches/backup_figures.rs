//! Time and size of a backup, and time of a restore and a move: `cargo bench --bench backup_figures [-- CALLS]`, by default 1,000,000 calls.
//!
//! Calls are inserted into both kinds of database as rows, each with six entries of its journal and four lines of its transcript: some 2.5 KB per
//! call, for which `TMPDIR` needs room four times.
#![allow(clippy::unwrap_used, reason = "a measurement stops when it fails")]

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use chrono::DateTime;
use cordboard::archive::{back_up, move_rows, restore};
use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{Store, StoreSettings, migrate};
use cordboard_test_support::postgres;
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};

const CALLS: u64 = 1_000_000;
const COLUMNS: &str = "id, organization_id, state, direction, from_party, to_party, started_at, answered_at, ended_at, \
     hangup_cause, hangup_by, profile_id, next, last_seq, provider, cost_micros, talk_ms";
/// After the call's number `n` and its time `t`.
const VALUES: &str = "'ended', 'inbound', '+4930' || n, '+493055501' || (n % 8), t, t, t, 'normal_clearing', 'caller', 'profile', '\"hangup\"', 6, \
     'openai', 40000, 90000";
/// Rows of each call in addition to its own.
const BESIDE: &str = "INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) \
     SELECT id, k, organization_id, started_at, 'assistant_said', '{\"kind\":\"assistant_said\",\"item\":' || k || ',\"heard_ms\":2400,\"end\":\"heard\",\
     \"text\":\"Thank you, I have noted that for ' || from_party || '. Is there anything else that I can do for you?\"}' \
     FROM calls, (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6) AS entries; \
     INSERT INTO transcript_items (call_id, seq, organization_id, at, role, text, interrupted) \
     SELECT id, k, organization_id, started_at, 'assistant', 'Thank you, I have noted that for ' || from_party || '. Is there anything else?', false \
     FROM calls, (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS lines;";

fn main() {
    let calls = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(CALLS);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    let sqlite = StoreSettings::file(&file);
    fill(&sqlite, calls, "SQLite", |sql| {
        SqliteConnection::establish(&file.display().to_string()).unwrap().batch_execute(sql).unwrap();
    });
    let (filled, url) = on_postgres();
    fill(&filled, calls, "PostgreSQL", |sql| {
        PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap();
    });
    println!("| {calls} calls | rows | backup, s | file, MB | restore, s |");
    println!("| --- | --- | --- | --- | --- |");
    measure("SQLite", &sqlite, &StoreSettings::file(folder.path().join("restored.db")), folder.path());
    measure("PostgreSQL", &filled, &on_postgres().0, folder.path());
    let began = Instant::now();
    let moved = move_rows(&sqlite, &on_postgres().0, |_, _| ()).unwrap();
    println!(
        "\nmove of {} rows from SQLite to PostgreSQL: {:.0} s",
        moved.rows_total(),
        began.elapsed().as_secs_f64()
    );
}

/// An empty PostgreSQL, and its address.
fn on_postgres() -> (StoreSettings, String) {
    let url = postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable");
    (StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap())), url)
}

/// Creates the tables and inserts the calls.
fn fill(settings: &StoreSettings, calls: u64, name: &str, run: impl Fn(&str)) {
    migrate(settings).unwrap();
    let store = Store::open(settings).unwrap();
    let organization = store.organization_id();
    if name == "SQLite" {
        run(&format!(
            "INSERT INTO calls ({COLUMNS}) WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < {calls} - 1), \
             moment AS (SELECT n, strftime('%Y-%m-%d %H:%M:%f', 1735689600 + n * 30, 'unixepoch') AS t FROM number) \
             SELECT printf('call-%012d', n), '{organization}', {VALUES} FROM moment;"
        ));
    } else {
        run(&format!(
            "INSERT INTO calls ({COLUMNS}) SELECT 'call-' || lpad(n::text, 12, '0'), '{organization}', {VALUES} FROM \
             (SELECT n, TIMESTAMP '2025-01-01' + n * INTERVAL '30 seconds' AS t FROM generate_series(0, {calls} - 1) AS n) AS moment;"
        ));
    }
    run(BESIDE);
}

/// Prints a row of the table.
fn measure(name: &str, from: &StoreSettings, to: &StoreSettings, folder: &Path) {
    let (file, data) = (folder.join(format!("{name}.tar.gz")), folder.join(name));
    fs::create_dir(&data).unwrap();
    let made_at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let began = Instant::now();
    let out = BufWriter::new(File::create(&file).unwrap());
    let held = back_up(from, folder, false, made_at, out, |_, _| ()).unwrap();
    let backup = began.elapsed().as_secs_f64();
    let megabytes = fs::metadata(&file).unwrap().len() as f64 / 1e6;
    let began = Instant::now();
    let restored = restore(to, &data, BufReader::new(File::open(&file).unwrap()), |_| ()).unwrap();
    let restore = began.elapsed().as_secs_f64();
    assert_eq!(restored, held);
    println!("| {name} | {} | {backup:.0} | {megabytes:.0} | {restore:.0} |", held.rows_total());
}
