//! A server that may have 1,024 files open, as a login shell sets it, and more slow clients than that.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cordboard_test_support::server::Token;
use tempfile::TempDir;

use crate::listening::Witness;
use crate::peer::Peer;
use crate::stage::Stage;

/// More clients than files.
const SLOW: usize = 1_100;
/// The slow clients are given up later than this.
const ANSWERED: Duration = Duration::from_secs(3);

/// Returns a program that is the server with this limit on files.
fn program(folder: &TempDir) -> PathBuf {
    let program = folder.path().join("cordboard.sh");
    let script = format!("#!/bin/sh\nulimit -n 1024\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_cordboard"));
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    program
}

#[test]
fn slow_clients_take_no_file_from_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::open_with(&program(&folder), &[]);
    let before = stage.held();
    let address = stage.server.addresses().http;
    let body = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Content-Length: 30000\r\n\r\n{";
    let witness = Witness::join(&stage);
    let slow: Vec<Peer> = (0..SLOW)
        .map(|_| {
            let mut peer = Peer::connect(address);
            peer.send(body);
            peer
        })
        .collect();
    let asked_at = Instant::now();
    assert_eq!(stage.server.get("/healthz", Token::None).unwrap().status, 200);
    assert!(asked_at.elapsed() < ANSWERED, "{:?}", asked_at.elapsed());
    let newcomer = Witness::join(&stage);
    witness.heard_undisturbed();
    newcomer.heard_undisturbed();
    let held = stage.held().sockets;
    assert!(held < 200, "{held} sockets");
    let log = stage.server.log();
    assert!(!log.contains("Too many open files"), "{log}");
    assert!(
        log.contains("enough for fewer calls than calls.max"),
        "the log does not mention the limit: {log}"
    );
    drop(slow);
    stage.wait_nothing_left(before);
    stage.close();
}
