//! `cordboard control`, as an operator uses it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use cordboard_schema::dialplan::NextStep;
use cordboard_test_support::control::Program;
use cordboard_test_support::server::{ADMIN_TOKEN, Server};
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::{ADMIN, Setup};

fn control(url: &str, token: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    command.env_clear().env("CORDBOARD_ADMIN_TOKEN", token).current_dir(std::env::temp_dir());
    command.args(["control", "--url", url]).args(arguments);
    command
}

fn ask(setup: &Setup, arguments: &[&str]) -> Output {
    control(&format!("ws://{}", setup.address), ADMIN, arguments).output().unwrap()
}

fn result(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_command_prints_its_result_or_the_reason_for_none() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    assert_eq!(result(&ask(&setup, &["listCalls", "state=live"])), setup.json("/api/v1/calls?state=live"));
    setup.answers.lock().unwrap().instruct = Ok(());
    let id = said.call_id.to_string();
    assert_eq!(result(&ask(&setup, &["say", &id, "One moment, please."])), json!({}));
    assert_eq!(setup.heard(), [format!("instruct {id} Say(\"One moment, please.\")")]);

    setup.journal(said.ended(NextStep::Hangup));
    for (arguments, why) in [
        (&["hangup", id.as_str()][..], "call_over: the call is over"),
        (&["listCalls", "limit=0"], "bad_input"),
        (&["dance"], "there is no command dance"),
    ] {
        let refused = ask(&setup, arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(why) && refused.stdout.is_empty(), "{told}");
    }
}

#[test]
fn errors_for_wrong_tokens_and_absent_servers_name_the_fix() {
    let setup = Setup::open();
    let url = format!("ws://{}", setup.address);
    let told = |output: Output| {
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let wrong = told(control(&url, "guessed", &["listCalls"]).output().unwrap());
    assert!(wrong.contains("401") && wrong.contains("admin_token") && !wrong.contains("guessed"), "{wrong}");
    drop(setup);
    let away = told(control(&url, ADMIN, &["listCalls"]).output().unwrap());
    assert!(away.contains("does `cordboard serve` run there?"), "{away}");
    let tls = told(control("wss://127.0.0.1:1", ADMIN, &["listCalls"]).output().unwrap());
    assert!(tls.contains("does not speak TLS"), "{tls}");
}

#[test]
fn lines_of_standard_input_are_sent_and_all_answers_printed() {
    let setup = Setup::open();
    let mut child = control(&format!("http://{}", setup.address), ADMIN, &["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for id in ["a", "b"] {
        writeln!(stdin, "{}", json!({ "id": id, "command": "listExtensions" })).unwrap();
    }
    writeln!(stdin, "no command").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut ids: Vec<String> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect();
    ids.sort();
    assert_eq!(ids, ["\"a\"", "\"b\"", "null"]);
}

/// A running `subscribe`, which is killed with the test.
struct Follower {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    told: BufReader<std::process::ChildStderr>,
}

impl Follower {
    fn start(url: &str) -> Self {
        let mut child = control(url, ADMIN_TOKEN, &["subscribe", "calls"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, told) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, lines: BufReader::new(lines), told: BufReader::new(told) }
    }

    fn event(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it ended");
        serde_json::from_str(&line).unwrap()
    }

    fn told(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_subscription_comes_back_when_its_server_does() {
    let mut server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &[]).unwrap();
    let address = server.addresses().http;
    let mut follower = Follower::start(&format!("ws://{address}"));
    let first = follower.event();
    assert_eq!(first["kind"], "snapshot");
    let _ = Program::connect(address, ADMIN_TOKEN);
    server.restart().unwrap();
    let lost = follower.told();
    assert!(lost.starts_with("cordboard: the connection broke"), "{lost}");
    assert_eq!(follower.told(), "cordboard: connected again\n");
    assert!(follower.told().contains("a snapshot follows"));
    let again = follower.event();
    assert_eq!(again["kind"], "snapshot");
    assert!(again["seq"].as_u64() > first["seq"].as_u64(), "numbers of another start are greater");
}
