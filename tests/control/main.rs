//! The control socket, as programs use it: over real WebSockets, against the server in this process with a stand-in for the registry, or against the
//! real binary with a caller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
#[path = "../api/answer.rs"]
#[allow(dead_code, reason = "the set-up that tests/api uses")]
mod answer;
mod commands;
mod document;
#[path = "../store/entries.rs"]
#[allow(dead_code, reason = "the journals that other tests write")]
mod entries;
mod events;
#[path = "../api/letters.rs"]
#[allow(dead_code, reason = "parts of the set-up")]
mod letters;
mod manners;
mod program;
#[path = "../api/router.rs"]
#[allow(dead_code, reason = "parts of the set-up")]
mod router;
#[path = "../api/setup.rs"]
#[allow(dead_code, reason = "the set-up that tests/api uses")]
mod setup;
mod slow;
mod whole_call;

use cordboard_test_support::control::Program;
use serde_json::Value;
use setup::{ADMIN, Setup};

/// A program that is connected.
fn program(setup: &Setup) -> Program {
    Program::connect(setup.address, ADMIN)
}

/// The limit of control sockets, and how many there are.
fn sockets(setup: &Setup) -> Value {
    let limits = setup.json("/api/v1/admin/actors")["limits"].clone();
    limits.as_array().unwrap().iter().find(|limit| limit["name"] == "control_sockets").unwrap().clone()
}
