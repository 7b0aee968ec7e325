//! The binary as an operator meets it: what it prints, and the exit codes that scripts rely on.

#![allow(clippy::unwrap_used, reason = "a test stops where it can't go on")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in a folder of its own, with no environment but the one given.
fn cordboard(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn dotenv_is_read_from_the_working_directory_and_from_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    fs::write(folder.path().join(".env"), "CORDBOARD_CALLS__MAX=7\n").unwrap();
    let max_in = |folder: &Path| {
        let listed = cordboard(folder, &["config"], &[]);
        assert!(listed.status.success(), "{}", stderr(&listed));
        let text = stdout(&listed);
        let line = text.lines().find(|line| line.starts_with("calls.max ")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(max_in(folder.path()), "7");
    assert_eq!(max_in(&below), "200");
}

#[test]
fn an_unknown_setting_stops_every_command_that_has_settings() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["config", "call"] {
        let output = cordboard(folder.path(), &[command], &[("CORDBOARD_CALLS__MX", "3")]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let complaint = stderr(&output);
        assert!(complaint.contains("did you mean CORDBOARD_CALLS__MAX?"), "{command}: {complaint}");
    }
}

#[test]
fn the_doctor_is_content_where_cordboard_can_run() {
    let folder = tempfile::tempdir().unwrap();
    let free = [("CORDBOARD_HTTP__LISTEN", "127.0.0.1:0"), ("CORDBOARD_AUDIOSOCKET__LISTEN", "127.0.0.1:0")];
    let output =
        cordboard(folder.path(), &["doctor"], &[&free[..], &[("CORDBOARD_CALLS__MAX", "1")]].concat());
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the doctor leaves nothing behind");
}

#[test]
fn the_doctor_fails_with_the_fix_beside_the_failure() {
    let folder = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let settings =
        [("CORDBOARD_HTTP__LISTEN", "127.0.0.1:0"), ("CORDBOARD_AUDIOSOCKET__LISTEN", address.as_str())];
    let output = cordboard(folder.path(), &["doctor"], &settings);
    assert_eq!(output.status.code(), Some(1));
    let table = stdout(&output);
    let line = table.lines().find(|line| line.starts_with("audiosocket port")).unwrap();
    assert!(line.contains("FAILED") && line.contains("set audiosocket.listen to another port"), "{table}");
}

#[test]
fn a_wrong_command_line_is_told_from_a_failed_command() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(cordboard(folder.path(), &["cal"], &[]).status.code(), Some(2));
    let nobody = cordboard(folder.path(), &["call", "--to", "127.0.0.1:1"], &[]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(stderr(&nobody).contains("nobody takes calls at 127.0.0.1:1"), "{}", stderr(&nobody));
}
