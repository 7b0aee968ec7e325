//! The binary as an operator uses it: what it prints, and the exit codes that scripts rely on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod closed_terminal;
mod cut_off;
mod doctor_of_asterisk;
mod doctor_of_dialplans;
mod doctor_of_proxies;
mod doctor_of_stored_settings;
mod documents;
mod encrypted_backup;
#[path = "../store/entries.rs"]
#[allow(dead_code, reason = "journals that tests/store writes too")]
mod entries;
mod lost_factor;
mod own_tls;
mod private_files;
mod service_manager;
mod support_bundle;
mod unreadable;
mod upgrades;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use cordboard::store::{Connection, Store, StoreSettings, change};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::CallId;
use entries::Conversation;

/// Runs the binary in a folder of its own, with only the given environment.
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
fn dotenv_is_read_only_from_the_working_directory() {
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

/// `cargo run` gives the program the variables that its build script has set, as `cargo test` gives them to this test.
#[test]
fn variables_from_cargo_are_not_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    let listed = config.arg("config").current_dir(&folder).output().unwrap();
    assert!(listed.status.success(), "{}", stderr(&listed));
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
fn a_campaign_simulation_needs_no_server_and_repeats_by_seed() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "simulate",
        "campaign",
        "--contacts",
        "40",
        "--country",
        "DE",
        "--start",
        "2026-11-30T08:00:00Z",
        "--json",
    ];
    let [played, again] = [(); 2].map(|()| cordboard(folder.path(), &words, &[]));
    assert_eq!(played.status.code(), Some(0), "{}", stderr(&played));
    let figures: serde_json::Value = serde_json::from_slice(&played.stdout).unwrap();
    assert_eq!((&figures["contacts"], &figures["left"]), (&40.into(), &0.into()), "{figures}");
    assert_eq!(stdout(&played), stdout(&again));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "it stores nothing");
    let refused = cordboard(folder.path(), &["simulate", "campaign", "--country", "ZZ"], &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}

/// Unused ports.
const FREE_PORTS: [(&str, &str); 4] = [
    ("CORDBOARD_HTTP__LISTEN", "127.0.0.1:0"),
    ("CORDBOARD_AUDIOSOCKET__LISTEN", "127.0.0.1:0"),
    ("CORDBOARD_FREESWITCH__ESL_LISTEN", "127.0.0.1:0"),
    ("CORDBOARD_FREESWITCH__AUDIO_LISTEN", "127.0.0.1:0"),
];

#[test]
fn the_doctor_prints_only_the_dialplan_of_the_mode() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("CORDBOARD_FREESWITCH__ALLOW", "10.0.0.5"),
        ("CORDBOARD_FREESWITCH__ESL_LISTEN", "10.0.0.7:9022"),
        ("CORDBOARD_FREESWITCH__SERVERS__PBX1__HOST", "192.0.2.1"),
        ("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "tiger"),
    ];
    let output = cordboard(folder.path(), &["doctor", "--snippet"], &settings);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let snippet = stdout(&output);
    assert!(snippet.starts_with("<!--") && snippet.ends_with("</include>\n"), "{snippet}");
    assert!(snippet.contains("data=\"10.0.0.7:9022 async full\"") && !snippet.contains("tiger"), "{snippet}");
}

#[test]
fn the_doctor_succeeds_if_cordboard_can_run() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        cordboard(folder.path(), &["doctor"], &[&FREE_PORTS[..], &[("CORDBOARD_CALLS__MAX", "1")]].concat());
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the doctor leaves no files");
}

#[test]
fn the_doctor_prints_the_fix_next_to_the_failure() {
    let folder = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let settings = [&FREE_PORTS[..], &[("CORDBOARD_AUDIOSOCKET__LISTEN", address.as_str())]].concat();
    let output = cordboard(folder.path(), &["doctor"], &settings);
    assert_eq!(output.status.code(), Some(1));
    let table = stdout(&output);
    let line = table.lines().find(|line| line.starts_with("audiosocket port")).unwrap();
    assert!(line.contains("FAILED") && line.contains("set audiosocket.listen to another port"), "{table}");
}

/// A server that is stopped together with the test.
struct Server(Child);

impl Server {
    /// Starts a server in this folder, on free ports, with only the given environment.
    fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
        command.args(["serve", "--print-addresses"]).current_dir(folder).env_clear();
        command.envs(FREE_PORTS).envs(environment.iter().copied());
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The addresses of a server that prints them once it listens.
fn addresses_of(server: &mut Server) -> serde_json::Value {
    let mut addresses = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut addresses).unwrap();
    serde_json::from_str(&addresses).unwrap()
}

#[test]
fn the_doctor_recognizes_a_running_cordboard() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    let addresses = addresses_of(&mut server);
    let address = |name: &str| addresses[name].as_str().unwrap().to_owned();
    let (http, audiosocket) = (address("http"), address("audiosocket"));
    let (esl, audio_stream) = (address("esl"), address("audio_stream"));

    let settings = [
        ("CORDBOARD_HTTP__LISTEN", http.as_str()),
        ("CORDBOARD_AUDIOSOCKET__LISTEN", audiosocket.as_str()),
        ("CORDBOARD_FREESWITCH__ESL_LISTEN", esl.as_str()),
        ("CORDBOARD_FREESWITCH__AUDIO_LISTEN", audio_stream.as_str()),
        ("CORDBOARD_CALLS__MAX", "1"),
    ];
    let output = cordboard(folder.path(), &["doctor"], &settings);
    let table = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{table}");
    for address in [&http, &audiosocket, &esl, &audio_stream] {
        assert!(table.contains(&format!("{address} is held by a running Cordboard")), "{table}");
    }

    // A server with another data folder is told which process has these ports.
    let elsewhere = tempfile::tempdir().unwrap();
    let output = cordboard(elsewhere.path(), &["doctor"], &settings);
    let (table, data) = (stdout(&output), folder.path().join("cordboard-data"));
    assert_eq!(output.status.code(), Some(1), "{table}");
    let whose = format!("is held by another Cordboard, with the data folder {}", data.display());
    assert!(table.contains(&whose), "{table}");

    // A second server on the same folder is told which process uses it.
    let second = cordboard(folder.path(), &["serve"], &FREE_PORTS);
    let said = stderr(&second);
    assert_eq!(second.status.code(), Some(1), "{said}");
    let holder = format!("is in use by another Cordboard process (process {})", server.0.id());
    assert!(said.contains(&holder) && !said.contains("would block"), "{said}");
}

#[test]
fn wrong_command_lines_and_failed_commands_have_different_codes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(cordboard(folder.path(), &["cal"], &[]).status.code(), Some(2));
    let nobody = cordboard(folder.path(), &["call", "--to", "127.0.0.1:1"], &[]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(stderr(&nobody).contains("nobody takes calls at 127.0.0.1:1"), "{}", stderr(&nobody));
}

/// Stores a call that began and ended, and returns it.
fn store_a_call(folder: &Path) -> (CallId, Vec<JournalEntry>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let store = Store::open(&StoreSettings::file(folder.join("cordboard-data/cordboard.db"))).unwrap();
    let mut conversation = Conversation::new(store.organization_id());
    let mut entries = conversation.live();
    entries.extend(conversation.ended(NextStep::Hangup));
    store.journal(entries.clone());
    let health = runtime.block_on(store.close(Duration::from_secs(10)));
    assert_eq!((health.waiting, health.lost), (0, 0));
    (conversation.call_id, entries)
}

#[test]
fn migrate_prints_what_ran_and_then_that_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let plan = || stdout(&cordboard(folder.path(), &["migrate", "--plan"], &[]));
    assert!(plan().ends_with("cordboard.db does not exist: it would be created\n"), "{}", plan());
    assert!(!folder.path().join("cordboard-data").exists(), "a plan made a folder");
    let first = cordboard(folder.path(), &["migrate"], &[]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let said = stdout(&first);
    assert!(said.starts_with("ran ") && said.ends_with("cordboard.db is up to date\n"), "{said}");
    let second = stdout(&cordboard(folder.path(), &["migrate"], &[]));
    assert!(second.ends_with("cordboard.db was up to date already\n"), "{second}");
    assert!(plan().ends_with("cordboard.db is up to date: nothing would be done\n"), "{}", plan());
}

#[test]
fn replay_shows_a_stored_call() {
    let folder = tempfile::tempdir().unwrap();
    let (call_id, entries) = store_a_call(folder.path());
    let id = call_id.to_string();
    let output = cordboard(folder.path(), &["replay", &id], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let timeline = stdout(&output);
    for part in
        [id.as_str(), "announced from +49301234 to 100", "“I would like a table”", "ended by the caller"]
    {
        assert!(timeline.contains(part), "{part:?} is missing in:\n{timeline}");
    }
    assert!(!timeline.contains('\x1b'), "colours in a pipe:\n{timeline}");

    let journal = stdout(&cordboard(folder.path(), &["replay", "--json", &id], &[]));
    let read: Vec<JournalEntry> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, entries);
}

#[test]
fn replay_shows_a_call_of_every_organization() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreSettings::file(folder.path().join("cordboard-data/cordboard.db"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
    let mut conversation = Conversation::new(runtime.block_on(store.change(make)).unwrap());
    store.journal(conversation.live());
    let health = runtime.block_on(store.close(Duration::from_secs(10)));
    assert_eq!((health.waiting, health.lost), (0, 0));
    let output = cordboard(folder.path(), &["replay", &conversation.call_id.to_string()], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("announced from +49301234 to 100"), "{}", stdout(&output));
}

#[test]
fn replay_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11";
    let nowhere = cordboard(folder.path(), &["replay", unknown], &[]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(stderr(&nowhere).contains("there is no database"), "{}", stderr(&nowhere));
    assert!(!folder.path().join("cordboard-data").exists(), "looking created a folder");

    store_a_call(folder.path());
    let output = cordboard(folder.path(), &["replay", unknown], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("has no call {unknown}")), "{}", stderr(&output));
    assert_eq!(cordboard(folder.path(), &["replay", "call-7"], &[]).status.code(), Some(2));
}
