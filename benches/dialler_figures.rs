//! How long commands to a dialler's remote agents take, and how soon a change in its tables is reported, with 10,000 of them: the real binary with a
//! real MariaDB.
//!
//! ```sh
//! cargo bench --bench dialler_figures
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops where it fails, and prints"
)]

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::control::Program;
use cordboard_test_support::mariadb::MariaDb;
use cordboard_test_support::server::{ADMIN_TOKEN, Server, Token};
use serde_json::json;

const AGENTS: u32 = 10_000;
const FIRST: u32 = 100_000;
/// How often each is measured.
const ENABLED: u32 = 500;
const DISABLED: u32 = 100;
const CHANGED: u32 = 100;

fn main() {
    let dialler = MariaDb::shared();
    let database = dialler.dialler_database();
    let mut sql = dialler.session(&database).unwrap();
    sql.change(&format!(
        "INSERT INTO osdial_remote_agents (user_start, number_of_lines, server_ip, conf_exten, status, campaign_id, closer_campaigns) \
         SELECT {FIRST}+seq, 1, '127.0.0.1', '8801', 'ACTIVE', 'TEST2', ' -' FROM seq_0_to_{}",
        AGENTS - 1
    ));
    sql.change(&format!(
        "INSERT INTO osdial_live_agents (user, server_ip, conf_exten, extension, status, campaign_id) \
         SELECT {FIRST}+seq, '127.0.0.1', '8801', CONCAT('R/',{FIRST}+seq), 'READY', 'TEST2' FROM seq_0_to_{}",
        AGENTS - 1
    ));
    let url = dialler.url(&database);
    let settings = [("osdial.database_url", url.as_str()), ("osdial.connections_max", "16")];
    let server = Server::start(Path::new(env!("CARGO_BIN_EXE_cordboard")), &settings).unwrap();
    let command = |name: &str, number: u32| {
        let began = Instant::now();
        let body = json!({ "user_id": (FIRST + number).to_string() });
        let answer = server.post(&format!("/api/v1/osdial/{name}"), &body, Token::Admin).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        began.elapsed()
    };
    println!("{AGENTS} remote agents of a line each");
    tell("enableAgentByUserId", (0..ENABLED).map(|number| command("enableAgentByUserId", number)).collect());
    // Each takes 2.6 s by itself, so many run at the same time.
    let took = thread::scope(|scope| {
        let command = &command;
        let begun: Vec<_> = (0..DISABLED)
            .map(|number| scope.spawn(move || command("disableAgentByUserId", number)))
            .collect();
        begun.into_iter().map(|one| one.join().unwrap()).collect()
    });
    tell("disableAgentByUserId, 100 at once", took);
    tell(
        "enableAgentByUserId again",
        (0..DISABLED).map(|number| command("enableAgentByUserId", number)).collect(),
    );

    let mut program = Program::connect(server.addresses().http, ADMIN_TOKEN);
    program.done(json!({ "command": "subscribe", "topics": ["osdial"] }));
    // All rows are reported first, in several events. Our own row marks their end.
    let mut told = Vec::new();
    for number in 0..CHANGED {
        let list_name = format!("Leads {number}");
        let began = Instant::now();
        sql.change(&format!("UPDATE osdial_lists SET list_name='{list_name}' WHERE list_id=1002"));
        loop {
            let event = program.event();
            let changed = event["change"]["changed"].as_array().into_iter().flatten();
            if changed.into_iter().any(|row| row["list_name"] == list_name) {
                break;
            }
        }
        told.push(began.elapsed());
        thread::sleep(Duration::from_millis(u64::from(number) * 37 % 900));
    }
    // The first one waits for all existing rows.
    told.remove(0);
    tell("a change until its event", told);
}

fn tell(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!("{what}: {} times, median {:?}, p99 {:?}", took.len(), at(50), at(99));
}
