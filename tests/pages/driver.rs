//! The connection with Node, which reports results and requests callers, one line of JSON each.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Duration;

use cordboard_test_support::chromium::Chromium;
use cordboard_test_support::coturn::Coturn;
use cordboard_test_support::firefox::Firefox;
use serde_json::{Value, json};

use crate::Outcome;
use crate::setup::Setup;
use crate::workbench::Workbench;

/// Runs the scripts' tests whose names contain one of the filters; without filters all of them.
pub(crate) fn run(bench: &Workbench, setup: &mut Setup, filters: &[String], done: &mut dyn FnMut(Outcome)) {
    let chromium = Chromium::obtain().unwrap();
    // Downloads happen before the tests, so that they don't count towards a test's time.
    Firefox::obtain().unwrap();
    Coturn::obtain().unwrap();
    let mut introduction = setup.introduction();
    introduction["chromium"] = json!({ "program": chromium.program(), "arguments": chromium.arguments() });
    introduction["filters"] = json!(filters);
    introduction["shard"] = json!(std::env::var(crate::SHARD).ok());
    introduction["measure"] = json!(std::env::var_os("CORDBOARD_MEASURE").is_some());
    introduction["build"] = json!(if cfg!(debug_assertions) { "debug" } else { "release" });
    introduction["screenshots"] = json!(std::env::var("CORDBOARD_SCREENSHOTS").ok().map(absolute));
    let mut node = bench
        .node("run.mjs")
        .arg(introduction.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let (mut answers, output) = (node.stdin.take().unwrap(), BufReader::new(node.stdout.take().unwrap()));
    for line in output.lines() {
        let line = line.unwrap();
        let Ok(message) = serde_json::from_str::<Value>(&line) else {
            println!("{line}");
            continue;
        };
        if let Some(name) = message["test"].as_str() {
            let failure = message["failure"].as_str().map(str::to_owned);
            let took = Duration::from_millis(message["ms"].as_u64().unwrap_or_default());
            done(Outcome { name: name.to_owned(), failure, took });
        } else {
            let answer = match setup.answer(&message) {
                Ok(value) => json!({ "id": message["id"], "value": value }),
                Err(reason) => json!({ "id": message["id"], "error": reason }),
            };
            writeln!(answers, "{answer}").unwrap();
        }
    }
    let status = node.wait().unwrap();
    if !status.success() {
        let failure = Some(format!("Node exited with {status}"));
        done(Outcome { name: "browser".to_owned(), failure, took: Duration::ZERO });
    }
}

/// An absolute path of a folder in the checkout, because Node runs in another folder.
fn absolute(folder: String) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}
