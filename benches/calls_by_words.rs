//! How long a search for calls by words and days takes, with 1,000,000 of them in the database, on SQLite and on PostgreSQL; and how long a start
//! takes that indexes the words of all of them: `cargo bench --bench calls_by_words`. `CORDBOARD_BENCH_CALLS` sets another number.
//!
//! PostgreSQL is the empty database at `CORDBOARD_BENCH_POSTGRES`, or one that is started as for the tests.

#![allow(clippy::unwrap_used, missing_docs, reason = "a measurement ends where something is not as it says")]

use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{CallQuery, Connection, Store, StoreSettings, migrate, query};
use cordboard_schema::time::UnixMs;
use cordboard_test_support::postgres;
use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use uuid::Uuid;

/// How often each page is read.
const TIMES: u64 = 200;
/// The first call's time: 2026-01-01. One every 30 s follows, so a million are some 347 days.
const FIRST_MS: u64 = 1_767_225_600_000;
const EVERY_MS: u64 = 30_000;
const DAY_MS: u64 = 86_400_000;
/// Words per call, and number of different words. The n-th is in about one call of n, as in a natural language.
const WORDS: u64 = 60;
const VOCABULARY: u64 = 20_000;

fn main() {
    let calls = std::env::var("CORDBOARD_BENCH_CALLS").map_or(1_000_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.db");
    let connect = || SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    measure("SQLite", calls, &StoreSettings::file(file.clone()), connect);
    let url = std::env::var("CORDBOARD_BENCH_POSTGRES").unwrap_or_else(|_| {
        postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable")
    });
    let settings = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
    measure("PostgreSQL", calls, &settings, || PgConnection::establish(&url).unwrap());
}

fn moment(number: u64) -> u64 {
    FIRST_MS + number * EVERY_MS
}

fn id(number: u64) -> Uuid {
    Uuid::from_u128((u128::from(moment(number)) << 80) | (0x7 << 76) | (0x2 << 62) | u128::from(number))
}

/// Returns a pseudo-random number for a seed (splitmix64).
fn chance(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the n-th most frequent word, made of syllables, so that beginnings of words distinguish them as in a natural language.
fn word(n: u64) -> String {
    let syllable = |n: u64| {
        let at = |letters: &str, n: u64| letters.chars().nth(n as usize).unwrap();
        format!("{}{}", at("bcdfghjklmnprstvwz", n % 18), at("aeiou", n / 18 % 5))
    };
    [n, n / 90, n / 8_100].map(syllable).concat()
}

/// Returns the words of a call: frequent words often, rare ones seldom.
fn said(number: u64) -> String {
    let spoken = |place: u64| {
        let part = (chance(number * WORDS + place) >> 11) as f64 / (1_u64 << 53) as f64;
        word((VOCABULARY as f64).powf(part) as u64)
    };
    (0..WORDS).map(spoken).collect::<Vec<_>>().join(" ")
}

/// `connect` opens a separate connection for the rows, because the store's writer accepts no change of this size.
fn measure<C: SimpleConnection>(
    database: &str,
    calls: u64,
    settings: &StoreSettings,
    connect: impl Fn() -> C,
) {
    migrate(settings).unwrap();
    let organization = Store::open(settings).unwrap().organization_id();
    let mut connection = connect();
    let began = Instant::now();
    for from in (0..calls).step_by(2_000) {
        let numbers = from..calls.min(from + 2_000);
        let at = |number: u64| {
            UnixMs(i64::try_from(moment(number)).unwrap()).to_utc().format("%Y-%m-%d %H:%M:%S").to_string()
        };
        let rows = numbers.clone().map(|number| {
            let at = at(number);
            format!(
                "('{}','{organization}','ended','inbound','+4930{number:08}','+4930555{:04}','audiosocket','{at}','{at}','{at}',\
                 'normal_clearing','caller','{organization}','\"hangup\"',10)",
                id(number),
                number % 50
            )
        });
        let lines = numbers.clone().map(|number| {
            format!(
                "('{}',3,'{organization}','{}','caller','{}',false)",
                id(number),
                at(number),
                said(number)
            )
        });
        let due = numbers.clone().map(|number| format!("('{}')", id(number)));
        let join = |rows: Vec<String>| rows.join(",");
        connection
            .batch_execute(&format!(
                "BEGIN; INSERT INTO calls (id, organization_id, state, direction, from_party, to_party, leg_kind, started_at, \
                 answered_at, ended_at, hangup_cause, hangup_by, profile_id, next, last_seq) VALUES {}; \
                 INSERT INTO transcript_items (call_id, seq, organization_id, at, role, text, interrupted) VALUES {}; \
                 INSERT INTO call_words_due (call_id) VALUES {}; COMMIT",
                join(rows.collect()),
                join(lines.collect()),
                join(due.collect())
            ))
            .unwrap();
    }
    println!("{database}: {calls} calls, written in {:.1?}", began.elapsed());
    let began = Instant::now();
    let store = Store::open(settings).unwrap();
    println!("{database}: their words in the index in {:.1?}", began.elapsed());
    connection.batch_execute("ANALYZE").unwrap();

    let days = calls * EVERY_MS / DAY_MS;
    let both = |one: u64, other: u64| format!("{} {}", word(one), word(other));
    let begun = |n: u64| word(n)[..3].to_owned();
    for (name, words, days_wanted) in [
        ("a frequent word", word(1), None),
        ("three words", format!("{} {}", both(20, 55), word(30)), None),
        ("a rare word", word(19_000), None),
        ("a word that nobody says", "nobody".to_owned(), None),
        ("a frequent word, a day", word(3), Some(1)),
        ("two words, of the last its beginning, a day", format!("{} {}", word(12), begun(40)), Some(1)),
        ("two words, a week", both(40, 77), Some(7)),
        ("a rare word, a week", word(15_000), Some(7)),
        ("a word that nobody says, a day", "nobody".to_owned(), Some(1)),
    ] {
        let mut took: Vec<Duration> = (0..TIMES)
            .map(|time| {
                let since =
                    FIRST_MS + chance(time) % days.saturating_sub(days_wanted.unwrap_or(0)).max(1) * DAY_MS;
                let at = |ms: u64| Some(UnixMs(i64::try_from(ms).unwrap()));
                let asked = CallQuery {
                    said: Some(words.clone()),
                    since: days_wanted.and_then(|_| at(since)),
                    until: days_wanted.and_then(|days| at(since + days * DAY_MS)),
                    limit: 51,
                    ..CallQuery::default()
                };
                let began = Instant::now();
                let find = move |connection: &mut Connection| query::calls(connection, organization, asked);
                store.reads().run_blocking(find).unwrap();
                began.elapsed()
            })
            .collect();
        took.sort_unstable();
        let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)];
        println!("{database}: {name}: p50 {:.2?}, p99 {:.2?}", at(50), at(99));
    }
}
