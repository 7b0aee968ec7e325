//! The priorities of a server's threads.

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
fn audio_threads_have_priority_over_those_doing_io() {
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

/// How many threads of a server with these settings have a raised priority, once there are `awaited` of them.
fn raised(settings: &[(&str, &str)], awaited: usize) -> usize {
    let own = getpriority_process(None).unwrap();
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), settings).unwrap();
    let mut raised = 0;
    // A thread raises its own priority when it starts, which nothing waits for.
    let _ = wait_until("raised threads", LIMIT, || {
        raised = ranks(server.process_id()).into_iter().filter(|(_, nice)| *nice < own).count();
        (raised >= awaited).then_some(())
    });
    raised
}

#[test]
fn the_webrtc_thread_has_priority_too() {
    let own = getpriority_process(None).unwrap();
    let may = thread::spawn(move || setpriority_process(None, own - 10).is_ok()).join().unwrap();
    let cores = thread::available_parallelism().unwrap().get();
    let of_calls_and_http = if may { cores + cores.min(2) } else { 0 };
    assert_eq!(raised(&[], of_calls_and_http), of_calls_and_http);
    let with_webrtc = of_calls_and_http + usize::from(may);
    let settings = [("webrtc.enabled", "true"), ("webrtc.listen", "127.0.0.1:0")];
    assert_eq!(raised(&settings, with_webrtc), with_webrtc);
}

/// The prefix of a command without any right to priorities except this limit, like a service that does not run as root. The kernel requires the limit
/// or a capability, which a container's root may have.
fn with_limit(nice: u64) -> Vec<String> {
    let mut words = vec!["prlimit".to_owned(), format!("--nice={nice}:{nice}")];
    if geteuid().is_root() {
        words.extend(["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"].map(str::to_owned));
    }
    words
}

/// Whether a command with this prefix may raise its priority.
fn may_go_first(words: &[String]) -> bool {
    let tried =
        Command::new(&words[0]).args(&words[1..]).args(["nice", "-n", "-10", "true"]).output().unwrap();
    // `nice` runs the command all the same, with a warning.
    tried.status.success() && tried.stderr.is_empty()
}

/// A program that becomes the server, with this prefix.
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
    assert_eq!(check["ok"], true, "calls continue all the same: {check}");
    check["found"].as_str().unwrap().to_owned()
}

#[test]
fn audio_threads_have_priority_within_the_units_limit() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/systemd/cordboard.service");
    let unit = fs::read_to_string(unit).unwrap();
    // `LimitNICE=-10` is a limit of 30: the kernel allows a nice value down to 20 minus the limit (getrlimit(2)).
    let nice = unit.lines().find_map(|line| line.strip_prefix("LimitNICE=")).unwrap();
    let of_unit = u64::try_from(20 - nice.parse::<i64>().unwrap()).unwrap();
    let own = getpriority_process(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for limit in [0, of_unit] {
        let mut words = with_limit(limit);
        let mut runs_first = may_go_first(&words);
        if limit == 0 {
            assert!(!runs_first, "without a limit and a capability no priority is raised");
        } else if !runs_first {
            // On some machines nobody may raise a limit: there the limit has no effect, and a capability has to replace it.
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
