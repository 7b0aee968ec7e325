//! A hostile server at the address of the dialler's database sends what no database sends: it is reported, gets none of our data, and does no harm.

use std::fs;

use cordboard_test_support::control::Program;
use cordboard_test_support::mysql_stand_in::{MySqlManner, MySqlStandIn};
use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use serde_json::json;
use uuid::Uuid;

use crate::faults::{asked, doctor, told};
use crate::setup::{start, wait};

const PASSWORD: &str = "tiger-of-the-dialler";
/// The maximum memory for all of it together, in kB: an answer at its limit, and two packets.
const GROWTH_KB_MAX: u64 = 400_000;

/// The peak memory of a server, in kB.
fn height_kb(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process_id())).unwrap();
    let height = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    height.unwrap_or_else(|| panic!("{status}")).trim().parse().unwrap()
}

/// A server whose dialler's database behaves in these ways reports each, with the word and the fix given for it. Returns everything that the hostile
/// server received.
fn gets_nothing(timeout_s: &str, manners: &[(MySqlManner, &str, &str)]) -> Vec<u8> {
    let stand_in = MySqlStandIn::start(MySqlManner::SaysNothing).unwrap();
    let url = format!("mysql://cordboard:{PASSWORD}@{}/osdial", stand_in.address());
    let settings = [
        ("osdial.database_url", url.as_str()),
        ("osdial.timeout_s", timeout_s),
        ("extensions.harbour", "osdial,8307,1"),
        ("osdial.fallback_extension", "harbour"),
    ];
    let server = start(&settings);
    let before_kb = height_kb(&server);
    for &(manner, code, words) in manners {
        stand_in.behaves(manner);
        told(&asked(&server), code, words);
        // A call of the dialler goes back to it, whatever its database sends.
        let uuid = Uuid::from_u128(u128::from(manner as u8) + 1);
        let path = format!(
            "/api/v1/calls/expect?uuid={uuid}&from=2025550101&to=8801&dialler_call=V1127010203000000002"
        );
        let announced = server.get(&path, Token::Dialplan).unwrap();
        assert_eq!((announced.status, announced.text().as_str()), (200, "goto osdial,8307,1"), "{manner:?}");
        wait(&format!("the end of all connections, {manner:?}"), || {
            (stand_in.open_connections() == 0).then_some(())
        });
    }
    let heard = stand_in.heard();
    assert!(!has_heard(&heard, PASSWORD), "it has the password");
    assert!(!has_heard(&heard, "root:"), "it has a file of ours");
    let grown_kb = height_kb(&server) - before_kb;
    assert!(grown_kb < GROWTH_KB_MAX, "{grown_kb} kB");
    let log = server.log();
    assert!(!log.contains(PASSWORD), "{log}");
    heard
}

fn has_heard(heard: &[u8], word: &str) -> bool {
    heard.windows(word.len()).any(|some| some == word.as_bytes())
}

/// Only a timeout reveals it, so the timeout is the shortest possible.
#[test]
fn a_silent_server_as_the_database_gets_nothing() {
    gets_nothing(
        "1",
        &[
            (MySqlManner::SaysNothing, "dialler_away", "osdial.timeout_s"),
            (MySqlManner::FallsSilent, "dialler_away", "osdial.timeout_s"),
        ],
    );
}

#[test]
fn a_hostile_server_as_the_database_gets_nothing() {
    let heard = gets_nothing(
        "5",
        &[
            (MySqlManner::RowsWithoutEnd, "dialler_unusable", "more than 100000 rows or 67108864 bytes"),
            (MySqlManner::PacketWithoutEnd, "dialler_unusable", "max_allowed_packet"),
            (MySqlManner::WantsFile, "dialler_unusable", "LOCAL INFILE"),
            (MySqlManner::WantsPasswordInClear, "dialler_unusable", "password in clear"),
            (MySqlManner::HasNoKey, "dialler_unusable", "the driver gave up on it"),
        ],
    );
    assert!(has_heard(&heard, "SET NAMES") && has_heard(&heard, "osdial_remote_agents"), "it was not asked");
}

#[test]
fn the_doctor_reports_a_server_that_is_no_database() {
    let stand_in = MySqlStandIn::start(MySqlManner::RowsWithoutEnd).unwrap();
    let url = format!("mysql://cordboard:{PASSWORD}@{}/osdial", stand_in.address());
    for (manner, words) in [
        (MySqlManner::RowsWithoutEnd, "more than 100000 rows"),
        (MySqlManner::WantsPasswordInClear, "password in clear"),
        (MySqlManner::HasNoKey, "the driver gave up on it"),
    ] {
        stand_in.behaves(manner);
        let said = doctor(&url);
        assert!(said.contains("FAILED") && said.contains(words), "{manner:?}: {said}");
    }
}

#[test]
fn a_failed_read_prevents_no_later_one() {
    let stand_in = MySqlStandIn::start(MySqlManner::HasNoKey).unwrap();
    let url = format!("mysql://cordboard:{PASSWORD}@{}/osdial", stand_in.address());
    let server = start(&[("osdial.database_url", url.as_str())]);
    let mut program = Program::connect(server.addresses().http, ADMIN_TOKEN);
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    // It signs in at each read.
    let looks = || {
        let heard = stand_in.heard();
        heard.windows(9).filter(|some| *some == b"cordboard").count()
    };
    wait("a third look", || (looks() >= 3).then_some(()));
}
