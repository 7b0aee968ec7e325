//! How many events a second the control socket carries: `cargo bench --bench control`.
//!
//! Server and programs share the machine. Rows of one call's journal are handed in as fast as the slowest program reads, with at most 128 in transit.
//! Each is one event for each program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a measurement ends where something is not as it says"
)]

#[path = "../tests/api/answer.rs"]
#[allow(dead_code, reason = "the house that the tests have")]
mod answer;
#[path = "../tests/store/entries.rs"]
#[allow(dead_code, reason = "the journals that the tests write")]
mod entries;
#[path = "../tests/api/letters.rs"]
#[allow(dead_code, reason = "what the house is made of")]
mod letters;
#[path = "../tests/api/router.rs"]
#[allow(dead_code, reason = "what the house is made of")]
mod router;
#[path = "../tests/api/setup.rs"]
#[allow(dead_code, reason = "the house that the tests have")]
mod setup;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cordboard_schema::event::Fact;
use cordboard_test_support::control::Program;
use serde_json::json;
use setup::{ADMIN, Setup};

const EVENTS: u64 = 20_000;
const ON_THEIR_WAY: u64 = 128;

fn main() {
    for programs in [1, 4, 16] {
        let took = carry(programs);
        let a_second = EVENTS as f64 / took.as_secs_f64();
        println!(
            "{programs} programs: {EVENTS} events each in {took:?}, {a_second:.0} events/s, {:.0} messages/s",
            a_second * programs as f64
        );
    }
}

fn carry(programs: usize) -> Duration {
    let setup = Setup::open();
    let mut said = entries::Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let readers: Vec<Arc<AtomicU64>> = (0..programs).map(|_| Arc::default()).collect();
    let threads: Vec<_> = readers
        .iter()
        .map(|read| {
            let (read, address) = (read.clone(), setup.address);
            let mut program = Program::connect(address, ADMIN);
            program.done(json!({ "command": "subscribe", "topics": ["calls"] }));
            program.event();
            std::thread::spawn(move || {
                for _ in 0..EVENTS {
                    program.pass_over();
                    read.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let began = Instant::now();
    for sent in 0..EVENTS {
        while readers.iter().any(|read| read.load(Ordering::Relaxed) + ON_THEIR_WAY < sent) {
            std::thread::sleep(Duration::from_micros(50));
        }
        setup.store.journal(vec![said.entry(Fact::DeadlinePassed)]);
    }
    for thread in threads {
        thread.join().unwrap();
    }
    began.elapsed()
}
