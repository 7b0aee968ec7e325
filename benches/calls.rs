//! How long reading a page of calls takes with 1,000,000 of them in the database, on SQLite and on PostgreSQL, and with which index: `cargo bench
//! --bench calls`. `CORDBOARD_BENCH_CALLS` sets another number.
//!
//! PostgreSQL is the empty database at `CORDBOARD_BENCH_POSTGRES`, or one that is started as for the tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a measurement ends where something is not as it says"
)]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{CallQuery, Connection, Store, StoreSettings, query};
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;
use cordboard_test_support::postgres;
use diesel::Connection as _;
use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use uuid::Uuid;

/// How often each page is read.
const TIMES: usize = 500;
/// The first call's time: 2026-01-01. One every 20 s follows.
const FIRST_MS: u64 = 1_767_225_600_000;
const EVERY_MS: u64 = 20_000;

/// The last statement that was sent to a table of calls.
static SENT: Mutex<String> = Mutex::new(String::new());

fn main() {
    let calls = std::env::var("CORDBOARD_BENCH_CALLS").map_or(1_000_000, |count| count.parse().unwrap());
    set_default_instrumentation(|| Some(Box::new(remember) as Box<dyn Instrumentation>)).unwrap();
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

fn remember(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        let text = query.to_string();
        if text.contains("calls") && text.contains("LIMIT") {
            *SENT.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }
    }
}

/// When the call of a number begins.
fn moment(number: u64) -> UnixMs {
    UnixMs(i64::try_from(FIRST_MS + number * EVERY_MS).unwrap())
}

/// The id of a call: version 7, as all are, ordered by time.
fn id(number: u64) -> Uuid {
    let ms = FIRST_MS + number * EVERY_MS;
    Uuid::from_u128((u128::from(ms) << 80) | (0x7 << 76) | (0x2 << 62) | u128::from(number))
}

/// `connect` opens a separate connection for the rows, because the store's writer accepts no change of this size.
fn measure<C: SimpleConnection>(
    database: &str,
    calls: u64,
    settings: &StoreSettings,
    connect: impl Fn() -> C,
) {
    let store = Store::open(settings).unwrap();
    let organization = store.organization_id();
    let mut connection = connect();
    let began = Instant::now();
    for from in (0..calls).step_by(10_000) {
        let rows = (from..calls.min(from + 10_000)).map(|number| {
            let at = moment(number).to_utc().format("%Y-%m-%d %H:%M:%S");
            format!(
                "('{}','{organization}','ended','inbound','+4930{number:08}','+4930555{:04}','audiosocket','{at}','{at}','{at}',\
                 'normal_clearing','caller','{organization}','\"hangup\"',10)",
                id(number),
                number % 50
            )
        });
        let insert = format!(
            "INSERT INTO calls (id, organization_id, state, direction, from_party, to_party, leg_kind, started_at, answered_at, \
             ended_at, hangup_cause, hangup_by, profile_id, next, last_seq) VALUES {}",
            rows.collect::<Vec<_>>().join(",")
        );
        connection.batch_execute(&insert).unwrap();
    }
    connection.batch_execute("ANALYZE").unwrap();
    println!("{database}: {calls} calls, written in {:.1?}", began.elapsed());

    let page = || CallQuery { limit: 50, ..CallQuery::default() };
    let middle = CallId(id(calls / 2));
    let (since, until) = (moment(calls / 2), moment(calls / 2 + 4_320));
    let number = |number: u64| format!("+4930{number:08}");
    for (name, times, asked) in [
        ("the first page", TIMES, page()),
        ("a page in the middle", TIMES, CallQuery { before: Some(middle), ..page() }),
        ("a day of a year ago", TIMES, CallQuery { since: Some(since), until: Some(until), ..page() }),
        ("to one of 50 numbers", TIMES, CallQuery { to: Some("0049".to_owned()), ..page() }),
        ("from one number, the oldest", 20, CallQuery { from: Some(number(1)), ..page() }),
        ("from nobody's number", 20, CallQuery { from: Some("+1555".to_owned()), ..page() }),
    ] {
        let mut took: Vec<Duration> = (0..times)
            .map(|_| {
                let asked = asked.clone();
                let began = Instant::now();
                store
                    .reads()
                    .run_blocking(move |connection: &mut Connection| {
                        query::calls(connection, organization, asked)
                    })
                    .unwrap();
                began.elapsed()
            })
            .collect();
        took.sort_unstable();
        let at = |part: f64| took[(((times as f64) * part) as usize).min(times - 1)];
        println!("{database}: {name}: p50 {:.2?}, p99 {:.2?}", at(0.5), at(0.99));
        for line in plan(&store) {
            println!("    {line}");
        }
    }
}

#[derive(diesel::QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

#[derive(diesel::QueryableByName)]
struct PostgresStep {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Returns how the database runs the last statement.
fn plan(store: &Store) -> Vec<String> {
    let sent = SENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (statement, binds) = sent.split_once(" -- binds: ").expect("a statement with what is bound");
    let binds: Vec<String> = bound(binds);
    let statement = statement.to_owned();
    let explain = move |connection: &mut Connection| {
        let plan = match connection {
            Connection::Sqlite(connection) => {
                let filled = binds.iter().fold(statement, |text, value| text.replacen('?', value, 1));
                let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {filled}"))
                    .load::<SqliteStep>(connection)?;
                steps.into_iter().map(|step| step.detail).collect()
            }
            Connection::Postgres(connection) => {
                let numbered = binds.iter().enumerate().rev();
                let filled = numbered
                    .fold(statement, |text, (at, value)| text.replace(&format!("${}", at + 1), value));
                let lines =
                    diesel::sql_query(format!("EXPLAIN {filled}")).load::<PostgresStep>(connection)?;
                lines
                    .into_iter()
                    .map(|step| step.line)
                    .filter(|line| line.contains("->") || line.contains("Index"))
                    .collect()
            }
        };
        Ok(plan)
    };
    store.reads().run_blocking(explain).unwrap()
}

/// Returns the values of `[a, "b"]` in SQL.
fn bound(debug: &str) -> Vec<String> {
    let inner = debug.trim().trim_start_matches('[').trim_end_matches(']');
    let values = inner.split(", ").filter(|value| !value.is_empty());
    values
        .map(|value| match value.parse::<i64>() {
            Ok(number) => number.to_string(),
            Err(_) => format!("'{}'", value.trim_matches('"').replace('T', " ")),
        })
        .collect()
}
