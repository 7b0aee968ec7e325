//! How the kernel is to rank a server's threads.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use cordboard_test_support::waiting::wait_until;
use rustix::process::{geteuid, getpriority_process, setpriority_process};
use serde_json::Value;

use crate::stage::LIMIT;

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
fn threads_carrying_sound_run_before_those_reading_and_writing() {
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

/// How many threads of a server with these settings run before the others, once they are so many.
fn raised(settings: &[(&str, &str)], awaited: usize) -> usize {
    let own = getpriority_process(None).unwrap();
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), settings).unwrap();
    let mut raised = 0;
    // A thread raises itself as it begins, which nobody waits for.
    let _ = wait_until("raised threads", LIMIT, || {
        raised = ranks(server.process_id()).into_iter().filter(|(_, nice)| *nice < own).count();
        (raised >= awaited).then_some(())
    });
    raised
}

#[test]
fn the_thread_of_browsers_by_webrtc_is_one_of_them() {
    let own = getpriority_process(None).unwrap();
    let may = thread::spawn(move || setpriority_process(None, own - 10).is_ok()).join().unwrap();
    let cores = thread::available_parallelism().unwrap().get();
    let of_calls_and_http = if may { cores + cores.min(2) } else { 0 };
    assert_eq!(raised(&[], of_calls_and_http), of_calls_and_http);
    let with_webrtc = of_calls_and_http + usize::from(may);
    let settings = [("webrtc.enabled", "true"), ("webrtc.listen", "127.0.0.1:0")];
    assert_eq!(raised(&settings, with_webrtc), with_webrtc);
}

/// The words before a command that has no rights over ranks but this limit, as a service has it that is somebody else than root: the kernel asks for
/// the limit, or for a capability, which a container's root may have.
fn with_limit(nice: u64) -> Vec<String> {
    let mut words = vec!["prlimit".to_owned(), format!("--nice={nice}:{nice}")];
    if geteuid().is_root() {
        words.extend(["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"].map(str::to_owned));
    }
    words
}

/// Whether a command that begins with these words may have itself run before others.
fn may_go_first(words: &[String]) -> bool {
    let tried =
        Command::new(&words[0]).args(&words[1..]).args(["nice", "-n", "-10", "true"]).output().unwrap();
    // `nice` runs the command all the same, and complains.
    tried.status.success() && tried.stderr.is_empty()
}

/// A program that becomes the server, with these words before it.
fn program(folder: &Path, words: &[String]) -> PathBuf {
    let path = folder.join("cordboard-with-a-limit");
    let text = format!("#!/bin/sh\nexec {} {} \"$@\"\n", words.join(" "), env!("CARGO_BIN_EXE_cordboard"));
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// The doctor's finding about the threads of this server.
fn doctor(server: &Server) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(["doctor", "--json"])
        .current_dir(server.data_folder())
        .env_clear()
        .env("CORDBOARD_DATA_DIR", server.data_folder())
        .env("CORDBOARD_ADMIN_TOKEN", ADMIN_TOKEN)
        .env("CORDBOARD_HTTP__LISTEN", server.addresses().http.to_string())
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["subject"] == "threads of sound").unwrap();
    assert_eq!(check["ok"], true, "calls go on all the same: {check}");
    check["found"].as_str().unwrap().to_owned()
}

#[test]
fn sound_threads_run_first_within_the_units_limit() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/systemd/cordboard.service");
    let unit = fs::read_to_string(unit).unwrap();
    // `LimitNICE=-10` is a limit of 30: the kernel lets a thread down to 20 less it (getrlimit(2)).
    let nice = unit.lines().find_map(|line| line.strip_prefix("LimitNICE=")).unwrap();
    let of_unit = u64::try_from(20 - nice.parse::<i64>().unwrap()).unwrap();
    let own = getpriority_process(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for limit in [0, of_unit] {
        let mut words = with_limit(limit);
        let mut runs_first = may_go_first(&words);
        if limit == 0 {
            assert!(!runs_first, "without a limit and a capability nobody goes first");
        } else if !runs_first {
            // A machine on which nobody raises a limit: there a limit says nothing, and a capability has to do for it.
            words = vec!["env".to_owned()];
            runs_first = may_go_first(&words);
        }
        let server = Server::start(&program(folder.path(), &words), &[]).unwrap();
        let (name, figure) = match runs_first {
            true => ("before all others", "cordboard_sound_runs_first 1\n"),
            false => ("like all others", "cordboard_sound_runs_first 0\n"),
        };
        let first = ranks(server.process_id()).into_iter().filter(|(_, nice)| *nice < own).count();
        assert_eq!(first > 0, runs_first, "a limit of {limit}");
        let said = format!("threads that carry sound run {name}");
        wait_until("a line of the log", LIMIT, || server.log().contains(&said).then_some(())).unwrap();
        assert_eq!(server.log().matches(&said).count(), 1, "once, for all: {}", server.log());
        let figures = server.get("/metrics", Token::Admin).unwrap().text();
        assert!(figures.contains(figure), "{figures}");
        let found = doctor(&server);
        assert!(found.starts_with(&format!("the running server's run {name}")), "{found}");
    }
}
