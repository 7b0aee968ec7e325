//! An independent reader of Parquet files: DuckDB (<https://duckdb.org>), from PyPI.

#![allow(clippy::unwrap_used, reason = "a test fails where the program can't be used")]

use std::process::Command;

use crate::pypi;

/// The release.
const VERSION: &str = "2.0.1";
const SCRIPT: &str = "import json, sys, duckdb; print(json.dumps(duckdb.connect().execute(sys.argv[1]).fetchall(), default=str))";

/// The rows of a statement, each a list.
///
/// # Panics
/// It can't be installed, or it rejects the statement.
#[must_use]
pub fn rows(sql: &str) -> serde_json::Value {
    let python =
        pypi::installed(&format!("duckdb-{VERSION}"), &[&format!("duckdb=={VERSION}")]).join("python");
    let asked = Command::new(python).args(["-c", SCRIPT, sql]).output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    serde_json::from_slice(&asked.stdout).unwrap()
}
