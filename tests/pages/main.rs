//! Tests of the pages in Chromium, and of one in Firefox: this program starts the servers, and Node runs the tests with playwright-core.
//!
//! ```text
//! this program ──starts──> the servers, callers on AudioSocket
//!              ──starts──> node browser/run.mjs ──drives──> Chromium ──opens──> the servers' pages
//!                 <── results and requests (such as a call), a line of JSON each ──
//! ```
//! Its output has the form of libtest's, so that `tests/run` counts it with the others. An argument selects tests by a part of their
//! name. `CORDBOARD_SCREENSHOTS=FOLDER` takes the screenshots of the documentation, `CORDBOARD_MEASURE=1` adds figures of the pages
//! (`measure` selects only those). `CORDBOARD_PAGES_SHARD=K/N` runs the K-th of N parts with its own servers and browser, so that
//! several parts can run at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation ends the test"
)]

mod dialler;
mod driver;
mod full;
mod relay;
mod setup;
mod switches;
mod workbench;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use setup::Setup;
use workbench::Workbench;

/// The variable that names the part of the tests to run, such as `1/3`.
pub(crate) const SHARD: &str = "CORDBOARD_PAGES_SHARD";

/// The result of one test.
struct Outcome {
    name: String,
    /// Why it failed, if it did.
    failure: Option<String>,
    took: Duration,
}

fn main() -> ExitCode {
    let began = Instant::now();
    let filters: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut outcomes = Vec::new();
    let mut done = |outcome: Outcome| {
        let verdict = if outcome.failure.is_none() { "ok" } else { "FAILED" };
        println!("test {} ... {verdict} ({:.1} s)", outcome.name, outcome.took.as_secs_f32());
        outcomes.push(outcome);
    };
    let bench = Workbench::ready();
    let is_selected =
        |name: &str| filters.is_empty() || filters.iter().any(|part| name.contains(part.as_str()));
    let mut setup = Setup::open();
    let checks: [(&str, &dyn Fn()); 3] = [
        ("types::pages_fit_their_types_and_their_words_are_in_catalogues", &|| {
            workbench::check_sources(&bench);
        }),
        ("types::the_apis_types_are_the_servers", &|| workbench::check_api_types(&bench, &setup)),
        ("build::pages_are_made_by_hand", &|| workbench::bundle(&bench)),
    ];
    let is_first_shard = std::env::var(SHARD).map_or(true, |shard| shard.starts_with("1/"));
    for (name, check) in checks {
        if is_first_shard && is_selected(name) {
            done(attempt(name, check));
        }
    }
    driver::run(&bench, &mut setup, &filters, &mut done);

    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.failure.is_some()).collect();
    for Outcome { name, failure, .. } in &failed {
        println!("\n---- {name} ----\n{}", failure.as_deref().unwrap_or_default());
    }
    println!(
        "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
        if failed.is_empty() { "ok" } else { "FAILED" },
        outcomes.len() - failed.len(),
        failed.len(),
        began.elapsed().as_secs_f64(),
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a test that is written in Rust.
fn attempt(name: &str, test: impl FnOnce()) -> Outcome {
    let began = Instant::now();
    // The panic hook has already printed the panic to standard error.
    let failure = catch_unwind(AssertUnwindSafe(test)).err().map(|panic| panic_text(panic.as_ref()));
    Outcome { name: name.to_owned(), failure, took: began.elapsed() }
}

/// The text of a panic.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
