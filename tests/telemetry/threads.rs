//! How the kernel is to rank a server's threads.

use std::fs;
use std::path::Path;
use std::thread;

use cordboard_test_support::server::{Server, Token};
use rustix::process::{getpriority_process, setpriority_process};

/// The name and the nice value of each thread of a process (`proc_pid_stat(5)`).
fn ranks(process: u32) -> Vec<(String, i32)> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("stat")).ok());
    stats
        .map(|stat| {
            let (before, behind) = stat.rsplit_once(") ").unwrap();
            let name = before.split_once('(').unwrap().1.to_owned();
            (name, behind.split(' ').nth(16).unwrap().parse().unwrap())
        })
        .collect()
}

#[test]
fn those_that_carry_sound_run_before_those_that_read_and_write() {
    let own = getpriority_process(None).unwrap();
    let may = thread::spawn(move || setpriority_process(None, own - 10).is_ok()).join().unwrap();
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &[]).unwrap();
    // Reads the database, on a thread that may block.
    assert_eq!(server.get("/api/v1/calls", Token::Admin).unwrap().status, 200);
    let ranks = ranks(server.process_id());
    let (raised, common): (Vec<_>, Vec<_>) = ranks.into_iter().partition(|(_, nice)| *nice == own - 10);
    assert!(common.iter().all(|(_, nice)| *nice == own), "{common:?}");
    // A call's arbiter and an HTTP worker for each core.
    let cores = thread::available_parallelism().unwrap().get();
    assert_eq!(raised.len() >= 2 * cores.min(2), may, "{raised:?}");
    assert!(raised.iter().all(|(name, _)| name.starts_with("actix-rt|")), "{raised:?}");
    for who in ["tokio-rt-worker", "store-writer", "recorder"] {
        assert!(common.iter().any(|(name, _)| name == who), "{who} is not among {common:?}");
    }
}
