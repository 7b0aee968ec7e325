//! How many rows of journal a second the store takes: `cargo bench --bench store`.

#![allow(clippy::unwrap_used, missing_docs, reason = "a measurement ends where something is not as it says")]

#[path = "../tests/store/entries.rs"]
#[allow(dead_code, reason = "the journals that the tests write")]
mod entries;

use std::time::{Duration, Instant};

use cordboard::store::{Store, StoreSettings};

const CALLS: usize = 100;
const ROWS_OF_A_CALL: usize = 100;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::file(folder.path().join("bench.db"))).unwrap();
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
    let written = began.elapsed();
    let rows = CALLS * ROWS_OF_A_CALL;
    println!(
        "{rows} rows: handed over in {handed_over:?}, on disk in {written:?}, {:.0} rows/s",
        rows as f64 / written.as_secs_f64()
    );
}
