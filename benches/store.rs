//! How many rows of journal a second the store takes, on SQLite and on PostgreSQL: `cargo bench --bench store`.
//!
//! PostgreSQL is the empty database at `CORDBOARD_BENCH_POSTGRES`, or one that is started as for the tests.

#![allow(clippy::unwrap_used, missing_docs, reason = "a measurement ends where something is not as it says")]

#[path = "../tests/store/entries.rs"]
#[allow(dead_code, reason = "the journals that the tests write")]
mod entries;

use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{Store, StoreSettings};
use cordboard_test_support::postgres;

const CALLS: usize = 500;
const ROWS_OF_A_CALL: usize = 100;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    measure("SQLite", &StoreSettings::file(folder.path().join("bench.db")));
    let url = std::env::var("CORDBOARD_BENCH_POSTGRES").unwrap_or_else(|_| {
        postgres::shared().unwrap().url(&postgres::empty_database().unwrap(), "?sslmode=disable")
    });
    measure("PostgreSQL", &StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap())));
}

fn measure(database: &str, settings: &StoreSettings) {
    let store = Store::open(settings).unwrap();
    let mut conversations: Vec<_> =
        (0..CALLS).map(|_| entries::Conversation::new(store.organization_id())).collect();
    let began = Instant::now();
    for round in 0..ROWS_OF_A_CALL {
        for said in &mut conversations {
            let entry = if round == 0 { said.started() } else { said.said("a line of an ordinary length") };
            store.journal(vec![entry]);
        }
    }
    let handed_over = began.elapsed();
    while store.health().waiting > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let (written, health) = (began.elapsed(), store.health());
    let rows = CALLS * ROWS_OF_A_CALL;
    println!(
        "{database}: {rows} rows of {CALLS} calls: handed over in {handed_over:?}, on disk in {written:?}, {:.0} rows/s, {} lost",
        rows as f64 / written.as_secs_f64(),
        health.lost
    );
}
