//! `cordboard demo` as a newcomer starts it: nothing is configured, and the usual ports are in use.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cordboard_schema::event::JournalEntry;

/// The whole demo must finish within a minute.
const DEMO_MAX: Duration = Duration::from_secs(60);

/// Starts a command in a folder of its own, with only the ports in its environment.
fn cordboard(folder: &Path, arguments: &[&str], ports: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(ports.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for a child's end; kills it if that takes too long.
fn exit_code(child: &mut Child, max: Duration) -> Option<i32> {
    let deadline = Instant::now() + max;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the demo still runs after {max:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn rest_of(reader: &mut impl Read) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

fn lines_to(part: &str, out: &mut BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    while !text.contains(part) {
        let mut line = String::new();
        assert!(out.read_line(&mut line).unwrap() > 0, "the demo ended before {part:?}:\n{text}");
        text.push_str(&line);
    }
    text
}

fn call_id(text: &str) -> &str {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("-  call       ")?.split(" begins at ").next())
        .unwrap()
}

#[test]
fn the_demos_call_runs_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    let held = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let taken = held.each_ref().map(|listener| listener.local_addr().unwrap().to_string());
    let ports = [("CORDBOARD_HTTP__LISTEN", taken[0].as_str()), ("CORDBOARD_AUDIOSOCKET__LISTEN", &taken[1])];
    let mut demo = cordboard(folder.path(), &["demo", "--once"], &ports);
    let code = exit_code(&mut demo, DEMO_MAX);
    let text = rest_of(demo.stdout.as_mut().unwrap());
    let complaints = rest_of(demo.stderr.as_mut().unwrap());
    assert_eq!(code, Some(0), "{text}\n{complaints}");

    for part in [
        &format!("{} is taken: HTTP gets a free port", taken[0]),
        &format!("{} is taken: AudioSocket gets a free port", taken[1]),
        "announced from Alex to 100",
        "barge-in   greeting stopped",
        "tool       take_message done",
        "goodbye heard out        ok",
        "caller     (speech, ",
        "/transcript",
    ] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(!text.contains("FAILED"), "{text}");

    // The named files exist, and the call can be replayed.
    let data = folder.path().join("cordboard-data/demo");
    let id = call_id(&text);
    assert!(data.join(format!("recordings/{id}.wav")).exists());
    let data = data.to_str().unwrap();
    let mut replay = cordboard(folder.path(), &["replay", id], &[("CORDBOARD_DATA_DIR", data)]);
    assert_eq!(exit_code(&mut replay, DEMO_MAX), Some(0));
    let again = rest_of(replay.stdout.as_mut().unwrap());
    let timeline = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains("0:")).map(str::to_owned).collect()
    };
    let (live, stored) = (timeline(&text), timeline(&again));
    assert!(live.len() > 20, "{text}");
    assert!(stored.iter().all(|line| live.contains(line)), "{again}\nis not\n{text}");
}

#[test]
fn ctrl_c_during_the_call_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let free = [("CORDBOARD_HTTP__LISTEN", "127.0.0.1:0"), ("CORDBOARD_AUDIOSOCKET__LISTEN", "127.0.0.1:0")];
    let mut demo = cordboard(folder.path(), &["demo", "--once"], &free);
    let mut out = BufReader::new(demo.stdout.take().unwrap());
    let text = lines_to("barge-in", &mut out);
    let id = rustix::process::Pid::from_child(&demo);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let code = exit_code(&mut demo, Duration::from_secs(15));
    let complaints = rest_of(demo.stderr.as_mut().unwrap());
    assert_eq!(code, Some(1), "{complaints}");
    assert!(complaints.contains("the demo was stopped before its call was over"), "{complaints}");

    let data = folder.path().join("cordboard-data/demo");
    let data = data.to_str().unwrap();
    let replayed = ["replay", "--json", call_id(&text)];
    let mut replay = cordboard(folder.path(), &replayed, &[("CORDBOARD_DATA_DIR", data)]);
    assert_eq!(exit_code(&mut replay, DEMO_MAX), Some(0));
    let journal = rest_of(replay.stdout.as_mut().unwrap());
    let entries: Vec<JournalEntry> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.event.kind()).collect();
    for kind in ["barge_in", "ended", "recording_finished"] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
}
