//! The log of one call can be found by its id.

use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stage::{LIMIT, caller, serve, wait_call, wait_entry, words};

/// Modules whose lines are always about one call.
const OF_A_CALL: [&str; 6] = [
    "cordboard_actors::call",
    "cordboard_actors::assistant",
    "cordboard_actors::asterisk::leg",
    "cordboard_actors::asterisk::leg_reader",
    "cordboard_actors::asterisk::leg_writer",
    "cordboard_actors::asterisk::leg_socket",
];

#[test]
fn a_calls_id_finds_only_its_own_log_lines() {
    let server = serve(&[("log.format", "json"), ("log.level", "trace")]);
    let uuids = [Uuid::new_v4(), Uuid::new_v4()];
    let callers = uuids.map(|uuid| caller(&server, uuid));
    let calls = uuids.map(|uuid| wait_call(&server, uuid, "live"));
    callers[0].say(&words());
    callers[1].press('#');
    wait_entry(&server, &calls[0], "barge_in");
    wait_entry(&server, &calls[1], "key_pressed");
    callers.iter().for_each(|caller| caller.hang_up());
    let _ended = uuids.map(|uuid| wait_call(&server, uuid, "ended"));
    let ids = calls.map(|call| call["id"].as_str().unwrap().to_owned());
    wait_until("the last lines", LIMIT, || {
        let log = server.log();
        ids.iter()
            .all(|id| log.lines().any(|line| line.contains(id) && line.contains("\"ended\"")))
            .then_some(())
    })
    .unwrap();

    let log = server.log();
    let lines: Vec<(&str, Value)> = log
        .lines()
        .filter(|line| line.starts_with("{\"timestamp\""))
        .map(|line| (line, serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))))
        .collect();
    for (mine, other) in [(0, 1), (1, 0)] {
        let of_call: Vec<_> = lines.iter().filter(|(line, _)| line.contains(&ids[mine])).collect();
        for (line, _) in &of_call {
            assert!(!line.contains(&ids[other]) && !line.contains(&uuids[other].to_string()), "{line}");
        }
        let says = |message: &str| of_call.iter().any(|(_, line)| line["message"] == message);
        for message in ["call started", "answered", "ended", "read to the end"] {
            assert!(says(message), "no line {message:?} of call {mine}:\n{log}");
        }
        // The switch's id leads to the same call, as soon as there is one.
        let by_name = |line: &str| line.contains(&uuids[mine].to_string()) && line.contains("\"leg\"");
        assert!(of_call.iter().any(|(line, _)| by_name(line)));
    }
    for (line, parsed) in &lines {
        let target = parsed["target"].as_str().unwrap();
        if OF_A_CALL.iter().any(|module| target == *module || target.starts_with(&format!("{module}::")))
            && !target.ends_with("leg_end")
        {
            let call_id = &parsed["spans"][0]["call_id"];
            assert!(ids.iter().any(|id| call_id == id), "a line of a call without its id: {line}");
        }
        assert!(!line.contains("would like"), "words in the log: {line}");
    }
}

#[test]
fn the_line_about_a_changed_level_keeps_its_own_level() {
    let server = serve(&[("log.format", "json")]);
    let answer = server.put("/api/v1/admin/log-level", &json!({ "level": "debug" }), Token::Admin).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = wait_until("the line", LIMIT, || {
        server.log().lines().find(|line| line.contains("level is changed")).map(str::to_owned)
    });
    let said = said.unwrap();
    assert_eq!(said.matches("\"level\":").count(), 1, "programs take the last, or refuse the line: {said}");
    let line: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&line["level"], &line["log_level"]), (&json!("WARN"), &json!("Debug")));
}
